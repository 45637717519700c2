//! A: taking the request in.

use aws_lambda_events::event::cloudformation::{
    CloudFormationCustomResourceRequest as Typed, CreateRequest, DeleteRequest, UpdateRequest,
};
use lambda_harness::{LOGICAL_ID, STACK_ID};
use serde_json::{Value, json};

use crate::kit::World;

#[tokio::test]
async fn a1_and_a2_a_request_that_cannot_be_read_is_answered_failed_and_not_acted_on() {
    let world = World::start().await;
    for (field, value, expected) in [
        ("RequestType", json!("Read"), "the request type `Read` is unknown"),
        ("RequestType", json!(null), "`RequestType` is missing"),
        ("RequestType", json!({}), "`RequestType` is not a string"),
        ("ResourceType", json!(7), "`ResourceType` is not a string"),
        ("ResourceProperties", json!(null), "`ResourceProperties` is missing"),
        ("ResourceProperties", json!("text"), "`ResourceProperties` is not a JSON object"),
        ("OldResourceProperties", json!(null), "`OldResourceProperties` is missing"),
        ("OldResourceProperties", json!([]), "`OldResourceProperties` is not a JSON object"),
        ("PhysicalResourceId", json!("x".repeat(1025)), "the physical id has 1025 bytes"),
        ("StackId", json!("a-stack"), "`a-stack` is not a stack's ARN"),
    ] {
        let mut event = world.update(json!({}));
        event[field] = value.clone();
        let answer = world.answer(event).await;
        assert_eq!(answer["Status"], "FAILED", "{field} {value}");
        let reason = answer["Reason"].as_str().unwrap();
        assert!(reason.contains(expected), "{reason}");
        let id = if field == "PhysicalResourceId" { "thing:none" } else { "thing-0" };
        assert_eq!(answer["PhysicalResourceId"], id, "{field}");
    }
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a2_a_field_that_is_absent_is_like_one_that_is_null() {
    let world = World::start().await;
    for field in ["RequestType", "ResourceProperties", "OldResourceProperties", "PhysicalResourceId"] {
        let mut event = world.update(json!({}));
        event.as_object_mut().unwrap().remove(field);
        let answer = world.answer(event).await;
        assert_eq!(answer["Status"], "FAILED");
        let reason = answer["Reason"].as_str().unwrap();
        assert!(reason.ends_with(&format!("`{field}` is missing")), "{reason}");
    }
}

#[tokio::test]
async fn a3_fields_that_are_not_known_are_ignored_and_cloudformations_own_do_not_reach_the_provider() {
    let world = World::start().await;
    let mut event =
        world.create(json!({"ServiceTimeout": "30", "Data": {"ServiceToken": "kept below the top"}}));
    event["ServiceTimeout"] = json!("30");
    event["SomethingNew"] = json!({"In": ["2030"]});
    let answer = world.answer(event).await;
    assert_eq!(answer["Status"], "SUCCESS");
    assert_eq!(answer["Data"]["ServiceToken"], "kept below the top");
}

#[tokio::test]
async fn a7_a_delete_works_with_properties_that_nobody_can_read() {
    let world = World::start().await;
    for properties in [json!(null), json!("text"), json!([1]), json!({"Retired": {"Key": true}})] {
        let mut event = world.delete("thing-1", json!({}));
        event["ResourceProperties"] = properties;
        assert_eq!(world.answer(event).await["Status"], "SUCCESS");
    }
    assert_eq!(world.calls(), ["Delete thing-1"; 4]);
}

#[tokio::test]
async fn e6_a_delete_without_an_id_succeeds_with_a_constant_one_and_calls_nothing() {
    let world = World::start().await;
    for id in [json!(null), json!("")] {
        let mut event = world.delete("", json!({}));
        event["PhysicalResourceId"] = id;
        let answer = world.answer(event).await;
        assert_eq!(answer["Status"], "SUCCESS");
        assert_eq!(answer["PhysicalResourceId"], "nothing-to-delete");
    }
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn e9_a_delete_answers_the_events_id_whatever_it_looks_like() {
    let world = World::start().await;
    for id in [
        "mystack-MyRes-17SKXEL5JB7FZ",
        "2024/04/30/[$LATEST]abc",
        "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED",
        "é \"quoted\" \\ 🚀",
    ] {
        for (action, status) in [("succeed", "SUCCESS"), ("fail", "FAILED")] {
            let event = world.delete(id, json!({"Do": action, "Reason": "as told", "Record": "another"}));
            let answer = world.answer(event).await;
            assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!(status), &json!(id)));
        }
    }
}

#[tokio::test]
async fn a2_the_typed_requests_of_aws_lambda_events_are_read() {
    let world = World::start().await;
    let ids = |request_id: &str| {
        (
            request_id.to_owned(),
            world.url(),
            STACK_ID.to_owned(),
            "Custom::Thing".to_owned(),
            LOGICAL_ID.to_owned(),
        )
    };

    let mut create = CreateRequest::default();
    (
        create.request_id,
        create.response_url,
        create.stack_id,
        create.resource_type,
        create.logical_resource_id,
    ) = ids("r-1");
    create.resource_properties = json!({"Id": "thing-7"});

    let mut update = UpdateRequest::default();
    (
        update.request_id,
        update.response_url,
        update.stack_id,
        update.resource_type,
        update.logical_resource_id,
    ) = ids("r-2");
    update.physical_resource_id = "thing-7".to_owned();
    update.resource_properties = json!({});
    update.old_resource_properties = json!({"Id": "thing-7"});

    let mut delete = DeleteRequest::default();
    (
        delete.request_id,
        delete.response_url,
        delete.stack_id,
        delete.resource_type,
        delete.logical_resource_id,
    ) = ids("r-3");
    delete.physical_resource_id = "thing-7".to_owned();

    let requests: [Typed<Value, Value>; 3] =
        [Typed::Create(create), Typed::Update(update), Typed::Delete(delete)];
    for (request, request_id) in requests.iter().zip(["r-1", "r-2", "r-3"]) {
        let answer = world.answer(serde_json::to_value(request).unwrap()).await;
        assert_eq!(answer["Status"], "SUCCESS", "{answer}");
        assert_eq!(answer["RequestId"], request_id);
        assert_eq!(answer["PhysicalResourceId"], "thing-7");
    }
    assert_eq!(world.calls(), ["Create", "Update thing-7", "Delete thing-7"]);
}

#[tokio::test]
async fn an_event_that_does_not_say_whom_to_answer_is_an_error_and_nothing_is_called() {
    let world = World::start().await;
    for field in ["ResponseURL", "StackId", "RequestId", "LogicalResourceId"] {
        let mut event = world.create(json!({}));
        event.as_object_mut().unwrap().remove(field);
        let error = world.handle(event).await.unwrap_err();
        assert_eq!(error.error_type(), "UnanswerableRequest");
        assert!(error.to_string().contains(field), "{error}");
    }
    for event in [json!(null), json!([]), json!("text"), json!({"Records": []})] {
        assert_eq!(world.handle(event).await.unwrap_err().error_type(), "UnanswerableRequest");
    }
    assert_eq!((world.calls(), world.puts().len()), (Vec::new(), 0));
}
