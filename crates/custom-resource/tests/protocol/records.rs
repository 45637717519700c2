//! I: events that SNS brings.

use std::time::Duration;

use aws_lambda_events::event::sns::{SnsEvent, SnsMessage, SnsRecord};
use lambda_harness::sns_event;
use serde_json::{Value, json};

use crate::kit::{SHORT, World};

/// The batch as `aws_lambda_events` writes it.
fn typed(messages: &[String]) -> Value {
    let mut batch = SnsEvent::default();
    for message in messages {
        let mut sns = SnsMessage::default();
        sns.message.clone_from(message);
        let mut record = SnsRecord::default();
        record.sns = sns;
        batch.records.push(record);
    }
    serde_json::to_value(batch).unwrap()
}

#[tokio::test]
async fn i1_each_record_is_answered_and_they_run_side_by_side() {
    let world = World::start().await;
    let events = [world.create(json!({"Do": "hang"})), world.delete("thing-1", json!({"Milliseconds": 250}))];
    world.handle_within(typed(&events.clone().map(|event| event.to_string())), SHORT).await.unwrap();
    // One after the other, the second would have begun with no time left.
    let failed = world.bucket.answer_for(events[0]["RequestId"].as_str().unwrap()).await.json();
    let succeeded = world.bucket.answer_for(events[1]["RequestId"].as_str().unwrap()).await.json();
    assert_eq!((&failed["Status"], &succeeded["Status"]), (&json!("FAILED"), &json!("SUCCESS")));
    assert_eq!(world.puts().len(), 2);
}

#[tokio::test]
async fn i1_one_bad_record_does_not_lose_the_others() {
    let world = World::start().await;
    let good = world.create(json!({}));
    let batch = typed(&["not JSON".to_owned(), good.to_string(), "{}".to_owned()]);
    let error = world.handle(batch).await.unwrap_err();
    assert_eq!(error.error_type(), "UnanswerableRequest");
    assert!(error.to_string().starts_with("2 of 3 events were not answered"), "{error}");
    assert_eq!(world.puts().len(), 1);
    assert_eq!(world.puts()[0].json()["RequestId"], good["RequestId"]);
}

#[tokio::test]
async fn i1_a_panic_in_one_record_leaves_the_others_alone() {
    let world = World::start().await;
    let batch = sns_event(&[world.create(json!({"Do": "panic later"})), world.create(json!({}))]);
    world.handle(batch).await.unwrap();
    let mut statuses: Vec<Value> = world.puts().iter().map(|put| put.json()["Status"].clone()).collect();
    statuses.sort_by_key(Value::to_string);
    assert_eq!(statuses, ["FAILED", "SUCCESS"]);
}

#[tokio::test]
async fn i1_raw_message_delivery_through_a_queue_is_read() {
    let world = World::start().await;
    let event = world.create(json!({}));
    let batch = json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": event.to_string()}]});
    assert_eq!(world.answer(batch).await["RequestId"], event["RequestId"]);
}

#[tokio::test]
async fn d3_records_beside_one_that_blocks_are_all_answered() {
    let world = World::start().await;
    let batch = sns_event(&[
        world.create(json!({"Do": "block", "Milliseconds": 2000})),
        world.create(json!({})),
        world.create(json!({})),
    ]);
    world.handle_within(batch, Duration::from_secs(2)).await.unwrap();
    assert_eq!(world.puts().len(), 3);
}
