//! The rules of each member: its form, its limits, and what it needs beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::limits::{self, Lengths};
use super::reader::{Mistakes, Node, Object};
use crate::catalogue::expand;
use crate::names::{Permission, ResourceName, TagKey};
use crate::owner::{OWNER_TAG, is_owner_key};
use crate::settings::{Application, AttributeAccess, Kind, Settings, Tags};
use crate::undisclosed::Undisclosed;

pub(super) fn read_settings(
    root: &Object<'_>,
    expand_permissions: bool,
    mistakes: &mut Mistakes,
) -> Settings {
    let settings = Settings {
        description: root
            .get("Description")
            .and_then(|node| node.text_of(limits::DESCRIPTION, mistakes))
            .map(Undisclosed::from),
        permissions: root
            .get("Permissions")
            .and_then(|node| permissions(&node, expand_permissions, mistakes)),
        access_control_tags: root
            .get("AllowedAccessControlTags")
            .and_then(|node| access_control_tags(&node, mistakes)),
        tag_restricted_resources: root
            .get("TagRestrictedResources")
            .and_then(|node| names::<ResourceName>(&node, limits::RESTRICTED_RESOURCES, mistakes)),
        hierarchy_restricted_resources: root
            .get("HierarchyRestrictedResources")
            .and_then(|node| names::<ResourceName>(&node, limits::RESTRICTED_RESOURCES, mistakes)),
        hierarchy_group_id: root
            .get("AllowedAccessControlHierarchyGroupId")
            .and_then(|node| node.text_of(limits::HIERARCHY_GROUP_ID, mistakes)),
        applications: root.get("Applications").and_then(|node| applications(&node, mistakes)),
        flow_modules: root.get("AllowedFlowModules").and_then(|node| {
            with_kinds(
                &node,
                ("FlowModuleId", limits::NAME),
                &limits::FLOW_MODULE_TYPES,
                limits::FLOW_MODULES,
                mistakes,
            )
        }),
        ai_agents: root.get("AllowedAIAgents").and_then(|node| {
            with_kinds(
                &node,
                ("Arn", limits::AI_AGENT_ARN),
                &limits::AI_AGENT_TYPES,
                limits::AI_AGENTS,
                mistakes,
            )
        }),
        granular_access_control: root
            .get("GranularAccessControlConfiguration")
            .and_then(|node| granular_access_control(&node, mistakes)),
    };
    check_pairs(&settings, mistakes);
    settings
}

/// What to do where a template declares the ownership tag.
const WITHOUT_OWNER_TAG: &str = "remove the tag; the provider sets it";

/// Tags by key, each key once.
pub(super) fn tags(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tags> {
    let mut tags = Tags::new();
    for item in node.list(mistakes)? {
        let Some((key_node, key, value)) = key_and_value(&item, mistakes) else { continue };
        if key.starts_with("aws:") {
            mistakes.add(key_node.path(), "must not begin with `aws:`, which is AWS's own");
        } else if key == OWNER_TAG {
            mistakes
                .add(key_node.path(), format!("`{OWNER_TAG}` is this provider's own: {WITHOUT_OWNER_TAG}"));
        } else if is_owner_key(&key) {
            // Where it is accepted because it was stated before, it is neither set nor taken off.
            mistakes.add_newer(
                key_node.path(),
                format!(
                    "is `{OWNER_TAG}` in another spelling, which is this provider's own: {WITHOUT_OWNER_TAG}"
                ),
                key.into(),
            );
        } else if !key.chars().all(is_tag_character) {
            mistakes.add(key_node.path(), "may hold only letters, digits, spaces and `_.:/=+-@`");
        } else if tags.insert(TagKey::from(key), value.unwrap_or_default()).is_some() {
            mistakes.add(key_node.path(), "is given twice");
        }
    }
    at_most(limits::TAGS, tags.len(), node, mistakes);
    Some(tags)
}

/// The API's `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, by the standard library's classes, which take in a few combining marks besides.
fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric()
        || (character.is_whitespace() && !character.is_control())
        || "_.:/=+-@".contains(character)
}

fn permissions(node: &Node<'_>, expanded: bool, mistakes: &mut Mistakes) -> Option<BTreeSet<Permission>> {
    let stated = names::<Permission>(node, limits::PERMISSIONS, mistakes)?;
    if !expanded {
        return Some(stated);
    }
    let all = expand(&stated);
    if stated.len() <= limits::PERMISSIONS && all.len() > limits::PERMISSIONS {
        let rule = format!(
            "has {} names with those that ExpandPermissions adds; at most {} are allowed",
            all.len(),
            limits::PERMISSIONS
        );
        mistakes.add(node.path(), rule);
    }
    Some(all)
}

fn names<T: From<String> + Ord>(
    node: &Node<'_>,
    most: usize,
    mistakes: &mut Mistakes,
) -> Option<BTreeSet<T>> {
    let items = node.list(mistakes)?;
    let names: BTreeSet<T> =
        items.iter().filter_map(|item| item.text_of(limits::NAME, mistakes)).map(T::from).collect();
    at_most(most, names.len(), node, mistakes);
    Some(names)
}

fn access_control_tags(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tags> {
    let mut tags = Tags::new();
    for item in node.list(mistakes)? {
        let Some((key_node, key, Some(value))) = key_and_value(&item, mistakes) else { continue };
        match tags.insert(TagKey::from(key), value.clone()) {
            Some(other) if other != value => {
                mistakes.add(key_node.path(), "is given twice, with different values");
            }
            _ => {}
        }
    }
    at_most(limits::ACCESS_CONTROL_TAGS, tags.len(), node, mistakes);
    Some(tags)
}

fn key_and_value<'a>(
    item: &Node<'a>,
    mistakes: &mut Mistakes,
) -> Option<(Node<'a>, String, Option<Undisclosed>)> {
    let object = item.object(&["Key", "Value"], mistakes)?;
    let (key_node, value) = (object.require("Key", mistakes), object.require("Value", mistakes));
    let key = key_node.as_ref().and_then(|node| node.text_of(limits::NAME, mistakes));
    let value = value.and_then(|node| node.text_of(limits::TAG_VALUE, mistakes));
    Some((key_node?, key?, value.map(Undisclosed::from)))
}

fn applications(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<BTreeMap<String, Application>> {
    let mut applications = BTreeMap::new();
    for item in node.list(mistakes)? {
        let known = ["Namespace", "ApplicationPermissions", "Type"];
        let Some(object) = item.object(&known, mistakes) else { continue };
        let namespace =
            object.require("Namespace", mistakes).and_then(|node| node.text_of(limits::NAME, mistakes));
        let list = object.require("ApplicationPermissions", mistakes);
        let before = mistakes.count();
        let permissions =
            list.as_ref().and_then(|node| names::<String>(node, limits::APPLICATION_PERMISSIONS, mistakes));
        if let (Some(list), Some(permissions)) = (&list, &permissions)
            && permissions.is_empty()
            && mistakes.count() == before
        {
            mistakes.add(list.path(), "must not be empty");
        }
        let kind = object.get("Type").and_then(|node| node.word(&limits::APPLICATION_TYPES, mistakes));
        let (Some(namespace), Some(permissions)) = (namespace, permissions) else { continue };
        insert_once(&mut applications, namespace, Application { permissions, kind }, &item, mistakes);
    }
    at_most(limits::APPLICATIONS, applications.len(), node, mistakes);
    Some(applications)
}

fn with_kinds(
    node: &Node<'_>,
    (key, lengths): (&str, Lengths),
    types: &[&str],
    most: usize,
    mistakes: &mut Mistakes,
) -> Option<BTreeMap<String, Kind>> {
    let mut kinds = BTreeMap::new();
    for item in node.list(mistakes)? {
        let Some(object) = item.object(&[key, "Type"], mistakes) else { continue };
        let id = object.require(key, mistakes).and_then(|node| node.text_of(lengths, mistakes));
        let kind = object.get("Type").and_then(|node| node.word(types, mistakes));
        if let Some(id) = id {
            insert_once(&mut kinds, id, kind, &item, mistakes);
        }
    }
    at_most(most, kinds.len(), node, mistakes);
    Some(kinds)
}

fn granular_access_control(
    node: &Node<'_>,
    mistakes: &mut Mistakes,
) -> Option<BTreeMap<String, AttributeAccess>> {
    let mut attributes = BTreeMap::new();
    let mut inner = node.clone();
    for key in [
        "DataTableAccessControlConfiguration",
        "PrimaryAttributeAccessControlConfiguration",
        "PrimaryAttributeValues",
    ] {
        // An absent level is an empty configuration.
        match inner.object(&[key], mistakes)?.get(key) {
            Some(next) => inner = next,
            None => return Some(attributes),
        }
    }
    for item in inner.list(mistakes)? {
        let Some(object) = item.object(&["AccessType", "AttributeName", "Values"], mistakes) else {
            continue;
        };
        object.get("AccessType").and_then(|node| node.exact_word(&limits::ACCESS_TYPES, mistakes));
        let name = object.require("AttributeName", mistakes).and_then(|node| attribute_name(&node, mistakes));
        let values = object.require("Values", mistakes).and_then(|node| attribute_values(&node, mistakes));
        let (Some(name), Some(values)) = (name, values) else { continue };
        insert_once(&mut attributes, name, AttributeAccess { values }, &item, mistakes);
    }
    at_most(limits::ATTRIBUTES, attributes.len(), &inner, mistakes);
    Some(attributes)
}

fn attribute_name(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let name = node.text_of(limits::ATTRIBUTE_NAME, mistakes)?;
    if name.starts_with("aws:") || name.starts_with("connect:") {
        mistakes.add(node.path(), "must not begin with `aws:` or `connect:`");
    } else if !name.chars().all(is_latin) {
        mistakes.add(node.path(), "may hold only printable Latin-1 characters");
    }
    Some(name)
}

fn attribute_values(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<BTreeSet<Undisclosed>> {
    let (mut values, before) = (BTreeSet::new(), mistakes.count());
    for item in node.list(mistakes)? {
        let Some(value) = item.text_of(limits::ATTRIBUTE_VALUE, mistakes) else { continue };
        if !value.chars().all(is_latin) {
            mistakes.add(item.path(), "may hold only printable Latin-1 characters");
        }
        values.insert(Undisclosed::from(value));
    }
    if values.is_empty() && mistakes.count() == before {
        mistakes.add(node.path(), "must not be empty");
    }
    at_most(limits::ATTRIBUTE_VALUES, values.len(), node, mistakes);
    Some(values)
}

/// The API's `[\t\n\r\x20-\x7E\xA1-\xFF]`.
fn is_latin(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}')
}

/// Tags restrict nothing without resources, nor resources without tags; AWS's guide calls both mandatory.
fn check_pairs(settings: &Settings, mistakes: &mut Mistakes) {
    let has_tags = settings.access_control_tags.as_ref().is_some_and(|tags| !tags.is_empty());
    let has_resources = settings.tag_restricted_resources.as_ref().is_some_and(|names| !names.is_empty());
    match (has_tags, has_resources) {
        (true, false) if !mistakes.are_in("TagRestrictedResources") => {
            mistakes.add("AllowedAccessControlTags", "needs TagRestrictedResources beside it");
        }
        (false, true) if !mistakes.are_in("AllowedAccessControlTags") => {
            mistakes.add("TagRestrictedResources", "needs AllowedAccessControlTags beside it");
        }
        _ => {}
    }
    let has_group = settings.hierarchy_group_id.as_ref().is_some_and(|id| !id.is_empty());
    let has_resources =
        settings.hierarchy_restricted_resources.as_ref().is_some_and(|names| !names.is_empty());
    if has_group && !has_resources && !mistakes.are_in("HierarchyRestrictedResources") {
        let rule = "needs HierarchyRestrictedResources beside it";
        mistakes.add("AllowedAccessControlHierarchyGroupId", rule);
    }
}

/// Equal duplicates collapse; unequal ones contradict each other.
fn insert_once<T: PartialEq>(
    map: &mut BTreeMap<String, T>,
    key: String,
    value: T,
    item: &Node<'_>,
    mistakes: &mut Mistakes,
) {
    match map.get(&key) {
        Some(other) if *other != value => {
            mistakes.add(item.path(), "contradicts an earlier item of the same name");
        }
        _ => drop(map.insert(key, value)),
    }
}

fn at_most(most: usize, count: usize, node: &Node<'_>, mistakes: &mut Mistakes) {
    if count > most {
        mistakes.add(node.path(), format!("has {count} different items; at most {most} are allowed"));
    }
}
