//! Why an event fails: what its template's author reads, and what its operator counts.

use custom_resource::Failure;

use super::{LOOKUP_TYPE, RESOURCE_TYPE};
use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::code::Code;
use crate::connect_error::ConnectError;
use crate::guards::Forbidden;
use crate::listing::{MOST_NAMES, listed};
use crate::metrics::Failed;
use crate::names::ProfileName;
use crate::operation::Class;
use crate::plan::Refusal;
use crate::properties::PropertyMistakes;

/// Why an event fails, as the template's author reads it.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The properties are wrong.
    #[error(transparent)]
    Properties(#[from] PropertyMistakes),
    /// A call failed for good.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The plan may not be carried out.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The operator does not allow it.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A physical id of another account than the calls are made in.
    #[error(
        "{arn} is in account {}, and the calls are made in {account}, the account of RoleArn or else of the provider",
        arn.instance().account()
    )]
    ElsewhereAccount {
        /// The profile.
        arn: SecurityProfileArn,
        /// Where the calls are made.
        account: String,
    },
    /// A physical id of another partition than the function's.
    #[error(
        "{arn} is in the partition `{}`, and the provider is in `{partition}`: it cannot be a profile that this provider manages",
        arn.instance().partition()
    )]
    ElsewherePartition {
        /// The profile.
        arn: SecurityProfileArn,
        /// The partition of the function.
        partition: String,
    },
    /// A profile of that name exists, and none is to be seen.
    #[error(
        "{instance} says that the name `{name}` is taken, but no list shows a profile of exactly this name. Give this one \
         another name, or try again in a few minutes"
    )]
    TakenUnseen {
        /// The name.
        name: ProfileName,
        /// Where it is taken.
        instance: InstanceArn,
    },
    /// There is no profile to look up.
    #[error("{instance} has no profile called exactly `{name}`{}", nearest.as_ref().map(|it| format!("; the nearest name is `{it}`")).unwrap_or_default())]
    NotFound {
        /// The name.
        name: ProfileName,
        /// Where it was looked for.
        instance: InstanceArn,
        /// A name that there is.
        nearest: Option<String>,
    },
    /// A profile was deleted while it was being taken over.
    #[error("{0} was deleted by somebody while it was being taken over; deploy again")]
    Vanished(SecurityProfileArn),
    /// The claim of a profile cannot be read back.
    #[error("the owner tag that was set on {0} did not show within 10 s; try again in a few minutes")]
    ClaimNotSeen(SecurityProfileArn),
    /// A profile could not be taken over, nor put back as it was.
    #[error("{error}. {arn} was being taken over, and putting it back as it was failed, too: {left}")]
    NotPutBack {
        /// Why it could not be taken over.
        error: Box<Self>,
        /// The profile.
        arn: SecurityProfileArn,
        /// What failed of putting it back.
        left: String,
    },
    /// An Update of something that is not a profile.
    #[error(
        "`{0}` is not the id of a profile, so there is nothing to update: remove the resource from the template, deploy, and add it again"
    )]
    NothingToUpdate(String),
    /// The type in the template is not ours.
    #[error("the provider does not know the type `{0}`; it provides `{RESOURCE_TYPE}` and `{LOOKUP_TYPE}`")]
    UnknownType(String),
    /// The function's own settings are wrong.
    #[error("the provider is misconfigured: {0}")]
    Misconfigured(String),
}

impl ProviderError {
    /// What its failure is counted as.
    #[must_use]
    pub fn counted(&self) -> Failed {
        Failed { class: self.class(), code: Code::from(self).into() }
    }

    /// What the protocol responds with and logs: code and reason, and of a guard's refusal the guard and the permissions.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let failure = Failure::coded(Code::from(self), self.to_string());
        match self {
            // As many invalid properties as any list in the log has.
            Self::Properties(invalid) if invalid.0.len() > MOST_NAMES => {
                failure.summarised(format!("{invalid:.MOST_NAMES$}")).with("invalid_count", invalid.0.len())
            }
            Self::Forbidden(forbidden) => {
                let failure = failure.with("guard", forbidden.guard.variable());
                match forbidden.denied.len() {
                    0 => failure,
                    count => {
                        failure.with("permissions", listed(&forbidden.denied)).with("permission_count", count)
                    }
                }
            }
            Self::Connect(error) => failure
                .with("operation", error.operation.name())
                .with("connect_request_id", error.request_id.clone()),
            Self::NotPutBack { error, .. } => failure.with("cause", Code::from(&**error).name()),
            _ => failure,
        }
    }

    /// The class that its failure is counted as.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Properties(_) => "Properties",
            Self::Refusal(_) => "Refused",
            Self::Forbidden(_) => "Forbidden",
            Self::ElsewhereAccount { .. }
            | Self::ElsewherePartition { .. }
            | Self::UnknownType(_)
            | Self::NothingToUpdate(_) => "Invalid",
            Self::TakenUnseen { .. } | Self::NotFound { .. } => "NotFound",
            Self::Vanished(_) | Self::ClaimNotSeen(_) => "Changed",
            Self::NotPutBack { .. } => "NotPutBack",
            Self::Misconfigured(_) => "Misconfigured",
            Self::Connect(error) => match error.class {
                Class::Throttled => "Throttled",
                Class::Unreachable => "Unreachable",
                Class::Lost => "Lost",
                Class::TooLarge => "TooLarge",
                Class::Denied => "Denied",
                Class::Gone => "Gone",
                Class::Duplicate => "Duplicate",
                Class::InUse => "InUse",
                Class::LimitExceeded => "LimitExceeded",
                Class::Invalid => "Invalid",
                Class::NotAssumed => "NotAssumed",
                Class::BadCredentials => "BadCredentials",
            },
        }
    }
}
