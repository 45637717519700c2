//! The role that the Connect calls are made as: `RoleArn` and `ExternalId`.

use std::fmt;

use serde_json::{Map, Value};

use super::limits;
use super::reader::{Mistakes, Node, Object, excerpt, text_of};
use crate::arn::RoleArn;
use crate::undisclosed::Undisclosed;

/// A role to be assumed, and the word that its trust policy may ask for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AssumedRole {
    /// `RoleArn`
    pub arn: RoleArn,
    /// `ExternalId`
    pub external_id: Option<Undisclosed>,
}

impl AssumedRole {
    pub(super) fn read(root: &Object<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let external_id = root.get("ExternalId").and_then(|node| read_external_id(&node, mistakes));
        let node = root.get("RoleArn")?;
        let text = node.text(mistakes).filter(|text| !text.is_empty())?;
        let arn = text.parse();
        if arn.is_err() {
            let rule = format!(
                "`{}` is not a role's ARN: arn:<partition>:iam::<account>:role/<name>",
                excerpt(&text)
            );
            mistakes.add(node.path(), rule);
        }
        Some(Self { arn: arn.ok()?, external_id })
    }

    /// As a Delete reads it: a role that cannot be read was refused when the resource was made, so nothing was made as it. The
    /// same holds for an external id, which STS does not take in another form.
    #[must_use]
    pub fn read_leniently(properties: &Map<String, Value>) -> Option<Self> {
        let text = |name| text_of(properties, name).filter(|text| !text.is_empty());
        let external_id = text("ExternalId").filter(|id| is_external_id(id)).map(Undisclosed::from);
        Some(Self { arn: text("RoleArn")?.parse().ok()?, external_id })
    }
}

/// The id, unless it is empty, which means none. What is wrong with it is said without quoting it.
fn read_external_id(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Undisclosed> {
    let id = node.text(mistakes).filter(|id| !id.is_empty())?;
    if !is_external_id(&id) {
        let (shortest, longest) = limits::EXTERNAL_ID;
        let rule = format!("must have {shortest} to {longest} characters: letters, digits and `_+=,.@:/-`");
        mistakes.add_newer(node.path(), rule, Undisclosed::from(id.as_str()));
    }
    Some(Undisclosed::from(id))
}

/// The form that STS asks for.
fn is_external_id(text: &str) -> bool {
    let (shortest, longest) = limits::EXTERNAL_ID;
    (shortest..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte))
}

impl fmt::Display for AssumedRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn.fmt(formatter)
    }
}
