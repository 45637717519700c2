//! What CloudWatch is told: every event counted once, however it ends, and the template looks at what is told.

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation};
use connect_security_profile::metrics::NAMESPACE;
use serde_json::{Value, json};

use crate::world::{World, agents, event};

/// The lines of metrics so far, as dimension and value (`-` for the function as a whole) and what is counted.
fn told(world: &World) -> Vec<(String, Value)> {
    let lines = world.function.logs();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == NAMESPACE)
        .map(|line| {
            assert_eq!(line["FunctionName"], "provider");
            let of = line["Class"].as_str().or(line["Operation"].as_str()).unwrap_or("-").to_owned();
            (of, line)
        })
        .collect()
}

fn one<'a>(told: &'a [(String, Value)], of: &str) -> &'a Value {
    let found: Vec<&Value> = told.iter().filter(|(name, _)| name == of).map(|(_, line)| line).collect();
    assert_eq!(found.len(), 1, "{of}: {told:?}");
    found[0]
}

#[tokio::test]
async fn a_success_is_a_request_and_its_calls() {
    let world = World::start().await;
    // Once throttled, an event reads nothing for attributes alone: the throttled call is the read.
    world.connect.script(Fault::on(Operation::DescribeSecurityProfile).error(429, "ThrottlingException"));
    world.create(agents(json!({}))).await.id();
    let told = told(&world);
    let whole = one(&told, "-");
    for (metric, value) in [("Requests", 1), ("Failures", 0), ("Calls", 2), ("Throttles", 1)] {
        assert_eq!(whole[metric], value, "{metric}");
    }
    assert!(whole["TimeLeft"].as_u64().unwrap() > 10_000 && whole["Duration"].is_u64());
    for (operation, throttles) in [("CreateSecurityProfile", 0), ("DescribeSecurityProfile", 1)] {
        let of_it = one(&told, operation);
        assert_eq!((&of_it["Calls"], &of_it["Throttles"]), (&json!(1), &json!(throttles)), "{operation}");
    }
}

#[tokio::test]
async fn each_failure_is_counted_by_its_class() {
    for (fault, properties, class) in [
        (None, json!({"Adopt": "x"}), "Properties"),
        (None, json!({"SecurityProfileName": "Admin"}), "Forbidden"),
        (None, json!({"SecurityProfileName": "Agent"}), "Refused"),
        (Some((403, "AccessDeniedException")), json!({}), "Denied"),
        (Some((429, "LimitExceededException")), json!({}), "LimitExceeded"),
        (Some((400, "InvalidParameterException")), json!({}), "Invalid"),
    ] {
        let world = World::start().await;
        if let Some((status, code)) = fault {
            world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(status, code));
        }
        world.create(agents(properties)).await.why();
        let told = told(&world);
        assert_eq!(one(&told, "-")["Failures"], 1, "{class}");
        assert_eq!(one(&told, class)["Failures"], 1);
    }
}

#[tokio::test]
async fn what_is_cut_off_at_the_deadline_is_counted_too() {
    let world = World::start().await;
    // Slower than the provider's own patience, which ends half a second before it is cut off.
    world.connect.script(Fault::on(Operation::CreateSecurityProfile).always().delay(Duration::from_mins(1)));
    let event = event("Create", None, &agents(json!({})), None);
    let event = world.addressed(event, lambda_harness::Signature::V4);
    world.deliver(&event, Duration::from_secs(3)).await.why();
    assert_eq!(one(&told(&world), "-")["Requests"], 1);
    assert_eq!(one(&told(&world), "-")["Failures"], 1);
}

#[tokio::test]
async fn metrics_are_told_at_every_level_of_the_log() {
    for level in ["TRACE", "ERROR"] {
        let world =
            World::with(Configuration::default(), &[("AWS_LAMBDA_LOG_LEVEL", level.to_owned())]).await;
        world.create(agents(json!({}))).await.id();
        assert_eq!(one(&told(&world), "-")["Requests"], 1, "{level}");
    }
}
