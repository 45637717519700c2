//! The function's own settings, read once from its environment. What is wrong in them is kept, to be said to whoever asks
//! for something, instead of failing the start.

use std::path::PathBuf;

use custom_resource::{Https, Origin, Settings};
use tracing::level_filters::LevelFilter;

use crate::guards::{Guard, Guards, Kind, List, Pattern, unmatched_permissions};
use crate::listing::MOST_NAMES;
use crate::names::words;

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
    /// What is likely not meant, to be logged at every start.
    pub warnings: Vec<String>,
}

impl Environment {
    /// Reads it, by the names of the variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut mistakes = Vec::new();
        let mut settings = Settings::default();
        for text in origins(&variable(ALLOWED_ORIGINS).unwrap_or_default()) {
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
        let warnings = warnings(&guards);
        Self {
            guards,
            warnings,
            region: variable("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
            log_level: log_level(&variable(LOG_LEVEL).unwrap_or_default()),
            settings,
            misconfiguration: (!mistakes.is_empty()).then(|| told(&mistakes)),
        }
    }

    /// Writes the warnings to the log.
    pub fn log_warnings(&self) {
        for warning in &self.warnings {
            tracing::warn!("{warning}");
        }
    }
}

/// As many as one line holds, and how many more there are.
fn told(mistakes: &[String]) -> String {
    let first = mistakes.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join("; ");
    match mistakes.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}

/// An empty variable is as good as none, except that an empty list of protected names protects none.
fn guards(variable: impl Fn(&str) -> Option<String>, mistakes: &mut Vec<String>) -> Guards {
    let mut read = |guard: Guard| {
        let text = variable(guard.variable())?;
        let List { entries, errors } = List::read(&text, kind(guard));
        mistakes.extend(errors.iter().map(|error| format!("{guard}: {error}")));
        Some(entries)
    };
    let exact = |entries: Option<Vec<String>>| patterns(&entries.unwrap_or_default(), Pattern::exact_case);
    Guards {
        stack_accounts: read(Guard::StackAccounts).unwrap_or_default().into_iter().collect(),
        roles: exact(read(Guard::Roles)),
        instances: exact(read(Guard::Instances)),
        denied_permissions: patterns(&read(Guard::DeniedPermissions).unwrap_or_default(), Pattern::any_case),
        protected_names: match read(Guard::ProtectedNames) {
            None => Guards::default().protected_names,
            // As of the names themselves, more than one space is one.
            Some(entries) => {
                patterns(&entries.iter().map(|entry| words(entry)).collect::<Vec<_>>(), Pattern::any_case)
            }
        },
    }
}

fn kind(guard: Guard) -> Kind {
    match guard {
        Guard::StackAccounts => Kind::Account,
        Guard::Roles => Kind::RoleArn,
        Guard::Instances => Kind::InstanceArn,
        Guard::DeniedPermissions => Kind::Permission,
        Guard::ProtectedNames => Kind::ProfileName,
    }
}

fn patterns(entries: &[String], pattern: fn(&str) -> Pattern) -> Vec<Pattern> {
    entries.iter().map(|entry| pattern(entry)).collect()
}

fn warnings(guards: &Guards) -> Vec<String> {
    let unmatched = unmatched_permissions(&guards.denied_permissions);
    let text = |pattern: &Pattern| {
        format!(
            "{}: `{pattern}` matches no permission of the catalogue: check the spelling with `connect-profiles permissions`",
            Guard::DeniedPermissions
        )
    };
    unmatched.map(text).collect()
}

/// Origins judge their own form; commas stand between them, with white space around or not.
fn origins(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|member| !member.is_empty())
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
    fn more_errors_than_a_line_holds_are_counted() {
        let many: &'static str =
            (0..60).map(|index| format!("[{index}]")).collect::<Vec<_>>().join(",").leak();
        let misconfiguration = read("DENIED_PERMISSIONS", many).misconfiguration.unwrap();
        assert_eq!(misconfiguration.matches("DENIED_PERMISSIONS: ").count(), 20);
        assert!(misconfiguration.ends_with("; and 40 more"), "{misconfiguration}");
    }

    #[test]
    fn a_protected_name_is_protected_however_many_spaces_are_between_its_words() {
        let guards = read("PROTECTED_PROFILE_NAMES", "Contact  Centre").guards;
        assert!(guards.protected_names.iter().any(|pattern| pattern.matches("Contact Centre")));
    }

    #[test]
    fn every_list_says_all_that_is_wrong_in_it_at_once() {
        let environment = Environment::read(|name| {
            let text = match name {
                ALLOWED_ORIGINS => "http://a.example;http://b.example",
                "ALLOWED_STACK_ACCOUNTS" => "123456789012;210987654321",
                "ALLOWED_ROLE_ARNS" => "arn:aws:iam::123456789012:role/a arn:aws:iam::123456789012:role/b",
                "ALLOWED_INSTANCE_ARNS" => {
                    "arn:aws:connect:*:123456789012:instance/a\narn:aws:connect:*:123456789012:instance/b"
                }
                "DENIED_PERMISSIONS" => "Users.*|Queues.*, SecurityProfiles.Edit;",
                "PROTECTED_PROFILE_NAMES" => "Admin; Owner",
                _ => return None,
            };
            Some(text.to_owned())
        });
        let misconfiguration = environment.misconfiguration.unwrap();
        for guard in Guard::ALL {
            assert!(misconfiguration.contains(&format!("{guard}: `")), "{guard}: {misconfiguration}");
        }
        assert!(misconfiguration.contains(ALLOWED_ORIGINS), "{misconfiguration}");
        assert_eq!(misconfiguration.matches("DENIED_PERMISSIONS: ").count(), 2, "{misconfiguration}");
    }

    #[test]
    fn an_entry_that_matches_no_known_permission_is_warned_about_and_guards_all_the_same() {
        let environment = read("DENIED_PERMISSIONS", "Users.*, SecurtyProfiles.*");
        assert_eq!(environment.misconfiguration, None);
        insta::assert_snapshot!(
            environment.warnings.join("\n"),
            @"DENIED_PERMISSIONS: `SecurtyProfiles.*` matches no permission of the catalogue: check the spelling with `connect-profiles permissions`"
        );
        assert_eq!(environment.guards.denied_permissions.len(), 2);
        assert!(read("DENIED_PERMISSIONS", "Users.*").warnings.is_empty());
    }

    #[test]
    fn a_profile_name_with_spaces_is_one_entry_and_an_empty_list_protects_none() {
        let names = |value| read("PROTECTED_PROFILE_NAMES", value).guards.protected_names;
        assert_eq!(names("Contact Centre , Admin").len(), 2);
        assert!(names("").is_empty());
        assert_eq!(Environment::read(|_| None).guards.protected_names.len(), 1);
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
