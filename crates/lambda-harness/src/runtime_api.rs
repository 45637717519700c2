//! Lambda's Runtime API, as a function's process sees it.
//!
//! It hands out events and takes back what became of them. It does not end a function that is past its deadline:
//! the test holds the [`Function`](crate::Function) and can.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::event::{FUNCTION_ARN, request_id};

/// A Runtime API on a port of its own. Several functions may poll it; each event goes to one of them.
/// It stops when it is dropped.
pub struct RuntimeApi {
    address: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

/// What became of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The function posted `/response`, with this body.
    Response(String),
    /// The function posted `/error`.
    Error {
        /// `errorType`, `errorMessage` and the rest, as posted.
        body: Value,
    },
    /// Nothing was posted by the deadline; on AWS the platform would have ended the function.
    TimedOut,
}

impl RuntimeApi {
    /// Starts the server on loopback, on the current tokio runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let (sender, receiver) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            sender,
            receiver: tokio::sync::Mutex::new(receiver),
            running: Mutex::default(),
            function_arn: Mutex::new(FUNCTION_ARN.to_owned()),
            polls: watch::Sender::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, accepting }
    }

    /// Host and port, for `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// When functions asked for an event for the `number`th time, the first being 1, waiting for it.
    pub async fn polled(&self, number: usize) -> Instant {
        let mut polls = self.state.polls.subscribe();
        let polls =
            polls.wait_for(|polls| polls.len() >= number).await.expect("the state itself holds the sender");
        polls[number - 1]
    }

    /// Changes the ARN that the events from now on say they were invoked by; at first it is [`FUNCTION_ARN`].
    pub fn set_function_arn(&self, arn: &str) {
        arn.clone_into(&mut lock(&self.state.function_arn));
    }

    /// Hands the event to the next function that asks, and waits for what it posts. `timeout` is the function's,
    /// counted from here.
    pub async fn invoke(&self, event: Value, timeout: Duration) -> Outcome {
        self.invoke_raw(event.to_string(), timeout).await
    }

    /// As [`RuntimeApi::invoke`], with any bytes.
    pub async fn invoke_raw(&self, event: impl Into<Bytes>, timeout: Duration) -> Outcome {
        let (outcome, posted) = oneshot::channel();
        let invocation = Invocation {
            id: request_id(),
            event: event.into(),
            deadline: SystemTime::now() + timeout,
            outcome,
        };
        self.state.sender.send(invocation).expect("the server outlives its handle");
        match tokio::time::timeout(timeout, posted).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Outcome::TimedOut,
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

struct Invocation {
    id: String,
    event: Bytes,
    deadline: SystemTime,
    outcome: oneshot::Sender<Outcome>,
}

struct State {
    sender: mpsc::UnboundedSender<Invocation>,
    receiver: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    function_arn: Mutex<String>,
    polls: watch::Sender<Vec<Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("loopback connections can be accepted");
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(|request| {
                let state = Arc::clone(&state);
                async move { serve(request, &state).await }
            });
            // An error here is a function that was ended while it waited.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(request: Request<Incoming>, state: &State) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let body = request.into_body().collect().await?.to_bytes();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Ok(match (&method, segments.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(state).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            post(state, id, Outcome::Response(String::from_utf8_lossy(&body).into_owned()))
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
            let body = serde_json::from_slice(&body)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()));
            post(state, id, Outcome::Error { body })
        }
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => status(StatusCode::ACCEPTED),
        _ => status(StatusCode::NOT_FOUND),
    })
}

async fn next(state: &State) -> Response<Full<Bytes>> {
    state.polls.send_modify(|polls| polls.push(Instant::now()));
    // A function that is ended while it waits drops this future, and `recv` then takes nothing.
    let invocation = state.receiver.lock().await.recv().await.expect("the state itself holds a sender");
    let deadline = invocation.deadline.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", &invocation.id)
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header("lambda-runtime-invoked-function-arn", lock(&state.function_arn).as_str())
        .header("lambda-runtime-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
        .header("content-type", "application/json")
        .body(Full::new(invocation.event))
        .expect("the headers are header values");
    lock(&state.running).insert(invocation.id, invocation.outcome);
    response
}

fn post(state: &State, id: &str, outcome: Outcome) -> Response<Full<Bytes>> {
    match lock(&state.running).remove(id) {
        // The test may have stopped waiting; a late post is accepted all the same.
        Some(waiting) => {
            let _ = waiting.send(outcome);
            status(StatusCode::ACCEPTED)
        }
        None => status(StatusCode::BAD_REQUEST),
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")));
    *response.status_mut() = status;
    response
}
