//! The journal: every call of a known operation, with what it was answered.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Operation;

/// A call as it was made and answered. Serialised it is one line of JSON, its time in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// The ARN of the principal that signed the request; empty when its signature was not verified.
    #[serde(default)]
    pub caller: String,
    /// The region that the request was signed for; empty when its signature was not verified.
    #[serde(default)]
    pub region: String,
    /// The HTTP method.
    pub method: String,
    /// The raw path and query, percent-encoded as they came.
    pub uri: String,
    /// The request's headers, in lower case, without `authorization` and `x-amz-security-token`.
    pub request_headers: BTreeMap<String, String>,
    /// The request's body; null when empty, a string when it is no JSON.
    pub request_body: Value,
    /// The status of the answer; 0 when there was none, or none yet.
    pub status: u16,
    /// The answer's headers, in lower case.
    pub response_headers: BTreeMap<String, String>,
    /// The answer's body; null when empty, a string when it is no JSON.
    pub response_body: Value,
    /// Whether the call changed something: a write that the service carried out, even if it wrote what was there.
    pub effect: bool,
    /// Whether a scripted fault held for the call.
    pub scripted: bool,
    /// The time since the emulator was made.
    #[serde(with = "seconds")]
    pub at: Duration,
}

/// The calls by a running number, so that an answer finds its call after the journal was cleared.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    next: u64,
    calls: BTreeMap<u64, Call>,
}

impl Journal {
    pub(crate) fn open(&mut self, call: Call) -> u64 {
        let number = self.next;
        self.next += 1;
        self.calls.insert(number, call);
        number
    }

    pub(crate) fn update(&mut self, number: u64, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.get_mut(&number) {
            change(call);
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.values().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}

/// The headers that may be shown.
pub(crate) fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "authorization" | "x-amz-security-token"))
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

/// A body as the journal shows it.
pub(crate) fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
