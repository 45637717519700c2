//! The id that a resource has in its stack: what `Ref` gives, and what Update and Delete are told.

use std::fmt;
use std::str::FromStr;

/// A physical resource id: 1 to 1,024 bytes (CloudFormation counts bytes, not characters) and no control characters.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PhysicalId(String);

/// The text cannot be a physical id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PhysicalIdError {
    /// CloudFormation answers an empty id with `Invalid PhysicalResourceId` and makes one up.
    #[error("the physical id is empty")]
    Empty,
    /// More than 1,024 bytes.
    #[error("the physical id has {0} bytes; at most 1,024 are allowed")]
    TooLong(usize),
    /// A control character would make the stack's events unreadable.
    #[error("the physical id holds a control character")]
    ControlCharacter,
}

impl PhysicalId {
    /// The most bytes that CloudFormation takes.
    pub const MAX_BYTES: usize = 1024;

    /// Checks the text.
    pub fn parse(text: impl Into<String>) -> Result<Self, PhysicalIdError> {
        let text = text.into();
        if text.is_empty() {
            Err(PhysicalIdError::Empty)
        } else if text.len() > Self::MAX_BYTES {
            Err(PhysicalIdError::TooLong(text.len()))
        } else if text.chars().any(char::is_control) {
            Err(PhysicalIdError::ControlCharacter)
        } else {
            Ok(Self(text))
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhysicalId {
    type Err = PhysicalIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b6_an_id_has_1_to_1024_bytes() {
        assert_eq!(PhysicalId::parse(""), Err(PhysicalIdError::Empty));
        assert!(PhysicalId::parse("x").is_ok());
        assert!(PhysicalId::parse("x".repeat(1024)).is_ok());
        assert_eq!(PhysicalId::parse("x".repeat(1025)), Err(PhysicalIdError::TooLong(1025)));
        assert!(PhysicalId::parse("é".repeat(512)).is_ok());
        assert_eq!(PhysicalId::parse("é".repeat(600)), Err(PhysicalIdError::TooLong(1200)));
        assert_eq!(PhysicalId::parse("a\u{1b}b"), Err(PhysicalIdError::ControlCharacter));
    }
}
