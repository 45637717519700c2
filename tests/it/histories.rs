//! Random histories of two stacks in one instance, in which anything may go wrong, held to the laws of [`crate::simulator`].
//!
//! `HISTORIES=<number>` and `HISTORIES_SEED=<number>` say how many and which; a failure prints the shortest history that
//! still fails, as code, and its seed.

mod some;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::bench::{on_a_stopped_clock, report};
use crate::simulator::{History, Outcome, run, run_processes};
use some::{some_history, some_quick_history};

/// As many as take some three seconds on two cores; `make soak` plays fifty times as many.
const HISTORIES: u32 = 400;
const HISTORIES_OF_PROCESSES: u32 = 40;

#[derive(Default)]
struct Figures {
    histories: AtomicUsize,
    events: AtomicUsize,
    calls: AtomicUsize,
}

#[test]
fn whatever_happens_the_laws_hold() {
    let (number, seed) = (from_environment("HISTORIES", HISTORIES), from_environment("HISTORIES_SEED", 1));
    let begun = Instant::now();
    let figures = Figures::default();
    let threads =
        std::thread::available_parallelism().map_or(1, |threads| u32::try_from(threads.get()).unwrap());
    let failures: Vec<String> = std::thread::scope(|scope| {
        let figures = &figures;
        let runs = (0..threads).map(|thread| {
            scope.spawn(move || search(number.div_ceil(threads), seed ^ thread << 24, figures).err())
        });
        // All threads are begun before the first is waited for.
        let runs: Vec<_> = runs.collect();
        runs.into_iter().filter_map(|run| run.join().unwrap()).collect()
    });
    let Figures { histories, events, calls } = figures;
    report(&format!(
        "seed {seed}: {} histories, {} events, {} calls in {:.1?}",
        histories.into_inner(),
        events.into_inner(),
        calls.into_inner(),
        begun.elapsed()
    ));
    assert!(failures.is_empty(), "HISTORIES_SEED={seed}\n{}", failures.join("\n\n"));
}

/// Runs so many histories; the shortest that fails, if one does.
fn search(number: u32, seed: u32, figures: &Figures) -> Result<(), String> {
    let config =
        Config { cases: number, max_shrink_iters: 2_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng(seed));
    let played = runner.run(&some_history(), |history| {
        let outcome = on_a_stopped_clock(run(&history));
        figures.histories.fetch_add(1, Ordering::Relaxed);
        figures.events.fetch_add(outcome.sent.len(), Ordering::Relaxed);
        figures.calls.fetch_add(outcome.calls.len(), Ordering::Relaxed);
        if outcome.violations.is_empty() { Ok(()) } else { Err(TestCaseError::fail(story(&outcome))) }
    });
    played.map_err(|error| match error {
        TestError::Fail(why, history) => format!("{why}\n\n{history:#?}"),
        TestError::Abort(why) => why.to_string(),
    })
}

fn story(outcome: &Outcome) -> String {
    format!("{}\n\n{}", outcome.violations.join("\n"), outcome.told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_the_laws_hold_through_the_real_process() {
    let begun = Instant::now();
    let mut runner = TestRunner::new_with_rng(Config::default(), rng(from_environment("HISTORIES_SEED", 1)));
    let histories: Vec<History> = (0..HISTORIES_OF_PROCESSES)
        .map(|_| some_quick_history().new_tree(&mut runner).unwrap())
        .map(|tree| tree.current())
        .collect();
    let gate = Arc::new(Semaphore::new(8));
    let mut runs = JoinSet::new();
    for history in histories {
        let gate = Arc::clone(&gate);
        runs.spawn(async move {
            let _permit = gate.acquire().await.unwrap();
            let outcome = run_processes(&history).await;
            let wrong =
                (!outcome.violations.is_empty()).then(|| format!("{}\n\n{history:#?}", story(&outcome)));
            (wrong, outcome.sent.len())
        });
    }
    let (wrong, events): (Vec<_>, Vec<_>) = runs.join_all().await.into_iter().unzip();
    let events = events.iter().sum::<usize>();
    report(&format!("{} histories of processes, {events} events in {:.1?}", wrong.len(), begun.elapsed()));
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn rng(seed: u32) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

fn from_environment(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}
