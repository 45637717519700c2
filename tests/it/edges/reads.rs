//! Reads that lag, that show an old name, or that say that what was just made is invalid.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_profile_that_was_renamed_away_is_not_adopted_for_its_old_name() {
    let bench = Bench::new(Configuration::default());
    let renamed = Profile { name: "Supervisors".into(), ..nobodys() };
    bench.connect.put_profile(INSTANCE_ID, renamed);
    bench.connect.put_profile(INSTANCE_ID, Profile { id: OTHER_ID.into(), ..Profile::named("Agents") });
    let before = bench.connect.profile(INSTANCE_ID, "Supervisors");
    let stale = json!({"SecurityProfileSummaryList": [{"Id": PROFILE_ID, "Arn": arn(), "Name": "Agents"}]});
    bench.connect.script(Fault::on(Operation::ListSecurityProfiles).raw(
        200,
        "application/json",
        stale.to_string(),
    ));
    let (result, _) = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"]}))).await;
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Supervisors"), before);
    assert!(result.unwrap().physical_id.to_string().ends_with(OTHER_ID));
}

#[tokio::test(start_paused = true)]
async fn a_lookup_gives_the_profile_that_has_the_name_and_not_the_one_that_had_it() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, Profile { name: "Supervisors".into(), ..nobodys() });
    bench.connect.put_profile(INSTANCE_ID, Profile { id: OTHER_ID.into(), ..Profile::named("Agents") });
    let stale = json!({"SecurityProfileSummaryList": [{"Id": PROFILE_ID, "Arn": arn(), "Name": "Agents"}]});
    bench.connect.script(Fault::on(Operation::ListSecurityProfiles).raw(
        200,
        "application/json",
        stale.to_string(),
    ));
    let found =
        bench.look_up(json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agents"})).await.unwrap();
    assert_eq!(found.data["SecurityProfileName"], "Agents");
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_no_read_shows_is_deleted_also_where_reads_say_invalid_request() {
    let choices =
        connect_emulator::Choices { unseen_is_invalid_request: true, ..connect_emulator::Choices::default() };
    let bench =
        Bench::new(Configuration { read_lag: Duration::from_secs(45), choices, ..Configuration::default() });
    let id = bench.create(agents(json!({}))).await.0.unwrap().physical_id.to_string();
    let (result, _) = bench.delete(&id, agents(json!({}))).await;
    assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_that_describe_does_not_show_yet_is_looked_for_until_the_deadline() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    let heal = unseen_for(Duration::from_secs(25), &bench);
    let ((result, _), ()) = tokio::join!(bench.create(agents(json!({}))), heal);
    result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_create_made_is_deleted_also_where_describe_says_invalid_request() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    let heal = unseen_for(Duration::from_secs(14), &bench);
    let properties = agents(json!({}));
    let ((result, _), ()) = tokio::join!(bench.delete(UNKNOWN, properties), heal);
    assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);
}

/// From now on Describe says that the request is invalid; it is over so long after what is returned is first awaited.
fn unseen_for(time: Duration, bench: &Bench) -> impl Future<Output = ()> {
    let fault = Fault::on(Operation::DescribeSecurityProfile).always().error(400, "InvalidRequestException");
    bench.connect.script(fault);
    async move {
        tokio::time::sleep(time).await;
        bench.connect.clear_faults();
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_first_read_is_from_before_the_claim_still_releases() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, adopted());
    bench.connect.script(Fault::on(Operation::DescribeSecurityProfile).raw(
        200,
        "application/json",
        described(&nobodys()),
    ));
    bench.delete(&arn(), agents(json!({"Adopt": true}))).await.0.unwrap();
    assert!(!bench.connect.profile(INSTANCE_ID, "Agents").unwrap().tags.contains_key(OWNER_TAG));
}

#[tokio::test(start_paused = true)]
async fn one_read_that_misses_a_renamed_profile_makes_no_second_one() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, Profile { name: "Renamed".into(), ..ours() });
    bench
        .connect
        .script(Fault::on(Operation::DescribeSecurityProfile).error(404, "ResourceNotFoundException"));
    let success = bench.update(&arn(), agents(json!({"Revision": "2"})), agents(json!({}))).await.unwrap();
    assert_eq!(success.physical_id.to_string(), arn());
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_first_read_is_old_does_not_take_anothers_profile() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, anothers());
    bench.connect.script(Fault::on(Operation::DescribeSecurityProfile).raw(
        200,
        "application/json",
        described(&nobodys()),
    ));
    let _ = bench.update(&arn(), agents(json!({"Description": "New"})), agents(json!({}))).await;
    assert_eq!(content(bench.connect.profile(INSTANCE_ID, "Agents")), content(Some(anothers())));
}

#[tokio::test(start_paused = true)]
async fn a_write_to_what_was_made_a_moment_ago_is_made_again() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    bench.connect.script(Fault::on(Operation::UpdateSecurityProfile).error(404, "ResourceNotFoundException"));
    bench.update(&arn(), agents(json!({"Description": "New"})), agents(json!({}))).await.unwrap();
}
