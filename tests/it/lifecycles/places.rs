//! Where in a lifecycle something can go wrong: its calls, each in its event.
//!
//! The provider remembers nothing from one event to the next, so that an event which asks for the same and finds the same is
//! the same event, whatever came before. Of those one is enough, and nearly all lifecycles begin alike.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use connect_emulator::{Call, Operation};

use super::is_in_the_midst_of_waiting;
use super::table::Lifecycle;
use crate::simulator::{History, Kind, Outcome, Outside, Sent, Step, Trouble};

/// One call of a lifecycle, as it comes when nothing goes wrong.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) lifecycle: &'static str,
    pub(super) history: History,
    /// The number of the event in the history.
    pub(super) event: usize,
    /// Create, Update or Delete.
    pub(super) request: String,
    pub(super) call: Call,
    /// Which call of the operation it is in the whole history, counted from 1.
    pub(super) nth: u64,
    /// How long after the event it came.
    pub(super) since: Duration,
    /// How often the same is called later in the event.
    pub(super) again: usize,
    /// Nothing goes wrong with this event or a later one, and no other is on its way at the same time.
    pub(super) is_usual: bool,
    /// Something of the event may have to be undone: it may adopt, or make another profile.
    pub(super) may_undo: bool,
    /// The event has written something before.
    pub(super) has_written: bool,
    /// What CloudFormation hears of the event.
    pub(super) reason: String,
}

impl Place {
    pub(super) fn troubled(&self, kind: Kind) -> History {
        let mut history = self.history.clone();
        history.troubles.push(Trouble { operation: self.call.operation, nth: self.nth, kind });
        history
    }

    pub(super) fn name(&self) -> String {
        let Self { lifecycle, event, request, nth, .. } = self;
        format!("{lifecycle}: event {event} ({request}), {} number {nth}", self.call.operation)
    }
}

/// The event that was on its way when this was called.
pub(super) fn event_of(sent: &[Sent], at: Duration) -> usize {
    sent.iter().rposition(|sent| sent.at <= at).expect("no call comes before the first event")
}

/// Whether they ask the same of Connect.
pub(super) fn is_same(left: &Call, right: &Call) -> bool {
    let parts = |call: &Call| (call.operation, call.uri.clone(), call.request_body.clone());
    parts(left) == parts(right)
}

/// Every place of these lifecycles at which something else can come of it than at any other.
pub(super) fn places(played: &[(Lifecycle, Outcome)]) -> Vec<Place> {
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    for (Lifecycle { name, history, .. }, outcome) in played {
        let (sent, calls) = (&outcome.sent, &outcome.calls);
        let mut counts = BTreeMap::<Operation, u64>::new();
        let mut in_event = BTreeMap::<usize, usize>::new();
        for (number, call) in calls.iter().enumerate() {
            let nth = *counts.entry(call.operation).and_modify(|count| *count += 1).or_insert(1);
            let event = event_of(sent, call.at);
            let index = *in_event.entry(event).and_modify(|count| *count += 1).or_insert(1);
            let is_usual = is_usual(history, sent, event);
            let where_else = if is_told_by_scene(history, outcome, event) { "" } else { name };
            let is_new = seen.insert((where_else, sent[event].scene.clone(), index));
            if !is_new || is_in_the_midst_of_waiting(calls, number) {
                continue;
            }
            let in_this_event = |call: &&Call| event_of(sent, call.at) == event;
            let has_written = calls[..number].iter().filter(in_this_event).any(|call| call.effect);
            let later = calls[number + 1..].iter().filter(in_this_event);
            let request = sent[event].scene.split(' ').next().unwrap_or_default().to_owned();
            places.push(Place {
                lifecycle: name,
                history: history.clone(),
                event,
                call: call.clone(),
                nth,
                since: call.at.saturating_sub(sent[event].at),
                again: later.filter(|later| is_same(later, call)).count(),
                is_usual,
                may_undo: request == "Update" || sent[event].scene.contains("adopt()"),
                has_written,
                request,
                reason: sent[event].answer.as_ref().map(|answer| answer.reason.clone()).unwrap_or_default(),
            });
        }
    }
    places
}

/// What comes of the event is the same as of every other of its scene.
pub(super) fn is_told_by_scene(history: &History, outcome: &Outcome, event: usize) -> bool {
    // A profile that is in use is not told by how it looks.
    let is_used = history.steps.iter().any(|step| matches!(step, Step::Outside(Outside::Uses(_))));
    !is_used && is_usual(history, &outcome.sent, event)
}

/// It is delivered as it is meant, and so is what comes after it; and no other event is under way.
fn is_usual(history: &History, sent: &[Sent], event: usize) -> bool {
    let is_one_of_two = sent[event].is_cancelled || event > 0 && sent[event - 1].is_cancelled;
    !is_one_of_two && history.deliveries.keys().all(|delivered| *delivered < event)
}

/// The places without those at the same moment as another: reads are made side by side.
pub(super) fn moments(places: &[Place]) -> Vec<Place> {
    let mut seen = HashSet::new();
    let new = |place: &&Place| seen.insert((place.lifecycle, place.event, place.since));
    places.iter().filter(new).cloned().collect()
}

/// The first place of each operation in each kind of event.
pub(super) fn one_of_each(places: &[Place]) -> Vec<Place> {
    let mut seen = HashSet::new();
    let new = |place: &&Place| seen.insert((place.request.clone(), place.call.operation.to_string()));
    places.iter().filter(new).cloned().collect()
}
