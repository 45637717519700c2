//! Random properties.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::ACCOUNT;

fn words() -> impl Strategy<Value = Value> {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
    let instance = format!("arn:aws:connect:eu-west-2:{ACCOUNT}:instance/i");
    prop_oneof![
        prop::sample::select(
            [
                "",
                "x",
                "y",
                "Agents",
                "Bad!",
                "true",
                "FALSE",
                "yes",
                "aws:x",
                "connect:x",
                "MCP",
                "THIRD_PARTY",
                "ALLOW",
                "Delete",
                "Retain",
                "Users.Edit",
                "BasicAgentAccess",
                "é",
                "連絡",
                "a\nb",
                "a\u{1}b",
                "i-1",
                "custom-connect-security-profile:owner",
                "arn:aws:connect:eu-west-2:999999999999:instance/i",
                "arn:aws:iam::999999999999:role/r",
                "User",
                "MCP.X",
            ]
            .map(str::to_owned)
            .into_iter()
            .chain([role, instance, "x".repeat(128), "x".repeat(129), "é".repeat(251), "x".repeat(1001)])
            .collect::<Vec<_>>()
        )
        .prop_map(Value::from),
        prop::sample::select(vec![json!(true), json!(false), json!(0), json!(14), json!(1.5), json!(null)]),
    ]
}

fn keys() -> impl Strategy<Value = String> {
    let known = [
        "Key",
        "Value",
        "Namespace",
        "ApplicationPermissions",
        "Type",
        "FlowModuleId",
        "Arn",
        "AttributeName",
        "Values",
    ];
    let more = [
        "AccessType",
        "DataTableAccessControlConfiguration",
        "PrimaryAttributeAccessControlConfiguration",
        "PrimaryAttributeValues",
        "Valeu",
        "key",
        "",
        "a.b",
        "a[0]",
    ];
    prop::sample::select(known.into_iter().chain(more).map(str::to_owned).collect::<Vec<_>>())
}

fn values() -> impl Strategy<Value = Value> {
    words().prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Values of the right form, so that what depends on several of them is reached too.
fn fitting(key: &'static str) -> BoxedStrategy<Value> {
    let names = prop::collection::vec(words(), 0..4).prop_map(Value::from);
    let tags = prop::collection::vec((words(), words()), 0..4)
        .prop_map(|tags| tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect());
    match key {
        "InstanceArn" => Just(json!(format!("arn:aws:connect:eu-west-2:{ACCOUNT}:instance/i"))).boxed(),
        "SecurityProfileName" => Just(json!("Agents")).boxed(),
        "Tags" | "AllowedAccessControlTags" => tags.boxed(),
        "Permissions" | "TagRestrictedResources" | "HierarchyRestrictedResources" => names.boxed(),
        "Applications" => prop::collection::vec((words(), names), 0..3)
            .prop_map(|all| all.into_iter().map(|(name, list)| json!({"Namespace": name, "ApplicationPermissions": list})).collect())
            .boxed(),
        "GranularAccessControlConfiguration" => prop::collection::vec((words(), names), 0..3)
            .prop_map(|all| {
                let list: Vec<Value> =
                    all.into_iter().map(|(name, list)| json!({"AttributeName": name, "Values": list})).collect();
                json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": list}}})
            })
            .boxed(),
        _ => words().boxed(),
    }
}

/// Properties of any kind, many of them nearly right.
pub(super) fn properties() -> impl Strategy<Value = Value> {
    let names = connect_security_profile::properties::PROPERTIES.into_iter().chain([
        "Tags",
        "Tagss",
        "Permission",
        "",
    ]);
    let one = prop::sample::select(names.collect::<Vec<_>>())
        .prop_flat_map(|name| (Just(name), prop_oneof![3 => fitting(name), 1 => values().boxed()]));
    let required = (fitting("InstanceArn"), fitting("SecurityProfileName"), prop::bool::weighted(0.8));
    (prop::collection::vec(one, 0..8), required).prop_map(|(entries, (instance, name, has_required))| {
        let mut all = Map::new();
        if has_required {
            all.insert("InstanceArn".to_owned(), instance);
            all.insert("SecurityProfileName".to_owned(), name);
        }
        all.extend(entries.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Value::Object(all)
    })
}
