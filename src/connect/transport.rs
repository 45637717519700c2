//! The SDK's requests over the connections of [`Https`], which the answers to CloudFormation use, too: one set of roots for the
//! process. The SDK's own client would read them for itself, and parse them again for each region and role.

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use custom_resource::Https;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// All clients of the SDK share it, and so the connections that it keeps.
///
/// How long a connection may take is [`Https`]'s affair, and how long a call may take the caller's: of the SDK's settings none
/// is heeded.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    client: Client<Https, SdkBody>,
}

/// The most bytes of a response's status and headers, and of what is read ahead. Connect's have some hundred.
const MOST_HEAD: usize = 16 << 10;

impl Transport {
    pub(super) fn over(https: Https) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).http1_max_buf_size(MOST_HEAD);
        Self { client: builder.build(https) }
    }
}

impl HttpClient for Transport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        // The SDK does not use a connection again on which a server was in trouble.
        let connection = capture_connection(&mut request);
        if let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() {
            asked.set_connection_retriever(move || metadata(&connection));
        }
        let answering = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answering.await.map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    let used = connection.connection_metadata().is_some();
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    used.then(|| ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}
