//! An operation that did not succeed: the reason for the author of the template, and the code and details for the operator.

use std::fmt;

use serde_json::{Map, Value};

use crate::code::{Code, ProtocolCode};

/// An operation that did not succeed: what the author of the template reads in the stack's events, and what the operator
/// finds in the log.
///
/// Say what failed, on what, and what to do. Control characters are taken out, the query of a URL is left out, and a text
/// that is too long loses its middle. The reason is shown to everybody who may see the stack, so it must hold no secret; nor
/// may the rest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    code: Code,
    reason: String,
    summary: Option<String>,
    details: Map<String, Value>,
}

impl Failure {
    /// A failure with this message, and no code of its own.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::coded(ProtocolCode::Unspecified, reason)
    }

    /// A failure with a code, which stands in the line of the log that the response gets.
    pub fn coded(code: impl Into<Code>, reason: impl Into<String>) -> Self {
        Self { code: code.into(), reason: reason.into(), summary: None, details: Map::new() }
    }

    /// What the log has in place of the reason: the same in fewer words, where the reason lists more than a line should hold.
    #[must_use]
    pub fn summarised(self, summary: impl Into<String>) -> Self {
        Self { summary: Some(summary.into()), ..self }
    }

    /// One more member of the line in the log. The handler's own members are never replaced.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The message.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The message as it is logged, as far as the provider says.
    pub(crate) fn summary(&self) -> &str {
        self.summary.as_deref().unwrap_or(&self.reason)
    }

    /// The further members of the line in the log, as JSON: a subscriber that writes JSON may take them as they are.
    pub(crate) fn details(&self) -> impl fmt::Display + '_ {
        Details(&self.details)
    }

    pub(crate) fn has_details(&self) -> bool {
        !self.details.is_empty()
    }
}

struct Details<'a>(&'a Map<String, Value>);

impl fmt::Display for Details<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = serde_json::to_string(self.0).map_err(|_| fmt::Error)?;
        formatter.write_str(&written)
    }
}
