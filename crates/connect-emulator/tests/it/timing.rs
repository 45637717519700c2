//! Quotas and the lag of reads, on a paused clock.

use std::time::Duration;

use connect_emulator::{Choices, Configuration, Profile, Quota};
use serde_json::json;
use tokio::time::advance;

use crate::caller::{Caller, INSTANCE};

const LAG: Duration = Duration::from_secs(20);
const INSTANT: Duration = Duration::from_millis(1);

fn lagging() -> Caller {
    Caller::new(Configuration { read_lag: LAG, ..Configuration::default() })
}

async fn listed(caller: &Caller, name: &str) -> bool {
    let list = caller.get(&format!("/security-profiles-summary/{INSTANCE}")).await.ok();
    list["SecurityProfileSummaryList"].as_array().unwrap().iter().any(|summary| summary["Name"] == name)
}

async fn found(caller: &Caller, name: &str) -> bool {
    let body = json!({ "InstanceId": INSTANCE, "SearchCriteria":
        { "StringCondition": { "FieldName": "name", "Value": name, "ComparisonType": "EXACT" } } });
    caller.call("POST", "/search-security-profiles", body).await.ok()["ApproximateTotalCount"] == 1
}

#[tokio::test(start_paused = true)]
async fn a_new_profile_is_invisible_to_every_read_until_the_lag_is_over() {
    let caller = lagging();
    let id = caller.created("Dispatcher", json!({ "Tags": { "a": "b" } })).await;
    let arn = caller.arn("Dispatcher");
    let permissions = format!("/security-profiles-permissions/{INSTANCE}/{id}");
    advance(LAG.saturating_sub(INSTANT)).await;
    for unseen in [caller.describe(&id).await, caller.tags(&arn).await, caller.get(&permissions).await] {
        assert_eq!(unseen.error(), (404, "ResourceNotFoundException"));
    }
    assert!(!listed(&caller, "Dispatcher").await && !found(&caller, "Dispatcher").await);

    advance(INSTANT).await;
    for seen in [caller.describe(&id).await, caller.tags(&arn).await, caller.get(&permissions).await] {
        assert_eq!(seen.status, 200);
    }
    assert!(listed(&caller, "Dispatcher").await && found(&caller, "Dispatcher").await);
}

#[tokio::test(start_paused = true)]
async fn writes_see_the_truth_at_once() {
    let caller = lagging();
    let id = caller.created("Dispatcher", json!({})).await;
    assert_eq!(caller.create("Dispatcher", json!({})).await.status, 409);
    caller.tag(&caller.arn("Dispatcher"), json!({ "a": "b" })).await.ok();
    caller.update(&id, json!({ "Description": "first" })).await.ok();
    advance(LAG).await;
    caller.update(&id, json!({ "Description": "second" })).await.ok();
    let described = caller.described(&id).await;
    assert_eq!((&described["Description"], &described["Tags"]), (&json!("first"), &json!({ "a": "b" })));
    assert_eq!(caller.emulator.profile(INSTANCE, "Dispatcher").unwrap().description, "second");

    caller.delete(&id).await.ok();
    assert_eq!(caller.delete(&id).await.status, 404);
    assert_eq!(caller.described(&id).await["Description"], "first");
    caller.created("Dispatcher", json!({})).await;
    advance(LAG).await;
    assert_eq!(caller.describe(&id).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_later_write_is_not_undone_by_an_earlier_one_that_becomes_visible_after_it() {
    let caller = lagging();
    let id = caller.created("Dispatcher", json!({ "Description": "slow" })).await;
    caller.emulator.set_read_lag(Duration::ZERO);
    caller.update(&id, json!({ "Description": "fast" })).await.ok();
    assert_eq!(caller.described(&id).await["Description"], "fast");
    advance(LAG).await;
    assert_eq!(caller.described(&id).await["Description"], "fast");
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_put_is_visible_at_once() {
    let caller = lagging();
    caller.emulator.put_profile(INSTANCE, Profile::named("Dispatcher"));
    assert!(listed(&caller, "Dispatcher").await);
}

#[tokio::test(start_paused = true)]
async fn an_unseen_profile_may_be_an_invalid_request() {
    let choices = Choices { unseen_is_invalid_request: true, ..Choices::default() };
    let caller = Caller::new(Configuration { read_lag: LAG, choices, ..Configuration::default() });
    let id = caller.created("Dispatcher", json!({})).await;
    assert_eq!(caller.describe(&id).await.error(), (400, "InvalidRequestException"));
    caller.delete(&id).await.ok();
    assert_eq!(caller.describe(&id).await.error(), (404, "ResourceNotFoundException"));
}

#[tokio::test(start_paused = true)]
async fn a_quota_throttles_each_operation_by_itself_and_fills_again() {
    let quota = Some(Quota { rate: 2.0, burst: 5 });
    let caller = Caller::new(Configuration { quota, ..Configuration::default() });
    for number in 0..5 {
        caller.created(&format!("Profile {number}"), json!({})).await;
    }
    let throttled = caller.create("Profile 5", json!({})).await;
    assert_eq!(throttled.error(), (429, "ThrottlingException"));
    assert_eq!(throttled.body, json!({ "Message": "Rate exceeded" }));
    assert_eq!(caller.emulator.profile(INSTANCE, "Profile 5"), None);
    assert!(listed(&caller, "Profile 4").await);
    advance(Duration::from_millis(500)).await;
    caller.created("Profile 5", json!({})).await;
    assert_eq!(caller.create("Profile 6", json!({})).await.status, 429);
}

#[tokio::test(start_paused = true)]
async fn a_flow_module_that_is_unknown_or_not_valid_yet_is_refused_by_its_identifier() {
    let named = |id: &str| json!({ "AllowedFlowModules": [{ "Type": "MCP", "FlowModuleId": id }] });
    let modules = [("module-1", Duration::ZERO), ("module-2", LAG)].map(|(id, delay)| (id.to_owned(), delay));
    let caller = Caller::new(Configuration { flow_modules: modules.into(), ..Configuration::default() });
    let id = caller.created("Dispatcher", named("module-1")).await;
    for module in ["module-2", "module-3"] {
        for refused in [caller.create("Other", named(module)).await, caller.update(&id, named(module)).await]
        {
            assert_eq!(refused.error(), (400, "InvalidParameterException"));
            let message = refused.body["Message"].as_str().unwrap();
            assert!(message.contains(module) && message.contains("not valid"), "{message}");
        }
    }
    assert_eq!(caller.emulator.profile(INSTANCE, "Other"), None);
    // What the request does not name is not checked.
    caller.update(&id, json!({ "Description": "d" })).await.ok();

    advance(LAG).await;
    caller.update(&id, named("module-2")).await.ok();
    caller.emulator.release_flow_module("module-3", Duration::ZERO);
    caller.created("Other", named("module-3")).await;
}

#[tokio::test]
async fn without_known_flow_modules_none_is_checked() {
    let caller = Caller::default();
    caller.created("Dispatcher", json!({ "AllowedFlowModules": [{ "FlowModuleId": "any" }] })).await;
}
