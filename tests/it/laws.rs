//! Laws over whole lives, for properties of any content: through the provider, the real SDK and the emulator.

use std::collections::BTreeMap;

use connect_emulator::{Configuration, Profile};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::world::{INSTANCE_ID, OWNER_TAG, agents};

/// Each member stated or not, with little and overlapping content, so that all kinds of change come up.
fn some_properties() -> impl Strategy<Value = Value> {
    let word = || prop::sample::select(vec!["A", "B", "C", "Users.View", "é ü"]);
    let words = || prop::collection::btree_set(word(), 0..4).prop_map(|words| json!(words)).boxed();
    let pairs = |longest: usize| {
        prop::collection::btree_map(word(), word(), 0..longest).prop_map(|pairs: BTreeMap<&str, &str>| {
            let pairs = pairs.into_iter().map(|(key, value)| json!({"Key": key, "Value": value}));
            json!(pairs.collect::<Vec<_>>())
        })
    };
    let restricted = prop::option::of(pairs(4)).prop_map(|tags| match tags {
        Some(tags) if tags != json!([]) => (tags, json!(["User", "Queue"])),
        Some(_) => (json!([]), json!([])),
        None => (Value::Null, Value::Null),
    });
    let hierarchy = prop::sample::select(vec![
        (Value::Null, Value::Null),
        (json!(["User"]), Value::Null),
        (json!(["User"]), json!("group-1")),
        (json!(["User"]), json!("")),
        (json!([]), json!("")),
    ]);
    let applications = prop::collection::btree_map(word(), (word(), prop::option::of(Just("MCP"))), 0..4)
        .prop_map(|applications| {
            let one = |(namespace, (permission, kind))| {
                json!({"Namespace": namespace, "ApplicationPermissions": [permission], "Type": kind})
            };
            json!(applications.into_iter().map(one).collect::<Vec<_>>())
        });
    let ids = |key: &'static str, kind: &'static str| {
        prop::collection::btree_map(word(), prop::option::of(Just(kind)), 0..4).prop_map(move |ids| {
            json!(ids.into_iter().map(|(id, kind)| json!({key: id, "Type": kind})).collect::<Vec<_>>())
        })
    };
    let granular = prop::collection::btree_map(word(), prop::collection::btree_set(word(), 1..3), 0..4)
        .prop_map(|attributes| {
            let one =
                |(name, values)| json!({"AccessType": "ALLOW", "AttributeName": name, "Values": values});
            let list: Vec<_> = attributes.into_iter().map(one).collect();
            json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
                {"PrimaryAttributeValues": list}}})
        });
    let optional = |strategy: BoxedStrategy<Value>| prop::option::of(strategy).prop_map(|value| json!(value));
    (
        (optional(word().prop_map(|word| json!(word)).boxed()), optional(words()), restricted, hierarchy),
        optional(applications.boxed()),
        optional(ids("FlowModuleId", "MCP").boxed()),
        optional(ids("Arn", "THIRD_PARTY").boxed()),
        optional(granular.boxed()),
        optional(pairs(5).boxed()),
    )
        .prop_map(
            |(
                (description, permissions, by_tag, by_hierarchy),
                applications,
                modules,
                agents_,
                granular,
                tags,
            )| {
                agents(json!({
                    "Description": description, "Permissions": permissions, "Tags": tags,
                    "AllowedAccessControlTags": by_tag.0, "TagRestrictedResources": by_tag.1,
                    "HierarchyRestrictedResources": by_hierarchy.0,
                    "AllowedAccessControlHierarchyGroupId": by_hierarchy.1,
                    "Applications": applications, "AllowedFlowModules": modules, "AllowedAIAgents": agents_,
                    "GranularAccessControlConfiguration": granular,
                }))
            },
        )
}

/// A profile without what differs from one to the next of the same content.
fn content(profile: Option<Profile>) -> Value {
    let mut value = serde_json::to_value(profile.expect("a profile")).unwrap();
    value.as_object_mut().unwrap().retain(|key, _| key != "Id" && !key.starts_with("LastModified"));
    value
}

fn run<T>(law: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(law)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn an_update_leads_to_what_a_create_would_have_made_and_back_and_a_second_one_writes_nothing(
        first in some_properties(), second in some_properties(),
    ) {
        run(async {
            let fresh = Bench::new(Configuration::default());
            fresh.create(second.clone()).await.0.unwrap();
            let bench = Bench::new(Configuration::default());
            let id = bench.create(first.clone()).await.0.unwrap().physical_id.to_string();
            let as_created = content(bench.connect.profile(INSTANCE_ID, "Agents"));

            bench.update(&id, second.clone(), first.clone()).await.unwrap();
            let updated = content(bench.connect.profile(INSTANCE_ID, "Agents"));
            // A kind that is not stated stays what it was, so only what both state alike can be compared whole.
            prop_assert_eq!(without_kinds(&updated), without_kinds(&content(fresh.connect.profile(INSTANCE_ID, "Agents"))));

            bench.connect.clear_journal();
            bench.update(&id, second.clone(), second.clone()).await.unwrap();
            prop_assert!(bench.connect.journal().iter().all(|call| !call.operation.is_write()));

            bench.update(&id, first.clone(), second.clone()).await.unwrap();
            let rolled_back = content(bench.connect.profile(INSTANCE_ID, "Agents"));
            prop_assert_eq!(without_kinds(&rolled_back), without_kinds(&as_created));

            bench.delete(&id, first.clone()).await.0.unwrap();
            prop_assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), None);
            Ok(())
        })?;
    }

    #[test]
    fn what_was_never_stated_and_the_tags_of_others_are_left_alone(
        live in some_properties(), old in some_properties(), new in some_properties(),
    ) {
        run(async {
            // Another hand fills the profile after it was created with nothing.
            let hand = Bench::new(Configuration::default());
            hand.create(live).await.0.unwrap();
            let bench = Bench::new(Configuration::default());
            let id = bench.create(agents(json!({}))).await.0.unwrap().physical_id.to_string();
            let mut profile = hand.connect.profile(INSTANCE_ID, "Agents").unwrap();
            profile.id = bench.connect.profile(INSTANCE_ID, "Agents").unwrap().id;
            bench.connect.put_profile(INSTANCE_ID, profile);
            let before = content(bench.connect.profile(INSTANCE_ID, "Agents"));

            bench.update(&id, new.clone(), old.clone()).await.unwrap();
            let after = content(bench.connect.profile(INSTANCE_ID, "Agents"));
            for (member, value) in before.as_object().unwrap() {
                let is_said = |properties: &Value| !properties[member].is_null();
                if member != "Tags" && !is_said(&old) && !is_said(&new) {
                    prop_assert_eq!(&after[member], value, "{}", member);
                }
            }
            let stated = |properties: &Value, key: &str| {
                properties["Tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag["Key"] == key))
            };
            for (key, value) in before["Tags"].as_object().unwrap() {
                if key == OWNER_TAG || (!stated(&old, key) && !stated(&new, key)) {
                    prop_assert_eq!(&after["Tags"][key], value, "{}", key);
                }
            }
            Ok(())
        })?;
    }
}

fn without_kinds(profile: &Value) -> Value {
    let mut profile = profile.clone();
    for list in ["Applications", "AllowedFlowModules", "AllowedAIAgents"] {
        let items = profile[list].as_array_mut().unwrap();
        for item in &mut *items {
            item.as_object_mut().unwrap().remove("Type");
        }
        items.sort_by_key(Value::to_string);
    }
    profile
}
