//! What to do, as data: pure functions from what is wanted and what is there to the calls that are needed.
//!
//! No IO, no clock, no type of the AWS SDK. A plan prints the same way in logs and tests; an empty one is "nothing to do".

mod refusal;
mod tags;
mod text;
mod undo;
mod widening;

use std::collections::BTreeSet;

use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::names::{ProfileName, TagKey};
use crate::observed::Observed;
use crate::owner::{OWNER_TAG, Origin, Owner, Ownership, is_owner_key};
use crate::ownership::{Course, Parting, Wish, course, parting};
use crate::previous::Previous;
use crate::properties::{Desired, OnDelete};
use crate::settings::{Member, Settings, Tags};
use crate::undisclosed::Undisclosed;
pub use refusal::Refusal;
use refusal::{tag_command, taking};
pub use undo::plan_undo;
pub use widening::{Way, Widening};
use widening::{widenings, widenings_of_tags};

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
    /// A member of an adopted profile is changed that was not stated before, so no rollback knows what it was.
    FirstStated(Member),
    /// The profile may allow more than before, though no denied permission is added.
    Widened(Widening),
    /// An adopted profile keeps a tag that the template no longer states.
    LeftTag(TagKey),
    /// The profile is another owner's and stays as it is.
    AnotherOwner(String),
    /// The profile has no owner tag and stays as it is.
    NoOwner,
    /// The profile is AWS's own and stays as it is.
    AwsManaged,
}

impl Plan {
    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether it takes a reading's word for something that the template changed: that it is so already, or that nobody
    /// claims the profile any more. Reads lag, so soon after another event such a plan may be wrong.
    #[must_use]
    pub fn rests_on_a_reading(
        &self,
        desired: &Desired,
        previous: &Previous,
        live: &Observed,
        owner: &Owner,
    ) -> bool {
        let ownership = live.ownership(owner);
        let stated = desired.settings.members();
        let is_planned = |member: &Member| {
            self.steps.iter().any(|step| match step {
                Step::Update { changes, .. } => changes.members().contains(member),
                _ => false,
            })
        };
        let is_wanted =
            |member: &Member| stated.contains(member) || ownership == Ownership::Ours(Origin::Created);
        let touches_tags =
            self.steps.iter().any(|step| matches!(step, Step::Tag { .. } | Step::Untag { .. }));
        ownership == Ownership::Nobody
            || previous.changed.iter().any(|member| is_wanted(member) && !is_planned(member))
            || (previous.tags_changed && !touches_tags)
    }

    /// Whether nothing but the owner tag is to be written.
    #[must_use]
    pub fn only_claims(&self) -> bool {
        let is_owner_tag = |key: &TagKey| is_owner_key(key.as_str());
        matches!(&self.steps[..], [Step::Tag { tags, .. }] if tags.keys().all(is_owner_tag))
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

/// Makes a profile that exists what the template states, as far as [`course`] allows: by what is stated, by what was stated
/// `previous`ly, by what is there. A claim is a plan of its own, because it has to be read back before anything else is
/// written; but what stands in the way of the rest stands in its way.
pub fn plan_existing(
    wish: Wish,
    desired: &Desired,
    previous: &Previous,
    live: &Observed,
    owner: &Owner,
) -> Result<Plan, Refusal> {
    let ownership = live.ownership(owner);
    let forgotten = Forgotten {
        members: previous.members.difference(&desired.settings.members()).copied().collect(),
        tag_keys: tags::forgotten(previous, desired, live),
    };
    let nothing = Forgotten::default();
    let (name, arn) = (desired.name.clone(), live.arn.clone());
    match course(wish, &ownership) {
        Course::MakeAsFresh => {
            let stated = desired.settings.members();
            let members = Member::ALL.into_iter().filter(|member| !stated.contains(member)).collect();
            converge(desired, &Forgotten { members, ..nothing }, None, live)
        }
        Course::Converge => converge(desired, &forgotten, None, live),
        Course::Merge => {
            let mut plan = converge(desired, &nothing, None, live)?;
            plan.notes.extend(first_stated(&plan, previous));
            plan.notes.extend(left(&forgotten));
            Ok(plan)
        }
        Course::Claim => {
            let tag = owner.tag(Origin::Adopted);
            converge(desired, &nothing, Some(tag.clone()), live)?;
            let claim = Step::Tag { arn, tags: Tags::from([tag]), replaced: BTreeSet::new() };
            Ok(Plan { steps: vec![claim], notes: Vec::new() })
        }
        Course::ClaimAgain => {
            let mut plan = converge(desired, &nothing, Some(owner.tag(Origin::Adopted)), live)?;
            plan.notes.push(Note::ClaimedAgain);
            plan.notes.extend(left(&forgotten));
            Ok(plan)
        }
        Course::LeaveOrFail => {
            let owner = ownership.other().unwrap_or_default();
            if converge(desired, &nothing, None, live)?.is_empty() {
                Ok(Plan { steps: Vec::new(), notes: vec![Note::AnotherOwner(owner)] })
            } else {
                Err(Refusal::AnotherOwner { arn, owner })
            }
        }
        Course::Refuse => Err(match (ownership.other(), wish) {
            (Some(other), _) => {
                let then = taking(wish, &arn, owner);
                Refusal::TakenByAnother { name, arn, owner: other, then }
            }
            (None, Wish::Replace { .. }) => {
                let tag = tag_command(&arn, owner);
                Refusal::TakenWithoutTag { name, arn, tag }
            }
            (None, _) => Refusal::TakenByNobody { name, arn },
        }),
    }
}

/// Deletes what the owner created, releases what it adopted or is told to retain, and leaves all else as it is.
#[must_use]
pub fn plan_delete(live: &Observed, owner: &Owner, on_delete: OnDelete) -> Plan {
    let ownership = live.ownership(owner);
    let step = match parting(on_delete, &ownership) {
        Parting::Delete => Step::Delete { arn: live.arn.clone() },
        Parting::Release => release(&live.arn),
        Parting::Leave => {
            let note = ownership.other().map_or(Note::NoOwner, Note::AnotherOwner);
            return Plan { steps: Vec::new(), notes: vec![note] };
        }
    };
    if live.is_aws_managed {
        return Plan { steps: Vec::new(), notes: vec![Note::AwsManaged] };
    }
    Plan { steps: vec![step], notes: Vec::new() }
}

fn release(arn: &SecurityProfileArn) -> Step {
    Step::Untag { arn: arn.clone(), keys: BTreeSet::from([TagKey::from(OWNER_TAG)]) }
}

/// Whether an Update asks for another profile: instance or name were others before, and the live profile (which the
/// physical id names) does not have the new ones already, as it does when a rolled-back event carries the new id.
#[must_use]
pub fn is_replacement(desired: &Desired, previous: &Previous, live: &Observed) -> bool {
    let is_there_already = *live.arn.instance() == desired.instance && live.name == desired.name.as_str();
    previous.is_of_another && !is_there_already
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
    plan.notes.extend(widenings(&changes, &live.settings));
    plan.notes.extend(widenings_of_tags(&plan.steps));
    if !changes.is_silent() {
        plan.steps.push(Step::Update { arn: live.arn.clone(), changes, before: live.settings.clone() });
    }
    plan.steps.extend(after);
    if live.is_aws_managed && !plan.is_empty() {
        return Err(Refusal::AwsManaged(live.arn.clone()));
    }
    Ok(plan)
}

/// The members of an adopted profile that are changed without having been stated before.
fn first_stated(plan: &Plan, previous: &Previous) -> Vec<Note> {
    let changed = plan.steps.iter().filter_map(|step| match step {
        Step::Update { changes, .. } => Some(changes.members()),
        _ => None,
    });
    changed.flatten().filter(|member| !previous.members.contains(member)).map(Note::FirstStated).collect()
}

fn left(forgotten: &Forgotten) -> impl Iterator<Item = Note> {
    let members = forgotten.members.iter().map(|member| Note::Left(*member));
    members.chain(forgotten.tag_keys.iter().map(|key| Note::LeftTag(key.clone())))
}

#[cfg(test)]
mod tests;
