//! What goes wrong around the function: bad events, no credentials, a deadline, a lost answer. Always one answer, or a clean
//! error, and the process lives on.

use std::time::Duration;

use connect_emulator::{Choices, Configuration, Fault, Operation};
use lambda_harness::{Outcome, Reply, Signature};
use serde_json::{Value, json};

use crate::world::{INSTANCE_ID, World, agents, bootstrap, event};

#[tokio::test]
async fn garbage_is_a_clean_error_or_an_answer_and_never_a_dead_process() {
    let world = World::start().await;
    let complete = event("Create", None, &agents(json!({})), None);
    let mut pieces =
        vec![json!(null), json!([]), json!("x"), json!(1), json!({}), json!({"Records": [1, {}]})];
    for key in complete.as_object().unwrap().keys() {
        let mut half = world.addressed(complete.clone(), Signature::V4);
        half.as_object_mut().unwrap().remove(key);
        pieces.push(half);
    }
    for piece in pieces {
        let outcome = world.runtime_api.invoke(piece.clone(), Duration::from_secs(20)).await;
        let has_url = piece["ResponseURL"].is_string();
        let can_be_answered =
            has_url && ["StackId", "RequestId", "LogicalResourceId"].iter().all(|id| piece[*id].is_string());
        match outcome {
            Outcome::Error { body } => {
                assert!(body["errorMessage"].is_string() && !can_be_answered, "{piece} {body}");
            }
            Outcome::Response(_) => {
                let answers = world.bucket.answers();
                let answer = answers.last().expect("an answer").json();
                assert_eq!(answer["RequestId"], piece["RequestId"], "{piece}");
                let is_whole = piece.as_object().unwrap().len() == complete.as_object().unwrap().len() + 1;
                assert!(is_whole || answer["Status"] == "FAILED", "{piece} {answer}");
            }
            Outcome::TimedOut => panic!("no answer to {piece}"),
        }
    }
    let deep = "[".repeat(100_000);
    for raw in ["", "{", "\u{0}", "[[[[[[[[[[", "nul", "\"\\ud800\"", &deep] {
        let outcome = world.runtime_api.invoke_raw(raw.to_owned(), Duration::from_secs(20)).await;
        assert!(matches!(outcome, Outcome::Error { .. }), "{raw:.20}: {outcome:?}");
    }
    assert!(world.function.is_running(), "{}", world.function.logs());
    world.create(agents(json!({}))).await.id();
}

#[tokio::test]
async fn properties_of_any_form_get_an_answer() {
    let world = World::start().await;
    let odd = [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"InstanceArn": {"a": []}, "SecurityProfileName": ["x"], "Tags": {"Key": 1}, "Permissions": {"a": 1}}),
        agents(json!({"Permissions": vec!["x".repeat(10_000); 600]})),
        agents(json!({"Description": "é".repeat(10_000)})),
        agents(json!({"GranularAccessControlConfiguration": {"DataTableAccessControlConfiguration": [1]}})),
        agents(json!({"\u{1b}[31mred": "x", "請交月報 🚀": {"deep": [[[[[]]]]]}})),
    ];
    for properties in odd {
        let answer = world.create(properties.clone()).await;
        assert!(!answer.why().is_empty(), "{properties}");
        assert_eq!(answer.physical_id, "connect-security-profile:none");
    }
    assert_eq!(world.calls(), [""; 0], "a template with a mistake never reaches Connect");
}

#[tokio::test]
async fn a_message_of_ten_thousand_characters_is_cut_to_fit() {
    let world = World::start().await;
    let message = format!("begin {} end", "é\"\u{1b}".repeat(10_000));
    let fault = Fault::on(Operation::CreateSecurityProfile).error(400, "InvalidParameterException");
    world.connect.script(fault.message(message));
    let answer = world.create(agents(json!({}))).await;
    assert!(
        answer.why().contains("InvalidParameterException") && answer.why().contains("begin"),
        "{answer:?}"
    );
    assert!(!answer.why().contains('\u{1b}'));
    assert!(world.bucket.answers()[0].body.len() <= 4096);
}

#[tokio::test]
async fn d2_a_create_that_took_effect_just_before_the_end_is_a_success() {
    let world = World::start().await;
    let slow = Fault::on(Operation::DescribeSecurityProfile).always().delay(Duration::from_mins(1));
    world.connect.script(slow);
    let event = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
    let answer = world.deliver(&event, Duration::from_secs(4)).await;
    let arn = answer.data["SecurityProfileArn"].clone();
    assert_eq!(json!(answer.id()), arn, "attributes that cannot be read fail nothing");
}

#[tokio::test]
async fn what_was_cleared_and_still_shows_is_an_error_in_the_log() {
    let choices = Choices { empty_hierarchy_group_clears: false, ..Choices::default() };
    let world = World::with(Configuration { choices, ..Configuration::default() }, &[]).await;
    let old = agents(
        json!({"HierarchyRestrictedResources": ["User"], "AllowedAccessControlHierarchyGroupId": "g"}),
    );
    let id = world.create(old.clone()).await.id();
    world.update(&id, agents(json!({})), old).await.id();
    let logs = world.function.logs();
    let line = logs.lines().find(|line| line.contains("still shows a value")).expect("a line");
    assert!(line.contains("ERROR") && line.contains("AllowedAccessControlHierarchyGroupId"), "{line}");
}

#[tokio::test]
async fn an_instance_that_cannot_be_reached_says_where_to_look() {
    let nowhere = [("AWS_ENDPOINT_URL_CONNECT", "http://127.0.0.1:9".to_owned())];
    let world = World::with(Configuration::default(), &nowhere).await;
    let event = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
    let answer = world.deliver(&event, Duration::from_secs(4)).await;
    assert!(answer.why().contains("check the region in InstanceArn"), "{answer:?}");
    assert_eq!(answer.physical_id, "connect-security-profile:none", "nothing can have been made");
}

#[tokio::test]
async fn no_credentials_is_a_failure_at_once() {
    let without = [("AWS_ACCESS_KEY_ID", String::new()), ("AWS_SECRET_ACCESS_KEY", String::new())];
    let world = World::with(Configuration::default(), &without).await;
    let answer = world.create(agents(json!({}))).await;
    assert!(answer.why().contains("credentials"), "{answer:?}");
    assert_eq!(answer.physical_id, "connect-security-profile:none");
}

#[tokio::test]
async fn wrong_credentials_say_so() {
    let world = World::with(Configuration::default(), &[("AWS_SECRET_ACCESS_KEY", "wrong".to_owned())]).await;
    let answer = world.create(agents(json!({}))).await;
    assert!(answer.why().contains("InvalidSignatureException"), "{answer:?}");
}

#[tokio::test]
async fn a_misconfigured_function_says_what_is_wrong_with_it() {
    let world = World::start().await;
    let origins = format!("{},nonsense", world.bucket.origin());
    let function = [("RESPONSE_URL_ALLOWED_ORIGINS", origins)];
    let runtime_api = lambda_harness::RuntimeApi::start().await;
    let _function = lambda_harness::Function::spawn(bootstrap(), &runtime_api, &function);
    let event = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
    runtime_api.invoke(event.clone(), Duration::from_secs(20)).await;
    let answer = world.bucket.answer_for(event["RequestId"].as_str().unwrap()).await.json();
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains("RESPONSE_URL_ALLOWED_ORIGINS") && reason.contains("nonsense"), "{reason}");
}

#[tokio::test]
async fn d2_a_create_cut_off_by_the_deadline_answers_in_time_with_an_id_that_its_delete_can_use() {
    let world = World::start().await;
    let slow = Fault::on(Operation::CreateSecurityProfile).delay_after(Duration::from_mins(1));
    world.connect.script(slow);
    let event = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
    let answer = world.deliver(&event, Duration::from_secs(4)).await;
    assert!(!answer.why().is_empty());
    assert_eq!(answer.physical_id, "connect-security-profile:unknown");
    assert!(world.profile("Agents").is_some(), "it did take effect");
    world.delete(&answer.physical_id, agents(json!({}))).await.id();
    assert_eq!(world.profile("Agents"), None);
}

#[tokio::test]
async fn an_answer_that_does_not_get_through_is_an_error_and_the_next_delivery_answers_the_same() {
    let world = World::start().await;
    world.bucket.script(vec![Reply::Status(403)]);
    let event =
        world.addressed(event("Create", None, &agents(json!({"Permissions": ["A"]})), None), Signature::V4);
    let outcome = world.runtime_api.invoke(event.clone(), Duration::from_secs(30)).await;
    assert!(matches!(outcome, Outcome::Error { .. }), "{outcome:?}");
    let first = world.profile("Agents").unwrap();
    let answer = world.deliver(&event, Duration::from_secs(30)).await;
    assert!(answer.id().ends_with(&first.id));
    assert_eq!(world.connect.profiles(INSTANCE_ID).iter().filter(|it| it.name == "Agents").count(), 1);
}

#[tokio::test]
async fn c7_the_answer_is_delivered_before_the_function_returns() {
    let world = World::start().await;
    let event = world.addressed(event("Create", None, &agents(json!({})), None), Signature::V4);
    let outcome = world.runtime_api.invoke(event, Duration::from_secs(20)).await;
    assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}");
    // Lambda freezes the process now: what is not there yet never comes.
    world.function.kill().await;
    assert_eq!(world.bucket.answers().iter().filter(|answer| answer.delivered()).count(), 1);
}

#[tokio::test]
async fn both_kinds_of_presigned_url_are_answered() {
    let world = World::start().await;
    for signature in [Signature::V4, Signature::V2] {
        let event = event("Delete", Some("connect-security-profile:none"), &agents(json!({})), None);
        let event = world.addressed(event, signature);
        assert_eq!(world.deliver(&event, Duration::from_secs(20)).await.status, "SUCCESS");
    }
}

#[tokio::test]
async fn an_unknown_host_is_told_nothing_and_nothing_is_called() {
    let world = World::start().await;
    for host in [
        "http://127.0.0.1:9",
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com.evil.example",
    ] {
        let mut event = event("Create", None, &agents(json!({})), None);
        event["ResponseURL"] = json!(format!("{host}/x?X-Amz-Signature=CANARY"));
        let outcome = world.runtime_api.invoke(event, Duration::from_secs(20)).await;
        assert!(matches!(outcome, Outcome::Error { .. }), "{outcome:?}");
    }
    assert_eq!(world.calls(), [""; 0]);
    assert!(!world.function.logs().contains("CANARY"));
}

#[tokio::test]
async fn nothing_secret_is_in_the_logs_at_the_most_talkative_level() {
    let secrets = [("AWS_SESSION_TOKEN", "CANARY-TOKEN".to_owned())];
    let world = World::with(Configuration::default(), &secrets).await;
    let properties = agents(json!({
        "Description": "CANARY", "Revision": "CANARY", "ExternalId": "CANARY", "Permissions": ["A"],
        "Tags": [{"Key": "k", "Value": "CANARY"}],
        "AllowedAccessControlTags": [{"Key": "a", "Value": "CANARY"}], "TagRestrictedResources": ["User"],
        "GranularAccessControlConfiguration": {"DataTableAccessControlConfiguration": {
            "PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": [
                {"AttributeName": "x", "Values": ["CANARY"]}]}}}}));
    let refused = Fault::on(Operation::CreateSecurityProfile).error(400, "InvalidParameterException");
    world.connect.script(refused.message("the value CANARY is not good"));
    let refused = world.create(properties.clone()).await;
    assert!(!refused.why().contains("CANARY"), "{refused:?}");
    let id = world.create(properties.clone()).await.id();
    world.update(&id, agents(json!({"Description": "CANARY 2"})), properties.clone()).await.id();
    world.delete(&id, properties).await;
    let logs = world.function.logs();
    assert!(logs.contains("plan"), "there are logs: {logs}");
    for secret in ["CANARY", "X-Amz-Signature", "Signature="] {
        assert!(!logs.contains(secret), "{secret}: {logs}");
    }
}

#[tokio::test]
async fn every_log_line_is_json_and_names_the_request_and_the_resource() {
    let world = World::start().await;
    world.create(agents(json!({"Permissions": ["BasicAgentAcess"]}))).await.id();
    let lines: Vec<Value> =
        world.function.logs().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<&Value> = lines.iter().filter(|line| line["message"] == "call").collect();
    assert_eq!(calls.len(), 2, "{lines:?}");
    let is_ours = |line: &&Value| {
        line["target"].as_str().is_some_and(|target| target.starts_with("connect_security_profile"))
    };
    for line in lines.iter().filter(is_ours) {
        let text = line["span"].to_string();
        assert!(text.contains("contact-centre") && text.contains("Agents"), "{line}");
    }
    let warning = lines.iter().find(|line| line["level"] == "WARN").unwrap();
    assert_eq!(warning["permissions"], "BasicAgentAcess (the nearest known is BasicAgentAccess)");
}
