//! An IAM policy document: its statements, with the keys in the order in which AWS's documentation has them, and how much
//! of IAM's quotas it takes.

use std::collections::BTreeMap;

use serde::Serialize;

/// The most characters of all inline policies of a role together.
pub const ROLE_QUOTA: usize = 10_240;
/// The most characters of one managed policy.
pub const MANAGED_QUOTA: usize = 6_144;

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

/// A statement of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Its name within the policy.
    pub sid: &'static str,
    /// What becomes of the actions.
    pub effect: Effect,
    /// `<service>:<action>`.
    pub action: Vec<String>,
    /// ARNs, which may hold `*`.
    pub resource: Vec<String>,
    /// When the statement applies: by operator, then by condition key. All of them must hold.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: Condition,
}

/// Operator, condition key, values.
pub type Condition = BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>;

/// What becomes of the actions of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// They are allowed, unless another statement denies them.
    Allow,
    /// They are denied, whatever allows them.
    Deny,
}

impl Policy {
    /// A policy of these statements.
    #[must_use]
    pub fn new(statement: Vec<Statement>) -> Self {
        Self { version: "2012-10-17", statement }
    }

    /// The text of it, for people and for the `aws` command line.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("it holds strings only")
    }

    /// How many characters IAM counts: all but white space.
    #[must_use]
    pub fn length(&self) -> usize {
        self.text().chars().filter(|letter| !letter.is_whitespace()).count()
    }
}

impl Statement {
    /// A statement without a condition.
    #[must_use]
    pub fn new(effect: Effect, sid: &'static str, action: Vec<String>, resource: Vec<String>) -> Self {
        Self { sid, effect, action, resource, condition: Condition::new() }
    }

    /// One more condition that must hold.
    #[must_use]
    pub fn when(mut self, operator: &'static str, key: &'static str, values: &[String]) -> Self {
        self.condition.entry(operator).or_default().insert(key, values.to_vec());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_in_the_order_of_aws_and_white_space_does_not_count() {
        let statement = |sid| {
            let [action, resource] = ["connect:UpdateSecurityProfile", "*"].map(|it| vec![it.to_owned()]);
            Statement::new(Effect::Deny, sid, action, resource)
        };
        let conditional = statement("B").when("StringEquals", "aws:PrincipalArn", &["a b".to_owned()]);
        let policy = Policy::new(vec![statement("A"), conditional]);
        let compact = serde_json::to_string(&policy).unwrap();
        assert_eq!(
            compact,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":["connect:UpdateSecurityProfile"],"Resource":["*"]},{"Sid":"B","Effect":"Deny","Action":["connect:UpdateSecurityProfile"],"Resource":["*"],"Condition":{"StringEquals":{"aws:PrincipalArn":["a b"]}}}]}"#
        );
        assert_eq!(policy.length(), compact.len() - 1, "the space in the value");
    }
}
