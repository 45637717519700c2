//! Which source the credentials come from: of the environment, a profile, a container or the instance, the first that has any.

use std::fmt;

use aws_config::profile::Profile;
use connect_security_profile::undisclosed::Undisclosed;

use super::{Files, is_visible, profiles, variable};
use crate::failure::Failure;

/// The roles that are assumed, and the credentials that the first of them is assumed with.
#[derive(Clone, Debug)]
pub struct Source {
    /// By the order in which the profile names them: the first is whom AWS is called as.
    pub(super) roles: Vec<Role>,
    pub(super) base: Base,
    /// The files in which a profile was looked for.
    pub(super) config_path: String,
    /// The profile that is wanted, whether it has credentials or not.
    pub(super) wanted: String,
}

/// A role that a profile names.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) external_id: Option<Undisclosed>,
    pub(super) asks_mfa: bool,
}

impl Role {
    pub(super) fn of(profile: &Profile) -> Self {
        Self {
            profile: profile.name().to_owned(),
            arn: profile.get("role_arn").unwrap_or_default().to_owned(),
            external_id: profile.get("external_id").map(Undisclosed::from),
            asks_mfa: profile.get("mfa_serial").is_some(),
        }
    }
}

/// Where credentials come from without another's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Base {
    Environment,
    Keys { profile: String },
    Sso { profile: String, session: Option<String> },
    Process { profile: String },
    WebIdentity { profile: Option<String>, file: String, role_arn: String },
    Container,
    InstanceMetadata,
}

impl Source {
    /// The source that the SDK's chain comes to. An error where a setting is one that no chain could go by.
    pub fn of(files: &Files, has_flag: bool) -> Result<Self, Failure> {
        let (roles, base) = found(files, has_flag)?;
        let source =
            Self { roles, base, config_path: files.config_path(), wanted: files.wanted().to_owned() };
        // Keys that a role is assumed with sign inside the chain, before it gives anything.
        match source.stated(files).into_iter().find(|(_, value)| !is_visible(value)) {
            Some((part, _)) => Err(source.unsendable(part)),
            None => Ok(source),
        }
    }

    /// That a part of its credentials has characters which no HTTP header may have.
    pub(super) fn unsendable(&self, part: &str) -> Failure {
        Failure::new(format_args!("the {part} from {} has a character that is not visible ASCII", self.base))
            .hint(format_args!(
                "a line break, a space or a quote of another keyboard is one: {}",
                self.way_out()
            ))
    }

    /// What a request carries of keys that are written down.
    fn stated(&self, files: &Files) -> Vec<(&'static str, String)> {
        let names = ["access key id", "session token"];
        let values = match &self.base {
            Base::Environment => ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"].map(variable),
            Base::Keys { profile } => ["aws_access_key_id", "aws_session_token"]
                .map(|key| files.profile(profile)?.get(key).map(ToOwned::to_owned)),
            _ => [None, None],
        };
        names.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Whether STS is asked on the way.
    pub(super) fn needs_sts(&self) -> bool {
        !self.roles.is_empty() || matches!(self.base, Base::WebIdentity { .. })
    }

    /// That there is no region to ask STS in.
    pub(super) fn no_region(&self) -> Failure {
        let profile = match (&self.roles.first(), &self.base) {
            (Some(role), _) => Some(&role.profile),
            (None, Base::WebIdentity { profile, .. }) => profile.as_ref(),
            _ => None,
        };
        let failure = Failure::new(format_args!("no region is known to call STS in, for {self}"));
        match profile {
            Some(profile) => failure.hint(format_args!(
                "name one with `--region`, set `AWS_REGION`, or add `region` to profile `{profile}`"
            )),
            None => failure.hint("name one with `--region`, or set `AWS_REGION`"),
        }
    }

    /// What to do where its credentials are refused, or have expired.
    #[must_use]
    pub fn way_out(&self) -> String {
        match &self.base {
            Base::Environment => {
                "set `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` again, or unset \
                                  them and name a profile with `--profile`"
                    .to_owned()
            }
            Base::Keys { profile } => format!(
                "write valid keys to profile `{profile}`, for example with `aws configure {}`",
                flag(profile)
            ),
            Base::Sso { profile, .. } => format!("run `aws sso login {}`", flag(profile)),
            Base::Process { profile } => {
                format!(
                    "correct `credential_process` of profile `{profile}`, or log in where it gets the credentials"
                )
            }
            Base::WebIdentity { file, .. } => format!("renew the token in `{file}`"),
            Base::Container => "check the role of the task or pod".to_owned(),
            Base::InstanceMetadata => "check the role of the instance".to_owned(),
        }
    }
}

fn found(files: &Files, has_flag: bool) -> Result<(Vec<Role>, Base), Failure> {
    if !has_flag {
        let [id, secret] =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| variable(name).is_some());
        match (id, secret) {
            (true, true) => return Ok((Vec::new(), Base::Environment)),
            // The chain would go on with another source than the one that was meant.
            (true, false) => {
                return Err(Failure::new("`AWS_ACCESS_KEY_ID` is set, but `AWS_SECRET_ACCESS_KEY` is not")
                    .hint("set both, or unset both and name a profile with `--profile`"));
            }
            (false, true) => {
                return Err(Failure::new("`AWS_SECRET_ACCESS_KEY` is set, but `AWS_ACCESS_KEY_ID` is not")
                    .hint("set both, or unset both and name a profile with `--profile`"));
            }
            (false, false) => {}
        }
    }
    if let Some(found) = profiles::resolve(files)? {
        return Ok(found);
    }
    let web_identity = (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN"));
    if let (Some(file), Some(role_arn), false) = (web_identity.0, web_identity.1, has_flag) {
        return Ok((Vec::new(), Base::WebIdentity { profile: None, file, role_arn }));
    }
    if let (Some(_), None, false) =
        (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN"), has_flag)
    {
        return Err(Failure::new("`AWS_WEB_IDENTITY_TOKEN_FILE` is set, but `AWS_ROLE_ARN` is not")
            .hint("set both, or unset both and name a profile with `--profile`"));
    }
    Ok((Vec::new(), if container().is_some() { Base::Container } else { Base::InstanceMetadata }))
}

/// `--profile NAME`, as a shell takes it.
pub(super) fn flag(profile: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "._-@/+:".contains(it);
    if !profile.is_empty() && profile.chars().all(is_plain) {
        return format!("--profile {profile}");
    }
    format!("--profile '{}'", profile.replace('\'', "'\\''"))
}

/// The variable that names a container's credentials, and its value.
pub(super) fn container() -> Option<(&'static str, String)> {
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        .into_iter()
        .find_map(|name| Some((name, std::env::var(name).ok()?)))
}

/// As in "… gave credentials that have expired".
impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.roles.first() {
            Some(Role { profile, arn, .. }) => write!(formatter, "role `{arn}` of profile `{profile}`"),
            None => self.base.fmt(formatter),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => {
                formatter.write_str("the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`)")
            }
            Self::Keys { profile } => write!(formatter, "profile `{profile}` (access keys)"),
            Self::Sso { profile, session: Some(session) } => {
                write!(formatter, "profile `{profile}` (SSO session `{session}`)")
            }
            Self::Sso { profile, session: None } => write!(formatter, "profile `{profile}` (SSO)"),
            Self::Process { profile } => write!(formatter, "profile `{profile}` (`credential_process`)"),
            Self::WebIdentity { profile: Some(profile), file, .. } => {
                write!(formatter, "profile `{profile}` (web identity token in `{file}`)")
            }
            Self::WebIdentity { profile: None, file, .. } => {
                write!(formatter, "the web identity token in `{file}`")
            }
            Self::Container => formatter.write_str("the container's credentials endpoint"),
            Self::InstanceMetadata => formatter.write_str("the EC2 instance metadata service"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_in_a_hint_can_be_pasted_into_a_shell() {
        for (name, wanted) in [
            ("work", "--profile work"),
            ("team@corp.dev", "--profile team@corp.dev"),
            ("two words", "--profile 'two words'"),
            ("it's", "--profile 'it'\\''s'"),
            ("$(touch x)", "--profile '$(touch x)'"),
        ] {
            assert_eq!(flag(name), wanted);
        }
    }
}
