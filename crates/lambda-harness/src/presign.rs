//! Presigned PUT URLs as CloudFormation makes them, in both signature versions.
//!
//! `SigV4` is left to `aws-sigv4`, AWS's own signer; `SigV2` is four lines of `HMAC-SHA1` over the string to sign
//! that AWS documents for query authentication.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

/// What the bucket accepts; the access key is AWS's documented example.
pub(crate) const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// The example secret that belongs to [`ACCESS_KEY`].
pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// How a URL is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signature {
    /// `SigV4` over the host alone, as seen in today's events.
    V4,
    /// `SigV4` over the host and an empty `Content-Type`: only a PUT that sends that empty header passes.
    V4WithEmptyContentType,
    /// `SigV2`, as seen in older events and regions: the `Content-Type` is part of what is signed.
    V2,
}

/// The signed URL for a PUT of `path` (already percent-encoded) at `origin`.
pub(crate) fn presign(
    signature: Signature,
    origin: &str,
    path: &str,
    signed_at: SystemTime,
    expires_in: Duration,
) -> String {
    let url = format!("{origin}{path}");
    match signature {
        Signature::V4 => version_4(&url, &[], signed_at, expires_in),
        Signature::V4WithEmptyContentType => version_4(&url, &[("content-type", "")], signed_at, expires_in),
        Signature::V2 => version_2(&url, path, signed_at + expires_in),
    }
}

fn version_4(url: &str, headers: &[(&str, &str)], signed_at: SystemTime, expires_in: Duration) -> String {
    let identity = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "lambda-harness").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.expires_in = Some(expires_in);
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(signed_at)
        .settings(settings)
        .build()
        .expect("every signing parameter is given")
        .into();
    let signable = SignableRequest::new("PUT", url, headers.iter().copied(), SignableBody::UnsignedPayload)
        .expect("the URL to sign is a URL");
    let (instructions, _) = sign(signable, &parameters).expect("the request can be signed").into_parts();
    let mut request = http::Request::put(url).body(()).expect("the URL to sign is a URL");
    instructions.apply_to_request_http1x(&mut request);
    request.uri().to_string()
}

fn version_2(url: &str, path: &str, expires_at: SystemTime) -> String {
    let expires = expires_at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let to_sign = format!("PUT\n\n\n{expires}\n{path}");
    let mut mac =
        Hmac::<Sha1>::new_from_slice(SECRET_KEY.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(to_sign.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let signature = utf8_percent_encode(&signature, UNRESERVED);
    format!("{url}?AWSAccessKeyId={ACCESS_KEY}&Expires={expires}&Signature={signature}")
}

/// The key of an answer, `<stack id>|<logical id>|<request id>`, encoded as CloudFormation does: `:` and `|` are
/// escaped, `/` is not.
pub(crate) fn encoded_key(stack_id: &str, logical_id: &str, request_id: &str) -> String {
    utf8_percent_encode(&format!("{stack_id}|{logical_id}|{request_id}"), KEY).to_string()
}

/// Everything but RFC 3986's unreserved characters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const KEY: &AsciiSet = &UNRESERVED.remove(b'/');
