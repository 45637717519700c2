//! What makes an event fail: a call that is refused, an outage that lasts, time that is up, a process that always dies. What
//! CloudFormation does next then leads somewhere else than it was meant to, so it is not compared but held to the laws.

use std::time::Duration;

use connect_emulator::{Call, Operation};

use super::places::{Place, event_of, one_of_each, places};
use super::{Work, on_a_stopped_clock, play_all};
use crate::lifecycles::table::{Lifecycle, lifecycles};
use crate::simulator::{
    Delivery, History, Kind, LATENCY, Outage, Outcome, StackName, Step, Stray, TIME_IN_AN_OUTAGE, run,
};

const A_MOMENT: Duration = Duration::from_millis(1);

/// The lifecycles as they are meant.
fn played() -> Vec<(Lifecycle, Outcome)> {
    let run = |lifecycle: Lifecycle| {
        let outcome = on_a_stopped_clock(run(&lifecycle.history));
        (lifecycle, outcome)
    };
    lifecycles().into_iter().map(run).collect()
}

/// Ends each stack, whatever state it was left in: after that nothing of ours may be left.
fn to_the_end(mut history: History) -> History {
    let stack = StackName::First;
    history.steps.push(Step::ContinueRollback { stack, skip_resources: false });
    for stack in [StackName::First, StackName::Second] {
        history.steps.push(Step::Delete { stack });
    }
    history
}

fn laws(outcome: &Outcome) -> Vec<String> {
    let mut broken = outcome.violations.clone();
    // One lifecycle is about what a clean-up could not delete.
    let left: Vec<&Stray> = outcome.strays.iter().filter(|stray| **stray != Stray::Dropped).collect();
    if !left.is_empty() {
        broken.push(format!("left: {left:?}"));
    }
    broken
}

#[test]
fn a_refused_call_is_told_and_not_repeated_and_nothing_is_lost() {
    let places = places(&played());
    let mut work = Vec::new();
    for place in &places {
        let is_create = place.call.operation == Operation::CreateSecurityProfile;
        let kinds: &[Kind] = if is_create { &[Kind::Denied, Kind::Full] } else { &[Kind::Denied] };
        for kind in kinds {
            let (place, kind) = (place.clone(), *kind);
            work.push(Work {
                name: format!("{} {kind:?}", place.name()),
                history: to_the_end(place.troubled(kind)),
                judge: Box::new(move |outcome| {
                    let mut broken = laws(outcome);
                    broken.extend(of_a_refusal(&place, kind, outcome));
                    broken
                }),
            });
        }
    }
    play_all(&work);
}

/// The event fails at once and says why; or it was of no consequence.
fn of_a_refusal(place: &Place, kind: Kind, outcome: &Outcome) -> Vec<String> {
    let operation = place.call.operation;
    let nth = usize::try_from(place.nth).unwrap() - 1;
    let Some(refused) = outcome.calls.iter().filter(|call| call.operation == operation).nth(nth) else {
        return vec!["the call did not come".to_owned()];
    };
    let mut broken = Vec::new();
    let event = &outcome.sent[event_of(&outcome.sent, refused.at)];
    let again = outcome.calls.iter().filter(|call| call.at > refused.at && call.at <= event.until);
    let again: Vec<&Call> = again.filter(|call| is_same(call, refused)).collect();
    if !again.is_empty() {
        broken.push(format!("repeated {} times", again.len()));
    }
    if event.until.saturating_sub(refused.at) > Duration::from_secs(12) {
        broken.push(format!("it took {:?} more", event.until.saturating_sub(refused.at)));
    }
    let Some(answer) = event.answer.as_ref().filter(|answer| !answer.is_success()) else { return broken };
    let subject = subject_of(refused);
    let (code, way_out) = match kind {
        Kind::Full => ("LimitExceededException", "its quota allows"),
        _ => ("AccessDeniedException", "allow the function's role"),
    };
    let request_id = refused.response_headers["x-amzn-requestid"].as_str();
    let operation = format!("connect:{operation}");
    let parts = [&operation, &subject, code, "scripted fault", request_id, way_out];
    let missing: Vec<&str> = parts.into_iter().filter(|part| !answer.reason.contains(*part)).collect();
    if !missing.is_empty() && answer.reason != place.reason {
        broken.push(format!("the reason lacks {missing:?}: {}", answer.reason));
    }
    broken
}

fn is_same(left: &Call, right: &Call) -> bool {
    let parts = |call: &Call| (call.operation, call.uri.clone(), call.request_body.clone());
    parts(left) == parts(right)
}

/// The id of the profile that a call is about, or else of the instance.
fn subject_of(call: &Call) -> String {
    let uuids = call.uri.split(['/', '?', '&']).flat_map(|part| part.split("%2F"));
    let uuids: Vec<&str> = uuids.filter(|part| part.len() == 36).collect();
    (*uuids.last().expect("each call names its instance")).to_owned()
}

#[test]
fn from_any_call_on_nothing_works_and_nothing_is_lost() {
    let places: Vec<Place> = places(&played()).into_iter().filter(|place| place.is_usual).collect();
    let all = [Kind::Slow, Kind::Denied].map(|kind| (kind, &places));
    let writes: Vec<Place> = places.iter().filter(|place| place.call.operation.is_write()).cloned().collect();
    let some = one_of_each(&places);
    // These three are to the provider what `Slow` is, but that their tries follow each other faster.
    let alike = [Kind::Throttled, Kind::Failed, Kind::LostBefore].map(|kind| (kind, &some));
    let kinds = all.into_iter().chain([(Kind::SlowAfter, &writes)]).chain(alike);
    let mut work = Vec::new();
    for (kind, places) in kinds {
        for place in places {
            let mut history = place.history.clone();
            let after = place.since.saturating_sub(A_MOMENT);
            history.outages.insert(place.event, Outage { after, kind });
            let place = place.clone();
            work.push(Work {
                name: format!("{} {kind:?} from then on", place.name()),
                history: to_the_end(history),
                judge: Box::new(move |outcome| {
                    let mut broken = laws(outcome);
                    broken.extend(of_an_outage(&place, kind, outcome));
                    broken
                }),
            });
        }
    }
    play_all(&work);
}

fn of_an_outage(place: &Place, kind: Kind, outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    let event = &outcome.sent[place.event];
    let took = event.until.saturating_sub(event.at);
    let Some(answer) = &event.answer else { return vec!["no answer".to_owned()] };
    if answer.is_success() || answer.reason == place.reason {
        return broken;
    }
    if took > TIME_IN_AN_OUTAGE {
        broken.push(format!("it took {took:?}"));
    }
    let is_early = took < TIME_IN_AN_OUTAGE - Duration::from_secs(30);
    if is_early != (kind == Kind::Denied) {
        broken.push(format!("it took {took:?}: {}", answer.reason));
    }
    if !answer.reason.contains("connect:") {
        broken.push(format!("the reason names no call: {}", answer.reason));
    }
    broken
}

#[test]
fn an_event_cut_off_at_any_step_is_answered_in_time_and_nothing_is_lost() {
    let mut work = Vec::new();
    for place in places(&played()).into_iter().filter(|place| place.is_usual) {
        for since in [place.since + A_MOMENT, place.since + LATENCY + A_MOMENT] {
            // The provider stops half a second before, or half way if there is less than a second.
            let time = (since * 2).min(since + Duration::from_millis(500));
            // What it does that may have to be undone it stops after two thirds of that.
            for time in [time, time * 3 / 2] {
                let mut history = place.history.clone();
                history.deliveries.insert(place.event, Delivery::CutOff(time));
                let event = place.event;
                work.push(Work {
                    name: format!("{} cut off after {time:?}", place.name()),
                    history: to_the_end(history),
                    judge: Box::new(move |outcome| {
                        let mut broken = laws(outcome);
                        let event = &outcome.sent[event];
                        if event.answer.as_ref().is_none_or(|answer| answer.reason == "timed out") {
                            broken.push("it was not the provider that ended it".to_owned());
                        }
                        broken
                    }),
                });
            }
        }
    }
    play_all(&work);
}

#[test]
fn an_event_whose_process_always_dies_is_never_answered_and_nothing_is_lost() {
    let mut work = Vec::new();
    for place in places(&played()) {
        if !place.is_usual || !place.call.operation.is_write() {
            continue;
        }
        let mut history = place.history.clone();
        history.deliveries.insert(place.event, Delivery::KilledForGood(place.since + LATENCY + A_MOMENT));
        work.push(Work {
            name: format!("{} killed for good", place.name()),
            history: to_the_end(history),
            judge: Box::new(laws),
        });
    }
    play_all(&work);
}
