//! A template as a deployment: the events that CloudFormation would send for it, as far as they are known.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use connect_security_profile::arn::InstanceArn;
use connect_security_profile::owner::Owner;
use connect_security_profile::properties::never_resolved;
use connect_security_profile::provider::{LOOKUP_TYPE, RESOURCE_TYPE};
use serde_json::{Map, Value, json};

use crate::cloudformation::DeployedStack;
use crate::failure::Failure;
use crate::template::{Resource, Template, Unknown, Values, is_within, push_key};

/// Members that the provider does not take without another: the one, and what it needs.
const NEEDS: [(&str, &str); 3] = [
    ("TagRestrictedResources", "AllowedAccessControlTags"),
    ("AllowedAccessControlTags", "TagRestrictedResources"),
    ("AllowedAccessControlHierarchyGroupId", "HierarchyRestrictedResources"),
];

/// What is said of a deployment on the command line.
#[derive(Args, Clone, Debug, Default)]
pub struct Given {
    /// A parameter of the template; with --stack, those not given stay as they are deployed
    #[arg(long = "parameter", value_name = "NAME=VALUE", help_heading = "Deployment")]
    pub parameters: Vec<String>,
    /// The stack that it is deployed as, by name or ARN
    #[arg(long, value_name = "NAME", help_heading = "Deployment")]
    pub stack: Option<String>,
    /// The instance of resources whose `InstanceArn` is not known
    #[arg(long, value_name = "ARN", help_heading = "Deployment")]
    pub instance_arn: Option<InstanceArn>,
}

/// A resource of the template, as far as it is known.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// Its properties without what is unknown.
    pub properties: Map<String, Value>,
    /// What is unknown, by its path.
    pub unknown: Vec<String>,
    /// Its `DeletionPolicy` keeps it.
    pub is_retained: bool,
    /// Its `UpdateReplacePolicy` keeps what is replaced.
    pub keeps_replaced: bool,
    /// Whether its condition holds is not known.
    pub is_conditional: bool,
}

/// The resources of our types that a template makes.
pub fn resources(template: &Template, values: &Values, given: &Given) -> Result<Vec<Known>, Failure> {
    if let Some(mistake) = template.value_mistakes(values).first() {
        return Err(Failure::new(format!("parameter `{}` {}", mistake.name, mistake.rule)));
    }
    let ours = |_: &str, kind: &str| kind == RESOURCE_TYPE || kind == LOOKUP_TYPE;
    let made = template.resolve_where(values, ours).into_iter().filter(|it| it.is_made != Some(false));
    Ok(made.map(|resource| known(resource, given.instance_arn.as_ref())).collect())
}

/// The values that the command line gives, over those that are deployed of the parameters that the template has.
pub fn values(
    given: &Given,
    template: &Template,
    deployed: Option<&DeployedStack>,
    region: Option<String>,
) -> Result<Values, Failure> {
    let stated = Values::of_pairs(&given.parameters).map_err(|pair| {
        Failure::new(format!("`{pair}` is no parameter")).hint("write it as `--parameter NAME=VALUE`")
    })?;
    let mut values = deployed.map(|stack| stack.values.clone()).unwrap_or_default();
    let declared: BTreeSet<String> = template.parameters().into_iter().map(|it| it.name).collect();
    values.parameters.retain(|name, _| declared.contains(name));
    values.parameters.extend(stated.parameters);
    let instance = given.instance_arn.as_ref();
    values.region = values.region.or_else(|| instance.map(|it| it.region().to_owned())).or(region);
    values.account = values.account.or_else(|| instance.map(|it| it.account().to_owned()));
    Ok(values)
}

fn known(resource: Resource, instance: Option<&InstanceArn>) -> Known {
    let (delivered, unknown): (Vec<Unknown>, Vec<Unknown>) =
        resource.unknown.iter().cloned().partition(|unknown| is_delivered(&resource, unknown));
    let Resource { logical_id, kind, mut properties, .. } = resource;
    let delivered = delivered.into_iter().map(|it| (it.path, it.what)).collect();
    for (name, value) in &mut properties {
        deliver(value, &mut name.clone(), &delivered);
    }
    let mut missing: BTreeSet<String> = unknown.iter().map(|it| top(&it.path).to_owned()).collect();
    let mut shown: Vec<String> = unknown.into_iter().map(|it| it.path).collect();
    for (name, value) in &properties {
        if Values::is_withheld(&value.to_string()) && missing.insert(name.clone()) {
            shown.push(name.clone());
        }
    }
    if let Some(instance) = instance
        && missing.remove("InstanceArn")
    {
        shown.retain(|path| path != "InstanceArn");
        properties.insert("InstanceArn".to_owned(), json!(instance.to_string()));
    }
    for (one, needed) in NEEDS {
        if missing.contains(needed) && missing.insert(one.to_owned()) && properties.contains_key(one) {
            shown.push(one.to_owned());
        }
    }
    properties.retain(|name, _| !missing.contains(name));
    // Whom CloudFormation calls is no property of a profile.
    shown.retain(|path| path != "ServiceToken" && path != "ServiceTimeout");
    let keeps = |policy: Option<&str>| matches!(policy, Some("Retain" | "RetainExceptOnCreate" | "Snapshot"));
    Known {
        logical_id,
        resource_type: kind,
        properties,
        unknown: shown,
        is_retained: keeps(resource.deletion_policy.as_deref()),
        keeps_replaced: keeps(resource.update_replace_policy.as_deref()),
        is_conditional: resource.is_made.is_none(),
    }
}

/// Whether an unknown value is a text that CloudFormation delivers as it is written, because it holds a dynamic reference that
/// is never resolved in custom resources. Another function than those that compose texts, or a condition that is not known,
/// may make something else of the reference.
fn is_delivered(resource: &Resource, unknown: &Unknown) -> bool {
    let is_read = !["ServiceToken", "ServiceTimeout"].contains(&unknown.path.as_str());
    let is_text = !unknown.what.starts_with('!') && !unknown.what.contains("Fn::");
    let is_chosen =
        resource.choices.iter().any(|choice| choice.way.is_none() && is_within(&unknown.path, &choice.path));
    is_read && is_text && !is_chosen && !unknown.path.is_empty() && never_resolved(&unknown.what).is_some()
}

/// Puts texts at their paths.
fn deliver(value: &mut Value, path: &mut String, texts: &BTreeMap<String, String>) {
    let length = path.len();
    match value {
        Value::Null => {
            if let Some(text) = texts.get(path.as_str()) {
                *value = json!(text);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.extend(["[", &index.to_string(), "]"]);
                deliver(item, path, texts);
                path.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                push_key(path, key);
                deliver(member, path, texts);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

impl Known {
    /// The instance, if it is known.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceArn> {
        self.properties.get("InstanceArn")?.as_str()?.trim().parse().ok()
    }

    /// The profile's name, if it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.properties.get("SecurityProfileName")?.as_str()
    }

    /// Which of the two without which nothing can be said is not known.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        ["InstanceArn", "SecurityProfileName"]
            .into_iter()
            .find(|name| self.unknown.iter().any(|path| path == name || path.is_empty()))
    }

    /// Whose its profile is, if the stack's ARN is one.
    #[must_use]
    pub fn owner(&self, stack_id: &str) -> Option<Owner> {
        Some(Owner::of(&custom_resource::Resource {
            request_id: String::new(),
            stack: stack_id.parse().ok()?,
            logical_id: self.logical_id.clone(),
            resource_type: self.resource_type.clone(),
        }))
    }

    /// The event that CloudFormation would send for it.
    #[must_use]
    pub fn event(&self, request: &str, stack_id: &str) -> Value {
        json!({
            "RequestType": request,
            "StackId": stack_id,
            "LogicalResourceId": self.logical_id,
            "ResourceType": self.resource_type,
            "ResourceProperties": self.properties,
        })
    }

    /// The same for one that was deployed with those properties and answered that id. What is not known now is left out of
    /// what was stated before, too, or it would count as given up.
    #[must_use]
    pub fn update(&self, stack_id: &str, physical_id: &str, old: &Map<String, Value>) -> Value {
        let mut missing: BTreeSet<&str> = self.unknown.iter().map(|path| top(path)).collect();
        let needing = NEEDS.into_iter().filter(|(_, needed)| missing.contains(needed)).map(|(one, _)| one);
        missing.extend(needing.collect::<Vec<_>>());
        let mut old = old.clone();
        old.retain(|name, _| !missing.contains(name.as_str()));
        let mut event = self.event("Update", stack_id);
        event["PhysicalResourceId"] = json!(physical_id);
        event["OldResourceProperties"] = Value::Object(old);
        event
    }

    /// The same for its removal.
    #[must_use]
    pub fn delete(&self, stack_id: &str, physical_id: &str) -> Value {
        let mut event = self.event("Delete", stack_id);
        event["PhysicalResourceId"] = json!(physical_id);
        event
    }
}

/// The ARN of a stack that there is not yet, where the instance is.
#[must_use]
pub fn stack_to_be(instance: Option<&InstanceArn>) -> String {
    let (partition, region, account) = instance
        .map_or(("aws", "us-east-1", "000000000000"), |it| (it.partition(), it.region(), it.account()));
    format!(
        "arn:{partition}:cloudformation:{region}:{account}:stack/not-deployed-yet/00000000-0000-0000-0000-000000000000"
    )
}

/// What a live profile holds, as properties that state all of it.
#[must_use]
pub fn properties_of(profile: &connect_emulator::Profile, like: &Known) -> Map<String, Value> {
    let members = serde_json::to_value(profile).unwrap_or_default();
    let mut properties = like.properties.clone();
    for (name, value) in members.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "Tags" | "AllowedAccessControlTags" => pairs(value),
            "Id" | "Type" | "SecurityProfileName" | "LastModifiedTime" | "LastModifiedRegion" => continue,
            _ => value.clone(),
        };
        let is_empty = match name.as_str() {
            "GranularAccessControlConfiguration" => profile.granular_access_control_configuration.is_empty(),
            _ => value == json!([]) || value == json!(""),
        };
        if !is_empty {
            properties.insert(name.clone(), value);
        }
    }
    properties
}

fn pairs(tags: &Value) -> Value {
    let tags = tags.as_object().into_iter().flatten();
    let stated = tags
        .filter(|(key, _)| !connect_security_profile::owner::is_owner_key(key) && !key.starts_with("aws:"));
    stated.map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// By logical id.
#[must_use]
pub fn by_logical_id(resources: Vec<Known>) -> BTreeMap<String, Known> {
    resources.into_iter().map(|resource| (resource.logical_id.clone(), resource)).collect()
}

#[cfg(test)]
mod tests;
