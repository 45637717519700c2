//! The response bucket: an S3 server that takes presigned PUTs, verifies them, and keeps every one it was sent.
//!
//! The signature check is `s3s`'s. One refusal of S3 is added that `s3s` lacks: a PUT without a length.
//! What the next requests meet can be scripted, so that a delivery can be tried against a bad network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::service::S3Service;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::presign::{Signature, encoded_key, presign};
use crate::put_store;

/// The response bucket of `us-east-1`, on a port of its own. It stops when it is dropped.
pub struct Bucket {
    origin: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

/// What one request meets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reply {
    /// The real service: the signature is verified.
    Real,
    /// This status, with nothing verified.
    Status(u16),
    /// This status and this text as the error's code, with nothing verified.
    Code(u16, String),
    /// The request is read and never answered.
    Stall,
    /// The request is read and the connection reset.
    Reset,
    /// `307 Temporary Redirect` to this URL.
    Redirect(String),
    /// `301 Moved Permanently` to this URL.
    Moved(String),
    /// `503 Slow Down`, with an hour to wait before another try.
    SlowDown,
    /// The real service, after a while.
    Late(Duration),
    /// The connection is reset before the body is read.
    ResetEarly,
    /// The real service takes it, and the connection is reset before that is told.
    TakenAndReset,
}

/// One request that came, whatever became of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The method.
    pub method: Method,
    /// Path and query as they were on the request line.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: HeaderMap,
    /// What was replied; `None` where the client was told nothing. After [`Reply::TakenAndReset`] what would have been.
    pub status: Option<u16>,
    /// The body.
    pub body: Bytes,
    /// When it had come whole.
    pub at: Instant,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("the answer is not JSON ({error}): {:?}", self.body))
    }

    /// Whether it was accepted.
    #[must_use]
    pub fn delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Bucket {
    /// How long [`Bucket::answer_for`] waits.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// Starts the server on loopback, on the current tokio runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let origin = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let state = Arc::new(State {
            service: put_store::service(),
            script: Mutex::default(),
            answers: Mutex::default(),
            arrived: Notify::new(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { origin, state, accepting }
    }

    /// The bucket as it is seen through what stands before it, such as one that ends TLS: its URLs are of this origin.
    #[must_use]
    pub fn behind(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    /// Scheme, host and port, for a function's list of allowed origins.
    #[must_use]
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// A presigned URL of now, valid for the 7,200 seconds that CloudFormation gives.
    #[must_use]
    pub fn url(&self, signature: Signature, stack_id: &str, logical_id: &str, request_id: &str) -> String {
        self.url_with(signature, stack_id, logical_id, request_id, SystemTime::now(), Duration::from_hours(2))
    }

    /// A presigned URL of another time or validity.
    #[must_use]
    pub fn url_with(
        &self,
        signature: Signature,
        stack_id: &str,
        logical_id: &str,
        request_id: &str,
        signed_at: SystemTime,
        expires_in: Duration,
    ) -> String {
        let path = format!(
            "/cloudformation-custom-resource-response-useast1/{}",
            encoded_key(stack_id, logical_id, request_id)
        );
        presign(signature, &self.origin, &path, signed_at, expires_in)
    }

    /// Every request that came so far, in the order in which they were complete; refused ones too.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        lock(&self.state.answers).clone()
    }

    /// The accepted answer to this request, waiting for it.
    ///
    /// # Panics
    /// After [`Bucket::PATIENCE`], with what came instead.
    pub async fn answer_for(&self, request_id: &str) -> Answer {
        let wait = async {
            loop {
                let arrived = self.state.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                let found = self.answers().into_iter().find(|answer| {
                    answer.delivered()
                        && serde_json::from_slice::<Value>(&answer.body)
                            .is_ok_and(|body| body["RequestId"] == request_id)
                });
                if let Some(answer) = found {
                    return answer;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(Self::PATIENCE, wait).await.unwrap_or_else(|_| {
            panic!("no answer to request {request_id}; what came: {:#?}", self.answers());
        })
    }

    /// What the next requests meet, one each and in this order; after them the real service again.
    pub fn script(&self, replies: Vec<Reply>) {
        *lock(&self.state.script) = replies.into();
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

struct State {
    service: S3Service,
    script: Mutex<VecDeque<Reply>>,
    answers: Mutex<Vec<Answer>>,
    arrived: Notify,
}

impl State {
    fn keep(&self, answer: Answer) {
        lock(&self.answers).push(answer);
        self.arrived.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("loopback connections can be accepted");
        connections.spawn(serve(stream, Arc::clone(&state)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // A second handle on the socket: hyper owns the first, and only an option of the socket makes a close a reset.
    let stream = stream.into_std().expect("a tokio socket is a socket");
    let twin = stream.try_clone().expect("a socket can be duplicated");
    let twin = Arc::new(TcpStream::from_std(twin).expect("a socket can be registered"));
    let stream = TcpStream::from_std(stream).expect("a socket can be registered");
    let service = service_fn(|request| {
        let (state, twin) = (Arc::clone(&state), Arc::clone(&twin));
        async move { reply(request, &state, &twin).await }
    });
    // An error here is a client that went away, or the reset that was scripted.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn reply(
    request: Request<Incoming>,
    state: &State,
    socket: &TcpStream,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let next = lock(&state.script).pop_front().unwrap_or(Reply::Real);
    let mut answer = Answer {
        method: parts.method.clone(),
        target: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: parts.headers.clone(),
        status: None,
        body: Bytes::new(),
        at: Instant::now(),
    };
    if next == Reply::ResetEarly {
        state.keep(answer);
        return reset(socket);
    }
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    answer.body = body.clone();
    answer.at = Instant::now();
    let response = match next {
        Reply::Real => verify(Request::from_parts(parts, body), &state.service).await,
        Reply::Late(time) => {
            tokio::time::sleep(time).await;
            verify(Request::from_parts(parts, body), &state.service).await
        }
        Reply::TakenAndReset => {
            let response = verify(Request::from_parts(parts, body), &state.service).await;
            answer.status = Some(response.status().as_u16());
            state.keep(answer);
            return reset(socket);
        }
        Reply::SlowDown => {
            let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, "SlowDown");
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("3600"));
            response
        }
        Reply::Status(status) => {
            refusal(StatusCode::from_u16(status).expect("the scripted status is an HTTP status"), "Scripted")
        }
        Reply::Code(status, code) => {
            refusal(StatusCode::from_u16(status).expect("the scripted status is an HTTP status"), &code)
        }
        Reply::Redirect(to) => redirect(StatusCode::TEMPORARY_REDIRECT, "TemporaryRedirect", &to),
        Reply::Moved(to) => redirect(StatusCode::MOVED_PERMANENTLY, "PermanentRedirect", &to),
        Reply::Stall => {
            state.keep(answer);
            return std::future::pending().await;
        }
        Reply::Reset | Reply::ResetEarly => {
            state.keep(answer);
            return reset(socket);
        }
    };
    answer.status = Some(response.status().as_u16());
    state.keep(answer);
    Ok(response)
}

fn reset(socket: &TcpStream) -> Result<Response<Full<Bytes>>, std::io::Error> {
    socket.set_zero_linger().expect("a socket can be told to reset");
    Err(std::io::Error::other("scripted reset"))
}

fn redirect(status: StatusCode, code: &str, to: &str) -> Response<Full<Bytes>> {
    let mut response = refusal(status, code);
    let location = to.parse().expect("the scripted location is a header value");
    response.headers_mut().insert(header::LOCATION, location);
    response
}

async fn verify(request: Request<Bytes>, service: &S3Service) -> Response<Full<Bytes>> {
    if !request.headers().contains_key(header::CONTENT_LENGTH) {
        return refusal(StatusCode::LENGTH_REQUIRED, "MissingContentLength");
    }
    let response = service.call(request.map(s3s::Body::from)).await.expect("the S3 service answers");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("the S3 service's answer can be read").to_bytes();
    Response::from_parts(parts, Full::new(body))
}

fn refusal(status: StatusCode, code: &str) -> Response<Full<Bytes>> {
    let body = format!("<Error><Code>{code}</Code></Error>");
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
}
