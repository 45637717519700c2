//! What the log keeps of a request: its ids in every line at every level, one line for each refusal with all that an operator
//! has to see of the attempt, and no list that is longer than twenty names and a count.

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation};
use lambda_harness::Signature;
use serde_json::{Value, json};

use crate::world::{INSTANCE, INSTANCE_ID, STACK, World, agents, event, ours};

mod insights;

const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// Every line of the function's log so far.
fn lines(world: &World) -> Vec<Value> {
    world.function.logs().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn is_metrics(line: &Value) -> bool {
    line["_aws"].is_object()
}

/// The lines of responses that FAILED.
fn refusals(world: &World) -> Vec<Value> {
    lines(world).into_iter().filter(|line| line["message"] == "responding FAILED").collect()
}

/// The one line of the response that FAILED.
#[track_caller]
fn refusal(world: &World) -> Value {
    let refusals = refusals(world);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals[0].clone()
}

async fn guarded(variable: &'static str, value: &str) -> World {
    World::with(Configuration::default(), &[(variable, value.to_owned())]).await
}

#[tokio::test]
async fn a_refusal_by_a_guard_is_one_line_that_says_who_tried_what() {
    let role = "arn:aws:iam::000000000000:role/other";
    for (variable, value, properties, code) in [
        ("DENIED_PERMISSIONS", "Users.*", json!({"Permissions": ["Users.View"]}), "GuardDeniedPermission"),
        ("PROTECTED_PROFILE_NAMES", "Agen*", json!({}), "GuardDeniedProfileName"),
        ("ALLOWED_INSTANCE_ARNS", "arn:aws:connect:eu-west-2:*", json!({}), "GuardDeniedInstance"),
        ("ALLOWED_ROLE_ARNS", "arn:aws:iam::*:role/x", json!({"RoleArn": role}), "GuardDeniedRole"),
        ("ALLOWED_STACK_ACCOUNTS", "111111111111", json!({}), "GuardDeniedStackAccount"),
    ] {
        let world = guarded(variable, value).await;
        let create = world.addressed(event("Create", None, &agents(properties), None), Signature::V4);
        let answer = world.deliver(&create, Duration::from_secs(20)).await;
        let line = refusal(&world);
        assert_eq!(
            (&line["level"], &line["code"], &line["guard"]),
            (&json!("WARN"), &json!(code), &json!(variable))
        );
        assert_eq!((&line["profile"], &line["instance"]), (&json!("Agents"), &json!(INSTANCE)));
        assert_eq!(line["reason"], answer.why(), "{code}");
        let span = &line["span"];
        assert_eq!((&span["stack"], &span["logical_id"]), (&json!(STACK), &json!("Agents")));
        assert_eq!(span["request_id"], create["RequestId"]);
        if variable == "DENIED_PERMISSIONS" {
            assert_eq!((&line["permissions"], &line["permission_count"]), (&json!("Users.View"), &json!(1)));
        }
        // By the class, on which the alarm rests, and by the code.
        let counted = lines(&world).into_iter().filter(|line| line["Code"].is_string()).collect::<Vec<_>>();
        assert_eq!(counted.len(), 1, "{counted:?}");
        assert_eq!((&counted[0]["Class"], &counted[0]["Code"]), (&json!("Forbidden"), &json!(code)));
        let dimensions = &counted[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(dimensions, &json!([["FunctionName", "Class"], ["FunctionName", "Code"]]));
    }
}

#[tokio::test]
async fn a_response_url_that_is_refused_is_counted_as_a_guard_s_refusal_and_keeps_the_ids() {
    let world = World::start().await;
    let mut forged = event("Create", None, &agents(json!({})), None);
    forged["ResponseURL"] = json!("https://evil.example/k?X-Amz-Signature=CANARY");
    let outcome = world.runtime_api.invoke(forged.clone(), Duration::from_secs(5)).await;
    assert!(matches!(outcome, lambda_harness::Outcome::Error { .. }), "{outcome:?}");
    world.function.kill().await;
    let lines = lines(&world);
    let counted: Vec<&Value> = lines.iter().filter(|line| line["Code"].is_string()).collect();
    assert_eq!(
        (&counted[0]["Class"], &counted[0]["Code"]),
        (&json!("Forbidden"), &json!("ResponseUrlRefused"))
    );
    let line = lines.iter().find(|line| line["code"] == "ResponseUrlRefused").unwrap();
    assert_eq!(line["span"]["request_id"], forged["RequestId"]);
    assert_eq!(line["span"]["stack"], STACK);
}

#[tokio::test]
async fn a_refusal_by_connect_names_the_operation_and_the_request() {
    let world = World::start().await;
    world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(403, "AccessDeniedException"));
    world.create(agents(json!({}))).await.why();
    let line = refusal(&world);
    assert_eq!(
        (&line["code"], &line["operation"]),
        (&json!("PermissionDenied"), &json!("CreateSecurityProfile"))
    );
    assert!(line["reason"].as_str().unwrap().contains(line["connect_request_id"].as_str().unwrap()));
}

#[tokio::test]
async fn the_logged_reason_has_no_control_characters_and_no_query_of_a_url() {
    let world = World::start().await;
    let message = "see https://h.example/k?X-Amz-Signature=CANARY, \u{1b}[31mred\u{202e}";
    let fault = Fault::on(Operation::CreateSecurityProfile).error(400, "InvalidParameterException");
    world.connect.script(fault.message(message));
    let answer = world.create(agents(json!({}))).await;
    assert!(answer.why().contains("https://h.example/k?…"), "{answer:?}");
    let reason = refusal(&world)["reason"].as_str().unwrap().to_owned();
    assert!(
        reason.contains("https://h.example/k?… red") && !reason.contains(['\u{1b}', '\u{202e}']),
        "{reason:?}"
    );
    let logs = world.function.logs();
    assert!(!logs.contains("CANARY") && !logs.contains("\\u001b") && !logs.contains("\\u202e"), "{logs}");
}

#[tokio::test]
async fn every_line_has_the_ids_and_every_metric_passes_at_every_level_of_the_log() {
    for (index, level) in LEVELS.into_iter().enumerate() {
        let world =
            World::with(Configuration::default(), &[("AWS_LAMBDA_LOG_LEVEL", level.to_owned())]).await;
        let id = world.create(agents(json!({"Permissions": ["NotInTheCatalogue"]}))).await.id();
        world.update(&id, agents(json!({"Adopt": "x"})), agents(json!({}))).await.why();
        world
            .connect
            .script(Fault::on(Operation::DescribeSecurityProfile).error(403, "AccessDeniedException"));
        world.update(&id, agents(json!({"Description": "x"})), agents(json!({}))).await.why();
        // A late one, and one that nobody can be told of.
        let late = event("Update", Some(&id), &agents(json!({})), Some(&agents(json!({}))));
        let late = world.sent(late, Signature::V4, Duration::from_hours(1) + Duration::from_mins(5));
        world.deliver(&late, Duration::from_secs(20)).await.why();
        let mut unanswerable = event("Delete", Some(&id), &agents(json!({})), None);
        unanswerable["ResponseURL"] = json!("https://evil.example/");
        drop(world.runtime_api.invoke(unanswerable, Duration::from_secs(5)).await);
        world.delete(&id, agents(json!({}))).await.id();
        world.function.kill().await;

        let lines = lines(&world);
        let (metrics, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(is_metrics);
        assert!(metrics.len() > 6, "{level}: {metrics:?}");
        for line in metrics {
            let passes = LEVELS.iter().position(|it| line["level"] == *it).unwrap() >= index;
            assert!(passes && line["timestamp"].as_str().unwrap().ends_with('Z'), "{level}: {line}");
        }
        // FATAL is no level of the function's: it shows errors, of which there is one here.
        assert!(lines.len() >= if index < 4 { 4 } else { 1 }, "{level}: {lines:?}");
        for line in lines {
            for name in ["request_id", "stack", "logical_id", "resource_type"] {
                assert!(
                    line["span"][name].as_str().is_some_and(|it| !it.is_empty()),
                    "{level}: {name} of {line}"
                );
            }
            // All but the first event are of a profile that is known.
            let is_first = !line["span"]["physical_id"].is_string() && line["span"]["profile"] == "Agents";
            let before = line["message"] == "acting on a request";
            let known = line["span"]["physical_id"].as_str().is_some_and(|it| !it.is_empty());
            assert!(known || is_first || before, "{level}: {line}");
        }
    }
}

#[tokio::test]
async fn each_call_s_line_has_connect_s_request_id() {
    let world = World::start().await;
    world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(429, "ThrottlingException"));
    world.create(agents(json!({}))).await.id();
    let calls: Vec<Value> = lines(&world).into_iter().filter(|line| line["message"] == "call").collect();
    assert!(calls.len() >= 2);
    for call in calls {
        assert_eq!(call["level"], "INFO");
        assert_eq!(call["connect_request_id"].as_str().map(str::len), Some(36), "{call}");
    }
}

/// Names like the provider's own lists have them, separated by commas.
fn longest_list(line: &str) -> usize {
    let is_name = |part: &&str| part.contains("Unknown");
    line.split(['\n']).map(|part| part.split([',', ';']).filter(is_name).count()).max().unwrap_or_default()
}

#[tokio::test]
async fn five_hundred_names_are_a_few_lines_with_twenty_and_a_count() {
    let names: Vec<String> = (0..500).map(|index| format!("Unknown.Permission{index}")).collect();
    let world = guarded("DENIED_PERMISSIONS", "Denied*").await;
    let id = world.create(agents(json!({"Permissions": names}))).await.id();
    let unknown: Vec<Value> =
        lines(&world).into_iter().filter(|line| line["permission_count"] == 500).collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0]["permissions"].as_str().unwrap().ends_with("and 480 more"));
    // All of them denied, and all of them invalid.
    let denied: Vec<String> = names.iter().map(|name| format!("Denied.{name}")).collect();
    let answer = world.update(&id, agents(json!({"Permissions": denied})), agents(json!({}))).await;
    assert!(answer.why().contains("and 480 more"), "{answer:?}");
    let invalid: Vec<String> = names.iter().map(|name| name.repeat(9)).collect();
    let answer = world.create(agents(json!({"Permissions": invalid}))).await;
    assert!(answer.why().contains("500 mistakes"), "{answer:?}");
    let refusals = refusals(&world);
    assert_eq!(refusals[0]["permission_count"], 500);
    assert!(refusals[1]["reason"].as_str().unwrap().ends_with("and 480 more"), "{}", refusals[1]);
    assert_eq!(refusals[1]["invalid_count"], 500);
    for line in lines(&world) {
        for text in line.as_object().unwrap().values().filter_map(Value::as_str) {
            assert!(longest_list(text) <= 20, "{text}");
        }
    }
    assert!(world.function.logs().len() < 40_000, "{} bytes", world.function.logs().len());
}

#[tokio::test]
async fn the_queries_of_the_operators_document_find_what_they_are_for_in_real_lines() {
    let document = std::fs::read_to_string("docs/operations.md").unwrap();
    let queries = insights::queries(&document);
    assert!(queries.len() >= 5, "{queries:?}");
    let world = guarded("DENIED_PERMISSIONS", "Users.*").await;
    world.connect.put_profile(INSTANCE_ID, ours());
    world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(403, "AccessDeniedException"));
    let first = event("Create", None, &agents(json!({"SecurityProfileName": "New"})), None);
    world.send(&first).await.why();
    world.create(agents(json!({"Permissions": ["Users.View"]}))).await.why();
    let id = world.create(agents(json!({"SecurityProfileName": "Other"}))).await.id();
    let restricted =
        agents(json!({"SecurityProfileName": "Other", "Permissions": ["RestrictTaskCreation.Access"]}));
    world.update(&id, restricted.clone(), agents(json!({"SecurityProfileName": "Other"}))).await.id();
    world
        .update(&id, agents(json!({"SecurityProfileName": "Other", "Permissions": []})), restricted)
        .await
        .id();
    world.delete(&id, agents(json!({"SecurityProfileName": "Other"}))).await.id();
    world.function.kill().await;
    let lines = lines(&world);
    let call = lines.iter().find(|line| line["message"] == "call").unwrap();
    for query in queries {
        let query = query
            .replace("<RequestId>", first["RequestId"].as_str().unwrap())
            .replace("<request id of Connect>", call["connect_request_id"].as_str().unwrap());
        assert!(!query.contains('<'), "{query}");
        let rows = insights::run(&query, &lines);
        assert!(!rows.is_empty(), "{query}");
        for field in insights::fields(&query) {
            let found = rows.iter().any(|row| !row[&field].is_null());
            assert!(found, "no line has `{field}`: {query}");
        }
    }
}
