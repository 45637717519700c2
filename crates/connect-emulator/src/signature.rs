//! Signature Version 4: who signed a request, for which region, and whether the signature is right.
//!
//! The request is signed again with the known secret, over the headers that the caller names, and the two
//! signatures are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::request::Parts;
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::error::ServiceError;

/// How far the signature's time may be from the service's.
pub(crate) const LARGEST_SKEW: Duration = Duration::from_mins(5);

const SERVICE: &str = "connect";

/// The keys and regions that signatures are checked against.
pub(crate) struct Verifier<'a> {
    /// Secrets by access key id.
    pub(crate) secrets: &'a BTreeMap<String, String>,
    pub(crate) regions: &'a BTreeSet<String>,
    pub(crate) now: SystemTime,
}

/// Who signed a request, and for which region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
}

/// The parts of the header `authorization`.
#[derive(Debug, PartialEq, Eq)]
struct Authorization<'header> {
    access_key_id: &'header str,
    date: &'header str,
    region: &'header str,
    service: &'header str,
    signed_headers: BTreeSet<&'header str>,
    signature: &'header str,
}

impl Verifier<'_> {
    /// Who signed the request, if the signature is right.
    pub(crate) fn verify(&self, request: &Parts, body: &[u8]) -> Result<Signer, ServiceError> {
        let header = request.headers.get("authorization").ok_or(ServiceError::MissingAuthenticationToken)?;
        let authorization = header.to_str().ok().and_then(parse).ok_or_else(|| {
            ServiceError::IncompleteSignature(
                "the header `authorization` is not of the form `AWS4-HMAC-SHA256 \
                 Credential=<key>/<date>/<region>/<service>/aws4_request, SignedHeaders=<names>, Signature=<hex>`"
                    .to_owned(),
            )
        })?;
        for name in ["host", "x-amz-date"] {
            if !authorization.signed_headers.contains(name) {
                return Err(ServiceError::IncompleteSignature(format!("the header `{name}` must be signed")));
            }
        }
        let secret = self
            .secrets
            .get(authorization.access_key_id)
            .ok_or_else(|| ServiceError::UnrecognizedClient(authorization.access_key_id.to_owned()))?;
        let signed_at = self.check_scope(&authorization, request)?;
        let expected = signature(request, body, &authorization, secret, signed_at).ok_or_else(|| {
            ServiceError::IncompleteSignature("the request cannot be put in canonical form".to_owned())
        })?;
        if equal_in_constant_time(expected.as_bytes(), authorization.signature.as_bytes()) {
            Ok(Signer {
                access_key_id: authorization.access_key_id.to_owned(),
                region: authorization.region.to_owned(),
            })
        } else {
            Err(ServiceError::InvalidSignature(
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method."
                    .to_owned(),
            ))
        }
    }

    /// The time of the signature, if its scope and time are acceptable.
    fn check_scope(
        &self,
        authorization: &Authorization<'_>,
        request: &Parts,
    ) -> Result<SystemTime, ServiceError> {
        let Authorization { date, region, service, .. } = authorization;
        if *service != SERVICE {
            return Err(ServiceError::InvalidSignature(format!(
                "Credential should be scoped to correct service: `{SERVICE}`, not `{service}`"
            )));
        }
        if !self.regions.contains(*region) {
            return Err(ServiceError::InvalidSignature(format!(
                "Credential should be scoped to a valid region, not `{region}`"
            )));
        }
        let text =
            request.headers.get("x-amz-date").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed_at = parse_time(text).ok_or_else(|| {
            ServiceError::IncompleteSignature(format!("the header `x-amz-date` holds no time: `{text}`"))
        })?;
        if !text.starts_with(date) {
            return Err(ServiceError::InvalidSignature(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 `{date}` and `{text}`"
            )));
        }
        let skew = match self.now.duration_since(signed_at) {
            Ok(past) => past,
            Err(ahead) => ahead.duration(),
        };
        if skew > LARGEST_SKEW {
            return Err(ServiceError::InvalidSignature(format!(
                "Signature expired or not yet current: `{text}` is more than 5 minutes from the service's time"
            )));
        }
        Ok(signed_at)
    }
}

fn parse(header: &str) -> Option<Authorization<'_>> {
    let fields: BTreeMap<&str, &str> = header
        .strip_prefix("AWS4-HMAC-SHA256 ")?
        .split(',')
        .map(|field| field.trim().split_once('='))
        .collect::<Option<_>>()?;
    let scope: Vec<&str> = fields.get("Credential")?.split('/').collect();
    let [access_key_id, date, region, service, "aws4_request"] = scope[..] else { return None };
    Some(Authorization {
        access_key_id,
        date,
        region,
        service,
        signed_headers: fields.get("SignedHeaders")?.split(';').collect(),
        signature: fields.get("Signature")?,
    })
}

fn parse_time(text: &str) -> Option<SystemTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    PrimitiveDateTime::parse(text, format).ok().map(|time| time.assume_utc().into())
}

/// The signature that the request should carry; `None` if it has no canonical form.
fn signature(
    request: &Parts,
    body: &[u8],
    authorization: &Authorization<'_>,
    secret: &str,
    signed_at: SystemTime,
) -> Option<String> {
    let is_signed = |name: &str| authorization.signed_headers.contains(name);
    let text = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    let session_token = text("x-amz-security-token").filter(|_| is_signed("x-amz-security-token"));
    let identity = Credentials::new(
        authorization.access_key_id,
        secret,
        session_token.map(str::to_owned),
        None,
        "caller",
    )
    .into();

    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    if is_signed("x-amz-content-sha256") {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(authorization.region)
        .name(authorization.service)
        .time(signed_at)
        .settings(settings)
        .build()
        .ok()?
        .into();

    // The signer writes these itself, from what it is given above.
    let own = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "host"];
    let mut headers: Vec<(&str, &str)> = Vec::new();
    for (name, value) in &request.headers {
        if is_signed(name.as_str()) && !own.contains(&name.as_str()) {
            headers.push((name.as_str(), value.to_str().ok()?));
        }
    }
    // An HTTP client writes `host` when it sends; a request that is handed over has it in the URI only.
    let host = text("host").or_else(|| request.uri.authority().map(http::uri::Authority::as_str))?;
    headers.push(("host", host));

    let path_and_query = request.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let uri = format!("https://{host}{path_and_query}");
    let payload = SignableBody::Bytes(body);
    let signable = SignableRequest::new(request.method.as_str(), uri, headers.into_iter(), payload).ok()?;
    Some(sign(signable, &params).ok()?.into_parts().1)
}

fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0, |difference, (l, r)| difference | (l ^ r)) == 0
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const SCOPE: &str = "Credential=AKIDEXAMPLE/20261120/us-east-1/connect/aws4_request";
    const CREATE: &[u8] = br#"{"SecurityProfileName":"Dispatcher"}"#;
    const CREATE_SIGNATURE: &str = "219f67e94e2e884f30ad1dde2cd9262d57f4ef1f2c6fd9720eb56f040e5f4287";

    /// Signed by botocore 1.44.5, so by other code than the signer used here.
    fn create(authorization: &str) -> Parts {
        Request::put("/security-profiles/11111111-2222-3333-4444-555555555555")
            .header("host", "connect.us-east-1.amazonaws.com")
            .header("content-type", "application/json")
            .header("user-agent", "not signed")
            .header("x-amz-date", "20261120T120000Z")
            .header("authorization", authorization)
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    fn create_authorization() -> String {
        format!(
            "AWS4-HMAC-SHA256 {SCOPE}, SignedHeaders=content-type;host;x-amz-date, Signature={CREATE_SIGNATURE}"
        )
    }

    fn verify_at(now: &str, request: &Parts, body: &[u8]) -> Result<Signer, ServiceError> {
        let secrets = [("AKIDEXAMPLE".to_owned(), SECRET.to_owned())].into();
        let regions = ["us-east-1".to_owned(), "eu-west-2".to_owned()].into();
        Verifier { secrets: &secrets, regions: &regions, now: parse_time(now).unwrap() }.verify(request, body)
    }

    fn signer() -> Signer {
        Signer { access_key_id: "AKIDEXAMPLE".to_owned(), region: "us-east-1".to_owned() }
    }

    fn verify(request: &Parts, body: &[u8]) -> Result<Signer, ServiceError> {
        verify_at("20261120T120000Z", request, body)
    }

    #[test]
    fn a_known_good_signature_is_accepted() {
        assert_eq!(verify(&create(&create_authorization()), CREATE), Ok(signer()));
    }

    #[test]
    fn a_known_good_signature_with_a_session_token_and_encoded_labels_is_accepted() {
        let authorization = format!(
            "AWS4-HMAC-SHA256 {SCOPE}, SignedHeaders=host;x-amz-date;x-amz-security-token, \
             Signature=da371830809c63dfbafebd64705d465a9e9a84830349389f0ec2d846d29caa5c"
        );
        let request = Request::delete(
            "https://connect.us-east-1.amazonaws.com/tags/arn%3Aaws%3Aconnect%3Aus-east-1%3A000000000000\
             %3Ainstance%2Fi%2Fsecurity-profile%2Fp?tagKeys=b%2Fc%20d&tagKeys=a%2Bb",
        )
        .header("x-amz-date", "20261120T120000Z")
        .header("x-amz-security-token", "the/session+token==")
        .header("authorization", authorization)
        .body(())
        .unwrap();
        assert_eq!(verify(&request.into_parts().0, b""), Ok(signer()));
    }

    #[test]
    fn anything_that_was_signed_and_then_changed_is_refused() {
        let code = |request: &Parts, body: &[u8]| verify(request, body).unwrap_err().code();
        let good = || create(&create_authorization());

        let mut other_path = good();
        other_path.uri = "/security-profiles/other".parse().unwrap();
        let mut other_query = good();
        other_query.uri = format!("{}?a=b", good().uri).parse().unwrap();
        let mut other_method = good();
        other_method.method = http::Method::POST;
        let mut other_header = good();
        other_header.headers.insert("content-type", "text/plain".parse().unwrap());
        for request in [other_path, other_query, other_method, other_header] {
            assert_eq!(code(&request, CREATE), "InvalidSignatureException");
        }
        assert_eq!(code(&good(), b"{}"), "InvalidSignatureException");

        let mut other_agent = good();
        other_agent.headers.insert("user-agent", "it was not signed".parse().unwrap());
        assert!(verify(&other_agent, CREATE).is_ok());
    }

    #[test]
    fn a_clock_may_be_five_minutes_off_and_no_more() {
        for (now, accepted) in [
            ("20261120T120500Z", true),
            ("20261120T120501Z", false),
            ("20261120T115500Z", true),
            ("20261120T115459Z", false),
        ] {
            let result = verify_at(now, &create(&create_authorization()), CREATE);
            assert_eq!(result.is_ok(), accepted, "{now}: {result:?}");
        }
    }

    #[test]
    fn each_fault_of_the_authorization_has_its_error() {
        let good = create_authorization();
        let cases = [
            good.replace("AKIDEXAMPLE", "AKIDOTHER"),
            good.replace("us-east-1", "ap-south-1"),
            good.replace("/connect/", "/lambda/"),
            good.replace("/20261120/", "/20261119/"),
            good.replace("host;", ""),
            good.replace("219f", "219e"),
            good.replace("5f4287", ""),
            good.replace(", Signature", ""),
            "Bearer token".to_owned(),
        ]
        .map(|authorization| {
            let error = verify(&create(&authorization), CREATE).unwrap_err();
            format!("{} {}: {error}", error.status(), error.code())
        });
        insta::assert_snapshot!(cases.join("\n"), @r"
        403 UnrecognizedClientException: The security token included in the request is invalid: the access key `AKIDOTHER` is not known
        403 InvalidSignatureException: Credential should be scoped to a valid region, not `ap-south-1`
        403 InvalidSignatureException: Credential should be scoped to correct service: `connect`, not `lambda`
        403 InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: `20261119` and `20261120T120000Z`
        403 IncompleteSignatureException: the header `host` must be signed
        403 InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.
        403 InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.
        403 IncompleteSignatureException: the header `authorization` is not of the form `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, SignedHeaders=<names>, Signature=<hex>`
        403 IncompleteSignatureException: the header `authorization` is not of the form `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, SignedHeaders=<names>, Signature=<hex>`
        ");

        let mut unsigned = create(&good);
        unsigned.headers.remove("authorization");
        assert_eq!(verify(&unsigned, CREATE), Err(ServiceError::MissingAuthenticationToken));
    }
}
