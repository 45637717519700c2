//! The least that must be read of an event to answer it: where to, and the three ids to echo.
//!
//! Everything else may be wrong and is then answered; without these four strings there is nobody to answer to.

use serde_json::Value;

use crate::text::escaped_length;

/// The address and the ids of one event, unchecked and unchanged.
#[derive(Clone)]
pub(crate) struct Envelope {
    pub(crate) response_url: String,
    pub(crate) ids: Ids,
}

/// The three ids that an answer echoes byte for byte.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "they are called so")]
pub(crate) struct Ids {
    pub(crate) stack_id: String,
    pub(crate) request_id: String,
    pub(crate) logical_id: String,
}

/// Why there is nobody to answer to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unanswerable {
    /// One of the four strings is not there.
    #[error("`{0}` is missing or not a string")]
    Missing(&'static str),
    /// The ids of a real event have at most some 550 bytes; these leave no room for an answer.
    #[error("the ids to be echoed have {0} bytes, too many for an answer of 4,096")]
    LongIds(usize),
    /// A record of a batch holds no event.
    #[error("a record holds no JSON event")]
    NotAnEvent,
    /// More records than a topic or a queue delivers at once.
    #[error("there are {0} records in it, more than a topic or a queue delivers")]
    TooManyRecords(usize),
    /// A batch without a record.
    #[error("there is no record in it")]
    Empty,
}

impl Envelope {
    pub(crate) fn read(event: &Value) -> Result<Self, Unanswerable> {
        let field = |name| {
            event
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .ok_or(Unanswerable::Missing(name))
        };
        let envelope = Self {
            response_url: field("ResponseURL")?,
            ids: Ids {
                stack_id: field("StackId")?,
                request_id: field("RequestId")?,
                logical_id: field("LogicalResourceId")?,
            },
        };
        let length = envelope.ids.escaped_length();
        if length > Ids::MAX_LENGTH { Err(Unanswerable::LongIds(length)) } else { Ok(envelope) }
    }
}

impl Ids {
    /// With this, a physical id of 1,024 bytes, escaped, and a short reason still make at most 4,096 bytes.
    const MAX_LENGTH: usize = 768;

    fn escaped_length(&self) -> usize {
        escaped_length(&self.stack_id) + escaped_length(&self.request_id) + escaped_length(&self.logical_id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a2_four_strings_are_needed_and_nothing_else() {
        let event = json!({"ResponseURL": "u", "StackId": "s", "RequestId": "r", "LogicalResourceId": "l"});
        assert!(Envelope::read(&event).is_ok());
        for name in ["ResponseURL", "StackId", "RequestId", "LogicalResourceId"] {
            for value in [json!(null), json!(1), json!("")] {
                let mut event = event.clone();
                event[name] = value;
                assert_eq!(Envelope::read(&event).err(), Some(Unanswerable::Missing(name)));
            }
        }
        assert!(Envelope::read(&json!([])).is_err());
    }

    #[test]
    fn ids_that_leave_no_room_are_not_answered() {
        let mut event =
            json!({"ResponseURL": "u", "StackId": "s", "RequestId": "r", "LogicalResourceId": "l"});
        event["StackId"] = json!("x".repeat(766));
        assert!(Envelope::read(&event).is_ok());
        event["StackId"] = json!("x".repeat(767));
        assert_eq!(Envelope::read(&event).err(), Some(Unanswerable::LongIds(769)));
    }
}
