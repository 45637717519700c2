//! The built `bootstrap` as a process, behind a Runtime API, a Connect and a response bucket.

#![allow(clippy::unwrap_used, reason = "a test may fail")]
// The SDK's futures nest deeply.
#![recursion_limit = "256"]

mod adoption;
mod architecture;
mod bench;
mod codes;
mod crowd;
mod deliveries;
mod documents;
mod edges;
mod events;
mod failures;
mod faults_found;
mod guards;
mod histories;
mod hostile;
mod iam;
mod laws;
mod lifecycle;
mod lifecycles;
mod limits;
mod lookup;
mod metrics;
mod ownership;
mod records;
mod references;
mod replacement;
mod roles;
mod simulator;
mod sts;
mod template;
mod tls;
mod waiting;
mod world;
