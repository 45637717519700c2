//! What the properties of a template may say, and what is said of their mistakes.

use serde_json::{Value, json};

use super::*;
use crate::settings::Member;

const ACCOUNT: &str = "123456789012";

fn properties(extra: Value) -> Map<String, Value> {
    let mut properties = json!({
        "InstanceArn": "arn:aws:connect:eu-west-2:123456789012:instance/11111111-2222-3333-4444-555555555555",
        "SecurityProfileName": "Agents",
    });
    let (Value::Object(properties), Value::Object(extra)) = (&mut properties, extra) else { panic!() };
    properties.extend(extra);
    properties.clone()
}

fn read(extra: Value) -> Desired {
    Desired::read(&properties(extra), ACCOUNT).unwrap()
}

fn refused(extra: Value) -> String {
    Desired::read(&properties(extra), ACCOUNT).unwrap_err().to_string()
}

#[test]
fn a_property_that_is_null_is_absent_whatever_its_name() {
    assert_eq!(
        read(json!({"Retired": null, "Tags": [{"Key": "a", "Value": "b", "Odd": null}]})).tags.unwrap().len(),
        1
    );
}

#[test]
fn a_property_without_a_name_has_a_path_all_the_same() {
    assert_eq!(refused(json!({"": 1})), r#"a mistake in the properties: "" is not a known property"#);
    assert_eq!(
        refused(json!({"Tags": [{"Key": "a", "Value": "", "": 1}]})),
        r#"a mistake in the properties: Tags[0]."" is not a known property"#
    );
}

#[test]
fn a_list_that_no_template_holds_is_one_mistake() {
    assert_eq!(
        refused(json!({"Tags": vec![json!({}); 10_001]})),
        "a mistake in the properties: Tags has 10001 items, which is more than are read (10000)"
    );
}

#[test]
fn every_mistake_is_reported_at_once_with_its_path_its_rule_and_the_nearest_name() {
    let properties = json!({
        "InstanceArn": "i-123",
        "SecurityProfileNme": "Agents",
        "Description": "x".repeat(251),
        "Permissions": "BasicAgentAccess",
        "Tags": [{"Key": "aws:x", "Value": ""}, {"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"},
                 {"Key": "custom-connect-security-profile:owner", "Value": "x"}, {"Kex": "b", "Value": "1"}, "c"],
        "AllowedAccessControlTags": [{"Key": "team", "Value": "ops"}],
        "AllowedAccessControlHierarchyGroupId": "g",
        "Applications": [{"Namespace": "", "ApplicationPermissions": [], "Type": "mcp"}],
        "AllowedFlowModules": [{"Type": "MCP"}],
        "Adopt": "yes",
        "OnDelete": "Keep",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
    });
    let mistakes = Desired::read(properties.as_object().unwrap(), ACCOUNT).unwrap_err();
    insta::assert_snapshot!(mistakes.to_string().replace(" (", "\n("));
}

#[test]
fn a4_scalars_come_as_strings_or_as_themselves() {
    let as_text = read(json!({"Adopt": "TRUE", "ExpandPermissions": "False", "Description": "14"}));
    let as_themselves = read(json!({"Adopt": true, "ExpandPermissions": false, "Description": 14}));
    assert_eq!(as_text, as_themselves);
    assert!(as_text.adopt);
    for flag in [json!("yes"), json!(""), json!(" true"), json!("1"), json!(1), json!([]), json!({})] {
        assert_eq!(
            refused(json!({"Adopt": flag})),
            "a mistake in the properties: Adopt must be `true` or `false`"
        );
    }
}

#[test]
fn null_and_absent_are_the_same_and_empty_is_a_statement() {
    let silent = read(json!({"Description": null, "Permissions": null, "Tags": null, "OnDelete": null}));
    assert_eq!(silent, read(json!({})));
    assert!(silent.settings.is_silent());

    let empty = read(json!({
        "Description": "", "AllowedAccessControlHierarchyGroupId": "", "Permissions": [], "Tags": [],
        "AllowedAccessControlTags": [], "TagRestrictedResources": [], "HierarchyRestrictedResources": [],
        "Applications": [], "AllowedFlowModules": [], "AllowedAIAgents": [],
        "GranularAccessControlConfiguration": {},
    }));
    assert_eq!(empty.settings.members(), Member::ALL.into());
    assert_eq!(empty.tags, Some(Tags::new()));
}

#[test]
fn an_empty_text_is_absent_where_it_can_mean_nothing() {
    let desired = read(json!({
        "RoleArn": "", "ExternalId": "", "OnDelete": "", "Revision": "",
        "Applications": [{"Namespace": "a", "ApplicationPermissions": ["ACCESS"], "Type": ""}],
    }));
    assert_eq!(desired.on_delete, OnDelete::Delete);
    assert_eq!(desired.settings.applications.unwrap()["a"].kind, None);
}

#[test]
fn duplicates_collapse_in_sets_and_contradict_in_maps() {
    let desired = read(json!({"Permissions": ["B", "A", "B"], "AllowedAccessControlTags": [
        {"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}], "TagRestrictedResources": ["User"]}));
    assert_eq!(desired.settings.permissions.unwrap().len(), 2);
    assert_eq!(desired.settings.access_control_tags.unwrap().len(), 1);
    for (extra, path) in [
        (
            json!({"AllowedFlowModules": [{"FlowModuleId": "m", "Type": "MCP"}, {"FlowModuleId": "m"}]}),
            "AllowedFlowModules[1]",
        ),
        (json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}]}), "Tags[1].Key"),
        (
            json!({"TagRestrictedResources": ["User"], "AllowedAccessControlTags": [
                {"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
            "AllowedAccessControlTags[1].Key",
        ),
    ] {
        assert!(refused(extra).contains(path), "{path}");
    }
}

#[test]
fn limits_hold_at_their_edges() {
    let names = |count: usize| (0..count).map(|index| format!("P{index}")).collect::<Vec<_>>();
    let tags = |count: usize| {
        (0..count).map(|index| json!({"Key": format!("k{index}"), "Value": ""})).collect::<Vec<_>>()
    };
    let applications = |count: usize| {
        let one = |index| json!({"Namespace": format!("n{index}"), "ApplicationPermissions": ["ACCESS"]});
        (0..count).map(one).collect::<Vec<_>>()
    };
    let attributes = |count: usize, values: usize| {
        let one = |index| json!({"AttributeName": format!("a{index}"), "Values": names(values)});
        let list: Vec<_> = (0..count).map(one).collect();
        json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
            {"PrimaryAttributeValues": list}}})
    };
    for (property, within, beyond) in [
        ("Description", json!("é".repeat(250)), json!("é".repeat(251))),
        ("SecurityProfileName", json!("a".repeat(127)), json!("a".repeat(128))),
        ("SecurityProfileName", json!("A b_c@d-1"), json!("A.b")),
        ("SecurityProfileName", json!("a"), json!("")),
        ("Permissions", json!(names(500)), json!(names(501))),
        ("Permissions", json!(["x".repeat(128)]), json!(["x".repeat(129)])),
        ("Permissions", json!(["x"]), json!([""])),
        ("Permissions", json!([7]), json!([["x"]])),
        ("Tags", json!(tags(49)), json!(tags(50))),
        ("Tags", json!([{"Key": "Coût Center@x", "Value": ""}]), json!([{"Key": "a,b", "Value": ""}])),
        (
            "Tags",
            json!([{"Key": "k", "Value": "v".repeat(256)}]),
            json!([{"Key": "k", "Value": "v".repeat(257)}]),
        ),
        (
            "Tags",
            json!([{"Key": "k".repeat(128), "Value": ""}]),
            json!([{"Key": "k".repeat(129), "Value": ""}]),
        ),
        ("TagRestrictedResources", json!([]), json!("User")),
        ("HierarchyRestrictedResources", json!(names(10)), json!(names(11))),
        ("Applications", json!(applications(10)), json!(applications(11))),
        ("AllowedFlowModules", json!([{"FlowModuleId": "m"}]), json!([{"FlowModuleId": "m", "Type": "X"}])),
        (
            "AllowedAIAgents",
            json!([{"Arn": "arn:a", "Type": "THIRD_PARTY"}]),
            json!([{"Type": "THIRD_PARTY"}]),
        ),
        ("GranularAccessControlConfiguration", attributes(5, 2), attributes(6, 2)),
        ("GranularAccessControlConfiguration", attributes(1, 1), attributes(1, 3)),
        ("GranularAccessControlConfiguration", attributes(1, 2), attributes(1, 0)),
        ("OnDelete", json!("Retain"), json!("retain")),
    ] {
        read(json!({property: within}));
        let error = refused(json!({property: beyond}));
        assert!(error.starts_with(&format!("a mistake in the properties: {property}")), "{error}");
    }
}

#[test]
fn what_belongs_together_is_asked_for_together() {
    for (extra, mistake) in [
        (
            json!({"TagRestrictedResources": ["User"]}),
            "TagRestrictedResources needs AllowedAccessControlTags",
        ),
        (
            json!({"AllowedAccessControlTags": [{"Key": "a", "Value": "b"}], "TagRestrictedResources": []}),
            "AllowedAccessControlTags needs TagRestrictedResources",
        ),
        (
            json!({"AllowedAccessControlHierarchyGroupId": "g"}),
            "AllowedAccessControlHierarchyGroupId needs HierarchyRestrictedResources",
        ),
    ] {
        assert!(refused(extra).contains(mistake), "{mistake}");
    }
    read(json!({"HierarchyRestrictedResources": ["User"]}));
}

#[test]
fn a_key_is_checked_although_its_value_is_bad_too() {
    let error = refused(json!({"Tags": [{"Key": "aws:x"}]}));
    assert!(
        error.contains("Tags[0].Value is required") && error.contains("must not begin with `aws:`"),
        "{error}"
    );
}

#[test]
fn a_bad_member_of_one_list_is_not_taken_for_its_absence() {
    let error = refused(
        json!({"TagRestrictedResources": [""], "AllowedAccessControlTags": [{"Key": "a", "Value": "b"}]}),
    );
    assert_eq!(error, "a mistake in the properties: TagRestrictedResources[0] must not be empty");
}

#[test]
fn another_account_is_refused() {
    let properties = properties(json!({}));
    let error = Desired::read(&properties, "999999999999").unwrap_err().to_string();
    insta::assert_snapshot!(
        error,
        @"a mistake in the properties: InstanceArn is in account 123456789012, and the calls are made in 999999999999, the account of RoleArn or else of the provider"
    );
}

#[test]
fn expansion_adds_what_the_console_would_and_keeps_to_the_limit() {
    let desired = read(json!({"Permissions": ["Users.Edit"], "ExpandPermissions": "true"}));
    let permissions = desired.settings.permissions.unwrap();
    assert_eq!(permissions, ["Users.Edit", "Users.View"].map(Into::into).into());

    let mut names: Vec<String> = (0..499).map(|index| format!("P{index}")).collect();
    names.push("Users.Edit".to_owned());
    read(json!({"Permissions": names}));
    let error = refused(json!({"Permissions": names, "ExpandPermissions": true}));
    assert!(error.contains("501"), "{error}");
}

#[test]
fn unknown_permissions_are_no_mistake_and_have_a_nearest_name() {
    let desired = read(json!({"Permissions": ["BasicAgentAcess", "Brand.New", "Users.View"]}));
    let unknown: Vec<_> = desired.unknown_permissions().collect();
    assert_eq!(unknown, [("BasicAgentAcess", Some("BasicAgentAccess")), ("Brand.New", None)]);
}

#[test]
fn of_very_many_unknown_permissions_only_the_first_have_a_nearest_name() {
    let names: Vec<String> = (0..500).map(|index| format!("BasicAgentAcess{index:0>3}")).collect();
    let desired = read(json!({ "Permissions": names }));
    let unknown: Vec<_> = desired.unknown_permissions().collect();
    assert_eq!(unknown.len(), names.len(), "each is warned of");
    let with_nearest = unknown.iter().filter(|(_, nearest)| nearest.is_some()).count();
    assert_eq!(with_nearest, catalogue::MOST_NEAREST);
}

#[test]
fn the_protocols_own_properties_are_no_mistake() {
    read(json!({"ServiceToken": "arn", "ServiceTimeout": "60", "Revision": "7", "ExternalId": "xy"}));
}
