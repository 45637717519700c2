//! What a provider knows of the call it is in: how long it has, who it is, and what it has made so far.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tracing::Span;

use crate::physical_id::PhysicalId;

/// One call of the provider. Clones are the same call.
#[derive(Clone, Debug)]
pub struct Invocation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    deadline: Instant,
    function_arn: String,
    sent: SystemTime,
    recorded: Mutex<Option<PhysicalId>>,
    /// The request's, for the lines of the log.
    span: Span,
}

impl Invocation {
    /// A call that must have returned by `deadline`. The handler makes one for each event; a provider's own tests may.
    /// `sent` is when the event was sent, as far as that is known.
    pub fn new(deadline: Instant, function_arn: impl Into<String>, sent: SystemTime) -> Self {
        let function_arn = function_arn.into();
        Self(Arc::new(Inner {
            deadline,
            function_arn,
            sent,
            recorded: Mutex::default(),
            span: Span::current(),
        }))
    }

    /// When the event was sent, by the second: when its response URL was signed, or if that does not say, when it arrived.
    /// A delivery may come minutes after it, and after what followed it.
    #[must_use]
    pub fn sent(&self) -> SystemTime {
        self.0.sent
    }

    /// When the operation must have returned. At that moment it is dropped and `FAILED` is answered.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// The time until then; zero when it is past.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.0.deadline.saturating_duration_since(Instant::now())
    }

    /// The ARN that the function was invoked by, with the qualifier if there was one.
    #[must_use]
    pub fn function_arn(&self) -> &str {
        &self.0.function_arn
    }

    /// Records what a Create that fails, panics or is cut off from now on answers, so that the Delete which follows
    /// finds what was made: record before a call that may take effect, and again when its result is known. The last
    /// one recorded counts. An Update and a Delete answer the id they were given.
    pub fn record(&self, physical_id: PhysicalId) {
        self.0.span.record("physical_id", physical_id.as_str());
        *self.0.recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(physical_id);
    }

    /// What was recorded last.
    #[must_use]
    pub fn recorded(&self) -> Option<PhysicalId> {
        self.0.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
