//! As much as an event can hold: six megabytes, in whichever way costs most. Answered in time and within the limit.

use std::time::{Duration, Instant};

use lambda_harness::{Outcome, Signature};
use serde_json::{Value, json};

use super::is_a_clean_answer;
use crate::world::{World, agents, event};

/// Lambda's limit for an event of a synchronous call; CloudFormation's own are far smaller.
const MOST: usize = 6 << 20;
/// A template's function has ten minutes; this build is not optimised.
const TIME: Duration = Duration::from_secs(10);

/// So many values that there are about six megabytes of them.
fn full_of(value: &Value) -> Value {
    let count = MOST / (value.to_string().len() + 1) - 1000 / value.to_string().len().min(1000);
    json!(vec![value; count])
}

fn deep(levels: usize) -> Value {
    (0..levels)
        .fold(json!("x"), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"a": inner}) })
}

#[tokio::test]
async fn the_largest_events_are_answered_in_time() {
    let world = World::start().await;
    let long = "x".repeat(1 << 20);
    let letters: Vec<String> =
        (0..500).map(|index| format!("{}{index:03}", "Users.Edit".repeat(12))).collect();
    let keys: serde_json::Map<String, Value> =
        (0..400_000).map(|index| (format!("k{index:06}"), json!(1))).collect();
    let references: serde_json::Map<String, Value> =
        (0..100_000).map(|index| (format!("k{index:06}"), json!("{{resolve:x}}"))).collect();
    let granular = |list: Value| {
        json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
            {"PrimaryAttributeValues": list}}})
    };
    let cases: Vec<(&str, Value)> = vec![
        (
            "10,000 permissions",
            json!({"Permissions": (0..10_000).map(|it| format!("Users.Edit{it}")).collect::<Vec<_>>()}),
        ),
        ("500 long unknown permissions", json!({"Permissions": letters, "ExpandPermissions": true})),
        ("six megabytes of permissions", json!({"Permissions": full_of(&json!("Users.Edit"))})),
        ("long permissions", json!({"Permissions": vec![long.clone(); 5]})),
        ("unknown properties", Value::Object(keys)),
        ("references for names", json!({"Permissions": full_of(&json!("{{resolve:secretsmanager:x}}"))})),
        ("unknown properties of references", Value::Object(references)),
        ("a long unknown property", json!({format!("Permissions{long}{long}{long}{long}"): 1})),
        (
            "long unknown properties",
            (0..5).map(|it| (format!("{it}{long}"), json!(1))).collect::<serde_json::Map<_, _>>().into(),
        ),
        ("long nested names", json!({"Tags": vec![json!({ long.as_str(): 1 }); 5]})),
        ("empty tags", json!({"Tags": full_of(&json!({}))})),
        ("tags of one key", json!({"Tags": full_of(&json!({"Key": "k", "Value": "v"}))})),
        (
            "empty applications",
            json!({"Applications": full_of(&json!({"Namespace": "", "ApplicationPermissions": []}))}),
        ),
        (
            "empty values",
            json!({"GranularAccessControlConfiguration": granular(full_of(&json!({"AttributeName": "x", "Values": []})))}),
        ),
        ("numbers as tags", json!({"Tags": full_of(&json!(7))})),
        ("agents", json!({"AllowedAIAgents": full_of(&json!({"Arn": "a", "Type": "b"}))})),
        ("a long name", json!({"SecurityProfileName": long})),
        (
            "a long instance",
            json!({"InstanceArn": format!("arn:aws:connect:{long}:000000000000:instance/i")}),
        ),
        ("a long role", json!({"RoleArn": format!("arn:aws:iam::000000000000:role/{long}")})),
        ("a long description", json!({"Description": long.replace('x', "\u{1b}")})),
        ("a long word", json!({"OnDelete": long, "Adopt": long, "Revision": long, "ExternalId": long})),
        (
            "deep",
            json!({"Tags": deep(100), "Permissions": deep(100), "GranularAccessControlConfiguration": deep(100)}),
        ),
    ];
    for (case, extra) in cases {
        let properties = agents(extra);
        let mut kinds = vec![event("Create", None, &properties, None)];
        if case == "unknown properties" || case == "deep" {
            kinds.push(event("Delete", Some("connect-security-profile:none"), &properties, None));
        }
        for event in kinds {
            let event = world.addressed(event, Signature::V4);
            let begun = Instant::now();
            let answer = world.deliver(&event, Duration::from_mins(1)).await;
            let took = begun.elapsed();
            assert!(took < TIME, "{case}: {took:?}");
            assert!(!answer.reason.contains("timed out"), "{case}: {answer:?}");
        }
    }
    for answer in world.bucket.answers() {
        is_a_clean_answer(&answer.body);
    }
    assert!(world.function.is_running());
}

#[tokio::test]
async fn what_is_too_large_to_answer_is_a_short_error() {
    let world = World::start().await;
    let good = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
    let long = "x".repeat(1 << 20);
    let mut events = Vec::new();
    for field in ["StackId", "RequestId", "LogicalResourceId", "ResponseURL"] {
        for value in [
            json!(long),
            json!(format!("https://{long}/x?Signature=s")),
            json!(format!("{long}:x")),
            deep(100),
        ] {
            let mut event = good.clone();
            event[field] = value;
            events.push(event);
        }
    }
    events.push(json!({"Records": full_of(&json!({}))}));
    events.push(json!({"Records": [{"Sns": {"Message": long}}, {"body": deep(100).to_string()}]}));
    events.push(deep(120));
    for event in events {
        let begun = Instant::now();
        let outcome = world.runtime_api.invoke(event, Duration::from_mins(1)).await;
        assert!(begun.elapsed() < TIME, "{:?}", begun.elapsed());
        let Outcome::Error { body } = outcome else { panic!("{outcome:?}") };
        assert!(body.to_string().len() < 2000, "{} bytes", body.to_string().len());
    }
    for field in ["RequestType", "ResourceType"] {
        let mut event = good.clone();
        event[field] = json!(long);
        world.deliver(&event, Duration::from_mins(1)).await.why();
    }
    for answer in world.bucket.answers() {
        is_a_clean_answer(&answer.body);
    }
    world.function.kill().await;
    let logs = world.function.logs();
    assert!(logs.len() < 4 << 20, "{} bytes of log", logs.len());
}
