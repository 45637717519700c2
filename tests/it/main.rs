//! The built `bootstrap` as a process, behind a Runtime API, a Connect and a response bucket.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod adoption;
mod architecture;
mod bench;
mod edges;
mod events;
mod failures;
mod guards;
mod laws;
mod lifecycle;
mod lookup;
mod ownership;
mod replacement;

mod roles;
mod template;
mod waiting;
mod world;
