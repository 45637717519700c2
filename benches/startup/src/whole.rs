//! A function's process as a whole: from its start to its first poll and its first answer.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::gauge::{Gauge, clock};
use crate::parts::median;
use crate::surroundings::Surroundings;

/// What one process did; times are milliseconds.
#[derive(Clone, Copy, Default)]
pub(crate) struct Whole {
    /// From the start of the process to its first poll at the Runtime API.
    pub(crate) poll: f64,
    /// From the event in its hands to Connect's first request.
    pub(crate) call: f64,
    /// From the event in its hands to the answer at S3.
    pub(crate) answer: f64,
    /// The same of the second event.
    pub(crate) again: f64,
    pub(crate) at_poll: Gauge,
    pub(crate) at_answer: Gauge,
}

/// Starts the function, and gives it two events if it is one that answers.
pub(crate) fn once(program: &Path, surroundings: &Surroundings, answers: bool) -> Whole {
    let runtime_api = surroundings.runtime_api();
    let mut command = Command::new(program);
    command.env_clear().envs(surroundings.environment(&runtime_api));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = clock();
    let process = Process(command.spawn().expect("the function can be started"));
    let id = process.0.id().to_string();
    let polled = surroundings.wait("poll");
    // What it still does after it has asked is its start, too.
    std::thread::sleep(std::time::Duration::from_millis(20));
    let mut whole = Whole { poll: polled - begun, at_poll: Gauge::read(&id), ..Whole::default() };
    if !answers {
        return whole;
    }
    let handed = clock();
    runtime_api.go.send(()).unwrap();
    whole.call = surroundings.wait("connect") - handed;
    whole.answer = surroundings.wait("answer") - handed;
    surroundings.wait("poll");
    std::thread::sleep(std::time::Duration::from_millis(20));
    whole.at_answer = Gauge::read(&id);
    let handed = clock();
    runtime_api.go.send(()).unwrap();
    whole.again = surroundings.wait("answer") - handed;
    whole
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Milliseconds in the dynamic loader and, within them, on relocations, as glibc counts them; none for a program without one.
pub(crate) fn loader(program: &Path, runs: usize) -> Option<(f64, f64)> {
    let frequency = frequency()?;
    let (mut totals, mut relocations) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut command = Command::new(program);
        // Without a Runtime API it ends at once.
        command.env_clear().env("LD_DEBUG", "statistics").stdin(Stdio::null());
        let output = command.output().ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let cycles = |name: &str| {
            let line = text.lines().find_map(|line| line.split_once(name))?;
            line.1.split_whitespace().next()?.parse::<f64>().ok()
        };
        totals.push(cycles("total startup time in dynamic loader:")? / frequency);
        relocations.push(cycles("time needed for relocation:")? / frequency);
    }
    Some((median(totals), median(relocations)))
}

/// Cycles a millisecond of the time stamp counter, which is what `/proc/cpuinfo` says or near it.
fn frequency() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("cpu MHz"))?;
    Some(line.split(':').nth(1)?.trim().parse::<f64>().ok()? * 1000.0)
}
