//! The way back from a take-over that failed: what was read before it is put back, and the claim is given up.

use std::collections::BTreeSet;

use super::{Plan, Step, release};
use crate::arn::SecurityProfileArn;
use crate::names::TagKey;
use crate::observed::Observed;
use crate::owner::OWNER_TAG;
use crate::settings::Tags;

/// Puts a profile back as it was: undoes the steps that were `attempted` on it, last first, and takes the owner tag off
/// at the end, so that what is being put back stays claimed. `before` is the profile as read before these steps.
#[must_use]
pub fn plan_undo(attempted: &[Step], before: &Observed) -> Plan {
    let mut steps = Vec::new();
    for step in attempted.iter().rev() {
        match step {
            Step::Update { arn, changes, before } => {
                let (arn, members) = (arn.clone(), changes.members());
                let changed = before.clone().after(changes);
                steps.push(Step::Update { arn, changes: before.only(&members), before: changed });
            }
            Step::Tag { arn, tags, .. } => {
                let (replaced, added): (BTreeSet<_>, BTreeSet<_>) =
                    tags.keys().cloned().partition(|key| before.tags.contains_key(key));
                steps.extend(retag(arn, &replaced, before));
                steps.extend((!added.is_empty()).then(|| Step::Untag { arn: arn.clone(), keys: added }));
            }
            Step::Untag { arn, keys } => steps.extend(retag(arn, keys, before)),
            // A profile that is deleted or made is not put back.
            Step::Create(_) | Step::Delete { .. } => {}
        }
    }
    steps.push(release(&before.arn));
    Plan { steps, notes: Vec::new() }
}

fn retag(arn: &SecurityProfileArn, keys: &BTreeSet<TagKey>, before: &Observed) -> Option<Step> {
    let owner_tag = TagKey::from(OWNER_TAG);
    let was = |key: &&TagKey| **key != owner_tag && before.tags.contains_key(*key);
    let tags: Tags = keys.iter().filter(was).map(|key| (key.clone(), before.tags[key].clone())).collect();
    let replaced = tags.keys().cloned().collect();
    (!tags.is_empty()).then(|| Step::Tag { arn: arn.clone(), tags, replaced })
}
