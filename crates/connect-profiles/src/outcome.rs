//! What an event comes to, said for a person: created, changed, replaced, adopted, refused.

use std::collections::BTreeMap;
use std::fmt;

use connect_emulator::{Call, Operation, Profile};
use connect_security_profile::arn::InstanceArn;
use connect_security_profile::owner::OWNER_TAG;
use serde::Serialize;
use serde_json::Value;

use crate::difference::{PropertyChange, difference, hidden_input};
use crate::rehearsal::{Act, instances_of};

/// How many profiles an instance may have unless more were granted.
const USUAL_QUOTA: usize = 100;

/// What becomes of one resource.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The resource's name in the template.
    pub logical_id: String,
    /// `Custom::…`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// `Create`, `Update` or `Delete`.
    pub request: String,
    /// In one word.
    pub action: Action,
    /// The id that CloudFormation would get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<String>,
    /// The profiles that change.
    pub profiles: Vec<ProfileChange>,
    /// Properties that are known only when it is deployed, and so were left out.
    pub unknown: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The calls to Connect that change something.
    pub calls: Vec<Write>,
}

/// What becomes of a resource, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Nothing is written.
    None,
    /// A profile is made.
    Create,
    /// The profile is changed.
    Change,
    /// Another profile takes the place of the one there was.
    Replace,
    /// A profile that is nobody's becomes this resource's.
    Adopt,
    /// The profile is deleted.
    Delete,
    /// The profile stays and is nobody's then.
    Release,
    /// The deployment would fail here.
    Refuse,
    /// What becomes of it is known only when it is deployed.
    Unknown,
}

/// What becomes of one profile.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileChange {
    /// Its ARN; none of one that is still to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Its name.
    pub name: String,
    /// In one word.
    pub action: Action,
    /// Value by value.
    pub changes: Vec<PropertyChange>,
}

/// A call that changes something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Write {
    /// The operation.
    pub operation: Operation,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// The body; null where there is none.
    pub input: Value,
}

impl Outcome {
    /// Of what an event did to the copy.
    #[must_use]
    pub fn of(act: &Act) -> Self {
        let text = |name: &str| act.event[name].as_str().unwrap_or_default().to_owned();
        let (request, given) = (text("RequestType"), text("PhysicalResourceId"));
        let profiles = profile_changes(act);
        let (reason, physical_id) = match &act.answer {
            Err(error) => (Some(error.clone()), None),
            Ok(answer) => {
                let text = |name: &str| answer[name].as_str().map(ToOwned::to_owned);
                (text("Reason").filter(|_| answer["Status"] != "SUCCESS"), text("PhysicalResourceId"))
            }
        };
        let of = |action| profiles.iter().any(|profile| profile.action == action);
        let action = if reason.is_some() {
            Action::Refuse
        } else if request == "Update" && physical_id.as_ref().is_some_and(|id| *id != given) {
            Action::Replace
        } else {
            let ranked = [Action::Create, Action::Adopt, Action::Change, Action::Delete, Action::Release];
            ranked.into_iter().find(|action| of(*action)).unwrap_or(Action::None)
        };
        let mut notes = act.warnings.clone();
        notes.extend(not_looked_up(act, &profiles));
        let is_new =
            |id: &str| profiles.iter().any(|it| it.action == Action::Create && it.arn.as_deref() == Some(id));
        // The copy made up the id of what is still to be made.
        let physical_id = physical_id.filter(|id| !is_new(id));
        let profiles: Vec<_> = profiles
            .into_iter()
            .map(|it| if it.action == Action::Create { ProfileChange { arn: None, ..it } } else { it })
            .collect();
        Self {
            logical_id: text("LogicalResourceId"),
            resource_type: text("ResourceType"),
            request,
            action,
            physical_id,
            profiles,
            unknown: Vec::new(),
            notes,
            reason,
            calls: writes(&act.calls),
        }
    }

    /// Of a resource that no event is sent for, or none that is known.
    #[must_use]
    pub fn without_event(
        logical_id: &str,
        resource_type: &str,
        action: Action,
        note: impl Into<String>,
    ) -> Self {
        Self {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            request: String::new(),
            action,
            physical_id: None,
            profiles: Vec::new(),
            unknown: Vec::new(),
            notes: vec![note.into()],
            reason: None,
            calls: Vec::new(),
        }
    }

    /// Without the values that the Lambda's logs would not show.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        for profile in &mut self.profiles {
            let changes = std::mem::take(&mut profile.changes);
            profile.changes = changes.into_iter().map(PropertyChange::hidden).collect();
        }
        for call in &mut self.calls {
            call.input = hidden_input(std::mem::take(&mut call.input));
        }
        self
    }
}

/// What the copy cannot show.
fn not_looked_up(act: &Act, profiles: &[ProfileChange]) -> Vec<String> {
    let mut notes = Vec::new();
    if profiles.iter().any(|profile| profile.action == Action::Delete) {
        let note = "whether users hold the profile was not looked up; while they do, it cannot be deleted";
        notes.push(note.to_owned());
    }
    for instance in instances_of(&act.event) {
        match act.before.get(&instance).map(BTreeMap::len) {
            None => notes.push(format!(
                "{instance} was not found with these credentials; if it is in another account, use that account's, say by \
                 `--profile`"
            )),
            Some(count) if count >= USUAL_QUOTA && act.after[&instance].len() > count => notes.push(format!(
                "the instance has {count} profiles, and Connect's default quota is {USUAL_QUOTA}; whether it was raised was \
                 not looked up"
            )),
            Some(_) => {}
        }
    }
    notes.dedup();
    notes
}

/// The calls that changed something, as they are made.
#[must_use]
pub fn writes(calls: &[Call]) -> Vec<Write> {
    let made = calls.iter().filter(|call| call.effect);
    made.map(|call| Write {
        operation: call.operation,
        method: call.method.clone(),
        uri: call.uri.clone(),
        input: call.request_body.clone(),
    })
    .collect()
}

fn profile_changes(act: &Act) -> Vec<ProfileChange> {
    let none = BTreeMap::new();
    let mut changes = Vec::new();
    for (instance, after) in &act.after {
        let before = act.before.get(instance).unwrap_or(&none);
        let gone = before.iter().filter(|(id, _)| !after.contains_key(*id));
        changes.extend(gone.map(|(_, was)| change(instance, Some(was), None)));
        for (id, now) in after {
            let was = before.get(id);
            let is_same = was.is_some_and(|was| content(was) == content(now));
            if !is_same {
                changes.push(change(instance, was, Some(now)));
            }
        }
    }
    changes
}

/// A profile but for when it was modified.
fn content(profile: &Profile) -> Profile {
    Profile { last_modified_time: 0.0, last_modified_region: String::new(), ..profile.clone() }
}

fn change(instance: &InstanceArn, before: Option<&Profile>, after: Option<&Profile>) -> ProfileChange {
    let owned = |profile: &Profile| profile.tags.contains_key(OWNER_TAG);
    let action = match (before, after) {
        (None, _) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(before), Some(after)) => match (owned(before), owned(after)) {
            (false, true) => Action::Adopt,
            (true, false) => Action::Release,
            _ => Action::Change,
        },
    };
    let either = after.or(before);
    let changes = if after.is_some() { difference(before, after) } else { Vec::new() };
    ProfileChange {
        arn: either.and_then(|profile| instance.profile(&profile.id)).map(|arn| arn.to_string()),
        name: either.map(|profile| profile.name.clone()).unwrap_or_default(),
        action,
        changes,
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "no change",
            Self::Create => "create",
            Self::Change => "change",
            Self::Replace => "replace",
            Self::Adopt => "adopt",
            Self::Delete => "delete",
            Self::Release => "release",
            Self::Refuse => "refused",
            Self::Unknown => "known after deploy",
        })
    }
}
