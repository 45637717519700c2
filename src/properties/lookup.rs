//! The properties of a lookup: which profile, and no more.

use serde_json::{Map, Value};

use super::reader::{Mistakes, Object};
use super::{AssumedRole, Mistake, PropertyMistakes, definition, read_instance, read_name, references};
use crate::arn::InstanceArn;
use crate::names::ProfileName;

/// The names of a lookup's properties, also those that the protocol itself reads.
pub const LOOKUP_PROPERTIES: [&str; definition::LOOKUP.len()] = definition::names(&definition::LOOKUP);

/// The profile that is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sought {
    /// The instance it is in.
    pub instance: InstanceArn,
    /// Its exact name.
    pub name: ProfileName,
    /// The role that Connect is called as; the function's own if there is none.
    pub role: Option<AssumedRole>,
}

impl Sought {
    /// Reads the properties of a Create for a function that runs in `account`.
    pub fn read(properties: &Map<String, Value>, account: &str) -> Result<Self, PropertyMistakes> {
        Self::read_over_any(properties, None, account).map(|(sought, _)| sought)
    }

    /// Reads the properties of an Update. What the `old` properties had already is only warned about where the rule is newer
    /// than they may be.
    pub fn read_over(
        properties: &Map<String, Value>,
        old: &Map<String, Value>,
        account: &str,
    ) -> Result<(Self, Vec<Mistake>), PropertyMistakes> {
        Self::read_over_any(properties, Some(old), account)
    }

    fn read_over_any(
        properties: &Map<String, Value>,
        old: Option<&Map<String, Value>>,
        account: &str,
    ) -> Result<(Self, Vec<Mistake>), PropertyMistakes> {
        let mut mistakes = Mistakes::default();
        let root = Object::root(properties, &LOOKUP_PROPERTIES, &mut mistakes);
        let sought = Self::of(&root, account, &mut mistakes);
        references::check(properties, &mut mistakes);
        let (mistakes, warnings) = mistakes.judged(old);
        match sought {
            Some(sought) if mistakes.is_empty() => Ok((sought, warnings)),
            _ => Err(PropertyMistakes(mistakes)),
        }
    }

    /// What both types of resource state: which profile, and who asks for it.
    pub(super) fn of(root: &Object<'_>, account: &str, mistakes: &mut Mistakes) -> Option<Self> {
        let role = AssumedRole::read(root, mistakes);
        let account = role.as_ref().map_or(account, |role| role.arn.account());
        let instance = root.require("InstanceArn", mistakes);
        let instance = instance.and_then(|node| read_instance(&node, account, mistakes));
        let name = root.require("SecurityProfileName", mistakes);
        let name = name.and_then(|node| read_name(&node, mistakes));
        root.get("Revision").and_then(|node| node.text(mistakes));
        Some(Self { instance: instance?, name: name?, role })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lookup_refuses_what_only_a_profile_may_state() {
        let properties = json!({"InstanceArn": "arn:aws:connect:us-east-1:123456789012:instance/i",
            "SecurityProfileName": "Agent", "Permissions": [], "Adopt": true, "Revison": "2"});
        let mistakes = Sought::read(properties.as_object().unwrap(), "123456789012").unwrap_err();
        insta::assert_snapshot!(mistakes);
    }
}
