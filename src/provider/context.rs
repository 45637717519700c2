//! The event that is being acted on: who asks, the time there is, and what it costs. When it ends, CloudWatch is told.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use custom_resource::{FunctionArn, Invocation, Properties, ProtocolCode, Resource};
use tokio::time::Instant;
use tracing::level_filters::LevelFilter;

use super::ProviderError;
use crate::metrics::{Failed, Report};
use crate::operation::Operation;
use crate::properties::confidential;
use crate::tally::{Count, Tally};
use crate::undisclosed::Undisclosed;

/// What a failure is counted as that is none: the operation was cut off at the deadline, or panicked.
const CUT_OFF: &str = "CutOff";

/// One event.
pub(super) struct Context<'a> {
    pub(super) resource: &'a Resource,
    pub(super) invocation: &'a Invocation,
    pub(super) tally: Tally,
    /// What the event holds that no error may show, in its properties, old and new.
    pub(super) undisclosed: Vec<Undisclosed>,
    begun: Instant,
    /// How it ended, once it has.
    ended: Option<Result<(), Failed>>,
    emit: fn(&str),
}

impl<'a> Context<'a> {
    /// Of all the properties that the event has.
    pub(super) fn new<const N: usize>(
        resource: &'a Resource,
        properties: [&Properties; N],
        invocation: &'a Invocation,
        emit: fn(&str),
    ) -> Self {
        let (tally, begun) = (Tally::default(), Instant::now());
        let undisclosed = properties.into_iter().flat_map(confidential).collect();
        Self { resource, invocation, tally, undisclosed, begun, ended: None, emit }
    }

    /// Takes down how it ended.
    pub(super) fn end<T>(mut self, result: Result<T, ProviderError>) -> Result<T, ProviderError> {
        self.ended = Some(result.as_ref().map(|_| ()).map_err(ProviderError::counted));
        result
    }

    /// The account of the function itself: `arn:aws:lambda:<region>:<account>:function:<name>`.
    pub(super) fn own_account(&self) -> &'a str {
        self.invocation.function_arn().split(':').nth(4).unwrap_or_default()
    }

    /// The partition of the function itself; none, if its ARN does not tell.
    pub(super) fn own_partition(&self) -> Option<String> {
        let function: FunctionArn = self.invocation.function_arn().parse().ok()?;
        Some(function.partition().to_owned())
    }

    /// How long ago the event was sent.
    pub(super) fn age(&self) -> Duration {
        SystemTime::now().duration_since(self.invocation.sent()).unwrap_or_default()
    }
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        let cut_off = || {
            let panicked = std::thread::panicking();
            let code = if panicked { ProtocolCode::ProviderPanicked } else { ProtocolCode::DeadlineExceeded };
            Err(Failed { class: CUT_OFF, code: code.into() })
        };
        let ended = self.ended.take().unwrap_or_else(cut_off);
        let report = Report {
            duration: self.begun.elapsed(),
            time_left: self.invocation.remaining(),
            calls: &self.tally.counts(),
            ..of(self.invocation.function_arn(), ended.err())
        };
        report.lines().iter().for_each(|line| (self.emit)(line));
    }
}

/// Counts a failure that no operation of the provider counts: no request was acted on, or what was done did not get through.
pub(super) fn count(code: ProtocolCode, function_arn: &str, emit: fn(&str)) {
    let class = match code {
        // A guard of the operator's, too.
        ProtocolCode::ResponseUrlRefused => "Forbidden",
        ProtocolCode::MalformedRequest | ProtocolCode::UnanswerableRequest => "Invalid",
        ProtocolCode::RequestTooLate
        | ProtocolCode::DeadlineExceeded
        | ProtocolCode::ProviderPanicked
        | ProtocolCode::OperationNotStarted => CUT_OFF,
        ProtocolCode::ResponseTooLong
        | ProtocolCode::Unspecified
        | ProtocolCode::HttpClientUnavailable
        | ProtocolCode::ResponseNotDelivered
        | ProtocolCode::ResponseInterrupted => "Unanswered",
    };
    let report = of(function_arn, Some(Failed { class, code: code.into() }));
    report.failure_alone().iter().for_each(|line| emit(line));
}

/// A report of the function that is of now, and of no call.
fn of(function_arn: &str, failure: Option<Failed>) -> Report<'_> {
    static NO_CALLS: BTreeMap<Operation, Count> = BTreeMap::new();
    Report {
        function: function_arn.split(':').nth(6).unwrap_or_default(),
        at: SystemTime::now(),
        duration: Duration::ZERO,
        time_left: Duration::ZERO,
        failure,
        calls: &NO_CALLS,
        log_level: LevelFilter::current(),
    }
}
