//! What the properties before an Update stated of the same profile, as far as it can be told.
//!
//! Where they name another profile, they stated nothing of this one: an Update that goes back to a profile after a failed
//! rename finds what it never touched, and must not empty a member because the other name stated it.
//!
//! Old properties are whatever an older version of the provider accepted, so nothing here is an error: what cannot be read
//! counts as stated, because the two uses of it (clear what is no longer stated; untag what is no longer stated) both need
//! to know only *that* something was said.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::names::TagKey;
use crate::properties::{Desired, text_of};
use crate::settings::Member;

/// The statement before.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Previous {
    /// The members that were stated.
    pub members: BTreeSet<Member>,
    /// The keys of the tags that were stated; those that cannot be read are left out, as no tag is theirs.
    pub tag_keys: BTreeSet<TagKey>,
    /// The members stated otherwise than now, or not at all.
    pub changed: BTreeSet<Member>,
    /// Whether the tags were stated otherwise than now.
    pub tags_changed: bool,
    /// Whether instance or name are others now, or were unreadable.
    pub is_of_another: bool,
}

impl Previous {
    /// Reads old properties, for what is `desired` now. Never fails.
    #[must_use]
    pub fn read(properties: &Map<String, Value>, desired: &Desired) -> Self {
        let is = |name, now: &str| text_of(properties, name).as_deref() == Some(now);
        if !is("InstanceArn", &desired.instance.to_string())
            || !is("SecurityProfileName", desired.name.as_str())
        {
            return Self { is_of_another: true, ..Self::default() };
        }
        let stated = |member: &Member| properties.get(member.name()).is_some_and(|value| !value.is_null());
        let members: BTreeSet<Member> = Member::ALL.into_iter().filter(stated).collect();
        let tag_keys = properties.get("Tags").map(tag_keys).unwrap_or_default();
        // What was refused then, by a rule or a limit, counts as stated otherwise.
        let before = Desired::read_over(properties, properties, desired.instance.account()).ok();
        let changed = match &before {
            Some((before, _)) => desired.settings.differing(&before.settings),
            None => members.union(&desired.settings.members()).copied().collect(),
        };
        let tags_changed = before.is_none_or(|(before, _)| before.tags != desired.tags);
        Self { members, tag_keys, changed, tags_changed, is_of_another: false }
    }
}

fn tag_keys(tags: &Value) -> BTreeSet<TagKey> {
    let items = tags.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.get("Key")?.as_str()).map(TagKey::from).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn desired() -> Desired {
        let properties = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agents"});
        Desired::read(properties.as_object().unwrap(), "123456789012").unwrap()
    }

    const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/i";

    #[test]
    fn what_cannot_be_read_counts_as_stated_and_null_does_not() {
        let old = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agents",
                         "Description": {"odd": 1}, "Permissions": "x", "Applications": null, "Retired": 1,
                         "Tags": [{"Key": "team"}, {"Key": 1}, "x", null]});
        let previous = Previous::read(old.as_object().unwrap(), &desired());
        assert_eq!(previous.members, BTreeSet::from([Member::Description, Member::Permissions]));
        assert_eq!(previous.tag_keys, BTreeSet::from(["team".into()]));
        assert!(!previous.is_of_another);
    }

    #[test]
    fn what_was_said_of_another_profile_says_nothing_of_this_one() {
        for old in [
            json!({"InstanceArn": INSTANCE, "SecurityProfileName": "B", "Permissions": []}),
            json!({"InstanceArn": format!("{INSTANCE}j"), "SecurityProfileName": "Agents", "Tags": []}),
            json!({"Permissions": []}),
            json!({"InstanceArn": [], "SecurityProfileName": "(", "Permissions": []}),
        ] {
            let previous = Previous::read(old.as_object().unwrap(), &desired());
            assert!(previous.is_of_another && previous.members.is_empty(), "{old}");
        }
    }

    #[test]
    fn what_is_stated_otherwise_now_is_told_whatever_its_form() {
        let desired = {
            let now = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "7", "Permissions": ["B", "A"],
                "Description": "14", "Tags": [{"Key": "a", "Value": "1"}]});
            Desired::read(now.as_object().unwrap(), "123456789012").unwrap()
        };
        let with = |extra: Value| {
            let mut old = json!({"InstanceArn": INSTANCE, "SecurityProfileName": 7, "Permissions": ["A", "B"],
                "Description": 14, "Tags": [{"Key": "a", "Value": "1"}]});
            old.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            Previous::read(old.as_object().unwrap(), &desired)
        };
        assert!(with(json!({})).changed.is_empty() && !with(json!({})).tags_changed);
        assert_eq!(with(json!({"Permissions": ["A"]})).changed, [Member::Permissions].into());
        assert_eq!(with(json!({"Applications": []})).changed, [Member::Applications].into());
        assert!(with(json!({"Tags": []})).tags_changed);
        let unreadable = with(json!({"Retired": 1}));
        assert_eq!(unreadable.changed, [Member::Description, Member::Permissions].into());
    }
}
