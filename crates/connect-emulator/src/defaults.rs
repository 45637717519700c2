//! The four profiles that a new instance has.
//!
//! AWS publishes no permission lists for them. `data/default-profiles.json` holds what was seen in public
//! Terraform code; `ASSUMPTIONS.md` says why these lists were chosen from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Profile, ProfileType};

/// The name of a profile and the list of the data that is taken for it.
const CHOSEN: [(&str, &str); 4] = [
    ("Admin", "observed_A"),
    ("Agent", "observed_GM_2022_possibly_customised"),
    ("CallCenterManager", "observed_B"),
    ("QualityAnalyst", "observed_B_and_GM"),
];

/// The four default profiles, with fresh identifiers.
pub(crate) fn profiles(profile_type: ProfileType) -> Vec<Profile> {
    let data: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../data/default-profiles.json")).unwrap_or_default();
    CHOSEN
        .into_iter()
        .map(|(name, list)| {
            let of = &data[name];
            let permissions: BTreeSet<String> = of[list]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let description = of["description"].as_str().unwrap_or_default();
            Profile { profile_type, permissions, ..Profile::named(name).described(description) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_instance_has_four_profiles_with_the_observed_permissions() {
        let profiles = profiles(ProfileType::AwsManaged);
        let sizes: Vec<_> =
            profiles.iter().map(|profile| (profile.name.as_str(), profile.permissions.len())).collect();
        assert_eq!(sizes, [("Admin", 290), ("Agent", 6), ("CallCenterManager", 64), ("QualityAnalyst", 4)]);
        for profile in profiles {
            assert_eq!(profile.profile_type, ProfileType::AwsManaged);
            assert!(profile.description.ends_with('.'), "{}", profile.name);
        }
    }
}
