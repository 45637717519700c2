//! What holds for every event.

use std::time::Duration;

use lambda_harness::{LOGICAL_ID, STACK_ID, Signature, request_id, update_event};
use lambda_runtime::LambdaEvent;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::kit::{World, context};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop_oneof![Just("Create"), Just("Update"), Just("Delete"), Just("thing-1"), Just(STACK_ID)]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any_key(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "RequestType",
        "RequestId",
        "ResponseURL",
        "StackId",
        "ServiceToken",
        "ServiceTimeout",
        "ResourceType",
        "LogicalResourceId",
        "PhysicalResourceId",
        "ResourceProperties",
        "OldResourceProperties",
        "Records",
        "Sns",
        "Message",
        "body",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_event_is_answered_once_or_is_an_error_and_never_a_panic(
        changes in proptest::collection::vec((any_key(), any_json()), 0..4),
        whole in proptest::option::weighted(0.2, any_json()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::start().await;
            let url = world.bucket.url(Signature::V4, STACK_ID, LOGICAL_ID, &request_id());
            let mut event = update_event(&url, "thing-0", json!({}), json!({}));
            for (key, value) in changes {
                event[key] = value;
            }
            let event = whole.unwrap_or(event);
            let event = LambdaEvent::new(event, context(Duration::from_secs(30)));
            let result = world.handler.handle(event).await;
            let puts = world.puts();
            prop_assert_eq!(puts.len(), usize::from(result.is_ok()), "{:?}", result);
            for put in puts {
                prop_assert!(put.body.len() <= 4096);
                prop_assert!(["SUCCESS", "FAILED"].map(Value::from).contains(&put.json()["Status"]));
            }
            Ok(())
        })?;
    }
}
