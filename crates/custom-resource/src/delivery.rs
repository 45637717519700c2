//! Getting the answer to S3.
//!
//! One PUT to one host, by a client that does nothing else: it follows no redirect and knows no proxy, no referrer and no
//! compression, so that nothing changes the request, diverts it or shows the URL to anybody. Sending the same bytes again is
//! safe, because S3 overwrites the one object.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{info, warn};

use crate::https::{ClientError, Https};
use crate::response_url::ResponseUrl;

/// The client for answers, with the connections it keeps.
pub(crate) struct Client {
    https: Https,
    http: legacy::Client<Https, Full<Bytes>>,
}

/// How hard to try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Persistence {
    UntilDeadline,
    /// For an event that CloudFormation has most likely given up on.
    OneTry,
}

/// Why an answer did not get through. No text here holds a URL.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// S3 said no, and will again: the URL is expired, or was not meant for this.
    #[error("`{host}` refused it: {status}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// S3's error code.
        code: Option<String>,
    },
    /// No try got through in the time there was.
    #[error("`{host}` did not take it in {attempts} tries; the last: {problem}")]
    GaveUp {
        /// The host.
        host: String,
        /// How many requests were sent.
        attempts: u32,
        /// What became of the last one.
        problem: String,
    },
}

impl Client {
    pub(crate) fn new(https: Https) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).http1_max_buf_size(MOST_HEAD);
        Self { http: builder.build(https.clone()), https }
    }

    /// Whether this URL can be reached at all, as far as that is known before a connection is made.
    pub(crate) fn prepare_for(&self, url: &ResponseUrl) -> Result<(), ClientError> {
        if url.is_https() { self.https.prepare() } else { Ok(()) }
    }
}

/// The most bytes of a response's status and headers, and of what is read ahead of its body. S3's have some hundred.
const MOST_HEAD: usize = 16 << 10;

/// The longest that one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
/// What any try gets: within the time that is kept to report a failed delivery.
const SHORTEST_TRY: Duration = Duration::from_millis(100);
/// What a try gets that is the only one and comes too late: it costs nothing, and clocks differ.
const ONLY_TRY: Duration = Duration::from_millis(500);

/// PUTs the document until it is taken, refused for good, or `deadline` comes.
pub(crate) async fn deliver(
    client: &Client,
    url: &ResponseUrl,
    body: &str,
    deadline: Instant,
    persistence: Persistence,
) -> Result<(), DeliveryError> {
    let host = url.expose().host_str().unwrap_or_default().to_owned();
    let mut attempts = 0;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = match persistence {
            // A try that stalls leaves time for another.
            Persistence::UntilDeadline => (left / 2).clamp(SHORTEST_TRY, TRY_TIMEOUT),
            Persistence::OneTry => left.clamp(ONLY_TRY, TRY_TIMEOUT),
        };
        let failed = match put(client, url, body, limit).await {
            Ok(()) => {
                info!(host, attempts = attempts + 1, "the answer was delivered");
                return Ok(());
            }
            Err(failed) => failed,
        };
        attempts += 1;
        if let Failed::ForGood { status, code } = failed {
            // What the URL or the document says is no code of S3's, but something written back.
            let is_sent = |code: &String| url.expose().as_str().contains(code) || body.contains(code);
            let code = code.filter(|code| !is_sent(code));
            return Err(DeliveryError::Refused { host, status, code });
        }
        let wait = wait_after(&failed, attempts, fastrand::f64());
        let problem = failed.to_string();
        if persistence == Persistence::OneTry || Instant::now() + wait >= deadline {
            return Err(DeliveryError::GaveUp { host, attempts, problem });
        }
        warn!(host, attempts, problem, wait_ms = wait.as_millis(), "the answer is sent again");
        sleep(wait).await;
    }
}

/// The wait after so many tries, of which this was the last.
fn wait_after(failed: &Failed, attempts: u32, jitter: f64) -> Duration {
    match failed {
        // A connection that was kept and is dead after the environment was frozen: no reason to wait.
        Failed::Lost(_) if attempts == 1 => Duration::ZERO,
        _ => backoff(attempts.saturating_sub(1), jitter),
    }
}

/// The wait before the next try: full jitter over 0.2 s, doubled each time up to 4 s. `jitter` is from 0 to 1.
fn backoff(attempt: u32, jitter: f64) -> Duration {
    let ceiling = Duration::from_millis(200).saturating_mul(1 << attempt.min(10)).min(Duration::from_secs(4));
    ceiling.mul_f64(jitter.clamp(0.0, 1.0))
}

/// What became of one try.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("status {status}")]
    ForGood { status: u16, code: Option<String> },
    #[error("status {0}")]
    ForNow(StatusCode),
    /// The connection was there and broke.
    #[error("{0}")]
    Lost(String),
    #[error("{0}")]
    Transport(String),
}

async fn put(client: &Client, url: &ResponseUrl, body: &str, limit: Duration) -> Result<(), Failed> {
    // Always there and always empty: a `SigV2` signature covers the type, and a `SigV4` one may.
    let request = Request::put(url.expose().as_str())
        .header(CONTENT_TYPE, HeaderValue::from_static(""))
        .body(Full::from(body.to_owned()))
        .map_err(|error| Failed::Transport(describe(&error)))?;
    let end = Instant::now() + limit;
    let response = timeout_at(end, client.http.request(request))
        .await
        .map_err(|_| Failed::Transport(format!("no answer within {:.1} s", limit.as_secs_f64())))?;
    let response = response.map_err(|error| {
        let problem = describe(&error);
        if error.is_connect() { Failed::Transport(problem) } else { Failed::Lost(problem) }
    })?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status if is_temporary(status) => Err(Failed::ForNow(status)),
        status => {
            // The status settles it, whatever becomes of the body.
            let code = timeout_at(end, error_code(response.into_body())).await.ok().flatten();
            Err(Failed::ForGood { status: status.as_u16(), code })
        }
    }
}

fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// S3's error code and nothing else of the body, which repeats what was signed.
async fn error_code(mut answer: Incoming) -> Option<String> {
    let mut body = Vec::new();
    while body.len() < 2048 {
        match answer.frame().await {
            Some(Ok(frame)) => body.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
            None | Some(Err(_)) => break,
        }
    }
    let text = String::from_utf8_lossy(&body);
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    // Letters alone, as S3's codes are: a signature or a token that is written back has more.
    let is_code = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| code.to_owned())
}

/// An error with its causes. None of them names the URL: the client's errors are of connections.
fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c4_backoff_doubles_up_to_4_seconds_and_jitter_takes_any_part_of_it() {
        let milliseconds = |attempt, jitter| backoff(attempt, jitter).as_millis();
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 31, u32::MAX].map(|attempt| milliseconds(attempt, 1.0)),
            [200, 400, 800, 1600, 3200, 4000, 4000, 4000]
        );
        assert_eq!(milliseconds(2, 0.5), 400);
        assert_eq!(milliseconds(2, 0.0), 0);
        assert_eq!(milliseconds(2, -1.0), 0);
        assert_eq!(milliseconds(2, 7.0), 800);
    }

    #[test]
    fn c10_a_connection_that_was_lost_is_replaced_at_once_but_only_the_first_time() {
        let lost = Failed::Lost(String::new());
        let refused = Failed::Transport(String::new());
        let milliseconds = |failed, attempts| wait_after(failed, attempts, 1.0).as_millis();
        assert_eq!((milliseconds(&lost, 1), milliseconds(&lost, 2)), (0, 400));
        assert_eq!((milliseconds(&refused, 1), milliseconds(&refused, 2)), (200, 400));
    }

    #[test]
    fn c4_only_a_temporary_status_is_tried_again() {
        for (status, expected) in
            [(500, true), (503, true), (429, true), (408, true), (400, false), (403, false)]
        {
            assert_eq!(is_temporary(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
        assert!(!is_temporary(StatusCode::TEMPORARY_REDIRECT));
    }

    #[tokio::test]
    async fn g2_an_error_of_the_client_is_told_with_its_cause_and_without_the_url() {
        let origin: crate::Origin = "http://127.0.0.1:1".parse().unwrap();
        let url = ResponseUrl::check("http://127.0.0.1:1/key?X-Amz-Signature=canary", None, None, &[origin])
            .unwrap();
        let client = Client::new(Https::default());
        let Err(failed) = put(&client, &url, "{}", Duration::from_secs(1)).await else {
            panic!("it was taken")
        };
        let text = format!("{failed} {failed:?}");
        assert!(!text.contains("canary") && !text.contains("/key"), "{text}");
        assert!(text.contains("refused"), "the cause is told: {text}");
    }
}
