//! Crowds of events at Connect's quota: over processes, small; and as large as they come on a clock that jumps.

#[path = "../../benches/crowd/events.rs"]
mod events;
#[allow(dead_code, reason = "the benchmark tells more of a run")]
#[path = "../../benches/crowd/processes.rs"]
mod processes;
#[allow(dead_code, reason = "the benchmark tells more of a play")]
#[path = "../../benches/crowd/simulation.rs"]
mod simulation;

use std::time::{Duration, SystemTime};

use connect_emulator::{Configuration, Fault, Operation, Profile, Quota};
use serde_json::json;

use crate::bench::Bench;
use crate::world::{INSTANCE, INSTANCE_ID, agents, bootstrap, ours};
use events::{Crowd, Kind};

const TEN_MINUTES: Duration = Duration::from_secs(595);

#[tokio::test]
async fn more_events_than_processes_at_a_short_quota_all_succeed_and_make_one_profile_each() {
    let quota = Quota { rate: 6.0, burst: 5 };
    for kind in [Kind::Create, Kind::Update] {
        let crowd = Crowd { kind, events: 12, stacks: 2, quota };
        let run = processes::measure(&crowd, 3, bootstrap()).await;
        assert_eq!((run.failures.as_slice(), run.achieved), ([].as_slice(), 12), "{kind:?}");
        let write = match kind {
            Kind::Create => "CreateSecurityProfile",
            Kind::Update => "UpdateSecurityProfile",
        };
        let (made, throttled) = run.calls[write];
        assert_eq!(made - throttled, 12, "{kind:?}: none twice");
        assert!(run.calls.values().any(|(_, throttled)| *throttled > 0), "{kind:?}: the quota was felt");
        assert!(run.last() >= crowd.floor(), "{kind:?}: {:?}", run.answered);
    }
}

#[test]
fn a_hundred_events_over_25_processes_take_hardly_longer_than_the_quota_itself() {
    for kind in [Kind::Create, Kind::Update] {
        let crowd = Crowd { kind, events: 100, stacks: 4, quota: Quota { rate: 2.0, burst: 5 } };
        let played = simulation::simulate(&crowd, 25, TEN_MINUTES);
        assert_eq!((played.events.succeeded.len(), played.left), (100, 100), "{kind:?}");
        let (last, floor) = (played.events.last(), crowd.floor());
        assert!(last >= floor && last <= floor * 1.15, "{kind:?}: {last:.1} s");
    }
}

#[test]
fn events_that_run_out_of_time_say_why_and_a_rollback_in_the_same_time_leaves_hardly_a_profile() {
    let crowd = Crowd { kind: Kind::Create, events: 100, stacks: 4, quota: Quota { rate: 2.0, burst: 5 } };
    let played = simulation::simulate(&crowd, 100, Duration::from_secs(40));
    assert!((70..=85).contains(&played.events.succeeded.len()), "{}", played.events.succeeded.len());
    assert!(played.events.reason.unwrap().contains("2 requests a second"));
    assert!(played.rollback.is_some());
    assert!(played.left <= 20, "Deletes have to wait for the quota, too: {}", played.left);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_throttled_is_not_read_back_and_says_when_it_wrote() {
    for throttled in [Operation::DescribeSecurityProfile, Operation::UpdateSecurityProfile] {
        let bench = Bench::new(Configuration::default());
        // Renamed in the console: the attribute is the name that was read.
        bench.connect.put_profile(INSTANCE_ID, Profile { name: "Front desk".to_owned(), ..ours() });
        bench.connect.script(Fault::on(throttled).error(429, "ThrottlingException"));
        let before = seconds();
        let success =
            bench.update(&arn(), agents(json!({"Description": "new"})), agents(json!({}))).await.unwrap();
        let tries = usize::from(throttled == Operation::DescribeSecurityProfile) + 1;
        assert_eq!(bench.calls(Operation::DescribeSecurityProfile), tries, "{throttled:?}");
        assert!((before..=seconds()).contains(&success.data["LastModifiedTime"].parse().unwrap()));
        assert_eq!(success.data["LastModifiedRegion"], "us-east-1");
        assert_eq!(success.data["SecurityProfileName"], "Front desk");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_not_throttled_is_read_back() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    bench.update(&arn(), agents(json!({"Description": "new"})), agents(json!({}))).await.unwrap();
    assert_eq!(bench.calls(Operation::DescribeSecurityProfile), 2);
}

#[tokio::test(start_paused = true)]
async fn a_read_back_that_is_throttled_itself_leaves_the_quota_to_others() {
    let bench = Bench::new(Configuration::default());
    let fault = Fault::on(Operation::DescribeSecurityProfile).times(9).error(429, "ThrottlingException");
    bench.connect.script(fault);
    let before = seconds();
    let success = bench.create(agents(json!({}))).await.0.unwrap();
    assert_eq!(bench.calls(Operation::DescribeSecurityProfile), 1);
    assert!((before..=seconds()).contains(&success.data["LastModifiedTime"].parse().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn what_may_not_have_been_cleared_is_read_back_however_short_the_quota() {
    let bench = Bench::new(Configuration::default());
    let mut profile = ours();
    profile.hierarchy_restricted_resources.insert("User".to_owned());
    profile.allowed_access_control_hierarchy_group_id = "g".to_owned();
    bench.connect.put_profile(INSTANCE_ID, profile);
    let old = agents(
        json!({"HierarchyRestrictedResources": ["User"], "AllowedAccessControlHierarchyGroupId": "g"}),
    );
    bench.connect.script(Fault::on(Operation::UpdateSecurityProfile).error(429, "ThrottlingException"));
    let throttled_too = Fault::on(Operation::DescribeSecurityProfile).error(429, "ThrottlingException");
    bench.connect.script(throttled_too);
    bench.update(&arn(), agents(json!({})), old).await.unwrap();
    assert_eq!(bench.calls(Operation::DescribeSecurityProfile), 3, "throttled, before and after the write");
}

#[tokio::test(start_paused = true)]
async fn tries_are_five_seconds_apart_at_most_and_a_second_once_the_event_got_through_with_a_call() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    for operation in [Operation::DescribeSecurityProfile, Operation::UpdateSecurityProfile] {
        bench.connect.script(Fault::on(operation).times(30).error(429, "ThrottlingException"));
    }
    // Nothing else is read, so that Describe is the first call.
    bench.update(&arn(), agents(json!({"Description": "new"})), agents(json!({}))).await.unwrap();
    let longest = |operation| {
        let journal = bench.connect.journal();
        let at: Vec<Duration> =
            journal.iter().filter(|call| call.operation == operation).map(|call| call.at).collect();
        assert_eq!(at.len(), 31);
        at.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap()
    };
    let first = longest(Operation::DescribeSecurityProfile);
    assert!(first > Duration::from_secs(1) && first <= Duration::from_secs(5), "{first:?}");
    let second = longest(Operation::UpdateSecurityProfile);
    assert!(second <= Duration::from_millis(1001), "{second:?}");
}

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{}", ours().id)
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}
