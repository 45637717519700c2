//! Identity-based policies, as their JSON documents say them. What is not understood is refused, never passed over.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::condition::{Operator, UnknownOperator};
use super::pattern::{Reading, Written};

/// An identity-based policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// In small letters.
    pub(super) actions: Scope,
    pub(super) resources: Scope,
    pub(super) conditions: Vec<Condition>,
}

/// What a statement is for: these, or all but these.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scope {
    These(Vec<Written>),
    AllBut(Vec<Written>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    pub(super) key: String,
    pub(super) wanted: Vec<Written>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A document that is not an identity-based policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON, or has an element that a policy has not.
    #[error("the policy cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    /// A statement has both or neither of an element and its negation.
    #[error("statement {number}: expected one of `{element}` and `Not{element}`")]
    OneOf {
        /// The statement's place, from 1.
        number: usize,
        /// `Action` or `Resource`.
        element: &'static str,
    },
    /// A condition cannot be evaluated here.
    #[error("statement {number}: {error}")]
    Operator {
        /// The statement's place, from 1.
        number: usize,
        /// Why.
        error: UnknownOperator,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    #[serde(default)]
    version: Version,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Element>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Version {
    #[default]
    #[serde(rename = "2008-10-17")]
    First,
    #[serde(rename = "2012-10-17")]
    WithVariables,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Element {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<Scalar>>>,
}

/// One, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

/// A value that may be written with or without quotation marks.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Bool(bool),
    Number(serde_json::Number),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Policy {
    /// The policy that a document holds.
    ///
    /// # Errors
    ///
    /// If it holds anything that could not be followed.
    pub fn from_value(document: &Value) -> Result<Self, PolicyError> {
        // Once more as text, so that an error has its place in it.
        document.to_string().parse()
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Document { version, statement, .. } = serde_json::from_str(text)?;
        let variables = version == Version::WithVariables;
        let elements = statement.into_vec().into_iter().zip(1..);
        let statements = elements.map(|(element, number)| Statement::read(element, number, variables));
        Ok(Self { statements: statements.collect::<Result<_, _>>()? })
    }
}

impl Statement {
    fn read(element: Element, number: usize, variables: bool) -> Result<Self, PolicyError> {
        let Element { effect, action, not_action, resource, not_resource, condition, .. } = element;
        let mut conditions = Vec::new();
        for (operator, keys) in condition {
            let operator: Operator =
                operator.parse().map_err(|error| PolicyError::Operator { number, error })?;
            conditions.extend(keys.into_iter().map(|(key, wanted)| {
                let wanted = wanted.into_vec().into_iter().map(Scalar::into_text);
                Condition {
                    operator,
                    key,
                    wanted: wanted.map(|it| operator.wanted(&it, variables)).collect(),
                }
            }));
        }
        let one_of = |element| PolicyError::OneOf { number, element };
        let action_text =
            |text: &str| Written::read(&text.to_lowercase(), Reading { wildcards: true, variables: false });
        let resource_text = |text: &str| Written::read(text, Reading { wildcards: true, variables });
        Ok(Self {
            effect,
            actions: Scope::read(action, not_action, action_text).ok_or_else(|| one_of("Action"))?,
            resources: Scope::read(resource, not_resource, resource_text)
                .ok_or_else(|| one_of("Resource"))?,
            conditions,
        })
    }
}

impl Scope {
    /// `None` unless there is just one of the two.
    fn read(
        these: Option<OneOrMany<String>>,
        all_but: Option<OneOrMany<String>>,
        read: impl Fn(&str) -> Written,
    ) -> Option<Self> {
        let all = |texts: OneOrMany<String>| texts.into_vec().iter().map(|it| read(it)).collect();
        match (these, all_but) {
            (Some(these), None) => Some(Self::These(all(these))),
            (None, Some(all_but)) => Some(Self::AllBut(all(all_but))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(document: &Value) -> String {
        Policy::from_value(document).unwrap_err().to_string()
    }

    #[test]
    fn one_and_a_list_of_one_are_the_same() {
        let one = json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"a": true}}}});
        let list = json!({"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"], "Condition": {"Null": {"a": ["true"]}}}]});
        assert_eq!(Policy::from_value(&one).unwrap(), Policy::from_value(&list).unwrap());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let statement = |extra: Value| {
            let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
            statement.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!({"Version": "2012-10-17", "Statement": [statement]})
        };
        for (document, expected) in [
            (json!({"Version": "2012-10-17"}), "missing field `Statement`"),
            (json!({"Version": "2020-01-01", "Statement": []}), "unknown variant `2020-01-01`"),
            (statement(json!({"Effect": "Permit"})), "the policy cannot be read"),
            (statement(json!({"Conditions": {}})), "the policy cannot be read"),
            (statement(json!({"Principal": "*"})), "the policy cannot be read"),
            (statement(json!({"NotAction": "*"})), "statement 1: expected one of `Action` and `NotAction`"),
            (
                json!({"Statement": {"Effect": "Deny", "Action": "*"}}),
                "statement 1: expected one of `Resource` and `NotResource`",
            ),
            (
                statement(json!({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})),
                "statement 1: `IpAddress` is not an emulated condition operator",
            ),
        ] {
            let error = refused(&document);
            assert!(error.contains(expected), "{error}");
        }
    }
}
