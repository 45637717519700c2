//! From the bytes that Lambda delivers to an answer, without a provider: the records of topics and queues, the envelope, the
//! request, and the document that is answered. Laws: total; whatever wraps an event, the same event comes out; the document
//! is one that CloudFormation takes.
//!
//! The modules are those of `custom-resource` itself, which does not show them.

#![no_main]
#![allow(dead_code, reason = "the modules have more than is tried here")]

#[path = "../../crates/custom-resource/src/code.rs"]
mod code;
#[path = "../../crates/custom-resource/src/envelope.rs"]
mod envelope;
#[path = "../../crates/custom-resource/src/event.rs"]
mod event;
#[path = "../../crates/custom-resource/src/failure.rs"]
mod failure;
#[path = "../../crates/custom-resource/src/fragments.rs"]
mod fragments;
#[path = "../../crates/custom-resource/src/invocation.rs"]
mod invocation;
#[path = "../../crates/custom-resource/src/physical_id.rs"]
mod physical_id;
#[path = "../../crates/custom-resource/src/provider.rs"]
mod provider;
#[path = "../../crates/custom-resource/src/records.rs"]
mod records;
#[path = "../../crates/custom-resource/src/request.rs"]
mod request;
#[path = "../../crates/custom-resource/src/response.rs"]
mod response;
#[path = "../../crates/custom-resource/src/stack_arn.rs"]
mod stack_arn;
#[path = "../../crates/custom-resource/src/text.rs"]
mod text;

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

use envelope::Envelope;
use event::Event;
use physical_id::PhysicalId;
use provider::Success;
use records::{Arrival, read, unwrap};
use request::{Request, physical_id_of};
use response::{Answer, Status, render};

fuzz_target!(|data: &[u8]| {
    let Ok(payload) = serde_json::from_slice::<Value>(data) else { return try_what_is_read(read(data)) };
    let count = payload.get("Records").and_then(Value::as_array).map(Vec::len);
    if let Value::Object(members) = &payload {
        read_in_parts_it_is_the_same(data, members);
    }
    let arrival = unwrap(payload);
    assert_eq!(arrival, read(data));
    match &arrival {
        Arrival::Alone(event) => {
            assert_eq!(count, None);
            if event.members.get("ResponseURL").is_some() {
                the_same_event_comes_out(&event.members);
            }
        }
        Arrival::Batch(events) => assert_eq!(count, Some(events.len()), "a bad record loses no other"),
    }
    try_what_is_read(arrival);
});

fn try_what_is_read(arrival: Arrival) {
    match arrival {
        Arrival::Alone(event) => try_event(&event),
        Arrival::Batch(events) => {
            for event in events.into_iter().flatten() {
                assert!(event.obstacle().is_some() || event.members.get("ResponseURL").is_some());
                try_event(&event);
            }
        }
    }
}

/// What a reader takes is not damaged, and what it reads comes out member by member, too.
fn read_in_parts_it_is_the_same(data: &[u8], members: &serde_json::Map<String, Value>) {
    let event = Event::in_parts(data);
    assert_eq!(event.obstacle(), None);
    assert_eq!(event.members.as_object(), Some(members));
}

fn the_same_event_comes_out(event: &Value) {
    let text = event.to_string();
    // A number of more digits than are kept is another one once it was written and read.
    let event = &serde_json::from_str::<Value>(&text).expect("JSON that was just written");
    let sns = json!({"Type": "Notification", "Message": text});
    for record in [
        json!({"Sns": sns}),
        json!({"body": text}),
        json!({"body": sns.to_string()}),
        json!({"body": json!({"Sns": sns}).to_string()}),
    ] {
        assert_eq!(
            unwrap(json!({"Records": [7, record]})),
            Arrival::Batch(vec![Err(envelope::Unanswerable::NotAnEvent), Ok(event.clone().into())])
        );
    }
}

fn try_event(event: &Event) {
    assert_ne!(event.obstacle().as_deref(), Some(""));
    let event = &event.members;
    let Ok(Envelope { ids, .. }) = Envelope::read(event) else { return };
    let reason = match Request::read(event, &ids) {
        Err(mistake) => mistake.to_string(),
        Ok(Request::DeleteOfNothing) => String::new(),
        Ok(Request::Create(create)) => json!(create.properties).to_string(),
        Ok(Request::Update(update)) => update.physical_id,
        Ok(Request::Delete(delete)) => delete.physical_id,
    };
    let id = physical_id_of(event).unwrap_or_else(|| PhysicalId::parse("none").expect("an id"));
    let text = |name: &str| event.get(name).map(ToString::to_string).unwrap_or_default();
    let failed = Answer::Failed { physical_id: id.clone(), reason };
    is_taken_by_cloudformation(&render(&ids, &failed, &text("LogStream")), event);
    let data = [("ResourceProperties", text("ResourceProperties")), ("ResourceType", text("ResourceType"))];
    let data: BTreeMap<String, String> = data.map(|(key, value)| (key.to_owned(), value)).into();
    let success = Answer::Success(Success { physical_id: id, data, no_echo: true });
    is_taken_by_cloudformation(&render(&ids, &success, ""), event);
}

fn is_taken_by_cloudformation(document: &response::Document, event: &Value) {
    assert!(document.body.len() <= 4096, "{} bytes", document.body.len());
    assert!(document.body.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{}", document.body);
    let answer: Value = serde_json::from_str(&document.body).expect("JSON");
    for id in ["StackId", "RequestId", "LogicalResourceId"] {
        assert_eq!(answer[id], event[id], "ids are echoed");
    }
    let is_clean = |text: &str| !text.chars().any(|character| character.is_control() && character != '\n');
    assert!(answer["PhysicalResourceId"].as_str().is_some_and(|id| !id.is_empty() && is_clean(id)));
    match document.status {
        Status::Success => assert_eq!(answer["Status"], "SUCCESS"),
        Status::Failed => {
            assert_eq!(answer["Status"], "FAILED");
            assert!(
                answer["Reason"].as_str().is_some_and(|reason| !reason.trim().is_empty() && is_clean(reason))
            );
        }
    }
    for (key, value) in answer["Data"].as_object().into_iter().flatten() {
        assert!(is_clean(key) && value.as_str().is_some_and(is_clean));
    }
    assert!(answer.as_object().is_some_and(|members| members.values().all(|value| !value.is_null())));
}
