//! The function's own settings, read once from its environment. What is wrong in them is kept, to be said to whoever asks
//! for something, instead of failing the start.

use custom_resource::{Origin, Settings};
use tracing::level_filters::LevelFilter;

const ALLOWED_ORIGINS: &str = "RESPONSE_URL_ALLOWED_ORIGINS";
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// What the environment says.
pub(crate) struct Environment {
    /// `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's logging configuration.
    pub(crate) log_level: LevelFilter,
    /// The protocol's settings: `RESPONSE_URL_ALLOWED_ORIGINS`.
    pub(crate) settings: Settings,
    /// What is wrong, if anything.
    pub(crate) misconfiguration: Option<String>,
}

impl Environment {
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut mistakes = Vec::new();
        let mut settings = Settings::default();
        for text in variable(ALLOWED_ORIGINS).unwrap_or_default().split(',').map(str::trim) {
            match text.parse::<Origin>() {
                Ok(origin) => settings.allowed_origins.push(origin),
                Err(_) if text.is_empty() => {}
                Err(error) => mistakes.push(format!("{ALLOWED_ORIGINS}: {error}")),
            }
        }
        Self {
            log_level: log_level(&variable(LOG_LEVEL).unwrap_or_default()),
            settings,
            misconfiguration: (!mistakes.is_empty()).then(|| mistakes.join("; ")),
        }
    }
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
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

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
