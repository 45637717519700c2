//! What templates state, typed, and printed as the code that builds it: a failing history can be pasted into a test.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::world::INSTANCE;

pub(crate) type Text = &'static str;

/// The resources by their logical ids.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Template(pub(crate) BTreeMap<Text, Stated>);

/// What a template says of one profile.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) name: Text,
    pub(crate) description: Option<Text>,
    pub(crate) permissions: Option<Vec<Text>>,
    pub(crate) tags: Option<Vec<(Text, Text)>>,
    pub(crate) adopt: bool,
    pub(crate) retain: bool,
}

pub(crate) fn template<const N: usize>(resources: [(Text, Stated); N]) -> Template {
    Template(resources.into())
}

pub(crate) fn stated(name: Text) -> Stated {
    Stated { name, description: None, permissions: None, tags: None, adopt: false, retain: false }
}

impl Stated {
    pub(crate) fn described(self, description: Text) -> Self {
        Self { description: Some(description), ..self }
    }

    pub(crate) fn permits(self, permissions: &[Text]) -> Self {
        Self { permissions: Some(permissions.to_vec()), ..self }
    }

    pub(crate) fn tagged(self, tags: &[(Text, Text)]) -> Self {
        Self { tags: Some(tags.to_vec()), ..self }
    }

    pub(crate) fn adopt(self) -> Self {
        Self { adopt: true, ..self }
    }

    pub(crate) fn retain(self) -> Self {
        Self { retain: true, ..self }
    }

    /// As CloudFormation sends it: every scalar a string.
    pub(crate) fn properties(&self) -> Value {
        let mut properties = json!({
            "ServiceToken": lambda_harness::FUNCTION_ARN, "InstanceArn": INSTANCE, "SecurityProfileName": self.name,
        });
        let tag = |(key, value): &(Text, Text)| json!({"Key": key, "Value": value});
        let stated = [
            ("Description", self.description.map(|text| json!(text))),
            ("Permissions", self.permissions.as_ref().map(|list| json!(list))),
            ("Tags", self.tags.as_ref().map(|tags| tags.iter().map(tag).collect())),
            ("Adopt", self.adopt.then(|| json!("true"))),
            ("OnDelete", self.retain.then(|| json!("Retain"))),
        ];
        for (name, value) in stated {
            if let Some(value) = value {
                properties[name] = value;
            }
        }
        properties
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resources: Vec<_> = self.0.iter().collect();
        write!(formatter, "template({resources:?})")
    }
}

impl fmt::Debug for Stated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "stated({:?})", self.name)?;
        if let Some(description) = self.description {
            write!(formatter, ".described({description:?})")?;
        }
        if let Some(permissions) = &self.permissions {
            write!(formatter, ".permits(&{permissions:?})")?;
        }
        if let Some(tags) = &self.tags {
            write!(formatter, ".tagged(&{tags:?})")?;
        }
        let words = [(self.adopt, ".adopt()"), (self.retain, ".retain()")];
        words.iter().filter(|(said, _)| *said).try_for_each(|(_, word)| formatter.write_str(word))
    }
}
