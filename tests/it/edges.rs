//! Edges that a review found: lost tries before other failures, time for undoing, what others keep; and, in [`reads`], what
//! reads show too late.

mod reads;

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation, Profile};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::world::{
    INSTANCE, INSTANCE_ID, OWNER_TAG, PROFILE_ID, World, adopted, agents, anothers, event, nobodys, ours,
    owner_tag,
};

const NONE: &str = "connect-security-profile:none";
const UNKNOWN: &str = "connect-security-profile:unknown";
const FOREIGN: &str = "contact-centre-Agents-17SKXEL5JB7FZ";
const OTHER_ID: &str = "12121212-8888-7777-6666-555555555555";

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

fn named(name: &str, extra: Value) -> Value {
    let mut properties = agents(extra);
    properties["SecurityProfileName"] = json!(name);
    properties
}

fn content(profile: Option<Profile>) -> Option<Profile> {
    profile.map(|profile| Profile { last_modified_time: 0.0, last_modified_region: String::new(), ..profile })
}

/// A profile as Describe shows it.
fn described(profile: &Profile) -> String {
    json!({"SecurityProfile": {
        "Id": profile.id, "OrganizationResourceId": INSTANCE_ID,
        "Arn": format!("{INSTANCE}/security-profile/{}", profile.id),
        "SecurityProfileName": profile.name, "Description": profile.description, "Tags": profile.tags,
        "LastModifiedTime": 1_700_000_000.0, "LastModifiedRegion": "us-east-1"}})
    .to_string()
}

fn denied(operation: Operation) -> Fault {
    Fault::on(operation).error(403, "AccessDeniedException")
}

fn throttled(operation: Operation) -> Fault {
    Fault::on(operation).error(429, "ThrottlingException")
}

/// Tagging takes a tenth of a second, as calls do.
fn slow(bench: &Bench) {
    for operation in [Operation::TagResource, Operation::UntagResource] {
        bench.connect.script(Fault::on(operation).always().delay(Duration::from_millis(100)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_a_rename_that_never_began_keeps_what_update_replace_policy_retained() {
    let bench = Bench::new(Configuration::default());
    // v1 `Target` (UpdateReplacePolicy: Retain), v2 `Agents`: the tag stays on `Target`, as the document says.
    let mut kept =
        Profile::named("Target").with_permission("X").tagged(OWNER_TAG, owner_tag("created", "Agents"));
    kept.id = OTHER_ID.into();
    kept.last_modified_time = 1_600_000_000.0;
    bench.connect.put_profile(INSTANCE_ID, ours());
    bench.connect.put_profile(INSTANCE_ID, kept);
    let before = bench.connect.profile(INSTANCE_ID, "Target");
    // v3 goes back to `Target` with a mistake: refused before any call.
    let (old, new) = (agents(json!({})), named("Target", json!({"Permissionz": []})));
    bench.update(&arn(), new.clone(), old.clone()).await.unwrap_err();
    assert_eq!(bench.connect.journal().len(), 0);
    bench.update(&arn(), old, new).await.unwrap();
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Target"), before);
}

#[tokio::test(start_paused = true)]
async fn a_rolled_back_rename_with_retain_keeps_the_new_profile() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    let (old, new) = (agents(json!({})), named("Target", json!({"OnDelete": "Retain"})));
    bench.update(&arn(), new.clone(), old.clone()).await.unwrap();
    bench.update(&arn(), old, new).await.unwrap();
    assert!(bench.connect.profile(INSTANCE_ID, "Target").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_took_effect_in_a_lost_try_is_undone_or_answered_by_its_arn() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, nobodys());
    bench.connect.script(Fault::on(Operation::TagResource).lose_after());
    bench.connect.script(throttled(Operation::TagResource).nth(2).always());
    let (result, id) = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"]}))).await;
    result.unwrap_err();
    let is_ours = bench.connect.profile(INSTANCE_ID, "Agents").unwrap().tags.contains_key(OWNER_TAG);
    let expected = if is_ours { arn() } else { NONE.to_owned() };
    assert_eq!(id, Some(expected), "tagged: {is_ours}");
}

#[tokio::test(start_paused = true)]
async fn permissions_that_a_lost_try_overwrote_are_put_back() {
    {
        let last = throttled(Operation::UpdateSecurityProfile);
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, nobodys());
        let before = content(bench.connect.profile(INSTANCE_ID, "Agents"));
        bench.connect.script(Fault::on(Operation::UpdateSecurityProfile).lose_after());
        bench.connect.script(last.nth(2).times(10_000));
        let heal = async {
            tokio::time::sleep(Duration::from_secs(107)).await;
            bench.connect.clear_faults();
        };
        let create = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"]})));
        let ((result, id), ()) = tokio::join!(create, heal);
        result.unwrap_err();
        assert_eq!(id.as_deref(), Some(NONE));
        assert_eq!(content(bench.connect.profile(INSTANCE_ID, "Agents")), before);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_put_back_all_the_same() {
    for fault in [
        // The pause after the last try is random, and what it leaves of the time may do: hence a few times.
        Fault::on(Operation::DescribeSecurityProfile).delay(Duration::from_mins(1)),
        Fault::on(Operation::DescribeSecurityProfile).delay(Duration::from_mins(1)),
        Fault::on(Operation::DescribeSecurityProfile).delay(Duration::from_mins(1)),
        Fault::on(Operation::DescribeSecurityProfile).delay(Duration::from_mins(1)),
        Fault::on(Operation::DescribeSecurityProfile).delay(Duration::from_mins(1)),
        Fault::on(Operation::DescribeSecurityProfile).delay(Duration::from_mins(1)),
    ] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, nobodys());
        let before = content(bench.connect.profile(INSTANCE_ID, "Agents"));
        bench.connect.script(denied(Operation::UpdateSecurityProfile));
        bench.connect.script(fault.nth(3).always());
        slow(&bench);
        let stated =
            json!({"Adopt": true, "Permissions": ["X"], "Tags": [{"Key": "team", "Value": "sales"}]});
        let (result, id) = bench.create(agents(stated)).await;
        let reason = result.unwrap_err().to_string();
        assert_eq!(content(bench.connect.profile(INSTANCE_ID, "Agents")), before, "{reason}");
        assert_eq!(id.as_deref(), Some(NONE));
    }
}

#[tokio::test(start_paused = true)]
async fn the_tag_is_taken_off_although_the_members_cannot_be_put_back() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, nobodys());
    bench.connect.script(Fault::on(Operation::UpdateSecurityProfile).always().delay(Duration::from_mins(1)));
    slow(&bench);
    let (result, id) = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"]}))).await;
    result.unwrap_err();
    let live = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
    assert!(!live.tags.contains_key(OWNER_TAG), "{id:?}");
    assert_eq!(id.as_deref(), Some(NONE));
}

#[tokio::test(start_paused = true)]
async fn a_full_instance_after_a_lost_create_does_not_answer_none() {
    let bench = Bench::new(Configuration { read_lag: Duration::from_secs(8), ..Configuration::default() });
    bench.connect.script(Fault::on(Operation::CreateSecurityProfile).lose_after());
    bench
        .connect
        .script(Fault::on(Operation::CreateSecurityProfile).nth(2).error(429, "LimitExceededException"));
    let (result, id) = bench.create(agents(json!({}))).await;
    if result.is_err() {
        assert_ne!(id.as_deref(), Some(NONE));
        bench.delete(&id.unwrap(), agents(json!({}))).await.0.unwrap();
        assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_comes_while_its_adoption_still_runs_finds_it() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, nobodys());
    // The claim takes three seconds; the Delete comes after one, with an id that CloudFormation made up.
    bench.connect.script(Fault::on(Operation::TagResource).delay(Duration::from_secs(3)));
    let properties = agents(json!({"Adopt": true, "Permissions": ["X"]}));
    let delete = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        bench.delete(FOREIGN, properties.clone()).await
    };
    let (_, (deleted, _)) = tokio::join!(bench.create(properties.clone()), delete);
    deleted.unwrap();
    let live = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
    assert!(!live.tags.contains_key(OWNER_TAG), "nobody can take it any more without the command");
}

#[tokio::test(start_paused = true)]
async fn a_denied_create_is_told_at_once_although_lists_are_throttled() {
    let bench = Bench::new(Configuration::default());
    bench.connect.script(denied(Operation::CreateSecurityProfile));
    bench.connect.script(throttled(Operation::ListSecurityProfiles).always());
    let begun = tokio::time::Instant::now();
    let (result, _) = bench.create(agents(json!({}))).await;
    result.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_a_number_is_the_same_name_as_before() {
    let bench = Bench::new(Configuration::default());
    let old = agents(json!({"SecurityProfileName": 7, "Permissions": ["A"]}));
    let id = bench.create(old.clone()).await.0.unwrap().physical_id.to_string();
    bench.update(&id, agents(json!({"SecurityProfileName": 7})), old).await.unwrap();
    assert!(bench.connect.profile(INSTANCE_ID, "7").unwrap().permissions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn origin_does_not_change_because_another_took_the_profile() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, anothers());
    let same = agents(json!({"Description": "Takes calls"}));
    let success = bench.update(&arn(), same.clone(), agents(json!({}))).await.unwrap();
    assert_ne!(success.data["Origin"], "adopted", "it is neither");
}

#[tokio::test(start_paused = true)]
async fn the_way_out_of_a_rollback_states_nothing_new() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, anothers());
    let new_id = format!("{INSTANCE}/security-profile/{OTHER_ID}");
    bench.connect.put_profile(INSTANCE_ID, Profile { id: OTHER_ID.into(), name: "Target".into(), ..ours() });
    let (old, new) = (agents(json!({})), named("Target", json!({})));
    let reason = bench.update(&new_id, old, new).await.unwrap_err().to_string();
    assert!(reason.contains("aws connect tag-resource"), "{reason}");
}

#[tokio::test]
async fn the_owner_tag_is_hidden_from_diffs() {
    let world = World::start().await;
    world.create(agents(json!({}))).await.id();
    let logs = world.function.logs();
    let plan = logs.lines().find(|line| line.contains("\"message\":\"plan\"")).expect("a plan");
    assert!(!plan.contains(OWNER_TAG), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn a_rename_that_fails_after_it_found_what_its_lost_create_made_removes_it() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    bench.connect.script(Fault::on(Operation::CreateSecurityProfile).lose_after());
    bench.connect.script(denied(Operation::ListSecurityProfilePermissions));
    let (new, old) = (named("Target", json!({"Permissions": ["X"]})), agents(json!({})));
    bench.update(&arn(), new, old).await.unwrap_err();
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Target"), None);
}

#[tokio::test]
async fn a_repeated_create_that_is_refused_and_cannot_look_does_not_answer_none() {
    let world = World::start().await;
    // The first delivery made it, and its answer did not get through.
    world.create(agents(json!({}))).await.id();
    for (ago, answered) in [(0, NONE), (70, UNKNOWN)] {
        world.connect.script(denied(Operation::CreateSecurityProfile));
        world.connect.script(denied(Operation::ListSecurityProfiles));
        let create = event("Create", None, &agents(json!({})), None);
        let create = world.sent(create, lambda_harness::Signature::V4, Duration::from_secs(ago));
        let answer = world.deliver(&create, Duration::from_secs(20)).await;
        assert!(answer.why().contains("AccessDeniedException"));
        assert_eq!(answer.physical_id, answered, "sent {ago} s ago");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_looks_again_before_it_is_sent_without_a_check_of_the_tag() {
    // For two seconds no read shows the profile, which is not ours: the tag is another's, or was never there.
    for profile in [anothers(), nobodys()] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, profile);
        let unseen = Fault::on(Operation::DescribeSecurityProfile).error(404, "ResourceNotFoundException");
        bench.connect.script(unseen);
        bench.delete(&arn(), agents(json!({}))).await.0.unwrap();
        assert_eq!(bench.calls(Operation::DeleteSecurityProfile), 0);
        assert!(bench.connect.profile(INSTANCE_ID, "Agents").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_properties_do_not_name_is_never_deleted_unseen() {
    let elsewhere = agents(json!({"InstanceArn": INSTANCE.replace("us-east-1", "eu-west-2")}));
    for properties in [json!({}), json!({"InstanceArn": INSTANCE}), elsewhere] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, ours());
        let unseen = Fault::on(Operation::DescribeSecurityProfile).error(404, "ResourceNotFoundException");
        bench.connect.script(unseen.times(10_000));
        bench.delete(&arn(), properties.clone()).await.0.unwrap();
        assert_eq!(bench.calls(Operation::DeleteSecurityProfile), 0, "{properties}");
        assert!(bench.connect.profile(INSTANCE_ID, "Agents").is_some());
        // What a read shows is deleted by its tag, whatever the properties are.
        bench.connect.clear_faults();
        bench.delete(&arn(), properties).await.0.unwrap();
        assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_is_not_a_profile_that_is_gone() {
    for (status, code) in [(403, "AccessDeniedException"), (500, "InternalServiceException")] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, ours());
        let failing = Fault::on(Operation::DescribeSecurityProfile).error(status, code);
        bench.connect.script(failing.times(10_000));
        bench.delete(&arn(), agents(json!({}))).await.0.unwrap_err();
        assert_eq!(bench.calls(Operation::DeleteSecurityProfile), 0, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_adopted_or_is_to_be_retained_is_never_deleted_unseen() {
    for (left, properties) in
        [(adopted(), agents(json!({"Adopt": true}))), (ours(), agents(json!({"OnDelete": "Retain"})))]
    {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, left);
        let unseen = Fault::on(Operation::DescribeSecurityProfile).error(404, "ResourceNotFoundException");
        bench.connect.script(unseen.times(10_000));
        let heal = async {
            tokio::time::sleep(Duration::from_secs(13)).await;
            bench.connect.clear_faults();
        };
        let id = arn();
        let ((deleted, _), ()) = tokio::join!(bench.delete(&id, properties), heal);
        deleted.unwrap();
        assert_eq!(bench.calls(Operation::DeleteSecurityProfile), 0);
        assert!(!bench.connect.profile(INSTANCE_ID, "Agents").unwrap().tags.contains_key(OWNER_TAG));
    }
}

#[tokio::test]
async fn what_aws_manages_is_neither_updated_nor_deleted_nor_released() {
    for profile in [ours().aws_managed(), adopted().aws_managed(), nobodys().aws_managed()] {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, profile);
        let before = world.profile("Agents");
        let refused = world.update(&arn(), agents(json!({"Description": "New"})), agents(json!({}))).await;
        assert!(refused.why().contains("AWS_MANAGED"), "{refused:?}");
        world.delete(&arn(), agents(json!({"OnDelete": "Retain"}))).await.id();
        world.delete(&arn(), agents(json!({}))).await.id();
        assert_eq!(world.writes(), [""; 0]);
        assert_eq!(world.profile("Agents"), before);
    }
}

#[tokio::test]
async fn what_is_left_alone_is_named_in_the_log() {
    for (profile, note) in [
        (anothers(), "the profile belongs to resource `Others` of this same stack and stays as it is"),
        (nobodys(), "the profile has no owner tag and stays as it is"),
    ] {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, profile);
        world.delete(&arn(), agents(json!({}))).await.id();
        let logs = world.function.logs();
        let is_warning = |line: &&str| line.contains(note) && line.contains("\"WARN\"");
        assert!(logs.lines().find(is_warning).expect(note).contains(&arn()), "{logs}");
    }
}

#[tokio::test]
async fn a_profile_renamed_in_the_console_is_gone_on_with_by_its_arn_and_warned_about() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, Profile { name: "Renamed".into(), ..ours() });
    let answer = world.update(&arn(), agents(json!({"Description": "New"})), agents(json!({}))).await;
    assert_eq!(answer.data["SecurityProfileName"], "Renamed");
    assert_eq!(answer.id(), arn());
    assert_eq!(world.profile("Renamed").unwrap().description, "New");
    let logs = world.function.logs();
    let note = "is called `Renamed` now, not `Agents`";
    assert!(logs.lines().any(|line| line.contains(note) && line.contains("\"WARN\"")), "{logs}");
}
