//! Create, Update, Delete, Describe and the lists of members.

use connect_emulator::{GranularAccess, PrimaryAttributeValue};
use serde_json::{Value, json};

use crate::caller::{Caller, INSTANCE, encode};

/// Every member that Create and Update share.
fn everything() -> Value {
    json!({
        "Description": "Dispatches",
        "Permissions": ["Users.View", "BasicAgentAccess"],
        "AllowedAccessControlTags": { "team": "red" },
        "TagRestrictedResources": ["User"],
        "HierarchyRestrictedResources": ["User"],
        "AllowedAccessControlHierarchyGroupId": "group",
        "Applications": [{ "Namespace": "n", "ApplicationPermissions": ["orders___get_order"], "Type": "MCP" }],
        "AllowedFlowModules": [{ "Type": "MCP", "FlowModuleId": "m" }],
        "AllowedAIAgents": [{ "Arn": "arn:aws:app-integrations:us-east-1:000000000000:application/a", "Type": "THIRD_PARTY" }],
        "GranularAccessControlConfiguration": { "DataTableAccessControlConfiguration":
            { "PrimaryAttributeAccessControlConfiguration": { "PrimaryAttributeValues":
                [{ "AccessType": "ALLOW", "AttributeName": "region", "Values": ["eu"] }] } } },
    })
}

/// The same members, each empty.
fn nothing() -> Value {
    json!({
        "Description": "",
        "Permissions": [],
        "AllowedAccessControlTags": {},
        "TagRestrictedResources": [],
        "HierarchyRestrictedResources": [],
        "AllowedAccessControlHierarchyGroupId": "",
        "Applications": [],
        "AllowedFlowModules": [],
        "AllowedAIAgents": [],
        "GranularAccessControlConfiguration": {},
    })
}

/// What Describe and the four lists show of those members.
async fn shown(caller: &Caller, id: &str) -> Value {
    let described = caller.described(id).await;
    let mut shown = json!({});
    for member in everything().as_object().unwrap().keys() {
        if let Some(value) = described.get(member) {
            shown[member] = value.clone();
        }
    }
    for (path, member) in [
        ("permissions", "Permissions"),
        ("applications", "Applications"),
        ("flow-modules", "AllowedFlowModules"),
        ("ai-agents", "AllowedAIAgents"),
    ] {
        let list = caller.get(&format!("/security-profiles-{path}/{INSTANCE}/{id}")).await.ok();
        assert_eq!(list["LastModifiedTime"], described["LastModifiedTime"]);
        assert_eq!(list["LastModifiedRegion"], "us-east-1");
        shown[member] = list[member].clone();
    }
    shown
}

/// The members as reads show them: sets sorted.
fn sorted(mut members: Value) -> Value {
    members["Permissions"] = json!(["BasicAgentAccess", "Users.View"]);
    members
}

#[tokio::test]
async fn what_is_created_is_what_is_read() {
    let caller = Caller::default();
    let mut members = everything();
    members["Tags"] = json!({ "team": "red" });
    let created = caller.create("Dispatcher", members).await.ok();
    let id = created["SecurityProfileId"].as_str().unwrap();
    let arn = format!("arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/security-profile/{id}");
    assert_eq!(created["SecurityProfileArn"], arn);

    assert_eq!(shown(&caller, id).await, sorted(everything()));
    let described = caller.described(id).await;
    assert_eq!(described["Arn"], arn);
    assert_eq!(described["OrganizationResourceId"], INSTANCE);
    assert_eq!(described["SecurityProfileName"], "Dispatcher");
    assert_eq!(described["Type"], "CUSTOMER_MANAGED");
    assert_eq!(described["Tags"], json!({ "team": "red" }));
    assert!(described["LastModifiedTime"].as_f64().unwrap() > 1_700_000_000.0);

    let truth = caller.emulator.profile(INSTANCE, "Dispatcher").unwrap();
    assert_eq!((truth.id.as_str(), truth.allowed_access_control_hierarchy_group_id.as_str()), (id, "group"));
    let value = PrimaryAttributeValue {
        access_type: Some("ALLOW".to_owned()),
        attribute_name: Some("region".to_owned()),
        values: Some(["eu".to_owned()].into()),
    };
    assert_eq!(truth.granular_access_control_configuration, GranularAccess::of([value]));
}

#[tokio::test]
async fn an_update_changes_the_members_that_it_carries_and_no_others() {
    let caller = Caller::default();
    for (member, empty) in nothing().as_object().unwrap() {
        let id = caller.created(&format!("With {member}"), everything()).await;
        caller.update(&id, json!({ member: empty })).await.ok();
        let mut expected = sorted(everything());
        if ["Permissions", "Applications", "AllowedFlowModules", "AllowedAIAgents"].contains(&member.as_str())
        {
            expected[member] = json!([]);
        } else {
            expected.as_object_mut().unwrap().remove(member);
        }
        assert_eq!(shown(&caller, &id).await, expected, "{member} cleared");

        caller.update(&id, nothing()).await.ok();
        caller.update(&id, json!({ member: everything()[member] })).await.ok();
        assert_eq!(shown(&caller, &id).await[member], sorted(everything())[member], "{member} set");
    }
}

#[tokio::test]
async fn a_member_that_an_update_carries_is_replaced_whole() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", everything()).await;
    let body = json!({ "Permissions": ["X"], "AllowedAccessControlTags": { "site": "a" } });
    assert_eq!(caller.update(&id, body).await.ok(), Value::Null);
    let shown = shown(&caller, &id).await;
    assert_eq!(shown["Permissions"], json!(["X"]));
    assert_eq!(shown["AllowedAccessControlTags"], json!({ "site": "a" }));
}

#[tokio::test]
async fn unknown_and_legacy_permissions_are_kept_and_none_are_added() {
    let caller = Caller::default();
    let permissions = json!(["No.Such.Permission", "RedactedData.View", "Users.Edit"]);
    let id = caller.created("Dispatcher", json!({ "Permissions": permissions })).await;
    assert_eq!(shown(&caller, &id).await["Permissions"], permissions);
}

#[tokio::test]
async fn a_repeated_permission_is_held_once() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({ "Permissions": ["A", "B", "A"] })).await;
    assert_eq!(shown(&caller, &id).await["Permissions"], json!(["A", "B"]));
}

#[tokio::test]
async fn a_name_is_unique_by_case_and_free_again_after_a_delete() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({})).await;
    caller.created("dispatcher", json!({})).await;
    let duplicate = caller.create("Dispatcher", json!({})).await;
    assert_eq!(duplicate.error(), (409, "DuplicateResourceException"));
    assert_eq!(duplicate.body, json!({ "Message": "A resource with the specified name already exists." }));

    assert_eq!(caller.delete(&id).await.ok(), Value::Null);
    assert_eq!(caller.describe(&id).await.error(), (404, "ResourceNotFoundException"));
    assert_ne!(caller.created("Dispatcher", json!({})).await, id);
}

#[tokio::test]
async fn identifiers_may_be_arns() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({})).await;
    let profile = encode(&caller.arn("Dispatcher"));
    let instance = encode(&caller.emulator.instance_arn(INSTANCE).unwrap());
    for path in [
        format!("/security-profiles/{INSTANCE}/{profile}"),
        format!("/security-profiles/{instance}/{id}"),
        format!("/security-profiles/{instance}/{profile}"),
    ] {
        assert_eq!(caller.get(&path).await.ok()["SecurityProfile"]["Id"], id.as_str(), "{path}");
    }
    let other = caller.arn("Dispatcher").replace("000000000000", "999999999999");
    assert_eq!(caller.describe(&other).await.error(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn a_profile_that_a_user_holds_cannot_be_deleted() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({})).await;
    let agent = caller.emulator.profile(INSTANCE, "Agent").unwrap().id;
    let user = format!("/users/{INSTANCE}/user-1/security-profiles");
    caller.call("POST", &user, json!({ "SecurityProfileIds": [id, agent] })).await.ok();

    let refused = caller.delete(&id).await;
    assert_eq!(refused.error(), (409, "ResourceInUseException"));
    assert_eq!(refused.body["ResourceType"], "USER");
    let holder = format!("arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/agent/user-1");
    assert_eq!(refused.body["ResourceId"], holder);

    caller.call("POST", &user, json!({ "SecurityProfileIds": [agent] })).await.ok();
    caller.delete(&id).await.ok();
    let gone = caller.call("POST", &user, json!({ "SecurityProfileIds": [id] })).await;
    assert_eq!(gone.error(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn a_change_in_the_console_may_rename_and_remove() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({})).await;
    let mut profile = caller.emulator.profile(INSTANCE, "Dispatcher").unwrap();
    profile.name = "Renamed, in the console".to_owned();
    caller.emulator.put_profile(INSTANCE, profile.clone());
    assert_eq!(caller.described(&id).await["SecurityProfileName"], profile.name);
    assert_eq!(caller.emulator.profile(INSTANCE, "Dispatcher"), None);
    assert_eq!(caller.emulator.profile(INSTANCE, &profile.name), Some(profile.clone()));

    caller.emulator.assign("user-1", INSTANCE, &[&profile.name]);
    assert_eq!(caller.delete(&id).await.status, 409);
    assert!(caller.emulator.remove_profile(INSTANCE, &profile.name));
    assert!(!caller.emulator.remove_profile(INSTANCE, &profile.name));
    assert_eq!(caller.describe(&id).await.status, 404);

    caller.emulator.put_profile(INSTANCE, profile);
    assert_eq!(caller.delete(&id).await.status, 200, "nobody holds a profile that was removed");
}

#[tokio::test]
async fn applications_agents_and_groups_that_do_not_exist_are_accepted() {
    let caller = Caller::default();
    let application = |permission: &str, kind: &str| json!([{ "Namespace": "nobody's", "ApplicationPermissions": [permission], "Type": kind }]);
    let cases = [
        json!({ "Applications": application("ACCESS", "MCP") }),
        json!({ "Applications": application("orders___get_order", "THIRD_PARTY_APPLICATION") }),
        json!({ "AllowedAIAgents": [{ "Arn": "not an ARN", "Type": "THIRD_PARTY" }] }),
        json!({ "AllowedAccessControlHierarchyGroupId": "nobody's", "HierarchyRestrictedResources": ["User"] }),
        json!({ "AllowedAccessControlTags": { "a": "b" }, "TagRestrictedResources": ["OperatingHours", "Nothing"] }),
    ];
    for (number, members) in cases.into_iter().enumerate() {
        caller.created(&format!("Profile {number}"), members).await;
    }
}
