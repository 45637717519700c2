//! The laws of one event: what its answers say, and what the provider may have changed for it.

use connect_emulator::{Profile, ProfileType};
use connect_security_profile::attributes::ATTRIBUTES;
use serde_json::{Value, json};

use super::stack::{Event, Request};
use crate::world::{Answer, INSTANCE, INSTANCE_ID, OWNER_TAG};

pub(crate) const NONE: &str = "connect-security-profile:none";
pub(crate) const UNKNOWN: &str = "connect-security-profile:unknown";

/// An event with what was there before and after it.
pub(super) struct Case<'a> {
    pub(super) event: &'a Event,
    pub(super) before: &'a [Profile],
    pub(super) now: &'a [Profile],
    /// Another run of the event may have left something, so that what this one read first is not what was there before.
    pub(super) is_repeated: bool,
    /// It was delivered more than once, and a call was refused, or never answered, to one delivery only. That one may have put
    /// back what the other did, or the other may have done what that one says was not: there is nothing by which they could
    /// agree.
    pub(super) is_split: bool,
    /// More went wrong than made the event fail, so that what it had done could not be undone or looked at: another call was
    /// refused, nothing worked any more, or time was up.
    pub(super) undo_failed: bool,
    /// The permission that the operator denies.
    pub(super) denied: Option<&'a str>,
}

/// The origin, if the profile is the event's resource's.
pub(super) fn ours<'a>(event: &Event, profile: &'a Profile) -> Option<&'a str> {
    let (origin, uuid, logical_id) = owner(profile)?;
    (uuid == event.uuid && logical_id == event.logical_id).then_some(origin)
}

/// Origin, stack UUID and logical id in the owner tag.
pub(super) fn owner(profile: &Profile) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = profile.tags.get(OWNER_TAG)?.split('/').collect();
    match parts[..] {
        ["v1", origin, _region, _account, uuid, logical_id, ..] => Some((origin, uuid, logical_id)),
        _ => None,
    }
}

pub(super) fn profile_id(physical_id: &str) -> Option<&str> {
    physical_id.strip_prefix(INSTANCE)?.strip_prefix("/security-profile/")
}

pub(super) fn by_id<'a>(profiles: &'a [Profile], id: &str) -> Option<&'a Profile> {
    profiles.iter().find(|profile| profile.id == id)
}

/// A profile without the time and place of its last change.
pub(super) fn content(profile: &Profile) -> Profile {
    Profile { last_modified_time: 0.0, last_modified_region: String::new(), ..profile.clone() }
}

impl Case<'_> {
    /// What is ours since this event, was there before without an owner, and holds what the operator denies.
    pub(super) fn wrongly_adopted(&self) -> Vec<String> {
        let was_free = |now: &&Profile| {
            by_id(self.before, &now.id).is_some_and(|before| !before.tags.contains_key(OWNER_TAG))
        };
        let adopted = self.now.iter().filter(|now| ours(self.event, now).is_some()).filter(was_free);
        adopted
            .filter(|now| self.is_denied(now))
            .map(|now| format!("`{}` was adopted with what is denied: {:?}", now.name, self.event))
            .collect()
    }

    fn is_denied(&self, profile: &Profile) -> bool {
        self.denied.is_some_and(|denied| profile.permissions.contains(denied))
    }

    /// What an answer breaks.
    pub(super) fn answer(&self, answer: &Answer) -> Vec<String> {
        let mut broken = Vec::new();
        let is_excepted = self.is_split;
        let mut law = |holds: bool, law: &str| {
            if !holds && !is_excepted {
                broken.push(format!("{law}: {:?}: {answer:?}", self.event));
            }
        };
        law(matches!(answer.status.as_str(), "SUCCESS" | "FAILED"), "a status is one of two");
        law(answer.is_success() == answer.reason.is_empty(), "a failure has a reason");
        let given = self.event.given_id();
        let keeps_id = given.is_none_or(|given| given == answer.physical_id);
        let live = profile_id(&answer.physical_id).and_then(|id| by_id(self.now, id));
        match (&self.event.request, answer.is_success()) {
            (Request::Delete { id }, true) => {
                law(keeps_id, "a Delete answers the id that it was given");
                law(self.is_deleted(id), "a Delete leaves nothing, releases, or leaves another's alone");
            }
            (Request::Delete { .. }, false) => law(keeps_id, "a Delete answers the id that it was given"),
            (Request::Update { .. }, false) => {
                law(keeps_id, "a failed Update answers the id that it was given");
                let others = |profile: &&Profile| Some(profile.id.as_str()) != given.and_then(profile_id);
                law(
                    self.undo_failed || self.newly_ours().find(others).is_none(),
                    "a failed Update leaves no profile behind",
                );
                law(self.has_put_back(), "a failed Update leaves what was not ours as it was");
            }
            (Request::Create, false) => self.failed_create(answer, live, &mut law),
            (request, true) => {
                law(attributes_are_right(answer), "always the same eight attributes, all strings");
                let origin = live.and_then(|live| ours(self.event, live));
                let is_anothers = matches!(request, Request::Update { .. })
                    && live.is_some_and(|live| owner(live).is_some() && origin.is_none());
                // It lost its tag, and holds what may not be adopted.
                let is_left = matches!(request, Request::Update { .. })
                    && live.is_some_and(|live| owner(live).is_none() && self.is_denied(live));
                let is_anothers = is_anothers || is_left;
                law(origin.is_some() || is_anothers, "a success names a profile that carries our tag");
                law(
                    is_anothers || origin == answer.data["Origin"].as_str(),
                    "`Origin` is what the owner tag says",
                );
            }
        }
        broken
    }

    fn failed_create(&self, answer: &Answer, live: Option<&Profile>, law: &mut impl FnMut(bool, &str)) {
        law(self.has_put_back(), "a failed Create leaves what was not ours as it was");
        match answer.physical_id.as_str() {
            NONE => {
                law(self.newly_ours().next().is_none(), "*none* is answered when nothing carries our tag");
                let as_before = self.before.iter().map(content).eq(self.now.iter().map(content));
                law(
                    as_before || self.is_repeated || self.undo_failed,
                    "*none* is answered when all is as it was",
                );
            }
            UNKNOWN => {}
            _ => law(
                live.is_some_and(|live| ours(self.event, live).is_some()) || self.may_be_claimed(live),
                "a failed Create answers an ARN only of a profile that carries our tag",
            ),
        }
    }

    /// Whether what was not ours before holds what it held; but for the profile of the event itself, which may be claimed again.
    fn has_put_back(&self) -> bool {
        let given = self.event.given_id().and_then(profile_id);
        let others = self.before.iter().filter(|before| ours(self.event, before).is_none());
        let mut others = others.filter(|before| Some(before.id.as_str()) != given);
        let is_as_it_was =
            |before: &Profile| by_id(self.now, &before.id).map(content) == Some(content(before));
        self.undo_failed || self.is_repeated || others.all(is_as_it_was)
    }

    /// Whether a claim was sent and nobody can tell what became of it.
    fn may_be_claimed(&self, live: Option<&Profile>) -> bool {
        let is_nobodys = live.is_some_and(|live| owner(live).is_none());
        self.undo_failed && self.event.stated.adopt && is_nobodys
    }

    /// Profiles that carry our tag since this event.
    pub(super) fn newly_ours(&self) -> impl Iterator<Item = &Profile> {
        let was_ours =
            |id: &str| by_id(self.before, id).is_some_and(|profile| ours(self.event, profile).is_some());
        self.now.iter().filter(move |profile| ours(self.event, profile).is_some() && !was_ours(&profile.id))
    }

    fn is_deleted(&self, id: &str) -> bool {
        let is_meant = |profile: &&Profile| match (id, profile_id(id)) {
            (NONE, _) => false,
            (_, Some(id)) => profile.id == id,
            _ => profile.name == self.event.stated.name,
        };
        self.before.iter().filter(is_meant).all(|before| {
            let now = by_id(self.now, &before.id);
            match ours(self.event, before) {
                Some("created") if !self.event.stated.retain => now.is_none(),
                Some(_) => now.is_some_and(|now| owner(now).is_none()),
                None => now == Some(before),
            }
        })
    }

    /// What the event changed and may not have: only what is ours, or what it may take over or make. What a Create has made
    /// may be released by now, if it `was_cancelled`.
    pub(super) fn strangers(&self, was_cancelled: bool) -> Vec<String> {
        let event = self.event;
        let is_delete = matches!(event.request, Request::Delete { .. });
        let given = event.given_id().and_then(profile_id);
        let changed = self.before.iter().filter(|before| by_id(self.now, &before.id) != Some(*before));
        let taken = changed.filter(|before| {
            let may_adopt = event.stated.adopt && !is_delete && before.name == event.stated.name;
            let may_claim = given == Some(before.id.as_str()) && !is_delete;
            let is_nobodys = !before.tags.contains_key(OWNER_TAG);
            match (ours(event, before), by_id(self.now, &before.id)) {
                (Some(origin), None) => origin != "created",
                (Some(_), Some(_)) => false,
                (None, now) => !(is_nobodys && now.is_some() && (may_adopt || may_claim)),
            }
        });
        let made = self.now.iter().filter(|now| by_id(self.before, &now.id).is_none());
        let wrong = made.filter(|made| {
            let is_released = was_cancelled && event.stated.retain && owner(made).is_none();
            let is_ours = ours(event, made) == Some("created") || is_released;
            is_delete || !is_ours || made.name != event.stated.name
        });
        let managed = self.before.iter().filter(|before| {
            before.profile_type == ProfileType::AwsManaged && by_id(self.now, &before.id) != Some(*before)
        });
        taken
            .chain(wrong)
            .chain(managed)
            .map(|profile| format!("not its to change: `{}`: {event:?}", profile.name))
            .collect()
    }
}

fn attributes_are_right(answer: &Answer) -> bool {
    let Value::Object(data) = &answer.data else { return false };
    let id = profile_id(&answer.physical_id).unwrap_or_default();
    let seconds = data.get("LastModifiedTime").and_then(Value::as_str).unwrap_or_default();
    data.keys().eq(ATTRIBUTES)
        && data.values().all(Value::is_string)
        && data["InstanceArn"] == INSTANCE
        && data["InstanceId"] == INSTANCE_ID
        && data["LastModifiedRegion"] == "us-east-1"
        && data["SecurityProfileArn"] == json!(answer.physical_id)
        && data["SecurityProfileId"] == id
        && seconds.parse::<u64>().is_ok_and(|seconds| seconds > 1_500_000_000)
}
