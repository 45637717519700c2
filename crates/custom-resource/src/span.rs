//! The span of a request: the ids that every line of the log carries.

use serde_json::Value;
use tracing::field::Empty;
use tracing::{Span, error_span};

use crate::request::physical_id_of;

/// The span of a request, which is there at every level of the log, because the lines within take the ids from it. As the
/// ids are those of an event that may be anything, each is cut to what a real one has at most.
pub(crate) fn span_of(event: &Value) -> Span {
    let text = |name: &str| {
        let text = event.get(name).and_then(Value::as_str);
        text.map(|text| text.chars().take(LONGEST_ID).collect::<String>())
    };
    let span = error_span!(
        "request",
        request_id = text("RequestId"),
        stack = text("StackId"),
        logical_id = text("LogicalResourceId"),
        resource_type = text("ResourceType").unwrap_or_default(),
        physical_id = Empty,
    );
    if let Some(physical_id) = physical_id_of(event) {
        span.record("physical_id", physical_id.as_str());
    }
    span
}

/// A stack's ARN has at most some 250 characters, a logical id 255, the name of a type 60.
const LONGEST_ID: usize = 300;
