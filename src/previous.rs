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

use crate::arn::InstanceArn;
use crate::names::{ProfileName, TagKey};
use crate::properties::Desired;
use crate::settings::Member;

/// The statement before.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Previous {
    /// The members that were stated.
    pub members: BTreeSet<Member>,
    /// The keys of the tags that were stated; those that cannot be read are left out, as no tag is theirs.
    pub tag_keys: BTreeSet<TagKey>,
    /// The instance and name that were stated, if they are others than now and can be read.
    pub other: Option<(InstanceArn, ProfileName)>,
    /// Whether instance or name are others now, or were unreadable.
    pub is_of_another: bool,
}

impl Previous {
    /// Reads old properties, for what is `desired` now. Never fails.
    #[must_use]
    pub fn read(properties: &Map<String, Value>, desired: &Desired) -> Self {
        let text = |name| properties.get(name).and_then(Value::as_str);
        let (instance, name) = (text("InstanceArn"), text("SecurityProfileName"));
        let is_same = instance.is_some_and(|instance| instance == desired.instance.to_string())
            && name == Some(desired.name.as_str());
        if !is_same {
            let parsed = |instance: &str, name: &str| instance.parse().ok().zip(name.parse().ok());
            let other = instance.zip(name).and_then(|(instance, name)| parsed(instance, name));
            return Self { other, is_of_another: true, ..Self::default() };
        }
        let stated = |member: &Member| properties.get(member.name()).is_some_and(|value| !value.is_null());
        let members = Member::ALL.into_iter().filter(stated).collect();
        let tag_keys = properties.get("Tags").map(tag_keys).unwrap_or_default();
        Self { members, tag_keys, ..Self::default() }
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
        for (old, is_read) in [
            (json!({"InstanceArn": INSTANCE, "SecurityProfileName": "B", "Permissions": []}), true),
            (
                json!({"InstanceArn": format!("{INSTANCE}j"), "SecurityProfileName": "Agents", "Tags": []}),
                true,
            ),
            (json!({"Permissions": []}), false),
            (json!({"InstanceArn": [], "SecurityProfileName": "(", "Permissions": []}), false),
        ] {
            let previous = Previous::read(old.as_object().unwrap(), &desired());
            assert!(previous.is_of_another && previous.members.is_empty(), "{old}");
            assert_eq!(previous.other.is_some(), is_read, "{old}");
        }
    }
}
