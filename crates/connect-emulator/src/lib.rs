//! Amazon Connect's security-profile API, in memory.
//!
//! An independent reading of the service, made from its public API model and from what is documented or was
//! observed of it. It knows nothing of the programs that are tested against it. Requests are plain HTTP
//! requests, signed with Signature Version 4 and verified, and authorised by the IAM [policies](Policy) of the key, if
//! it has any; answers have the paths, statuses, headers and documents of the REST-JSON protocol, so any AWS SDK works
//! with it:
//!
//! - in process: [`Emulator::handle`], or with the feature `sdk` as the SDK's own HTTP client, with no socket;
//! - on a port of the loopback interface: [`serve`], or the binary `connect-emulator`.
//!
//! Beside the API it has what a test wants and a live service does not give: the truth ([`Emulator::profile`]),
//! a [journal](Call) of every call, scripted [faults](Fault), request [quotas](Quota) and a lag of reads behind
//! writes.
//!
//! Nothing here was checked against live AWS. Where the sources are silent the emulator makes an explicit
//! choice; `ASSUMPTIONS.md` lists them all, and [`Choices`] holds those that a caller may want the other way.
//!
//! ```
//! use connect_emulator::{Configuration, Emulator, Profile};
//!
//! let emulator = Emulator::new(Configuration::default());
//! let instance = "11111111-2222-3333-4444-555555555555";
//! emulator.put_profile(instance, Profile::named("Dispatcher").with_permission("BasicAgentAccess"));
//! assert!(emulator.profile(instance, "Dispatcher").is_some());
//! assert!(emulator.journal().is_empty());
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail"))]

mod choices;
mod configuration;
mod operation;
mod profile;

mod emulator;
mod fault;
mod flow_modules;
mod iam;
mod journal;

mod answer;
mod arn;
mod defaults;
mod error;
mod members;
mod model;
mod page;
mod quota;
mod reads;
mod route;
mod search;
mod shape;
mod signature;
mod store;
mod truth;
mod writes;

mod control;
#[cfg(feature = "sdk")]
pub mod sdk;
mod server;

pub use choices::Choices;
pub use configuration::{Configuration, Quota};
pub use emulator::{Emulator, Lost};
pub use fault::{Action, Fault, ServiceFailure};
pub use iam::{Policy, PolicyError};
pub use journal::Call;
pub use operation::{Operation, UnknownOperation};
pub use profile::{
    AiAgent, Application, DataTableAccess, FlowModule, GranularAccess, PrimaryAttributeAccess,
    PrimaryAttributeValue, Profile, ProfileType,
};
pub use server::{Server, serve};
