//! What the handler reports to Lambda when an event was not answered: the only errors it has.
//!
//! Lambda runs the event again after each of them, which is what they are for. Their text goes to the log and to a
//! destination or dead-letter queue, so it holds no URL.

use lambda_runtime::Diagnostic;

use crate::code::ProtocolCode;
use crate::delivery::DeliveryError;
use crate::envelope::Unanswerable;
use crate::https::ClientError;
use crate::response_url::UrlRefusal;

/// An event that was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// The event does not say whom to answer. Nothing was called.
    #[error("the event cannot be answered: {0}")]
    Unanswerable(#[from] Unanswerable),
    /// The event's `ResponseURL` is not CloudFormation's. Nothing was called.
    #[error("the response URL is refused: {0}")]
    RefusedUrl(#[from] UrlRefusal),
    /// There is no HTTP client to answer with. Nothing was called.
    #[error("there is no HTTP client to answer with: {0}")]
    Client(#[from] ClientError),
    /// The answer did not get through.
    #[error("the answer was not delivered: {0}")]
    NotDelivered(#[from] DeliveryError),
    /// The code that answers was itself stopped.
    #[error("the event's task ended without an answer")]
    Interrupted,
    /// Some records of a batch were not answered.
    #[error("{failed} of {total} events were not answered; the first: {first}")]
    Batch {
        /// How many were not.
        failed: usize,
        /// How many there were.
        total: usize,
        /// The first one's error.
        first: Box<Self>,
    },
}

impl HandlerError {
    /// One word for each kind, for filters and alarms: it stays the same from version to version.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        self.code().code().as_str()
    }

    /// The code of its kind; that of the first error of a batch.
    #[must_use]
    pub fn code(&self) -> ProtocolCode {
        match self {
            Self::Unanswerable(_) => ProtocolCode::UnanswerableRequest,
            Self::RefusedUrl(_) => ProtocolCode::ResponseUrlRefused,
            Self::Client(_) => ProtocolCode::HttpClientUnavailable,
            Self::NotDelivered(_) => ProtocolCode::ResponseNotDelivered,
            Self::Interrupted => ProtocolCode::ResponseInterrupted,
            Self::Batch { first, .. } => first.code(),
        }
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}
