//! What to do, as data: pure functions from what is wanted and what is there to the calls that are needed.
//!
//! No IO, no clock, no type of the AWS SDK. A plan prints the same way in logs and tests; an empty one is "nothing to do".

mod tags;
mod text;

use std::collections::BTreeSet;

use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::names::{ProfileName, TagKey};
use crate::observed::Observed;
use crate::owner::{OWNER_TAG, Origin, Owner, Ownership};
use crate::previous::Previous;
use crate::properties::{Desired, OnDelete};
use crate::settings::{Member, Settings, Tags};
use crate::undisclosed::Undisclosed;

/// The calls to make, in order, and what a person should know about them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// One write each.
    pub steps: Vec<Step>,
    /// Warnings for the log.
    pub notes: Vec<Note>,
}

/// One write to Connect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `CreateSecurityProfile`
    Create(NewProfile),
    /// `TagResource`
    Tag {
        /// The profile.
        arn: SecurityProfileArn,
        /// The tags to set.
        tags: Tags,
        /// Those of them that it has already, with another value.
        replaced: BTreeSet<TagKey>,
    },
    /// `UpdateSecurityProfile`
    Update {
        /// The profile.
        arn: SecurityProfileArn,
        /// The members to set, and no others.
        changes: Settings,
        /// What these members are now.
        before: Settings,
    },
    /// `UntagResource`
    Untag {
        /// The profile.
        arn: SecurityProfileArn,
        /// The keys to take off.
        keys: BTreeSet<TagKey>,
    },
    /// `DeleteSecurityProfile`
    Delete {
        /// The profile.
        arn: SecurityProfileArn,
    },
}

/// A profile to be made, its owner tag among its tags.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewProfile {
    /// Where.
    pub instance: InstanceArn,
    /// By which name.
    pub name: ProfileName,
    /// With which members.
    pub settings: Settings,
    /// With which tags.
    pub tags: Tags,
}

/// Something that is not a call but that a person should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// The profile has another name than the template, given in the console.
    Renamed {
        /// The name it has.
        live: String,
        /// The name in the template.
        stated: String,
    },
    /// The owner tag was gone and is put back, as of an adopted profile: whose it was can no longer be proved.
    ClaimedAgain,
    /// An adopted profile keeps a member that the template no longer states.
    Left(Member),
    /// An adopted profile keeps a tag that the template no longer states.
    LeftTag(TagKey),
    /// The profile is another owner's and stays as it is.
    AnotherOwner(String),
    /// The profile has no owner tag and stays as it is.
    NoOwner,
}

/// Why nothing may be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The profile is another owner's.
    #[error(
        "{arn} belongs to {owner}; it was left as it is. To take it over, release it there, or run \
         `aws connect untag-resource --resource-arn {arn} --tag-keys {OWNER_TAG}`"
    )]
    AnotherOwner {
        /// The profile.
        arn: SecurityProfileArn,
        /// Its owner, for people.
        owner: String,
    },
    /// The profile is AWS's own.
    #[error("{0} is of type AWS_MANAGED, which only AWS changes")]
    AwsManaged(SecurityProfileArn),
    /// The profile would have more tags than Connect allows.
    #[error("{arn} would have {count} tags, and Connect allows 50; take some off, or state fewer")]
    TooManyTags {
        /// The profile.
        arn: SecurityProfileArn,
        /// How many it would have.
        count: usize,
    },
}

impl Plan {
    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Makes the profile: one call, which carries the owner tag.
#[must_use]
pub fn plan_create(desired: &Desired, owner: &Owner) -> Plan {
    let mut tags = desired.tags.clone().unwrap_or_default();
    tags.extend([owner.tag(Origin::Created)]);
    let profile = NewProfile {
        instance: desired.instance.clone(),
        name: desired.name.clone(),
        settings: desired.settings.changes(&Settings::empty(), &BTreeSet::new()),
        tags,
    };
    Plan { steps: vec![Step::Create(profile)], notes: Vec::new() }
}

/// Makes the live profile what the template states, three ways: by what it states, by what it stated, by what is there.
pub fn plan_update(
    desired: &Desired,
    previous: &Previous,
    live: &Observed,
    owner: &Owner,
) -> Result<Plan, Refusal> {
    let forgotten = Forgotten {
        members: previous.members.difference(&desired.settings.members()).copied().collect(),
        tag_keys: tags::forgotten(previous, desired, live),
    };
    match live.ownership(owner) {
        Ownership::Ours(Origin::Created) => converge(desired, &forgotten, None, live),
        Ownership::Ours(Origin::Adopted) => {
            let mut plan = converge(desired, &Forgotten::default(), None, live)?;
            plan.notes.extend(left(&forgotten));
            Ok(plan)
        }
        Ownership::Nobody => {
            let claim = Some(owner.tag(Origin::Adopted));
            let mut plan = converge(desired, &Forgotten::default(), claim, live)?;
            plan.notes.push(Note::ClaimedAgain);
            plan.notes.extend(left(&forgotten));
            Ok(plan)
        }
        Ownership::Another(other) => {
            let plan = converge(desired, &Forgotten::default(), None, live)?;
            if plan.is_empty() {
                Ok(Plan { steps: Vec::new(), notes: vec![Note::AnotherOwner(other)] })
            } else {
                Err(Refusal::AnotherOwner { arn: live.arn.clone(), owner: other })
            }
        }
    }
}

/// Makes a profile that an earlier run of the same Create left behind what a fresh one would be: members that are not
/// stated are empty. Tags of others stay.
pub fn plan_again(desired: &Desired, live: &Observed) -> Result<Plan, Refusal> {
    let stated = desired.settings.members();
    let unstated = Member::ALL.into_iter().filter(|member| !stated.contains(member)).collect();
    converge(desired, &Forgotten { members: unstated, ..Forgotten::default() }, None, live)
}

/// Deletes what the owner created, releases what it adopted or is told to retain, and leaves all else as it is.
#[must_use]
pub fn plan_delete(live: &Observed, owner: &Owner, on_delete: OnDelete) -> Plan {
    let arn = live.arn.clone();
    let release = Step::Untag { arn: arn.clone(), keys: BTreeSet::from([TagKey::from(OWNER_TAG)]) };
    match (live.ownership(owner), on_delete) {
        (Ownership::Ours(Origin::Created), OnDelete::Delete) => {
            Plan { steps: vec![Step::Delete { arn }], notes: Vec::new() }
        }
        (Ownership::Ours(_), _) => Plan { steps: vec![release], notes: Vec::new() },
        (Ownership::Another(other), _) => Plan { steps: Vec::new(), notes: vec![Note::AnotherOwner(other)] },
        (Ownership::Nobody, _) => Plan { steps: Vec::new(), notes: vec![Note::NoOwner] },
    }
}

/// Whether an Update asks for another profile: instance or name were others before, and the live profile (which the
/// physical id names) does not have the new ones already, as it does when a rolled-back event carries the new id.
#[must_use]
pub fn is_replacement(desired: &Desired, previous: &Previous, live: &Observed) -> bool {
    let is_there_already = *live.arn.instance() == desired.instance && live.name == desired.name.as_str();
    previous.was_another_profile(desired) && !is_there_already
}

/// What is to be taken away because it is no longer stated.
#[derive(Default)]
struct Forgotten {
    members: BTreeSet<Member>,
    tag_keys: BTreeSet<TagKey>,
}

fn converge(
    desired: &Desired,
    forgotten: &Forgotten,
    claim: Option<(TagKey, Undisclosed)>,
    live: &Observed,
) -> Result<Plan, Refusal> {
    let mut plan = Plan::default();
    if live.name != desired.name.as_str() {
        plan.notes.push(Note::Renamed { live: live.name.clone(), stated: desired.name.to_string() });
    }
    let mut wanted = desired.tags.clone().unwrap_or_default();
    wanted.extend(claim);
    let (before, after) = tags::steps(&wanted, &forgotten.tag_keys, live)?;
    plan.steps.extend(before);
    let changes = desired.settings.changes(&live.settings, &forgotten.members);
    if !changes.is_silent() {
        plan.steps.push(Step::Update { arn: live.arn.clone(), changes, before: live.settings.clone() });
    }
    plan.steps.extend(after);
    if live.is_aws_managed && !plan.is_empty() {
        return Err(Refusal::AwsManaged(live.arn.clone()));
    }
    Ok(plan)
}

fn left(forgotten: &Forgotten) -> impl Iterator<Item = Note> {
    let members = forgotten.members.iter().map(|member| Note::Left(*member));
    members.chain(forgotten.tag_keys.iter().map(|key| Note::LeftTag(key.clone())))
}

#[cfg(test)]
mod tests;
