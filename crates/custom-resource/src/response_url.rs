//! The presigned URL that an answer is PUT to: a credential, and an address that a stranger may have chosen.
//!
//! It is checked before anything else is done with the event, because an event is not authenticated and the function
//! must not be made to call any host. Only the query makes the URL a credential; it is never shown.
//!
//! # Hosts that are accepted
//! For a stack in the function's own region `R` and partition (`C` is `R` without its dashes), `https` and exactly one of
//! - `cloudformation-custom-resource-response-C.s3.R.<suffix>` and `….s3-R.<suffix>`, and
//! - in the partition `aws`, `cloudformation-custom-resource-response-C.s3.amazonaws.com`,
//!
//! where the suffix is `amazonaws.com` in `aws` and `aws-us-gov`, `amazonaws.com.cn` in `aws-cn`. The forms were
//! collected from public fixtures and were not checked against live AWS. No fixture of an isolated or sovereign
//! partition was found: there, and for emulators, the operator allows the origin.
//!
//! The stack's ARN is a part of the event, and so is as little authenticated as the URL. A bucket whose name has the right
//! form, of a region that does not exist yet, may be anybody's. Therefore the region and the partition are those of the
//! function, which Lambda tells: CloudFormation accepts a `ServiceToken` of the stack's own region only. The one way from
//! another region is a topic there with a subscription of a function here; for that the operator allows the origin.

use std::fmt;
use std::time::{Duration, SystemTime};

use time::PrimitiveDateTime;
use time::macros::format_description;
use url::Url;

use crate::function_arn::FunctionArn;
use crate::origin::Origin;
use crate::stack_arn::StackArn;

/// A checked URL. `Debug` and `Display` show scheme, host and path only.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct ResponseUrl {
    url: Url,
    signed_at: Option<SystemTime>,
    expires_at: Option<SystemTime>,
}

/// Why a `ResponseURL` is not used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UrlRefusal {
    /// It does not parse, or is not written in the one way that is sent unchanged.
    #[error("it is not a URL that would be sent byte for byte")]
    NotVerbatim,
    /// Not `https`, and not of an allowed origin.
    #[error("`{0}` is not `https`")]
    Scheme(String),
    /// Not a host of CloudFormation's for this stack, and not an allowed origin.
    #[error("the host `{0}` is none that CloudFormation uses for this stack, and its origin is not allowed")]
    Host(String),
    /// A host of CloudFormation's, as it may be, for a stack that is not where the function is.
    #[error(
        "the host `{host}` is for a stack in {stack}, the function is in {function}, and the origin of the host is not allowed"
    )]
    Elsewhere {
        /// The host.
        host: String,
        /// The region and partition of the stack.
        stack: String,
        /// The region and partition of the function.
        function: String,
    },
    /// A user, a password or a fragment.
    #[error("a response URL for `{0}` has no user and no fragment")]
    Decorated(String),
    /// A port other than 443 at one of CloudFormation's hosts.
    #[error("a response URL for `{0}` has no port")]
    Port(String),
    /// No object is named.
    #[error("the URL for `{0}` names no object")]
    Path(String),
    /// Nobody could write with it.
    #[error("the URL for `{0}` is not signed")]
    Unsigned(String),
}

impl ResponseUrl {
    /// Checks the text against the stack that it is said to come from and the function that got the event; `None` when the
    /// event's `StackId` is no stack's ARN, or the function's ARN is not known, and then only an allowed origin passes.
    pub(crate) fn check(
        text: &str,
        stack: Option<&StackArn>,
        function: Option<&FunctionArn>,
        allowed: &[Origin],
    ) -> Result<Self, UrlRefusal> {
        let url = Url::parse(text).map_err(|_| UrlRefusal::NotVerbatim)?;
        let host = shown(url.host_str().unwrap_or_default());
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(UrlRefusal::Decorated(host));
        }
        if !allowed.iter().any(|origin| origin.is_of(&url)) {
            if url.scheme() != "https" {
                return Err(UrlRefusal::Scheme(shown(url.scheme())));
            }
            let stack = stack.filter(|stack| hosts(stack).iter().any(|known| url.host_str() == Some(known)));
            let Some(stack) = stack else { return Err(UrlRefusal::Host(host)) };
            if !function.is_some_and(|function| are_together(stack, function)) {
                return Err(elsewhere(host, stack, function));
            }
            if url.port().is_some() {
                return Err(UrlRefusal::Port(host));
            }
            if !is_signed(&url) {
                return Err(UrlRefusal::Unsigned(host));
            }
        }
        if url.path().len() < 2 {
            return Err(UrlRefusal::Path(host));
        }
        if url.as_str() != text || !text.bytes().all(is_sent_as_it_is) || text.parse::<http::Uri>().is_err() {
            return Err(UrlRefusal::NotVerbatim);
        }
        let (signed_at, expires_at) = validity(&url);
        Ok(Self { url, signed_at, expires_at })
    }

    /// The whole URL. Only for the request itself: never log it.
    pub(crate) fn expose(&self) -> &Url {
        &self.url
    }

    /// Whether TLS is used, and so trusted roots are needed.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// When CloudFormation signed it, which is when it sent the event.
    pub(crate) fn signed_at(&self) -> Option<SystemTime> {
        self.signed_at
    }

    /// When S3 stops taking it.
    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}

impl fmt::Display for ResponseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(formatter, "{}://{host}{}", self.url.scheme(), self.url.path())
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ResponseUrl({self})")
    }
}

/// As much of a refused host or scheme as a name may have; more is only there to fill the log.
fn shown(text: &str) -> String {
    text.chars().take(253).collect()
}

/// How long CloudFormation's URLs are valid, as seen in events; a `SigV2` URL tells only its end.
const VALIDITY: Duration = Duration::from_hours(2);

fn hosts(stack: &StackArn) -> Vec<String> {
    let region = stack.region();
    let suffix = match stack.partition() {
        "aws" | "aws-us-gov" => "amazonaws.com",
        "aws-cn" => "amazonaws.com.cn",
        _ => return Vec::new(),
    };
    if !is_region(region) {
        return Vec::new();
    }
    let bucket = format!("cloudformation-custom-resource-response-{}", region.replace('-', ""));
    let mut hosts = vec![format!("{bucket}.s3.{region}.{suffix}"), format!("{bucket}.s3-{region}.{suffix}")];
    if stack.partition() == "aws" {
        hosts.push(format!("{bucket}.s3.{suffix}"));
    }
    hosts
}

fn are_together(stack: &StackArn, function: &FunctionArn) -> bool {
    (stack.partition(), stack.region()) == (function.partition(), function.region())
}

fn elsewhere(host: String, stack: &StackArn, function: Option<&FunctionArn>) -> UrlRefusal {
    let place = |partition: &str, region: &str| format!("{} ({})", shown(region), shown(partition));
    UrlRefusal::Elsewhere {
        host,
        stack: place(stack.partition(), stack.region()),
        function: function.map_or("an unknown region".to_owned(), |own| place(own.partition(), own.region())),
    }
}

/// `eu-west-1`, `us-gov-east-1`: an invented region would name a bucket that anybody may own.
fn is_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let [continent, directions @ .., number] = parts.as_slice() else { return false };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    continent.len() == 2
        && word(continent)
        && !directions.is_empty()
        && directions.iter().all(|direction| word(direction))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// RFC 3986's characters, and `|`, which object keys have and `url` leaves alone.
fn is_sent_as_it_is(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%|".contains(&byte)
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn is_signed(url: &Url) -> bool {
    let has = |name| query(url, name).is_some_and(|value| !value.is_empty());
    has("X-Amz-Signature") || (has("Signature") && has("Expires"))
}

fn validity(url: &Url) -> (Option<SystemTime>, Option<SystemTime>) {
    if let Some(date) = query(url, "X-Amz-Date") {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let signed_at =
            PrimitiveDateTime::parse(&date, format).ok().map(|date| SystemTime::from(date.assume_utc()));
        let expires_in = query(url, "X-Amz-Expires").and_then(|seconds| seconds.parse().ok());
        let expires_at = signed_at
            .zip(expires_in)
            .and_then(|(signed_at, seconds)| signed_at.checked_add(Duration::from_secs(seconds)));
        return (signed_at, expires_at);
    }
    let expires_at = query(url, "Expires")
        .and_then(|seconds| seconds.parse().ok())
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    (expires_at.and_then(|end| end.checked_sub(VALIDITY)), expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/s/u%7CThing%7Cr";
    const SIGNED: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host\
                          &X-Amz-Expires=7200&X-Amz-Credential=AKIA%2F20260101&X-Amz-Signature=canary";

    fn stack(partition: &str, region: &str) -> StackArn {
        format!("arn:{partition}:cloudformation:{region}:123456789012:stack/s/u").parse().unwrap()
    }

    fn function(partition: &str, region: &str) -> FunctionArn {
        format!("arn:{partition}:lambda:{region}:123456789012:function:provider").parse().unwrap()
    }

    fn check(text: &str, partition: &str, region: &str) -> Result<ResponseUrl, UrlRefusal> {
        ResponseUrl::check(text, Some(&stack(partition, region)), Some(&function(partition, region)), &[])
    }

    #[test]
    fn g3_every_known_form_of_the_host_is_accepted() {
        for (partition, region, host) in [
            (
                "aws",
                "eu-west-1",
                "cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com",
            ),
            (
                "aws",
                "eu-west-1",
                "cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com",
            ),
            ("aws", "us-east-1", "cloudformation-custom-resource-response-useast1.s3.amazonaws.com"),
            (
                "aws-cn",
                "cn-north-1",
                "cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn",
            ),
            (
                "aws-us-gov",
                "us-gov-west-1",
                "cloudformation-custom-resource-response-usgovwest1.s3.us-gov-west-1.amazonaws.com",
            ),
        ] {
            let text = format!("https://{host}/{KEY}?{SIGNED}");
            let url = check(&text, partition, region).unwrap();
            assert_eq!(url.expose().as_str(), text, "C2: sent byte for byte");
        }
    }

    #[test]
    fn g3_every_other_host_is_refused() {
        let host = "cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com";
        let bucket = "cloudformation-custom-resource-response";
        for text in [
            format!("http://{host}/{KEY}?{SIGNED}"),
            format!("https://169.254.169.254/{KEY}?{SIGNED}"),
            format!("https://{host}.evil.example/{KEY}?{SIGNED}"),
            format!("https://user@{host}/{KEY}?{SIGNED}"),
            format!("https://{host}:8443/{KEY}?{SIGNED}"),
            format!("https://{host}:443/{KEY}?{SIGNED}"),
            format!("https://{bucket}-useast1.s3.us-east-1.amazonaws.com/{KEY}?{SIGNED}"),
            format!("https://{bucket}-eu-west-1.s3.eu-west-1.amazonaws.com/{KEY}?{SIGNED}"),
            format!("https://{bucket}-euwest1.s3.eu-west-1.amazonaws.com.cn/{KEY}?{SIGNED}"),
            format!("https://x{host}/{KEY}?{SIGNED}"),
            format!("https://{host}./{KEY}?{SIGNED}"),
            format!("https://{}/{KEY}?{SIGNED}", host.to_uppercase()),
            format!("https://{}/{KEY}?{SIGNED}", host.replace('c', "ｃ")),
            format!("https://{}/{KEY}?{SIGNED}", host.replace('a', "а")),
            format!("https:\\\\{host}\\{KEY}?{SIGNED}"),
            format!("https://{host}/{KEY}?{SIGNED}#fragment"),
            format!("https://{host}/?{SIGNED}"),
            format!("https://{host}?{SIGNED}"),
            format!("https://{host}/{KEY}"),
            format!("https://{host}/{KEY}?X-Amz-Signature="),
            format!("https://{host}/{KEY}?Signature=x"),
            format!("https://{host}/a/../{KEY}?{SIGNED}"),
            format!("https://{host}/a b?{SIGNED}"),
            format!("https://{host}/{KEY}é?{SIGNED}"),
            format!(" https://{host}/{KEY}?{SIGNED}"),
            format!("file:///{host}/{KEY}?{SIGNED}"),
            "not a URL".to_owned(),
            String::new(),
        ] {
            assert!(check(&text, "aws", "eu-west-1").is_err(), "{text}");
        }
    }

    #[test]
    fn a_stack_of_an_unknown_partition_or_an_invented_region_has_no_hosts() {
        for (partition, region) in [("aws-iso", "us-iso-east-1"), ("aws", "evil"), ("aws", "us-evil")] {
            let bucket = format!("cloudformation-custom-resource-response-{}", region.replace('-', ""));
            let text = format!("https://{bucket}.s3.amazonaws.com/{KEY}?{SIGNED}");
            assert!(matches!(check(&text, partition, region), Err(UrlRefusal::Host(_))), "{text}");
        }
    }

    #[test]
    fn g3_a_bucket_of_another_region_or_partition_than_the_functions_is_refused_unless_it_is_allowed() {
        let host = |region: &str, suffix: &str| {
            let bucket = format!("cloudformation-custom-resource-response-{}", region.replace('-', ""));
            format!("https://{bucket}.s3.{region}.{suffix}")
        };
        // The third region does not exist: whoever makes the bucket first has it.
        for (partition, region, suffix) in [
            ("aws", "eu-west-2", "amazonaws.com"),
            ("aws", "us-east-1", "amazonaws.com"),
            ("aws", "xx-invented-7", "amazonaws.com"),
            ("aws-us-gov", "eu-west-1", "amazonaws.com"),
            ("aws-cn", "eu-west-1", "amazonaws.com.cn"),
        ] {
            let (origin, stack) = (host(region, suffix), stack(partition, region));
            let text = format!("{origin}/{KEY}?{SIGNED}");
            for own in [Some(function("aws", "eu-west-1")), None] {
                let refused = ResponseUrl::check(&text, Some(&stack), own.as_ref(), &[]).unwrap_err();
                assert!(matches!(refused, UrlRefusal::Elsewhere { .. }), "{text}: {refused}");
                assert!(refused.to_string().contains(region), "{refused}");
                let allowed = [origin.parse().unwrap()];
                assert!(ResponseUrl::check(&text, Some(&stack), own.as_ref(), &allowed).is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn an_allowed_origin_needs_no_signature_but_every_other_care() {
        let allowed = ["http://127.0.0.1:9000".parse().unwrap()];
        let check = |text: &str| ResponseUrl::check(text, None, None, &allowed);
        assert!(check("http://127.0.0.1:9000/bucket/key").is_ok());
        assert!(check("http://127.0.0.1:9000/b/arn:aws|Thing|r?x=a+b%2F").is_ok());
        for text in [
            "http://127.0.0.1:9000/",
            "http://user@127.0.0.1:9000/bucket/key",
            "http://127.0.0.1:9000/bucket/key#fragment",
            "http://127.0.0.1:9000/bucket/../key",
            "http://127.0.0.1:9001/bucket/key",
            "https://127.0.0.1:9000/bucket/key",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn g2_neither_display_nor_debug_shows_the_query() {
        let host = "cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com";
        let url = check(&format!("https://{host}/key?{SIGNED}"), "aws", "eu-west-1").unwrap();
        assert_eq!(url.to_string(), format!("https://{host}/key"));
        assert_eq!(format!("{url:?}"), format!("ResponseUrl(https://{host}/key)"));
    }

    #[test]
    fn d4_the_dates_of_both_signature_versions_are_read() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        for (query, expected) in [
            ("X-Amz-Date=20260101T000000Z&X-Amz-Expires=7200", (at(1_767_225_600), at(1_767_232_800))),
            ("X-Amz-Date=20260101T000000Z", (at(1_767_225_600), None)),
            ("X-Amz-Date=20260101T000000Z&X-Amz-Expires=99999999999999999999", (at(1_767_225_600), None)),
            ("X-Amz-Date=yesterday&X-Amz-Expires=7200", (None, None)),
            ("Expires=1767232800&Signature=x", (at(1_767_225_600), at(1_767_232_800))),
            ("Expires=18446744073709551615", (None, None)),
            ("Expires=abc", (None, None)),
            ("", (None, None)),
        ] {
            let url = Url::parse(&format!("http://127.0.0.1/key?{query}")).unwrap();
            assert_eq!(validity(&url), expected, "{query}");
        }
    }
}
