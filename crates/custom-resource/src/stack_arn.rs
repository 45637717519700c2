//! The ARN that names a stack: `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<id>`.

use std::fmt;
use std::str::FromStr;

/// A stack's ARN. The parts are borrowed from the text it was parsed from, which [`StackArn::as_str`] gives back
/// unchanged.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct StackArn(String);

/// The text is not a stack's ARN.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is not a stack's ARN; expected `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<id>`"
)]
pub struct StackArnError(String);

impl StackArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `aws`, `aws-cn`, `aws-us-gov` or another.
    #[must_use]
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The region, `eu-west-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account, twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The stack's name. Another stack may have had the same one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }

    /// The stack's UUID, which no other stack ever has.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split('/').nth(2).unwrap_or_default()
    }

    fn part(&self, index: usize) -> &str {
        self.0.split(':').nth(index).unwrap_or_default()
    }
}

impl FromStr for StackArn {
    type Err = StackArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_stack_arn(text) { Ok(Self(text.to_owned())) } else { Err(StackArnError(text.to_owned())) }
    }
}

impl fmt::Display for StackArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_stack_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "cloudformation", region, account, resource] = parts.as_slice() else {
        return false;
    };
    let resource: Vec<&str> = resource.split('/').collect();
    let ["stack", name, id] = resource.as_slice() else { return false };
    let lower = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    lower(partition)
        && lower(region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && word(name)
        && word(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws-us-gov:cloudformation:us-gov-west-1:123456789012:stack/my-stack/5b6a1e10-9c1f-11ef-8d5e-0affd1a2b3c4";

    #[test]
    fn the_parts_of_a_stack_arn_are_found() {
        let arn: StackArn = ARN.parse().unwrap();
        assert_eq!(
            (arn.partition(), arn.region(), arn.account(), arn.name(), arn.id()),
            (
                "aws-us-gov",
                "us-gov-west-1",
                "123456789012",
                "my-stack",
                "5b6a1e10-9c1f-11ef-8d5e-0affd1a2b3c4"
            )
        );
        assert_eq!(arn.as_str(), ARN);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "stack",
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/name",
            "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/name/id",
            "arn:aws:cloudformation:eu-west-1:12345:stack/name/id",
            "arn:aws:cloudformation:EU:123456789012:stack/name/id",
            "arn:aws:cloudformation::123456789012:stack/name/id",
            "arn:aws:s3:eu-west-1:123456789012:stack/name/id",
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/name/id/more",
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/na me/id",
        ] {
            assert_eq!(text.parse::<StackArn>(), Err(StackArnError(text.to_owned())), "{text}");
        }
    }
}
