//! How long texts may be, in characters, and how many different items a list may have.
//!
//! The reader goes by these numbers, and the [definition](super::definition) shows them; both have them from here alone.

/// The shortest and the longest.
pub(super) type Lengths = (usize, usize);

pub(super) const PROFILE_NAME: Lengths = (1, 127);
pub(super) const DESCRIPTION: Lengths = (0, 250);
/// Names of permissions, resources, applications and modules, and keys of tags.
pub(super) const NAME: Lengths = (1, 128);
pub(super) const TAG_VALUE: Lengths = (0, 256);
pub(super) const HIERARCHY_GROUP_ID: Lengths = (0, 127);
/// The API sets no limit to an agent's ARN; this one is that of ARNs elsewhere in Connect's model.
pub(super) const AI_AGENT_ARN: Lengths = (1, 2048);
pub(super) const ATTRIBUTE_NAME: Lengths = (1, 127);
pub(super) const ATTRIBUTE_VALUE: Lengths = (1, 1000);

/// STS's own limits.
pub(super) const EXTERNAL_ID: Lengths = (2, 1224);

pub(super) const PERMISSIONS: usize = 500;
/// Fifty is Connect's limit, and one tag is the owner's.
pub(super) const TAGS: usize = 49;
pub(super) const ACCESS_CONTROL_TAGS: usize = 4;
/// What tags restrict, and what the hierarchy restricts.
pub(super) const RESTRICTED_RESOURCES: usize = 10;
pub(super) const APPLICATIONS: usize = 10;
pub(super) const APPLICATION_PERMISSIONS: usize = 50;
pub(super) const FLOW_MODULES: usize = 10;
pub(super) const AI_AGENTS: usize = 100;
pub(super) const ATTRIBUTES: usize = 5;
pub(super) const ATTRIBUTE_VALUES: usize = 2;

pub(super) const ON_DELETE: [&str; 2] = ["Delete", "Retain"];
pub(super) const APPLICATION_TYPES: [&str; 2] = ["MCP", "THIRD_PARTY_APPLICATION"];
pub(super) const FLOW_MODULE_TYPES: [&str; 1] = ["MCP"];
pub(super) const AI_AGENT_TYPES: [&str; 1] = ["THIRD_PARTY"];
pub(super) const ACCESS_TYPES: [&str; 1] = ["ALLOW"];
