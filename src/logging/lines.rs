//! A line of the log: one JSON object, with the ids of the request in `span`.
//!
//! `span` has the fields of all spans that the line stands in, the inner ones first, so that an operation adds to its request's
//! ids. A field called `details` that is a JSON object is not written as text: its members become the line's own.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::time::SystemTime;

use connect_security_profile::timestamp::rfc3339;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as a line.
pub(super) struct Lines<M> {
    writer: M,
}

impl<M> Lines<M> {
    pub(super) fn to(writer: M) -> Self {
        Self { writer }
    }
}

/// What a span says of itself.
struct Said(Map<String, Value>);

impl<S, M, W> Layer<S> for Lines<M>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    M: Fn() -> W + 'static,
    W: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut said = Map::new();
        attributes.record(&mut Members(&mut said));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Said(said));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Said(said)) = span.extensions_mut().get_mut()
        {
            values.record(&mut Members(said));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut members = Map::new();
        event.record(&mut Members(&mut members));
        if let Some(Value::String(details)) = members.remove("details") {
            match serde_json::from_str(&details) {
                Ok(Value::Object(details)) => {
                    for (name, value) in details.into_iter().filter(|(_, value)| !value.is_null()) {
                        members.entry(name).or_insert(value);
                    }
                }
                _ => drop(members.insert("details".to_owned(), Value::String(details))),
            }
        }
        let metadata = event.metadata();
        members.insert("target".to_owned(), metadata.target().into());
        let mut ids = Map::new();
        for span in context.event_scope(event).into_iter().flatten() {
            // The outermost, which is the request's.
            ids.insert("name".to_owned(), span.name().into());
            if let Some(Said(said)) = span.extensions().get() {
                for (name, value) in said {
                    ids.entry(name.as_str()).or_insert_with(|| value.clone());
                }
            }
        }
        if !ids.is_empty() {
            members.insert("span".to_owned(), Value::Object(ids));
        }
        let line = line(&rfc3339(SystemTime::now()), metadata.level().as_str(), members);
        // One that cannot be written is lost.
        let _ = (self.writer)().write_all(line.as_bytes());
    }
}

/// Time and level first, for those who read lines as they are.
fn line(timestamp: &str, level: &str, mut members: Map<String, Value>) -> String {
    for own in ["timestamp", "level"] {
        members.remove(own);
    }
    let rest = Value::Object(members).to_string();
    visible(&format!("{{\"timestamp\":\"{timestamp}\",\"level\":\"{level}\",{}\n", &rest[1..]))
}

/// Takes fields for members.
struct Members<'a>(&'a mut Map<String, Value>);

impl Members<'_> {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.insert(field, u64::try_from(value).unwrap_or(u64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

/// Escapes what JSON may hold as it is, but what ends a line, commands a terminal or turns text around for whoever reads the
/// log: DEL, C1, Unicode's separators, and what cannot be seen.
fn visible(line: &str) -> String {
    let mut visible = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                let _ = write!(visible, "\\u{:04x}", u32::from(character));
            }
            character => visible.push(character),
        }
    }
    visible
}

/// Writes a line as it is, beside those of the log. One that cannot be written is lost, as a line of the log is.
pub(super) fn write(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use std::sync::{Arc, Mutex};

    use tracing::level_filters::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::super::targets::targets;
    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that are written at a level.
    pub(crate) fn lines_at(level: LevelFilter, act: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let writer = kept.clone();
        let layer = Lines::to(move || writer.clone());
        tracing::subscriber::with_default(
            tracing_subscriber::registry().with(targets(level)).with(layer),
            act,
        );
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        written.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn what_a_line_holds_stays_what_it_was_and_can_be_seen() {
        let text = "é 🚀 \u{7f}\u{9b}\u{85}\u{2028}\u{202e}\u{feff}";
        let line = visible(&serde_json::json!(text).to_string());
        assert_eq!(line, r#""é 🚀 \u007f\u009b\u0085\u2028\u202e\ufeff""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    #[test]
    fn a_line_has_the_ids_of_every_span_at_every_level_and_the_members_of_its_details() {
        for level in [LevelFilter::TRACE, LevelFilter::INFO, LevelFilter::WARN, LevelFilter::ERROR] {
            let lines = lines_at(level, || {
                let request =
                    tracing::error_span!("request", request_id = "r", physical_id = tracing::field::Empty);
                let _request = request.enter();
                let _profile = tracing::error_span!("profile", profile = "Agents").entered();
                request.record("physical_id", "p");
                let details = r#"{"guard":"G","message":"forged","level":"forged","none":null}"#;
                tracing::error!(bytes = 7, wait_ms = 8_u128, details, "text \u{1b}\n");
                tracing::error!(details = "no object");
            });
            assert_eq!(lines.len(), 2, "{level}");
            let mut line = lines[0].clone();
            assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
            line["timestamp"] = Value::Null;
            let expected = serde_json::json!({
                "timestamp": null, "level": "ERROR", "message": "text \u{1b}\n", "bytes": 7, "wait_ms": 8, "guard": "G",
                "target": "bootstrap::logging::lines::tests",
                "span": {"name": "request", "request_id": "r", "physical_id": "p", "profile": "Agents"},
            });
            assert_eq!(line, expected);
            assert_eq!(lines[1]["details"], "no object");
        }
    }
}
