//! The properties of a profile and of a lookup. Laws: reading is total and always the same; every mistake has a path and a
//! rule; scalars read the same as themselves and as the strings that CloudFormation makes of them, and `null` reads as
//! absent; what is read well and then is there plans to nothing, and nothing of it has changed since.
//!
//! The input is the properties as JSON, or else bytes from which properties with the right names are drawn.

#![no_main]

use std::collections::BTreeSet;

use arbitrary::Unstructured;
use connect_security_profile::arn::SecurityProfileArn;
use connect_security_profile::catalogue::expand;
use connect_security_profile::observed::Observed;
use connect_security_profile::owner::{Origin, Owner};
use connect_security_profile::ownership::Wish;
use connect_security_profile::plan::{Step, plan_create, plan_existing};
use connect_security_profile::previous::Previous;
use connect_security_profile::properties::{Desired, PROPERTIES, PropertyMistakes, Sought, confidential};
use connect_security_profile::settings::Settings;
use custom_resource::Resource;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

const ACCOUNT: &str = "123456789012";
const SECRET: &str = "SECRET-OF-THE-FUZZER";

fuzz_target!(|data: &[u8]| {
    let value = match serde_json::from_slice(data) {
        Ok(value) => value,
        Err(_) => match some_properties(&mut Unstructured::new(data)) {
            Ok(value) => value,
            Err(_) => return,
        },
    };
    let Value::Object(properties) = value else { return };
    let as_strings = object(stringified(Value::Object(properties.clone())));
    let without_null = object(without_null(Value::Object(properties.clone())));

    let read = Desired::read(&properties, ACCOUNT);
    assert_eq!(read, Desired::read(&properties, ACCOUNT));
    reads_alike(&read, &Desired::read(&as_strings, ACCOUNT));
    reads_alike(&read, &Desired::read(&without_null, ACCOUNT));
    match &read {
        Ok(desired) => is_done_once_it_is_there(desired, &properties),
        Err(mistakes) => say_where_and_what(mistakes),
    }
    let sought = Sought::read(&properties, ACCOUNT);
    reads_alike(&sought, &Sought::read(&as_strings, ACCOUNT));
    if let Err(mistakes) = &sought {
        say_where_and_what(mistakes);
    }
    // What a lookup reads well, a profile reads well.
    if let Ok(sought) = sought {
        let desired = read.expect("a lookup's properties are a profile's");
        assert_eq!(
            (desired.instance, desired.name, desired.role),
            (sought.instance, sought.name, sought.role)
        );
    }
});

fn is_done_once_it_is_there(desired: &Desired, properties: &Map<String, Value>) {
    let resource = Resource {
        request_id: "r".to_owned(),
        stack: format!("arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/s/5b6a1e10")
            .parse()
            .expect("a stack"),
        logical_id: "Agents".to_owned(),
        resource_type: "Custom::ConnectSecurityProfile".to_owned(),
    };
    let owner = Owner::of(&resource);
    let plan = plan_create(desired, &owner);
    let [Step::Create(made)] = &plan.steps[..] else { panic!("{plan}") };
    assert!(made.tags.len() <= 50);
    let arn: SecurityProfileArn = made.instance.profile("p").expect("an id");
    assert!(arn.to_string().parse::<custom_resource::PhysicalId>().is_ok(), "{arn} can be answered");
    let live = Observed {
        organization_resource_id: None,
        arn,
        name: made.name.to_string(),
        is_aws_managed: false,
        tags: made.tags.clone(),
        settings: Settings::empty().after(&made.settings),
        last_modified: (None, None),
    };
    let previous = Previous::read(properties, desired);
    assert!(!previous.is_of_another && !previous.tags_changed && previous.changed.is_empty(), "{previous:?}");
    for wish in [Wish::Update, Wish::Create { adopt: desired.adopt }, Wish::Replace { adopt: desired.adopt }]
    {
        let again = plan_existing(wish, desired, &previous, &live, &owner).expect("a plan");
        assert!(again.is_empty(), "{again}");
    }
    let permissions = desired.settings.permissions.clone().unwrap_or_default();
    let twice = expand(&expand(&permissions));
    assert_eq!(twice, expand(&permissions));
    let _ = (desired.unknown_permissions().count(), owner.tag(Origin::Adopted), plan.to_string());
    let shown = format!("{desired:?} {plan:?} {plan}");
    // Where the secret is nothing but a value, nothing shows it.
    let stated = Value::Object(properties.clone()).to_string().matches(SECRET).count();
    let hidden = confidential(properties).iter().filter(|text| text.reveal().contains(SECRET)).count();
    assert!(stated != hidden || !shown.contains(SECRET), "{shown}");
}

/// The same, or else mistakes in the same places: what a message quotes may differ.
fn reads_alike<T: PartialEq + std::fmt::Debug>(
    one: &Result<T, PropertyMistakes>,
    other: &Result<T, PropertyMistakes>,
) {
    let paths = |mistakes: &PropertyMistakes| -> Vec<String> {
        mistakes.0.iter().map(|mistake| mistake.path.clone()).collect()
    };
    match (one, other) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (Err(one), Err(other)) => assert_eq!(paths(one), paths(other)),
        _ => panic!("{one:?} and {other:?}"),
    }
}

fn say_where_and_what(mistakes: &PropertyMistakes) {
    assert!(!mistakes.0.is_empty());
    let mut seen = BTreeSet::new();
    for mistake in &mistakes.0 {
        assert!(!mistake.path.is_empty() && !mistake.rule.is_empty(), "{mistake:?}");
        seen.insert(mistake.to_string());
    }
    let text = mistakes.to_string();
    assert!(seen.iter().all(|mistake| text.contains(mistake)));
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(object) = value { object } else { panic!("not an object: {value}") }
}

/// As CloudFormation delivers it.
fn stringified(value: Value) -> Value {
    match value {
        Value::Bool(flag) => json!(flag.to_string()),
        Value::Number(number) => json!(number.to_string()),
        Value::Array(items) => items.into_iter().map(stringified).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, stringified(value))).collect(),
        value => value,
    }
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members.map(|(key, value)| (key, without_null(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_null).collect(),
        value => value,
    }
}

/// Properties of the right names, whose values are mostly of the right form.
fn some_properties(source: &mut Unstructured<'_>) -> arbitrary::Result<Value> {
    let mut properties = json!({
        "InstanceArn": format!("arn:aws:connect:us-east-1:{ACCOUNT}:instance/i"), "SecurityProfileName": "Agents",
    });
    let names: Vec<&str> = PROPERTIES.into_iter().chain(["Tags", "Revison"]).collect();
    for _ in 0..source.int_in_range(0..=12)? {
        let name = *source.choose(&names)?;
        let value = if source.ratio(1, 8)? { some_value(source, 3)? } else { some_fitting(source, name)? };
        properties[name] = value;
    }
    Ok(properties)
}

fn some_fitting(source: &mut Unstructured<'_>, name: &str) -> arbitrary::Result<Value> {
    Ok(match name {
        "Permissions" | "TagRestrictedResources" | "HierarchyRestrictedResources" => {
            some_list(source, some_text)?
        }
        "Tags" | "AllowedAccessControlTags" => {
            some_list(source, |source| Ok(json!({"Key": some_text(source)?, "Value": some_text(source)?})))?
        }
        "Applications" => some_list(source, |source| {
            let kind = source.choose(&["MCP", "THIRD_PARTY_APPLICATION", "", "X"])?.to_owned();
            let permissions = some_list(source, some_text)?;
            Ok(json!({"Namespace": some_text(source)?, "ApplicationPermissions": permissions, "Type": kind}))
        })?,
        "AllowedFlowModules" => {
            some_list(source, |source| Ok(json!({"FlowModuleId": some_text(source)?, "Type": "MCP"})))?
        }
        "AllowedAIAgents" => some_list(source, |source| Ok(json!({"Arn": some_text(source)?})))?,
        "GranularAccessControlConfiguration" => {
            let list = some_list(source, |source| {
                Ok(json!({"AttributeName": some_text(source)?, "Values": some_list(source, some_text)?}))
            })?;
            json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
                {"PrimaryAttributeValues": list}}})
        }
        "Adopt" | "ExpandPermissions" => json!(source.choose(&["true", "False", ""])?),
        "OnDelete" => json!(source.choose(&["Delete", "Retain", "retain", ""])?),
        "RoleArn" => {
            json!(source.choose(&["arn:aws:iam::123456789012:role/r", "arn:aws:iam::1:role/r", ""])?)
        }
        _ => some_text(source)?,
    })
}

fn some_list(
    source: &mut Unstructured<'_>,
    item: impl Fn(&mut Unstructured<'_>) -> arbitrary::Result<Value>,
) -> arbitrary::Result<Value> {
    // Lists beyond the limits too, cheaply: a few items, and sometimes many copies with a number behind.
    let count = source.int_in_range(0..=5)?;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(source)?);
    }
    if source.ratio(1, 16)? {
        let most = source.int_in_range(0..=520_usize)?;
        items.extend((0..most).map(|index| json!(format!("n{index}"))));
    }
    Ok(json!(items))
}

fn some_text(source: &mut Unstructured<'_>) -> arbitrary::Result<Value> {
    Ok(match source.int_in_range(0..=5)? {
        0 => json!(String::from_utf8_lossy(source.bytes(source.len().min(9))?)),
        1 => json!("é\u{202e}\u{0}".repeat(source.int_in_range(1..=1200)?)),
        2 => json!(source.choose(&[
            "Users.View",
            "Users.Edit",
            "SECRET-OF-THE-FUZZER",
            "aws:x",
            "",
            " ",
            "\u{85}"
        ])?),
        3 => json!(source.choose(&[
            "Users.Edit",
            "BasicAgentAccess",
            "custom-connect-security-profile:owner"
        ])?),
        4 => json!(source.arbitrary::<i16>()?),
        _ => json!(char::from(source.arbitrary::<u8>()?).to_string()),
    })
}

fn some_value(source: &mut Unstructured<'_>, depth: u32) -> arbitrary::Result<Value> {
    Ok(match source.int_in_range(0..=if depth == 0 { 4 } else { 6 })? {
        0 => Value::Null,
        1 => json!(source.arbitrary::<bool>()?),
        2 => json!(source.arbitrary::<f64>()?),
        3 => json!(source.arbitrary::<u64>()?),
        4 => some_text(source)?,
        5 => {
            let (one, other) = (some_value(source, depth - 1)?, some_value(source, depth - 1)?);
            json!([one, other])
        }
        _ => {
            let key = *source.choose(&[
                "Key",
                "Value",
                "Values",
                "Type",
                "Arn",
                "",
                "DataTableAccessControlConfiguration",
            ])?;
            json!({key: some_value(source, depth - 1)?})
        }
    })
}
