//! The ways in which an event arrives: as itself, or within the records that SNS makes.
//!
//! CloudFormation sends to a topic what it would send to a function, and SNS puts it as a string in
//! `Records[].Sns.Message`. A subscription with raw message delivery goes through a queue, whose records carry the
//! event, or SNS's own envelope, as a string in `body`.
//!
//! The records are read one by one from plain JSON. `aws_lambda_events` has a type for the batch, but a record that
//! does not fit it fails the whole batch, and then nobody is answered. Nor does a record that no reader takes: the others are
//! read all the same, and so is the event within it, as far as that can be.

use serde_json::Value;

use crate::envelope::Unanswerable;
use crate::event::{Event, Text};
use crate::fragments::{Fragments, without_mark};

/// An event as it arrived, or each of a batch.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    Alone(Event),
    Batch(Vec<Result<Event, Unanswerable>>),
}

/// A record, SNS within a queue's body, the message, the event: no more envelopes than that.
const MOST_ENVELOPES: usize = 4;

/// What an envelope holds its content as.
const CONTENTS: [&str; 3] = ["Sns", "Message", "body"];

/// Reads the bytes that Lambda delivers, whatever they are.
pub(crate) fn read(payload: &[u8]) -> Arrival {
    let payload = without_mark(payload);
    if let Ok(payload) = serde_json::from_slice(payload) {
        return unwrap(payload);
    }
    let records = Fragments::of_object(payload).get("Records").filter(|records| records.starts_with(b"["));
    let Some(records) = records else { return Arrival::Alone(Event::in_parts(payload)) };
    let records = Fragments::of_array(records).members.into_iter();
    Arrival::Batch(records.map(|(_, record)| event_within(record, MOST_ENVELOPES)).collect())
}

pub(crate) fn unwrap(mut payload: Value) -> Arrival {
    match payload.get_mut("Records").map(Value::take) {
        Some(Value::Array(records)) => {
            Arrival::Batch(records.into_iter().map(|record| event_of(record, MOST_ENVELOPES)).collect())
        }
        _ => Arrival::Alone(payload.into()),
    }
}

/// The event within a record, through any of the envelopes it may be in, one in another.
fn event_of(mut record: Value, envelopes: usize) -> Result<Event, Unanswerable> {
    for left in (0..envelopes).rev() {
        if record.get("ResponseURL").is_some() {
            return Ok(record.into());
        }
        let inner = CONTENTS
            .into_iter()
            .find_map(|name| record.get_mut(name).map(Value::take))
            .ok_or(Unanswerable::NotAnEvent)?;
        record = match inner {
            Value::String(text) => return event_within(text.as_bytes(), left),
            inner => inner,
        };
    }
    if record.get("ResponseURL").is_some() { Ok(record.into()) } else { Err(Unanswerable::NotAnEvent) }
}

/// The same from a text.
fn event_within(text: &[u8], envelopes: usize) -> Result<Event, Unanswerable> {
    let text = without_mark(text);
    if let Ok(record) = serde_json::from_slice(text) {
        return event_of(record, envelopes);
    }
    let fragments = Fragments::of_object(text);
    if fragments.get("ResponseURL").is_some() {
        return Ok(Event::in_parts(text));
    }
    let left = envelopes.checked_sub(1).ok_or(Unanswerable::NotAnEvent)?;
    let inner = CONTENTS.into_iter().find_map(|name| fragments.get(name)).ok_or(Unanswerable::NotAnEvent)?;
    match serde_json::from_slice(inner) {
        Ok(Text(inner)) => event_within(&inner, left),
        Err(_) => event_within(inner, left),
    }
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
            assert_eq!(unwrap(json!({"Records": [record]})), Arrival::Batch(vec![Ok(event.clone().into())]));
        }
        assert_eq!(unwrap(event.clone()), Arrival::Alone(event.into()));
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
            Arrival::Batch(vec![bad(), Ok(event.into()), bad(), bad(), bad()])
        );
    }
}
