//! A call to Connect that failed for good: which, on what, what the service said, and what a person can do.

use std::fmt;

use crate::operation::{Class, Operation};

/// The failure of one operation, after all the tries it was worth.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct ConnectError {
    /// The operation.
    pub operation: Operation,
    /// The ARN it was about.
    pub subject: String,
    /// What it means.
    pub class: Class,
    /// The service's code, if it answered.
    pub code: Option<String>,
    /// The service's message, or what went wrong on the way to it.
    pub message: String,
    /// The service's request id, if it answered.
    pub request_id: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether any of the tries may have been carried out, whatever became of the last.
    pub may_have_effect: bool,
}

impl ConnectError {
    /// One try that may have been carried out, or may not.
    #[must_use]
    pub fn lost(
        operation: Operation,
        subject: &str,
        message: impl Into<String>,
        request_id: Option<&str>,
    ) -> Self {
        Self {
            operation,
            subject: subject.to_owned(),
            class: Class::Lost,
            code: None,
            message: message.into(),
            request_id: request_id.map(ToOwned::to_owned),
            attempts: 1,
            may_have_effect: true,
        }
    }

    /// A list that is not read to its end, or a response with more in it than there can be.
    #[must_use]
    pub fn too_large(operation: Operation, subject: &str, why: impl fmt::Display) -> Self {
        let (class, may_have_effect) = (Class::TooLarge, false);
        Self { class, may_have_effect, ..Self::lost(operation, subject, why.to_string(), None) }
    }

    /// What to do about it, if there is something.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self.class {
            Class::Denied => Some(self.advice_for_denial()),
            Class::Throttled => Some(
                "the quota is 2 requests a second for each operation, shared by the account and region: try again, \
                 or have it raised"
                    .to_owned(),
            ),
            Class::LimitExceeded => {
                Some("the instance holds as many security profiles as its quota allows (100 unless raised)".to_owned())
            }
            Class::InUse => Some("take the profile off the users and agents who hold it, then delete again".to_owned()),
            Class::BadCredentials => {
                Some(
                    "check the region in InstanceArn, and that the function has an execution role: its credentials are the role's"
                        .to_owned(),
                )
            }
            Class::NotAssumed => Some(
                "allow the function's role `sts:AssumeRole` on it, and let its trust policy name the function's role, with \
                 the ExternalId of the template if it asks for one"
                    .to_owned(),
            ),
            Class::Unreachable => Some(
                "check the region in InstanceArn and, for a function in a VPC, its way to Connect".to_owned(),
            ),
            Class::Lost => Some("try again; if it lasts, see the AWS Health dashboard for Connect".to_owned()),
            Class::TooLarge => Some(
                "it is not asked for again; check that the endpoint is Connect's, and report it to AWS Support if it is"
                    .to_owned(),
            ),
            Class::Gone => Some("check that it exists, in this account and region".to_owned()),
            Class::Invalid => Some("see what the message names, and correct it in the template".to_owned()),
            Class::Duplicate => None,
        }
    }
}

impl ConnectError {
    /// IAM's message says whether a policy denies the call or none allows it, and on which of the resources that the request
    /// names. Without that, it is said of the profile.
    fn advice_for_denial(&self) -> String {
        let Self { operation, subject, message, .. } = self;
        if message.contains("explicit deny") {
            return "a policy denies this explicitly, and no further permission helps: check `ProtectedProfileArns` and \
                    `OnlyOwnedProfiles` of the provider, the role's permissions boundary and service control policies"
                .to_owned();
        }
        let own = iam_resource(*operation, subject);
        let denied = message.split_once("on resource: ").and_then(|(_, rest)| rest.split_whitespace().next());
        let resource = denied.filter(|resource| resource.starts_with("arn:")).unwrap_or(&own);
        let is_creation = *operation == Operation::CreateSecurityProfile && resource == own;
        let with_tags = if is_creation { " and `connect:TagResource`" } else { "" };
        format!("allow the function's role `{operation}`{with_tags} on `{resource}`")
    }
}

/// Creation is authorised on profiles that have no id yet; the rest on what they name.
fn iam_resource(operation: Operation, subject: &str) -> String {
    match operation {
        Operation::CreateSecurityProfile => format!("{subject}/security-profile/*"),
        _ => subject.to_owned(),
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, subject, code, message, request_id, attempts, .. } = self;
        write!(formatter, "{operation} on {subject} failed")?;
        if *attempts > 1 {
            write!(formatter, " {attempts} times")?;
        }
        if let Some(code) = code {
            write!(formatter, ": {code}")?;
        }
        if !message.is_empty() {
            write!(formatter, ": {}", message.trim_end_matches('.'))?;
        }
        if let Some(request_id) = request_id {
            write!(formatter, " (request id {request_id})")?;
        }
        match self.advice() {
            Some(advice) => write!(formatter, "; {advice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_action_the_code_the_message_the_request_and_the_way_out() {
        let error = |operation, class, code: &str, message: &str| {
            let error = ConnectError {
                operation,
                subject: "arn:aws:connect:us-east-1:123456789012:instance/i".to_owned(),
                class,
                code: Some(code.to_owned()),
                message: message.to_owned(),
                request_id: Some("0f0f".to_owned()),
                attempts: 1,
                may_have_effect: false,
            };
            error.to_string()
        };
        let texts = [
            error(
                Operation::CreateSecurityProfile,
                Class::Denied,
                "AccessDeniedException",
                "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: connect:CreateSecurityProfile",
            ),
            error(Operation::DeleteSecurityProfile, Class::InUse, "ResourceInUseException", "In use."),
            error(
                Operation::CreateSecurityProfile,
                Class::LimitExceeded,
                "LimitExceededException",
                "The limit is 100",
            ),
            error(
                Operation::UpdateSecurityProfile,
                Class::Invalid,
                "InvalidParameterException",
                "Bad permission",
            ),
        ];
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn a_denial_leads_to_the_resource_that_iam_names_and_an_explicit_one_to_the_policies_that_deny() {
        let instance = "arn:aws:connect:us-east-1:123456789012:instance/i";
        let denied = |operation: Operation, message: &str| {
            let subject = format!("{instance}/security-profile/p");
            let class = Class::Denied;
            ConnectError { class, ..ConnectError::lost(operation, &subject, message, None) }.advice().unwrap()
        };
        let update = Operation::UpdateSecurityProfile;
        let because = "because no identity-based policy allows the action";
        for (message, expected) in [
            (
                format!("… on resource: {instance}/flow-module/m {because}"),
                format!("on `{instance}/flow-module/m`"),
            ),
            (
                format!("… on resource: arn:aws:app-integrations:us-east-1:1:application/a {because}"),
                "on `arn:aws:app-integrations:us-east-1:1:application/a`".to_owned(),
            ),
            ("… on resource: *".to_owned(), format!("on `{instance}/security-profile/p`")),
            ("no".to_owned(), format!("on `{instance}/security-profile/p`")),
        ] {
            let advice = denied(update, &message);
            assert_eq!(advice, format!("allow the function's role `{update}` {expected}"), "{message}");
        }
        let explicit = denied(update, "… on resource: x with an explicit deny in an identity-based policy");
        assert!(explicit.contains("ProtectedProfileArns") && !explicit.contains("allow the"), "{explicit}");
    }

    #[test]
    fn a_failure_without_an_answer_says_so() {
        let error = ConnectError {
            operation: Operation::DescribeSecurityProfile,
            subject: "arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p".to_owned(),
            class: Class::Lost,
            code: None,
            message: "no answer within 10 s".to_owned(),
            request_id: None,
            attempts: 4,
            may_have_effect: true,
        };
        insta::assert_snapshot!(error);
    }
}
