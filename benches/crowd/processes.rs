//! A crowd over processes of the built `bootstrap`: each takes the next event when it has answered one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_emulator::serve;
use lambda_harness::{Bucket, Function, Outcome, RuntimeApi, Signature};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::events::Crowd;

/// The template's `Timeout`.
const LAMBDA_TIMEOUT: Duration = Duration::from_mins(10);

/// What came of a crowd.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// Seconds from the first event to each answer, in order.
    pub(crate) answered: Vec<f64>,
    /// The calls by operation: all of them, and those that were throttled.
    pub(crate) calls: BTreeMap<String, (u32, u32)>,
    /// How many profiles are as stated.
    pub(crate) achieved: u32,
    /// The reasons of the events that failed.
    pub(crate) failures: Vec<String>,
}

impl Measured {
    pub(crate) fn last(&self) -> f64 {
        self.answered.last().copied().unwrap_or_default()
    }
}

/// Sends all events of the crowd at once, and waits for the last answer.
pub(crate) async fn measure(crowd: &Crowd, processes: usize, bootstrap: &str) -> Measured {
    let connect = crowd.connect();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
    let server = serve(connect.clone(), listener).await;
    let (bucket, runtime_api) = (Bucket::start().await, RuntimeApi::start().await);
    let variables = [
        ("AWS_ENDPOINT_URL_CONNECT", server.endpoint()),
        ("RESPONSE_URL_ALLOWED_ORIGINS", bucket.origin()),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO".to_owned()),
    ];
    let functions: Vec<Function> =
        (0..processes).map(|_| Function::spawn(bootstrap, &runtime_api, &variables)).collect();

    let runtime_api = Arc::new(runtime_api);
    let mut invocations = JoinSet::new();
    let begun = Instant::now();
    for index in 0..crowd.events {
        let mut event = crowd.event(index);
        let request_id = lambda_harness::request_id();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let (stack, logical_id) = (text("StackId"), text("LogicalResourceId"));
        let url = bucket.url(Signature::V4, &stack, &logical_id, &request_id);
        event["ResponseURL"] = json!(url);
        event["RequestId"] = json!(request_id);
        let runtime_api = Arc::clone(&runtime_api);
        invocations.spawn(async move {
            let outcome = runtime_api.invoke(event, LAMBDA_TIMEOUT).await;
            assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}");
            begun.elapsed().as_secs_f64()
        });
    }
    let mut answered = invocations.join_all().await;
    answered.sort_by(f64::total_cmp);

    let answers: Vec<_> =
        bucket.answers().iter().filter(|it| it.delivered()).map(lambda_harness::Answer::json).collect();
    assert_eq!(answers.len(), crowd.events as usize, "each event is answered once");
    let failed = answers.iter().filter(|answer| answer["Status"] != "SUCCESS");
    let failures = failed.map(|answer| answer["Reason"].to_string()).collect();
    let mut calls: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for call in connect.journal() {
        let count = calls.entry(call.operation.to_string()).or_default();
        count.0 += 1;
        count.1 += u32::from(call.status == 429);
    }
    drop(functions);
    Measured { answered, calls, achieved: crowd.achieved(&connect), failures }
}
