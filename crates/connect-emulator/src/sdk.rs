//! The AWS SDK's HTTP client over an emulator: the real SDK serialises, signs, retries and parses; there is no
//! socket and no port.
//!
//! Give it to the configuration of the client with `http_client(..)`, with static credentials of the emulator
//! and a region of its instances. A lost answer is a failed dispatch.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::Emulator;

/// An HTTP client that reaches this emulator whatever the endpoint.
#[must_use]
pub fn http_client(emulator: &Emulator) -> SharedHttpClient {
    SharedHttpClient::new(InProcess(emulator.clone()))
}

#[derive(Clone, Debug)]
struct InProcess(Emulator);

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let emulator = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body
                .bytes()
                .map(Bytes::copy_from_slice)
                .ok_or_else(|| ConnectorError::user("a request with a streaming body".into()))?;
            let response = emulator
                .handle(http::Request::from_parts(parts, body))
                .await
                .map_err(|lost| ConnectorError::io(lost.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;

    use super::*;
    use crate::{Configuration, Fault, Operation};

    fn list_instances() -> HttpRequest {
        let uri = "https://connect.us-east-1.amazonaws.com/instance";
        let mut request = http::Request::get(uri).body(SdkBody::empty()).unwrap();
        let identity = Credentials::new("test", "test", None, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("connect")
            .time(std::time::SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let signable = SignableRequest::new("GET", uri, [].into_iter(), SignableBody::empty()).unwrap();
        sign(signable, &params).unwrap().into_parts().0.apply_to_request_http1x(&mut request);
        request.try_into().unwrap()
    }

    #[tokio::test]
    async fn a_request_of_the_sdk_is_answered_without_a_socket() {
        let client = InProcess(Emulator::new(Configuration::default()));
        let response = client.call(list_instances()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let body: serde_json::Value = serde_json::from_slice(response.body().bytes().unwrap()).unwrap();
        assert_eq!(body["InstanceSummaryList"][0]["Id"], "11111111-2222-3333-4444-555555555555");
    }

    #[tokio::test]
    async fn a_lost_answer_is_a_failed_dispatch() {
        let client = InProcess(Emulator::new(Configuration::default()));
        client.0.script(Fault::on(Operation::ListInstances).lose());
        assert!(client.call(list_instances()).await.unwrap_err().is_io());
    }
}
