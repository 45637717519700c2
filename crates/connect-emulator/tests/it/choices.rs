//! The choices decided the other way.

use connect_emulator::{Choices, Configuration, ProfileType};
use serde_json::{Value, json};

use crate::caller::{Caller, INSTANCE};

fn caller(choices: Choices) -> Caller {
    Caller::new(Configuration { choices, ..Configuration::default() })
}

fn granular() -> Value {
    json!({ "DataTableAccessControlConfiguration": { "PrimaryAttributeAccessControlConfiguration":
        { "PrimaryAttributeValues": [{ "AttributeName": "region", "Values": ["eu"] }] } } })
}

#[tokio::test]
async fn an_empty_member_that_does_not_clear_changes_nothing() {
    let caller = caller(Choices {
        empty_description_clears: false,
        empty_hierarchy_group_clears: false,
        empty_access_control_tags_clear: false,
        empty_granular_configuration_clears: false,
        ..Choices::default()
    });
    let members = json!({
        "Description": "d",
        "AllowedAccessControlHierarchyGroupId": "g",
        "AllowedAccessControlTags": { "a": "b" },
        "GranularAccessControlConfiguration": granular(),
    });
    let id = caller.created("Dispatcher", members.clone()).await;
    let empty = json!({
        "Description": "",
        "AllowedAccessControlHierarchyGroupId": "",
        "AllowedAccessControlTags": {},
        "GranularAccessControlConfiguration": { "DataTableAccessControlConfiguration": {} },
    });
    caller.update(&id, empty).await.ok();
    let described = caller.described(&id).await;
    for (member, value) in members.as_object().unwrap() {
        assert_eq!(&described[member], value);
    }
}

#[tokio::test]
async fn pairs_are_enforced_on_the_profile_as_it_would_become() {
    let tags = json!({ "AllowedAccessControlTags": { "a": "b" } });
    let resources = json!({ "TagRestrictedResources": ["User"] });
    let group = json!({ "AllowedAccessControlHierarchyGroupId": "g" });
    let lenient = caller(Choices::default());
    for (number, members) in [&tags, &resources, &group].into_iter().enumerate() {
        lenient.created(&format!("Profile {number}"), members.clone()).await;
    }

    let strict =
        caller(Choices { tag_pair_enforced: true, hierarchy_pair_enforced: true, ..Choices::default() });
    let refused = (400, "InvalidParameterException");
    for members in [&tags, &resources, &group] {
        assert_eq!(strict.create("Dispatcher", members.clone()).await.error(), refused, "{members}");
    }
    let both = json!({ "AllowedAccessControlTags": { "a": "b" }, "TagRestrictedResources": ["User"] });
    let id = strict.created("Dispatcher", both).await;
    strict.update(&id, tags).await.ok();
    assert_eq!(strict.update(&id, json!({ "TagRestrictedResources": [] })).await.error(), refused);
    strict.update(&id, json!({ "TagRestrictedResources": [], "AllowedAccessControlTags": {} })).await.ok();
}

#[tokio::test]
async fn users_need_not_keep_a_profile() {
    let caller = caller(Choices { in_use_counts_users: false, ..Choices::default() });
    let id = caller.created("Dispatcher", json!({})).await;
    caller.emulator.assign("user-1", INSTANCE, &["Dispatcher"]);
    caller.delete(&id).await.ok();
}

#[tokio::test]
async fn describe_may_show_what_is_empty() {
    let caller = caller(Choices { describe_shows_empty_members: true, ..Choices::default() });
    let id = caller.created("Dispatcher", json!({})).await;
    let described = caller.described(&id).await;
    assert_eq!(described["Description"], "");
    assert_eq!(described["AllowedAccessControlTags"], json!({}));
    assert_eq!(described["TagRestrictedResources"], json!([]));
    assert_eq!(described["AllowedAccessControlHierarchyGroupId"], "");
    assert_eq!(described.get("Tags"), None);
}

#[tokio::test]
async fn an_error_may_look_as_other_services_write_it() {
    let caller = caller(Choices {
        lower_case_message: true,
        error_type_has_suffix: true,
        default_profiles_type: ProfileType::AwsManaged,
        ..Choices::default()
    });
    let admin = caller.emulator.profile(INSTANCE, "Admin").unwrap().id;
    let refused = caller.delete(&admin).await;
    assert_eq!(
        refused.error(),
        (403, "AccessDeniedException:http://internal.amazon.com/coral/com.amazonaws.connect/")
    );
    assert!(refused.body["message"].is_string() && refused.body.get("Message").is_none());
}
