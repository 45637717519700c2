//! How a request ended, before it is a response: with a success, or with a failure that has a code.

use crate::code::{Code, ProtocolCode};
use crate::failure::Failure;
use crate::physical_id::PhysicalId;
use crate::provider::Success;
use crate::response::Answer;

/// How a request ended.
pub(crate) enum Outcome {
    Success(Success),
    Failed { physical_id: PhysicalId, failure: Failure },
}

impl Outcome {
    /// The response, and the failure that it is made of.
    pub(crate) fn into_answer(self) -> (Answer, Option<Failure>) {
        match self {
            Self::Success(success) => (Answer::Success(success), None),
            Self::Failed { physical_id, failure } => {
                (Answer::Failed { physical_id, reason: failure.reason().to_owned() }, Some(failure))
            }
        }
    }
}

/// The code, if it is of a failure that no operation of the provider has counted.
pub(crate) fn uncounted(code: Code) -> Option<ProtocolCode> {
    match code.as_str().parse().ok()? {
        code @ (ProtocolCode::MalformedRequest
        | ProtocolCode::RequestTooLate
        | ProtocolCode::OperationNotStarted
        | ProtocolCode::ResponseTooLong) => Some(code),
        // Counted when the operation was dropped or returned, or where there is no response.
        ProtocolCode::DeadlineExceeded
        | ProtocolCode::ProviderPanicked
        | ProtocolCode::Unspecified
        | ProtocolCode::UnanswerableRequest
        | ProtocolCode::ResponseUrlRefused
        | ProtocolCode::HttpClientUnavailable
        | ProtocolCode::ResponseNotDelivered
        | ProtocolCode::ResponseInterrupted => None,
    }
}
