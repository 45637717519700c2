//! A live profile's members as JSON: under the names of columns for tables, under those of the template's properties for
//! templates.

use connect_security_profile::names::TagKey;
use connect_security_profile::owner::is_owner_key;
use connect_security_profile::settings::{Kind, Settings, Tags};
use connect_security_profile::undisclosed::Undisclosed;
use serde_json::{Value, json};

use super::Profile;

/// Tags as an object, all of them.
#[must_use]
pub fn by_key(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| (key.as_str().to_owned(), Value::from(value.reveal()))).collect()
}

/// The member that a column shows. Null where it was not read.
#[must_use]
pub fn member(settings: &Settings, column: &str) -> Value {
    let value = match column {
        "description" => settings.description.as_ref().map(|text| Value::from(text.reveal())),
        "permissions" => settings.permissions.as_ref().map(texts),
        "allowed_access_control_tags" => settings.access_control_tags.as_ref().map(by_key),
        "tag_restricted_resources" => settings.tag_restricted_resources.as_ref().map(texts),
        "hierarchy_restricted_resources" => settings.hierarchy_restricted_resources.as_ref().map(texts),
        "allowed_access_control_hierarchy_group_id" => settings.hierarchy_group_id.clone().map(Value::from),
        "applications" => applications(settings),
        "allowed_flow_modules" => settings.flow_modules.as_ref().map(|it| with_kinds(it, "FlowModuleId")),
        "allowed_ai_agents" => settings.ai_agents.as_ref().map(|it| with_kinds(it, "Arn")),
        "granular_access_control_configuration" => granular(settings),
        _ => None,
    };
    value.unwrap_or(Value::Null)
}

/// What a template would state to get this profile, in the order in which people read it, without its instance: what is empty is left out, and of its tags those
/// that no template may state.
#[must_use]
pub fn properties(profile: &Profile) -> Vec<(&'static str, Value)> {
    let settings = profile.settings();
    let tags = profile.described.as_ref().map(|it| pairs(&it.tags));
    let of = |column| member(&settings, column);
    let stated = [
        ("SecurityProfileName", Value::from(profile.name())),
        ("Description", of("description")),
        ("Permissions", of("permissions")),
        ("AllowedAccessControlTags", settings.access_control_tags.as_ref().map_or(Value::Null, pairs)),
        ("TagRestrictedResources", of("tag_restricted_resources")),
        ("HierarchyRestrictedResources", of("hierarchy_restricted_resources")),
        ("AllowedAccessControlHierarchyGroupId", of("allowed_access_control_hierarchy_group_id")),
        ("Applications", of("applications")),
        ("AllowedFlowModules", of("allowed_flow_modules")),
        ("AllowedAIAgents", of("allowed_ai_agents")),
        ("GranularAccessControlConfiguration", of("granular_access_control_configuration")),
        ("Tags", tags.unwrap_or_default()),
    ];
    stated.into_iter().filter(|(_, value)| !is_empty(value)).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn texts<'a, T: ToString + 'a>(names: impl IntoIterator<Item = &'a T>) -> Value {
    names.into_iter().map(|name| Value::from(name.to_string())).collect()
}

/// `[{Key, Value}]`, without AWS's own and the owner's.
fn pairs(tags: &Tags) -> Value {
    let may_be_stated = |key: &TagKey| !key.is_of_aws() && !is_owner_key(key.as_str());
    tags.iter()
        .filter(|(key, _)| may_be_stated(key))
        .map(|(key, value)| json!({ "Key": key.as_str(), "Value": value.reveal() }))
        .collect()
}

fn applications(settings: &Settings) -> Option<Value> {
    let applications = settings.applications.as_ref()?.iter().map(|(namespace, application)| {
        let permissions = &application.permissions;
        let value = json!({ "Namespace": namespace, "ApplicationPermissions": permissions });
        with_kind(value, &application.kind)
    });
    Some(applications.collect())
}

fn with_kinds<'a>(items: impl IntoIterator<Item = (&'a String, &'a Kind)>, key: &str) -> Value {
    items.into_iter().map(|(id, kind)| with_kind(json!({ key: id }), kind)).collect()
}

fn with_kind(mut item: Value, kind: &Kind) -> Value {
    if let Some(kind) = kind {
        item["Type"] = Value::from(kind.as_str());
    }
    item
}

/// The native nesting; nothing for no attributes.
fn granular(settings: &Settings) -> Option<Value> {
    let attributes = settings.granular_access_control.as_ref()?;
    if attributes.is_empty() {
        return Some(json!({}));
    }
    let values = attributes.iter().map(|(name, access)| {
        let values: Vec<&str> = access.values.iter().map(Undisclosed::reveal).collect();
        json!({ "AttributeName": name, "AccessType": "ALLOW", "Values": values })
    });
    let values: Vec<Value> = values.collect();
    let access = json!({ "PrimaryAttributeValues": values });
    let tables = json!({ "PrimaryAttributeAccessControlConfiguration": access });
    Some(json!({ "DataTableAccessControlConfiguration": tables }))
}
