//! A plan as text: the names of what is added (`+`), taken away (`-`) and changed (`~`), and no value that is undisclosed.
//!
//! A precision limits the names of each list: `{plan:.20}` has twenty and a count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{NewProfile, Note, Plan, Step};
use crate::listing::listed_up_to;
use crate::names::TagKey;
use crate::owner::is_owner_key;
use crate::settings::{Member, Settings};

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            formatter.write_str("nothing to do")?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            formatter.write_str(separator)?;
            step.fmt(formatter)?;
        }
        self.notes.iter().try_for_each(|note| {
            formatter.write_str("\nnote: ")?;
            note.fmt(formatter)
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(NewProfile { instance, name, settings, tags }) => {
                write!(formatter, "create `{name}` in {instance}")?;
                write_changes(formatter, &Settings::default(), settings)?;
                let stated = tags.keys().filter(|key| !is_owner(key));
                write_names(formatter, "Tags", stated.map(|key| format!("+ {key}")))
            }
            Self::Tag { arn, tags, .. } if tags.keys().all(is_owner) => write!(formatter, "claim {arn}"),
            Self::Tag { arn, tags, replaced } => {
                write!(formatter, "tag {arn}")?;
                let mark = |key| if replaced.contains(key) { '~' } else { '+' };
                let stated = tags.keys().filter(|key| !is_owner(key));
                write_names(formatter, "Tags", stated.map(|key| format!("{} {key}", mark(key))))
            }
            Self::Update { arn, changes, before } => {
                write!(formatter, "update {arn}")?;
                write_changes(formatter, before, changes)
            }
            Self::Untag { arn, keys } if keys.iter().all(is_owner) => write!(formatter, "release {arn}"),
            Self::Untag { arn, keys } => {
                write!(formatter, "untag {arn}")?;
                write_names(formatter, "Tags", keys.iter().map(|key| format!("- {key}")))
            }
            Self::Delete { arn } => write!(formatter, "delete {arn}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renamed { live, stated } => {
                write!(
                    formatter,
                    "the profile is called `{live}` now, not `{stated}` as stated; the API cannot rename it"
                )
            }
            Self::ClaimedAgain => formatter
                .write_str("the owner tag was gone and is put back; the profile counts as adopted now"),
            Self::Left(member) => {
                write!(
                    formatter,
                    "{member} is no longer stated and stays as it is, as the profile is adopted"
                )
            }
            Self::FirstStated(member) => {
                write!(
                    formatter,
                    "{member} of an adopted profile is changed and was not stated before; a rollback will not restore it"
                )
            }
            Self::Widened(widening) => widening.fmt(formatter),
            Self::LeftTag(key) => {
                write!(
                    formatter,
                    "tag `{key}` is no longer stated and stays as it is, as the profile is adopted"
                )
            }
            Self::AnotherOwner(owner) => {
                write!(formatter, "the profile belongs to {owner} and stays as it is")
            }
            Self::NoOwner => formatter.write_str("the profile has no owner tag and stays as it is"),
            Self::AwsManaged => formatter
                .write_str("the profile is of type AWS_MANAGED, which only AWS changes, and stays as it is"),
        }
    }
}

/// Whether it is the owner tag, which is no part of what people compare.
fn is_owner(key: &TagKey) -> bool {
    is_owner_key(key.as_str())
}

fn write_changes(formatter: &mut fmt::Formatter<'_>, before: &Settings, changes: &Settings) -> fmt::Result {
    for member in changes.members() {
        match member {
            Member::Description => {
                let is_empty =
                    changes.description.as_ref().is_none_or(crate::undisclosed::Undisclosed::is_empty);
                write_word(formatter, member, is_empty)?;
            }
            Member::AllowedAccessControlHierarchyGroupId => {
                let group = changes.hierarchy_group_id.as_deref().unwrap_or_default();
                match group {
                    "" => write_word(formatter, member, true)?,
                    group => write_names(formatter, member.name(), std::iter::once(format!("~ {group}")))?,
                }
            }
            Member::Permissions => {
                write_set(formatter, member, before.permissions.as_ref(), changes.permissions.as_ref())?;
            }
            Member::TagRestrictedResources => write_set(
                formatter,
                member,
                before.tag_restricted_resources.as_ref(),
                changes.tag_restricted_resources.as_ref(),
            )?,
            Member::HierarchyRestrictedResources => write_set(
                formatter,
                member,
                before.hierarchy_restricted_resources.as_ref(),
                changes.hierarchy_restricted_resources.as_ref(),
            )?,
            Member::AllowedAccessControlTags => write_map(
                formatter,
                member,
                before.access_control_tags.as_ref(),
                changes.access_control_tags.as_ref(),
            )?,
            Member::Applications => {
                write_map(formatter, member, before.applications.as_ref(), changes.applications.as_ref())?;
            }
            Member::AllowedFlowModules => {
                write_map(formatter, member, before.flow_modules.as_ref(), changes.flow_modules.as_ref())?;
            }
            Member::AllowedAiAgents => {
                write_map(formatter, member, before.ai_agents.as_ref(), changes.ai_agents.as_ref())?;
            }
            Member::GranularAccessControlConfiguration => write_map(
                formatter,
                member,
                before.granular_access_control.as_ref(),
                changes.granular_access_control.as_ref(),
            )?,
        }
    }
    Ok(())
}

fn write_word(formatter: &mut fmt::Formatter<'_>, member: Member, is_empty: bool) -> fmt::Result {
    write!(formatter, "\n  {member}: {}", if is_empty { "cleared" } else { "set" })
}

fn write_set<T: Ord + fmt::Display>(
    formatter: &mut fmt::Formatter<'_>,
    member: Member,
    before: Option<&BTreeSet<T>>,
    after: Option<&BTreeSet<T>>,
) -> fmt::Result {
    let (none, empty) = (BTreeSet::new(), BTreeSet::new());
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&empty));
    let added = after.difference(before).map(|name| format!("+ {name}"));
    let removed = before.difference(after).map(|name| format!("- {name}"));
    write_names(formatter, member.name(), added.chain(removed))
}

fn write_map<K: Ord + fmt::Display, V: PartialEq>(
    formatter: &mut fmt::Formatter<'_>,
    member: Member,
    before: Option<&BTreeMap<K, V>>,
    after: Option<&BTreeMap<K, V>>,
) -> fmt::Result {
    let (none, empty) = (BTreeMap::new(), BTreeMap::new());
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&empty));
    let set = after.iter().filter(|(key, value)| before.get(key) != Some(value));
    let set = set.map(|(key, _)| format!("{} {key}", if before.contains_key(key) { '~' } else { '+' }));
    let removed = before.keys().filter(|key| !after.contains_key(key)).map(|key| format!("- {key}"));
    write_names(formatter, member.name(), set.chain(removed))
}

fn write_names(
    formatter: &mut fmt::Formatter<'_>,
    what: &str,
    names: impl Iterator<Item = String>,
) -> fmt::Result {
    let names = listed_up_to(most_names(formatter), names);
    write!(formatter, "\n  {what}: {}", if names.is_empty() { "none" } else { &names })
}

/// The names that a list may have where it is written.
fn most_names(formatter: &fmt::Formatter<'_>) -> usize {
    formatter.precision().unwrap_or(usize::MAX)
}
