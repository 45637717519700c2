//! How crowds of events get through Connect's quota: `make bench-crowd` measures, prints, and writes `docs/crowds.svg` and the
//! figures of `docs/crowds.md`. It fails where a crowd takes longer than it may.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
// The SDK's futures nest deeply.
#![recursion_limit = "256"]

mod chart;
mod events;
#[path = "../page/mod.rs"]
mod page;
mod processes;
mod report;
mod simulation;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use connect_emulator::Quota;
use events::{Crowd, Kind};
use processes::{Measured, measure};
use simulation::{Simulated, simulate};

/// Connect's own, for each operation.
const QUOTA: Quota = Quota { rate: 2.0, burst: 5 };

const EVENTS: u32 = 100;
const STACKS: u32 = 4;
const PROCESSES: usize = 25;
/// The processes of these runs are side by side: each run has a Connect of its own, and they mostly wait.
const RUNS: usize = 3;
/// How often the same crowd is played on a clock that jumps, for its spread.
const PLAYS: usize = 20;

/// How much longer than the quota itself a crowd may take.
const MOST: f64 = 1.15;

/// Lambda's time-out and a `ServiceTimeout`, less what is kept back for the answer.
const TEN_MINUTES: Duration = Duration::from_secs(595);
const FIVE_MINUTES: Duration = Duration::from_secs(295);

/// A crowd that was measured over processes, and played.
struct Small {
    crowd: Crowd,
    runs: Vec<Measured>,
    /// When the last answer came of each play, in order.
    plays: Vec<f64>,
}

/// A crowd of a thousand that was played, with the time that each event had.
struct Large {
    crowd: Crowd,
    time: Duration,
    simulated: Simulated,
}

#[expect(clippy::print_stdout, reason = "a benchmark's own figures")]
fn main() -> ExitCode {
    // What `cargo bench` gives, such as `--bench`, means nothing here.
    println!("{EVENTS} creates, then {EVENTS} updates, over {PROCESSES} processes: two minutes ...");
    let small: Vec<Small> = [Kind::Create, Kind::Update].into_iter().map(small).collect();
    println!("A thousand of each on a clock that jumps: some minutes more ...");
    let large = large();

    let figures = report::figures(&small, &large);
    println!("\n{figures}");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    page::insert(&docs.join("crowds.md"), report::MARKS, &figures).unwrap();
    std::fs::write(docs.join("crowds.svg"), chart::chart(&small, &large)).unwrap();
    if small.iter().all(Small::is_in_time) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Small {
    fn is_in_time(&self) -> bool {
        let all = |run: &Measured| run.failures.is_empty() && run.achieved == self.crowd.events;
        self.runs.iter().all(|run| all(run) && run.last() <= self.crowd.floor() * MOST)
    }
}

fn small(kind: Kind) -> Small {
    let crowd = Crowd { kind, events: EVENTS, stacks: STACKS, quota: QUOTA };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runs: Vec<Measured> = runtime.block_on(async {
        let mut runs = tokio::task::JoinSet::new();
        for _ in 0..RUNS {
            runs.spawn(async move { measure(&crowd, PROCESSES, env!("CARGO_BIN_EXE_bootstrap")).await });
        }
        runs.join_all().await
    });
    runs.sort_by(|one, other| one.last().total_cmp(&other.last()));
    let play = |_| simulate(&crowd, PROCESSES, TEN_MINUTES).events.last();
    let mut plays: Vec<f64> = (0..PLAYS).map(play).collect();
    plays.sort_by(f64::total_cmp);
    Small { crowd, runs, plays }
}

/// A thousand profiles of ten stacks, each event in a process of its own.
fn large() -> Vec<Large> {
    let cases = [(Kind::Create, TEN_MINUTES), (Kind::Update, TEN_MINUTES), (Kind::Create, FIVE_MINUTES)];
    std::thread::scope(|scope| {
        let play = |(kind, time)| {
            let crowd = Crowd { kind, events: 1000, stacks: 10, quota: QUOTA };
            scope.spawn(move || Large { crowd, time, simulated: simulate(&crowd, 1000, time) })
        };
        let playing: Vec<_> = cases.into_iter().map(play).collect();
        playing.into_iter().map(|playing| playing.join().unwrap()).collect()
    })
}
