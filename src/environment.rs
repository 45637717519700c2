//! The function's own settings, read once from its environment. What is wrong in them is kept, to be said to whoever asks
//! for something, instead of failing the start.

use std::path::PathBuf;

use custom_resource::{Https, Origin, Settings};
use tracing::level_filters::LevelFilter;

use crate::arn::is_account;
use crate::guards::{Guard, Guards, Pattern};

const ALLOWED_ORIGINS: &str = "RESPONSE_URL_ALLOWED_ORIGINS";
/// Amazon Linux's trusted certificates; elsewhere, or if that changes, they are searched for.
const BUNDLE: &str = "/etc/pki/tls/certs/ca-bundle.crt";
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// What the environment says.
pub struct Environment {
    /// `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's logging configuration.
    pub log_level: LevelFilter,
    /// The protocol's settings: `RESPONSE_URL_ALLOWED_ORIGINS`, and `SSL_CERT_FILE` or `SSL_CERT_DIR`.
    pub settings: Settings,
    /// What the operator allows.
    pub guards: Guards,
    /// `AWS_REGION`: the function's own.
    pub region: String,
    /// What is wrong, if anything.
    pub misconfiguration: Option<String>,
}

impl Environment {
    /// Reads it, by the names of the variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut mistakes = Vec::new();
        let mut settings = Settings::default();
        for text in list(variable(ALLOWED_ORIGINS)) {
            match text.parse::<Origin>() {
                Ok(origin) => settings.allowed_origins.push(origin),
                Err(error) => mistakes.push(format!("{ALLOWED_ORIGINS}: {error}")),
            }
        }
        // What the system searches for certificates, Lambda's image holds twice over.
        if variable("SSL_CERT_FILE").or_else(|| variable("SSL_CERT_DIR")).is_none() {
            settings.https = Https::with_bundle(PathBuf::from(BUNDLE));
        }
        let guards = guards(&variable, &mut mistakes);
        Self {
            guards,
            region: variable("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
            log_level: log_level(&variable(LOG_LEVEL).unwrap_or_default()),
            settings,
            misconfiguration: (!mistakes.is_empty()).then(|| mistakes.join("; ")),
        }
    }
}

/// An empty variable is as good as none, except that an empty list of protected names protects none.
fn guards(variable: impl Fn(&str) -> Option<String>, mistakes: &mut Vec<String>) -> Guards {
    let read = |guard: Guard| list(variable(guard.variable()));
    let patterns =
        |guard, pattern: fn(&str) -> Pattern| read(guard).iter().map(|text| pattern(text)).collect();
    let (accounts, others): (Vec<String>, Vec<String>) =
        read(Guard::StackAccounts).into_iter().partition(|text| is_account(text));
    for text in others {
        mistakes
            .push(format!("{}: `{text}` is not an account's number of twelve digits", Guard::StackAccounts));
    }
    for guard in [Guard::Roles, Guard::Instances] {
        for text in read(guard).iter().filter(|text| !text.starts_with("arn:") && !text.starts_with('*')) {
            mistakes.push(format!("{guard}: `{text}` is not an ARN or a pattern of ARNs"));
        }
    }
    let protected_names = match variable(Guard::ProtectedNames.variable()) {
        None => Guards::default().protected_names,
        Some(_) => patterns(Guard::ProtectedNames, Pattern::any_case),
    };
    Guards {
        stack_accounts: accounts.into_iter().collect(),
        roles: patterns(Guard::Roles, Pattern::exact_case),
        instances: patterns(Guard::Instances, Pattern::exact_case),
        denied_permissions: patterns(Guard::DeniedPermissions, Pattern::any_case),
        protected_names,
    }
}

/// The members of a list with commas between them.
fn list(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split(',').map(str::trim).filter(|member| !member.is_empty()).map(ToOwned::to_owned).collect()
}

/// Lambda's six words; `FATAL` has no counterpart here and shows errors only.
fn log_level(text: &str) -> LevelFilter {
    match text.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Environment {
        Environment::read(move |asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn an_empty_environment_is_a_good_one() {
        let environment = Environment::read(|_| None);
        assert_eq!(environment.misconfiguration, None);
        assert_eq!(environment.log_level, LevelFilter::INFO);
        assert!(environment.settings.allowed_origins.is_empty());
    }

    #[test]
    fn origins_are_a_list_and_a_bad_one_is_named() {
        let environment = read(ALLOWED_ORIGINS, "http://127.0.0.1:9000, https://example.com,,");
        assert_eq!(environment.settings.allowed_origins.len(), 2);
        assert_eq!(environment.misconfiguration, None);
        let environment = read(ALLOWED_ORIGINS, "http://127.0.0.1:9000,ftp://x/y");
        assert_eq!(environment.settings.allowed_origins.len(), 1);
        assert!(environment.misconfiguration.unwrap().starts_with("RESPONSE_URL_ALLOWED_ORIGINS: "));
    }

    #[test]
    fn each_of_lambdas_log_levels_is_known() {
        for (text, level) in [
            ("TRACE", LevelFilter::TRACE),
            ("debug", LevelFilter::DEBUG),
            ("INFO", LevelFilter::INFO),
            ("WARN", LevelFilter::WARN),
            ("FATAL", LevelFilter::ERROR),
            ("?", LevelFilter::INFO),
        ] {
            assert_eq!(read(LOG_LEVEL, text).log_level, level);
        }
    }
}
