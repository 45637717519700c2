//! The event that is being acted on: who asks, the time there is, and what it costs. When it ends, CloudWatch is told.

use std::time::{Duration, SystemTime};

use custom_resource::{Invocation, Resource};
use tokio::time::Instant;

use super::ProviderError;
use crate::metrics::Report;
use crate::tally::Tally;

/// What a failure is counted as that is none: the operation was cut off at the deadline, or panicked.
const CUT_OFF: &str = "CutOff";

/// One event.
pub(super) struct Context<'a> {
    pub(super) resource: &'a Resource,
    pub(super) invocation: &'a Invocation,
    pub(super) tally: Tally,
    begun: Instant,
    /// The class of the failure; [`CUT_OFF`] until it has ended.
    failure: Option<&'static str>,
    emit: fn(&str),
}

impl<'a> Context<'a> {
    pub(super) fn new(resource: &'a Resource, invocation: &'a Invocation, emit: fn(&str)) -> Self {
        let (tally, begun) = (Tally::default(), Instant::now());
        Self { resource, invocation, tally, begun, failure: Some(CUT_OFF), emit }
    }

    /// Takes down how it ended.
    pub(super) fn end<T>(mut self, result: Result<T, ProviderError>) -> Result<T, ProviderError> {
        self.failure = result.as_ref().err().map(ProviderError::class);
        result
    }

    /// The account of the function itself: `arn:aws:lambda:<region>:<account>:function:<name>`.
    pub(super) fn own_account(&self) -> &'a str {
        self.invocation.function_arn().split(':').nth(4).unwrap_or_default()
    }

    /// How long ago the event was sent.
    pub(super) fn age(&self) -> Duration {
        SystemTime::now().duration_since(self.invocation.sent()).unwrap_or_default()
    }
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        let report = Report {
            function: self.invocation.function_arn().split(':').nth(6).unwrap_or_default(),
            at: SystemTime::now(),
            duration: self.begun.elapsed(),
            time_left: self.invocation.remaining(),
            failure: self.failure,
            calls: &self.tally.counts(),
        };
        for line in report.lines() {
            (self.emit)(&line);
        }
    }
}
