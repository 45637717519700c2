//! The ARN of the function itself: `arn:<partition>:lambda:<region>:<account>:function:<name>`, with a version or an alias
//! behind it or not.

use std::fmt;
use std::str::FromStr;

/// A Lambda function's ARN. It says in which partition, region and account the function runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionArn(String);

/// The text is not a function's ARN.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is not a Lambda function's ARN; expected `arn:<partition>:lambda:<region>:<account>:function:<name>`"
)]
pub struct FunctionArnError(String);

impl FunctionArn {
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

    fn part(&self, index: usize) -> &str {
        self.0.split(':').nth(index).unwrap_or_default()
    }
}

impl FromStr for FunctionArn {
    type Err = FunctionArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        let label = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let is_arn = match parts[..] {
            ["arn", partition, "lambda", region, account, "function", name]
            | ["arn", partition, "lambda", region, account, "function", name, _] => {
                label(partition)
                    && label(region)
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    && !name.is_empty()
            }
            _ => false,
        };
        if is_arn { Ok(Self(text.to_owned())) } else { Err(FunctionArnError(text.to_owned())) }
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_function_arn_are_found_with_and_without_an_alias() {
        for text in [
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:provider",
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:provider:live",
        ] {
            let arn: FunctionArn = text.parse().unwrap();
            assert_eq!(
                (arn.partition(), arn.region(), arn.account()),
                ("aws-us-gov", "us-gov-west-1", "123456789012")
            );
            assert_eq!(arn.to_string(), text);
        }
    }

    #[test]
    fn any_other_text_is_no_function_arn() {
        for text in [
            "",
            "f",
            "arn:aws:lambda:eu-west-1:123456789012:layer:x",
            "arn:aws:lambda::123456789012:function:x",
            "arn:aws:lambda:eu-west-1:12345:function:x",
            "arn:aws:lambda:EU:123456789012:function:x",
            "arn:aws:lambda:eu-west-1:123456789012:function:",
            "arn:aws:sns:eu-west-1:123456789012:function:x",
        ] {
            assert_eq!(text.parse::<FunctionArn>(), Err(FunctionArnError(text.to_owned())), "{text}");
        }
    }
}
