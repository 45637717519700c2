//! What the operator forbids does not happen at Connect; and no guard is in the way of a rollback or a release.

mod adoptions;

use connect_emulator::{Configuration, Profile};
use lambda_harness::FUNCTION_ARN;
use serde_json::{Value, json};

use crate::world::{
    INSTANCE, INSTANCE_ID, OWNER_TAG, PROFILE_ID, STACK, World, adopted, agents, event, nobodys, ours,
};

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

async fn guarded(variable: &'static str, value: &str) -> World {
    World::with(Configuration::default(), &[(variable, value.to_owned())]).await
}

#[tokio::test]
async fn stacks_of_other_accounts_are_not_served_not_even_a_delete() {
    let foreign = STACK.replace("000000000000", "111111111111");
    for (allowed, is_served) in [("", false), ("000000000000", false), ("222222222222, 111111111111", true)] {
        let world = guarded("ALLOWED_STACK_ACCOUNTS", allowed).await;
        let tag =
            "v1/created/us-east-1/111111111111/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/Agents/contact-centre";
        world.connect.put_profile(INSTANCE_ID, ours().tagged(OWNER_TAG, tag));
        let before = world.connect.profiles(INSTANCE_ID);
        let events = [
            event("Create", None, &json!({"InstanceArn": INSTANCE, "SecurityProfileName": "New"}), None),
            event("Update", Some(&arn()), &agents(json!({"Description": "x"})), Some(&agents(json!({})))),
            event("Delete", Some(&arn()), &agents(json!({})), None),
        ];
        for mut event in events {
            event["StackId"] = json!(foreign);
            let answer = world.send(&event).await;
            if is_served {
                assert_eq!(answer.status, "SUCCESS", "{answer:?}");
            } else {
                assert!(answer.why().starts_with("ALLOWED_STACK_ACCOUNTS forbids"), "{answer:?}");
                assert!(answer.why().contains("111111111111"), "{answer:?}");
            }
        }
        if !is_served {
            assert_eq!(world.calls(), [""; 0]);
            assert_eq!(world.connect.profiles(INSTANCE_ID), before);
        }
        let mut nothing = event("Delete", Some("connect-security-profile:none"), &json!({}), None);
        nothing["StackId"] = json!(foreign);
        world.send(&nothing).await.id();
    }
}

#[tokio::test]
async fn an_instance_that_is_not_allowed_is_neither_written_nor_read_by_a_create() {
    let other = "arn:aws:connect:us-east-1:000000000000:instance/other";
    for (allowed, is_allowed) in [(other, false), ("arn:aws:connect:*:000000000000:instance/*", true)] {
        let world = guarded("ALLOWED_INSTANCE_ARNS", allowed).await;
        let answer = world.create(agents(json!({}))).await;
        assert_eq!(answer.status == "SUCCESS", is_allowed, "{answer:?}");
        if !is_allowed {
            assert!(answer.why().starts_with("ALLOWED_INSTANCE_ARNS forbids"), "{answer:?}");
            assert_eq!(answer.physical_id, "connect-security-profile:none");
            let mut lookup = event("Create", None, &agents(json!({})), None);
            lookup["ResourceType"] = json!("Custom::ConnectSecurityProfileLookup");
            assert!(world.send(&lookup).await.why().starts_with("ALLOWED_INSTANCE_ARNS forbids"));
            assert_eq!(world.calls(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_protected_name_is_not_created_adopted_changed_or_replaced_onto() {
    // `Admin` is protected unless the operator says otherwise.
    let world = World::start().await;
    let named = |name: &str, extra: Value| {
        let mut properties = agents(extra);
        properties["SecurityProfileName"] = json!(name);
        properties
    };
    world.connect.put_profile(INSTANCE_ID, ours());
    let owned =
        world.profile("Admin").unwrap().tagged(OWNER_TAG, crate::world::owner_tag("adopted", "Agents"));
    let admin_arn = world.connect.profile_arn(INSTANCE_ID, "Admin").unwrap();
    let before = world.connect.profiles(INSTANCE_ID);
    let answers = [
        world.create(named("Admin", json!({}))).await,
        world.create(named("Admin", json!({"Adopt": true}))).await,
        world.create(named("ADMIN", json!({"Adopt": true}))).await,
        world.update(&arn(), named("Admin", json!({"Adopt": true})), agents(json!({}))).await,
    ];
    for answer in &answers {
        assert!(answer.why().starts_with("PROTECTED_PROFILE_NAMES forbids"), "{answer:?}");
        assert!(answer.why().contains("(by `Admin`)"), "{answer:?}");
    }
    assert_eq!(world.writes(), [""; 0]);
    assert_eq!(world.connect.profiles(INSTANCE_ID), before);

    // One that a stack had before it was protected: not changed, and yet its stack can roll back and let go of it.
    world.connect.remove_profile(INSTANCE_ID, "Admin");
    world.connect.put_profile(INSTANCE_ID, owned);
    let (as_it_is, other) = (named("Admin", json!({})), named("Admin", json!({"Permissions": []})));
    let refused = world.update(&admin_arn, other.clone(), as_it_is.clone()).await;
    assert!(refused.why().starts_with("PROTECTED_PROFILE_NAMES forbids"), "{refused:?}");
    world.update(&admin_arn, as_it_is.clone(), other).await.id();
    assert_eq!(world.writes(), [""; 0]);
    world.delete(&admin_arn, as_it_is).await.id();
    assert_eq!(world.writes(), ["UntagResource"]);
}

#[tokio::test]
async fn a_tag_that_a_protected_profile_lost_is_not_put_back_and_its_stack_can_roll_back() {
    let world = guarded("PROTECTED_PROFILE_NAMES", "agents").await;
    world.connect.put_profile(INSTANCE_ID, nobodys());
    let same = agents(json!({"Description": "Takes calls"}));
    world.update(&arn(), same.clone(), same).await.id();
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test]
async fn denied_permissions_are_added_by_no_event_in_no_way() {
    let world = guarded("DENIED_PERMISSIONS", "users.*, SecurityProfiles.Edit").await;
    world.connect.put_profile(INSTANCE_ID, Profile { name: "Ours".to_owned(), ..ours() });
    world.connect.put_profile(INSTANCE_ID, Profile::named("Theirs").with_permission("Users.Delete"));
    let named = |name: &str, extra: Value| {
        let mut properties = agents(extra);
        properties["SecurityProfileName"] = json!(name);
        properties
    };
    let before = world.connect.profiles(INSTANCE_ID);
    let ours = named("Ours", json!({}));
    let answers = [
        world.create(named("New", json!({"Permissions": ["Users.View"]}))).await,
        world.create(named("New", json!({"Permissions": ["securityprofiles.edit"]}))).await,
        world.create(named("Theirs", json!({"Adopt": true}))).await,
        world.create(named("Theirs", json!({"Adopt": true, "Permissions": ["Users.View"]}))).await,
        world.update(&arn(), named("Ours", json!({"Permissions": ["Users.Edit"]})), ours.clone()).await,
        world.update(&arn(), named("New", json!({"Permissions": ["Users.Edit"]})), ours.clone()).await,
        world.update(&arn(), named("Theirs", json!({"Adopt": true})), ours.clone()).await,
    ];
    for answer in &answers {
        assert!(answer.why().starts_with("DENIED_PERMISSIONS forbids the permissions `"), "{answer:?}");
    }
    assert!(
        world.writes().iter().all(|write| write == "CreateSecurityProfile"),
        "refused, as the name is taken"
    );
    assert_eq!(world.connect.profiles(INSTANCE_ID), before);
    // Adoption passes where what is denied is taken away by it.
    world.create(named("Theirs", json!({"Adopt": true, "Permissions": []}))).await.id();
}

#[tokio::test]
async fn expansion_is_guarded_like_a_statement() {
    let world = guarded("DENIED_PERMISSIONS", "Users.View").await;
    let with = |expand: bool| agents(json!({"Permissions": ["Users.Edit"], "ExpandPermissions": expand}));
    let refused = world.create(with(true)).await;
    assert!(refused.why().contains("`Users.View` (by `Users.View`)"), "{refused:?}");
    let id = world.create(with(false)).await.id();
    let refused = world.update(&id, with(true), with(false)).await;
    assert!(refused.why().starts_with("DENIED_PERMISSIONS"), "{refused:?}");
    assert_eq!(world.profile("Agents").unwrap().permissions.len(), 1);
}

#[tokio::test]
async fn guards_set_later_are_in_the_way_of_no_rollback_and_no_release() {
    for (variable, value) in [
        ("DENIED_PERMISSIONS", "*"),
        ("PROTECTED_PROFILE_NAMES", "*"),
        ("ALLOWED_INSTANCE_ARNS", "arn:aws:connect:us-east-1:000000000000:instance/other"),
    ] {
        let (held, wanted) = (
            agents(json!({"Permissions": ["BasicAgentAccess", "OutboundCallAccess"]})),
            agents(json!({"Permissions": ["Users.Edit"]})),
        );
        let world = guarded(variable, value).await;
        world.connect.put_profile(INSTANCE_ID, ours());
        let refused = world.update(&arn(), wanted.clone(), held.clone()).await;
        assert!(refused.why().starts_with(variable), "{refused:?}");
        world.update(&arn(), held.clone(), wanted).await.id();

        // A rename rolls back to the old profile, which was never touched, with either id.
        let mut new = held.clone();
        new["SecurityProfileName"] = json!("New");
        let made = Profile { name: "New".to_owned(), id: String::new(), ..ours() };
        world.connect.put_profile(INSTANCE_ID, made);
        let new_arn = world.connect.profile_arn(INSTANCE_ID, "New").unwrap();
        assert_eq!(world.update(&new_arn, held.clone(), new.clone()).await.id(), arn(), "{variable}");
        assert_eq!(world.writes(), [""; 0]);
        world.delete(&new_arn, new).await.id();
        assert_eq!(world.writes(), ["DeleteSecurityProfile"], "{variable}");

        world.delete(&arn(), agents(json!({"OnDelete": "Retain"}))).await.id();
        assert_eq!(world.writes(), ["UntagResource"], "{variable}");
        world.connect.remove_profile(INSTANCE_ID, "Agents");
        world.connect.put_profile(INSTANCE_ID, adopted());
        world.delete(&arn(), agents(json!({}))).await.id();
        assert_eq!(world.writes(), ["UntagResource"], "{variable}");
    }
}

#[tokio::test]
async fn a_refusal_says_which_rule_and_who_can_change_it() {
    let world = guarded("DENIED_PERMISSIONS", "Users.*").await;
    let answer = world.create(agents(json!({"Permissions": ["Users.Edit", "A"]}))).await;
    insta::assert_snapshot!(answer.why().replace(FUNCTION_ARN, "[function]"));
}

#[tokio::test]
async fn a_guard_that_cannot_be_read_lets_nothing_be_written_but_a_delete() {
    let role = "arn:aws:iam::000000000000:role/";
    for (variable, value) in [
        ("ALLOWED_STACK_ACCOUNTS", "000000000000,me".to_owned()),
        ("ALLOWED_STACK_ACCOUNTS", "000000000000;111111111111".to_owned()),
        ("ALLOWED_ROLE_ARNS", "x".to_owned()),
        ("ALLOWED_ROLE_ARNS", format!("{role}a {role}b")),
        ("ALLOWED_INSTANCE_ARNS", "i".to_owned()),
        ("ALLOWED_INSTANCE_ARNS", format!("{INSTANCE}\n{INSTANCE}")),
        ("ALLOWED_INSTANCE_ARNS", ",".to_owned()),
        ("DENIED_PERMISSIONS", "Users.*;SecurityProfiles.*".to_owned()),
        ("DENIED_PERMISSIONS", "Users.* SecurityProfiles.*".to_owned()),
        ("DENIED_PERMISSIONS", "Users.*\nSecurityProfiles.*".to_owned()),
        ("DENIED_PERMISSIONS", "[\"Users.*\"]".to_owned()),
        ("PROTECTED_PROFILE_NAMES", "Admin;Owner".to_owned()),
        ("PROTECTED_PROFILE_NAMES", "Admin\tOwner".to_owned()),
    ] {
        let world = guarded(variable, &value).await;
        world.connect.put_profile(INSTANCE_ID, ours());
        let (new, same) =
            (agents(json!({"Description": "x"})), agents(json!({"Description": "Takes calls"})));
        let answers = [
            world.create(agents(json!({"SecurityProfileName": "New"}))).await,
            world.update(&arn(), new, same.clone()).await,
            // Even what writes nothing says so.
            world.update(&arn(), same.clone(), same.clone()).await,
        ];
        for answer in answers {
            let is_said = answer.why().contains("misconfigured") && answer.why().contains(variable);
            assert!(is_said, "{variable}={value:?}: {answer:?}");
        }
        assert_eq!(world.calls(), [""; 0]);
        world.delete(&arn(), same).await.id();
        assert_eq!(world.profile("Agents"), None, "{variable}={value:?}");
    }
}

#[tokio::test]
async fn a_list_that_names_no_known_permission_is_warned_about_at_the_start() {
    let world = guarded("DENIED_PERMISSIONS", "Users.*, SecurtyProfiles.*").await;
    world.create(agents(json!({"Permissions": ["SecurityProfiles.View"]}))).await.id();
    let logs = world.function.logs();
    let warning = logs.lines().find(|line| line.contains("matches no permission of the catalogue")).unwrap();
    assert!(warning.contains("WARN") && warning.contains("`SecurtyProfiles.*`"), "{warning}");
    assert!(!warning.contains("Users.*"), "{warning}");
}
