//! What the operations that read show of the state.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::error::ServiceError;
use crate::page::{PageRequest, page};
use crate::search::{self, Search};
use crate::store::{Instance, Store};
use crate::{Choices, Operation, Profile};

/// `DescribeSecurityProfile`: everything but the members that have lists of their own.
pub(crate) fn describe(instance: &Instance, profile: &Profile, choices: &Choices) -> Value {
    let Profile {
        id,
        name,
        description,
        profile_type,
        tags,
        allowed_access_control_tags,
        tag_restricted_resources,
        hierarchy_restricted_resources,
        allowed_access_control_hierarchy_group_id,
        granular_access_control_configuration,
        last_modified_time,
        last_modified_region,
        permissions: _,
        applications: _,
        allowed_flow_modules: _,
        allowed_ai_agents: _,
    } = profile;
    let mut shown = json!({
        "Id": id,
        "OrganizationResourceId": instance.id,
        "Arn": instance.profile_arn(id),
        "SecurityProfileName": name,
        "Type": profile_type,
        "LastModifiedTime": last_modified_time,
        "LastModifiedRegion": last_modified_region,
    });
    let mut show = |name: &str, value: Value, empty: bool, may_be_empty: bool| {
        if !empty || (may_be_empty && choices.describe_shows_empty_members) {
            shown[name] = value;
        }
    };
    // The model wants at least one tag where there are tags.
    show("Tags", json!(tags), tags.is_empty(), false);
    show("Description", json!(description), description.is_empty(), true);
    show(
        "AllowedAccessControlTags",
        json!(allowed_access_control_tags),
        allowed_access_control_tags.is_empty(),
        true,
    );
    show(
        "TagRestrictedResources",
        json!(tag_restricted_resources),
        tag_restricted_resources.is_empty(),
        true,
    );
    show(
        "HierarchyRestrictedResources",
        json!(hierarchy_restricted_resources),
        hierarchy_restricted_resources.is_empty(),
        true,
    );
    show(
        "AllowedAccessControlHierarchyGroupId",
        json!(allowed_access_control_hierarchy_group_id),
        allowed_access_control_hierarchy_group_id.is_empty(),
        true,
    );
    show(
        "GranularAccessControlConfiguration",
        json!(granular_access_control_configuration),
        granular_access_control_configuration.is_empty(),
        true,
    );
    json!({ "SecurityProfile": shown })
}

/// `ListSecurityProfiles`, in the order of the identifiers, which is none that a caller could rely on.
pub(crate) fn list(instance: &Instance, request: &PageRequest, now: Instant) -> Result<Value, ServiceError> {
    let summaries = instance
        .seen(now)
        .map(|profile| {
            let summary = json!({
                "Id": profile.id,
                "Arn": instance.profile_arn(&profile.id),
                "Name": profile.name,
                "LastModifiedTime": profile.last_modified_time,
                "LastModifiedRegion": profile.last_modified_region,
                "Type": profile.profile_type,
            });
            (profile.id.clone(), summary)
        })
        .collect();
    paged("SecurityProfileSummaryList", summaries, &instance.id, request)
}

/// The four lists of a profile's members.
pub(crate) fn list_members(
    operation: Operation,
    instance: &Instance,
    profile: &Profile,
    request: &PageRequest,
) -> Result<Value, ServiceError> {
    let (name, items) = match operation {
        Operation::ListSecurityProfileApplications => ("Applications", json!(profile.applications)),
        Operation::ListSecurityProfileFlowModules => {
            ("AllowedFlowModules", json!(profile.allowed_flow_modules))
        }
        Operation::ListSecurityProfileAIAgents => ("AllowedAIAgents", json!(profile.allowed_ai_agents)),
        _ => ("Permissions", json!(profile.permissions)),
    };
    let items = items.as_array().cloned().unwrap_or_default();
    // A permission is its own key; the other members have none, so they are counted.
    let key = |index: usize, item: &Value| item.as_str().map_or_else(|| format!("{index:05}"), str::to_owned);
    let items = items.into_iter().enumerate().map(|(index, item)| (key(index, &item), item)).collect();
    let mut answer = paged(name, items, &format!("{name}/{}/{}", instance.id, profile.id), request)?;
    answer["LastModifiedTime"] = json!(profile.last_modified_time);
    answer["LastModifiedRegion"] = json!(profile.last_modified_region);
    Ok(answer)
}

/// `SearchSecurityProfiles`.
pub(crate) fn search(instance: &Instance, body: &Search, now: Instant) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for profile in instance.seen(now) {
        if !search::matches(body, profile)? {
            continue;
        }
        let mut summary = json!({
            "Id": profile.id,
            "OrganizationResourceId": instance.id,
            "Arn": instance.profile_arn(&profile.id),
            "SecurityProfileName": profile.name,
            "Type": profile.profile_type,
        });
        if !profile.description.is_empty() {
            summary["Description"] = json!(profile.description);
        }
        if !profile.tags.is_empty() {
            summary["Tags"] = json!(profile.tags);
        }
        found.push((profile.id.clone(), summary));
    }
    let total = found.len();
    let mut answer =
        paged("SecurityProfiles", found, &format!("search/{}", instance.id), &body.page_request())?;
    answer["ApproximateTotalCount"] = json!(total);
    Ok(answer)
}

/// `ListTagsForResource`.
pub(crate) fn list_tags(profile: &Profile) -> Value {
    json!({ "tags": profile.tags })
}

/// `ListInstances`.
pub(crate) fn list_instances(
    store: &Store,
    region: &str,
    request: &PageRequest,
) -> Result<Value, ServiceError> {
    let instances = store
        .instances
        .values()
        .filter(|instance| instance.region == region)
        .map(|instance| (instance.id.clone(), instance_document(instance)))
        .collect();
    paged("InstanceSummaryList", instances, region, request)
}

/// `DescribeInstance`.
pub(crate) fn describe_instance(instance: &Instance) -> Value {
    json!({ "Instance": instance_document(instance) })
}

fn instance_document(instance: &Instance) -> Value {
    json!({
        "Id": instance.id,
        "Arn": instance.arn,
        "IdentityManagementType": "CONNECT_MANAGED",
        "CreatedTime": instance.created,
        "InstanceStatus": "ACTIVE",
        "InboundCallsEnabled": true,
        "OutboundCallsEnabled": true,
    })
}

fn paged(
    name: &str,
    items: Vec<(String, Value)>,
    list: &str,
    request: &PageRequest,
) -> Result<Value, ServiceError> {
    let page = page(items, list, request)?;
    let mut answer = Map::new();
    answer.insert(name.to_owned(), Value::Array(page.items));
    if let Some(token) = page.next_token {
        answer.insert("NextToken".to_owned(), Value::String(token));
    }
    Ok(Value::Object(answer))
}
