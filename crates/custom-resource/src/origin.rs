//! A web origin, scheme, host and port, that an operator allows besides CloudFormation's own buckets.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// `http://127.0.0.1:9000`: scheme, host and, unless it is the scheme's own, port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// The text is not an origin.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is not an origin; expected `http://` or `https://`, a host and, where it is not the usual one, a \
         port, and nothing after it: `http://127.0.0.1:9000`"
)]
pub struct OriginError(String);

impl Origin {
    /// Whether the URL is of this origin.
    pub(crate) fn is_of(&self, url: &Url) -> bool {
        url.scheme() == self.scheme && url.host_str() == Some(&self.host) && url.port() == self.port
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || OriginError(text.to_owned());
        let url = Url::parse(text).map_err(|_| error())?;
        let host = url.host_str().ok_or_else(error)?;
        // What is left of an origin when it is written out again is itself, with or without the final slash.
        let plain = url.as_str().trim_end_matches('/') == text.trim_end_matches('/').to_ascii_lowercase();
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        // A host may hold more than this, but no URL with such a host would be sent.
        let sendable = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/[]".contains(&byte));
        if !matches!(url.scheme(), "http" | "https") || !plain || !bare || !anonymous || !sendable {
            return Err(error());
        }
        Ok(Self { scheme: url.scheme().to_owned(), host: host.to_owned(), port: url.port() })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for text in ["http://127.0.0.1:9000", "https://bucket.example", "http://[::1]:80a"] {
            let parsed = text.parse::<Origin>();
            assert_eq!(parsed.is_ok(), text != "http://[::1]:80a", "{text}");
            if let Ok(origin) = parsed {
                assert_eq!(origin.to_string(), text);
            }
        }
        assert_eq!("http://Local:9/".parse::<Origin>().unwrap().to_string(), "http://local:9");
    }

    #[test]
    fn anything_more_or_less_is_refused() {
        for text in [
            "",
            "127.0.0.1:9000",
            "ftp://host",
            "http://",
            "http://user@host",
            "http://host/path",
            "http://host/?query",
            "http://host#fragment",
            "http://host:99999",
            "http:host",
            "http://ho`st",
            "*",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn only_the_same_scheme_host_and_port_match() {
        let origin: Origin = "http://127.0.0.1:9000".parse().unwrap();
        for (url, expected) in [
            ("http://127.0.0.1:9000/bucket/key?X=1", true),
            ("https://127.0.0.1:9000/", false),
            ("http://127.0.0.1:9001/", false),
            ("http://127.0.0.1/", false),
            ("http://127.0.0.1.example:9000/", false),
        ] {
            assert_eq!(origin.is_of(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
