//! How much of a service's response is taken in: an HTTP client around another that ends a response which is larger, deeper
//! or finer than any of Connect's. What reads it needs several times its size, and the function has little memory.
//!
//! Bytes are counted as they are read, so after any transfer encoding; no content encoding is asked for, and none is undone.
//! One response over [`SMALL`] is held at a time, by all clones together: the next one waits until the first was parsed.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most bytes of a body. The largest response that Connect has reason for is a page of 1,000 profiles: half a megabyte.
const MOST_BYTES: usize = 4 << 20;

/// The most values of a document, which become objects of a hundred bytes each: a page of 1,000 profiles has 9,000.
const MOST_VALUES: usize = 50_000;

/// The deepest nesting; a profile's granular configuration has eight levels.
const MOST_DEPTH: usize = 64;

/// The most bytes of one string, as it is written; no member of a profile has more than some thousand, but a message may have.
const MOST_STRING: usize = 128 << 10;

/// Responses up to this size, and with few values, are read side by side.
const SMALL: usize = 32 << 10;
const FEW_VALUES: usize = 2000;

/// Why a response is not read. Asking again would bring it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OversizedResponse {
    /// Its body.
    #[error("the response is larger than 4 MB")]
    Bytes,
    /// Its body, which is no JSON.
    #[error("the response is not JSON and larger than 128 kB")]
    Text,
    /// Its document.
    #[error("the response has more than {MOST_VALUES} values")]
    Values,
    /// The nesting of its document.
    #[error("the response is nested more than {MOST_DEPTH} levels deep")]
    Depth,
    /// One string of its document.
    #[error("the response has a string of more than 128 kB")]
    String,
}

/// An HTTP client of the SDK's whose responses are limited. Clones share the one place for a large response.
#[derive(Clone, Debug)]
pub struct Limited {
    client: SharedHttpClient,
    measure: Measure,
}

/// What the responses of a client are measured by.
#[derive(Clone, Debug)]
struct Measure {
    /// The one place for a large response.
    large: Arc<Semaphore>,
    /// The most bytes of what is no JSON.
    most_text: usize,
}

impl Limited {
    /// Limits the responses of this client.
    pub fn around(client: impl HttpClient + 'static) -> Self {
        let measure = Measure { large: Arc::new(Semaphore::new(1)), most_text: MOST_BYTES };
        Self { client: SharedHttpClient::new(client), measure }
    }

    /// The same for a client that expects no XML but that of STS, which is short: not the templates of CloudFormation.
    #[must_use]
    pub(super) fn without_long_texts(mut self) -> Self {
        self.measure.most_text = MOST_STRING;
        self
    }
}

impl HttpClient for Limited {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { connector, measure: self.measure.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }
}

#[derive(Debug)]
struct LimitedConnector {
    connector: SharedHttpConnector,
    measure: Measure,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let responding = self.connector.call(request);
        let measure = self.measure.clone();
        HttpConnectorFuture::new(async move {
            let mut response = responding.await?;
            let length = response.headers().get("content-length").and_then(|text| text.parse().ok());
            if length.is_some_and(|length: u64| length > MOST_BYTES as u64) {
                return Err(oversized(OversizedResponse::Bytes));
            }
            let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
            let body = read(response.take_body(), length, &measure).await?;
            *response.body_mut() = body;
            Ok(response)
        })
    }
}

fn oversized(limit: OversizedResponse) -> ConnectorError {
    ConnectorError::other(limit.into(), None)
}

/// A large body, and the one place for such, which is free again when the last who holds the body drops it.
struct Large {
    bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Large {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body, which is said to be of that length, to its end or to the first limit that it breaks.
async fn read(mut body: SdkBody, length: usize, measure: &Measure) -> Result<SdkBody, ConnectorError> {
    let large = &measure.large;
    let mut place = if length > SMALL { place_for_one(large).await } else { None };
    let mut bytes = Vec::with_capacity(length);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(ConnectorError::io)?;
        let Some(data) = frame.data_ref() else { continue };
        if bytes.len() + data.len() > MOST_BYTES {
            return Err(oversized(OversizedResponse::Bytes));
        }
        if bytes.len() + data.len() > SMALL && place.is_none() {
            place = place_for_one(large).await;
        }
        bytes.extend_from_slice(data);
    }
    if !is_json(&bytes) && bytes.len() > measure.most_text {
        return Err(oversized(OversizedResponse::Text));
    }
    if values(&bytes).map_err(oversized)? > FEW_VALUES && place.is_none() {
        place = place_for_one(large).await;
    }
    Ok(match place {
        None => SdkBody::from(bytes),
        Some(place) => SdkBody::from(Bytes::from_owner(Large { bytes, _place: place })),
    })
}

/// Nobody closes the semaphore; without a place a body would be read all the same.
async fn place_for_one(large: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(large).acquire_owned().await.ok()
}

fn is_json(document: &[u8]) -> bool {
    matches!(document.trim_ascii_start().first(), None | Some(b'{' | b'['))
}

/// How many values a JSON document has, if it keeps within the limits. Anything that is no JSON document has none.
fn values(document: &[u8]) -> Result<usize, OversizedResponse> {
    if !is_json(document) {
        return Ok(0);
    }
    let (mut values, mut depth, mut rest) = (0, 0_usize, document.iter());
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => {
                let mut length = 0;
                while let Some(byte) = rest.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            rest.next();
                            length += 2;
                        }
                        _ => length += 1,
                    }
                    if length > MOST_STRING {
                        return Err(OversizedResponse::String);
                    }
                }
            }
            b'{' | b'[' => {
                depth += 1;
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MOST_DEPTH {
            return Err(OversizedResponse::Depth);
        }
        if values > MOST_VALUES {
            return Err(OversizedResponse::Values);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::{Body, Frame};

    use super::*;

    struct Pieces(VecDeque<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
        }
    }

    fn measure(most_text: usize) -> Measure {
        Measure { large: Arc::new(Semaphore::new(1)), most_text }
    }

    fn limit(error: &ConnectorError) -> Option<OversizedResponse> {
        let source = std::error::Error::source(error)?;
        source.downcast_ref::<OversizedResponse>().copied()
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_4_mb_in_whatever_pieces_it_comes() {
        for (size, expected) in
            [(0, None), (MOST_BYTES, None), (MOST_BYTES + 1, Some(OversizedResponse::Bytes))]
        {
            for piece in [1000, 1 << 20, 8 << 20] {
                let pieces = vec![b' '; size].chunks(piece).map(Bytes::copy_from_slice).collect();
                match read(SdkBody::from_body_1_x(Pieces(pieces)), 0, &measure(MOST_BYTES)).await {
                    Ok(body) => {
                        assert_eq!((body.bytes().map(<[u8]>::len), expected), (Some(size), None), "{piece}");
                    }
                    Err(error) => assert_eq!(limit(&error), expected, "{size} {piece}"),
                }
            }
        }
    }

    #[tokio::test]
    async fn a_second_large_body_waits_until_the_first_is_dropped() {
        let measure = measure(MOST_BYTES);
        let body = || SdkBody::from(vec![b' '; SMALL + 1]);
        let first = read(body(), 0, &measure).await.unwrap();
        assert!(
            read(SdkBody::from(vec![b' '; SMALL]), SMALL, &measure).await.is_ok(),
            "a small one does not"
        );
        let (other, length) = (measure.clone(), SMALL + 1);
        let second =
            tokio::spawn(async move { read(SdkBody::from(vec![b' '; SMALL + 1]), length, &other).await });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.unwrap().is_ok());
        assert_eq!(measure.large.available_permits(), 1);
    }

    #[tokio::test]
    async fn what_is_no_json_may_be_as_long_as_its_reader_expects() {
        let text = || SdkBody::from(vec![b'<'; MOST_STRING + 1]);
        assert!(read(text(), 0, &measure(MOST_BYTES)).await.is_ok());
        let error = read(text(), 0, &measure(MOST_STRING)).await.unwrap_err();
        assert_eq!(limit(&error), Some(OversizedResponse::Text));
    }

    #[test]
    fn a_document_has_so_many_values_so_deep_and_strings_so_long() {
        assert_eq!(values(br#" {"a": [1, "x,[{\"", {}], "b": null}"#), Ok(6));
        assert_eq!(values(b"<xml>[[[["), Ok(0));
        assert_eq!(values(b""), Ok(0));
        let nested = |depth| "[".repeat(depth).into_bytes();
        assert_eq!(values(&nested(MOST_DEPTH)), Ok(MOST_DEPTH));
        assert_eq!(values(&nested(MOST_DEPTH + 1)), Err(OversizedResponse::Depth));
        let many = |count| format!("[{}1]", "1,".repeat(count)).into_bytes();
        assert_eq!(values(&many(MOST_VALUES - 1)), Ok(MOST_VALUES));
        assert_eq!(values(&many(MOST_VALUES)), Err(OversizedResponse::Values));
        let long = |count| format!("[\"{}\"]", "x".repeat(count)).into_bytes();
        assert_eq!(values(&long(MOST_STRING)), Ok(1));
        assert_eq!(values(&long(MOST_STRING + 1)), Err(OversizedResponse::String));
        assert_eq!(values(b"{\"a\\"), Ok(1), "what is cut off is for the parser to refuse");
    }
}
