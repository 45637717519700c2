//! The code of each failure of the provider: one word for the line in the log and for the metric.
//!
//! A word stays the same from version to version. Every type of error is mapped here, and nowhere by a default: a new error
//! does not compile without a code. The failures that the protocol finds by itself are
//! [`ProtocolCode`](custom_resource::ProtocolCode)s.

use std::fmt;
use std::str::FromStr;

use crate::connect_error::ConnectError;
use crate::guards::{Forbidden, Guard};
use crate::operation::Class;
use crate::plan::Refusal;
use crate::provider::ProviderError;

/// Makes the enum and all that must name each of its codes from one table.
macro_rules! codes {
    ($($code:ident: $meaning:literal,)*) => {
        /// The code of a failure.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: [Self; [$(stringify!($code)),*].len()] = [$(Self::$code),*];

            /// The word.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// What it means, in one sentence without a full stop.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$code => $meaning,)* }
            }
        }
    };
}

codes! {
    AccountMismatch: "the profile is in another account than the one in which Connect is called",
    AdoptionNotUndone: "an adoption failed, and the profile could not be put back as it was",
    CredentialsRejected: "there are no credentials, or Connect does not accept them",
    EndpointUnreachable: "no connection to Connect or STS came about",
    GuardDeniedInstance: "`ALLOWED_INSTANCE_ARNS` does not list the instance",
    GuardDeniedPermission: "`DENIED_PERMISSIONS` denies a permission",
    GuardDeniedProfileName: "`PROTECTED_PROFILE_NAMES` protects a profile of that name",
    GuardDeniedRole: "`ALLOWED_ROLE_ARNS` does not list the role",
    GuardDeniedStackAccount: "`ALLOWED_STACK_ACCOUNTS` does not list the stack's account",
    InvalidPhysicalId: "CloudFormation holds an id that is not a profile's",
    InvalidProperty: "properties of the template are invalid; Connect was not called",
    InvalidRequest: "Connect refuses the request itself",
    ManagedByAnotherStack: "another stack manages the profile",
    ManagedByAws: "the profile is of type `AWS_MANAGED`",
    Misconfigured: "a variable of the function is invalid",
    NameTaken: "an unmanaged profile has that name",
    NameTakenNotListed: "Connect says that the name is taken, and lists no profile of that name",
    OwnershipTagNotVisible: "the ownership tag that was set could not be read back",
    PartitionMismatch: "the physical id is of another partition than the function",
    PermissionDenied: "IAM denies the call to Connect",
    ProfileDeletedMeanwhile: "the profile was deleted while it was being adopted",
    ProfileInUse: "users or agents hold the profile, and Connect does not delete it",
    ProfileNotFound: "a lookup found no profile of that name",
    QuotaExceeded: "the instance holds as many profiles as its quota allows",
    ResourceNotFound: "Connect does not know the instance or the profile",
    ResponseTooLarge: "a response of Connect or STS was larger than what is read",
    RoleNotAssumed: "STS refuses the role of `RoleArn`",
    ServiceUnavailable: "Connect failed, or did not respond until the time was over",
    Throttled: "Connect or STS throttled the call until the time was over",
    TooManyTags: "the profile would have more tags than Connect allows",
    UnknownResourceType: "the provider does not know the type in the template",
}

impl From<&ProviderError> for Code {
    fn from(error: &ProviderError) -> Self {
        match error {
            ProviderError::Properties(_) => Self::InvalidProperty,
            ProviderError::Connect(error) => error.into(),
            ProviderError::Refusal(refusal) => refusal.into(),
            ProviderError::Forbidden(forbidden) => forbidden.into(),
            ProviderError::ElsewhereAccount { .. } => Self::AccountMismatch,
            ProviderError::ElsewherePartition { .. } => Self::PartitionMismatch,
            ProviderError::TakenUnseen { .. } => Self::NameTakenNotListed,
            ProviderError::NotFound { .. } => Self::ProfileNotFound,
            ProviderError::Vanished(_) => Self::ProfileDeletedMeanwhile,
            ProviderError::ClaimNotSeen(_) => Self::OwnershipTagNotVisible,
            ProviderError::NotPutBack { .. } => Self::AdoptionNotUndone,
            ProviderError::NothingToUpdate(_) => Self::InvalidPhysicalId,
            ProviderError::UnknownType(_) => Self::UnknownResourceType,
            ProviderError::Misconfigured(_) => Self::Misconfigured,
        }
    }
}

impl From<&ConnectError> for Code {
    fn from(error: &ConnectError) -> Self {
        match error.class {
            Class::Throttled => Self::Throttled,
            Class::Unreachable => Self::EndpointUnreachable,
            Class::Lost => Self::ServiceUnavailable,
            Class::Denied => Self::PermissionDenied,
            Class::Gone => Self::ResourceNotFound,
            Class::Duplicate => Self::NameTaken,
            Class::InUse => Self::ProfileInUse,
            Class::LimitExceeded => Self::QuotaExceeded,
            Class::Invalid => Self::InvalidRequest,
            Class::TooLarge => Self::ResponseTooLarge,
            Class::NotAssumed => Self::RoleNotAssumed,
            Class::BadCredentials => Self::CredentialsRejected,
        }
    }
}

impl From<&Refusal> for Code {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::TakenByAnother { .. } | Refusal::AnotherOwner { .. } => Self::ManagedByAnotherStack,
            Refusal::TakenByNobody { .. } | Refusal::TakenWithoutTag { .. } => Self::NameTaken,
            Refusal::AwsManaged(_) => Self::ManagedByAws,
            Refusal::TooManyTags { .. } => Self::TooManyTags,
        }
    }
}

impl From<&Forbidden> for Code {
    fn from(forbidden: &Forbidden) -> Self {
        match forbidden.guard {
            Guard::StackAccounts => Self::GuardDeniedStackAccount,
            Guard::Roles => Self::GuardDeniedRole,
            Guard::Instances => Self::GuardDeniedInstance,
            Guard::DeniedPermissions => Self::GuardDeniedPermission,
            Guard::ProtectedNames => Self::GuardDeniedProfileName,
        }
    }
}

impl From<Code> for custom_resource::Code {
    fn from(code: Code) -> Self {
        Self::new(code.name())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A word that is no code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a code")]
pub struct UnknownCode;

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|code| code.name() == word).ok_or(UnknownCode)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use custom_resource::ProtocolCode;

    use super::*;

    #[test]
    fn each_code_is_a_word_of_its_own_also_beside_those_of_the_protocol_and_is_read_back() {
        for code in Code::ALL {
            assert_eq!(code.to_string().parse(), Ok(code));
            assert!(!code.meaning().ends_with('.'), "{code}");
        }
        let own = Code::ALL.map(custom_resource::Code::from);
        let words: BTreeSet<_> = own.into_iter().chain(ProtocolCode::ALL.map(ProtocolCode::code)).collect();
        assert_eq!(words.len(), Code::ALL.len() + ProtocolCode::ALL.len());
        assert_eq!("Whatever".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn each_guard_has_a_code_of_its_own() {
        let codes =
            Guard::ALL.map(|guard| Code::from(&Forbidden { guard, what: String::new(), denied: Vec::new() }));
        assert!(codes.iter().all(|code| code.name().starts_with("GuardDenied")));
        assert_eq!(codes.into_iter().collect::<BTreeSet<_>>().len(), Guard::ALL.len());
        let all = Code::ALL.into_iter().filter(|code| code.name().starts_with("GuardDenied"));
        assert_eq!(all.count(), Guard::ALL.len());
    }
}
