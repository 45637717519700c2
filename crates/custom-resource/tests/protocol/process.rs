//! H, and what only a process shows: the example `scripted` under a Runtime API.

use std::path::PathBuf;
use std::time::Duration;

use lambda_harness::{
    Bucket, Function, LOGICAL_ID, Outcome, Reply, RuntimeApi, STACK_ID, Signature, create_event, request_id,
};
use serde_json::{Value, json};

pub(crate) struct Lambda {
    pub(crate) runtime_api: RuntimeApi,
    pub(crate) bucket: Bucket,
    pub(crate) function: Function,
}

pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

impl Lambda {
    pub(crate) async fn start(environment: &[(&str, String)]) -> Self {
        let runtime_api = RuntimeApi::start().await;
        let bucket = Bucket::start().await;
        let mut environment = environment.to_vec();
        environment.push(("ALLOWED_ORIGINS", bucket.origin()));
        let function = Function::spawn(example(), &runtime_api, &environment);
        Self { runtime_api, bucket, function }
    }

    pub(crate) fn create(&self, properties: Value) -> Value {
        create_event(&self.bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, &request_id()), properties)
    }
}

/// The example's binary, which cargo builds with the tests.
fn example() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples/scripted");
    assert!(path.exists(), "run `cargo build -p custom-resource --examples` first: {}", path.display());
    path
}

pub(crate) fn response() -> Outcome {
    Outcome::Response("null".to_owned())
}

#[tokio::test]
async fn h1_a_setting_that_is_missing_is_answered_and_does_not_stop_the_start() {
    let lambda = Lambda::start(&[]).await;
    let event = lambda.create(json!({"Do": "need", "Need": "TABLE_NAME"}));
    assert_eq!(lambda.runtime_api.invoke(event, TIMEOUT).await, response());
    let answer = lambda.bucket.answers()[0].json();
    assert_eq!(answer["Reason"], "the environment variable `TABLE_NAME` is not set");
}

#[tokio::test]
async fn h2_and_h3_a_panic_is_answered_and_the_process_serves_the_next_event() {
    let lambda = Lambda::start(&[]).await;
    for (action, status) in [("panic at once", "FAILED"), ("panic later", "FAILED"), ("succeed", "SUCCESS")] {
        let event = lambda.create(json!({"Do": action}));
        let request_id = event["RequestId"].as_str().unwrap().to_owned();
        assert_eq!(lambda.runtime_api.invoke(event, TIMEOUT).await, response(), "C6: answered is no error");
        // C7: it is there by the time that Lambda is told.
        let answer = lambda.bucket.answers().pop().unwrap().json();
        assert_eq!((&answer["RequestId"], &answer["Status"]), (&json!(request_id), &json!(status)));
    }
    assert!(lambda.function.is_running());
}

#[tokio::test]
async fn d3_a_provider_that_blocks_does_not_keep_the_process_from_answering() {
    let lambda = Lambda::start(&[]).await;
    let event = lambda.create(json!({"Do": "block", "Milliseconds": 60_000}));
    assert_eq!(lambda.runtime_api.invoke(event, Duration::from_millis(1500)).await, response());
    assert_eq!(lambda.bucket.answers()[0].json()["Status"], "FAILED");
    assert_eq!(lambda.runtime_api.invoke(lambda.create(json!({})), TIMEOUT).await, response());
    assert_eq!(lambda.bucket.answers()[1].json()["Status"], "SUCCESS");
}

#[tokio::test]
async fn a1_an_event_that_is_no_request_is_answered_where_it_can_be_and_else_reported() {
    let lambda = Lambda::start(&[]).await;
    let mut event = lambda.create(json!({}));
    event["ResourceProperties"] = json!("no object");
    assert_eq!(lambda.runtime_api.invoke(event, TIMEOUT).await, response());
    assert_eq!(lambda.bucket.answers()[0].json()["Status"], "FAILED");

    let Outcome::Error { body } = lambda.runtime_api.invoke(json!({"a": 1}), TIMEOUT).await else {
        panic!("nobody can be answered")
    };
    assert_eq!(body["errorType"], "UnanswerableRequest");
    let Outcome::Error { .. } = lambda.runtime_api.invoke_raw("not JSON", TIMEOUT).await else {
        panic!("nobody can be answered")
    };
    assert!(lambda.function.is_running());
}

#[tokio::test]
async fn c6_and_g2_an_answer_that_does_not_get_through_is_reported_without_the_signature() {
    let lambda = Lambda::start(&[]).await;
    lambda.bucket.script(vec![Reply::Status(403)]);
    let event = lambda.create(json!({"Name": "canary-property"}));
    let url = event["ResponseURL"].as_str().unwrap().to_owned();
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap().split('&').next().unwrap();
    let Outcome::Error { body } = lambda.runtime_api.invoke(event, TIMEOUT).await else {
        panic!("the answer was refused")
    };
    assert_eq!(body["errorType"], "ResponseNotDelivered");
    lambda.function.kill().await;
    let shown = format!("{body}{}", lambda.function.logs());
    assert!(shown.contains("an event was not answered"), "{shown}");
    assert!(!shown.contains(signature) && !shown.contains("canary-property"), "{shown}");
}

#[tokio::test]
async fn c9_a_proxy_in_the_environment_is_not_used() {
    let dead = "http://127.0.0.1:9".to_owned();
    let variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let lambda = Lambda::start(&variables.map(|name| (name, dead.clone()))).await;
    assert_eq!(lambda.runtime_api.invoke(lambda.create(json!({})), TIMEOUT).await, response());
    assert_eq!(lambda.bucket.answers()[0].json()["Status"], "SUCCESS");
}

#[tokio::test]
async fn c11_without_trusted_roots_the_error_is_clear_and_nothing_is_called() {
    let nowhere = "/nonexistent".to_owned();
    let lambda = Lambda::start(&[("SSL_CERT_FILE", nowhere.clone()), ("SSL_CERT_DIR", nowhere)]).await;
    let mut event = lambda.create(json!({}));
    event["ResponseURL"] = json!(
        "https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/k?X-Amz-Signature=canary"
    );
    let Outcome::Error { body } = lambda.runtime_api.invoke(event, TIMEOUT).await else {
        panic!("there is nothing to trust")
    };
    assert_eq!(body["errorType"], "HttpClientUnavailable");
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.contains("no trusted root certificate was found: "), "{message}");

    // An origin without TLS needs none.
    assert_eq!(lambda.runtime_api.invoke(lambda.create(json!({})), TIMEOUT).await, response());
    lambda.function.kill().await;
    let logs = lambda.function.logs();
    assert!(!logs.contains("panicked") && !logs.contains("canary"), "{logs}");
    assert_eq!(logs.matches("acting on a request").count(), 1, "{logs}");
}
