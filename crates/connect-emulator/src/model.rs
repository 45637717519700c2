//! The request shapes of the API model (2017-08-08), with its names and limits.

use crate::shape::{Member, Pattern, Shape, Text};

const UNLIMITED: usize = usize::MAX;

const fn text(minimum: usize, maximum: usize) -> Text {
    Text { minimum, maximum, pattern: None }
}

const fn matching(minimum: usize, maximum: usize, pattern: Pattern) -> Text {
    Text { minimum, maximum, pattern: Some(pattern) }
}

const fn list(member: &'static Shape, minimum: usize, maximum: usize) -> Shape {
    Shape::List { member, minimum, maximum }
}

const fn required(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, shape, required: true }
}

const fn optional(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, shape, required: false }
}

/// `InstanceId`: long enough for an instance's ARN.
pub(crate) const INSTANCE_ID: Text = text(1, 100);
/// `TagKey`.
pub(crate) const TAG_KEY: Text = matching(1, 128, Pattern::TagKey);
/// How many tags a resource has at most, and how many keys are untagged at once.
pub(crate) const MOST_TAGS: usize = 50;
/// `MaxResult1000`: the page size of the lists.
pub(crate) const LIST_PAGE: (usize, usize) = (1, 1000);
/// `MaxResult10`: the page size of `ListInstances`.
pub(crate) const INSTANCES_PAGE: (usize, usize) = (1, 10);

static ANY: Shape = Shape::Text(text(0, UNLIMITED));
static NAME_OF_128: Shape = Shape::Text(text(1, 128));
static PROFILE_NAME: Shape = Shape::Text(matching(1, 127, Pattern::ProfileName));
static DESCRIPTION: Shape = Shape::Text(text(0, 250));
static PERMISSIONS: Shape = list(&NAME_OF_128, 0, 500);
static TAGS: Shape = Shape::Map { key: TAG_KEY, value: text(0, 256), minimum: 1, maximum: MOST_TAGS };
static ACCESS_CONTROL_TAGS: Shape =
    Shape::Map { key: text(1, 128), value: text(0, 256), minimum: 0, maximum: 4 };
static TAG_RESTRICTED_RESOURCES: Shape = list(&NAME_OF_128, 0, 10);
static HIERARCHY_RESTRICTED_RESOURCES: Shape = list(&NAME_OF_128, 0, UNLIMITED);

static APPLICATIONS: Shape = list(&APPLICATION, 0, 10);
static APPLICATION: Shape = Shape::Structure(&[
    optional("Namespace", &NAME_OF_128),
    optional("ApplicationPermissions", &APPLICATION_PERMISSIONS),
    optional("Type", &APPLICATION_TYPE),
]);
static APPLICATION_PERMISSIONS: Shape = list(&NAME_OF_128, 1, 50);
static APPLICATION_TYPE: Shape = Shape::Enumeration(&["MCP", "THIRD_PARTY_APPLICATION"]);

static FLOW_MODULES: Shape = list(&FLOW_MODULE, 0, 10);
static FLOW_MODULE: Shape =
    Shape::Structure(&[optional("Type", &FLOW_MODULE_TYPE), optional("FlowModuleId", &NAME_OF_128)]);
static FLOW_MODULE_TYPE: Shape = Shape::Enumeration(&["MCP"]);

static AI_AGENTS: Shape = list(&AI_AGENT, 0, 100);
static AI_AGENT: Shape = Shape::Structure(&[optional("Arn", &ANY), optional("Type", &AI_AGENT_TYPE)]);
static AI_AGENT_TYPE: Shape = Shape::Enumeration(&["THIRD_PARTY"]);

static GRANULAR: Shape =
    Shape::Structure(&[optional("DataTableAccessControlConfiguration", &DATA_TABLE_ACCESS)]);
static DATA_TABLE_ACCESS: Shape =
    Shape::Structure(&[optional("PrimaryAttributeAccessControlConfiguration", &PRIMARY_ATTRIBUTES)]);
static PRIMARY_ATTRIBUTES: Shape =
    Shape::Structure(&[optional("PrimaryAttributeValues", &PRIMARY_ATTRIBUTE_VALUES)]);
static PRIMARY_ATTRIBUTE_VALUES: Shape = list(&PRIMARY_ATTRIBUTE_VALUE, 0, 5);
static PRIMARY_ATTRIBUTE_VALUE: Shape = Shape::Structure(&[
    optional("AccessType", &ACCESS_TYPE),
    optional("AttributeName", &ATTRIBUTE_NAME),
    optional("Values", &ATTRIBUTE_VALUES),
]);
static ACCESS_TYPE: Shape = Shape::Enumeration(&["ALLOW"]);
static ATTRIBUTE_NAME: Shape = Shape::Text(matching(1, 127, Pattern::AttributeName));
static ATTRIBUTE_VALUES: Shape = list(&ATTRIBUTE_VALUE, 0, 2);
static ATTRIBUTE_VALUE: Shape = Shape::Text(matching(0, UNLIMITED, Pattern::AttributeValue));

const DESCRIBED: Member = optional("Description", &DESCRIPTION);
const PERMITTED: Member = optional("Permissions", &PERMISSIONS);
const ALLOWED_TAGS: Member = optional("AllowedAccessControlTags", &ACCESS_CONTROL_TAGS);
const BY_TAG: Member = optional("TagRestrictedResources", &TAG_RESTRICTED_RESOURCES);
const WITH_APPLICATIONS: Member = optional("Applications", &APPLICATIONS);
const BY_HIERARCHY: Member = optional("HierarchyRestrictedResources", &HIERARCHY_RESTRICTED_RESOURCES);
const HIERARCHY_GROUP: Member = optional("AllowedAccessControlHierarchyGroupId", &ANY);
const WITH_FLOW_MODULES: Member = optional("AllowedFlowModules", &FLOW_MODULES);
const WITH_AI_AGENTS: Member = optional("AllowedAIAgents", &AI_AGENTS);
const BY_ROW: Member = optional("GranularAccessControlConfiguration", &GRANULAR);

/// The body of `CreateSecurityProfile`.
pub(crate) static CREATE: Shape = Shape::Structure(&[
    required("SecurityProfileName", &PROFILE_NAME),
    optional("Tags", &TAGS),
    DESCRIBED,
    PERMITTED,
    ALLOWED_TAGS,
    BY_TAG,
    WITH_APPLICATIONS,
    BY_HIERARCHY,
    HIERARCHY_GROUP,
    WITH_FLOW_MODULES,
    WITH_AI_AGENTS,
    BY_ROW,
]);

/// The body of `UpdateSecurityProfile`: neither name nor tags.
pub(crate) static UPDATE: Shape = Shape::Structure(&[
    DESCRIBED,
    PERMITTED,
    ALLOWED_TAGS,
    BY_TAG,
    WITH_APPLICATIONS,
    BY_HIERARCHY,
    HIERARCHY_GROUP,
    WITH_FLOW_MODULES,
    WITH_AI_AGENTS,
    BY_ROW,
]);

/// The body of `TagResource`.
pub(crate) static TAG: Shape = Shape::Structure(&[required("tags", &TAGS)]);

/// The body of `UpdateUserSecurityProfiles`.
pub(crate) static UPDATE_USER: Shape = Shape::Structure(&[required("SecurityProfileIds", &PROFILE_IDS)]);
static PROFILE_IDS: Shape = list(&ANY, 1, 10);

/// The body of `SearchSecurityProfiles`.
pub(crate) static SEARCH: Shape = Shape::Structure(&[
    required("InstanceId", &INSTANCE),
    optional("NextToken", &SEARCH_TOKEN),
    optional("MaxResults", &SEARCH_PAGE),
    optional("SearchCriteria", &CRITERIA),
    optional("SearchFilter", &FILTER),
]);
static INSTANCE: Shape = Shape::Text(INSTANCE_ID);
static SEARCH_TOKEN: Shape = Shape::Text(text(1, 2500));
static SEARCH_PAGE: Shape = Shape::Integer { minimum: 1, maximum: 100 };
static CRITERIA: Shape = Shape::Structure(&[
    optional("OrConditions", &CRITERIA_LIST),
    optional("AndConditions", &CRITERIA_LIST),
    optional("StringCondition", &STRING_CONDITION),
]);
static CRITERIA_LIST: Shape = list(&CRITERIA, 0, UNLIMITED);
static STRING_CONDITION: Shape = Shape::Structure(&[
    optional("FieldName", &ANY),
    optional("Value", &ANY),
    optional("ComparisonType", &COMPARISON),
]);
static COMPARISON: Shape = Shape::Enumeration(&["STARTS_WITH", "CONTAINS", "EXACT"]);
static FILTER: Shape = Shape::Structure(&[optional("TagFilter", &TAG_FILTER)]);
static TAG_FILTER: Shape = Shape::Structure(&[
    optional("OrConditions", &TAG_ALTERNATIVES),
    optional("AndConditions", &TAG_CONDITIONS),
    optional("TagCondition", &TAG_CONDITION),
]);
static TAG_ALTERNATIVES: Shape = list(&TAG_CONDITIONS, 0, UNLIMITED);
static TAG_CONDITIONS: Shape = list(&TAG_CONDITION, 0, UNLIMITED);
static TAG_CONDITION: Shape = Shape::Structure(&[optional("TagKey", &ANY), optional("TagValue", &ANY)]);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refused(shape: &Shape, body: Value) -> String {
        shape.read(body, "").unwrap_err().to_string()
    }

    fn create_with(name: &str, value: Value) -> Value {
        let mut body = json!({ "SecurityProfileName": "Dispatcher" });
        body[name] = value;
        body
    }

    fn granular(attribute: &Value) -> Value {
        json!({ "DataTableAccessControlConfiguration":
            { "PrimaryAttributeAccessControlConfiguration": { "PrimaryAttributeValues": [attribute] } } })
    }

    #[test]
    fn each_limit_of_the_model_is_kept_at_its_edge() {
        let many = |count: usize| (0..count).map(|index| format!("p{index}")).collect::<Vec<_>>();
        let map = |count: usize| (0..count).map(|index| (format!("k{index}"), json!("v"))).collect::<Value>();
        for (member, fits, breaks) in [
            ("SecurityProfileName", json!("x".repeat(127)), json!("x".repeat(128))),
            ("SecurityProfileName", json!("a B_@-9"), json!("a.b")),
            ("SecurityProfileName", json!("a"), json!("")),
            ("Description", json!("é".repeat(250)), json!("é".repeat(251))),
            ("Permissions", json!(many(500)), json!(many(501))),
            ("Permissions", json!(["x".repeat(128)]), json!(["x".repeat(129)])),
            ("Permissions", json!([]), json!([""])),
            ("Tags", map(50), map(51)),
            ("Tags", map(1), map(0)),
            ("Tags", json!({ "Ägypten 1/2_.:=+-@": "" }), json!({ "a*b": "" })),
            ("Tags", json!({ "AWS:x": "" }), json!({ "aws:x": "" })),
            ("Tags", json!({ "k": "v".repeat(256) }), json!({ "k": "v".repeat(257) })),
            ("Tags", json!({ "k".repeat(128): "v" }), json!({ "k".repeat(129): "v" })),
            ("AllowedAccessControlTags", map(4), map(5)),
            ("TagRestrictedResources", json!(many(10)), json!(many(11))),
            ("HierarchyRestrictedResources", json!(["User"]), json!(["x".repeat(129)])),
            ("Applications", json!(vec![json!({}); 10]), json!(vec![json!({}); 11])),
            ("Applications", json!([{ "Type": "MCP" }]), json!([{ "Type": "mcp" }])),
            (
                "Applications",
                json!([{ "ApplicationPermissions": many(50) }]),
                json!([{ "ApplicationPermissions": [] }]),
            ),
            ("AllowedFlowModules", json!(vec![json!({ "Type": "MCP" }); 10]), json!([{ "Type": "OTHER" }])),
            ("AllowedAIAgents", json!(vec![json!({ "Arn": "a" }); 100]), json!(vec![json!({}); 101])),
            (
                "GranularAccessControlConfiguration",
                granular(&json!({ "Values": ["a", "b"] })),
                granular(&json!({ "Values": ["a", "b", "c"] })),
            ),
            (
                "GranularAccessControlConfiguration",
                granular(&json!({ "AttributeName": "region" })),
                granular(&json!({ "AttributeName": "connect:region" })),
            ),
        ] {
            assert!(CREATE.read(create_with(member, fits), "").is_ok(), "{member}");
            assert!(refused(&CREATE, create_with(member, breaks)).starts_with(member), "{member}");
        }
    }

    #[test]
    fn a_refusal_names_the_member_and_the_rule() {
        insta::assert_snapshot!(
            [
                refused(&CREATE, json!({})),
                refused(&CREATE, json!([])),
                refused(&CREATE, create_with("Permissions", json!("Users.View"))),
                refused(&CREATE, create_with("Permissions", json!(["Users.View", null]))),
                refused(&CREATE, create_with("Tags", json!({ "aws:x": "y" }))),
                refused(&CREATE, create_with("Applications", json!([{ "Type": "OTHER" }]))),
                refused(&UPDATE_USER, json!({ "SecurityProfileIds": [] })),
                refused(&SEARCH, json!({ "InstanceId": "i", "MaxResults": 101 })),
            ]
            .join("\n"),
            @r"
        SecurityProfileName: is required
        the request body: is not an object
        Permissions: is not a list
        Permissions[1]: is not a string
        Tags key `aws:x`: does not match the pattern of a tag key: letters, digits, spaces, `_.:/=+-@`, and no `aws:` in front
        Applications[0].Type: `OTHER` is not one of MCP, THIRD_PARTY_APPLICATION
        SecurityProfileIds: size 0 is below the minimum 1
        MaxResults: value 101 is above the maximum 100
        "
        );
    }

    #[test]
    fn nulls_and_unknown_members_are_as_if_absent() {
        let body = json!({ "Description": null, "Other": 1, "Permissions": [] });
        assert_eq!(UPDATE.read(body, "").unwrap(), json!({ "Permissions": [] }));
    }
}
