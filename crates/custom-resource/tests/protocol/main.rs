//! The custom-resource protocol, rule by rule. A test's name begins with the rule it is for: A the request, B the
//! response document, C its delivery, D time, F repeats, G secrets, H the process, I SNS, J what cannot be read.
#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::doc_markdown, reason = "product names such as CloudFormation are not code")]

mod kit;
#[path = "../../examples/scripted/provider.rs"]
mod provider;

mod codes;
mod damaged;
mod delivery;
mod document;
mod laws;
mod process;
mod records;
mod request;
mod secrets;
mod time;
