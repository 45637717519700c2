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
