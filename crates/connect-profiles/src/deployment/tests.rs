//! What is known of a resource, and which values a template is given.

use super::*;
use crate::template::Template;

const STACK: &str =
    "arn:aws:cloudformation:us-east-1:000000000000:stack/contact-centre/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4";

fn template(properties: &str) -> Template {
    let parameters = "{Group: {Type: String}, Kept: {Type: Number, Default: '1'}}";
    let resource = format!("{{Type: '{RESOURCE_TYPE}', Properties: {{{properties}}}}}");
    Template::read("t", format!("{{Parameters: {parameters}, Resources: {{R: {resource}}}}}")).unwrap()
}

fn only(properties: &str) -> Known {
    resources(&template(properties), &Values::default(), &Given::default()).unwrap().remove(0)
}

fn deployed(parameters: &[(&str, &str)], withheld: &str) -> DeployedStack {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut values = Values::of_pairs(&pairs).unwrap();
    values.withhold(withheld);
    DeployedStack {
        id: STACK.parse().unwrap(),
        template: template(""),
        values,
        physical_ids: BTreeMap::new(),
    }
}

#[test]
fn what_needs_an_unknown_member_is_unknown_too_in_what_was_stated_before_as_well() {
    let all = |names: &[&str]| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), json!(["x"]))).collect()
    };
    let every = all(&[
        "TagRestrictedResources",
        "AllowedAccessControlTags",
        "HierarchyRestrictedResources",
        "AllowedAccessControlHierarchyGroupId",
    ]);
    for (properties, unknown, old) in [
        (
            "TagRestrictedResources: [User], AllowedAccessControlTags: [{Key: a, Value: {Ref: Group}}]",
            &["AllowedAccessControlTags[0].Value", "TagRestrictedResources"][..],
            all(&["HierarchyRestrictedResources", "AllowedAccessControlHierarchyGroupId"]),
        ),
        (
            "TagRestrictedResources: {Ref: Group}, AllowedAccessControlTags: [{Key: a, Value: b}]",
            &["TagRestrictedResources", "AllowedAccessControlTags"],
            all(&["HierarchyRestrictedResources", "AllowedAccessControlHierarchyGroupId"]),
        ),
        (
            "HierarchyRestrictedResources: {Ref: Group}, AllowedAccessControlHierarchyGroupId: g",
            &["HierarchyRestrictedResources", "AllowedAccessControlHierarchyGroupId"],
            all(&["TagRestrictedResources", "AllowedAccessControlTags"]),
        ),
    ] {
        let known = only(properties);
        assert_eq!(known.unknown, unknown);
        assert_eq!(known.properties, Map::new(), "{properties}");
        let update = known.update(STACK, "id", &every);
        assert_eq!(update["OldResourceProperties"], Value::Object(old), "{properties}");
    }
}

#[test]
fn resources_are_restricted_by_hierarchy_without_a_known_group() {
    let known =
        only("HierarchyRestrictedResources: [User], AllowedAccessControlHierarchyGroupId: {Ref: Group}");
    assert_eq!(known.unknown, ["AllowedAccessControlHierarchyGroupId"]);
    assert_eq!(Value::Object(known.properties), json!({"HierarchyRestrictedResources": ["User"]}));
}

#[test]
fn deployed_parameters_that_the_template_dropped_are_left_out_and_given_ones_are_not() {
    let template = template("");
    let deployed = deployed(&[("Group", "g"), ("Unused", "u")], "AlsoUnused");
    let given = |pair: &str| Given { parameters: vec![pair.to_owned()], ..Given::default() };
    let known = values(&given("Kept=2"), &template, Some(&deployed), None).unwrap();
    let names: Vec<&str> = known.parameters.keys().map(String::as_str).collect();
    assert_eq!(names, ["Group", "Kept"]);
    assert_eq!(template.value_mistakes(&known), []);
    let stranger = values(&given("Unused=2"), &template, Some(&deployed), None).unwrap();
    assert_eq!(template.value_mistakes(&stranger).len(), 1);
}

#[test]
fn a_withheld_value_is_unknown_wherever_it_comes_in_and_no_mistake() {
    let template = template("Description: {'Fn::Sub': 'a ${Kept}'}, OnDelete: {Ref: Group}");
    let known = values(&Given::default(), &template, Some(&deployed(&[("Group", "Retain")], "Kept")), None);
    let made = resources(&template, &known.unwrap(), &Given::default()).unwrap();
    assert_eq!(made[0].unknown, ["Description"]);
    assert_eq!(Value::Object(made[0].properties.clone()), json!({"OnDelete": "Retain"}));
}

#[test]
fn a_reference_that_is_never_resolved_is_a_text_that_reaches_the_function() {
    for (properties, expected) in [
        (
            "Description: {'Fn::Sub': 'x {{resolve:ssm-secure:/a/b:1}} y'}",
            json!({"Description": "x {{resolve:ssm-secure:/a/b:1}} y"}),
        ),
        (
            "Tags: [{Key: team, Value: '{{resolve:secretsmanager:a}}'}]",
            json!({"Tags": [{"Key": "team", "Value": "{{resolve:secretsmanager:a}}"}]}),
        ),
        (
            "Description: {'Fn::Sub': '${Group} {{resolve:secretsmanager:a}}'}",
            json!({"Description": "${Group} {{resolve:secretsmanager:a}}"}),
        ),
    ] {
        let known = only(properties);
        assert_eq!(known.unknown, <[String; 0]>::default(), "{properties}");
        assert_eq!(Value::Object(known.properties), expected, "{properties}");
    }
    for (properties, unknown) in [
        ("Description: '{{resolve:ssm:/a}}'", &["Description"][..]),
        ("Description: {'Fn::Base64': '{{resolve:secretsmanager:a}}'}", &["Description"]),
        ("Description: {'Fn::If': [NoSuch, '{{resolve:secretsmanager:a}}', b]}", &["Description"]),
        ("ServiceToken: '{{resolve:secretsmanager:a}}'", &[]),
    ] {
        let known = only(properties);
        assert_eq!(known.unknown, unknown, "{properties}");
        assert_eq!(known.properties, Map::new(), "{properties}");
    }
}
