//! The code of a failure: one word that stays the same from version to version, for filters, metrics and documentation.
//!
//! The protocol's own failures are [`ProtocolCode`]; a provider's are its own, and reach the log as a [`Code`].

use std::fmt;
use std::str::FromStr;

/// The code of a failure: one word in `PascalCase`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Code(&'static str);

impl Code {
    /// The code with this word.
    ///
    /// # Panics
    /// When the word is empty, begins with no capital letter, or holds anything but ASCII letters and digits. In a constant
    /// that is an error of the compiler.
    #[must_use]
    pub const fn new(word: &'static str) -> Self {
        let bytes = word.as_bytes();
        assert!(!bytes.is_empty() && bytes[0].is_ascii_uppercase(), "a code begins with a capital letter");
        let mut index = 1;
        while index < bytes.len() {
            assert!(bytes[index].is_ascii_alphanumeric(), "a code is letters and digits");
            index += 1;
        }
        Self(word)
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// The failures that this crate itself finds, whatever the provider.
///
/// The first five are responded as `FAILED` without a failure of the provider's. `ResponseTooLong` and `Unspecified` are
/// failures of what a provider returned. After the last five there is no response: [`HandlerError`](crate::HandlerError).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ProtocolCode {
    /// The request is not one that CloudFormation sends.
    MalformedRequest,
    /// The request came after its time was over.
    RequestTooLate,
    /// The operation was not finished in time.
    DeadlineExceeded,
    /// The provider panicked.
    ProviderPanicked,
    /// The operation could not be started.
    OperationNotStarted,
    /// The operation succeeded, and its attributes do not fit into a response.
    ResponseTooLong,
    /// The provider gave its failure no code.
    Unspecified,
    /// The event does not say whom to respond to.
    UnanswerableRequest,
    /// The event's `ResponseURL` is not CloudFormation's.
    ResponseUrlRefused,
    /// There is no HTTP client to respond with.
    HttpClientUnavailable,
    /// The response did not get through.
    ResponseNotDelivered,
    /// The code that responds was itself stopped.
    ResponseInterrupted,
}

impl ProtocolCode {
    /// Every code.
    pub const ALL: [Self; 12] = [
        Self::MalformedRequest,
        Self::RequestTooLate,
        Self::DeadlineExceeded,
        Self::ProviderPanicked,
        Self::OperationNotStarted,
        Self::ResponseTooLong,
        Self::Unspecified,
        Self::UnanswerableRequest,
        Self::ResponseUrlRefused,
        Self::HttpClientUnavailable,
        Self::ResponseNotDelivered,
        Self::ResponseInterrupted,
    ];

    /// The code as it is logged.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::new(match self {
            Self::MalformedRequest => "MalformedRequest",
            Self::RequestTooLate => "RequestTooLate",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::ProviderPanicked => "ProviderPanicked",
            Self::OperationNotStarted => "OperationNotStarted",
            Self::ResponseTooLong => "ResponseTooLong",
            Self::Unspecified => "Unspecified",
            Self::UnanswerableRequest => "UnanswerableRequest",
            Self::ResponseUrlRefused => "ResponseUrlRefused",
            Self::HttpClientUnavailable => "HttpClientUnavailable",
            Self::ResponseNotDelivered => "ResponseNotDelivered",
            Self::ResponseInterrupted => "ResponseInterrupted",
        })
    }

    /// What it means, in one sentence without a full stop.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::MalformedRequest => "the request is not one that CloudFormation sends",
            Self::RequestTooLate => "the request arrived after its time was over; nothing was done",
            Self::DeadlineExceeded => "the operation was not finished in the time that the request had",
            Self::ProviderPanicked => "a defect in the provider",
            Self::OperationNotStarted => "the function has too little memory or too few threads left",
            Self::ResponseTooLong => "the operation succeeded, and its attributes do not fit into a response",
            Self::Unspecified => "the provider gave the failure no code",
            Self::UnanswerableRequest => "the request does not say whom to respond to; nothing was done",
            Self::ResponseUrlRefused => {
                "the request's `ResponseURL` is not CloudFormation's; nothing was done"
            }
            Self::HttpClientUnavailable => "the function has no trusted certificates; nothing was done",
            Self::ResponseNotDelivered => "the response did not get through; Lambda runs the request again",
            Self::ResponseInterrupted => "the function was stopped before the response",
        }
    }
}

impl From<ProtocolCode> for Code {
    fn from(code: ProtocolCode) -> Self {
        code.code()
    }
}

impl fmt::Display for ProtocolCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code().fmt(formatter)
    }
}

/// A word that is no code of the protocol's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a code")]
pub struct UnknownCode;

impl FromStr for ProtocolCode {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|code| code.code().as_str() == word).ok_or(UnknownCode)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_code_is_a_word_of_its_own_that_is_read_back() {
        for code in ProtocolCode::ALL {
            assert_eq!(code.to_string().parse(), Ok(code));
            assert!(!code.meaning().is_empty());
        }
        let words: BTreeSet<Code> = ProtocolCode::ALL.into_iter().map(ProtocolCode::code).collect();
        assert_eq!(words.len(), ProtocolCode::ALL.len());
        assert_eq!("unspecified".parse::<ProtocolCode>(), Err(UnknownCode));
    }

    #[test]
    #[should_panic(expected = "letters and digits")]
    fn a_code_is_one_word() {
        let _ = Code::new("Two Words");
    }
}
