//! The kit against raw sockets: what S3 and the Runtime API would do, bytes in and bytes out.
#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::doc_markdown, reason = "product names such as CloudFormation are not code")]

use std::time::{Duration, SystemTime};

use lambda_harness::{
    Bucket, Function, LOGICAL_ID, Outcome, Reply, RuntimeApi, STACK_ID, Signature, create_event, request_id,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const VALID: Duration = Duration::from_hours(2);

/// What it is, how the URL is signed, the headers sent, when it was signed, for how long, the status expected.
type Case<'a> = (&'a str, Signature, &'a [&'a str], SystemTime, Duration, &'a str);

/// Sends one request with exactly these header lines and reads until the end of the connection.
async fn exchange(
    address: &str,
    request_line: &str,
    headers: &[&str],
    body: &str,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let mut request = format!("{request_line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

fn status(response: &str) -> &str {
    response.split(' ').nth(1).unwrap_or("none")
}

async fn put(url: &str, headers: &[&str], body: &str) -> std::io::Result<String> {
    let (address, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let length = format!("content-length: {}", body.len());
    let headers: Vec<&str> = headers.iter().copied().chain([length.as_str()]).collect();
    exchange(address, &format!("PUT /{target}"), &headers, body).await
}

#[tokio::test]
async fn the_bucket_checks_a_signature_as_s3_does() {
    let bucket = Bucket::start().await;
    let json = ["content-type: application/json"];
    let empty = ["content-type:"];
    let now = SystemTime::now();
    let hour_ago = now - Duration::from_hours(1);
    let cases: &[Case] = &[
        ("V4, no type", Signature::V4, &[], now, VALID, "200"),
        ("V4, empty type", Signature::V4, &empty, now, VALID, "200"),
        ("V4, expired", Signature::V4, &empty, hour_ago, Duration::from_mins(1), "403"),
        ("V2, no type", Signature::V2, &[], now, VALID, "200"),
        ("V2, empty type", Signature::V2, &empty, now, VALID, "200"),
        ("V2, a type that was not signed", Signature::V2, &json, now, VALID, "403"),
        ("V2, expired", Signature::V2, &empty, hour_ago, Duration::from_mins(1), "403"),
        ("V4 with the empty type signed, sent", Signature::V4WithEmptyContentType, &empty, now, VALID, "200"),
        (
            "V4 with the empty type signed, not sent",
            Signature::V4WithEmptyContentType,
            &[],
            now,
            VALID,
            "403",
        ),
    ];
    for (case, signature, headers, signed_at, expires_in, expected) in cases {
        let url = bucket.url_with(*signature, STACK_ID, LOGICAL_ID, "r", *signed_at, *expires_in);
        let response = put(&url, headers, "{}").await.unwrap();
        assert_eq!(status(&response), *expected, "{case}: {response}");
    }
    assert_eq!(bucket.answers().len(), cases.len(), "refused requests are kept too");
}

#[tokio::test]
async fn the_bucket_refuses_another_key_no_signature_and_no_length() {
    let bucket = Bucket::start().await;
    let url = bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, "mine");
    assert_eq!(status(&put(&url.replace("mine", "yours"), &[], "{}").await.unwrap()), "403");
    assert_eq!(status(&put(url.split('?').next().unwrap(), &[], "{}").await.unwrap()), "403");

    let (address, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let line = format!("PUT /{target}");
    let chunked = exchange(address, &line, &["transfer-encoding: chunked"], "2\r\n{}\r\n0\r\n\r\n");
    assert_eq!(status(&chunked.await.unwrap()), "411");
}

#[tokio::test]
async fn the_bucket_follows_its_script_and_then_is_real_again() {
    let bucket = Bucket::start().await;
    let request_id = request_id();
    let url = bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, &request_id);
    let body = json!({ "RequestId": request_id }).to_string();
    bucket.script(vec![
        Reply::Status(503),
        Reply::Redirect("http://127.0.0.1:9/elsewhere".to_owned()),
        Reply::Reset,
        Reply::Stall,
    ]);

    assert_eq!(status(&put(&url, &[], &body).await.unwrap()), "503");
    let redirect = put(&url, &[], &body).await.unwrap();
    assert!(redirect.contains("location: http://127.0.0.1:9/elsewhere"), "{redirect}");
    let reset = put(&url, &[], &body).await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    let stalled = tokio::time::timeout(Duration::from_millis(50), put(&url, &[], &body)).await;
    assert!(stalled.is_err(), "a stalled request is never answered");
    put(&url, &[], &body).await.unwrap();

    let answer = bucket.answer_for(&request_id).await;
    assert_eq!(answer.target, url[bucket.origin().len()..], "the target is kept byte for byte");
    let statuses: Vec<Option<u16>> = bucket.answers().iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [Some(503), Some(307), None, None, Some(200)]);
}

#[tokio::test]
async fn the_bucket_can_be_moved_busy_late_or_gone_at_any_moment() {
    let bucket = Bucket::start().await;
    let request_id = request_id();
    let url = bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, &request_id);
    let body = json!({ "RequestId": request_id }).to_string();
    bucket.script(vec![
        Reply::Moved("http://127.0.0.1:9/elsewhere".to_owned()),
        Reply::SlowDown,
        Reply::Late(Duration::from_millis(20)),
        Reply::ResetEarly,
        Reply::TakenAndReset,
    ]);
    let moved = put(&url, &[], &body).await.unwrap();
    assert!(status(&moved) == "301" && moved.contains("location: http://127.0.0.1:9/elsewhere"), "{moved}");
    let busy = put(&url, &[], &body).await.unwrap();
    assert!(status(&busy) == "503" && busy.contains("retry-after: 3600"), "{busy}");
    assert_eq!(status(&put(&url, &[], &body).await.unwrap()), "200");
    for _ in 0..2 {
        let reset = put(&url, &[], &body).await.unwrap_err();
        assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    }
    let answers = bucket.answers();
    let statuses: Vec<Option<u16>> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [Some(301), Some(503), Some(200), None, Some(200)]);
    assert!(answers[3].body.is_empty() && answers[4].delivered(), "{answers:?}");
}

#[tokio::test]
async fn the_runtime_api_hands_out_an_event_and_takes_back_its_outcome() {
    let runtime_api = RuntimeApi::start().await;
    runtime_api.set_function_arn("arn:aws:lambda:eu-west-1:1:function:f");
    let event = create_event("http://127.0.0.1:9/x", json!({}));

    for (posted, expected) in [
        ("response", Outcome::Response("null".to_owned())),
        ("error", Outcome::Error { body: serde_json::Value::Null }),
    ] {
        let function = async {
            let address = runtime_api.address();
            let next = exchange(address, "GET /2018-06-01/runtime/invocation/next", &[], "").await.unwrap();
            assert!(
                next.contains("lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:1:function:f")
            );
            assert!(next.ends_with(&event.to_string()), "{next}");
            let id =
                next.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: ")).unwrap();
            let post = format!("POST /2018-06-01/runtime/invocation/{id}/{posted}");
            exchange(address, &post, &["content-length: 4"], "null").await.unwrap()
        };
        let (outcome, response) =
            tokio::join!(runtime_api.invoke(event.clone(), Duration::from_secs(5)), function);
        assert_eq!(status(&response), "202");
        assert_eq!(outcome, expected);
    }
    assert!(runtime_api.polled(1).await < runtime_api.polled(2).await);
}

#[tokio::test]
async fn a_bucket_behind_something_signs_for_what_stands_before_it() {
    let bucket = Bucket::start().await;
    let address = bucket.origin().trim_start_matches("http://").to_owned();
    let bucket = bucket.behind("https://localhost");
    let url = bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, "r");
    let target = url.strip_prefix("https://localhost").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "PUT {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert_eq!(status(&response), "200", "{response}");
    assert_eq!(bucket.answers()[0].body, "{}");
}

#[tokio::test]
async fn an_event_that_nobody_takes_times_out() {
    let runtime_api = RuntimeApi::start().await;
    assert_eq!(runtime_api.invoke(json!({}), Duration::from_millis(20)).await, Outcome::TimedOut);
}

#[tokio::test]
async fn a_function_sees_lambdas_environment_and_what_it_was_given() {
    let runtime_api = RuntimeApi::start().await;
    let function = Function::spawn("/usr/bin/env", &runtime_api, &[("SETTING", "given".to_owned())]);
    while function.is_running() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    function.kill().await;
    let logs = function.logs();
    assert!(logs.contains("SETTING=given"), "{logs}");
    assert!(logs.contains(&format!("AWS_LAMBDA_RUNTIME_API={}", runtime_api.address())), "{logs}");
    assert!(!logs.contains("CARGO"), "nothing of the test's own environment: {logs}");
}

#[tokio::test]
async fn a_function_can_be_killed() {
    let runtime_api = RuntimeApi::start().await;
    let function = Function::spawn("/usr/bin/tee", &runtime_api, &[]);
    function.kill().await;
    assert!(!function.is_running());
}

#[tokio::test]
async fn a_function_may_be_a_runtime_that_is_told_what_to_run() {
    let runtime_api = RuntimeApi::start().await;
    let arguments = ["-c".to_owned(), "echo \"$0 as $$\"; exec sleep 60".to_owned(), "handler".to_owned()];
    let function = Function::spawn_with("/bin/sh", &arguments, &runtime_api, &[]);
    let id = function.id().unwrap();
    while !function.logs().contains('\n') {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(function.logs(), format!("handler as {id}\n"));
    function.kill().await;
    assert_eq!(function.id(), None);
}
