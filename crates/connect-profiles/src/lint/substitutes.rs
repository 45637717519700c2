//! Stands for what is unknown: a value of the right kind, so that the provider's reader has something to read.

use std::collections::BTreeSet;

use connect_security_profile::arn::{InstanceArn, RoleArn, is_account};
use serde_json::{Map, Value, json};

use crate::template::{Resource, push_key};

/// Where nothing says which account it is.
const ANY_ACCOUNT: &str = "123456789012";

/// The account that the provider's function is in: as stated, else the function's, else that of the instance, so that an
/// account that nobody knows is no mistake.
pub(super) fn provider_account(resource: &Resource, stated: Option<&str>) -> String {
    let text = |name: &str| resource.properties.get(name).and_then(Value::as_str);
    let function = text("ServiceToken").and_then(|token| {
        let parts: Vec<&str> = token.split(':').collect();
        (parts.get(2) == Some(&"lambda"))
            .then(|| parts.get(4).copied())
            .flatten()
            .filter(|account| is_account(account))
    });
    let instance = text("InstanceArn").and_then(|arn| arn.parse::<InstanceArn>().ok());
    let account = stated.or(function).map(str::to_owned);
    account.or_else(|| Some(instance?.account().to_owned())).unwrap_or_else(|| ANY_ACCOUNT.to_owned())
}

/// The properties with a plausible value for each that is unknown.
pub(super) fn plausible(resource: &Resource, account: &str) -> Map<String, Value> {
    let text = |name: &str| resource.properties.get(name).and_then(Value::as_str);
    // What is unknown of the two ARNs agrees with what is known of them.
    let by_instance = text("InstanceArn").and_then(|arn| arn.parse::<InstanceArn>().ok());
    let by_role = text("RoleArn").and_then(|arn| arn.parse::<RoleArn>().ok());
    let account = by_instance
        .map(|arn| arn.account().to_owned())
        .or_else(|| by_role.map(|arn| arn.account().to_owned()))
        .unwrap_or_else(|| account.to_owned());
    let unknown: BTreeSet<&str> = resource.unknown.iter().map(|unknown| unknown.path.as_str()).collect();
    let mut value = Value::Object(resource.properties.clone());
    fill(&mut value, &mut String::new(), &unknown, &account);
    match value {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}

fn fill(value: &mut Value, path: &mut String, unknown: &BTreeSet<&str>, account: &str) {
    let length = path.len();
    match value {
        Value::Null if unknown.contains(path.as_str()) => *value = stand_in(path, account),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.extend(["[", &index.to_string(), "]"]);
                fill(item, path, unknown, account);
                path.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                push_key(path, key);
                fill(member, path, unknown, account);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// A value that may stand at the path.
fn stand_in(path: &str, account: &str) -> Value {
    let last = path.rsplit('.').next().unwrap_or_default();
    let (name, is_item) = last.split_once('[').map_or((last, false), |(name, _)| (name, true));
    let item = match name {
        "Tags" | "AllowedAccessControlTags" => json!({"Key": "x", "Value": "x"}),
        "Applications" => json!({"Namespace": "x", "ApplicationPermissions": ["x"]}),
        "AllowedFlowModules" => json!({"FlowModuleId": "x"}),
        "AllowedAIAgents" => json!({"Arn": "x"}),
        "PrimaryAttributeValues" => json!({"AttributeName": "x", "Values": ["x"]}),
        "Permissions"
        | "TagRestrictedResources"
        | "HierarchyRestrictedResources"
        | "ApplicationPermissions"
        | "Values" => {
            json!("x")
        }
        "InstanceArn" => return json!(format!("arn:aws:connect:us-east-1:{account}:instance/x")),
        "RoleArn" => return json!(format!("arn:aws:iam::{account}:role/x")),
        "Adopt" | "ExpandPermissions" => return json!("false"),
        _ => return json!("x"),
    };
    if is_item { item } else { json!([item]) }
}
