//! The ways in which an event arrives: as itself, or within the records that SNS makes.
//!
//! CloudFormation sends to a topic what it would send to a function, and SNS puts it as a string in
//! `Records[].Sns.Message`. A subscription with raw message delivery goes through a queue, whose records carry the
//! event, or SNS's own envelope, as a string in `body`.
//!
//! The records are read one by one from plain JSON. `aws_lambda_events` has a type for the batch, but a record that
//! does not fit it fails the whole batch, and then nobody is answered.

use serde_json::Value;

use crate::envelope::Unanswerable;

/// An event as it arrived, or each of a batch.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    Alone(Value),
    Batch(Vec<Result<Value, Unanswerable>>),
}

pub(crate) fn unwrap(mut payload: Value) -> Arrival {
    match payload.get_mut("Records").map(Value::take) {
        Some(Value::Array(records)) => Arrival::Batch(records.into_iter().map(event_of).collect()),
        _ => Arrival::Alone(payload),
    }
}

/// The event within a record, through any of the envelopes it may be in, one in another.
fn event_of(mut record: Value) -> Result<Value, Unanswerable> {
    // A record, SNS within a queue's body, the message, the event: no more envelopes than that.
    for _ in 0..4 {
        if record.get("ResponseURL").is_some() {
            return Ok(record);
        }
        let inner = ["Sns", "Message", "body"]
            .into_iter()
            .find_map(|name| record.get_mut(name).map(Value::take))
            .ok_or(Unanswerable::NotAnEvent)?;
        record = match inner {
            Value::String(text) => serde_json::from_str(&text).map_err(|_| Unanswerable::NotAnEvent)?,
            inner => inner,
        };
    }
    if record.get("ResponseURL").is_some() { Ok(record) } else { Err(Unanswerable::NotAnEvent) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn i1_an_event_is_found_in_every_envelope() {
        let event = json!({"ResponseURL": "u", "RequestId": "r"});
        let sns = json!({"Type": "Notification", "Message": event.to_string()});
        for record in [
            json!({"EventSource": "aws:sns", "Sns": sns}),
            json!({"eventSource": "aws:sqs", "body": event.to_string()}),
            json!({"eventSource": "aws:sqs", "body": sns.to_string()}),
            event.clone(),
        ] {
            assert_eq!(unwrap(json!({"Records": [record]})), Arrival::Batch(vec![Ok(event.clone())]));
        }
        assert_eq!(unwrap(event.clone()), Arrival::Alone(event));
    }

    #[test]
    fn i1_a_bad_record_does_not_lose_the_others() {
        let event = json!({"ResponseURL": "u"});
        let good = json!({"Sns": {"Message": event.to_string()}});
        let records =
            json!([{"Sns": {"Message": "not JSON"}}, good, 7, {"Sns": null}, {"Sns": {"Message": "[]"}}]);
        let bad = || Err(Unanswerable::NotAnEvent);
        assert_eq!(
            unwrap(json!({ "Records": records })),
            Arrival::Batch(vec![bad(), Ok(event), bad(), bad(), bad()])
        );
    }
}
