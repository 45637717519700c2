//! The operations of Connect that the provider calls, and how their failures are told apart.

use std::fmt;

/// An operation, named as in the API and, after `connect:`, in IAM.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    /// Not idempotent: there is no client token.
    CreateSecurityProfile,
    /// Sets the members given, whole.
    UpdateSecurityProfile,
    /// Refused while users hold the profile.
    DeleteSecurityProfile,
    /// Everything but the four lists.
    DescribeSecurityProfile,
    /// Names and ids of one instance.
    ListSecurityProfiles,
    /// One profile's permissions.
    ListSecurityProfilePermissions,
    /// One profile's applications.
    ListSecurityProfileApplications,
    /// One profile's flow modules.
    ListSecurityProfileFlowModules,
    /// One profile's AI agents.
    ListSecurityProfileAiAgents,
    /// By ARN.
    TagResource,
    /// By ARN.
    UntagResource,
    /// The instances of an account in a region. For people who look for theirs: no event asks for it.
    ListInstances,
}

/// What a failed call means for what happens next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Certainly not carried out; worth trying again after a while.
    Throttled,
    /// No connection came about: certainly not carried out either, and worth trying again.
    Unreachable,
    /// No answer, or a 5xx: it may have been carried out or not.
    Lost,
    /// The response is larger than any of Connect's, or the list does not end: it is not read, and not asked for again. What
    /// was to be written may have been.
    TooLarge,
    /// The caller may not.
    Denied,
    /// There is no such profile or instance.
    Gone,
    /// The name is taken.
    Duplicate,
    /// Users or agents hold the profile.
    InUse,
    /// A quota of the instance is used up. Comes with status 429, yet waiting does not help.
    LimitExceeded,
    /// The request itself is wrong.
    Invalid,
    /// The role that the template names cannot be assumed.
    NotAssumed,
    /// The function has no credentials to sign with, or the service does not accept them.
    BadCredentials,
}

/// Sorts a service error by its code, or by its status if the code says nothing. Never by its message: a flow module that is
/// not valid yet is waited for in `connect::flow_modules`, and its class is that of every invalid value.
#[must_use]
pub fn classify(code: Option<&str>, status: u16) -> Class {
    match code.unwrap_or_default() {
        "ThrottlingException" | "TooManyRequestsException" | "Throttling" | "RequestLimitExceeded" => {
            Class::Throttled
        }
        "LimitExceededException" | "ServiceQuotaExceededException" => Class::LimitExceeded,
        "ResourceNotFoundException" => Class::Gone,
        "DuplicateResourceException" => Class::Duplicate,
        "ResourceInUseException" => Class::InUse,
        "AccessDeniedException" => Class::Denied,
        "ExpiredTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "UnrecognizedClientException" => Class::BadCredentials,
        "InternalServiceException" => Class::Lost,
        "InvalidParameterException" | "InvalidRequestException" => Class::Invalid,
        _ => match status {
            429 => Class::Throttled,
            401 | 403 => Class::Denied,
            // An answer of success that cannot be read says only that something was done.
            200..=299 | 408 | 500..=599 => Class::Lost,
            _ => Class::Invalid,
        },
    }
}

impl Operation {
    /// Every operation of the function: what its role must allow, and no more.
    pub const ALL: [Self; 11] = [
        Self::CreateSecurityProfile,
        Self::UpdateSecurityProfile,
        Self::DeleteSecurityProfile,
        Self::DescribeSecurityProfile,
        Self::ListSecurityProfiles,
        Self::ListSecurityProfilePermissions,
        Self::ListSecurityProfileApplications,
        Self::ListSecurityProfileFlowModules,
        Self::ListSecurityProfileAiAgents,
        Self::TagResource,
        Self::UntagResource,
    ];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateSecurityProfile => "CreateSecurityProfile",
            Self::UpdateSecurityProfile => "UpdateSecurityProfile",
            Self::DeleteSecurityProfile => "DeleteSecurityProfile",
            Self::DescribeSecurityProfile => "DescribeSecurityProfile",
            Self::ListSecurityProfiles => "ListSecurityProfiles",
            Self::ListSecurityProfilePermissions => "ListSecurityProfilePermissions",
            Self::ListSecurityProfileApplications => "ListSecurityProfileApplications",
            Self::ListSecurityProfileFlowModules => "ListSecurityProfileFlowModules",
            Self::ListSecurityProfileAiAgents => "ListSecurityProfileAIAgents",
            Self::TagResource => "TagResource",
            Self::UntagResource => "UntagResource",
            Self::ListInstances => "ListInstances",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "connect:{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_model_has_its_class() {
        for (code, status, class) in [
            ("InvalidRequestException", 400, Class::Invalid),
            ("InvalidParameterException", 400, Class::Invalid),
            ("ResourceNotFoundException", 404, Class::Gone),
            ("ThrottlingException", 429, Class::Throttled),
            ("TooManyRequestsException", 429, Class::Throttled),
            ("InternalServiceException", 500, Class::Lost),
            ("DuplicateResourceException", 409, Class::Duplicate),
            ("LimitExceededException", 429, Class::LimitExceeded),
            ("ResourceInUseException", 409, Class::InUse),
            ("AccessDeniedException", 403, Class::Denied),
            ("ExpiredTokenException", 403, Class::BadCredentials),
            ("InvalidClientTokenId", 403, Class::BadCredentials),
            ("IncompleteSignatureException", 403, Class::BadCredentials),
        ] {
            assert_eq!(classify(Some(code), status), class, "{code}");
        }
    }

    #[test]
    fn without_a_known_code_the_status_decides() {
        for (status, class) in [
            (429, Class::Throttled),
            (403, Class::Denied),
            (200, Class::Lost),
            (503, Class::Lost),
            (408, Class::Lost),
            (400, Class::Invalid),
            (301, Class::Invalid),
        ] {
            assert_eq!(classify(None, status), class, "{status}");
            assert_eq!(classify(Some("Unheard"), status), class, "{status}");
        }
    }
}
