//! What makes an event fail: a call that is refused, an outage that lasts, time that is up, a process that always dies. What
//! CloudFormation does next then leads somewhere else than it was meant to, so it is not compared but held to the laws.

use std::time::Duration;

use connect_emulator::{Call, Operation};

use super::places::{Place, is_same, moments, one_of_each, places};
use super::{Work, play_all, played};
use crate::simulator::{
    Delivery, History, Kind, LATENCY, Outage, Outcome, StackName, Step, Stray, TIME_IN_AN_OUTAGE,
};
use crate::world::masked;

const A_MOMENT: Duration = Duration::from_millis(1);
/// What may be left of Lambda's time when nothing is tried any more: what is spared for undoing, one wait between tries, and
/// one try.
const A_WHILE: Duration = Duration::from_secs(30);
/// What is waited for after a refusal: that reads show what was written before it, and what is left of it then.
const AT_ONCE: Duration = Duration::from_secs(12);

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

/// The event fails at once and says why; or the call was of no consequence.
fn of_a_refusal(place: &Place, kind: Kind, outcome: &Outcome) -> Vec<String> {
    let operation = place.call.operation;
    let nth = usize::try_from(place.nth).unwrap() - 1;
    let Some(refused) = outcome.calls.iter().filter(|call| call.operation == operation).nth(nth) else {
        return vec!["the call did not come".to_owned()];
    };
    let mut broken = Vec::new();
    let event = &outcome.sent[place.event];
    let again = outcome.calls.iter().filter(|call| call.at > refused.at && call.at <= event.until);
    let again = again.filter(|call| is_same(call, refused)).count();
    // What undoes something looks once for itself whose it is.
    let allowed = if operation.is_write() { 0 } else { place.again.max(1) };
    if place.is_usual && again > allowed {
        broken.push(format!("repeated {again} times"));
    }
    let took = event.until.saturating_sub(refused.at);
    if place.is_usual && took > AT_ONCE {
        broken.push(format!("it took {took:?} more"));
    }
    let failed = event.answer.as_ref().filter(|answer| place.is_usual && !answer.is_success());
    let Some(reason) = failed.map(|answer| answer.reason.as_str()) else { return broken };
    let (code, way_out) = match kind {
        Kind::Full => ("LimitExceededException", "its quota allows"),
        _ => ("AccessDeniedException", "allow the function's role"),
    };
    let request_id = refused.response_headers["x-amzn-requestid"].as_str();
    let (operation, subject) = (format!("connect:{operation}"), subject_of(refused));
    let parts = [&operation, &subject, code, "scripted fault", request_id, way_out];
    let missing: Vec<&str> = parts.into_iter().filter(|part| !reason.contains(*part)).collect();
    // It may fail for another reason, too, and tell that.
    if !missing.is_empty() && masked(reason) != masked(&place.reason) {
        broken.push(format!("the reason lacks {missing:?}: {reason}"));
    }
    broken
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
    let moments = moments(&places);
    let those = |is_meant: fn(&Place) -> bool| -> Vec<Place> {
        moments.iter().filter(|place| is_meant(place)).cloned().collect()
    };
    let kinds = [
        (Kind::Slow, moments.clone()),
        // A read that is carried out and not answered is to everybody one that is not carried out.
        (Kind::SlowAfter, those(|place| place.call.operation.is_write())),
        // Beside one call that is refused it matters only where something has to be undone.
        (Kind::Denied, those(|place| place.may_undo && place.has_written)),
        // To the provider these are what `Slow` is, but that the tries follow each other faster.
        (Kind::Throttled, one_of_each(&places)),
        (Kind::Failed, one_of_each(&places)),
        (Kind::LostBefore, one_of_each(&places)),
    ];
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
    if answer.is_success() || masked(&answer.reason) == masked(&place.reason) {
        return broken;
    }
    let is_in_time = if kind == Kind::Denied {
        took < place.since + AT_ONCE
    } else {
        took + A_WHILE >= TIME_IN_AN_OUTAGE && took <= TIME_IN_AN_OUTAGE
    };
    if !is_in_time {
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
    for place in moments(&places(&played())).into_iter().filter(|place| place.is_usual) {
        for time in times_to_cut_off(&place) {
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
    play_all(&work);
}

/// The times that end while this call is on its way: before it takes effect and, if it does, after it.
fn times_to_cut_off(place: &Place) -> Vec<Duration> {
    let before = place.since + A_MOMENT;
    let ends = if place.call.operation.is_write() { vec![before, before + LATENCY] } else { vec![before] };
    let mut times = Vec::new();
    for end in ends {
        // The provider stops half a second before, or half way if there is less than a second.
        let time = (end * 2).min(end + Duration::from_millis(500));
        times.push(time);
        // A third of that is spared where something may have to be undone.
        if place.may_undo && place.call.operation.is_write() {
            times.push(time * 3 / 2);
        }
    }
    times
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
