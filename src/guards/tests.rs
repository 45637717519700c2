//! What each guard forbids, and what it lets pass.

use serde_json::json;

use super::*;
use crate::owner::Origin;
use crate::ownership::Wish;
use crate::plan::plan_existing;
use crate::previous::Previous;
use crate::settings::{Settings, Tags};
use crate::testing::{arn, desired, owner};

fn live(name: &str, permissions: &[&str]) -> Observed {
    let permissions = permissions.iter().map(|name| Permission::from(*name)).collect();
    Observed {
        arn: arn(),
        name: name.to_owned(),
        organization_resource_id: None,
        is_aws_managed: false,
        tags: Tags::from([owner().tag(Origin::Created)]),
        settings: Settings { permissions: Some(permissions), ..Settings::empty() },
        last_modified: (None, None),
    }
}

fn denying(patterns: &[&str]) -> Guards {
    let denied_permissions = patterns.iter().map(|text| Pattern::any_case(text)).collect();
    Guards { denied_permissions, ..Guards::default() }
}

#[test]
fn stacks_of_the_own_account_are_served_unless_others_are_named() {
    let own = Guards::default();
    assert_eq!(own.admit_stack("111111111111", "111111111111"), Ok(()));
    insta::assert_snapshot!(own.admit_stack("222222222222", "111111111111").unwrap_err());
    let named = Guards { stack_accounts: ["222222222222".to_owned()].into(), ..Guards::default() };
    assert_eq!(named.admit_stack("222222222222", "111111111111"), Ok(()));
    assert!(named.admit_stack("111111111111", "111111111111").is_err(), "a list is the whole list");
}

#[test]
fn no_role_may_be_assumed_unless_it_is_named() {
    let role: RoleArn = "arn:aws:iam::222222222222:role/connect-profiles".parse().unwrap();
    assert!(Guards::default().admit_role(&role).is_err());
    for (pattern, is_allowed) in [
        ("arn:aws:iam::222222222222:role/connect-profiles", true),
        ("arn:aws:iam::*:role/connect-profiles", true),
        ("arn:aws:iam::222222222222:role/connect", false),
        ("arn:aws:iam::333333333333:role/*", false),
    ] {
        let guards = Guards { roles: vec![Pattern::exact_case(pattern)], ..Guards::default() };
        assert_eq!(guards.admit_role(&role).is_ok(), is_allowed, "{pattern}");
    }
}

#[test]
fn a_profile_is_not_made_under_a_protected_name_or_in_another_instance_or_with_a_denied_permission() {
    let instances = vec![Pattern::exact_case("arn:aws:connect:*:*:instance/other")];
    let texts = [
        Guards::default().admit_create(&desired(&json!({"SecurityProfileName": "aDMIN"}))),
        Guards { instances, ..Guards::default() }.admit_create(&desired(&json!({}))),
        denying(&["users.*", "*.delete"])
            .admit_create(&desired(&json!({"Permissions": ["Users.Edit", "Queues.Delete", "A"]}))),
        // What the console would add is judged like what is stated.
        denying(&["Users.View"])
            .admit_create(&desired(&json!({"Permissions": ["Users.Edit"], "ExpandPermissions": true}))),
    ]
    .map(|admitted| admitted.unwrap_err().to_string());
    insta::assert_snapshot!(texts.join("\n"));
    assert_eq!(
        denying(&["Users.View"]).admit_create(&desired(&json!({"Permissions": ["Users.Edit"]}))),
        Ok(())
    );
}

#[test]
fn what_is_adopted_may_not_hold_what_is_denied_whether_stated_or_live() {
    let guards = denying(&["Users.*"]);
    for (stated, held, is_admitted) in [
        (json!({}), &["A"][..], true),
        (json!({}), &["Users.View"], false),
        (json!({"Permissions": ["A"]}), &["Users.View"], true),
        (json!({"Permissions": ["Users.View"]}), &["A"], false),
    ] {
        let admitted = guards.admit_adoption(&desired(&stated), &live("Agents", held));
        assert_eq!(admitted.is_ok(), is_admitted, "{stated} {held:?}");
    }
}

#[test]
fn an_update_may_keep_and_drop_what_is_denied_and_not_add_it() {
    let guards = denying(&["Users.*"]);
    for (stated, held, is_admitted) in [
        (json!(["A"]), &["Users.View"][..], true),
        (json!(["Users.View", "A"]), &["Users.View"], true),
        (json!(["Users.View", "Users.Edit"]), &["Users.View"], false),
        (json!(["Users.View"]), &["A"], false),
    ] {
        let (desired, live) = (desired(&json!({"Permissions": stated})), live("Agents", held));
        let plan = plan_existing(Wish::Update, &desired, &Previous::default(), &live, &owner()).unwrap();
        let admitted = guards.admit_update(&plan, &desired.name, &live);
        assert_eq!(admitted.is_ok(), is_admitted, "{stated} {held:?}");
    }
}

#[test]
fn a_protected_profile_is_not_changed_by_either_of_its_names_and_what_writes_nothing_passes() {
    let protecting = Guards { protected_names: vec![Pattern::any_case("Agents*")], ..Guards::default() };
    for (stated, called, content, is_admitted) in [
        ("Agents", "Agents", "new", false),
        ("Others", "Agents (renamed)", "new", false),
        ("Agents", "Others", "new", false),
        ("Others", "Others", "new", true),
        ("Agents", "Agents", "", true),
    ] {
        let desired = desired(&json!({"SecurityProfileName": stated, "Description": content}));
        let live = live(called, &[]);
        let plan = plan_existing(Wish::Update, &desired, &Previous::default(), &live, &owner()).unwrap();
        let admitted = protecting.admit_update(&plan, &desired.name, &live);
        assert_eq!(admitted.is_ok(), is_admitted, "{stated} {called} {content}");
    }
}

#[test]
fn spaces_make_no_other_name_and_foreign_letters_no_other_permission() {
    let guards = Guards {
        protected_names: ["Admin", "Contact Centre*"].map(Pattern::any_case).into(),
        ..denying(&["Users.Delete"])
    };
    for name in ["Admin", "admin ", "  Admin", "Contact  Centre", " contact   centre Leads"] {
        assert!(guards.admit_create(&desired(&json!({"SecurityProfileName": name}))).is_err(), "{name:?}");
    }
    assert_eq!(guards.admit_create(&desired(&json!({"SecurityProfileName": "Ad min"}))), Ok(()));
    for permission in ["users.delete", "Users.Delete ", "Users.D\u{435}lete", "Users.\u{200b}Delete", "A B"] {
        let desired = desired(&json!({"Permissions": [permission]}));
        assert!(guards.admit_create(&desired).is_err(), "{permission:?}");
        assert_eq!(Guards::default().admit_create(&desired), Ok(()), "without the guard, Connect judges");
    }
    assert_eq!(guards.admit_create(&desired(&json!({"Permissions": ["Users.View", "New-One_2"]}))), Ok(()));
}
