//! One profile, as far as it was read.

use connect_security_profile::connect::{Instance, Summary};
use connect_security_profile::names::TagKey;
use connect_security_profile::observed::Observed;
use connect_security_profile::owner::{OWNER_TAG, is_owner_key};
use connect_security_profile::settings::Settings;
use connect_security_profile::undisclosed::Undisclosed;

use super::owner::Owned;

/// What the calls that were made tell of a profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Its instance.
    pub instance: Instance,
    /// From the instance's list.
    pub summary: Summary,
    /// From Describe, if that was called.
    pub described: Option<Observed>,
    /// From the lists that were called.
    pub lists: Settings,
}

impl Profile {
    /// The members that were read.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let described = self.described.as_ref().map(|it| it.settings.clone()).unwrap_or_default();
        described.after(&self.lists)
    }

    /// Its name: Describe's, which is newer, before the list's.
    #[must_use]
    pub fn name(&self) -> &str {
        self.described.as_ref().map_or(&self.summary.name, |it| &it.name)
    }

    /// Whether AWS manages it, as far as the service says.
    #[must_use]
    pub fn is_aws_managed(&self) -> Option<bool> {
        self.described.as_ref().map(|it| it.is_aws_managed).or(self.summary.is_aws_managed)
    }

    /// Whose it is, if it was described and has an owner.
    #[must_use]
    pub fn owner(&self) -> Option<Owned> {
        let tags = &self.described.as_ref()?.tags;
        let own = tags.get(&TagKey::from(OWNER_TAG)).map(Undisclosed::reveal).map(Owned::read);
        // In another spelling it is no tag of the provider's, and yet the provider does not take the profile for unmanaged.
        let other = tags.iter().find(|(key, _)| is_owner_key(key.as_str()));
        own.or_else(|| Some(Owned::Unreadable(other?.1.reveal().to_owned())))
    }
}
