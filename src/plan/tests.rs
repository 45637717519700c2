//! The plans for each state, and the laws that hold for all of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::settings::{Application, AttributeAccess};
use crate::testing::{arn, desired, owner, properties};
use crate::undisclosed::Undisclosed;

/// A profile that this resource created, with one of everything.
fn live() -> Observed {
    let application = Application {
        permissions: BTreeSet::from(["ACCESS".to_owned()]),
        kind: Some("THIRD_PARTY_APPLICATION".to_owned()),
    };
    let attribute = AttributeAccess { values: BTreeSet::from([Undisclosed::from("north")]) };
    Observed {
        arn: arn(),
        name: "Agents".to_owned(),
        organization_resource_id: None,
        is_aws_managed: false,
        tags: Tags::from([
            ("team".into(), "ops".into()),
            ("aws:cloudformation:stack-name".into(), "x".into()),
            ("theirs".into(), "y".into()),
            owner().tag(Origin::Created),
        ]),
        settings: Settings {
            description: Some("old".into()),
            permissions: Some(BTreeSet::from(["BasicAgentAccess".into(), "OutboundCallAccess".into()])),
            access_control_tags: Some(Tags::from([("site".into(), "north".into())])),
            tag_restricted_resources: Some(BTreeSet::from(["User".into()])),
            hierarchy_restricted_resources: Some(BTreeSet::from(["User".into()])),
            hierarchy_group_id: Some("g-1".to_owned()),
            applications: Some(BTreeMap::from([("wisdom".to_owned(), application)])),
            flow_modules: Some(BTreeMap::from([("m-1".to_owned(), Some("MCP".to_owned()))])),
            ai_agents: Some(BTreeMap::from([("arn:application".to_owned(), Some("THIRD_PARTY".to_owned()))])),
            granular_access_control: Some(BTreeMap::from([("region".to_owned(), attribute)])),
        },
        last_modified: (None, None),
    }
}

/// What was stated of the same profile, unless the old properties say another.
fn previous(old: &serde_json::Value, new: &serde_json::Value) -> Previous {
    let properties = properties(old);
    Previous::read(properties.as_object().unwrap(), &desired(new))
}

fn plan(old: &serde_json::Value, new: &serde_json::Value, live: &Observed) -> Result<Plan, Refusal> {
    plan_existing(Wish::Update, &desired(new), &previous(old, new), live, &owner())
}

/// A plan where nothing was stated before.
fn existing(wish: Wish, new: &serde_json::Value, live: &Observed) -> Result<Plan, Refusal> {
    plan_existing(wish, &desired(new), &Previous::default(), live, &owner())
}

fn adopted() -> Observed {
    let mut live = live();
    live.tags.extend([owner().tag(Origin::Adopted)]);
    live
}

fn of_nobody() -> Observed {
    let mut live = live();
    live.tags.remove(&TagKey::from(OWNER_TAG));
    live
}

fn of_another() -> Observed {
    let mut live = live();
    let value = "v1/created/us-east-1/123456789012/cc-dd/Other/other-stack";
    live.tags.insert(OWNER_TAG.into(), value.into());
    live
}

#[test]
fn a_create_is_one_call_that_carries_the_owner_tag_and_no_empty_member() {
    let desired =
        desired(&json!({"Permissions": ["BasicAgentAccess"], "Description": "", "Applications": [],
        "Tags": [{"Key": "team", "Value": "ops"}]}));
    insta::assert_snapshot!(plan_create(&desired, &owner()), @r"
    create `Agents` in arn:aws:connect:us-east-1:123456789012:instance/i
      Permissions: + BasicAgentAccess
      Tags: + team
    ");
}

#[test]
fn what_is_stated_becomes_live_and_what_is_stated_no_more_is_cleared() {
    let old = json!({"Description": "old", "Permissions": ["X"], "Applications": [], "AllowedFlowModules": [],
        "AllowedAccessControlHierarchyGroupId": "g-1", "GranularAccessControlConfiguration": {},
        "AllowedAIAgents": [], "Tags": [{"Key": "team", "Value": "ops"}, {"Key": "gone", "Value": ""}]});
    let new = json!({"Permissions": ["BasicAgentAccess", "Users.View"],
        "AllowedAccessControlTags": [{"Key": "site", "Value": "south"}], "TagRestrictedResources": ["User", "Queue"],
        "Tags": [{"Key": "theirs", "Value": "z"}, {"Key": "cost", "Value": "1"}]});
    insta::assert_snapshot!(plan(&old, &new, &live()).unwrap(), @r"
    tag arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Tags: + cost, ~ theirs
    update arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Description: cleared
      Permissions: + Users.View, - OutboundCallAccess
      AllowedAccessControlTags: ~ site
      TagRestrictedResources: + Queue
      AllowedAccessControlHierarchyGroupId: cleared
      Applications: - wisdom
      AllowedFlowModules: - m-1
      AllowedAIAgents: - arn:application
      GranularAccessControlConfiguration: - region
    untag arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Tags: - team
    note: AllowedAccessControlTags: changed site; the profile may allow more than before
    note: AllowedAccessControlHierarchyGroupId: dropped g-1; the profile may allow more than before
    note: GranularAccessControlConfiguration: dropped region; the profile may allow more than before
    note: Tags: added cost; people whose access is restricted to resources with this tag may now see the profile, and assign it
    note: Tags: changed theirs; people whose access is restricted to resources with this tag may now see the profile, and assign it
    ");
}

#[test]
fn what_was_never_stated_is_left_alone() {
    assert!(plan(&json!({}), &json!({}), &live()).unwrap().is_empty());
}

#[test]
fn an_adopted_profile_is_not_emptied_for_want_of_a_statement() {
    let old = json!({"Permissions": ["X"], "Tags": [{"Key": "team", "Value": "ops"}]});
    insta::assert_snapshot!(plan(&old, &json!({"Description": "new"}), &adopted()).unwrap(), @r"
    update arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Description: set
    note: Description of an adopted profile is changed and was not stated before; a rollback will not restore it
    note: Permissions is no longer stated and stays as it is, as the profile is adopted
    note: tag `team` is no longer stated and stays as it is, as the profile is adopted
    ");
    let emptied = plan(&old, &json!({"Permissions": []}), &adopted()).unwrap();
    assert!(emptied.to_string().contains("- BasicAgentAccess"), "{emptied}");
}

#[test]
fn a_profile_without_its_owner_tag_is_claimed_before_it_is_changed() {
    insta::assert_snapshot!(plan(&json!({}), &json!({"Description": "new"}), &of_nobody()).unwrap(), @r"
    claim arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
    update arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Description: set
    note: the owner tag was gone and is put back; the profile counts as adopted now
    ");
}

#[test]
fn anothers_profile_is_refused_unless_there_is_nothing_to_write() {
    let refusal = plan(&json!({}), &json!({"Description": "new"}), &of_another()).unwrap_err();
    insta::assert_snapshot!(refusal);
    let plan = plan(&json!({}), &json!({"Description": "old"}), &of_another()).unwrap();
    assert!(plan.is_empty());
    assert_eq!(plan.notes.len(), 1);
}

#[test]
fn what_aws_manages_is_never_written() {
    let live = Observed { is_aws_managed: true, ..live() };
    let refusal = plan(&json!({}), &json!({"Description": "new"}), &live).unwrap_err();
    assert_eq!(refusal, Refusal::AwsManaged(arn()));
    assert!(plan(&json!({}), &json!({"Description": "old"}), &live).unwrap().is_empty());
}

#[test]
fn what_allows_more_without_a_permission_added_is_noted() {
    let mut live = live();
    live.settings.permissions = Some(["RestrictTaskCreation.Access".into(), "A".into()].into());
    let new = json!({"Permissions": ["A", "B"], "TagRestrictedResources": [], "AllowedAccessControlTags": [],
        "HierarchyRestrictedResources": [], "GranularAccessControlConfiguration": {}});
    let plan = plan(&json!({}), &new, &live).unwrap();
    let notes: Vec<String> = plan.notes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(notes.join("\n"));
    let narrower = plan_existing(
        Wish::Update,
        &desired(
            &json!({"Permissions": ["RestrictTaskCreation.Access"], "TagRestrictedResources": ["User", "Queue"],
            "AllowedAccessControlTags": [{"Key": "site", "Value": "north"}]}),
        ),
        &Previous::default(),
        &live,
        &owner(),
    );
    assert_eq!(narrower.unwrap().notes, []);
}

#[test]
fn a_rename_in_the_console_is_noted_and_no_reason_to_write() {
    let live = Observed { name: "Agents 2".to_owned(), ..live() };
    let plan = plan(&json!({}), &json!({}), &live).unwrap();
    assert!(plan.is_empty());
    assert!(plan.to_string().contains("`Agents 2`"), "{plan}");
}

#[test]
fn another_name_or_instance_is_a_replacement_unless_the_profile_has_it_already() {
    let with = |instance: &str, name: &str| {
        json!({"InstanceArn": format!("arn:aws:connect:us-east-1:123456789012:instance/{instance}"),
               "SecurityProfileName": name})
    };
    for (old, new, replaces) in [
        (with("i", "Agents"), with("i", "Agents"), false),
        (with("i", "Agents"), with("i", "Agents B"), true),
        (with("i", "Agents"), with("j", "Agents"), true),
        // A rollback with the id of the old profile finds the old name on it already.
        (with("i", "Agents B"), with("i", "Agents"), false),
        (json!({"InstanceArn": null}), with("i", "Agents"), false),
        (json!({"InstanceArn": null}), with("i", "Agents B"), true),
    ] {
        assert_eq!(is_replacement(&desired(&new), &previous(&old, &new), &live()), replaces, "{old} {new}");
    }
}

#[test]
fn tags_are_taken_off_first_only_where_fifty_would_be_passed_and_only_as_many_as_needed() {
    let mut live = live();
    live.tags.clear();
    live.tags.extend([owner().tag(Origin::Created)]);
    live.tags.extend((0..48).map(|index| (TagKey::from(format!("k{index:02}")), Undisclosed::default())));
    let list = |keys: &[&str]| json!({"Tags": keys.iter().map(|key| json!({"Key": key, "Value": ""})).collect::<Vec<_>>()});
    // 49 are there, one more fits.
    let fits = plan(&list(&["k00"]), &list(&["new"]), &live).unwrap();
    assert!(matches!(fits.steps[..], [Step::Tag { .. }, Step::Untag { .. }]), "{fits}");
    let tight = plan(&list(&["k00", "k01"]), &list(&["new", "newer"]), &live).unwrap();
    insta::assert_snapshot!(tight, @r"
    untag arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Tags: - k00
    tag arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Tags: + new, + newer
    untag arn:aws:connect:us-east-1:123456789012:instance/i/security-profile/p
      Tags: - k01
    note: Tags: added new, newer; people whose access is restricted to resources with this tag may now see the profile, and assign it
    ");
    let too_many = plan(&list(&[]), &list(&["new", "newer"]), &live).unwrap_err();
    assert_eq!(too_many, Refusal::TooManyTags { arn: arn(), count: 51 });
}

#[test]
fn a_delete_removes_what_was_created_releases_what_was_adopted_and_touches_nothing_else() {
    let delete = |live: &Observed, wish| plan_delete(live, &owner(), wish).to_string();
    let texts = [
        delete(&live(), OnDelete::Delete),
        delete(&live(), OnDelete::Retain),
        delete(&adopted(), OnDelete::Delete),
        delete(&of_nobody(), OnDelete::Delete),
        delete(&of_another(), OnDelete::Delete),
    ];
    insta::assert_snapshot!(texts.join("\n--\n"));
}

#[test]
fn a_leftover_becomes_what_a_fresh_create_would_be() {
    let plan =
        existing(Wish::Create { adopt: false }, &json!({"Permissions": ["BasicAgentAccess"]}), &live())
            .unwrap();
    let Step::Update { changes, .. } = &plan.steps[0] else { panic!("{plan}") };
    assert_eq!(changes.members().len(), Member::ALL.len());
    assert_eq!(changes.description, Some(Undisclosed::default()));
    assert_eq!(plan.steps.len(), 1);
}

#[test]
fn no_plan_shows_an_undisclosed_value() {
    let new = json!({"Description": "CANARY", "Tags": [{"Key": "k", "Value": "CANARY"}],
        "AllowedAccessControlTags": [{"Key": "a", "Value": "CANARY"}], "TagRestrictedResources": ["User"],
        "GranularAccessControlConfiguration": {"DataTableAccessControlConfiguration": {
            "PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": [
                {"AttributeName": "x", "Values": ["CANARY"]}]}}}});
    let created = plan_create(&desired(&new), &owner());
    let updated = plan(&json!({}), &new, &live()).unwrap();
    for plan in [created, updated] {
        let text = format!("{plan} {plan:?}");
        assert!(!text.contains("CANARY"), "{text}");
    }
}

/// A profile after the steps of a plan, as Connect would have it.
fn after(live: &Observed, plan: &Plan) -> Observed {
    let mut live = live.clone();
    for step in &plan.steps {
        match step {
            Step::Update { changes, .. } => live.settings = live.settings.clone().after(changes),
            Step::Tag { tags, .. } => live.tags.extend(tags.clone()),
            Step::Untag { keys, .. } => live.tags.retain(|key, _| !keys.contains(key)),
            Step::Create(_) | Step::Delete { .. } => panic!("{step}"),
        }
        let count = live.tags.keys().filter(|key| !key.as_str().starts_with("aws:")).count();
        assert!(count <= 50, "never over fifty: {count}");
    }
    live
}

fn some_properties() -> impl Strategy<Value = serde_json::Value> {
    let word = || prop::sample::select(vec!["A", "B", "C", "D", "Users.Edit"]);
    let words = || prop::collection::vec(word(), 0..5);
    let pairs = || prop::collection::btree_map(word(), word(), 0..5);
    let maybe = prop::option::of::<BoxedStrategy<serde_json::Value>>;
    let pair_list = |pairs: BTreeMap<&str, &str>| {
        json!(pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>())
    };
    let applications = pairs().prop_map(|pairs| {
        json!(
            pairs
                .iter()
                .map(|(key, value)| json!({"Namespace": key, "ApplicationPermissions": [value]}))
                .collect::<Vec<_>>()
        )
    });
    let modules = words().prop_map(|words| {
        json!(words.iter().map(|id| json!({"FlowModuleId": id, "Type": "MCP"})).collect::<Vec<_>>())
    });
    (
        maybe(word().prop_map(|word| json!(word)).boxed()),
        maybe(words().prop_map(|words| json!(words)).boxed()),
        maybe(pairs().prop_map(pair_list).boxed()),
        maybe(applications.boxed()),
        maybe(modules.boxed()),
        maybe(words().prop_map(|words| json!(words)).boxed()),
        any::<bool>(),
    )
        .prop_map(|(description, permissions, tags, applications, modules, hierarchy, expand)| {
            json!({"Description": description, "Permissions": permissions, "Tags": tags,
                "Applications": applications, "AllowedFlowModules": modules,
                "HierarchyRestrictedResources": hierarchy, "ExpandPermissions": expand})
        })
}

fn some_live() -> impl Strategy<Value = Observed> {
    (some_properties(), prop::sample::select(vec![live(), adopted(), of_nobody()])).prop_map(
        |(properties, base)| {
            let stated = desired(&properties);
            let everything = Settings::empty().after(&base.settings).after(&stated.settings);
            let mut tags = base.tags.clone();
            tags.extend(stated.tags.unwrap_or_default());
            Observed { settings: everything, tags, ..base }
        },
    )
}

proptest! {
    #[test]
    fn applying_a_plan_yields_what_is_stated_and_leaves_the_rest(
        old in some_properties(), new in some_properties(), live in some_live(),
    ) {
        let wanted = desired(&new);
        let plan = plan(&old, &new, &live).unwrap();
        let result = after(&live, &plan);
        let again = plan_existing(Wish::Update, &wanted, &previous(&old, &new), &result, &owner()).unwrap();
        prop_assert!(again.is_empty(), "planning again after applying: {again}");
        prop_assert!(wanted.settings.changes(&result.settings, &BTreeSet::new()).is_silent());
        for (key, value) in wanted.tags.iter().flatten() {
            prop_assert_eq!(result.tags.get(key), Some(value));
        }
        for member in Member::ALL {
            let was_stated = previous(&old, &new).members.contains(&member);
            if !wanted.settings.members().contains(&member) && !was_stated {
                let untouched = plan.steps.iter().all(|step| !matches!(
                    step, Step::Update { changes, .. } if changes.members().contains(&member)));
                prop_assert!(untouched, "{} was never stated", member);
            }
        }
        if live.ownership(&owner()) == Ownership::Ours(Origin::Created) {
            for member in previous(&old, &new).members.difference(&wanted.settings.members()) {
                let cleared = Settings::default().changes(&result.settings, &BTreeSet::from([*member]));
                prop_assert!(cleared.is_silent(), "{} is empty now", member);
            }
        }
        prop_assert!(result.tags.contains_key(&TagKey::from("theirs")));
        prop_assert_eq!(
            result.tags.get(&TagKey::from("aws:cloudformation:stack-name")),
            live.tags.get(&TagKey::from("aws:cloudformation:stack-name"))
        );
    }

    #[test]
    fn the_plan_of_what_is_already_so_is_empty(properties in some_properties()) {
        let stated = desired(&properties);
        let mut live = live();
        live.settings = live.settings.after(&stated.settings);
        live.tags.extend(stated.tags.unwrap_or_default());
        prop_assert!(plan(&properties, &properties, &live).unwrap().is_empty());
    }

    #[test]
    fn order_and_repetition_change_nothing(mut words in prop::collection::vec("[A-D]", 0..8)) {
        let one = plan(&json!({}), &json!({"Permissions": words}), &live()).unwrap();
        words.reverse();
        words.extend(words.clone());
        let other = plan(&json!({}), &json!({"Permissions": words}), &live()).unwrap();
        prop_assert_eq!(one, other);
    }
}
