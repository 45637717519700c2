//! The role that the Connect calls are made as: `RoleArn` and `ExternalId`.

use std::fmt;

use serde_json::{Map, Value};

use super::reader::{Mistakes, Object, excerpt, text_of};
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
        let external_id = root.get("ExternalId").and_then(|node| node.text(mistakes));
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
        let external_id = external_id.filter(|id| !id.is_empty()).map(Undisclosed::from);
        Some(Self { arn: arn.ok()?, external_id })
    }

    /// As a Delete reads it: a role that cannot be read was refused when the resource was made, so nothing was made as it.
    #[must_use]
    pub fn read_leniently(properties: &Map<String, Value>) -> Option<Self> {
        let text = |name| text_of(properties, name).filter(|text| !text.is_empty());
        let external_id = text("ExternalId").map(Undisclosed::from);
        Some(Self { arn: text("RoleArn")?.parse().ok()?, external_id })
    }
}

impl fmt::Display for AssumedRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn.fmt(formatter)
    }
}
