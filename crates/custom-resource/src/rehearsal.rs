//! The handler without Lambda: for tools and tests that want to see what an event would be answered.

use std::time::{Duration, SystemTime};

use lambda_runtime::Context;
use serde_json::Value;

use crate::envelope::Unanswerable;
use crate::error::HandlerError;
use crate::handler::{Handler, Settings};
use crate::operation::Operations;
use crate::provider::Provider;
use crate::records::{Arrival, unwrap};

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sending {
    /// It is sent to the event's `ResponseURL`, as in Lambda.
    Send,
    /// It is sent nowhere. The `ResponseURL` must be one that is allowed, but its dates do not count: the event is taken
    /// for one that was just sent.
    Keep,
}

/// The events of a payload, as [`Handler::handle`] takes them: one that came alone, or each of a batch.
///
/// # Errors
/// In place of a record that holds no event.
#[must_use]
pub fn events(payload: Value) -> Vec<Result<Value, Unanswerable>> {
    match unwrap(payload) {
        Arrival::Alone(event) => vec![Ok(event.members)],
        Arrival::Batch(records) => {
            records.into_iter().map(|record| record.map(|event| event.members)).collect()
        }
    }
}

impl<P: Provider> Handler<P> {
    /// A handler whose operations run on the runtime that waits for them, and so on its clock, which may be stopped. Not
    /// for Lambda: an operation that blocks its thread keeps the answer from being made.
    pub fn on_this_runtime(provider: P, settings: Settings) -> Self {
        Self::with(provider, settings, Operations::here())
    }

    /// Acts on an event as [`handle`](Self::handle) does, as the function of that ARN with so much time left, and gives back
    /// the answers: one document, or one for each record of a batch.
    ///
    /// # Errors
    /// What is not answered; with [`Sending::Send`] also what did not get through.
    pub async fn rehearse(
        &self,
        event: Value,
        function_arn: &str,
        time: Duration,
        sending: Sending,
    ) -> Vec<Result<Value, HandlerError>> {
        let mut context = Context::default();
        function_arn.clone_into(&mut context.invoked_function_arn);
        let end = (SystemTime::now() + time).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        context.deadline = u64::try_from(end.as_millis()).unwrap_or(u64::MAX);
        let answers = self.answers(unwrap(event), &context, sending).await;
        // What was written here is JSON.
        let read = |document: String| serde_json::from_str(&document).unwrap_or_default();
        answers.into_iter().map(|answer| answer.map(read)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::{Create, Delete, Failure, Invocation, PhysicalId, Success, Update};

    struct Slow;

    impl Provider for Slow {
        fn nothing_created(&self) -> PhysicalId {
            PhysicalId::parse("none").unwrap()
        }

        fn perhaps_created(&self) -> PhysicalId {
            PhysicalId::parse("unknown").unwrap()
        }

        async fn create(&self, _: Create, invocation: Invocation) -> Result<Success, Failure> {
            tokio::time::sleep(Duration::from_mins(1)).await;
            let physical_id = PhysicalId::parse(invocation.function_arn()).unwrap();
            Ok(Success { physical_id, data: std::collections::BTreeMap::new(), no_echo: false })
        }

        async fn update(&self, _: Update, _: Invocation) -> Result<Success, Failure> {
            Err(Failure::new("no"))
        }

        async fn delete(&self, _: Delete, _: Invocation) -> Result<(), Failure> {
            panic!("boom")
        }
    }

    /// Keeps what it is told of failures that are not its own.
    #[derive(Default)]
    struct Counted(Arc<Mutex<Vec<crate::ProtocolCode>>>);

    impl Counted {
        fn new() -> (Self, Arc<Mutex<Vec<crate::ProtocolCode>>>) {
            let counted = Self::default();
            let codes = Arc::clone(&counted.0);
            (counted, codes)
        }
    }

    impl Provider for Counted {
        fn nothing_created(&self) -> PhysicalId {
            Slow.nothing_created()
        }

        fn perhaps_created(&self) -> PhysicalId {
            Slow.perhaps_created()
        }

        async fn create(&self, request: Create, invocation: Invocation) -> Result<Success, Failure> {
            Slow.create(request, invocation).await
        }

        async fn update(&self, request: Update, invocation: Invocation) -> Result<Success, Failure> {
            Slow.update(request, invocation).await
        }

        async fn delete(&self, request: Delete, invocation: Invocation) -> Result<(), Failure> {
            Slow.delete(request, invocation).await
        }

        fn failed_without(&self, code: crate::ProtocolCode, _: &str) {
            self.0.lock().unwrap().push(code);
        }
    }
    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    fn event(kind: &str) -> Value {
        json!({
            "RequestType": kind, "RequestId": "r", "LogicalResourceId": "L", "ResourceType": "Custom::T",
            "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/s/5b6e0f2a-0000-11ee-be56-0242ac120002",
            "PhysicalResourceId": "p", "ResourceProperties": {}, "OldResourceProperties": {},
            "ResponseURL": "https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/k\
                ?X-Amz-Date=20200101T000000Z&X-Amz-Expires=7200&X-Amz-Signature=s"
        })
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_answered_without_a_socket_on_the_clock_of_the_caller_whatever_its_age() {
        let handler = Handler::on_this_runtime(Slow, Settings::default());
        let records = ["Create", "Update", "Delete"].map(|kind| json!({ "body": event(kind) }));
        let batch = json!({ "Records": records });
        let mut answers = Vec::new();
        for answer in handler.rehearse(batch, FUNCTION, Duration::from_mins(5), Sending::Keep).await {
            let answer = answer.unwrap();
            answers.push(format!("{} {}", answer["Status"], answer["PhysicalResourceId"]));
        }
        answers.sort();
        let made = format!(r#""SUCCESS" "{FUNCTION}""#);
        assert_eq!(answers, [r#""FAILED" "p""#, r#""FAILED" "p""#, &made]);
    }

    #[tokio::test]
    async fn an_operation_that_cannot_be_started_is_answered_and_counted_by_its_code() {
        let (provider, counted) = Counted::new();
        let handler = Handler::with(provider, Settings::default(), Operations::without_memory());
        let answers =
            handler.rehearse(event("Update"), FUNCTION, Duration::from_mins(5), Sending::Keep).await;
        let reason = answers[0].as_ref().unwrap()["Reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("could not be started"), "{reason}");
        assert_eq!(*counted.lock().unwrap(), [crate::ProtocolCode::OperationNotStarted]);
    }

    #[tokio::test]
    async fn a_response_url_that_is_refused_is_refused_here_too() {
        let handler = Handler::on_this_runtime(Slow, Settings::default());
        let mut event = event("Delete");
        event["ResponseURL"] = json!("https://example.com/k");
        let answers = handler.rehearse(event, FUNCTION, Duration::from_mins(5), Sending::Keep).await;
        assert!(matches!(answers[..], [Err(HandlerError::RefusedUrl(_))]), "{answers:?}");
    }
}
