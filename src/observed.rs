//! The live profile, as far as it was read.

use std::time::SystemTime;

use crate::arn::SecurityProfileArn;
use crate::owner::{Owner, Ownership};
use crate::settings::{Settings, Tags};

/// A profile that exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observed {
    /// Its ARN.
    pub arn: SecurityProfileArn,
    /// Its name now: the console can rename what the API cannot.
    pub name: String,
    /// `OrganizationResourceId`, if the service says one.
    pub organization_resource_id: Option<String>,
    /// Its `Type` is `AWS_MANAGED`.
    pub is_aws_managed: bool,
    /// All its tags, the owner's among them.
    pub tags: Tags,
    /// The members that were read.
    pub settings: Settings,
    /// When and in which region it was last modified, if the service said.
    pub last_modified: (Option<SystemTime>, Option<String>),
}

impl Observed {
    /// Whose it is, as `owner` sees it.
    #[must_use]
    pub fn ownership(&self, owner: &Owner) -> Ownership {
        owner.reads_tags(&self.tags)
    }
}
