//! Logs as JSON lines on standard output, which Lambda takes to CloudWatch.

#[path = "logging/lines.rs"]
mod lines;
#[path = "logging/targets.rs"]
mod targets;

use std::io;
use std::panic::PanicHookInfo;

use lines::Lines;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging at a level. A panic is a line like any other from now on.
pub(crate) fn start(level: LevelFilter) {
    // A second start in one process would be a mistake of ours, and no reason to fail an event.
    let _ =
        tracing_subscriber::registry().with(targets::targets(level)).with(Lines::to(io::stdout)).try_init();
    std::panic::set_hook(Box::new(panicked));
}

/// Writes a line as it is, beside those of the log.
pub(crate) fn write_line(line: &str) {
    lines::write(line);
}

/// Says where it was. The message of a panic may hold a value, such as the text that could not be cut; only one that is the same
/// whatever happens is shown.
fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let message = panic.payload().downcast_ref::<&'static str>();
    tracing::error!(place, panic = message, "a panic, which is a defect");
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, set_hook, take_hook};

    use super::*;

    #[test]
    fn a_panic_is_a_line_with_its_place_and_without_a_value() {
        let usual = take_hook();
        set_hook(Box::new(panicked));
        let lines = lines::tests::lines_at(LevelFilter::ERROR, || {
            let secret = String::from("CANARY");
            drop(catch_unwind(|| panic!("the value is {secret}")));
            drop(catch_unwind(|| panic!("a constant")));
        });
        set_hook(usual);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines
                .iter()
                .all(|line| line["place"].as_str().is_some_and(|place| place.contains("src/logging.rs")))
        );
        assert_eq!(lines[0].get("panic"), None);
        assert_eq!(lines[1]["panic"], "a constant");
    }
}
