//! Lives of stacks, each run as it is meant, and then with each of its events delivered badly and each of its calls failing:
//! all of them, not a sample. Whatever the network does, the same comes of it; what must make an event fail is in [`failures`].

mod failures;
mod places;
mod table;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connect_emulator::{Call, Operation};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::bench::{on_a_stopped_clock, report};
use crate::simulator::{Delivery, History, Kind, LATENCY, Outcome, Sent, Step, Trouble, run, run_processes};
use places::{Place, is_told_by_scene, one_of_each, places};
use table::{Lifecycle, lifecycles};

const PROCESSES_AT_ONCE: usize = 8;

/// What waits longer than this runs in process only, where waits cost nothing.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// An event that is delivered badly.
#[derive(Clone, Copy, Debug)]
struct Variation {
    event: usize,
    delivery: Delivery,
}

impl Variation {
    fn of(self, history: &History) -> History {
        let mut history = history.clone();
        history.deliveries.insert(self.event, self.delivery);
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
    // Where nothing came before that was delivered badly, an event of the same scene comes to the same.
    let mut seen = HashSet::new();
    compare_all(|name, history, outcome| {
        let events = outcome.sent.iter().enumerate();
        let is_meant =
            |event: usize, sent: &Sent| !sent.is_cancelled && !history.deliveries.contains_key(&event);
        let usual = events.filter(|(event, sent)| is_meant(*event, sent)).filter(|(event, sent)| {
            let is_told_by_scene = is_told_by_scene(history, outcome, *event);
            seen.insert((if is_told_by_scene { "" } else { name }, sent.scene.clone()))
        });
        usual
            .flat_map(|(event, sent)| {
                let next = outcome.sent.get(event + 1).map_or(Duration::MAX, |next| next.at);
                let writes =
                    outcome.calls.iter().filter(|call| call.effect && call.at >= sent.at && call.at < next);
                // Just after a write took effect, when its answer is on the way; and so again, to the last try that Lambda
                // makes. When it dies before its first write, nothing came of it; when it dies between two, it is as if it
                // had just after the first.
                let killed =
                    writes.map(|call| call.at.saturating_sub(sent.at) + LATENCY + Duration::from_millis(1));
                let at_once = [0, 50].map(|millis| Delivery::AtOnce(Duration::from_millis(millis)));
                let deliveries = [Delivery::Twice, Delivery::AnswerLost].into_iter().chain(at_once);
                let deliveries = deliveries.chain(killed.map(Delivery::KilledTwice));
                deliveries.map(move |delivery| Variation { event, delivery }).collect::<Vec<_>>()
            })
            .collect()
    });
}

#[test]
fn a_call_that_is_lost_or_fails_comes_to_the_same() {
    let played = played();
    let work = places(&played).into_iter().flat_map(|place| {
        // Whether a read is lost before or after it is read is the same to everybody.
        let kinds: &[Kind] = if place.call.operation.is_write() {
            &[Kind::LostBefore, Kind::LostAfter, Kind::FailedAfter]
        } else {
            &[Kind::LostBefore]
        };
        kinds.iter().map(|kind| compared(&played, &place, *kind)).collect::<Vec<_>>()
    });
    play_all(&work.collect::<Vec<_>>());
}

/// The place's lifecycle with that trouble there, which has to come to the same as without it.
fn compared(played: &[(Lifecycle, Outcome)], place: &Place, kind: Kind) -> Work {
    let (_, outcome) = played.iter().find(|(it, _)| it.name == place.lifecycle).expect("it was played");
    let told = outcome.told.clone();
    Work {
        name: format!("{} {kind:?}", place.name()),
        history: place.troubled(kind),
        judge: Box::new(move |outcome| difference(&told, outcome).into_iter().collect()),
    }
}

/// To the provider each of these is either a call that was throttled or one that was lost, which the test before goes through
/// call by call: so each is tried on one call of each operation in each kind of event, and throttling on each create, which
/// alone is not simply sent again.
#[test]
fn an_answer_that_is_late_or_cannot_be_read_comes_to_the_same() {
    const BEFORE: [Kind; 4] = [Kind::Throttled, Kind::Failed, Kind::Slow, Kind::Busy];
    const AFTER: [Kind; 6] = [
        Kind::SlowAfter,
        Kind::CutAfter,
        Kind::PageAfter,
        Kind::BusyAfter,
        Kind::OtherJsonAfter,
        Kind::EmptyJsonAfter,
    ];
    // Where success has no content, an answer of success is success whatever it holds, and nobody can see that it lies.
    const BEFORE_WITH_CONTENT: [Kind; 4] = [Kind::Cut, Kind::Page, Kind::OtherJson, Kind::EmptyJson];
    let played = played();
    let all = places(&played);
    let creates = all.iter().filter(|place| place.call.operation == Operation::CreateSecurityProfile);
    let creates = creates.map(|place| (place.clone(), Kind::Throttled));
    let each = one_of_each(&all).into_iter().flat_map(|place| {
        let operation = place.call.operation;
        let has_content = !operation.is_write() || operation == Operation::CreateSecurityProfile;
        let with_content = BEFORE_WITH_CONTENT.iter().filter(move |_| has_content);
        let after = AFTER.iter().filter(move |_| operation.is_write());
        let kinds = BEFORE.iter().chain(with_content).chain(after);
        // Of a Describe that is [`a test of its own`](crate::faults_found).
        let is_own_test =
            |kind: &&Kind| operation == Operation::DescribeSecurityProfile && **kind == Kind::EmptyJson;
        let kinds = kinds.filter(|kind| !is_own_test(kind));
        kinds.map(move |kind| (place.clone(), *kind)).collect::<Vec<_>>()
    });
    let work = creates.chain(each).map(|(place, kind)| compared(&played, &place, kind));
    play_all(&work.collect::<Vec<_>>());
}

/// The same was called just before and is called just after it, with the same answer.
fn is_in_the_midst_of_waiting(calls: &[Call], index: usize) -> bool {
    let same = |other: usize| {
        let (one, other) = (&calls[index], calls.get(other));
        other.is_some_and(|other| {
            (&one.uri, &one.method, one.status) == (&other.uri, &other.method, other.status)
        })
    };
    index > 0 && same(index - 1) && same(index + 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_real_process_every_event_twice_and_every_other_write_lost_come_to_the_same() {
    let begun = Instant::now();
    let gate = Arc::new(Semaphore::new(PROCESSES_AT_ONCE));
    let mut runs = JoinSet::new();
    for Lifecycle { name, history, .. } in lifecycles().into_iter().filter(|lifecycle| lifecycle.is_quick) {
        let expected = tokio::task::spawn_blocking({
            let history = history.clone();
            move || on_a_stopped_clock(run(&history))
        });
        let expected = expected.await.unwrap();
        for (what, history) in everything_at_once(&history, &expected) {
            let in_process = tokio::task::spawn_blocking({
                let history = history.clone();
                move || on_a_stopped_clock(run(&history))
            });
            if in_process.await.unwrap().took > LONGEST_WAIT {
                continue;
            }
            let (gate, told) = (Arc::clone(&gate), expected.told.clone());
            runs.spawn(async move {
                let _permit = gate.acquire().await.unwrap();
                let outcome = run_processes(&history).await;
                (
                    difference(&told, &outcome).map(|what_differs| format!("{name} {what}\n{what_differs}")),
                    outcome.calls.len(),
                )
            });
        }
    }
    let (runs, calls): (Vec<_>, Vec<_>) = runs.join_all().await.into_iter().unzip();
    let took = begun.elapsed();
    report(&format!("{} runs of processes, {} calls in {took:.1?}", runs.len(), calls.iter().sum::<usize>()));
    let wrong: Vec<String> = runs.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The history with the same done to all its events, or to every other of its writes.
fn everything_at_once(history: &History, outcome: &Outcome) -> Vec<(&'static str, History)> {
    let delivered = |delivery| {
        let deliveries = (0..outcome.sent.len()).map(|event| (event, delivery)).collect();
        History { deliveries, ..history.clone() }
    };
    let writes = Operation::ALL.iter().filter(|operation| operation.is_write());
    let lost = |operation: &Operation, nth| Trouble { operation: *operation, nth, kind: Kind::LostAfter };
    let troubles = writes.flat_map(|operation| [1, 3, 5, 7].map(|nth| lost(operation, nth))).collect();
    let releases = history.steps.iter().any(|step| match step {
        Step::Deploy { template, .. } => template.0.values().any(|stated| stated.adopt || stated.retain),
        _ => false,
    });
    [
        ("as it is meant", history.clone()),
        ("with every event twice", delivered(Delivery::Twice)),
        ("with every answer lost", delivered(Delivery::AnswerLost)),
        ("with writes lost", History { troubles, ..history.clone() }),
    ]
    .into_iter()
    // Of two Deletes at once the later may find released what the earlier released, and look for it for twenty seconds.
    .chain(
        (!releases).then(|| ("with every event twice at once", delivered(Delivery::AtOnce(Duration::ZERO)))),
    )
    .collect()
}

/// The lifecycles as they are meant.
fn played() -> Vec<(Lifecycle, Outcome)> {
    let run = |lifecycle: Lifecycle| {
        let outcome = on_a_stopped_clock(run(&lifecycle.history));
        (lifecycle, outcome)
    };
    lifecycles().into_iter().map(run).collect()
}

/// A history to be played, and what is wrong with what comes of it.
struct Work {
    name: String,
    history: History,
    judge: Judge,
}

type Judge = Box<dyn Fn(&Outcome) -> Vec<String> + Send + Sync>;

/// Plays all of them, on every core.
fn play_all(work: &[Work]) {
    let begun = Instant::now();
    let (next, calls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(Work { name, history, judge }) = work.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let outcome = on_a_stopped_clock(run(history));
                    calls.fetch_add(outcome.calls.len(), Ordering::Relaxed);
                    let broken = judge(&outcome);
                    if !broken.is_empty() {
                        let story = format!("{name}\n! {}\n{}", broken.join("\n! "), outcome.told);
                        wrong.lock().unwrap().push(story);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let (runs, calls, took) = (work.len(), calls.into_inner(), begun.elapsed());
    report(&format!("{runs} runs, {calls} calls in {took:.1?}"));
    assert!(wrong.is_empty(), "{} of {runs} are wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Runs each lifecycle with each of its variations and compares what is told in the end.
fn compare_all(mut variations: impl FnMut(&'static str, &History, &Outcome) -> Vec<Variation>) {
    let mut work = Vec::new();
    for Lifecycle { name, history, .. } in lifecycles() {
        let expected = on_a_stopped_clock(run(&history));
        work.extend(variations(name, &history, &expected).into_iter().map(|variation| {
            let told = expected.told.clone();
            Work {
                name: format!("{name} with {variation:?}"),
                history: variation.of(&history),
                judge: Box::new(move |outcome| difference(&told, outcome).into_iter().collect()),
            }
        }));
    }
    play_all(&work);
}

fn difference(told: &str, outcome: &Outcome) -> Option<String> {
    if told == outcome.told && outcome.violations.is_empty() {
        return None;
    }
    let (expected, got): (Vec<&str>, Vec<&str>) = (told.lines().collect(), outcome.told.lines().collect());
    let missing = expected.iter().filter(|line| !got.contains(line)).map(|line| format!("- {line}"));
    let extra = got.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
    let violations = outcome.violations.iter().map(|violation| format!("! {violation}"));
    let lines: Vec<String> = missing.chain(extra).chain(violations).collect();
    Some(if lines.is_empty() { outcome.told.clone() } else { lines.join("\n") })
}
