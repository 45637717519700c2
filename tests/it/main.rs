//! The built `bootstrap` as a process, behind a Runtime API, a Connect and a response bucket.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod adoption;
mod architecture;
mod bench;
mod events;
mod failures;
mod faults_found;
mod histories;
mod laws;
mod lifecycle;
mod lifecycles;
mod lookup;
mod ownership;
mod replacement;
mod simulator;
mod template;
mod waiting;
mod world;
