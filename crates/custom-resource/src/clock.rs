//! The wall clock: the only file that reads it, because the dates in an event are wall-clock dates.

use std::time::SystemTime;

#[must_use]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
