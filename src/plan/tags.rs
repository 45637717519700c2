//! The tag steps: by key, the union never over Connect's fifty, tags of others and of AWS untouched.

use std::collections::BTreeSet;

use super::{Refusal, Step};
use crate::names::TagKey;
use crate::observed::Observed;
use crate::owner::is_owner_key;
use crate::previous::Previous;
use crate::properties::Desired;
use crate::settings::Tags;

const MOST_TAGS: usize = 50;

/// The keys that were stated, are stated no more, and are still there.
pub(super) fn forgotten(previous: &Previous, desired: &Desired, live: &Observed) -> BTreeSet<TagKey> {
    let stated = |key: &TagKey| desired.tags.as_ref().is_some_and(|tags| tags.contains_key(key));
    let removable = |key: &&TagKey| {
        live.tags.contains_key(key) && !stated(key) && !key.is_of_aws() && !is_owner_key(key.as_str())
    };
    previous.tag_keys.iter().filter(removable).cloned().collect()
}

/// What to do before and after the update of the members: tags are set before others are taken off, so that no policy that
/// looks at them sees a gap; only where both together would pass fifty are some taken off first, as few as needed.
pub(super) fn steps(
    wanted: &Tags,
    forgotten: &BTreeSet<TagKey>,
    live: &Observed,
) -> Result<(Vec<Step>, Vec<Step>), Refusal> {
    let tags: Tags = wanted
        .iter()
        .filter(|(key, value)| live.tags.get(key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let present: BTreeSet<&TagKey> = live.tags.keys().filter(|key| !key.is_of_aws()).collect();
    let added = tags.keys().filter(|key| !present.contains(key)).count();
    let union = present.len() + added;
    let count = union - forgotten.len();
    let arn = &live.arn;
    if added > 0 && count > MOST_TAGS {
        return Err(Refusal::TooManyTags { arn: arn.clone(), count });
    }
    let excess = if added > 0 { union.saturating_sub(MOST_TAGS) } else { 0 };
    let first: BTreeSet<TagKey> = forgotten.iter().take(excess).cloned().collect();
    let last: BTreeSet<TagKey> = forgotten.difference(&first).cloned().collect();

    let untag = |keys: BTreeSet<TagKey>| (!keys.is_empty()).then(|| Step::Untag { arn: arn.clone(), keys });
    let tag = (!tags.is_empty()).then(|| {
        let replaced = tags.keys().filter(|key| live.tags.contains_key(key)).cloned().collect();
        Step::Tag { arn: arn.clone(), tags, replaced }
    });
    Ok((untag(first).into_iter().chain(tag).collect(), untag(last).into_iter().collect()))
}
