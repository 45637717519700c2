//! What the properties before an Update stated, as far as it can be told.
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
    identity: (Option<String>, Option<String>),
}

impl Previous {
    /// Reads old properties. Never fails.
    #[must_use]
    pub fn read(properties: &Map<String, Value>) -> Self {
        let stated = |member: &Member| properties.get(member.name()).is_some_and(|value| !value.is_null());
        let text = |name| properties.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        Self {
            members: Member::ALL.into_iter().filter(stated).collect(),
            tag_keys: properties.get("Tags").map(tag_keys).unwrap_or_default(),
            identity: (text("InstanceArn"), text("SecurityProfileName")),
        }
    }

    /// Instance and name, if they can be read.
    #[must_use]
    pub fn profile(&self) -> Option<(InstanceArn, ProfileName)> {
        let (instance, name) = &self.identity;
        instance.as_ref()?.parse().ok().zip(name.as_ref()?.parse().ok())
    }

    /// Whether instance or name are others now, so that a replacement may be asked for.
    #[must_use]
    pub fn was_another_profile(&self, desired: &Desired) -> bool {
        let (instance, name) = &self.identity;
        instance.as_deref() != Some(desired.instance.to_string().as_str())
            || name.as_deref() != Some(desired.name.as_str())
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

    #[test]
    fn what_cannot_be_read_counts_as_stated_and_null_does_not() {
        let old = json!({"Description": {"odd": 1}, "Permissions": "x", "Applications": null, "Retired": 1,
                         "Tags": [{"Key": "team"}, {"Key": 1}, "x", null]});
        let previous = Previous::read(old.as_object().unwrap());
        assert_eq!(previous.members, BTreeSet::from([Member::Description, Member::Permissions]));
        assert_eq!(previous.tag_keys, BTreeSet::from(["team".into()]));
    }
}
