//! What a process has used so far, by `/proc`: time, processor, page faults, bytes read, memory, threads.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch, to the nanosecond: a clock that two processes share.
pub(crate) fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, milliseconds)
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// What was used up to a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauge {
    /// Milliseconds since the epoch.
    pub(crate) at: f64,
    /// Milliseconds that its threads were on a processor; those of threads that ended are missing.
    pub(crate) processor: f64,
    /// Minor page faults.
    pub(crate) faults: f64,
    /// Kilobytes read, from files and from sockets.
    pub(crate) read: f64,
    /// Kilobytes, the most that were ever in memory.
    pub(crate) peak: f64,
    /// Kilobytes in memory now that belong to no file.
    pub(crate) anonymous: f64,
    /// How many threads there are.
    pub(crate) threads: f64,
}

impl Gauge {
    /// Of `self` or of a process by its id.
    pub(crate) fn read(process: &str) -> Self {
        let text = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
        let (status, io, stat) = (text("status"), text("io"), text("stat"));
        let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let processor: f64 = tasks
            .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
            .sum();
        // The name may hold anything; what follows its bracket is separated by spaces, the state first.
        let faults = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(7)?.parse().ok());
        Self {
            at: clock(),
            processor: processor / 1e6,
            faults: faults.unwrap_or_default(),
            read: field(&io, "rchar:") / 1024.0,
            peak: field(&status, "VmHWM:"),
            anonymous: field(&status, "RssAnon:"),
            threads: field(&status, "Threads:"),
        }
    }
}

fn field(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
