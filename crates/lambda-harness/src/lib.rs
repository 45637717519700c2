//! What stands around a custom-resource Lambda on AWS, on loopback.
//!
//! Five things, each usable alone: the [`RuntimeApi`] that hands a function its events, the response [`Bucket`]
//! that checks presigned URLs as S3 does, the [`Function`] process itself with Lambda's environment and no other,
//! the events that CloudFormation sends ([`create_event`], [`update_event`], [`delete_event`]), and a [`Terminator`]
//! that puts TLS before any of them.
//!
//! It is a test kit: it panics with a sentence where a library would return an error. It knows nothing of any
//! provider, and it was not checked against live AWS.

#![allow(clippy::doc_markdown, reason = "product names such as CloudFormation are not code")]

mod bucket;
mod event;
mod function;
mod presign;
mod put_store;
mod runtime_api;
mod tls;

pub use bucket::{Answer, Bucket, Reply};
pub use event::{
    FUNCTION_ARN, LOGICAL_ID, STACK_ID, create_event, delete_event, request_id, sns_event, update_event,
};
pub use function::Function;
pub use presign::Signature;
pub use runtime_api::{Outcome, RuntimeApi};
pub use tls::{Authority, HOST, Terminator};
