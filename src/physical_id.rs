//! What CloudFormation may hand back as `PhysicalResourceId`, and the two marks this provider gives when there is no ARN.
//!
//! Reading is total: whatever the text, one of four meanings.

use std::fmt;

use crate::arn::SecurityProfileArn;

const NONE: &str = "connect-security-profile:none";
const UNKNOWN: &str = "connect-security-profile:unknown";

/// The meaning of a physical id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PhysicalId {
    /// A profile, named by its ARN.
    Profile(SecurityProfileArn),
    /// A create that certainly made nothing: its Delete needs no call.
    None,
    /// A create that may have taken effect: its Delete has to look.
    Unknown,
    /// Text of somebody else's making: CloudFormation invents an id when a Create was never answered.
    Foreign(String),
}

impl PhysicalId {
    /// Reads the id of an event. Never fails.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            NONE => Self::None,
            UNKNOWN => Self::Unknown,
            _ => text.parse().map_or_else(|_| Self::Foreign(text.to_owned()), Self::Profile),
        }
    }
}

impl From<SecurityProfileArn> for PhysicalId {
    fn from(arn: SecurityProfileArn) -> Self {
        Self::Profile(arn)
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(arn) => arn.fmt(formatter),
            Self::None => formatter.write_str(NONE),
            Self::Unknown => formatter.write_str(UNKNOWN),
            Self::Foreign(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_one_meaning_and_prints_as_it_was() {
        let arn = "arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p";
        for (text, meaning) in [
            (arn, PhysicalId::Profile(arn.parse().unwrap())),
            ("connect-security-profile:none", PhysicalId::None),
            ("connect-security-profile:unknown", PhysicalId::Unknown),
            ("stack-Agents-17SKXEL5JB7FZ", PhysicalId::Foreign("stack-Agents-17SKXEL5JB7FZ".to_owned())),
            ("2024/04/30/[$LATEST]abc", PhysicalId::Foreign("2024/04/30/[$LATEST]abc".to_owned())),
            ("", PhysicalId::Foreign(String::new())),
        ] {
            assert_eq!(PhysicalId::read(text), meaning);
            assert_eq!(meaning.to_string(), text);
        }
    }
}
