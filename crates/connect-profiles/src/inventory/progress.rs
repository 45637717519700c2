//! How far the reading is, and how long it will take, on standard error where that is a terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connect_security_profile::operation::Operation;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::quota::Pace;

/// What takes less is over before one has read it.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// The bar. It goes away when it is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    left: Mutex<BTreeMap<(String, Operation), usize>>,
}

impl Progress {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} calls{msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, left: Mutex::default() }
    }

    /// So many more calls are to be made.
    pub fn expect(&self, whose: &str, operation: Operation, calls: usize, pace: &Pace) {
        self.change(whose, operation, |left| left + calls);
        self.bar.inc_length(calls as u64);
        if self.bar.is_hidden() && self.time_left(pace) > WORTH_TELLING {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.tell(pace);
    }

    /// One call was made, or will not be.
    pub fn done(&self, whose: &str, operation: Operation, pace: &Pace) {
        self.change(whose, operation, |left| left.saturating_sub(1));
        self.bar.inc(1);
        self.tell(pace);
    }

    fn change(&self, whose: &str, operation: Operation, change: impl Fn(usize) -> usize) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let count = left.entry((whose.to_owned(), operation)).or_default();
        *count = change(*count);
    }

    /// By the operation with most calls left; all are made side by side.
    fn time_left(&self, pace: &Pace) -> Duration {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        pace.time_for(left.values().copied().max().unwrap_or_default())
    }

    fn tell(&self, pace: &Pace) {
        let seconds = self.time_left(pace).as_secs();
        let message = match seconds {
            0 => String::new(),
            1..60 => format!(", {seconds} s left"),
            _ => format!(", {} min {:02} s left", seconds / 60, seconds % 60),
        };
        self.bar.set_message(message);
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
