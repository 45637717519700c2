//! Where a service is called, and in plain words why nothing came back from there.

use std::error::Error;
use std::fmt::Display;
use std::io::ErrorKind;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::service_config::ServiceConfigKey;

use crate::failure::Failure;

/// A service in a region, or at the endpoint that is set for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// Its name in sentences.
    service: &'static str,
    /// What it is called in the SDK's configuration.
    id: &'static str,
    region: Option<String>,
    url: Option<String>,
}

impl Endpoint {
    /// Of the service with this id in the SDK's configuration, by the rules of the SDK.
    #[must_use]
    pub fn of(service: &'static str, id: &'static str, config: &SdkConfig) -> Self {
        let region = config.region().map(ToString::to_string);
        let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let configured = || config.service_config()?.load_config(key.build().ok()?);
        let stated = config.endpoint_url().map(ToOwned::to_owned);
        let url = if config.get_origin("endpoint_url").is_client_config() {
            stated
        } else {
            configured().or(stated)
        };
        Self { service, id, region, url }
    }

    /// That nothing came back from it.
    #[must_use]
    pub fn failure(&self, why: impl Display) -> Failure {
        let failure = Failure::new(format_args!("cannot reach {}: {why}", self.place()));
        failure.hint(self.way_out())
    }

    /// The URL that is set for it.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// An error, if what is set for it is no URL, with the setting that it comes from. The SDK finds out when it makes a call,
    /// and tries again.
    pub fn check(&self) -> Result<(), Failure> {
        let Some(url) = self.url.as_deref().filter(|url| !is_url(url)) else { return Ok(()) };
        let own = format!("AWS_ENDPOINT_URL_{}", self.id.to_uppercase());
        let is_set = |name: &&str| std::env::var(name).is_ok_and(|value| value == url);
        let setting = [own.as_str(), "AWS_ENDPOINT_URL"].into_iter().find(is_set);
        let (setting, unset) = match setting {
            Some(name) => (format!("`{name}`"), "unset the variable"),
            None => ("`endpoint_url` in the AWS config file".to_owned(), "remove the setting"),
        };
        Err(Failure::new(format_args!("{setting} must be a URL, but is `{url}`"))
            .hint(format_args!("set it to a URL such as http://127.0.0.1:8110, or {unset} to call AWS")))
    }

    /// What it is called in sentences.
    #[must_use]
    pub fn place(&self) -> String {
        match (&self.url, &self.region) {
            (Some(url), _) => format!("{} at `{}`", self.service, without_secrets(url)),
            (None, Some(region)) => format!("{} in region `{region}`", self.service),
            (None, None) => self.service.to_owned(),
        }
    }

    /// What to do where it cannot be reached.
    #[must_use]
    pub fn way_out(&self) -> String {
        match &self.url {
            Some(_) => "check the URL, where it is set (`--endpoint-url`, `AWS_ENDPOINT_URL…` or `endpoint_url`), and that \
                        the server is running"
                .to_owned(),
            None => format!("check the network, the proxy, and that {} exists in this region", self.service),
        }
    }
}

/// Whether a service may be called at it.
#[must_use]
pub fn is_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// A URL without its user, password, query and fragment, in which a secret may be.
#[must_use]
pub fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{host}{path}")
}

/// Why there was no answer, if that is what the error says.
#[must_use]
pub fn unanswered(error: &(dyn Error + 'static)) -> Option<String> {
    let connector = causes(error).find_map(|cause| cause.downcast_ref::<ConnectorError>());
    let is_late = causes(error).any(|cause| cause.to_string().contains("timed out"));
    if connector.is_none() && !is_late {
        return None;
    }
    let said: Vec<String> = causes(error).map(ToString::to_string).collect();
    if said.iter().any(|text| text.contains("dns error") || text.contains("lookup address")) {
        return Some("the host name cannot be resolved".to_owned());
    }
    let input = causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).last();
    Some(match input.map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(ErrorKind::ConnectionReset) => "the connection was closed".to_owned(),
        Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
            "the network is unreachable".to_owned()
        }
        _ if is_late || connector.is_some_and(ConnectorError::is_timeout) => "timed out".to_owned(),
        _ => plain(said.last().map_or("", String::as_str)),
    })
}

/// The same for an error of which only the text is left, each cause behind a colon.
#[must_use]
pub fn plain(message: &str) -> String {
    let message = message.split(" (os error").next().unwrap_or_default();
    let lower = message.to_lowercase();
    if lower.contains("dns error") || lower.contains("lookup address") {
        return "the host name cannot be resolved".to_owned();
    }
    for known in ["connection refused", "connection reset", "network is unreachable", "timed out"] {
        if lower.contains(known) {
            return known.to_owned();
        }
    }
    let wrappings = [
        "dispatch failure",
        "io error",
        "other",
        "timeout",
        "client error (connect)",
        "client error (sendrequest)",
    ];
    let parts = lower.split(": ").filter(|part| !wrappings.contains(part));
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() { "the connection failed".to_owned() } else { rest.join(": ") }
}

/// An error and what caused it.
pub fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_called_at_a_url_with_a_scheme_and_a_host() {
        for url in ["http://127.0.0.1:8110", "https://connect.example/", "http://[::1]:1", "HTTPS://x"] {
            assert!(is_url(url), "{url}");
        }
        for text in
            ["", "foo", "foo:8110", "/foo", "ftp://foo", "http://", "http:///x", "http://a b", "http://:1"]
        {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, shown) in [
            ("http://user:PASS@host:1/path?x=SECRET#y", "http://host:1/path"),
            ("https://user:p@ss@host", "https://host"),
            ("http://host/a@b", "http://host/a@b"),
            ("/v2/credentials/id", "/v2/credentials/id"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn what_the_sdk_wraps_round_a_cause_is_left_out() {
        for (said, told) in [
            (
                "dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111)",
                "connection refused",
            ),
            (
                "dispatch failure: other: client error (Connect): dns error: failed to lookup address information: Name or service not known",
                "the host name cannot be resolved",
            ),
            (
                "dispatch failure: io error: client error (Connect): invalid peer certificate: UnknownIssuer",
                "invalid peer certificate: unknownissuer",
            ),
            ("dispatch failure: timeout", "the connection failed"),
            ("no answer within 10.0s", "no answer within 10.0s"),
        ] {
            assert_eq!(plain(said), told);
        }
    }
}
