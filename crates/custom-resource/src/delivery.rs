//! Getting the answer to S3: the only file that names `reqwest`.
//!
//! One PUT to one host, with nothing that could change it, divert it or show the URL to anybody: no redirect, no
//! referrer, no proxy, no compression. Sending the same bytes again is safe, because S3 overwrites the one object.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::response_url::ResponseUrl;

/// The HTTP clients, made when they are first needed: nothing that can fail is done before an event is there.
#[derive(Default)]
pub(crate) struct Clients {
    https: OnceLock<Client>,
    http: OnceLock<Client>,
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

/// No HTTP client could be made, most often because the system has no trusted root certificates.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClientError(String);

impl Clients {
    /// The client for this URL. Making one reads the system's root certificates, unless the URL needs none.
    pub(crate) fn for_url(&self, url: &ResponseUrl) -> Result<&Client, ClientError> {
        let slot = if url.is_https() { &self.https } else { &self.http };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = build(url.is_https()).map_err(|error| ClientError(describe(error)))?;
        Ok(slot.get_or_init(|| client))
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
/// What any try gets: within the time that is kept to report a failed delivery.
const SHORTEST_TRY: Duration = Duration::from_millis(100);
/// What a try gets that is the only one and comes too late: it costs nothing, and clocks differ.
const ONLY_TRY: Duration = Duration::from_millis(500);

fn build(https: bool) -> Result<Client, reqwest::Error> {
    // Fails when the process has a provider already, and then that one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT);
    if https { builder.https_only(true).build() } else { builder.tls_certs_only([]).build() }
}

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
    let response = client
        .put(url.expose().clone())
        .header(CONTENT_TYPE, HeaderValue::from_static(""))
        .body(body.to_owned())
        .timeout(limit)
        .send()
        .await
        .map_err(|error| {
            let lost = error.is_request() && !error.is_connect() && !error.is_timeout();
            let problem = describe(error);
            if lost { Failed::Lost(problem) } else { Failed::Transport(problem) }
        })?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status if is_temporary(status) => Err(Failed::ForNow(status)),
        status => Err(Failed::ForGood { status: status.as_u16(), code: error_code(response).await }),
    }
}

fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// S3's error code and nothing else of the body, which repeats what was signed.
async fn error_code(mut response: Response) -> Option<String> {
    let mut body = Vec::new();
    while body.len() < 2048 {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    let text = String::from_utf8_lossy(&body);
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    let is_code = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| code.to_owned())
}

/// The one way from `reqwest`'s errors to text: with their causes and without the URL, which is a credential.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
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
    async fn g2_an_error_of_the_client_loses_its_url() {
        let client = build(false).unwrap();
        let error = client.put("http://127.0.0.1:1/key?X-Amz-Signature=canary").send().await.unwrap_err();
        assert!(format!("{error:?}").contains("canary"), "otherwise this test shows nothing");
        let text = describe(error);
        assert!(!text.contains("canary") && !text.contains("/key"), "{text}");
        assert!(text.contains("refused"), "the cause is told: {text}");
    }
}
