//! What a change of a profile lets its holders, or others, do more: a warning for each member.
//!
//! Denied permissions guard named permissions only. Whoever drops a restriction, or changes what it goes by, gives as much
//! without naming one. Values of tags and granular values are secret, so of these the keys and names alone are told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use super::{Note, Step};
use crate::listing::listed;
use crate::names::TagKey;
use crate::owner::is_owner_key;
use crate::settings::{Application, Member, Settings, Tags};

/// Permissions with which people give themselves any other.
const HIGH_RISK: [&str; 2] = ["SecurityProfiles.Edit", "Users.EditPermission"];

/// Permissions that take something away from those who hold them begin so.
const RESTRICTING: &str = "Restrict";

/// One way in which a change allows more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Widening {
    /// The property's name, as in templates.
    pub property: &'static str,
    /// What is done.
    pub way: Way,
    /// What it is done with.
    pub names: Vec<String>,
}

/// What widens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Something that gives access comes in.
    Added,
    /// What a restriction goes by becomes another.
    Changed,
    /// Something that held people back goes.
    Dropped,
}

/// The widenings of the members that a change sets, against what they were.
pub(super) fn widenings(changes: &Settings, before: &Settings) -> Vec<Note> {
    let of = |member: &Member| of_member(*member, changes, before);
    let widenings = changes.members().iter().flat_map(of).collect::<Vec<_>>();
    widenings.into_iter().map(Note::Widened).collect()
}

/// The widening of the tags that are set on the profile itself: they are what the access-control tags of other profiles go by,
/// so people who could not see the profile may see it, and give it to themselves and to others.
pub(super) fn widenings_of_tags<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<Note> {
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    for step in steps {
        let Step::Tag { tags, replaced, .. } = step else { continue };
        for key in tags.keys().filter(|key| !is_owner_key(key.as_str())) {
            let names = if replaced.contains(key) { &mut changed } else { &mut added };
            names.push(key.to_string());
        }
    }
    let widenings = [(Way::Added, added), (Way::Changed, changed)];
    told("Tags", widenings).into_iter().map(Note::Widened).collect()
}

/// Each member has its rule here, or is said to have none.
fn of_member(member: Member, changes: &Settings, before: &Settings) -> Vec<Widening> {
    let widenings: Vec<(Way, Vec<String>)> = match member {
        // It gives nothing.
        Member::Description => Vec::new(),
        Member::Permissions => {
            let (was, is) = (before.permissions.as_ref(), changes.permissions.as_ref());
            let risky = |name: &String| HIGH_RISK.iter().any(|risky| risky.eq_ignore_ascii_case(name));
            vec![
                (Way::Added, added(was, is).into_iter().filter(risky).collect()),
                (Way::Dropped, dropped(was, is).into_iter().filter(|name| restricts(name)).collect()),
            ]
        }
        Member::AllowedAccessControlTags => {
            of_tags(before.access_control_tags.as_ref(), changes.access_control_tags.as_ref())
        }
        Member::TagRestrictedResources => {
            let (was, is) =
                (before.tag_restricted_resources.as_ref(), changes.tag_restricted_resources.as_ref());
            vec![(Way::Dropped, dropped(was, is))]
        }
        Member::HierarchyRestrictedResources => {
            let (was, is) = (
                before.hierarchy_restricted_resources.as_ref(),
                changes.hierarchy_restricted_resources.as_ref(),
            );
            vec![(Way::Dropped, dropped(was, is))]
        }
        Member::AllowedAccessControlHierarchyGroupId => of_the_group(changes, before),
        Member::Applications => of_applications(before.applications.as_ref(), changes.applications.as_ref()),
        Member::AllowedFlowModules => of_keys(before.flow_modules.as_ref(), changes.flow_modules.as_ref()),
        Member::AllowedAiAgents => of_keys(before.ai_agents.as_ref(), changes.ai_agents.as_ref()),
        Member::GranularAccessControlConfiguration => {
            let (was, is) =
                (before.granular_access_control.as_ref(), changes.granular_access_control.as_ref());
            let empty = BTreeMap::new();
            let (was, is) = (was.unwrap_or(&empty), is.unwrap_or(&empty));
            // Without any attribute all rows are seen, so the first one only restricts.
            let gains = is.iter().filter(|(name, access)| match was.get(*name) {
                Some(was) => !access.values.is_subset(&was.values),
                None => !was.is_empty(),
            });
            vec![(Way::Added, names(gains.map(|(name, _)| name))), (Way::Dropped, keys_only_in(was, is))]
        }
    };
    told(member.name(), widenings)
}

fn told(property: &'static str, ways: impl IntoIterator<Item = (Way, Vec<String>)>) -> Vec<Widening> {
    let ways = ways.into_iter().filter(|(_, names)| !names.is_empty());
    ways.map(|(way, names)| Widening { property, way, names }).collect()
}

/// A tag that is dropped no longer restricts; with another value it opens what was closed. One more tag only restricts.
fn of_tags(was: Option<&Tags>, is: Option<&Tags>) -> Vec<(Way, Vec<String>)> {
    let empty = Tags::new();
    let (was, is) = (was.unwrap_or(&empty), is.unwrap_or(&empty));
    let changed = |(key, value): &(&TagKey, _)| was.get(*key).is_some_and(|was| was != *value);
    vec![
        (Way::Changed, names(is.iter().filter(changed).map(|(key, _)| key))),
        (Way::Dropped, keys_only_in(was, is)),
    ]
}

/// The group says under whom people see what the hierarchy restricts; without one, it is their own.
fn of_the_group(changes: &Settings, before: &Settings) -> Vec<(Way, Vec<String>)> {
    let group = |settings: &Settings| settings.hierarchy_group_id.clone().filter(|group| !group.is_empty());
    let is_restricted = before.hierarchy_restricted_resources.as_ref().is_some_and(|names| !names.is_empty());
    match (group(before), group(changes)) {
        (Some(was), None) => vec![(Way::Dropped, vec![was])],
        (Some(was), Some(is)) if was != is => vec![(Way::Changed, vec![format!("{was} -> {is}")])],
        (None, Some(is)) if is_restricted => vec![(Way::Changed, vec![format!("the user's own -> {is}")])],
        _ => Vec::new(),
    }
}

/// An application may be new, may be given more, or may become one of another type.
fn of_applications(
    was: Option<&BTreeMap<String, Application>>,
    is: Option<&BTreeMap<String, Application>>,
) -> Vec<(Way, Vec<String>)> {
    let empty = BTreeMap::new();
    let (was, is) = (was.unwrap_or(&empty), is.unwrap_or(&empty));
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    for (namespace, application) in is {
        let Some(before) = was.get(namespace) else {
            added.push(namespace.clone());
            continue;
        };
        let more = application.permissions.difference(&before.permissions);
        added.extend(more.map(|permission| format!("{namespace}: {permission}")));
        if before.kind != application.kind {
            changed.push(namespace.clone());
        }
    }
    vec![(Way::Added, added), (Way::Changed, changed)]
}

fn of_keys<V: PartialEq>(
    was: Option<&BTreeMap<String, V>>,
    is: Option<&BTreeMap<String, V>>,
) -> Vec<(Way, Vec<String>)> {
    let empty = BTreeMap::new();
    let (was, is) = (was.unwrap_or(&empty), is.unwrap_or(&empty));
    let changed = is.iter().filter(|(key, value)| was.get(*key).is_some_and(|was| was != *value));
    vec![(Way::Added, keys_only_in(is, was)), (Way::Changed, names(changed.map(|(key, _)| key)))]
}

fn restricts(permission: &str) -> bool {
    permission.get(..RESTRICTING.len()).is_some_and(|head| head.eq_ignore_ascii_case(RESTRICTING))
}

fn added<T: Ord + Display>(was: Option<&BTreeSet<T>>, is: Option<&BTreeSet<T>>) -> Vec<String> {
    dropped(is, was)
}

fn dropped<T: Ord + Display>(was: Option<&BTreeSet<T>>, is: Option<&BTreeSet<T>>) -> Vec<String> {
    let none = BTreeSet::new();
    names(was.unwrap_or(&none).difference(is.unwrap_or(&none)))
}

fn keys_only_in<K: Ord + Display, V>(here: &BTreeMap<K, V>, there: &BTreeMap<K, V>) -> Vec<String> {
    names(here.keys().filter(|key| !there.contains_key(key)))
}

fn names(names: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

impl Display for Widening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, way, names } = self;
        write!(formatter, "{property}: {way} {}", listed(names))?;
        formatter.write_str(match (*property, way) {
            ("Tags", _) => {
                "; people whose access is restricted to resources with this tag may now see the profile, and assign it"
            }
            _ => "; the profile may allow more than before",
        })
    }
}

impl Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Dropped => "dropped",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::settings::AttributeAccess;

    fn set<T: Ord + for<'a> From<&'a str>>(names: &[&str]) -> BTreeSet<T> {
        names.iter().map(|name| T::from(*name)).collect()
    }

    fn granular(attributes: &[(&str, &[&str])]) -> Settings {
        let access =
            |values: &&[&str]| AttributeAccess { values: values.iter().map(|it| (*it).into()).collect() };
        let attributes = attributes.iter().map(|(name, values)| ((*name).to_owned(), access(values)));
        Settings { granular_access_control: Some(attributes.collect()), ..Settings::default() }
    }

    fn group(group: &str, resources: &[&str]) -> Settings {
        Settings {
            hierarchy_group_id: Some(group.to_owned()),
            hierarchy_restricted_resources: Some(set(resources)),
            ..Settings::default()
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> Settings {
        let tags = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Settings { access_control_tags: Some(tags), ..Settings::default() }
    }

    fn permissions(names: &[&str]) -> Settings {
        Settings { permissions: Some(set(names)), ..Settings::default() }
    }

    fn applications(of: &[(&str, &[&str])]) -> Settings {
        let one = |permissions: &&[&str]| Application {
            permissions: permissions.iter().map(|it| (*it).to_owned()).collect(),
            kind: None,
        };
        let all =
            of.iter().map(|(namespace, permissions)| ((*namespace).to_owned(), one(permissions))).collect();
        Settings { applications: Some(all), ..Settings::default() }
    }

    fn modules(ids: &[&str]) -> Settings {
        let ids = || ids.iter().map(|id| ((*id).to_owned(), None)).collect();
        Settings { flow_modules: Some(ids()), ai_agents: Some(ids()), ..Settings::default() }
    }

    fn told(before: &Settings, after: &Settings) -> Vec<String> {
        let changes = after.changes(before, &BTreeSet::new());
        widenings(&changes, before).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_change_that_allows_more_is_one_warning_with_the_propertys_name() {
        let resources =
            |names| Settings { tag_restricted_resources: Some(set(names)), ..Settings::default() };
        let all: Vec<String> = [
            (permissions(&["Restrict.X", "A"]), permissions(&["A", "B", "Users.EditPermission"])),
            (permissions(&["securityprofiles.view"]), permissions(&["securityprofiles.edit"])),
            (tags(&[("site", "a"), ("team", "a")]), tags(&[("site", "b")])),
            (resources(&["User", "Queue"]), resources(&["Queue"])),
            (group("g-1", &["User"]), group("", &[])),
            (group("g-1", &["User"]), group("g-2", &["User"])),
            (group("", &["User"]), group("g-2", &["User"])),
            (
                applications(&[("a", &["ACCESS"])]),
                applications(&[("a", &["ACCESS", "MORE"]), ("b", &["ACCESS"])]),
            ),
            (modules(&["m-1"]), modules(&["m-1", "m-2"])),
            (
                granular(&[("region", &["n"]), ("desk", &["1"])]),
                granular(&[("region", &["n", "s"]), ("new", &["1"])]),
            ),
        ]
        .iter()
        .flat_map(|(before, after)| told(before, after))
        .collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn what_only_restricts_is_no_warning() {
        for (before, after) in [
            (permissions(&["A", "Users.EditPermission"]), permissions(&["A", "Restrict.X"])),
            (tags(&[("site", "a")]), tags(&[("site", "a"), ("team", "a")])),
            (tags(&[]), tags(&[("site", "a")])),
            (group("", &[]), group("g-1", &["User"])),
            (applications(&[("a", &["ACCESS", "MORE"])]), applications(&[("a", &["ACCESS"])])),
            (modules(&["m-1"]), modules(&[])),
            (granular(&[]), granular(&[("region", &["n"])])),
            (granular(&[("region", &["n", "s"])]), granular(&[("region", &["s"])])),
        ] {
            assert_eq!(told(&before, &after), [""; 0], "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_line_has_twenty_names_and_a_count() {
        let many: Vec<String> = (0..500).map(|index| format!("m-{index:03}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let told = told(&modules(&[]), &modules(&many));
        assert_eq!(told.len(), 2);
        assert!(told[0].contains("m-019 and 480 more") && !told[0].contains("m-020"), "{told:?}");
    }

    proptest! {
        /// There and back again: of a change and the change back, at least one widens wherever anything but the description
        /// or a harmless permission differs.
        #[test]
        fn of_two_different_restrictions_one_is_wider(
            one in proptest::collection::btree_map("[ab]", "[xy]", 0..3),
            other in proptest::collection::btree_map("[ab]", "[xy]", 0..3),
        ) {
            let tags = |of: &BTreeMap<String, String>| {
                let pairs: Vec<(&str, &str)> = of.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                tags(&pairs)
            };
            let (one, other) = (tags(&one), tags(&other));
            let (there, back) = (told(&one, &other), told(&other, &one));
            prop_assert_eq!(one != other, !there.is_empty() || !back.is_empty());
        }
    }
}
