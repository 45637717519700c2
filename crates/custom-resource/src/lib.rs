//! CloudFormation's custom-resource protocol for Rust Lambdas: events in, exactly one answer out.
//!
//! Implement [`Provider`], and give a [`Handler`] with it to [`run`]. An event that does not fit a type, or that no JSON reader
//! takes, would never reach a handler that was given to `lambda_runtime` itself, and nobody would respond to it.
//!
//! ```no_run
//! # use custom_resource::{Create, Delete, Failure, Handler, Invocation, PhysicalId, Provider, Settings, Success, Update};
//! # use lambda_runtime::Error;
//! # use serde_json::Value;
//! struct Greeting;
//!
//! impl Provider for Greeting {
//!     fn nothing_created(&self) -> PhysicalId {
//!         PhysicalId::parse("greeting:none").expect("a short text is a physical id")
//!     }
//!
//!     fn perhaps_created(&self) -> PhysicalId {
//!         PhysicalId::parse("greeting:unknown").expect("a short text is a physical id")
//!     }
//!
//!     async fn create(&self, request: Create, _: Invocation) -> Result<Success, Failure> {
//!         let name = request.properties.get("Name").and_then(Value::as_str);
//!         let name = name.ok_or_else(|| Failure::new("`Name` is missing"))?;
//!         let physical_id = PhysicalId::parse(name).map_err(|error| Failure::new(error.to_string()))?;
//!         Ok(Success { physical_id, data: Default::default(), no_echo: false })
//!     }
//!
//!     async fn update(&self, request: Update, invocation: Invocation) -> Result<Success, Failure> {
//!         let Update { resource, properties, .. } = request;
//!         self.create(Create { resource, properties }, invocation).await
//!     }
//!
//!     async fn delete(&self, _: Delete, _: Invocation) -> Result<(), Failure> {
//!         Ok(())
//!     }
//! }
//!
//! # async fn run() -> Result<(), Error> {
//! let handler = Handler::new(Greeting, Settings::default());
//! custom_resource::run(handler).await
//! # }
//! ```
//!
//! # Where `aws_lambda_events` is used, and where not
//! Its request types, and its SNS batch, build the events of this crate's tests, which shows that what they write is
//! read here. They do not read the events: a field that is missing or of another type would be an error before there
//! is anybody to answer to, one bad record would lose a batch, and their `Debug` shows the `ResponseURL`. Its response
//! type is not used: it writes `"Reason":null`, with which CloudFormation was reported to discard the whole answer.
//!
//! # What was not checked
//! All of this was tested on loopback, none of it against live AWS. The rules come from AWS's documentation and from
//! public reports of how CloudFormation behaves.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail"))]
#![allow(clippy::doc_markdown, reason = "product names such as CloudFormation are not code")]

mod provider;

mod code;
mod failure;
mod invocation;
mod physical_id;
mod request;
mod stack_arn;

mod clock;
mod deadline;
mod delivery;
mod envelope;
mod error;
mod event;
mod fragments;
mod function_arn;
mod handler;
mod https;
mod operation;
mod origin;
mod outcome;
mod records;
mod rehearsal;
mod response;
mod response_url;
mod runtime;
mod span;
mod text;

pub use code::{Code, ProtocolCode, UnknownCode};
pub use delivery::DeliveryError;
pub use envelope::Unanswerable;
pub use error::HandlerError;
pub use failure::Failure;
pub use function_arn::{FunctionArn, FunctionArnError};
pub use handler::{Handler, Settings};
pub use https::{ClientError, Https};
pub use invocation::Invocation;
pub use origin::{Origin, OriginError};
pub use physical_id::{PhysicalId, PhysicalIdError};
pub use provider::{Provider, Success};
pub use rehearsal::{Sending, events};
pub use request::{Create, Delete, Properties, Resource, Update};
pub use response_url::UrlRefusal;
pub use runtime::run;
pub use stack_arn::{StackArn, StackArnError};
pub use text::{printable, printable_characters};
