//! Cases of little and overlapping content, so that names collide and all kinds of change come up.

use std::collections::BTreeMap;

use connect_emulator::Profile;
use connect_profiles::rehearsal::Profiles;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

pub(super) const ACCOUNT: &str = "000000000000";
/// Two of the function's account, in two regions, and one of another account.
pub(super) const INSTANCES: [&str; 3] = [
    "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555",
    "arn:aws:connect:eu-west-2:000000000000:instance/22222222-2222-3333-4444-555555555555",
    "arn:aws:connect:us-east-1:999999999999:instance/33333333-2222-3333-4444-555555555555",
];
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:000000000000:stack/contact-centre/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4";
const OWNER_TAG: &str = "custom-connect-security-profile:owner";
const NAMES: [&str; 6] = ["Agents", "Agents", "Agents", "Billing", "Admin", "Managed"];

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) live: Vec<(&'static str, Profile)>,
    pub(super) environment: BTreeMap<&'static str, String>,
    events: Vec<Event>,
}

#[derive(Clone, Debug)]
struct Event {
    kind: &'static str,
    logical_id: &'static str,
    physical_id: Id,
    new: Value,
    old: Value,
}

#[derive(Clone, Debug)]
enum Id {
    /// The nth of those that are there.
    Profile(usize),
    Text(&'static str),
}

impl Case {
    pub(super) fn events(&self, live: &Profiles) -> Vec<Value> {
        let arns: Vec<String> = live
            .iter()
            .flat_map(|(instance, profiles)| profiles.values().map(move |it| (instance, it)))
            .filter(|(_, profile)| NAMES.contains(&profile.name.as_str()))
            .filter_map(|(instance, profile)| Some(instance.profile(&profile.id)?.to_string()))
            .collect();
        let event = |event: &Event| {
            let mut json = json!({
                "RequestType": event.kind, "RequestId": "r", "StackId": STACK, "LogicalResourceId": event.logical_id,
                "ResourceType": "Custom::ConnectSecurityProfile", "ResourceProperties": event.new,
            });
            if event.kind != "Create" {
                json["PhysicalResourceId"] = match event.physical_id {
                    Id::Profile(index) => json!(arns[index % arns.len()]),
                    Id::Text(text) => json!(text),
                };
            }
            if event.kind == "Update" {
                json["OldResourceProperties"] = event.old.clone();
            }
            json
        };
        self.events.iter().map(event).collect()
    }
}

pub(super) fn some_case() -> impl Strategy<Value = Case> {
    (vec(some_profile(), 0..4), some_environment(), vec(some_event(), 1..3))
        .prop_map(|(live, environment, events)| Case { live, environment, events })
}

fn some_environment() -> impl Strategy<Value = BTreeMap<&'static str, String>> {
    select(vec![
        vec![],
        vec![],
        vec![("ALLOWED_ROLE_ARNS", "*")],
        vec![("ALLOWED_ROLE_ARNS", "*"), ("PROTECTED_PROFILE_NAMES", "")],
        vec![("DENIED_PERMISSIONS", "B,Users.*")],
        vec![("PROTECTED_PROFILE_NAMES", "Bill*")],
        vec![("ALLOWED_INSTANCE_ARNS", "arn:aws:connect:us-east-1:*")],
        vec![("ALLOWED_STACK_ACCOUNTS", "123456789012")],
        vec![("ALLOWED_INSTANCE_ARNS", "nonsense")],
    ])
    .prop_map(|variables| variables.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
}

fn some_instance() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(INSTANCES[0]), 1 => Just(INSTANCES[1]), 1 => Just(INSTANCES[2])]
}

fn some_profile() -> impl Strategy<Value = (&'static str, Profile)> {
    let owner = select(vec![
        None,
        None,
        Some("v1/created/us-east-1/000000000000/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/A/contact-centre"),
        Some("v1/created/us-east-1/000000000000/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/A/contact-centre"),
        Some("v1/adopted/us-east-1/000000000000/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/A/contact-centre"),
        Some("v1/created/us-east-1/000000000000/99999999-7b4f-11f0-9a55-0affd1a2b3c4/A/billing"),
        Some("unreadable"),
    ]);
    let old = prop::bool::weighted(0.7);
    (some_instance(), select(NAMES.to_vec()), owner, some_members(), prop::bool::weighted(0.05), old)
        .prop_map(|(instance, name, owner, members, is_managed, is_old)| {
            let mut seed = serde_json::Map::new();
            for (key, value) in members.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
                seed.insert(key.clone(), as_live(key, value));
            }
            seed.insert("SecurityProfileName".to_owned(), json!(name));
            let mut profile: Profile = serde_json::from_value(Value::Object(seed)).unwrap();
            profile.id = uuid::Uuid::new_v4().to_string();
            if let Some(owner) = owner {
                profile = profile.tagged(OWNER_TAG, owner);
            }
            if is_old {
                profile.last_modified_time = 1_700_000_000.0;
            }
            (instance, if is_managed { profile.aws_managed() } else { profile })
        })
}

/// A property of a template as the service holds it.
fn as_live(key: &str, value: &Value) -> Value {
    match key {
        "Tags" | "AllowedAccessControlTags" => {
            let tags = value.as_array().unwrap().iter();
            tags.map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone())).collect()
        }
        _ => without_nulls(value),
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(values) => values.iter().map(without_nulls).collect(),
        value => value.clone(),
    }
}

fn some_event() -> impl Strategy<Value = Event> {
    let kind = select(vec!["Create", "Update", "Update", "Update", "Delete"]);
    let id = prop_oneof![
        8 => (0..8_usize).prop_map(Id::Profile),
        1 => Just(Id::Text("connect-security-profile:none")),
        1 => Just(Id::Text("connect-security-profile:unknown")),
        1 => Just(Id::Text("contact-centre-A-17SKXEL5JB7FZ")),
        1 => Just(Id::Text(
            "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555/\
             security-profile/99999999-8888-7777-6666-555555555555"
        )),
    ];
    (kind, select(vec!["A", "A", "A", "B"]), id, some_properties(), some_properties(), any::<bool>())
        .prop_map(|(kind, logical_id, physical_id, new, mut old, is_in_place)| {
            if is_in_place {
                for key in ["InstanceArn", "SecurityProfileName"] {
                    old[key] = new[key].clone();
                }
            }
            Event { kind, logical_id, physical_id, new, old }
        })
}

fn some_properties() -> impl Strategy<Value = Value> {
    let role = prop_oneof![
        8 => Just(None),
        1 => Just(Some("arn:aws:iam::000000000000:role/deployer")),
        1 => Just(Some("arn:aws:iam::999999999999:role/deployer")),
    ];
    let mistake = prop::bool::weighted(0.03);
    (
        (some_instance(), select(NAMES.to_vec()), some_members()),
        (prop::bool::weighted(0.4), prop::bool::weighted(0.2), prop::bool::weighted(0.1), role, mistake),
    )
        .prop_map(|((instance, name, mut properties), (adopt, retain, expand, role, mistake))| {
            properties["InstanceArn"] = json!(instance);
            properties["SecurityProfileName"] = json!(name);
            properties["Adopt"] = json!(adopt.to_string());
            properties["OnDelete"] = json!(if retain { "Retain" } else { "Delete" });
            properties["ExpandPermissions"] = json!(expand);
            properties["RoleArn"] = json!(role);
            if mistake {
                properties["SecurityProfileNme"] = json!("x");
            }
            properties
        })
}

/// Each member stated or not.
fn some_members() -> impl Strategy<Value = Value> {
    let word = || select(vec!["A", "B", "Users.View", "é ü"]);
    let words = btree_set(word(), 0..3).prop_map(|words| json!(words)).boxed();
    let pairs = || {
        let one = |(key, value)| json!({"Key": key, "Value": value});
        btree_map(word(), word(), 0..3)
            .prop_map(move |pairs| json!(pairs.into_iter().map(one).collect::<Vec<_>>()))
    };
    let restricted = option::of(pairs()).prop_map(|tags| match tags {
        Some(tags) if tags != json!([]) => (tags, json!(["User", "Queue"])),
        Some(_) => (json!([]), json!([])),
        None => (Value::Null, Value::Null),
    });
    let hierarchy = select(vec![
        (Value::Null, Value::Null),
        (json!(["User"]), Value::Null),
        (json!(["User"]), json!("group-1")),
        (json!([]), json!("")),
    ]);
    let applications = btree_map(word(), (word(), option::of(Just("MCP"))), 0..3).prop_map(|applications| {
        let one = |(namespace, (permission, kind))| {
            json!({"Namespace": namespace, "ApplicationPermissions": [permission], "Type": kind})
        };
        json!(applications.into_iter().map(one).collect::<Vec<_>>())
    });
    let ids = |key: &'static str, kind: &'static str| {
        btree_map(word(), option::of(Just(kind)), 0..3).prop_map(move |ids| {
            json!(ids.into_iter().map(|(id, kind)| json!({key: id, "Type": kind})).collect::<Vec<_>>())
        })
    };
    let granular = btree_map(word(), btree_set(word(), 1..3), 0..3).prop_map(|attributes| {
        let one = |(name, values)| json!({"AccessType": "ALLOW", "AttributeName": name, "Values": values});
        let list: Vec<_> = attributes.into_iter().map(one).collect();
        json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
            {"PrimaryAttributeValues": list}}})
    });
    let optional = |strategy: BoxedStrategy<Value>| option::of(strategy).prop_map(|value| json!(value));
    (
        (optional(word().prop_map(|word| json!(word)).boxed()), optional(words), restricted, hierarchy),
        optional(applications.boxed()),
        optional(ids("FlowModuleId", "MCP").boxed()),
        optional(ids("Arn", "THIRD_PARTY").boxed()),
        optional(granular.boxed()),
        optional(pairs().boxed()),
    )
        .prop_map(
            |(
                (description, permissions, by_tag, by_hierarchy),
                applications,
                modules,
                agents,
                granular,
                tags,
            )| {
                json!({
                    "Description": description, "Permissions": permissions, "Tags": tags,
                    "AllowedAccessControlTags": by_tag.0, "TagRestrictedResources": by_tag.1,
                    "HierarchyRestrictedResources": by_hierarchy.0,
                    "AllowedAccessControlHierarchyGroupId": by_hierarchy.1,
                    "Applications": applications, "AllowedFlowModules": modules, "AllowedAIAgents": agents,
                    "GranularAccessControlConfiguration": granular,
                })
            },
        )
}
