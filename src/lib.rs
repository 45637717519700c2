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
pub mod physical_id;
pub mod names;
pub mod undisclosed;
pub mod settings;
pub mod properties;
pub mod previous;
pub mod catalogue;
pub mod owner;
pub mod observed;
pub mod plan;
pub mod operation;
pub mod connect_error;
pub mod retry;
pub mod connect;
pub mod attributes;
pub mod provider;
