//! The laws of stacks: what is true whenever CloudFormation has finished with one, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};

use connect_emulator::{Call, Operation, Profile, ProfileType};

use super::answers::{Case, by_id, content, ours, owner, profile_id};
use super::outcome::show;
use super::stack::{Event, Request, Resource, Stack};
use super::template::{Stated, Text};
use crate::world::{Answer, OWNER_TAG};

/// What has to be remembered to tell right from wrong.
pub(crate) struct Ledger {
    start: Vec<Profile>,
    /// The permission that no profile may hold that is adopted.
    denied: Option<Text>,
    latest: Vec<Profile>,
    violations: Vec<String>,
    /// All that was ever stated of a name.
    stated: BTreeMap<Text, Vec<Stated>>,
    /// Profiles and the stack that made them.
    made: BTreeMap<String, String>,
    /// Profiles that were released because the template said so.
    retained: BTreeSet<String>,
    /// Profiles with the tag of a resource that does not know of them, for one of the reasons for which that cannot be helped.
    strays: BTreeMap<String, Stray>,
    /// Profiles that were a stray once, or that another hand has changed: what is not stated of them may be anything.
    inexact: BTreeSet<String>,
    /// Profiles that another hand has changed since the last event for them.
    excused: BTreeSet<String>,
}

/// How an event fared.
pub(super) struct Circumstances {
    /// The calls since it was sent, if it failed.
    pub(super) calls: Vec<Call>,
    /// It was delivered more than once.
    pub(super) is_repeated: bool,
    /// Nothing worked any more, or time was up, so that nothing could be undone either.
    pub(super) is_cut_short: bool,
}

/// Why nobody can know of a profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stray {
    /// Its Delete failed three times in a clean-up, and CloudFormation dropped it.
    Dropped,
    /// The Update that made it was never heard of.
    Unheard,
    /// It came to be after the Delete of its cancelled Create had given up looking for it.
    CameLate,
    /// One delivery failed, as CloudFormation heard, and the other made it.
    Split,
    /// What a failed Update had done could not be undone.
    NotUndone,
}

impl Ledger {
    pub(super) fn of(start: Vec<Profile>, denied: Option<Text>) -> Self {
        Self {
            denied,
            latest: start.clone(),
            start,
            violations: Vec::new(),
            stated: BTreeMap::new(),
            made: BTreeMap::new(),
            retained: BTreeSet::new(),
            strays: BTreeMap::new(),
            inexact: BTreeSet::new(),
            excused: BTreeSet::new(),
        }
    }

    pub(super) fn start(&self) -> &[Profile] {
        &self.start
    }

    /// What nobody can know of, and why.
    pub(super) fn strays(&self) -> Vec<Stray> {
        self.strays.values().copied().collect()
    }

    pub(super) fn violations(self) -> Vec<String> {
        self.violations
    }

    /// Judges an event by its answers and by what it changed.
    pub(super) fn hear(
        &mut self,
        event: &Event,
        answers: &[Answer],
        before: &[Profile],
        now: &[Profile],
        circumstances: &Circumstances,
    ) {
        let Circumstances { calls, is_repeated, is_cut_short } = circumstances;
        let (is_repeated, is_cut_short) = (*is_repeated, *is_cut_short);
        let undo_failed = is_cut_short || undo_was_refused(calls);
        let disagree = answers.windows(2).any(|pair| !agree(&pair[0], &pair[1]));
        let is_split = disagree && (is_cut_short || refused(calls).next().is_some());
        let denied = self.denied;
        let case = Case { event, before, now, is_repeated, is_split, undo_failed, denied };
        self.violations.extend(answers.iter().flat_map(|answer| case.answer(answer)));
        self.violations.extend(case.strangers(false));
        if answers.first().is_some_and(Answer::is_success) && !is_split {
            self.violations.extend(case.wrongly_adopted());
        }
        if disagree && !is_split {
            self.violations.push(format!("two deliveries, two stories: {event:?}: {answers:?}"));
        }
        let is_update = matches!(event.request, Request::Update { .. });
        let why = if is_split && !answers[0].is_success() {
            Some(Stray::Split)
        } else if is_update && answers.is_empty() {
            Some(Stray::Unheard)
        } else {
            (is_update && undo_failed).then_some(Stray::NotUndone)
        };
        if let Some(why) = why {
            let strays: Vec<String> = case.newly_ours().map(|profile| profile.id.clone()).collect();
            for id in strays {
                self.stray(id, why);
            }
        }
        let heard = answers.first().filter(|answer| answer.is_success());
        let heard = heard.and_then(|answer| by_id(now, profile_id(&answer.physical_id)?));
        if let Some(profile) = heard.filter(|profile| ours(event, profile).is_some()) {
            self.excused.remove(&profile.id);
        }
        if is_split {
            let named = now.iter().filter(|profile| profile.name == event.stated.name);
            self.excused.extend(named.map(|profile| profile.id.clone()));
        }
        self.remember(event, before, now);
    }

    /// Judges a Create and the Delete that was sent while it ran: before, at the end of the Delete, and at the end of both.
    pub(super) fn hear_cancelled(
        &mut self,
        create: &Event,
        [before, seen, now]: [&[Profile]; 3],
        gave_up: bool,
    ) {
        let denied = self.denied;
        let case = Case {
            event: create,
            before,
            now,
            is_repeated: true,
            is_split: false,
            undo_failed: false,
            denied,
        };
        self.violations.extend(case.strangers(true));
        let mut strays = Vec::new();
        for profile in case.newly_ours() {
            if by_id(seen, &profile.id).is_none() && gave_up {
                strays.push((profile.id.clone(), Stray::CameLate));
            }
        }
        for (id, why) in strays {
            self.stray(id, why);
        }
        // What was made and released in between is told by there being no tag on it.
        let made = seen.iter().filter(|profile| by_id(before, &profile.id).is_none());
        let released = made.filter(|profile| create.stated.retain && owner(profile).is_none());
        self.retained.extend(released.map(|profile| profile.id.clone()));
        self.remember(create, before, seen);
        self.remember(create, seen, now);
    }

    fn remember(&mut self, event: &Event, before: &[Profile], now: &[Profile]) {
        self.stated.entry(event.stated.name).or_default().push(event.stated.clone());
        let made = now.iter().filter(|profile| by_id(before, &profile.id).is_none());
        self.made.extend(made.map(|profile| (profile.id.clone(), event.uuid.clone())));
        let was_ours = before.iter().filter(|profile| ours(event, profile).is_some());
        let released =
            was_ours.filter(|profile| by_id(now, &profile.id).is_some_and(|now| owner(now).is_none()));
        // A rollback that removes what its update made goes by what that update stated.
        let retains = |profile: &&Profile| {
            let earlier = self.stated.iter().find(|(name, _)| **name == profile.name);
            event.stated.retain
                || earlier.is_some_and(|(_, stated)| stated.last().is_some_and(|it| it.retain))
        };
        let retained: Vec<String> = released.filter(retains).map(|profile| profile.id.clone()).collect();
        self.retained.extend(retained);
        self.latest = now.to_vec();
    }

    /// A profile that CloudFormation will not speak of again.
    pub(super) fn drop_from_stack(&mut self, physical_id: &str) {
        if let Some(id) = profile_id(physical_id) {
            self.stray(id.to_owned(), Stray::Dropped);
        }
    }

    /// The stack believes something of a profile that need not be so.
    pub(super) fn skip(&mut self, physical_id: &str) {
        self.inexact.extend(profile_id(physical_id).map(ToOwned::to_owned));
    }

    fn stray(&mut self, id: String, why: Stray) {
        self.inexact.insert(id.clone());
        self.strays.insert(id, why);
    }

    /// Another hand has changed something.
    pub(super) fn excuse(&mut self, now: &[Profile]) {
        let changed = self.latest.iter().filter(|before| by_id(now, &before.id) != Some(*before));
        let changed: Vec<String> = changed.map(|profile| profile.id.clone()).collect();
        self.inexact.extend(changed.clone());
        self.excused.extend(changed);
        self.latest = now.to_vec();
    }

    /// Judges what is there after an operation.
    pub(super) fn judge<'a>(&mut self, stacks: impl Iterator<Item = &'a Stack> + Clone, now: &[Profile]) {
        let held: BTreeSet<&str> = stacks
            .clone()
            .flat_map(|stack| stack.resources.values())
            .filter_map(|resource| profile_id(&resource.id))
            .collect();
        self.strays.retain(|id, _| {
            !held.contains(id.as_str()) && by_id(now, id).is_some_and(|profile| owner(profile).is_some())
        });
        let mut broken = self.of_the_start(now);
        for stack in stacks {
            broken.extend(self.of_stack(stack, now));
        }
        self.violations.extend(broken);
    }

    /// What was there before lives on, and only an adoption changes it.
    fn of_the_start(&self, now: &[Profile]) -> Vec<String> {
        let mut broken = Vec::new();
        for start in self.start.iter().filter(|start| !self.inexact.contains(&start.id)) {
            let statements = self.stated.get(start.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let is_protected =
                start.tags.contains_key(OWNER_TAG) || start.profile_type == ProfileType::AwsManaged;
            let Some(live) = by_id(now, &start.id) else {
                broken.push(format!("`{}` was there before and is gone", start.name));
                continue;
            };
            if is_protected || !statements.iter().any(|stated| stated.adopt) {
                if live != start {
                    broken.push(format!("a stranger was changed: {} became {}", show(start), show(live)));
                }
            } else if !only_stated_differs(start, live, statements) {
                broken.push(format!(
                    "more than was stated has changed: {} became {}",
                    show(start),
                    show(live)
                ));
            }
        }
        broken
    }

    fn of_stack(&self, stack: &Stack, now: &[Profile]) -> Vec<String> {
        let mut broken = Vec::new();
        let tagged =
            now.iter().filter(|profile| owner(profile).is_some_and(|(_, uuid, _)| uuid == stack.uuid));
        let known: BTreeSet<&str> =
            stack.resources.values().filter_map(|resource| profile_id(&resource.id)).collect();
        let is_settled = stack.status.is_empty() || stack.status.is_complete();
        for profile in tagged.filter(|profile| is_settled && !known.contains(profile.id.as_str())) {
            if !self.strays.contains_key(&profile.id) && !self.excused.contains(&profile.id) {
                broken.push(format!(
                    "{:?} is {:?} and `{}` still carries its tag",
                    stack.name, stack.status, profile.name
                ));
            }
        }
        if stack.status.is_empty() {
            let left = self.made.iter().filter(|(id, uuid)| **uuid == stack.uuid && by_id(now, id).is_some());
            let left = left.filter(|(id, _)| {
                !self.retained.contains(*id) && !self.strays.contains_key(*id) && !self.inexact.contains(*id)
            });
            broken.extend(left.map(|(id, _)| format!("{:?} made {id} and left it", stack.name)));
        }
        if stack.status.is_complete() {
            for (logical_id, resource) in stack.resources.iter().filter(|(_, resource)| !resource.is_skipped)
            {
                if let Err(what) = self.of_resource(stack, logical_id, resource, now) {
                    let Resource { stated, .. } = resource;
                    broken.push(format!(
                        "{:?} is {:?}, but {logical_id} {what}: {stated:?}",
                        stack.name, stack.status
                    ));
                }
            }
        }
        broken
    }

    fn of_resource(
        &self,
        stack: &Stack,
        logical_id: Text,
        resource: &Resource,
        now: &[Profile],
    ) -> Result<(), String> {
        let id = profile_id(&resource.id).ok_or("has no profile")?;
        if self.excused.contains(id) {
            return Ok(());
        }
        let live = by_id(now, id).ok_or("names a profile that is gone")?;
        let event = stack.event(logical_id, &resource.stated, Request::Create);
        let origin = ours(&event, live).ok_or_else(|| format!("is not ours: {}", show(live)))?;
        let inexact = self.inexact.contains(id);
        let has_name = inexact || live.name == resource.stated.name;
        let exact = origin == "adopted" || inexact || is_exact(live, &resource.stated);
        if has_name && as_stated(live, &resource.stated) && exact {
            Ok(())
        } else {
            Err(format!("is not as stated: {}", show(live)))
        }
    }

    /// The profiles that no call that writes may name, whatever it does.
    pub(super) fn judge_calls(&mut self, calls: &[Call]) {
        for start in self.start.iter().filter(|start| !self.inexact.contains(&start.id)) {
            let statements = self.stated.get(start.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let is_protected =
                start.tags.contains_key(OWNER_TAG) || start.profile_type == ProfileType::AwsManaged;
            if !is_protected && statements.iter().any(|stated| stated.adopt) {
                continue;
            }
            let mut writes = calls.iter().filter(|call| call.operation.is_write());
            if let Some(call) = writes.find(|call| call.uri.contains(&start.id)) {
                self.violations.push(format!("{} on the stranger `{}`", call.operation, start.name));
            }
        }
    }
}

/// Two answers to the same event say the same.
fn agree(left: &Answer, right: &Answer) -> bool {
    let timeless = |answer: &Answer| {
        let mut data = answer.data.clone();
        if let Some(data) = data.as_object_mut() {
            data.remove("LastModifiedTime");
        }
        (answer.status.clone(), answer.physical_id.clone(), data)
    };
    timeless(left) == timeless(right)
}

/// The calls that were refused.
fn refused(calls: &[Call]) -> impl Iterator<Item = Operation> {
    let is_full = |call: &Call| {
        call.response_headers.get("x-amzn-errortype").is_some_and(|it| it.starts_with("LimitExceeded"))
    };
    calls.iter().filter(move |call| call.status == 403 || is_full(call)).map(|call| call.operation)
}

/// Whether a call was refused that would have put something back, beside one that made the event fail.
fn undo_was_refused(calls: &[Call]) -> bool {
    refused(calls).count() >= 2 && refused(calls).any(Operation::is_write)
}

fn permissions(stated: &Stated) -> Option<BTreeSet<String>> {
    stated.permissions.as_ref().map(|list| list.iter().map(ToString::to_string).collect())
}

fn as_stated(live: &Profile, stated: &Stated) -> bool {
    let mut tags = stated.tags.iter().flatten();
    stated.description.is_none_or(|description| live.description == description)
        && permissions(stated).is_none_or(|permissions| live.permissions == permissions)
        && tags.all(|(key, value)| live.tags.get(*key).is_some_and(|live| live == value))
}

/// A profile that only the provider has ever written is empty where nothing is stated.
fn is_exact(live: &Profile, stated: &Stated) -> bool {
    let tags = stated.tags.iter().flatten().map(|(key, value)| (key.to_string(), value.to_string()));
    let expected = Profile {
        id: live.id.clone(),
        description: stated.description.unwrap_or_default().to_owned(),
        permissions: permissions(stated).unwrap_or_default(),
        tags: tags.chain([(OWNER_TAG.to_owned(), live.tags[OWNER_TAG].clone())]).collect(),
        ..Profile::named(stated.name)
    };
    content(live) == expected
}

/// An adopted profile keeps what nobody ever stated.
fn only_stated_differs(start: &Profile, live: &Profile, statements: &[Stated]) -> bool {
    let said = |is: fn(&Stated) -> bool| statements.iter().any(is);
    let keys: BTreeSet<Text> =
        statements.iter().flat_map(|stated| stated.tags.iter().flatten()).map(|(key, _)| *key).collect();
    let mut expected = content(start);
    let live = content(live);
    if said(|stated| stated.description.is_some()) {
        expected.description.clone_from(&live.description);
    }
    if said(|stated| stated.permissions.is_some()) {
        expected.permissions.clone_from(&live.permissions);
    }
    let is_others = |key: &str| key != OWNER_TAG && !keys.contains(key);
    let others = |profile: &Profile| -> BTreeMap<String, String> {
        let tags = profile.tags.clone().into_iter();
        tags.filter(|(key, _)| is_others(key)).collect()
    };
    let tags = others(&live);
    let same_tags = tags == others(&expected);
    expected.tags.clone_from(&live.tags);
    same_tags && expected == live
}
