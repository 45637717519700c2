//! A handler around the scripted provider, and the bucket that it answers to.

use std::io;
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use custom_resource::{Handler, HandlerError, Settings};
use lambda_harness::{
    Answer, Bucket, FUNCTION_ARN, LOGICAL_ID, STACK_ID, Signature, create_event, delete_event, request_id,
    update_event,
};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::provider::Scripted;

/// Lambda's time-out where a test does not say: long enough never to matter.
pub(crate) const PLENTY: Duration = Duration::from_mins(1);

/// Lambda's time-out for what is to run into it: a second is kept back, so 300 ms are left to act.
pub(crate) const SHORT: Duration = Duration::from_millis(1300);

/// A handler, the provider within it, and where it answers.
pub(crate) struct World {
    pub(crate) bucket: Bucket,
    pub(crate) handler: Handler<Scripted>,
    provider: Scripted,
}

impl World {
    pub(crate) async fn start() -> Self {
        let bucket = Bucket::start().await;
        let handler = handler_for(&bucket.origin());
        let provider = handler.1;
        Self { bucket, handler: handler.0, provider }
    }

    /// A presigned URL with a request id that no other has.
    pub(crate) fn url(&self) -> String {
        self.bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, &request_id())
    }

    pub(crate) fn create(&self, properties: Value) -> Value {
        create_event(&self.url(), properties)
    }

    pub(crate) fn update(&self, properties: Value) -> Value {
        update_event(&self.url(), "thing-0", properties, json!({}))
    }

    pub(crate) fn delete(&self, physical_id: &str, properties: Value) -> Value {
        delete_event(&self.url(), physical_id, properties)
    }

    pub(crate) async fn handle(&self, event: Value) -> Result<(), HandlerError> {
        self.handle_within(event, PLENTY).await
    }

    pub(crate) async fn handle_within(&self, event: Value, timeout: Duration) -> Result<(), HandlerError> {
        self.handler.handle(LambdaEvent::new(event, context(timeout))).await
    }

    /// Handles the event, which must be answered exactly once, and gives the answer.
    pub(crate) async fn answer(&self, event: Value) -> Value {
        self.answer_within(event, PLENTY).await
    }

    pub(crate) async fn answer_within(&self, event: Value, timeout: Duration) -> Value {
        let before = self.bucket.answers().len();
        self.handle_within(event.clone(), timeout).await.unwrap();
        let answers = self.bucket.answers().split_off(before);
        assert_eq!(answers.len(), 1, "exactly one answer to {event}: {answers:#?}");
        assert!(answers[0].delivered(), "{:?}", answers[0]);
        answers[0].json()
    }

    /// What the provider was asked to do so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.provider.calls.lock().unwrap().clone()
    }

    /// The requests that came so far.
    pub(crate) fn puts(&self) -> Vec<Answer> {
        self.bucket.answers()
    }
}

/// A handler that may answer to this origin, and its provider.
pub(crate) fn handler_for(origin: &str) -> (Handler<Scripted>, Scripted) {
    let provider = Scripted::default();
    let settings = Settings { allowed_origins: vec![origin.parse().unwrap()], ..Settings::default() };
    (Handler::new(provider.clone(), settings), provider)
}

pub(crate) fn context(timeout: Duration) -> Context {
    let deadline = (SystemTime::now() + timeout).duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut context = Context::default();
    context.deadline = u64::try_from(deadline).unwrap();
    FUNCTION_ARN.clone_into(&mut context.invoked_function_arn);
    let mut config = lambda_runtime::Config::default();
    "2026/01/01/[$LATEST]abc".clone_into(&mut config.log_stream);
    context.env_config = Arc::new(config);
    context
}

/// Serves one connection: reads `requests` whole requests, answers each 200, then closes. Gives the request lines.
pub(crate) async fn serve_one_connection(listener: &TcpListener, requests: usize) -> Vec<String> {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut lines = Vec::new();
    let mut received = Vec::new();
    while lines.len() < requests {
        let (start, end) = loop {
            if let Some(found) = whole_request(&received) {
                break found;
            }
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap();
            assert_ne!(length, 0, "the client went away");
            received.extend_from_slice(&buffer[..length]);
        };
        lines.push(start);
        received.drain(..end);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    }
    lines
}

/// The request line, and where the request ends, once all of it is there.
fn whole_request(received: &[u8]) -> Option<(String, usize)> {
    let text = String::from_utf8_lossy(received);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let end = head.len() + 4 + length;
    (received.len() >= end).then(|| (head.lines().next().unwrap_or_default().to_owned(), end))
}

/// Everything that the whole process logs from here on, at every level. The bucket's own lines are left out: it shares
/// the process with the handler, and it may know the signatures that it makes and checks.
pub(crate) fn logs() -> Logs {
    static LOGS: Logs = Logs(Mutex::new(Vec::new()));
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let levels = Targets::new()
            .with_default(LevelFilter::TRACE)
            .with_target("s3s", LevelFilter::OFF)
            .with_target("aws_sigv4", LevelFilter::OFF);
        let lines = tracing_subscriber::fmt::layer().json().with_writer(|| Writer(&LOGS)).with_filter(levels);
        tracing_subscriber::registry().with(lines).init();
    });
    Logs(Mutex::new(LOGS.0.lock().unwrap().clone()))
}

/// What was logged.
pub(crate) struct Logs(Mutex<Vec<u8>>);

impl Logs {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

struct Writer(&'static Logs);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
