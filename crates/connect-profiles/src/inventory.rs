//! What there is: the profiles of one instance, of several, or of all of a region, as much of each as is wanted.
//!
//! [`scope`] says which instances, [`reader`] reads them side by side at the pace of [`quota`], [`mod@column`] names what can be
//! known of a profile and which calls tell it. What could not be read is a [`Trouble`] beside the
//! profiles, so that a part is never taken for the whole.

pub mod column;
pub mod find;
pub mod owner;
pub mod profile;
pub mod progress;
pub mod properties;
pub mod quota;
pub mod reader;
pub mod scope;
pub mod trouble;

pub use profile::Profile;
pub use reader::{Inventory, Reader, Wanted};
pub use scope::Scope;
pub use trouble::Trouble;
