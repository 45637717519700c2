//! The truth and how to change it "in the console", past the API: no signature, no limits, no lag, no journal.

use std::time::Duration;

use crate::store::Moment;
use crate::{Emulator, Profile};

/// A change of the truth that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SeedError {
    #[error("there is no instance `{0}`")]
    NoInstance(String),
    #[error("there is no security profile `{0}`")]
    NoProfile(String),
    #[error("there is another security profile with the name `{0}`")]
    NameTaken(String),
}

impl Emulator {
    /// The profile of that exact name, with everything, whatever reads show of it.
    #[must_use]
    pub fn profile(&self, instance_id: &str, name: &str) -> Option<Profile> {
        self.profiles(instance_id).into_iter().find(|profile| profile.name == name)
    }

    /// Every profile of an instance, by name; none if there is no such instance.
    #[must_use]
    pub fn profiles(&self, instance_id: &str) -> Vec<Profile> {
        let state = self.state();
        let mut profiles: Vec<Profile> = state
            .store
            .instances
            .get(instance_id)
            .into_iter()
            .flat_map(|instance| instance.truth().cloned())
            .collect();
        profiles.sort_by(|left, right| left.name.cmp(&right.name));
        profiles
    }

    /// The ARN of a profile, by its name.
    #[must_use]
    pub fn profile_arn(&self, instance_id: &str, name: &str) -> Option<String> {
        let profile = self.profile(instance_id, name)?;
        Some(self.state().store.instances.get(instance_id)?.profile_arn(&profile.id))
    }

    /// The ARN of an instance.
    #[must_use]
    pub fn instance_arn(&self, instance_id: &str) -> Option<String> {
        Some(self.state().store.instances.get(instance_id)?.arn.clone())
    }

    /// The identifiers of the instances.
    #[must_use]
    pub fn instance_ids(&self) -> Vec<String> {
        self.state().store.instances.keys().cloned().collect()
    }

    /// Seeds a profile, or changes the one with its identifier as one could in the console, name included.
    /// Visible to reads at once.
    ///
    /// # Panics
    ///
    /// If there is no such instance, or another of its profiles has the name.
    pub fn put_profile(&self, instance_id: &str, profile: Profile) {
        if let Err(error) = self.seed(instance_id, profile) {
            panic!("{error}");
        }
    }

    pub(crate) fn seed(&self, instance_id: &str, profile: Profile) -> Result<(), SeedError> {
        let moment = Moment::now(Duration::ZERO);
        let mut state = self.state();
        let instance = state
            .store
            .instances
            .get_mut(instance_id)
            .ok_or_else(|| SeedError::NoInstance(instance_id.to_owned()))?;
        let profile = instance.completed(profile, moment);
        if instance.truth().any(|other| other.name == profile.name && other.id != profile.id) {
            return Err(SeedError::NameTaken(profile.name));
        }
        instance.write(profile, moment);
        Ok(())
    }

    /// Removes a profile as one could in the console, whoever holds it. False if there was none of that name.
    #[expect(clippy::must_use_candidate, reason = "a caller that knows it is there need not ask")]
    pub fn remove_profile(&self, instance_id: &str, name: &str) -> bool {
        let Some(profile) = self.profile(instance_id, name) else { return false };
        let mut state = self.state();
        let Some(instance) = state.store.instances.get_mut(instance_id) else { return false };
        instance.remove(&profile.id, Moment::now(Duration::ZERO));
        true
    }

    /// Gives a user, who is made if unknown, exactly these profiles. A profile that a user holds is in use.
    ///
    /// # Panics
    ///
    /// If there is no such instance or profile.
    pub fn assign(&self, user_id: &str, instance_id: &str, profile_names: &[&str]) {
        if let Err(error) = self.try_assign(user_id, instance_id, profile_names) {
            panic!("{error}");
        }
    }

    pub(crate) fn try_assign(
        &self,
        user_id: &str,
        instance_id: &str,
        profile_names: &[impl AsRef<str>],
    ) -> Result<(), SeedError> {
        let mut state = self.state();
        let instance = state
            .store
            .instances
            .get_mut(instance_id)
            .ok_or_else(|| SeedError::NoInstance(instance_id.to_owned()))?;
        let mut ids = std::collections::BTreeSet::new();
        for name in profile_names {
            let name = name.as_ref();
            let profile = instance
                .truth()
                .find(|profile| profile.name == name)
                .ok_or_else(|| SeedError::NoProfile(name.to_owned()))?;
            ids.insert(profile.id.clone());
        }
        instance.assign(user_id, ids);
        Ok(())
    }
}
