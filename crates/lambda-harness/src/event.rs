//! The events that CloudFormation sends to a custom resource, as plain JSON.
//!
//! The fields are those of AWS's request reference plus the two undocumented ones that are always there, the
//! `ServiceToken` on top and the one inside the properties. Every field can be overwritten afterwards.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// The function's ARN where nothing else was said; also the `ServiceToken` of the events.
pub const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:provider";

/// The stack that an event comes from when its URL does not say.
pub const STACK_ID: &str =
    "arn:aws:cloudformation:us-east-1:000000000000:stack/contact-centre/5b6a1e10-9c1f-11ef-8d5e-0affd1a2b3c4";

/// The logical id of the resource when the event's URL does not say.
pub const LOGICAL_ID: &str = "SupervisorProfile";

/// A request id that no other event has.
#[must_use]
pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A Create. The stack, logical and request id are those in the URL's key, as on AWS.
#[must_use]
pub fn create_event(url: &str, properties: Value) -> Value {
    event("Create", url, properties)
}

/// An Update of the resource with this physical id. See [`create_event`] for the other ids.
#[must_use]
pub fn update_event(url: &str, physical_id: &str, properties: Value, old_properties: Value) -> Value {
    let mut event = event("Update", url, properties);
    event["PhysicalResourceId"] = json!(physical_id);
    event["OldResourceProperties"] = with_service_token(old_properties);
    event
}

/// A Delete of the resource with this physical id. See [`create_event`] for the other ids.
#[must_use]
pub fn delete_event(url: &str, physical_id: &str, properties: Value) -> Value {
    let mut event = event("Delete", url, properties);
    event["PhysicalResourceId"] = json!(physical_id);
    event
}

/// Events as SNS hands them to a function: one record each, the event as a JSON string in `Sns.Message`.
#[must_use]
pub fn sns_event(events: &[Value]) -> Value {
    let records: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws:sns:us-east-1:000000000000:providers:1f2e3d4c",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": request_id(),
                    "TopicArn": "arn:aws:sns:us-east-1:000000000000:providers",
                    "Subject": "AWS CloudFormation custom resource request",
                    "Message": event.to_string(),
                    "Timestamp": "2026-01-01T00:00:00.000Z",
                    "SignatureVersion": "1",
                    "Signature": "EXAMPLE",
                    "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/example.pem",
                    "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
                    "MessageAttributes": {},
                },
            })
        })
        .collect();
    json!({ "Records": records })
}

fn event(request_type: &str, url: &str, properties: Value) -> Value {
    let (stack_id, logical_id, request) =
        ids_of(url).unwrap_or_else(|| (STACK_ID.to_owned(), LOGICAL_ID.to_owned(), request_id()));
    json!({
        "RequestType": request_type,
        "RequestId": request,
        "ResponseURL": url,
        "StackId": stack_id,
        "ServiceToken": FUNCTION_ARN,
        "ResourceType": "Custom::Thing",
        "LogicalResourceId": logical_id,
        "ResourceProperties": with_service_token(properties),
    })
}

fn with_service_token(mut properties: Value) -> Value {
    if let Some(object) = properties.as_object_mut() {
        object.entry("ServiceToken").or_insert_with(|| json!(FUNCTION_ARN));
    }
    properties
}

/// The three ids in a key `<stack id>|<logical id>|<request id>`.
fn ids_of(url: &str) -> Option<(String, String, String)> {
    let path = url.split('?').next()?;
    let key = percent_decode_str(path).decode_utf8().ok()?;
    let start = key.find("arn:")?;
    let mut parts = key[start..].split('|');
    let ids = (parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.to_owned());
    parts.next().is_none().then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_carries_the_ids_of_its_url() {
        let url = "https://b.s3.amazonaws.com/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack/a/b%7CThing%7Cr-1?X-Amz-Date=x";
        let event = create_event(url, json!({"Name": "n"}));
        assert_eq!(event["StackId"], "arn:aws:cloudformation:eu-west-1:1:stack/a/b");
        assert_eq!(event["LogicalResourceId"], "Thing");
        assert_eq!(event["RequestId"], "r-1");
        assert_eq!(event["ResourceProperties"]["ServiceToken"], FUNCTION_ARN);
    }

    #[test]
    fn an_event_with_another_url_gets_ids_of_its_own() {
        let first = create_event("http://127.0.0.1:1/x", json!({}));
        let second = create_event("http://127.0.0.1:1/x", json!({}));
        assert_eq!(first["StackId"], STACK_ID);
        assert_ne!(first["RequestId"], second["RequestId"]);
    }
}
