//! Lives of stacks, each run as it is meant, and then with each of its events delivered badly and each of its calls failing:
//! all of them, not a sample. Whatever the network does, the same comes of it.

mod table;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::simulator::{Delivery, History, Kind, LATENCY, Outcome, Trouble, run, run_processes};
use table::{Lifecycle, lifecycles};

/// One thing that goes wrong in a lifecycle.
#[derive(Clone, Copy, Debug)]
enum Variation {
    Delivered(usize, Delivery),
    Troubled(Trouble),
}

impl Variation {
    fn of(self, history: &History) -> History {
        let mut history = history.clone();
        match self {
            Self::Delivered(event, delivery) => drop(history.deliveries.insert(event, delivery)),
            Self::Troubled(trouble) => history.troubles.push(trouble),
        }
        history
    }
}

#[test]
fn each_lifecycle_ends_as_its_snapshot_shows() {
    for Lifecycle { name, history, .. } in lifecycles() {
        let outcome = on_a_stopped_clock(run(&history));
        assert_eq!(outcome.violations, [""; 0], "{name}");
        insta::assert_snapshot!(name, outcome.told);
    }
}

#[test]
fn an_event_delivered_twice_or_cut_short_or_whose_answer_is_lost_comes_to_the_same() {
    compare_all(|history, outcome| {
        let events = outcome.sent.iter().enumerate();
        let alone =
            events.filter(|(event, sent)| !sent.is_cancelled && !history.deliveries.contains_key(event));
        let apart = [0, 30, 50, 90, 170].map(|millis| Delivery::AtOnce(Duration::from_millis(millis)));
        alone
            .flat_map(|(event, sent)| {
                let next = outcome.sent.get(event + 1).map_or(Duration::MAX, |next| next.at);
                let of_event = outcome.calls.iter().filter(|call| call.at >= sent.at && call.at < next);
                // Just after a call took effect, when its answer is on the way.
                let kills = of_event
                    .map(|call| Delivery::Killed(call.at - sent.at + LATENCY + Duration::from_millis(1)));
                let deliveries =
                    [Delivery::Twice, Delivery::AnswerLost].into_iter().chain(apart).chain(kills);
                deliveries.map(move |delivery| Variation::Delivered(event, delivery)).collect::<Vec<_>>()
            })
            .collect()
    });
}

#[test]
fn a_call_that_is_lost_or_fails_comes_to_the_same() {
    compare_all(|_, outcome| {
        let mut counts = std::collections::BTreeMap::new();
        outcome
            .calls
            .iter()
            .flat_map(|call| {
                let nth = counts.entry(call.operation).and_modify(|count| *count += 1).or_insert(1_u64);
                [Kind::LostBefore, Kind::LostAfter, Kind::FailedAfter]
                    .map(|kind| Variation::Troubled(Trouble { operation: call.operation, nth: *nth, kind }))
            })
            .collect()
    });
}

/// Runs each lifecycle with each of its variations, on every core, and compares what is told in the end.
fn compare_all(variations: impl Fn(&History, &Outcome) -> Vec<Variation>) {
    let begun = Instant::now();
    let mut work = Vec::new();
    for Lifecycle { name, history, .. } in lifecycles() {
        let expected = on_a_stopped_clock(run(&history));
        let told = expected.told.clone();
        let variations = variations(&history, &expected);
        work.extend(variations.into_iter().map(|variation| (name, history.clone(), told.clone(), variation)));
    }
    let (next, calls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((name, history, told, variation)) =
                    work.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let outcome = on_a_stopped_clock(run(&variation.of(history)));
                    calls.fetch_add(outcome.calls.len(), Ordering::Relaxed);
                    if let Some(difference) = difference(told, &outcome) {
                        wrong.lock().unwrap().push(format!("{name} with {variation:?}\n{difference}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let (runs, calls, took) = (work.len(), calls.into_inner(), begun.elapsed());
    report(&format!("{} lifecycles, {runs} runs, {calls} calls in {took:.1?}", lifecycles().len()));
    assert!(wrong.is_empty(), "{} of {runs} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn difference(told: &str, outcome: &Outcome) -> Option<String> {
    if told == outcome.told && outcome.violations.is_empty() {
        return None;
    }
    let (expected, got): (Vec<&str>, Vec<&str>) = (told.lines().collect(), outcome.told.lines().collect());
    let missing = expected.iter().filter(|line| !got.contains(line)).map(|line| format!("- {line}"));
    let extra = got.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
    let violations = outcome.violations.iter().map(|violation| format!("! {violation}"));
    Some(missing.chain(extra).chain(violations).collect::<Vec<_>>().join("\n"))
}

fn on_a_stopped_clock<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

/// Shown by `cargo test -- --nocapture`, and for a test that fails.
#[expect(clippy::print_stdout, reason = "a test's own figures")]
fn report(line: &str) {
    println!("{line}");
}
