//! The `ServiceToken` of a provider: the ARN of its function, or of the topic in front of it, and what CloudFormation does
//! with either as whoever deploys.

use std::fmt;
use std::str::FromStr;

/// `arn:<partition>:lambda:<region>:<account>:function:<name>` or `arn:<partition>:sns:<region>:<account>:<name>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceToken {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Function,
    Topic,
}

impl ServiceToken {
    /// What a deployer must be allowed on it.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self.kind {
            Kind::Function => "lambda:InvokeFunction",
            Kind::Topic => "sns:Publish",
        }
    }

    /// The stacks of that name that may use it: they are in its region, and in its account unless another is given.
    #[must_use]
    pub fn stacks(&self, account: Option<&str>, name: &str) -> String {
        let part = |index| self.text.split(':').nth(index).unwrap_or_default();
        let account = account.unwrap_or_else(|| part(4));
        format!("arn:{}:cloudformation:{}:{account}:stack/{name}/*", part(1), part(3))
    }
}

impl FromStr for ServiceToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_label = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = text.split(':').collect();
        let (kind, name) = match parts[..] {
            ["arn", _, "lambda", _, _, "function", name] => (Kind::Function, name),
            ["arn", _, "sns", _, _, name] => (Kind::Topic, name),
            _ => return Err(expected()),
        };
        let is_one = [parts[1], parts[3], name].into_iter().all(is_label) && is_account(parts[4]);
        is_one.then(|| Self { text: text.to_owned(), kind }).ok_or_else(expected)
    }
}

impl fmt::Display for ServiceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn expected() -> String {
    "expected the ARN of a function (arn:<partition>:lambda:<region>:<account>:function:<name>) or of a topic \
     (arn:<partition>:sns:<region>:<account>:<name>)"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_and_a_topic_are_told_apart() {
        for (text, action, stacks) in [
            (
                "arn:aws:lambda:eu-west-2:123456789012:function:connect-profiles-provider",
                "lambda:InvokeFunction",
                "arn:aws:cloudformation:eu-west-2:123456789012:stack/a*/*",
            ),
            (
                "arn:aws-cn:sns:cn-north-1:123456789012:connect-profiles-requests",
                "sns:Publish",
                "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/a*/*",
            ),
        ] {
            let token: ServiceToken = text.parse().unwrap();
            assert_eq!((token.to_string().as_str(), token.action()), (text, action));
            assert_eq!(token.stacks(None, "a*"), stacks);
            let elsewhere = stacks.replace("123456789012", "111111111111");
            assert_eq!(token.stacks(Some("111111111111"), "a*"), elsewhere);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "provider",
            "arn:aws:lambda:eu-west-2:123456789012:function:provider:1",
            "arn:aws:lambda:eu-west-2:1234:function:provider",
            "arn:aws:lambda:*:123456789012:function:*",
            "arn:aws:sqs:eu-west-2:123456789012:queue",
            "arn:aws:sns:eu-west-2:123456789012:",
        ] {
            assert_eq!(text.parse::<ServiceToken>(), Err(expected()), "{text}");
        }
    }
}
