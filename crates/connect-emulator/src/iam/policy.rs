//! Identity-based policies, as their JSON documents say them. What is not understood is refused, never passed over.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::condition::{Operator, UnknownOperator};

/// An identity-based policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Whether `${…}` is a variable.
    pub(super) variables: bool,
    pub(super) statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) actions: Scope,
    pub(super) resources: Scope,
    pub(super) conditions: Vec<Condition>,
}

/// What a statement is for: these, or all but these.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scope {
    These(Vec<String>),
    AllBut(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    pub(super) key: String,
    pub(super) wanted: Vec<String>,
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
    statement: OneOrMany<Written>,
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
struct Written {
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
    pub fn from_value(document: Value) -> Result<Self, PolicyError> {
        // Once more as text, so that an error has its place in it.
        document.to_string().parse()
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Document { version, statement, .. } = serde_json::from_str(text)?;
        let statements = statement
            .into_vec()
            .into_iter()
            .zip(1..)
            .map(|(written, number)| Statement::read(written, number))
            .collect::<Result<_, _>>()?;
        Ok(Self { variables: version == Version::WithVariables, statements })
    }
}

impl Statement {
    fn read(written: Written, number: usize) -> Result<Self, PolicyError> {
        let Written { effect, action, not_action, resource, not_resource, condition, .. } = written;
        let mut conditions = Vec::new();
        for (operator, keys) in condition {
            let operator: Operator =
                operator.parse().map_err(|error| PolicyError::Operator { number, error })?;
            conditions.extend(keys.into_iter().map(|(key, wanted)| Condition {
                operator,
                key,
                wanted: wanted.into_vec().into_iter().map(Scalar::into_text).collect(),
            }));
        }
        let scope = |these: Option<OneOrMany<String>>, all_but: Option<OneOrMany<String>>, element| match (
            these, all_but,
        ) {
            (Some(these), None) => Ok(Scope::These(these.into_vec())),
            (None, Some(all_but)) => Ok(Scope::AllBut(all_but.into_vec())),
            _ => Err(PolicyError::OneOf { number, element }),
        };
        Ok(Self {
            effect,
            actions: scope(action, not_action, "Action")?,
            resources: scope(resource, not_resource, "Resource")?,
            conditions,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(document: Value) -> String {
        Policy::from_value(document).unwrap_err().to_string()
    }

    #[test]
    fn one_and_a_list_of_one_are_the_same() {
        let one = json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"a": true}}}});
        let list = json!({"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"], "Condition": {"Null": {"a": ["true"]}}}]});
        assert_eq!(Policy::from_value(one).unwrap(), Policy::from_value(list).unwrap());
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
            let error = refused(document);
            assert!(error.contains(expected), "{error}");
        }
    }
}
