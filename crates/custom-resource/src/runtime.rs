//! Lambda's runtime around a handler, with each payload as the bytes that were delivered.
//!
//! `lambda_runtime` reads a payload before it calls anybody: what is not UTF-8 ends the process, and what `serde_json` does
//! not read is reported as an error that nobody responds to. So the bytes are taken off an invocation before it comes there.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde::de::IgnoredAny;

use crate::handler::Handler;
use crate::provider::Provider;

/// Asks Lambda for events and handles one after the other, until the process is ended.
///
/// # Errors
/// When Lambda's runtime API cannot be used.
pub async fn run<P: Provider>(handler: Handler<P>) -> Result<(), lambda_runtime::Error> {
    let payload = Payload::default();
    let service = service_fn(async |event: LambdaEvent<IgnoredAny>| {
        handler.handle_payload(&payload.take(), &event.context).await
    });
    Runtime::new(service).layer(TracingLayer::new()).layer(payload.clone()).run().await
}

/// The payload of the invocation that is being handled: there is one at a time.
#[derive(Clone, Default)]
struct Payload(Arc<Mutex<Bytes>>);

impl Payload {
    fn put(&self, payload: Bytes) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = payload;
    }

    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S> Layer<S> for Payload {
    type Service = TakesPayload<S>;

    fn layer(&self, inner: S) -> TakesPayload<S> {
        TakesPayload { inner, payload: self.clone() }
    }
}

struct TakesPayload<S> {
    inner: S,
    payload: Payload,
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for TakesPayload<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> S::Future {
        self.payload.put(std::mem::replace(&mut invocation.body, Bytes::from_static(b"null")));
        self.inner.call(invocation)
    }
}
