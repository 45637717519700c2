//! Logs as JSON lines on standard output, which Lambda takes to CloudWatch.

use std::io::Write;

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
        .with_current_span(true);
    // A second start in one process would be a mistake of ours, and no reason to fail an event.
    let _ = tracing_subscriber::registry().with(targets).with(json).try_init();
}

/// Writes a line as it is, beside those of the log. One that cannot be written is lost, as a line of the log is.
pub(crate) fn write_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
