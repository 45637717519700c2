//! H: each of the protocol's codes is in the log when its failure comes about.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use custom_resource::{
    Create, Delete, Failure, Handler, Invocation, PhysicalId, ProtocolCode, Provider, Settings, Success,
    Update,
};
use lambda_harness::{LOGICAL_ID, Reply, STACK_ID, Signature, create_event};
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};

use crate::kit::{PLENTY, SHORT, World, context, logs};

/// The codes that were logged for a request.
fn codes_of(request_id: &str) -> Vec<String> {
    let lines = logs().text();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["span"]["request_id"] == request_id)
        .filter_map(|line| Some(line["fields"]["code"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn h9_each_code_is_in_the_log_when_its_failure_comes_about() {
    drop(logs());
    for code in ProtocolCode::ALL {
        let world = World::start().await;
        let mut event = world.create(json!({}));
        let request_id = event["RequestId"].as_str().unwrap().to_owned();
        let mut time = PLENTY;
        match code {
            ProtocolCode::MalformedRequest => event["RequestType"] = json!("Read"),
            ProtocolCode::RequestTooLate => {
                let ago = SystemTime::now() - Duration::from_mins(65);
                let validity = Duration::from_hours(2);
                event["ResponseURL"] = json!(world.bucket.url_with(
                    Signature::V4,
                    STACK_ID,
                    LOGICAL_ID,
                    &request_id,
                    ago,
                    validity
                ));
            }
            ProtocolCode::DeadlineExceeded => {
                event["ResourceProperties"] = json!({"Do": "hang"});
                time = SHORT;
            }
            ProtocolCode::ProviderPanicked => event["ResourceProperties"] = json!({"Do": "panic later"}),
            ProtocolCode::ResponseTooLong => {
                event["ResourceProperties"] = json!({"Data": {"Key": "x".repeat(5000)}});
            }
            ProtocolCode::Unspecified => {
                event["ResourceProperties"] = json!({"Do": "fail", "Reason": "as told"});
            }
            ProtocolCode::UnanswerableRequest => drop(event.as_object_mut().unwrap().remove("StackId")),
            ProtocolCode::ResponseUrlRefused => event["ResponseURL"] = json!("https://evil.example/key"),
            ProtocolCode::ResponseNotDelivered => world.bucket.script(vec![Reply::Status(403)]),
            // `an_operation_that_cannot_be_started_is_answered_and_counted_by_its_code`, `c11_…` in process.rs, and below.
            ProtocolCode::OperationNotStarted
            | ProtocolCode::HttpClientUnavailable
            | ProtocolCode::ResponseInterrupted => continue,
        }
        drop(world.handle_within(event, time).await);
        assert_eq!(codes_of(&request_id), [code.to_string()]);
    }
}

/// A provider that panics where it must not.
struct Careless;

impl Provider for Careless {
    fn nothing_created(&self) -> PhysicalId {
        panic!("as told")
    }

    fn perhaps_created(&self) -> PhysicalId {
        panic!("as told")
    }

    async fn create(&self, _: Create, _: Invocation) -> Result<Success, Failure> {
        Err(Failure::new("as told"))
    }

    async fn update(&self, _: Update, _: Invocation) -> Result<Success, Failure> {
        let physical_id = PhysicalId::parse("thing").unwrap();
        Ok(Success { physical_id, data: BTreeMap::new(), no_echo: false })
    }

    async fn delete(&self, _: Delete, _: Invocation) -> Result<(), Failure> {
        Ok(())
    }
}

#[tokio::test]
async fn h9_a_record_whose_task_ends_without_a_response_has_a_code() {
    let world = World::start().await;
    let origin = world.bucket.origin().parse().unwrap();
    let handler = Handler::new(Careless, Settings { allowed_origins: vec![origin], ..Settings::default() });
    drop(logs());
    let event = create_event(&world.url(), json!({}));
    let request_id = event["RequestId"].as_str().unwrap().to_owned();
    let records = json!({"Records": [{"body": event.to_string()}]});
    let error = handler.handle(LambdaEvent::new(records, context(PLENTY))).await.unwrap_err();
    assert_eq!(error.code(), ProtocolCode::ResponseInterrupted);
    assert_eq!(codes_of(&request_id), [ProtocolCode::ResponseInterrupted.to_string()]);
}
