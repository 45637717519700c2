//! The instances that a policy names: one, or many by a `*` in the id, as `InstanceArns` of `template.yaml` takes them.

use std::fmt;
use std::str::FromStr;

use connect_security_profile::arn::{ArnError, InstanceArn};

/// An instance's ARN, whose id may hold `*`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instances {
    text: String,
    /// One of them: partition, region and account are those of all.
    one: InstanceArn,
}

impl Instances {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.one.partition()
    }

    /// The twelve digits of the account.
    pub fn account(&self) -> &str {
        self.one.account()
    }
}

impl FromStr for Instances {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let one = match text.split_once(":instance/") {
            Some((account, id)) => format!("{account}:instance/{}", id.replace('*', "x")).parse(),
            None => text.parse(),
        };
        let one = one.map_err(|_| ArnError::Instance(text.to_owned()))?;
        Ok(Self { text: text.to_owned(), one })
    }
}

impl fmt::Display for Instances {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
