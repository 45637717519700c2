//! The provider behind `Custom::ConnectSecurityProfile`: Amazon Connect security profiles for CloudFormation.
//!
//! An event goes one way through it:
//!
//! 1. [`properties`]: the template's properties become what is [desired](properties::Desired), or all their mistakes at once;
//! 2. [`connect`] reads the live profile, only what is managed ([`observed`]);
//! 3. [`plan`] compares the two, purely, and gives the calls to make as data;
//! 4. [`connect`] makes them;
//! 5. [`attributes`] are what `Fn::GetAtt` returns.
//!
//! [`provider`] is the shell that runs the five; `custom_resource` takes the event in and answers it.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail"))]

pub mod arn;
pub mod attributes;
pub mod catalogue;
pub mod code;
pub mod connect;
pub mod connect_error;
pub mod environment;
pub mod guards;
pub mod listing;
pub mod metrics;
pub mod names;
pub mod observed;
pub mod operation;
pub mod owner;
pub mod ownership;
pub mod physical_id;
pub mod plan;
pub mod previous;
pub mod properties;
pub mod provider;
pub mod retry;
pub mod settings;
pub mod tally;
#[cfg(test)]
mod testing;
pub mod timestamp;
pub mod undisclosed;
