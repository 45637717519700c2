//! D: time; F5: events that come too late.

use std::time::{Duration, Instant, SystemTime};

use lambda_harness::{LOGICAL_ID, STACK_ID, Signature, create_event, delete_event, request_id};
use serde_json::{Value, json};

use crate::kit::{PLENTY, SHORT, World};

/// A Create whose URL was signed this long ago and is valid for two hours.
fn create_sent(world: &World, ago: Duration, signature: Signature, properties: Value) -> Value {
    let signed_at = SystemTime::now() - ago;
    let validity = Duration::from_hours(2);
    let url = world.bucket.url_with(signature, STACK_ID, LOGICAL_ID, &request_id(), signed_at, validity);
    create_event(&url, properties)
}

#[tokio::test]
async fn d1_and_d2_an_operation_that_hangs_is_answered_before_lambdas_deadline_with_the_recorded_id() {
    let world = World::start().await;
    let started = Instant::now();
    let event = world.create(json!({"Do": "hang", "Record": "thing-made"}));
    let answer = world.answer_within(event, SHORT).await;
    assert!(started.elapsed() < SHORT, "{:?}", started.elapsed());
    assert_eq!(answer["PhysicalResourceId"], "thing-made");
    insta::assert_snapshot!(
        answer["Reason"].as_str().unwrap(),
        @"timed out after 0.3 s: the Create was not finished in the time there was, and may have taken effect in part; see the log stream `2026/01/01/[$LATEST]abc`"
    );
}

#[tokio::test]
async fn d3_an_operation_that_blocks_its_thread_is_answered_and_the_next_event_is_served() {
    let world = World::start().await;
    let event = world.create(json!({"Do": "block", "Milliseconds": 3000}));
    let started = Instant::now();
    let answer = world.answer_within(event, SHORT).await;
    assert_eq!(answer["Status"], "FAILED");
    assert!(started.elapsed() < SHORT, "{:?}", started.elapsed());
    let answer = world.answer_within(world.create(json!({})), Duration::from_secs(3)).await;
    assert_eq!(answer["Status"], "SUCCESS");
    assert!(started.elapsed() < Duration::from_secs(3), "while the first still blocks");
}

#[tokio::test]
async fn d4_cloudformations_own_patience_counts_from_when_it_signed_the_url() {
    let world = World::start().await;
    for signature in [Signature::V4, Signature::V2] {
        for timeout in [json!("22"), json!(22)] {
            let mut event = create_sent(&world, Duration::from_secs(20), signature, json!({"Do": "hang"}));
            event["ServiceTimeout"] = timeout;
            let started = Instant::now();
            let answer = world.answer(event).await;
            assert_eq!(answer["Status"], "FAILED");
            assert!(started.elapsed() < Duration::from_secs(2), "{signature:?} {:?}", started.elapsed());
        }
    }
}

#[tokio::test]
async fn d4_a_service_timeout_that_is_none_means_an_hour() {
    let world = World::start().await;
    for timeout in [json!("0"), json!("abc"), json!(3601), json!(null)] {
        let mut event = create_sent(&world, Duration::from_mins(50), Signature::V4, json!({}));
        event["ServiceTimeout"] = timeout;
        assert_eq!(world.answer(event).await["Status"], "SUCCESS");
    }
}

#[tokio::test]
async fn f5_an_event_that_cloudformation_gave_up_on_is_answered_failed_and_not_acted_on() {
    let world = World::start().await;
    let mut event = create_sent(&world, Duration::from_mins(61), Signature::V4, json!({}));
    let answer = world.answer(event.clone()).await;
    assert_eq!(answer["Status"], "FAILED");
    assert_eq!(answer["PhysicalResourceId"], "thing:unknown", "an earlier delivery may have got through");
    insta::assert_snapshot!(
        answer["Reason"].as_str().unwrap(),
        @"the request came too late: there was no time left to act on it and to answer, so nothing was done; a longer ServiceTimeout leaves more"
    );
    event["RequestType"] = json!("Delete");
    event["PhysicalResourceId"] = json!("thing-1");
    assert_eq!(world.answer(event).await["PhysicalResourceId"], "thing-1");
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn c8_an_expired_url_gets_one_try_and_no_action() {
    let world = World::start().await;
    for signature in [Signature::V4, Signature::V2] {
        let before = world.puts().len();
        let error = world
            .handle(create_sent(&world, Duration::from_hours(3), signature, json!({})))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("403 (AccessDenied)"), "{error}");
        assert_eq!(world.puts().len() - before, 1);
    }
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn c8_an_event_past_its_time_is_not_sent_twice() {
    let world = World::start().await;
    world.bucket.script(vec![lambda_harness::Reply::Status(503)]);
    let event = create_sent(&world, Duration::from_mins(61), Signature::V4, json!({}));
    assert!(world.handle(event).await.is_err());
    assert_eq!(world.puts().len(), 1);
}

#[tokio::test]
async fn d1_an_event_with_no_time_left_in_lambda_is_answered_and_not_acted_on() {
    let world = World::start().await;
    for left in [Duration::ZERO, Duration::from_millis(900)] {
        let answer = world.answer_within(world.create(json!({})), left).await;
        assert_eq!(answer["Status"], "FAILED");
    }
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn an_allowed_origins_url_without_dates_is_as_young_as_the_event() {
    let world = World::start().await;
    world.bucket.script(vec![lambda_harness::Reply::Status(200)]);
    let url = format!("{}/b/key", world.bucket.origin());
    let answer = world.answer(delete_event(&url, "thing-1", json!({}))).await;
    assert_eq!(answer["Status"], "SUCCESS");
}

#[tokio::test]
async fn f6_many_events_at_once_are_each_answered_with_their_own_ids() {
    let world = std::sync::Arc::new(World::start().await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..50 {
        let world = std::sync::Arc::clone(&world);
        tasks.spawn(async move {
            let event = world.create(json!({"Id": format!("thing-{number}"), "Milliseconds": 20}));
            world.handle_within(event.clone(), PLENTY).await.unwrap();
            (event["RequestId"].as_str().unwrap().to_owned(), format!("thing-{number}"))
        });
    }
    for (request_id, physical_id) in tasks.join_all().await {
        let answer = world.bucket.answer_for(&request_id).await.json();
        assert_eq!(answer["PhysicalResourceId"], physical_id);
    }
    assert_eq!(world.puts().len(), 50);
}
