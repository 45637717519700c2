//! The catalogue of permissions as people see it: the console's groups and labels beside the names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

/// A permission that is known.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// The name in the API.
    #[serde(rename = "api_name")]
    pub name: String,
    /// The console's group, if AWS's list has the name.
    pub group: Option<String>,
    /// What the console shows, if AWS's list has it.
    pub label: Option<String>,
    /// View, Edit, Create, …
    pub action: Option<String>,
    /// What the console adds when it is ticked, as AWS documents it.
    #[serde(default)]
    pub implies: Vec<String>,
    /// What it is said to need besides, by what like permissions need; not documented.
    #[serde(default, rename = "implies_inferred")]
    pub likely_implies: Vec<String>,
    /// What the console makes of it when a profile is saved there.
    #[serde(default, rename = "console_migrates_on_save_to")]
    pub migrates_to: Value,
}

/// The group of what AWS's list does not have.
pub const NO_GROUP: &str = "In no published list";

/// The group of what the catalogue does not have at all.
const UNKNOWN: &str = "Not in the catalogue";

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // A test reads it, so that it can be read here.
    serde_json::from_str(include_str!("../../../data/permissions.json")).unwrap_or_default()
});

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Entry>> =
    LazyLock::new(|| ENTRIES.iter().map(|entry| (entry.name.as_str(), entry)).collect());

/// Every entry, as the console orders them.
#[must_use]
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The entry of a permission, if it is known.
#[must_use]
pub fn entry(name: &str) -> Option<&'static Entry> {
    BY_NAME.get(name).copied()
}

impl Entry {
    /// The group, or the words for there being none.
    #[must_use]
    pub fn group(&self) -> &str {
        self.group.as_deref().unwrap_or(NO_GROUP)
    }

    /// Whether it has the text in its name, group or label, in any case, or is by a glob.
    #[must_use]
    pub fn matches(&self, wanted: &str) -> bool {
        if wanted.contains(['*', '?']) {
            return wildmatch::WildMatch::new_case_insensitive(wanted).matches(&self.name);
        }
        let has = |text: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        has(&self.name) || self.group.as_deref().is_some_and(has) || self.label.as_deref().is_some_and(has)
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let Self { name, group, label, action, implies, .. } = self;
        json!({ "name": name, "group": group, "label": label, "action": action, "implies": implies })
    }
}

/// A group of the console, with the permissions in it, each with its label.
pub type Group<'a> = (&'static str, Vec<(&'a str, Option<&'static str>)>);

/// Permissions by the console's groups, in the console's order, each with its label; those that are not known come last.
#[must_use]
pub fn grouped<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Group<'a>> {
    let place = |name: &str| ENTRIES.iter().position(|entry| entry.name == name);
    let mut placed: Vec<(usize, &str)> =
        names.into_iter().map(|name| (place(name).unwrap_or(usize::MAX), name)).collect();
    placed.sort_unstable();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (place, name) in placed {
        let entry = ENTRIES.get(place);
        let group = entry.map_or(UNKNOWN, Entry::group);
        let item = (name, entry.and_then(|entry| entry.label.as_deref()));
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, items)) => items.push(item),
            None => groups.push((group, vec![item])),
        }
    }
    // Stable: the rest stay in the console's order.
    groups.sort_by_key(|(group, _)| (*group == UNKNOWN, *group == NO_GROUP));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_of_the_data_is_an_entry() {
        assert!(entries().len() > 300);
        assert_eq!(entry("Users.Edit").unwrap().implies, ["Users.View"]);
        assert!(entry("Nonsense").is_none());
    }

    #[test]
    fn a_search_finds_names_groups_labels_and_globs() {
        let found = |wanted| entries().iter().filter(|entry| entry.matches(wanted)).count();
        assert_eq!(found("users.*"), 6);
        assert!(found("amazon q") >= 12);
        assert_eq!(found("xyzzy"), 0);
    }

    #[test]
    fn permissions_are_grouped_as_in_the_console_and_unknown_ones_come_last() {
        let groups = grouped(["Zzz.New", "Users.View", "BasicAgentAccess", "Audio.View", "Users.Edit"]);
        let names: Vec<&str> = groups.iter().map(|(group, _)| *group).collect();
        assert_eq!(names[2..], [NO_GROUP, UNKNOWN]);
        assert_eq!(names.len(), 4);
        let users = groups.iter().find(|(group, _)| *group == "Users and permissions").unwrap();
        assert_eq!(users.1.len(), 2);
    }
}
