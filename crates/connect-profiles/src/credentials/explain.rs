//! An error of the SDK's credentials chain in words for who has to mend it: the source, why it failed, the way out.
//!
//! What a credential process or a metadata endpoint wrote is not shown, because a secret may be in it. Of STS and SSO the code
//! and the message are, without the `external_id`.

use std::error::Error;
use std::path::Path;

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use connect_security_profile::undisclosed::redact;

use super::source::{Base, Role, Source, container, flag};
use super::variable;
use crate::endpoint::{Endpoint, causes, unanswered, without_secrets};
use crate::failure::Failure;

/// The failure that an error of the chain means.
pub(super) fn explain(error: &CredentialsError, source: &Source, config: &SdkConfig) -> Failure {
    if let Some(refused) = refusal::<AssumeRoleError>(error) {
        return role(&refused, source, config);
    }
    if let Some(refused) = refusal::<AssumeRoleWithWebIdentityError>(error) {
        return web_identity(&refused, source, config);
    }
    if let Some(refused) = refusal::<GetRoleCredentialsError>(error) {
        return sso(&refused, source, config);
    }
    match &source.base {
        Base::Sso { profile, .. } => {
            let profile_flag = flag(profile);
            let state =
                if said(error).contains("expired") { "has expired" } else { "is missing or unreadable" };
            Failure::new(format_args!("the SSO token of {} {state}", source.base))
                .hint(format_args!("run `aws sso login {profile_flag}`"))
        }
        Base::Process { profile } => process(profile, &said(error)),
        Base::WebIdentity { file, .. } => {
            let why = std::fs::read(Path::new(file)).err().map_or_else(
                || "it is not valid UTF-8".to_owned(),
                |error| super::files::without_number(&error.to_string()),
            );
            Failure::new(format_args!("{} cannot be read: {why}", source.base)).hint(source.way_out())
        }
        Base::Container => from_container(error),
        Base::InstanceMetadata => from_instance(error, source),
        Base::Environment | Base::Keys { .. } => {
            Failure::new(format_args!("{source} gave no credentials")).hint(source.way_out())
        }
    }
}

/// What a service answered, or why it did not.
struct Refusal {
    code: Option<String>,
    message: String,
    unanswered: Option<String>,
}

impl Refusal {
    /// The code and what is said with it.
    fn reason(&self) -> String {
        match &self.code {
            Some(code) if self.message.is_empty() => code.clone(),
            Some(code) => format!("{code}: {}", self.message),
            None => "the answer has no code".to_owned(),
        }
    }

    fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the credentials that the call was signed with are not, or no longer, valid.
    fn is_of_caller(&self) -> bool {
        self.is(&["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch"])
    }
}

fn refusal<E>(error: &(dyn Error + 'static)) -> Option<Refusal>
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let error = causes(error).find_map(|cause| cause.downcast_ref::<SdkError<E, HttpResponse>>())?;
    let unanswered = unanswered(error);
    let message = error.message().unwrap_or_default().trim_end_matches('.');
    let id = error.request_id().map(|id| format!(" (request id {id})")).unwrap_or_default();
    Some(Refusal {
        code: error.code().map(ToOwned::to_owned),
        message: format!("{message}{id}").trim().to_owned(),
        unanswered,
    })
}

/// All that an error says, to look for words in; not to be shown.
fn said(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn role(refused: &Refusal, source: &Source, config: &SdkConfig) -> Failure {
    if let Some(why) = &refused.unanswered {
        return Endpoint::of("AWS STS", "STS", config)
            .failure(format_args!("{why}; it is needed for {source}"));
    }
    // Where there are several roles, STS names the one that it refused.
    let named = source.roles.iter().find(|role| refused.message.contains(&role.arn));
    let Some(role) = named.or(source.roles.last()) else {
        return Failure::new(format_args!("{source} gave no credentials: {}", refused.reason()));
    };
    let position = source.roles.iter().position(|it| std::ptr::eq(it, role)).unwrap_or_default();
    let with = source.roles.get(position + 1).map_or_else(
        || source.base.to_string(),
        |next| format!("role `{}` of profile `{}`", next.arn, next.profile),
    );
    let reason = redact(&refused.reason(), source.roles.iter().filter_map(|role| role.external_id.as_ref()));
    let Role { profile, arn, .. } = role;
    let failure = Failure::new(format_args!(
        "role `{arn}` of profile `{profile}` cannot be assumed with {with}: {reason}"
    ));
    if refused.is_of_caller() {
        return failure.hint(source.way_out());
    }
    if role.asks_mfa {
        let profile_flag = flag(profile);
        return failure.hint(format_args!(
            "`mfa_serial` is not supported: run `eval \"$(aws configure export-credentials {profile_flag} --format \
             env)\"`, and leave `--profile` out"
        ));
    }
    if !refused.is(&["AccessDenied", "AccessDeniedException"]) {
        return failure.hint(format_args!(
            "check `role_arn` and the other settings of profile `{profile}`, and try again later if STS failed"
        ));
    }
    let external_id = if role.external_id.is_some() { " and the `external_id` of the profile" } else { "" };
    failure.hint(format_args!(
        "allow `sts:AssumeRole` on the role, and check that its trust policy allows the caller{external_id}"
    ))
}

fn web_identity(refused: &Refusal, source: &Source, config: &SdkConfig) -> Failure {
    if let Some(why) = &refused.unanswered {
        return Endpoint::of("AWS STS", "STS", config)
            .failure(format_args!("{why}; it is needed for {source}"));
    }
    let Base::WebIdentity { profile, file, role_arn } = &source.base else {
        return Failure::new(format_args!("{source} gave no credentials: {}", refused.reason()));
    };
    // STS may quote the token.
    let token = std::fs::read_to_string(file).unwrap_or_default();
    let reason = redact(&refused.reason(), [&token.trim().into()]);
    let of = profile.as_ref().map(|profile| format!(" of profile `{profile}`")).unwrap_or_default();
    let failure = Failure::new(format_args!(
        "role `{role_arn}`{of} cannot be assumed with the web identity token in `{file}`: {reason}"
    ));
    failure.hint(if refused.is(&["AccessDenied"]) {
        "check that the trust policy of the role allows the identity provider and the subject of the token"
            .to_owned()
    } else {
        source.way_out()
    })
}

fn sso(refused: &Refusal, source: &Source, config: &SdkConfig) -> Failure {
    if let Some(why) = &refused.unanswered {
        return Endpoint::of("AWS IAM Identity Center", "SSO", config)
            .failure(format_args!("{why}; it is needed for {source}"));
    }
    let Base::Sso { profile, .. } = &source.base else {
        return Failure::new(format_args!("{source} gave no credentials: {}", refused.reason()));
    };
    if refused.is(&["UnauthorizedException"]) {
        let profile_flag = flag(profile);
        return Failure::new(format_args!(
            "the SSO token of {} has expired or was revoked: {}",
            source.base,
            refused.reason()
        ))
        .hint(format_args!("run `aws sso login {profile_flag}`"));
    }
    Failure::new(format_args!("{} gave no credentials: {}", source.base, refused.reason())).hint(format_args!(
        "check `sso_account_id` and `sso_role_name` of profile `{profile}` against what `aws configure sso` offers"
    ))
}

/// What the process wrote to standard output or error is not told.
fn process(profile: &str, said: &str) -> Failure {
    let of = format!("`credential_process` of profile `{profile}`");
    if let Some((_, rest)) = said.split_once("exited with code ") {
        let status = rest.split(". Stderr").next().unwrap_or_default().replace("exit status: ", "");
        let ended = if status.bytes().all(|byte| byte.is_ascii_digit()) && !status.is_empty() {
            format!("exit code {status}")
        } else {
            "a signal".to_owned()
        };
        let failure = Failure::new(format_args!("{of} failed with {ended}"));
        return failure.hint("run its command by hand to see what it says; its output may hold secrets, so it is not shown here");
    }
    let fields = ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"];
    let field =
        fields.into_iter().find(|field| said.to_lowercase().contains(&format!("`{}`", field.to_lowercase())));
    let what = match field {
        Some(field) => format!("has no valid `{field}`"),
        None => "is not valid JSON".to_owned(),
    };
    Failure::new(format_args!("the output of {of} {what}")).hint(
        "expected an object with `Version` 1, `AccessKeyId`, `SecretAccessKey`, and optionally `SessionToken` and `Expiration`",
    )
}

fn from_container(error: &CredentialsError) -> Failure {
    let Some((variable_name, uri)) = container() else {
        return Failure::new("the container's credentials endpoint gave no credentials")
            .hint("set `AWS_CONTAINER_CREDENTIALS_FULL_URI`");
    };
    // A query may hold what only the container is to know.
    let uri = without_secrets(&uri);
    let of = format!("the container's credentials endpoint `{uri}` (`{variable_name}`)");
    if let Some(why) = unanswered(error) {
        return Failure::new(format_args!("cannot reach {of}: {why}"))
            .hint(format_args!("check that this runs in the task or pod, or unset `{variable_name}`"));
    }
    let token_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if let Some((file, error)) = token_file.and_then(|file| Some((file.clone(), std::fs::read(file).err()?)))
    {
        let why = super::files::without_number(&error.to_string());
        return Failure::new(format_args!("the container's token in `{file}` cannot be read: {why}"))
            .hint("correct `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`");
    }
    let said = said(error);
    if said.contains("auth token could not be used") {
        return Failure::new("the container's token has characters that no HTTP header may have").hint(
            "correct `AWS_CONTAINER_AUTHORIZATION_TOKEN`, or the file that `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names: \
             a line break at its end is one",
        );
    }
    if said.contains("invalid full URI") || said.contains("invalid relative URI") {
        return Failure::new(format_args!("{of} is not allowed"))
            .hint("expected `https://…`, or `http://` with a loopback address or that of ECS or EKS");
    }
    let failure = match status(&said) {
        Some(status) => Failure::new(format_args!("{of} answered with status {status}")),
        None => Failure::new(format_args!("{of} gave no valid credentials")),
    };
    failure.hint(
        "check the role of the task or pod, and its token (`AWS_CONTAINER_AUTHORIZATION_TOKEN` or `…_FILE`)",
    )
}

fn from_instance(error: &CredentialsError, source: &Source) -> Failure {
    let said = said(error);
    let why = if said.contains("AssumeRoleUnauthorizedAccess") {
        Some("cannot assume the role of the instance".to_owned())
    } else {
        status(&said).map(|status| format!("answered with status {status}"))
    };
    // Where the profile names no source, the instance is only the last that is asked.
    if source.roles.is_empty() {
        return nothing(source, why.as_deref());
    }
    let why = why.or_else(|| unanswered(error)).unwrap_or_else(|| "no valid answer".to_owned());
    Failure::new(format_args!("{} gave no credentials for {source}: {why}", source.base))
        .hint("check that this runs on an EC2 instance with a role, and `AWS_EC2_METADATA_SERVICE_ENDPOINT`")
}

/// That no source has credentials. The instance metadata service may have said why it has none.
fn nothing(source: &Source, why: Option<&str>) -> Failure {
    let Source { base, wanted, config_path, .. } = source;
    let why = why.map(|why| format!("; {base} {why}")).unwrap_or_default();
    Failure::new(format_args!(
        "no AWS credentials found in the environment, in profile `{wanted}` (`{config_path}`), or from a container or \
         instance{why}"
    ))
    .hint(
        "run `aws configure` or `aws sso login`, name a profile with `--profile`, or use `--local`, which needs no account",
    )
}

/// The status in "… StatusCode(403)" or "… (code: 403) …".
fn status(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("StatusCode(").or_else(|| said.split_once("(code: "))?;
    let digits = rest.split(')').next()?;
    (digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}
