//! The properties of a lookup: which profile, and no more.

use serde_json::{Map, Value};

use super::reader::{Mistakes, Object};
use super::{PropertyMistakes, read_instance, read_name, refuse_role};
use crate::arn::InstanceArn;
use crate::names::ProfileName;

/// The names of a lookup's properties, also those that the protocol itself reads.
pub const LOOKUP_PROPERTIES: [&str; 7] = [
    "ExternalId",
    "InstanceArn",
    "Revision",
    "RoleArn",
    "SecurityProfileName",
    "ServiceTimeout",
    "ServiceToken",
];

/// The profile that is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sought {
    /// The instance it is in.
    pub instance: InstanceArn,
    /// Its exact name.
    pub name: ProfileName,
}

impl Sought {
    /// Reads the properties of a Create or an Update for a function that runs in `account`.
    pub fn read(properties: &Map<String, Value>, account: &str) -> Result<Self, PropertyMistakes> {
        let mut mistakes = Mistakes::default();
        let root = Object::root(properties, &LOOKUP_PROPERTIES, &mut mistakes);
        let instance = root.require("InstanceArn", &mut mistakes);
        let instance = instance.and_then(|node| read_instance(&node, account, &mut mistakes));
        let name = root.require("SecurityProfileName", &mut mistakes);
        let name = name.and_then(|node| read_name(&node, &mut mistakes));
        refuse_role(&root, &mut mistakes);
        for free in ["ExternalId", "Revision"] {
            root.get(free).and_then(|node| node.text(&mut mistakes));
        }
        let mistakes = mistakes.into_inner();
        match (instance, name) {
            (Some(instance), Some(name)) if mistakes.is_empty() => Ok(Self { instance, name }),
            _ => Err(PropertyMistakes(mistakes)),
        }
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
