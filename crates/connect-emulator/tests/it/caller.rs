//! A caller that signs its requests, and the names that the tests share.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use connect_emulator::{Configuration, Emulator, Lost};
use http::Request;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

pub(crate) const INSTANCE: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const REGION: &str = "us-east-1";

/// What the SDKs leave as it is in labels and queries.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// An answer: status, error code, document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    /// The status and the code, of an error.
    pub(crate) fn error(&self) -> (u16, &str) {
        (self.status, self.code.as_deref().unwrap_or_default())
    }

    /// The document of a success.
    pub(crate) fn ok(self) -> Value {
        assert_eq!((self.status, &self.code), (200, &None), "{}", self.body);
        self.body
    }

    /// The text of a member of the document of a success.
    pub(crate) fn text(self, member: &str) -> String {
        self.ok()[member].as_str().unwrap().to_owned()
    }
}

/// An emulator and how to call it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) emulator: Emulator,
    region: String,
}

impl Caller {
    pub(crate) fn new(configuration: Configuration) -> Self {
        Self { emulator: Emulator::new(configuration), region: REGION.to_owned() }
    }

    pub(crate) fn default() -> Self {
        Self::new(Configuration::default())
    }

    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { emulator: self.emulator.clone(), region: region.to_owned() }
    }

    pub(crate) async fn try_call(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer, Lost> {
        let request = signed(&self.region, method, path, body);
        let response = self.emulator.handle(request).await?;
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert!(header("x-amzn-requestid").is_some_and(|id| id.len() == 36));
        Ok(Answer {
            status: response.status().as_u16(),
            code: header("x-amzn-errortype"),
            body: if response.body().is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(response.body()).unwrap_or_else(|_| json!("not JSON"))
            },
        })
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.try_call(method, path, &body).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) async fn create(&self, name: &str, members: Value) -> Answer {
        let mut body = json!({ "SecurityProfileName": name });
        for (member, value) in members.as_object().into_iter().flatten() {
            body[member] = value.clone();
        }
        self.call("PUT", &format!("/security-profiles/{INSTANCE}"), body).await
    }

    /// Creates a profile and gives its identifier.
    pub(crate) async fn created(&self, name: &str, members: Value) -> String {
        self.create(name, members).await.text("SecurityProfileId")
    }

    pub(crate) async fn update(&self, id: &str, members: Value) -> Answer {
        self.call("POST", &path(id), members).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Answer {
        self.call("DELETE", &path(id), Value::Null).await
    }

    pub(crate) async fn describe(&self, id: &str) -> Answer {
        self.get(&path(id)).await
    }

    /// The profile's document.
    pub(crate) async fn described(&self, id: &str) -> Value {
        self.describe(id).await.ok()["SecurityProfile"].clone()
    }

    pub(crate) fn arn(&self, name: &str) -> String {
        self.emulator.profile_arn(INSTANCE, name).unwrap()
    }

    pub(crate) async fn tag(&self, arn: &str, tags: Value) -> Answer {
        self.call("POST", &format!("/tags/{}", encode(arn)), json!({ "tags": tags })).await
    }

    pub(crate) async fn untag(&self, arn: &str, keys: &[&str]) -> Answer {
        let query: Vec<_> = keys.iter().map(|key| format!("tagKeys={}", encode(key))).collect();
        self.call("DELETE", &format!("/tags/{}?{}", encode(arn), query.join("&")), Value::Null).await
    }

    pub(crate) async fn tags(&self, arn: &str) -> Answer {
        self.get(&format!("/tags/{}", encode(arn))).await
    }
}

pub(crate) fn path(profile: &str) -> String {
    format!("/security-profiles/{INSTANCE}/{}", encode(profile))
}

/// A request signed with the emulator's default key.
pub(crate) fn signed(region: &str, method: &str, path: &str, body: &[u8]) -> Request<Bytes> {
    signed_by("test", "test", region, method, path, body)
}

/// A request signed with any key, as of a session.
pub(crate) fn signed_by(
    key: &str,
    secret: &str,
    region: &str,
    method: &str,
    path: &str,
    body: &[u8],
) -> Request<Bytes> {
    let uri = format!("https://connect.{region}.amazonaws.com{path}");
    let mut request = Request::builder()
        .method(method)
        .uri(&uri)
        .header("content-type", "application/json")
        .body(Bytes::copy_from_slice(body))
        .unwrap();
    let identity = Credentials::new(key, secret, Some("token".to_owned()), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("connect")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("content-type", "application/json")].into_iter();
    let signable = SignableRequest::new(method, uri, headers, SignableBody::Bytes(body)).unwrap();
    sign(signable, &params).unwrap().into_parts().0.apply_to_request_http1x(&mut request);
    request
}
