//! The ARNs of a Connect instance, of a security profile in it, and of a role to be assumed.
//!
//! A profile's ARN contains its instance's, so the two cannot disagree, and the tag operations (which take an ARN) cannot
//! be given a bare id. Knows the form only, not whether anything of that name exists.

use std::fmt;
use std::str::FromStr;

/// `arn:<partition>:connect:<region>:<account>:instance/<id>`; the id is 1 to 100 of `[a-zA-Z0-9-]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InstanceArn {
    partition: String,
    region: String,
    account: String,
    id: String,
}

/// `<instance ARN>/security-profile/<id>`: what `Ref` returns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SecurityProfileArn {
    instance: InstanceArn,
    id: String,
}

/// `arn:<partition>:iam::<account>:role/<path and name>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoleArn {
    text: String,
}

/// The text is not an ARN of the kind asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ArnError {
    /// Not an instance's ARN.
    #[error(
        "`{0}` is not a Connect instance ARN (`arn:<partition>:connect:<region>:<account>:instance/<id>`)"
    )]
    Instance(String),
    /// Not a security profile's ARN.
    #[error("`{0}` is not a security profile ARN (`<instance ARN>/security-profile/<id>`)")]
    SecurityProfile(String),
    /// Not a role's ARN.
    #[error("`{0}` is not a role ARN (`arn:<partition>:iam::<account>:role/<name>`)")]
    Role(String),
}

impl InstanceArn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The region Connect is called in.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The twelve digits of the account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The instance's id, as the API takes it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ARN of the profile `id` in this instance.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<SecurityProfileArn> {
        is_id(id).then(|| SecurityProfileArn { instance: self.clone(), id: id.to_owned() })
    }
}

impl SecurityProfileArn {
    /// The instance the profile belongs to.
    #[must_use]
    pub fn instance(&self) -> &InstanceArn {
        &self.instance
    }

    /// The profile's id, as the API takes it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl FromStr for InstanceArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        parse_instance(text).ok_or_else(|| ArnError::Instance(text.to_owned()))
    }
}

impl FromStr for SecurityProfileArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        text.split_once("/security-profile/")
            .and_then(|(instance, id)| parse_instance(instance)?.profile(id))
            .ok_or_else(|| ArnError::SecurityProfile(text.to_owned()))
    }
}

impl RoleArn {
    /// The twelve digits of the role's account.
    #[must_use]
    pub fn account(&self) -> &str {
        self.text.split(':').nth(4).unwrap_or_default()
    }
}

impl FromStr for RoleArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let parts: Vec<&str> = text.split(':').collect();
        let is_role = match parts[..] {
            ["arn", partition, "iam", "", account, resource] => {
                let name = resource.strip_prefix("role/").unwrap_or_default();
                partition.starts_with("aws")
                    && is_label(partition)
                    && is_account(account)
                    && (1..=512).contains(&name.len())
                    && !name.ends_with('/')
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte))
            }
            _ => false,
        };
        if is_role { Ok(Self { text: text.to_owned() }) } else { Err(ArnError::Role(text.to_owned())) }
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn parse_instance(text: &str) -> Option<InstanceArn> {
    let mut parts = text.splitn(6, ':');
    if parts.next()? != "arn" {
        return None;
    }
    let partition = parts.next()?;
    let service = parts.next()?;
    let region = parts.next()?;
    let account = parts.next()?;
    let id = parts.next()?.strip_prefix("instance/")?;
    let well_formed = partition.starts_with("aws")
        && is_label(partition)
        && service == "connect"
        && is_label(region)
        && is_account(account)
        && is_id(id);
    well_formed.then(|| InstanceArn {
        partition: partition.to_owned(),
        region: region.to_owned(),
        account: account.to_owned(),
        id: id.to_owned(),
    })
}

/// Whether the text has the form of an account's number: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A label of a host name, which the region becomes: at most 63 characters. Thus no ARN is too long to be a physical id.
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Display for InstanceArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, id } = self;
        write!(formatter, "arn:{partition}:connect:{region}:{account}:instance/{id}")
    }
}

impl fmt::Display for SecurityProfileArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/security-profile/{}", self.instance, self.id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_an_instance_arn_is_refused() {
        for text in [
            "",
            "i-123",
            "arn:aws:connect:us-east-1:12345678901:instance/a",
            "arn:aws:connect:us-east-1:12345678901x:instance/a",
            "arn:aws:connect:us-east-1:123456789012:instance/",
            "arn:aws:connect:us-east-1:123456789012:instance/a/b",
            "arn:aws:connect:us-east-1:123456789012:instance/a ",
            "arn:aws:connect::123456789012:instance/a",
            "arn:aws:ec2:us-east-1:123456789012:instance/a",
            "arn:evil:connect:us-east-1:123456789012:instance/a",
            "ARN:aws:connect:us-east-1:123456789012:instance/a",
            "arn:aws:connect:us-east-1@evil:123456789012:instance/a",
        ] {
            assert!(text.parse::<InstanceArn>().is_err(), "{text}");
        }
        let long = format!("arn:aws:connect:us-east-1:123456789012:instance/{}", "a".repeat(101));
        assert!(long.parse::<InstanceArn>().is_err());
        let long = format!("arn:aws:connect:{}:123456789012:instance/i", "a".repeat(64));
        assert!(long.parse::<InstanceArn>().is_err());
    }

    #[test]
    fn a_role_has_an_account_a_path_and_a_name() {
        let role: RoleArn = "arn:aws:iam::123456789012:role/teams/cc/Deploy-1".parse().unwrap();
        assert_eq!(role.account(), "123456789012");
        for text in [
            "",
            "Deploy",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/x/",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam:us-east-1:123456789012:role/x",
            "arn:aws:iam::12345678901:role/x",
            "arn:aws:iam::123456789012:role/x y",
            "arn:aws:iam::123456789012:role/x:y",
            "arn:evil:iam::123456789012:role/x",
        ] {
            assert!(text.parse::<RoleArn>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_the_inverse_of_printing(
            region in "[a-z]{2}-[a-z]{4,9}-[1-9]", account in "[0-9]{12}",
            instance in "[a-zA-Z0-9-]{1,100}", profile in "[a-zA-Z0-9-]{1,36}",
        ) {
            let text = format!("arn:aws:connect:{region}:{account}:instance/{instance}/security-profile/{profile}");
            let arn: SecurityProfileArn = text.parse().unwrap();
            prop_assert_eq!(arn.to_string(), text);
            prop_assert_eq!(arn.instance().to_string().parse::<InstanceArn>().unwrap(), arn.instance().clone());
            prop_assert_eq!(arn.instance().region(), region);
            prop_assert_eq!(arn.id(), profile);
        }
    }
}
