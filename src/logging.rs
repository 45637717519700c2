//! Logs as JSON lines on standard output, which Lambda takes to CloudWatch.

use std::fmt::Write as _;
use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. Only our own words follow `level`: at DEBUG and TRACE the runtime and the SDK write whole events, requests
/// and answers, and with them the response URL, descriptions and tag values.
pub(crate) fn start(level: LevelFilter) {
    let ours = ["bootstrap", "connect_security_profile", "custom_resource"];
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours.map(|target| (target, level)));
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_current_span(true)
        .with_writer(|| Visible(io::stdout()));
    // A second start in one process would be a mistake of ours, and no reason to fail an event.
    let _ = tracing_subscriber::registry().with(targets).with(json).try_init();
}

/// Writes a line as it is, beside those of the log. One that cannot be written is lost, as a line of the log is.
pub(crate) fn write_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Escapes what JSON may hold as it is, but what ends a line, commands a terminal or turns text around for whoever reads the
/// log: DEL, C1, Unicode's separators, and what cannot be seen. The layer writes whole lines, so a newline ends one.
struct Visible<W>(W);

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(visible(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn what_a_line_holds_stays_what_it_was_and_can_be_seen() {
        let text = "é 🚀 \u{7f}\u{9b}\u{85}\u{2028}\u{202e}\u{feff}";
        let line = visible(&serde_json::json!(text).to_string());
        assert_eq!(line, r#""é 🚀 \u007f\u009b\u0085\u2028\u202e\ufeff""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
