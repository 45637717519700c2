//! One call: how long it may take, when it is made again, what its failure means, and the line in the log.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_connect::config::http::HttpResponse;
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::operation::RequestId;
use tokio::time::{Instant, timeout};

use super::Session;
use super::response_limits::OversizedResponse;
use crate::connect_error::ConnectError;
use crate::operation::{Class, Operation, classify};
use crate::retry::{UNDER_WAY, may_try_again};

/// The longest one try may take: Connect answers in tenths of a second.
pub(super) const LONGEST_TRY: Duration = Duration::from_secs(10);

/// When a call may be made again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Only when it was certainly not carried out.
    WhenThrottled,
    /// Also when it may have been: carrying it out twice does no harm.
    WhenThrottledOrLost,
}

impl Session {
    /// As [`call`](Self::call), for what may be done twice.
    pub(super) async fn repeat<T, E, F>(
        &self,
        operation: Operation,
        subject: &str,
        send: impl Fn() -> F,
    ) -> Result<T, ConnectError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.call(operation, subject, Repeat::WhenThrottledOrLost, send).await
    }

    pub(super) async fn call<T, E, F>(
        &self,
        operation: Operation,
        subject: &str,
        repeat: Repeat,
        send: impl Fn() -> F,
    ) -> Result<T, ConnectError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (mut attempts, mut may_have_effect) = (0, false);
        loop {
            attempts += 1;
            let begun = Instant::now();
            let patience = LONGEST_TRY.min(self.deadline.saturating_duration_since(begun));
            // The SDK's futures are large, and several calls run side by side: they belong on the heap.
            let result = match timeout(patience, Box::pin(send())).await {
                Ok(result) => result.map_err(|error| self.explain(operation, subject, attempts, &error)),
                Err(_) => Err(self.given_up(operation, subject, attempts, patience)),
            };
            log(operation, subject, attempts, begun.elapsed(), &result);
            self.tally.count(operation, result.as_ref().err().map(|error| error.class));
            let error = match result {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            may_have_effect |= is_unknown(error.class) && error.may_have_effect;
            let error = ConnectError { may_have_effect, ..error };
            let may_repeat = match error.class {
                Class::Throttled => !self.gives_way,
                Class::Unreachable => true,
                Class::Lost => repeat == Repeat::WhenThrottledOrLost,
                _ => false,
            };
            let waits =
                if error.class == Class::Throttled { self.waits_for_quota(attempts) } else { attempts };
            if !may_repeat || !may_try_again(waits, self.deadline).await {
                return Err(error);
            }
        }
    }

    /// By which attempt the wait for the quota is counted. An event that got through with one call is ahead of those that
    /// are still to begin: what it drew on the quota for is of no use until its other calls are through, too.
    fn waits_for_quota(&self, attempts: u32) -> u32 {
        if self.tally.has_got_through() { attempts.min(UNDER_WAY) } else { attempts }
    }

    /// A try that took too long. One that still waits for a role's credentials was not sent.
    fn given_up(
        &self,
        operation: Operation,
        subject: &str,
        attempts: u32,
        patience: Duration,
    ) -> ConnectError {
        let message = format!("no answer within {patience:.1?}");
        let lost = ConnectError { attempts, ..ConnectError::lost(operation, subject, message, None) };
        match self.reached.role.as_ref().filter(|role| role.is_pending()) {
            None => lost,
            Some(role) => {
                let message = role.message(&format!("STS gave no answer within {patience:.1?}"));
                ConnectError { class: Class::Unreachable, message, ..lost }
            }
        }
    }

    fn explain<E>(
        &self,
        operation: Operation,
        subject: &str,
        attempts: u32,
        error: &SdkError<E, HttpResponse>,
    ) -> ConnectError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (class, code, message) = match (error, limit(error)) {
            (_, Some(limit)) => {
                match self.reached.role.as_ref().filter(|_| has_cause::<CredentialsError>(error)) {
                    None => (Class::TooLarge, None, limit),
                    Some(role) => (Class::TooLarge, None, role.message(&limit)),
                }
            }
            (SdkError::ServiceError(service), None) => {
                let code = service.err().code().map(|code| cut(code, MOST_OF_AN_ID).to_owned());
                let status = service.raw().status().as_u16();
                let class = classify(code.as_deref(), status);
                // The SDK's own words for an answer that it cannot read would quote from it.
                let unread = || format!("an answer with status {status} and no message that can be read");
                let message = service.err().message().map_or_else(unread, ToOwned::to_owned);
                (class, code, message)
            }
            _ if has_cause::<CredentialsError>(error) => match &self.reached.role {
                None => (Class::BadCredentials, None, "there are no credentials".to_owned()),
                Some(role) => role.failure(error),
            },
            _ if never_connected(error) => (Class::Unreachable, None, chain(error)),
            (SdkError::ConstructionFailure(_), None) => (Class::Invalid, None, chain(error)),
            _ => (Class::Lost, None, chain(error)),
        };
        ConnectError {
            operation,
            subject: subject.to_owned(),
            class,
            // Whatever the service writes may be what it was sent.
            code: code.map(|code| self.redacted(&code)),
            message: self.redacted(&message),
            request_id: error.request_id().map(|id| self.redacted(cut(id, MOST_OF_AN_ID))),
            attempts,
            may_have_effect: is_unknown(class) && !has_cause::<CredentialsError>(error),
        }
    }
}

/// Whether what was sent may have been carried out.
fn is_unknown(class: Class) -> bool {
    matches!(class, Class::Lost | Class::TooLarge)
}

/// The most that is kept of a code or a request id.
const MOST_OF_AN_ID: usize = 256;

/// As many whole characters as fit into so many bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The limit that a response broke, if it did: ours, or the client's own for a response's head.
fn limit(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(|cause| {
        let ours = cause.downcast_ref::<OversizedResponse>().map(ToString::to_string);
        let heads = || cause.downcast_ref::<hyper::Error>().filter(|error| is_head_too_large(error));
        ours.or_else(|| {
            heads().map(|_| "the response's headers are larger than 16 kB or more than 100".to_owned())
        })
    })
}

/// Whether the client gave up on a response's head. `hyper` tells that to servers only, and to a client in its words.
fn is_head_too_large(error: &hyper::Error) -> bool {
    error.is_parse() && error.to_string().contains("too large")
}

fn log<T: RequestId>(
    operation: Operation,
    subject: &str,
    attempt: u32,
    duration: Duration,
    result: &Result<T, ConnectError>,
) {
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let operation = operation.name();
    match result {
        Ok(answer) => {
            let connect_request_id = answer.request_id().filter(|id| is_request_id(id));
            tracing::info!(
                operation,
                subject,
                attempt,
                duration_ms,
                connect_request_id,
                outcome = "ok",
                "call"
            );
        }
        Err(ConnectError { class, code, request_id, .. }) => tracing::info!(
            operation, subject, attempt, duration_ms, outcome = ?class,
            code = code.as_deref(), connect_request_id = request_id.as_deref(), "call"
        ),
    }
}

/// Whether a header has what AWS puts there, a UUID, and not a text that somebody may have it write back.
fn is_request_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// An error with what caused it, in their own words: the SDK's debug forms would show the answer they stumbled over.
fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.join(": ")
}

fn never_connected(error: &(dyn Error + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

fn has_cause<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<T>)
}

/// An error and what caused it.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
