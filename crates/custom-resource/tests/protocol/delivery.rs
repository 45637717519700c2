//! C: delivering the response.

use std::time::{Duration, Instant};

use custom_resource::HandlerError;
use lambda_harness::{LOGICAL_ID, Reply, STACK_ID, Signature, create_event, request_id};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::kit::{PLENTY, World, context, handler_for, serve_one_connection};

#[tokio::test]
async fn c1_one_buffered_put_with_a_length_and_an_empty_type_and_nothing_else() {
    let world = World::start().await;
    world.answer(world.create(json!({}))).await;
    let put = &world.puts()[0];
    assert_eq!(put.method, "PUT");
    let mut names: Vec<String> = put.headers.keys().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(names, ["content-length", "content-type", "host"]);
    assert_eq!(put.headers["content-type"], "");
}

#[tokio::test]
async fn c1_every_way_in_which_a_url_is_signed_is_satisfied() {
    let world = World::start().await;
    for signature in [Signature::V4, Signature::V2, Signature::V4WithEmptyContentType] {
        let url = world.bucket.url(signature, STACK_ID, LOGICAL_ID, &request_id());
        assert_eq!(world.answer(create_event(&url, json!({}))).await["Status"], "SUCCESS", "{signature:?}");
    }
}

#[tokio::test]
async fn c2_the_target_is_sent_byte_for_byte() {
    let world = World::start().await;
    let target = "/b/arn%3aaws%3Acloudformation|Thing%7C1:2+3?X-Amz-Algorithm=AWS4&b=1&a=2&X-Amz-Signature=a%2Fb%2Bc%3D";
    world.bucket.script(vec![Reply::Status(200)]);
    let event = create_event(&format!("{}{target}", world.bucket.origin()), json!({}));
    world.handle(event).await.unwrap();
    assert_eq!(world.puts()[0].target, target);
}

#[tokio::test]
async fn c2_a_url_that_would_be_sent_otherwise_is_refused() {
    let world = World::start().await;
    for target in ["/b/../key?Signature=s", "/b/a key", "/b\\key", "/b/key?é", "/b/key#part"] {
        let event = create_event(&format!("{}{target}", world.bucket.origin()), json!({}));
        let error = world.handle(event).await.unwrap_err();
        assert_eq!(error.error_type(), "ResponseUrlRefused", "{target}");
    }
    assert_eq!((world.calls(), world.puts().len()), (Vec::new(), 0));
}

#[tokio::test]
async fn c3_and_c6_a_put_that_is_refused_is_an_error_and_not_tried_again() {
    let world = World::start().await;
    for status in [400, 403, 404, 301, 304] {
        let before = world.puts().len();
        world.bucket.script(vec![Reply::Status(status)]);
        let error = world.handle(world.create(json!({}))).await.unwrap_err();
        assert_eq!(world.puts().len() - before, 1);
        let diagnostic = Diagnostic::from(error);
        assert_eq!(diagnostic.error_type, "ResponseNotDelivered");
        let message = format!("the answer was not delivered: `127.0.0.1` refused it: {status}");
        assert!(diagnostic.error_message.starts_with(&message), "{}", diagnostic.error_message);
    }
}

#[tokio::test]
async fn c3_s3s_own_word_for_a_refusal_is_told_and_nothing_else_of_its_body() {
    let world = World::start().await;
    let mut event = world.create(json!({}));
    let url =
        event["ResponseURL"].as_str().unwrap().replace("LogicalResource", "").replace("Supervisor", "Other");
    event["ResponseURL"] = json!(url);
    let error = world.handle(event).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the answer was not delivered: `127.0.0.1` refused it: 403 (SignatureDoesNotMatch)"
    );
}

#[tokio::test]
async fn c4_what_is_temporary_is_tried_again_until_it_is_delivered() {
    let world = World::start().await;
    for replies in [
        vec![Reply::Status(503), Reply::Status(503)],
        vec![Reply::Status(500), Reply::Status(429), Reply::Status(408)],
        vec![Reply::Reset],
        vec![Reply::Reset, Reply::Reset],
    ] {
        let before = world.puts().len();
        let tries = replies.len() + 1;
        world.bucket.script(replies);
        world.handle(world.create(json!({}))).await.unwrap();
        let puts = world.puts().split_off(before);
        assert_eq!(puts.len(), tries);
        assert!(puts.iter().all(|put| put.body == puts[0].body), "the same bytes each time");
    }
}

#[tokio::test]
async fn c4_a_refused_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let origin = format!("http://{address}");
    let (handler, _) = handler_for(&origin);
    let event = create_event(&format!("{origin}/b/key"), json!({}));
    let late = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let listener = TcpListener::bind(address).await.unwrap();
        serve_one_connection(&listener, 1).await
    };
    let (result, lines) = tokio::join!(handler.handle(LambdaEvent::new(event, context(PLENTY))), late);
    result.unwrap();
    assert_eq!(lines, ["PUT /b/key HTTP/1.1"]);
}

#[tokio::test]
async fn c4_and_c5_a_try_that_stalls_ends_in_time_for_another() {
    let world = World::start().await;
    world.bucket.script(vec![Reply::Stall]);
    world.handle_within(world.create(json!({})), Duration::from_secs(2)).await.unwrap();
    let statuses: Vec<Option<u16>> = world.puts().iter().map(|put| put.status).collect();
    assert_eq!(statuses, [None, Some(200)]);
}

#[tokio::test]
async fn c3_a_refusal_whose_body_stalls_is_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (handler, _) = handler_for(&origin);
    let event = create_event(&format!("{origin}/b/key"), json!({}));
    let refusal = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 500\r\n\r\n<Error>").await.unwrap();
        (stream, listener.accept().await)
    };
    let lambda = context(Duration::from_secs(2));
    let result = tokio::select! {
        result = handler.handle(LambdaEvent::new(event, lambda)) => result,
        _ = refusal => panic!("it was tried again"),
    };
    let message = result.unwrap_err().to_string();
    assert!(message.contains("refused it: 403"), "{message}");
}

#[tokio::test]
async fn c5_and_c6_delivery_ends_before_lambdas_deadline() {
    let world = World::start().await;
    world.bucket.script(vec![Reply::Stall; 50]);
    let started = Instant::now();
    let timeout = Duration::from_millis(1500);
    let error = world.handle_within(world.create(json!({})), timeout).await.unwrap_err();
    assert!(started.elapsed() < timeout, "{:?}", started.elapsed());
    assert!(matches!(error, HandlerError::NotDelivered(_)), "{error:?}");
    assert!(error.to_string().contains("did not take it in"), "{error}");
}

#[tokio::test]
async fn c6_a_failed_operation_that_was_answered_is_no_error() {
    let world = World::start().await;
    let event = world.create(json!({"Do": "fail", "Reason": "as told"}));
    assert!(world.handle(event).await.is_ok());
    assert_eq!(world.puts()[0].json()["Status"], "FAILED");
}

#[tokio::test]
async fn c9_a_redirect_is_not_followed_and_tells_nobody() {
    let world = World::start().await;
    let elsewhere = World::start().await;
    for _ in 0..2 {
        world.bucket.script(vec![Reply::Redirect(format!("{}/elsewhere", elsewhere.bucket.origin()))]);
        let error = world.handle(world.create(json!({}))).await.unwrap_err();
        assert!(error.to_string().contains("refused it: 307"), "{error}");
    }
    assert_eq!((world.puts().len(), elsewhere.puts().len()), (2, 0));
    assert!(world.puts().iter().all(|put| !put.headers.contains_key("referer")));
}

#[tokio::test]
async fn c10_a_connection_that_was_closed_while_idle_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (handler, _) = handler_for(&origin);
    for _ in 0..3 {
        let event = create_event(&format!("{origin}/b/key"), json!({}));
        let (result, lines) = tokio::join!(
            handler.handle(LambdaEvent::new(event, context(PLENTY))),
            serve_one_connection(&listener, 1)
        );
        result.unwrap();
        assert_eq!(lines.len(), 1);
    }
}

#[tokio::test]
async fn c10_a_kept_connection_that_turns_out_dead_is_replaced() {
    let world = World::start().await;
    world.answer(world.create(json!({}))).await;
    world.bucket.script(vec![Reply::Reset]);
    world.handle(world.create(json!({}))).await.unwrap();
    let statuses: Vec<Option<u16>> = world.puts().iter().map(|put| put.status).collect();
    assert_eq!(statuses, [Some(200), None, Some(200)]);
}

#[tokio::test]
async fn g3_an_answer_goes_to_no_host_but_cloudformations_and_nothing_is_called() {
    let world = World::start().await;
    let stranger = World::start().await;
    for url in [
        stranger.url(),
        "https://169.254.169.254/latest?X-Amz-Signature=s".to_owned(),
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/k?X-Amz-Signature=s"
            .to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let mut event = world.create(json!({}));
        event["ResponseURL"] = json!(url);
        let error = world.handle(event).await.unwrap_err();
        assert_eq!(error.error_type(), "ResponseUrlRefused");
    }
    assert_eq!(world.calls(), Vec::<String>::new());
    assert_eq!((world.puts().len(), stranger.puts().len()), (0, 0));
}
