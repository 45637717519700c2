//! The emulator through signed HTTP requests, as a caller meets it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod assumptions;
mod binary;
mod caller;
mod choices;
mod errors;
mod faults;
mod iam;
mod lists;
mod profiles;
mod regions;
mod tags;
mod timing;
