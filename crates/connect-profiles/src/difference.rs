//! What differs between two states of a profile, property by property and value by value.
//!
//! The owner tag is no part of what people compare, nor is when a profile was modified.

use std::collections::BTreeMap;

use connect_emulator::Profile;
use connect_security_profile::owner::is_owner_key;
use serde::Serialize;
use serde_json::Value;

/// What stands for a value that is not to be shown.
pub const HIDDEN: &str = "…";

/// The properties whose values the Lambda keeps out of its logs.
const UNDISCLOSED: [&str; 4] =
    ["Description", "Tags", "AllowedAccessControlTags", "GranularAccessControlConfiguration"];

/// A property that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// The property, by its name in a template.
    pub property: String,
    /// How.
    #[serde(flatten)]
    pub change: Change,
}

/// How a property differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Change {
    /// A text; empty is the same as absent.
    Text {
        /// What it was.
        before: String,
        /// What it is then.
        after: String,
    },
    /// A list whose order means nothing.
    List {
        /// What comes.
        added: Vec<Entry>,
        /// What goes.
        removed: Vec<Entry>,
        /// What stays under its key with another value.
        changed: Vec<Changed>,
    },
}

/// A member of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    /// Its name or key.
    pub name: String,
    /// What stands under the key, where the list has more than names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A member of a list with another value than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its key.
    pub name: String,
    /// The value that it had.
    pub before: String,
    /// The value that it has then.
    pub after: String,
}

/// What differs, in the order in which templates name the properties. No profile is one with nothing in it.
#[must_use]
pub fn difference(before: Option<&Profile>, after: Option<&Profile>) -> Vec<PropertyChange> {
    let (before, after) = (members(before), members(after));
    let properties = before.iter().zip(after);
    properties
        .filter_map(|((property, before), (_, after))| {
            let change = match (before, after) {
                (Member::Text(before), Member::Text(after)) if *before != after => {
                    Change::Text { before: before.clone(), after }
                }
                (Member::List(before), Member::List(after)) if *before != after => list(before, &after),
                _ => return None,
            };
            Some(PropertyChange { property: (*property).to_owned(), change })
        })
        .collect()
}

impl PropertyChange {
    /// Without the values that the Lambda's logs would not show.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        if !UNDISCLOSED.contains(&self.property.as_str()) {
            return self;
        }
        let hide = |text: &mut String| {
            if !text.is_empty() {
                HIDDEN.clone_into(text);
            }
        };
        match &mut self.change {
            Change::Text { before, after } => [before, after].into_iter().for_each(hide),
            Change::List { added, removed, changed } => {
                added.iter_mut().chain(removed).filter_map(|it| it.value.as_mut()).for_each(hide);
                changed.iter_mut().flat_map(|it| [&mut it.before, &mut it.after]).for_each(hide);
            }
        }
        self
    }
}

enum Member {
    Text(String),
    List(BTreeMap<String, Option<String>>),
}

fn list(before: &BTreeMap<String, Option<String>>, after: &BTreeMap<String, Option<String>>) -> Change {
    let entry =
        |(name, value): (&String, &Option<String>)| Entry { name: name.clone(), value: value.clone() };
    let added = after.iter().filter(|(name, _)| !before.contains_key(*name)).map(entry).collect();
    let removed = before.iter().filter(|(name, _)| !after.contains_key(*name)).map(entry).collect();
    let changed = after.iter().filter_map(|(name, value)| {
        let was = before.get(name)?;
        (was != value).then(|| Changed {
            name: name.clone(),
            before: was.clone().unwrap_or_default(),
            after: value.clone().unwrap_or_default(),
        })
    });
    Change::List { added, removed, changed: changed.collect() }
}

fn members(profile: Option<&Profile>) -> Vec<(&'static str, Member)> {
    let nothing = Profile::default();
    let it = profile.unwrap_or(&nothing);
    let names = |names: &std::collections::BTreeSet<String>| {
        Member::List(names.iter().map(|name| (name.clone(), None)).collect())
    };
    let tags = |tags: &BTreeMap<String, String>| {
        let shown = tags.iter().filter(|(key, _)| !is_owner_key(key));
        Member::List(shown.map(|(key, value)| (key.clone(), Some(value.clone()))).collect())
    };
    let applications = it.applications.iter().map(|application| {
        let permissions = application.application_permissions.iter().flatten();
        let permissions = permissions.map(String::as_str).collect::<Vec<_>>().join(", ");
        let kind = application.application_type.as_deref();
        let value = kind.map_or_else(|| permissions.clone(), |kind| format!("{permissions} ({kind})"));
        (application.namespace.clone().unwrap_or_default(), Some(value))
    });
    let modules = it
        .allowed_flow_modules
        .iter()
        .map(|module| (module.flow_module_id.clone().unwrap_or_default(), module.module_type.clone()));
    let agents = it
        .allowed_ai_agents
        .iter()
        .map(|agent| (agent.arn.clone().unwrap_or_default(), agent.agent_type.clone()));
    let granular = &it.granular_access_control_configuration.data_table_access_control_configuration;
    let granular = &granular.primary_attribute_access_control_configuration.primary_attribute_values;
    let granular = granular.iter().map(|attribute| {
        let values = attribute.values.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
        (attribute.attribute_name.clone().unwrap_or_default(), Some(values))
    });
    vec![
        ("Description", Member::Text(it.description.clone())),
        ("Permissions", names(&it.permissions)),
        ("Tags", tags(&it.tags)),
        ("AllowedAccessControlTags", tags(&it.allowed_access_control_tags)),
        ("TagRestrictedResources", names(&it.tag_restricted_resources)),
        ("HierarchyRestrictedResources", names(&it.hierarchy_restricted_resources)),
        (
            "AllowedAccessControlHierarchyGroupId",
            Member::Text(it.allowed_access_control_hierarchy_group_id.clone()),
        ),
        ("Applications", Member::List(applications.collect())),
        ("AllowedFlowModules", Member::List(modules.collect())),
        ("AllowedAIAgents", Member::List(agents.collect())),
        ("GranularAccessControlConfiguration", Member::List(granular.collect())),
    ]
}

/// A call's input without the values that the Lambda's logs would not show.
#[must_use]
pub fn hidden_input(mut input: Value) -> Value {
    fn hide(value: &mut Value) {
        match value {
            Value::String(text) if !text.is_empty() => HIDDEN.clone_into(text),
            Value::Array(values) => values.iter_mut().for_each(hide),
            Value::Object(members) => members.values_mut().for_each(hide),
            _ => {}
        }
    }
    for name in UNDISCLOSED.into_iter().chain(["tags"]) {
        if let Some(value) = input.get_mut(name) {
            hide(value);
        }
    }
    input
}

#[cfg(test)]
mod tests {
    use connect_security_profile::owner::OWNER_TAG;

    use super::*;

    #[test]
    fn values_are_compared_one_by_one_and_the_owner_tag_is_not() {
        let before = Profile::named("A").described("x").with_permission("P").with_permission("Q");
        let before = before.tagged("team", "a").tagged(OWNER_TAG, "v1");
        let after = Profile::named("A").with_permission("Q").with_permission("R").tagged("team", "b");
        let changes = difference(Some(&before), Some(&after));
        insta::assert_json_snapshot!(changes, @r#"
        [
          {
            "property": "Description",
            "before": "x",
            "after": ""
          },
          {
            "property": "Permissions",
            "added": [
              {
                "name": "R"
              }
            ],
            "removed": [
              {
                "name": "P"
              }
            ],
            "changed": []
          },
          {
            "property": "Tags",
            "added": [],
            "removed": [],
            "changed": [
              {
                "name": "team",
                "before": "a",
                "after": "b"
              }
            ]
          }
        ]
        "#);
        assert!(difference(Some(&before), Some(&before.clone().tagged(OWNER_TAG, "v2"))).is_empty());
    }

    #[test]
    fn a_hidden_change_shows_that_there_is_one_and_not_which() {
        let after = Profile::named("A").described("secret").tagged("team", "secret").with_permission("P");
        let changes = difference(None, Some(&after)).into_iter().map(PropertyChange::hidden);
        let text = format!("{:?}", changes.collect::<Vec<_>>());
        assert!(!text.contains("secret") && text.contains("team") && text.contains("\"P\""), "{text}");
        let input = hidden_input(serde_json::json!({"tags": {"k": "secret"}, "Description": "secret"}));
        assert_eq!(input.to_string(), r#"{"Description":"…","tags":{"k":"…"}}"#);
    }
}
