//! B: the response document, as the bucket received it.

use serde_json::{Value, json};

use crate::kit::{SHORT, World};

#[tokio::test]
async fn b1_every_ending_of_every_request_is_answered_once_with_the_right_status_and_id() {
    let world = World::start().await;
    for (action, status) in [
        ("succeed", "SUCCESS"),
        ("fail", "FAILED"),
        ("panic at once", "FAILED"),
        ("panic later", "FAILED"),
        ("panic in a task", "FAILED"),
        ("hang", "FAILED"),
    ] {
        let properties = json!({"Do": action, "Reason": "as told"});
        let timeout = if action == "hang" { SHORT } else { crate::kit::PLENTY };
        for (event, failed_id) in [
            (world.create(properties.clone()), "thing:none"),
            (world.update(properties.clone()), "thing-0"),
            (world.delete("thing-0", properties.clone()), "thing-0"),
        ] {
            let kind = event["RequestType"].clone();
            let answer = world.answer_within(event, timeout).await;
            assert_eq!(answer["Status"], status, "{kind} {action}");
            let id = if status == "SUCCESS" && kind == "Create" { "thing-1" } else { failed_id };
            assert_eq!(answer["PhysicalResourceId"], id, "{kind} {action}");
            assert!(!has_null(&answer), "B2: {answer}");
            let reason = answer.get("Reason").map(|reason| reason.as_str().unwrap().to_owned());
            assert_eq!(reason.is_some_and(|reason| !reason.is_empty()), status == "FAILED", "B3: {answer}");
        }
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[tokio::test]
async fn b3_a_failure_without_a_message_names_the_log_stream() {
    let world = World::start().await;
    let answer = world.answer(world.create(json!({"Do": "fail"}))).await;
    insta::assert_snapshot!(
        answer["Reason"].as_str().unwrap(),
        @"the operation failed and did not say why; see the log stream `2026/01/01/[$LATEST]abc`"
    );
}

#[tokio::test]
async fn h3_a_panic_is_told_as_a_defect_with_the_log_stream() {
    let world = World::start().await;
    let answer = world.answer(world.update(json!({"Do": "panic later"}))).await;
    insta::assert_snapshot!(
        answer["Reason"].as_str().unwrap(),
        @"the provider panicked during the Update, which is a defect in it; see the log stream `2026/01/01/[$LATEST]abc`"
    );
}

#[tokio::test]
async fn b4_body_is_at_most_4096_bytes_and_keeps_the_reasons_head_and_tail() {
    let world = World::start().await;
    for filling in ["é", "\"", "\u{1}", "🚀", "x"] {
        let reason = format!("head {} tail", filling.repeat(10_000));
        let answer = world.answer(world.create(json!({"Do": "fail", "Reason": reason}))).await;
        let reason = answer["Reason"].as_str().unwrap();
        assert_eq!(answer["Status"], "FAILED");
        assert!(reason.starts_with("head ") && reason.ends_with(" tail"), "{reason}");
    }
    for put in world.puts() {
        assert!(put.body.len() <= 4096, "{}", put.body.len());
        assert_eq!(put.headers["content-length"], put.body.len().to_string());
    }
}

#[tokio::test]
async fn b5_data_that_does_not_fit_fails_with_the_id_of_what_was_made() {
    let world = World::start().await;
    let event = world.create(json!({"Id": "thing-5", "Data": {"Large": "x".repeat(5000), "Small": "x"}}));
    let answer = world.answer(event).await;
    assert_eq!(answer["Status"], "FAILED");
    assert_eq!(answer["PhysicalResourceId"], "thing-5");
    let reason = answer["Reason"].as_str().unwrap();
    assert!(
        reason.contains("CloudFormation takes 4096") && reason.contains("`Large` (5005 bytes)"),
        "{reason}"
    );
}

#[tokio::test]
async fn b7_the_three_ids_are_echoed_byte_for_byte() {
    let world = World::start().await;
    let mut event = world.create(json!({}));
    event["RequestId"] = json!("r \"1\" \\ é🚀\u{7f}");
    event["LogicalResourceId"] = json!("Odd/Name\n");
    let answer = world.answer(event.clone()).await;
    for name in ["StackId", "RequestId", "LogicalResourceId"] {
        assert_eq!(answer[name], event[name]);
    }
}

#[tokio::test]
async fn b8_and_b9_attributes_are_strings_and_no_echo_a_boolean() {
    let world = World::start().await;
    let answer = world.answer(world.create(json!({"NoEcho": true, "Data": {"A": "14", "B": "true"}}))).await;
    assert_eq!(answer["NoEcho"], json!(true));
    assert_eq!(answer["Data"], json!({"A": "14", "B": "true"}));
    let answer = world.answer(world.create(json!({}))).await;
    assert_eq!((answer.get("NoEcho"), answer.get("Data")), (None, None));
}

#[tokio::test]
async fn b11_no_control_characters_reach_cloudformation() {
    let world = World::start().await;
    let text = "\u{1b}[31mboom\u{1b}[0m\u{0}\u{85}\r\nagain";
    let failed = world.answer(world.create(json!({"Do": "fail", "Reason": text}))).await;
    assert_eq!(failed["Reason"], "boom\nagain");
    let succeeded = world.answer(world.create(json!({"Data": {"Text": text}}))).await;
    assert_eq!(succeeded["Data"]["Text"], "boom\nagain");
}

#[tokio::test]
async fn b12_text_that_is_not_ascii_arrives_as_it_was() {
    let world = World::start().await;
    let answer = world.answer(world.create(json!({"Data": {"Text": "請交月報 🚀"}}))).await;
    assert_eq!(answer["Data"]["Text"], "請交月報 🚀");
    assert!(world.puts()[0].body.is_ascii());
}

#[tokio::test]
async fn e8_a_failed_create_answers_what_was_recorded() {
    let world = World::start().await;
    for action in ["fail", "panic at once", "panic later", "hang"] {
        let event = world.create(json!({"Do": action, "Record": "thing-made", "Reason": "as told"}));
        let timeout = if action == "hang" { SHORT } else { crate::kit::PLENTY };
        let answer = world.answer_within(event, timeout).await;
        assert_eq!(answer["PhysicalResourceId"], "thing-made", "{action}");
    }
}

#[tokio::test]
async fn e4_a_failed_update_answers_the_events_id_even_if_another_was_recorded() {
    let world = World::start().await;
    let event = world.update(json!({"Do": "fail", "Record": "thing-made", "Reason": "as told"}));
    assert_eq!(world.answer(event).await["PhysicalResourceId"], "thing-0");
    let replaced = world.answer(world.update(json!({"Id": "thing-new"}))).await;
    assert_eq!(replaced["PhysicalResourceId"], "thing-new");
}
