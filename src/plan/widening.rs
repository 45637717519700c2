//! What a change takes away that held the profile's users back: dropping it lets them do more, though no permission is added.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::Note;
use crate::settings::{Member, Settings};

/// A warning for each member by which the change widens what the profile allows.
pub(super) fn widenings(changes: &Settings, before: &Settings) -> Vec<Note> {
    let restricting = dropped(before.permissions.as_ref(), changes.permissions.as_ref());
    let restricting = restricting.into_iter().filter(|name| name.starts_with("Restrict")).collect();
    [
        (Member::Permissions, restricting),
        (
            Member::TagRestrictedResources,
            dropped(before.tag_restricted_resources.as_ref(), changes.tag_restricted_resources.as_ref()),
        ),
        (
            Member::HierarchyRestrictedResources,
            dropped(
                before.hierarchy_restricted_resources.as_ref(),
                changes.hierarchy_restricted_resources.as_ref(),
            ),
        ),
        (
            Member::AllowedAccessControlTags,
            dropped_keys(before.access_control_tags.as_ref(), changes.access_control_tags.as_ref()),
        ),
        (
            Member::GranularAccessControlConfiguration,
            dropped_keys(before.granular_access_control.as_ref(), changes.granular_access_control.as_ref()),
        ),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(member, names)| Note::Widened { member, names })
    .collect()
}

fn dropped<T: Ord + Display>(before: Option<&BTreeSet<T>>, after: Option<&BTreeSet<T>>) -> Vec<String> {
    match (before, after) {
        (Some(before), Some(after)) => before.difference(after).map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn dropped_keys<K: Ord + Display, V>(
    before: Option<&BTreeMap<K, V>>,
    after: Option<&BTreeMap<K, V>>,
) -> Vec<String> {
    match (before, after) {
        (Some(before), Some(after)) => {
            before.keys().filter(|key| !after.contains_key(key)).map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    }
}
