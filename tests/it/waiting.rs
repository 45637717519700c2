//! What waits: throttling, lost answers, reads that lag, profiles in use, on a clock that jumps.

use std::time::Duration;

use connect_emulator::{Choices, Configuration, Fault, Operation, Profile, Quota};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::bench::Bench;
use crate::world::{INSTANCE_ID, OWNER_TAG, agents, anothers, event, ours, owner_tag};

const UNKNOWN: &str = "connect-security-profile:unknown";
const FOREIGN: &str = "contact-centre-Agents-17SKXEL5JB7FZ";

fn lagging(seconds: u64) -> Bench {
    Bench::new(Configuration { read_lag: Duration::from_secs(seconds), ..Configuration::default() })
}

#[tokio::test(start_paused = true)]
async fn throttling_by_either_name_is_waited_out() {
    for code in ["ThrottlingException", "TooManyRequestsException"] {
        let bench = Bench::new(Configuration::default());
        for operation in [Operation::CreateSecurityProfile, Operation::DescribeSecurityProfile] {
            bench.connect.script(Fault::on(operation).times(6).error(429, code));
        }
        let (result, _) = bench.create(agents(json!({}))).await;
        result.unwrap();
        assert_eq!(bench.calls(Operation::CreateSecurityProfile), 7, "{code}");
        assert!(bench.connect.profile(INSTANCE_ID, "Agents").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_to_the_end_is_a_failure_that_says_so() {
    let bench = Bench::new(Configuration::default());
    let fault = Fault::on(Operation::CreateSecurityProfile).times(10_000).error(429, "ThrottlingException");
    bench.connect.script(fault);
    let begun = Instant::now();
    let (result, id) = bench.create(agents(json!({}))).await;
    let reason = result.unwrap_err().to_string();
    assert!(reason.contains("ThrottlingException") && reason.contains("2 requests a second"), "{reason}");
    assert_eq!(id.as_deref(), Some(UNKNOWN), "an earlier delivery may have got through");
    assert!(begun.elapsed() > Duration::from_secs(110), "it was tried until the deadline");
}

#[tokio::test(start_paused = true)]
async fn a_full_instance_fails_at_once_although_its_status_is_that_of_throttling() {
    let bench = Bench::new(Configuration { profile_limit: 4, ..Configuration::default() });
    let begun = Instant::now();
    let (result, id) = bench.create(agents(json!({}))).await;
    assert!(result.unwrap_err().to_string().contains("LimitExceededException"));
    assert_eq!(id.as_deref(), Some("connect-security-profile:none"));
    assert_eq!(bench.calls(Operation::CreateSecurityProfile), 1);
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_is_looked_for_and_not_made_twice() {
    let create = || Fault::on(Operation::CreateSecurityProfile);
    let cases = [
        ("before", create().lose()),
        ("after", create().lose_after()),
        ("500 before", create().error(500, "InternalServiceException")),
        ("500 after", create().error_after(500, "InternalServiceException")),
        ("503 after, no code", create().raw_after(503, "text/html", "<html>busy</html>")),
        ("cut short", create().raw_after(200, "application/json", "{\"SecurityProf")),
        ("slow", create().delay_after(Duration::from_secs(30))),
    ];
    for lag in [0, 3] {
        for (case, fault) in cases.clone() {
            let bench = lagging(lag);
            bench.connect.script(fault);
            let properties = json!({"Permissions": ["A"], "Description": "x"});
            let (result, id) = bench.create(agents(properties)).await;
            let success = result.unwrap_or_else(|failure| panic!("{case}, lag {lag}: {failure}"));
            assert_eq!(id, Some(success.physical_id.to_string()), "{case}");
            let profile = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
            assert!(success.physical_id.to_string().ends_with(&profile.id), "{case}");
            assert_eq!(bench.calls(Operation::UpdateSecurityProfile), 0, "{case}: it is as it should be");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_lost_to_the_end_is_answered_as_unknown() {
    let bench = Bench::new(Configuration::default());
    bench.connect.script(Fault::on(Operation::CreateSecurityProfile).times(10_000).lose());
    let (result, id) = bench.create(agents(json!({}))).await;
    result.unwrap_err();
    assert_eq!(id.as_deref(), Some(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_denied_create_names_the_statement_that_is_missing() {
    let bench = Bench::new(Configuration::default());
    let fault = Fault::on(Operation::CreateSecurityProfile).error(403, "AccessDeniedException");
    bench.connect.script(fault.message("User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized"));
    let (result, id) = bench.create(agents(json!({}))).await;
    let reason = crate::world::masked(&result.unwrap_err().to_string());
    insta::assert_snapshot!(reason);
    assert_eq!(id.as_deref(), Some("connect-security-profile:none"));
    assert_eq!(bench.calls(Operation::CreateSecurityProfile), 1);
}

#[tokio::test(start_paused = true)]
async fn attributes_never_fail_a_write_that_succeeded() {
    let describe = || Fault::on(Operation::DescribeSecurityProfile).times(10_000);
    for fault in [
        describe().error(403, "AccessDeniedException"),
        describe().error(429, "ThrottlingException"),
        describe().error(500, "InternalServiceException"),
        describe().lose(),
        describe().delay(Duration::from_mins(1)),
        describe().raw(200, "application/json", "{}"),
        describe().raw(200, "application/json", "]"),
    ] {
        let bench = Bench::new(Configuration::default());
        bench.connect.script(fault);
        let begun = Instant::now();
        let (result, _) = bench.create(agents(json!({}))).await;
        let success = result.unwrap();
        let keys: Vec<&str> = success.data.keys().map(String::as_str).collect();
        assert_eq!(keys, connect_security_profile::attributes::ATTRIBUTES);
        assert_eq!(success.data["LastModifiedRegion"], "us-east-1");
        assert!(begun.elapsed() <= Duration::from_secs(11), "{:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_profile_that_reads_do_not_show_yet_has_its_attributes_in_the_end() {
    for unseen_is_invalid_request in [false, true] {
        let choices = Choices { unseen_is_invalid_request, ..Choices::default() };
        let read_lag = Duration::from_secs(4);
        let bench = Bench::new(Configuration { read_lag, choices, ..Configuration::default() });
        let (result, _) = bench.create(agents(json!({}))).await;
        let time = &result.unwrap().data["LastModifiedTime"];
        let live = bench.connect.profile(INSTANCE_ID, "Agents").unwrap().last_modified_time;
        let journal = bench.connect.journal();
        assert_eq!(journal.last().unwrap().status, 200, "it was read in the end");
        assert_eq!(time, &format!("{:.0}", live.floor()));
        assert!(bench.calls(Operation::DescribeSecurityProfile) > 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_create_that_was_never_answered_made_is_found_and_deleted() {
    for id in [UNKNOWN, FOREIGN] {
        let bench = lagging(5);
        bench.create(agents(json!({}))).await.0.unwrap();
        bench.delete(id, agents(json!({}))).await.0.unwrap();
        assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None, "`{id}`");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_never_made_is_looked_for_twenty_seconds_and_no_more() {
    for id in [UNKNOWN, FOREIGN] {
        // However slow the reads are, the last of them is waited for.
        for delay in [0, 300, 2900] {
            let bench = Bench::new(Configuration::default());
            let slow =
                Fault::on(Operation::ListSecurityProfiles).always().delay(Duration::from_millis(delay));
            bench.connect.script(slow);
            let (result, elapsed) = bench.delete(id, agents(json!({}))).await;
            result.unwrap();
            assert!((14..=23).contains(&elapsed.as_secs()), "{elapsed:?}");
            assert!(bench.calls(Operation::ListSecurityProfiles) < 30);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_or_a_missing_instance_ends_the_search_at_once() {
    let elsewhere = "arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-0000-0000-000000000000";
    let cases: [(&str, Option<Profile>, Value); 4] = [
        ("nobody's", Some(Profile::named("Agents")), agents(json!({}))),
        ("another's", Some(anothers()), agents(json!({}))),
        ("no instance", None, agents(json!({"InstanceArn": elsewhere}))),
        ("unreadable", None, agents(json!({"InstanceArn": "?"}))),
    ];
    for (case, profile, properties) in cases {
        let bench = Bench::new(Configuration::default());
        if let Some(profile) = profile.clone() {
            bench.connect.put_profile(INSTANCE_ID, profile);
        }
        let (result, elapsed) = bench.delete(FOREIGN, properties).await;
        result.unwrap();
        assert!(elapsed < Duration::from_secs(1), "{case}: {elapsed:?}");
        assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents").is_some(), profile.is_some(), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_profile_in_use_is_tried_for_a_minute_and_deleted_once_it_is_free() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    bench.connect.assign("u-1", INSTANCE_ID, &["Agents"]);
    let arn = format!("{}/security-profile/{}", crate::world::INSTANCE, ours().id);
    let (result, elapsed) = bench.delete(&arn, agents(json!({}))).await;
    let reason = result.unwrap_err().to_string();
    assert!(reason.contains("ResourceInUseException") && reason.contains(&arn), "{reason}");
    assert!((50..=60).contains(&elapsed.as_secs()), "{elapsed:?}");
    assert!(bench.connect.profile(INSTANCE_ID, "Agents").is_some());

    let release = bench.connect.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(7)).await;
        release.assign("u-1", INSTANCE_ID, &["Agent"]);
    });
    bench.delete(&arn, agents(json!({}))).await.0.unwrap();
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_no_read_shows_is_deleted_by_its_arn_unless_it_may_have_to_stay() {
    for (extra, stays) in
        [(json!({}), false), (json!({"OnDelete": "Retain"}), true), (json!({"Adopt": "true"}), false)]
    {
        let bench = lagging(8);
        let properties = agents(extra);
        let (result, _) = bench.create(properties.clone()).await;
        let id = result.unwrap().physical_id.to_string();
        bench.delete(&id, properties).await.0.unwrap();
        let left = bench.connect.profile(INSTANCE_ID, "Agents");
        assert_eq!(left.is_some(), stays);
        assert!(left.is_none_or(|profile| !profile.tags.contains_key(OWNER_TAG)), "it is released");
    }
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_gone_is_made_again_by_an_update() {
    let bench = lagging(3);
    let (result, _) = bench.create(agents(json!({"Permissions": ["A"]}))).await;
    let old_id = result.unwrap().physical_id.to_string();
    bench.connect.remove_profile(INSTANCE_ID, "Agents");
    let properties = agents(json!({"Permissions": ["B"]}));
    let success = bench.update(&old_id, properties.clone(), properties).await.unwrap();
    assert_ne!(success.physical_id.to_string(), old_id);
    assert!(bench.connect.profile(INSTANCE_ID, "Agents").unwrap().permissions.contains("B"));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_clear_is_success_all_the_same() {
    let choices = Choices { empty_hierarchy_group_clears: false, ..Choices::default() };
    let bench = Bench::new(Configuration { choices, ..Configuration::default() });
    let old = agents(
        json!({"HierarchyRestrictedResources": ["User"], "AllowedAccessControlHierarchyGroupId": "g"}),
    );
    let id = bench.create(old.clone()).await.0.unwrap().physical_id.to_string();
    bench.update(&id, agents(json!({})), old).await.unwrap();
    let profile = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
    assert_eq!(profile.allowed_access_control_hierarchy_group_id, "g");
    assert_eq!(bench.calls(Operation::DescribeSecurityProfile), 4, "create, update, after it, and once more");
}

#[tokio::test(start_paused = true)]
async fn a_crowd_keeps_to_the_quota_and_all_succeed() {
    let quota = Some(Quota { rate: 2.0, burst: 5 });
    let bench = Bench::new(Configuration { quota, ..Configuration::default() });
    let names: Vec<String> = (0..12).map(|index| format!("Agents {index}")).collect();
    let creates = names.iter().map(|name| bench.create(agents(json!({"SecurityProfileName": name}))));
    let mut made = 0;
    let mut pending: Vec<_> = creates.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        pending.retain_mut(|create| match create.as_mut().poll(context) {
            std::task::Poll::Ready((result, _)) => {
                result.unwrap();
                made += 1;
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(made, 12);
    let creates =
        bench.connect.journal().into_iter().filter(|call| call.operation == Operation::CreateSecurityProfile);
    let (done, throttled): (Vec<_>, Vec<_>) = creates.partition(|call| call.status == 200);
    assert_eq!(done.len(), 12);
    assert!(!throttled.is_empty() && throttled.iter().all(|call| call.status == 429), "the quota was felt");
    let last = done.iter().map(|call| call.at).max().unwrap();
    assert!(last >= Duration::from_millis(3500), "(12 - 5) / 2 s is the quota's own floor: {last:?}");
}

#[tokio::test(start_paused = true)]
async fn an_update_goes_through_every_passing_fault() {
    for operation in
        [Operation::DescribeSecurityProfile, Operation::UpdateSecurityProfile, Operation::TagResource]
    {
        let faults = [
            Fault::on(operation).lose(),
            Fault::on(operation).lose_after(),
            Fault::on(operation).times(3).error_after(500, "InternalServiceException"),
            Fault::on(operation).raw_after(200, "application/json", "{\"cut"),
            Fault::on(operation).error(503, "ServiceUnavailable"),
        ];
        for fault in faults {
            let bench = Bench::new(Configuration::default());
            bench.connect.put_profile(INSTANCE_ID, ours());
            bench.connect.script(fault);
            let arn = format!("{}/security-profile/{}", crate::world::INSTANCE, ours().id);
            let new = agents(json!({"Description": "new", "Tags": [{"Key": "k", "Value": "v"}]}));
            bench.update(&arn, new, agents(json!({}))).await.unwrap();
            let profile = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
            assert_eq!(profile.description, "new");
            assert_eq!(profile.tags["k"], "v");
            assert_eq!(profile.tags[OWNER_TAG], owner_tag("created", "Agents"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_comes_back_to_a_profile_leaves_alone_what_was_never_stated() {
    let bench = Bench::new(Configuration::default());
    let old = agents(json!({"Permissions": ["A"]}));
    let new = agents(json!({"Permissions": ["A"], "SecurityProfileName": "Agents B"}));
    let old_id = bench.create(old.clone()).await.0.unwrap().physical_id.to_string();
    let mut live = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
    live = live.described("Written in the console").tagged("theirs", "x");
    bench.connect.put_profile(INSTANCE_ID, live.clone());
    let new_id = bench.update(&old_id, new.clone(), old.clone()).await.unwrap().physical_id.to_string();
    for carried in [&new_id, &old_id] {
        let success = bench.update(carried, old.clone(), new.clone()).await.unwrap();
        assert_eq!(success.physical_id.to_string(), old_id);
        assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents").unwrap(), live);
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_to_another_instance_needs_nothing_of_the_old_one() {
    let other = "22222222-3333-4444-5555-666666666666";
    let mut configuration = Configuration::default();
    configuration.instances.push(("eu-west-2".to_owned(), other.to_owned()));
    let bench = Bench::new(configuration);
    let old = agents(json!({"Permissions": ["A"]}));
    let old_id = bench.create(old.clone()).await.0.unwrap().physical_id.to_string();
    bench.connect.clear_journal();
    bench.connect.script(Fault::on(Operation::DescribeSecurityProfile).error(403, "AccessDeniedException"));
    let there = format!("arn:aws:connect:eu-west-2:000000000000:instance/{other}");
    let new = agents(json!({"Permissions": ["A"], "InstanceArn": there}));
    let success = bench.update(&old_id, new, old).await.unwrap();
    assert!(success.physical_id.to_string().starts_with(&there));
    assert!(bench.connect.profile(other, "Agents").is_some());
    assert!(bench.connect.profile(INSTANCE_ID, "Agents").is_some(), "the clean-up deletes it");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_and_never_shows_is_told_as_that() {
    let bench = Bench::new(Configuration::default());
    let taken = Fault::on(Operation::CreateSecurityProfile).error(409, "DuplicateResourceException");
    bench.connect.script(taken);
    let (result, id) = bench.create(agents(json!({}))).await;
    let reason = result.unwrap_err().to_string();
    assert!(reason.contains("no list shows a profile of exactly this name"), "{reason}");
    assert_eq!(id.as_deref(), Some(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_full_instance_may_hold_our_own_profile_already() {
    let bench = Bench::new(Configuration { profile_limit: 5, ..Configuration::default() });
    let (first, _) = bench.create(agents(json!({}))).await;
    let full = Fault::on(Operation::CreateSecurityProfile).error(429, "LimitExceededException");
    bench.connect.script(full);
    let (again, _) = bench.create(agents(json!({}))).await;
    assert_eq!(again.unwrap().physical_id, first.unwrap().physical_id);
}

#[tokio::test(start_paused = true)]
async fn a_denied_read_is_told_at_once_although_another_is_throttled() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    bench.connect.script(Fault::on(Operation::DescribeSecurityProfile).error(403, "AccessDeniedException"));
    let lists = Fault::on(Operation::ListSecurityProfilePermissions).always();
    bench.connect.script(lists.error(429, "ThrottlingException"));
    let arn = format!("{}/security-profile/{}", crate::world::INSTANCE, ours().id);
    let begun = Instant::now();
    let properties = agents(json!({"Permissions": ["A"]}));
    let reason = bench.update(&arn, properties.clone(), properties).await.unwrap_err().to_string();
    assert!(
        reason.contains("connect:DescribeSecurityProfile") && reason.contains("allow the function's role"),
        "{reason}"
    );
    assert!(begun.elapsed() < Duration::from_secs(1));
}

fn with_module(id: &str) -> Value {
    agents(json!({"AllowedFlowModules": [{"FlowModuleId": id, "Type": "MCP"}]}))
}

/// A module that is known from the start, so that others are checked.
fn with_known_modules() -> Bench {
    let flow_modules = [("known".to_owned(), Duration::ZERO)].into();
    Bench::new(Configuration { flow_modules, ..Configuration::default() })
}

#[tokio::test(start_paused = true)]
async fn a_flow_module_that_is_not_valid_yet_is_tried_again_until_it_is() {
    let bench = with_known_modules();
    bench.connect.release_flow_module("module-1", Duration::from_secs(8));
    let begun = Instant::now();
    let id = bench.create(with_module("module-1")).await.0.unwrap().physical_id.to_string();
    assert!((8..=14).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert!((3..20).contains(&bench.calls(Operation::CreateSecurityProfile)));

    bench.connect.release_flow_module("module-2", Duration::from_secs(8));
    bench.update(&id, with_module("module-2"), with_module("module-1")).await.unwrap();
    let held = bench.connect.profile(INSTANCE_ID, "Agents").unwrap().allowed_flow_modules;
    let held: Vec<_> = held.iter().map(|module| module.flow_module_id.as_deref().unwrap()).collect();
    assert_eq!(held, ["module-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_flow_module_that_stays_not_valid_fails_within_twenty_seconds_and_nothing_is_made() {
    let bench = with_known_modules();
    let begun = Instant::now();
    let (result, id) = bench.create(with_module("module-1")).await;
    let reason = result.unwrap_err().to_string();
    for part in ["InvalidParameterException", "module-1", "not valid", "failed ", " times"] {
        assert!(reason.contains(part), "{reason}");
    }
    assert!((15..=20).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(id.as_deref(), Some("connect-security-profile:none"));
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);

    bench.connect.put_profile(INSTANCE_ID, ours());
    let arn = format!("{}/security-profile/{}", crate::world::INSTANCE, ours().id);
    let begun = Instant::now();
    let failure = bench.update(&arn, with_module("module-1"), agents(json!({}))).await.unwrap_err();
    assert!(failure.to_string().contains("module-1"), "{failure}");
    // A reading of the profile may be waited for before it.
    assert!((15..=26).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_flow_module_is_not_waited_for_past_the_deadline() {
    let bench = with_known_modules();
    let event = event("Create", None, &with_module("module-1"), None);
    let begun = Instant::now();
    let answer = bench.deliver(&event, std::time::SystemTime::now(), Duration::from_secs(6)).await;
    assert!(answer.why().contains("module-1"), "{answer:?}");
    // There is time left to see that no earlier delivery made the profile.
    assert_eq!(answer.physical_id, "connect-security-profile:none");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_invalid_parameter_that_is_not_of_a_flow_module_that_the_request_names_fails_at_once() {
    let named = || with_module("module-1");
    let cases = [
        ("another module", named(), "InvalidParameterException", "module-10 is not valid"),
        ("no module in the message", named(), "InvalidParameterException", "Permissions is not valid"),
        ("no module in the request", agents(json!({})), "InvalidParameterException", "module-1 is not valid"),
        ("another code", named(), "InvalidRequestException", "module-1 is not valid"),
        ("a denial", named(), "AccessDeniedException", "not authorized on flow-module/module-1"),
    ];
    for (case, properties, code, message) in cases {
        let bench = Bench::new(Configuration::default());
        let status = if code == "AccessDeniedException" { 403 } else { 400 };
        let fault = Fault::on(Operation::CreateSecurityProfile).always().error(status, code);
        bench.connect.script(fault.message(message));
        let (result, _) = bench.create(properties).await;
        let reason = result.unwrap_err().to_string();
        assert!(reason.contains(code), "{case}: {reason}");
        assert_eq!(bench.calls(Operation::CreateSecurityProfile), 1, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_lost_while_a_flow_module_is_waited_for_is_not_made_twice() {
    let bench = Bench::new(Configuration::default());
    let create = || Fault::on(Operation::CreateSecurityProfile);
    let refused = create().times(2).error(400, "InvalidParameterException");
    bench.connect.script(refused.message("The flow module module-1 is not valid"));
    bench.connect.script(create().nth(3).lose_after());
    let (result, id) = bench.create(with_module("module-1")).await;
    assert_eq!(id, Some(result.unwrap().physical_id.to_string()));
    assert_eq!(bench.calls(Operation::CreateSecurityProfile), 3);
    assert_eq!(bench.connect.profiles(INSTANCE_ID).iter().filter(|it| it.name == "Agents").count(), 1);
}
