//! One signed request, as raw as it gets: an SDK would neither send what breaks the model nor show the error's own form.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use connect_security_profile::arn::InstanceArn;
use serde_json::Value;

use crate::failure::Failure;

/// How often a throttled call is made again, a second apart or more.
const TRIES: u64 = 20;

/// Connect in one region, without an SDK's model of it.
#[derive(Debug)]
pub struct Raw {
    operation: Operation<Request, Answer, Infallible>,
    config: SdkConfig,
    endpoint: String,
    region: String,
}

/// What the service said, whatever it was.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers in lower case.
    pub headers: BTreeMap<String, String>,
    /// The document; null where there is none.
    pub body: Value,
}

#[derive(Debug)]
struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Raw {
    /// Over the SDK's credentials, HTTP client and endpoint, in the instance's region.
    pub fn new(config: &SdkConfig, instance: &InstanceArn) -> Result<Self, Failure> {
        let region = instance.region().to_owned();
        let suffix = if instance.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = config.endpoint_url().map(|url| url.trim_end_matches('/').to_owned());
        let endpoint = endpoint.unwrap_or_else(|| format!("https://connect.{region}.{suffix}"));
        let client = config.http_client().ok_or_else(|| Failure::new("there is no HTTP client"))?;
        let operation = Operation::builder()
            .service_name("connect")
            .operation_name("Probe")
            .behavior_version(BehaviorVersion::latest())
            .http_client(client)
            .endpoint_url(&endpoint)
            .no_auth()
            .no_retry()
            .serializer(|request: Request| {
                let mut built = http::Request::builder().method(request.method).uri(request.path);
                for (name, value) in request.headers {
                    built = built.header(name, value);
                }
                Ok(HttpRequest::try_from(built.body(SdkBody::from(request.body))?)?)
            })
            .deserializer(|response| {
                let text = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
                let headers = response.headers().iter();
                Ok(Answer {
                    status: response.status().as_u16(),
                    headers: headers
                        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                        .collect(),
                    body: serde_json::from_str(&text).unwrap_or(Value::Null),
                })
            })
            .build();
        Ok(Self { operation, config: config.clone(), endpoint, region })
    }

    /// Sends it, again while it is throttled.
    pub async fn call(&self, method: &'static str, path: &str, body: &str) -> Result<Answer, String> {
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.once(method, path, body).await?;
            let is_throttled =
                ["ThrottlingException", "TooManyRequestsException"].contains(&answer.code().as_str());
            if !is_throttled || tries > TRIES {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(700 + 200 * tries)).await;
        }
    }

    async fn once(&self, method: &'static str, path: &str, body: &str) -> Result<Answer, String> {
        let provider = self.config.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| error.to_string())?;
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("connect")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?;
        let uri = format!("{}{path}", self.endpoint);
        let json = [("content-type", "application/json")];
        let signable =
            SignableRequest::new(method, &uri, json.into_iter(), SignableBody::Bytes(body.as_bytes()));
        let signable = signable.map_err(|error| error.to_string())?;
        let (instructions, _) =
            sign(signable, &params.into()).map_err(|error| error.to_string())?.into_parts();
        let mut signed =
            http::Request::builder().method(method).uri(&uri).body(()).map_err(|error| error.to_string())?;
        instructions.apply_to_request_http1x(&mut signed);
        let headers = signed.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let headers = headers.chain([("content-type".to_owned(), "application/json".to_owned())]).collect();
        let request = Request { method, path: path.to_owned(), headers, body: body.to_owned() };
        let answer = self.operation.invoke(request).await;
        answer.map_err(|error| {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            format!("no answer: {}", causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
        })
    }
}

impl Answer {
    /// Whether it was carried out.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The error's code: from the header, without what may stand behind it, or from the document.
    #[must_use]
    pub fn code(&self) -> String {
        let header = self.headers.get("x-amzn-errortype").map(String::as_str);
        let code = header.or(self.body["__type"].as_str()).or(self.body["code"].as_str()).unwrap_or_default();
        let code = code.split(':').next().unwrap_or_default();
        code.rsplit('#').next().unwrap_or_default().to_owned()
    }

    /// The error's code and status.
    #[must_use]
    pub fn error(&self) -> String {
        format!("{} {}", self.code(), self.status)
    }

    /// The error's words.
    #[must_use]
    pub fn message(&self) -> &str {
        self.body["Message"].as_str().or(self.body["message"].as_str()).unwrap_or_default()
    }
}
