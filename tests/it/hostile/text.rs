//! Characters that end a line, clear a screen or turn text around, in every field of an event and of the service's answers.

use std::time::Duration;

use connect_emulator::{Fault, Operation, Profile};
use lambda_harness::{Outcome, Signature};
use serde_json::{Value, json};

use super::{NASTY, is_a_clean_answer, is_a_log};
use crate::world::{INSTANCE_ID, OWNER_TAG, World, agents, event, ours, owner_tag};

const PROPERTIES: [&str; 12] = [
    "InstanceArn",
    "SecurityProfileName",
    "Description",
    "Permissions",
    "Tags",
    "Applications",
    "AllowedAIAgents",
    "AllowedAccessControlHierarchyGroupId",
    "OnDelete",
    "RoleArn",
    "Revision",
    NASTY,
];

/// Every event with one field, or one property, that is nasty.
fn events() -> Vec<Value> {
    let mut events = Vec::new();
    let arn = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555/security-profile/p";
    for kind in ["Create", "Update", "Delete"] {
        let id = (kind != "Create").then_some(arn);
        let good = event(kind, id, &agents(json!({})), Some(&agents(json!({}))));
        for field in
            ["RequestType", "PhysicalResourceId", "LogicalResourceId", "RequestId", "StackId", "ResourceType"]
        {
            for value in [NASTY.to_owned(), format!("{}{NASTY}", good[field].as_str().unwrap_or_default())] {
                let mut event = good.clone();
                event[field] = json!(value);
                events.push(event);
            }
        }
        for name in PROPERTIES {
            for value in [
                json!(NASTY),
                json!([NASTY]),
                json!({NASTY: NASTY}),
                json!([{"Key": NASTY, "Value": NASTY, "Namespace": NASTY, "Arn": NASTY, "Type": NASTY,
                        "ApplicationPermissions": [NASTY]}]),
            ] {
                let mut event = good.clone();
                event["ResourceProperties"][name] = value.clone();
                event["OldResourceProperties"][name] = value;
                events.push(event);
            }
        }
    }
    events
}

#[tokio::test]
async fn no_field_of_an_event_forges_a_log_line_or_gets_into_an_answer() {
    let world = World::start().await;
    for event in events() {
        let event = world.addressed(event, Signature::V4);
        let before = world.bucket.answers().len();
        // A Delete of an id that CloudFormation made up looks for the profile for as long as it may.
        let outcome = world.runtime_api.invoke(event.clone(), Duration::from_secs(3)).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?} {event}");
        let answers = world.bucket.answers().split_off(before);
        let [answer] = &answers[..] else { panic!("{answers:?}") };
        is_a_clean_answer(&answer.body);
        for id in ["StackId", "LogicalResourceId", "RequestId"] {
            assert_eq!(answer.json()[id], event[id], "ids are echoed as they are");
        }
    }
    world.function.kill().await;
    is_a_log(&world.function.logs());
}

#[tokio::test]
async fn half_characters_and_bytes_that_are_no_text_are_failed_with_a_reason_and_the_process_lives() {
    let world = World::start().await;
    let good =
        world.addressed(event("Create", None, &agents(json!({"Description": "HERE"})), None), Signature::V4);
    for (text, is_text) in
        [("\\ud800", false), ("\\udc00\\ud800", false), ("\\ud83d\\u0041", false), ("\\ud83d\\ude80", true)]
    {
        let raw = good.to_string().replace("HERE", text);
        let outcome = world.runtime_api.invoke_raw(raw, Duration::from_secs(20)).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{text} {outcome:?}");
        let answer = world.bucket.answers().pop().unwrap().json();
        assert_eq!(answer["Status"], if is_text { "SUCCESS" } else { "FAILED" }, "{text} {answer}");
        assert!(
            is_text || answer["Reason"].as_str().unwrap().contains("stands for no character"),
            "{answer}"
        );
    }
    for bytes in [&b"\xff"[..], b"\xed\xa0\x80", b"\xc0\xaf", b"\xf8\x88\x80\x80\x80"] {
        let raw = good.to_string();
        let (before, after) = raw.split_once("HERE").unwrap();
        let raw = [before.as_bytes(), bytes, after.as_bytes()].concat();
        let outcome = world.runtime_api.invoke_raw(raw, Duration::from_secs(20)).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}");
        let answer = world.bucket.answers().pop().unwrap().json();
        assert!(answer["Reason"].as_str().unwrap().contains("not UTF-8"), "{answer}");
    }
    assert!(world.function.is_running());
    world.function.kill().await;
    is_a_log(&world.function.logs());
}

#[tokio::test]
async fn no_answer_of_the_service_forges_a_log_line_or_gets_into_an_answer() {
    let world = World::start().await;
    let quoted = json!(NASTY).to_string();
    for status in [400, 403, 409, 429] {
        for body in [
            json!({"__type": NASTY, "Message": NASTY}).to_string(),
            json!({"code": NASTY, "message": NASTY}).to_string(),
            json!({"__type": "InvalidParameterException", "message": NASTY.repeat(2000)}).to_string(),
            NASTY.to_owned(),
            quoted.clone(),
        ] {
            let fault =
                Fault::on(Operation::CreateSecurityProfile).times(9).raw(status, "application/json", body);
            world.connect.script(fault);
            let event = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
            world.deliver(&event, Duration::from_millis(2500)).await.why();
            world.connect.clear_faults();
        }
    }
    // What is read of profiles: names and tags that the console, or another program, gave them.
    let owner = format!("v1/created/{NASTY}/{NASTY}/u/Others/{NASTY}");
    let id = "99999999-8888-7777-6666-555555555555";
    let arn = format!("arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE_ID}/security-profile/{id}");
    for profile in [
        Profile { name: NASTY.to_owned(), ..ours() },
        ours().tagged(NASTY, NASTY).with_permission(NASTY).described(NASTY),
        ours().tagged(OWNER_TAG, owner),
        ours().tagged(OWNER_TAG, NASTY),
        Profile { name: NASTY.to_owned(), ..ours().tagged(OWNER_TAG, owner_tag("adopted", "Agents")) },
    ] {
        world.connect.put_profile(INSTANCE_ID, profile.clone());
        let old = agents(json!({"Tags": [{"Key": NASTY, "Value": "x"}]}));
        world.create(agents(json!({"Permissions": ["A"]}))).await;
        world.update(&arn, agents(json!({"Permissions": []})), old.clone()).await;
        world.delete(&arn, agents(json!({"OnDelete": "Retain"}))).await.id();
        for name in [profile.name.as_str(), "Agents"] {
            world.connect.remove_profile(INSTANCE_ID, name);
        }
    }
    // Such answers are outside the service's model, against which all kept calls are checked.
    world.connect.clear_journal();
    for answer in world.bucket.answers() {
        is_a_clean_answer(&answer.body);
    }
    world.function.kill().await;
    is_a_log(&world.function.logs());
}
