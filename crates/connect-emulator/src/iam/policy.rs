//! Identity-based policies, as their JSON documents say them. What is not understood is refused, never passed over.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::condition::Operator;
use super::document::Document;
use super::element::{Element, ElementError, member, only};
use super::key;
use super::pattern::Written;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A document that is not an identity-based policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON, or an object in it has a key twice.
    #[error("the policy cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    /// It is JSON, but no object.
    #[error("expected one policy, a JSON object, found {0}")]
    NoObject(&'static str),
    /// An element beside the statements, or what holds them.
    #[error("the policy: {0}")]
    Policy(ElementError),
    /// An element of a statement.
    #[error("statement {number}{sid}: {error}", sid = told(sid.as_deref()))]
    Statement {
        /// The statement's place, from 1.
        number: usize,
        /// Its identifier, if it has one.
        sid: Option<String>,
        /// What is wrong.
        error: ElementError,
    },
}

fn told(sid: Option<&str>) -> String {
    sid.map(|sid| format!(" (`{sid}`)")).unwrap_or_default()
}

impl Policy {
    /// The policy that a document holds.
    ///
    /// # Errors
    ///
    /// If it holds anything that could not be followed.
    pub fn from_value(document: &Value) -> Result<Self, PolicyError> {
        let document = match document {
            Value::Object(document) => document,
            Value::Array(_) => return Err(PolicyError::NoObject("a list: give each policy by itself")),
            _ => return Err(PolicyError::NoObject("neither that nor a list")),
        };
        only(document, &["Version", "Id", "Statement"]).map_err(PolicyError::Policy)?;
        let variables = has_variables(document).map_err(PolicyError::Policy)?;
        let mut sids = BTreeSet::new();
        let mut statements = Vec::new();
        for (statement, number) in statements_of(document).map_err(PolicyError::Policy)?.into_iter().zip(1..)
        {
            let sid = statement.value["Sid"].as_str().filter(|sid| !sid.is_empty());
            let read = Statement::read(statement, variables).and_then(|read| match sid {
                Some(sid) if !sids.insert(sid) => {
                    Err(Element { name: "Sid", value: &statement.value["Sid"] }
                        .expected("an identifier that no other statement of the policy has"))
                }
                _ => Ok(read),
            });
            statements.push(read.map_err(|error| {
                let sid = sid.map(str::to_owned);
                PolicyError::Statement { number, sid, error }
            })?);
        }
        Ok(Self { statements })
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Document(document) = serde_json::from_str(text)?;
        Self::from_value(&document)
    }
}

/// Whether the policy is of the version that has variables.
fn has_variables(document: &Map<String, Value>) -> Result<bool, ElementError> {
    if let Some(id) = member(document, "Id") {
        id.text("a text")?;
    }
    let Some(version) = member(document, "Version") else { return Ok(false) };
    match version.value.as_str() {
        Some("2008-10-17") => Ok(false),
        Some("2012-10-17") => Ok(true),
        _ => Err(version.expected("`2012-10-17` or `2008-10-17`")),
    }
}

fn statements_of(document: &Map<String, Value>) -> Result<Vec<Element<'_>>, ElementError> {
    let statement = member(document, "Statement").ok_or(ElementError::Missing("Statement"))?;
    statement.items("one or more statements")
}

impl Statement {
    fn read(statement: Element<'_>, variables: bool) -> Result<Self, ElementError> {
        let statement = statement.object("a statement, a JSON object")?;
        only(statement, &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"])?;
        if let Some(sid) = member(statement, "Sid") {
            const EXPECTED: &str = "letters and digits";
            if !sid.text(EXPECTED)?.bytes().all(|it| it.is_ascii_alphanumeric()) {
                return Err(sid.expected(EXPECTED));
            }
        }
        Ok(Self {
            effect: Effect::read(member(statement, "Effect").ok_or(ElementError::Missing("Effect"))?)?,
            actions: Scope::read(statement, "Action", "NotAction", Element::action)?,
            resources: Scope::read(statement, "Resource", "NotResource", |it| it.resource(variables))?,
            conditions: match member(statement, "Condition") {
                Some(conditions) => read_conditions(conditions, variables)?,
                None => Vec::new(),
            },
        })
    }
}

impl Effect {
    fn read(effect: Element<'_>) -> Result<Self, ElementError> {
        match effect.value.as_str() {
            Some("Allow") => Ok(Self::Allow),
            Some("Deny") => Ok(Self::Deny),
            _ => Err(effect.expected("`Allow` or `Deny`")),
        }
    }
}

impl Scope {
    /// Just one of the two elements must be there.
    fn read<'document>(
        statement: &'document Map<String, Value>,
        these: &'static str,
        all_but: &'static str,
        read: impl Fn(Element<'document>) -> Result<Written, ElementError>,
    ) -> Result<Self, ElementError> {
        let all = |element: Element<'document>| {
            element.items("one or more texts")?.into_iter().map(&read).collect::<Result<_, _>>()
        };
        match (member(statement, these), member(statement, all_but)) {
            (Some(these), None) => Ok(Self::These(all(these)?)),
            (None, Some(all_but)) => Ok(Self::AllBut(all(all_but)?)),
            _ => Err(ElementError::OneOf(these)),
        }
    }
}

fn read_conditions(conditions: Element<'_>, variables: bool) -> Result<Vec<Condition>, ElementError> {
    let mut read = Vec::new();
    for (name, keys) in conditions.object("an object of condition operators")? {
        let operator: Operator = name.parse()?;
        let mut seen = BTreeSet::new();
        for (key, wanted) in (Element { name, value: keys }).object("an object of condition keys")? {
            key::check(key)?;
            let wanted = Element { name: key, value: wanted };
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(wanted.expected("a key that stands once, in whatever case, in its operator"));
            }
            let wanted = wanted.items("one or more values")?.into_iter();
            let wanted = wanted.map(|it| read_wanted(it, operator, variables)).collect::<Result<_, _>>()?;
            read.push(Condition { operator, key: key.clone(), wanted });
        }
    }
    Ok(read)
}

fn read_wanted(wanted: Element<'_>, operator: Operator, variables: bool) -> Result<Written, ElementError> {
    let text = wanted.wanted()?;
    if operator.is_text() {
        if variables {
            wanted.without_variables(&text)?;
        }
    } else if !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false") {
        return Err(wanted.expected("true or false"));
    }
    Ok(operator.wanted(&text, variables))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(document: &str) -> String {
        document.parse::<Policy>().unwrap_err().to_string()
    }

    /// A policy of one statement that allows everything, but for these elements.
    fn statement(elements: &Value) -> String {
        let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        statement.as_object_mut().unwrap().extend(elements.as_object().unwrap().clone());
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    }

    #[test]
    fn one_and_a_list_of_one_are_the_same() {
        let one = json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"a:b": true}}}});
        let list = json!({"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"], "Condition": {"Null": {"a:b": ["true"]}}}]});
        assert_eq!(Policy::from_value(&one).unwrap(), Policy::from_value(&list).unwrap());
    }

    #[test]
    fn what_is_not_a_policy_is_refused_with_what_is_wrong_with_it() {
        let policies = [
            "{",
            r#"[{"Version": "2012-10-17"}]"#,
            r#"["2012-10-17", null, [["A", "Allow", "*", null, "*", null, {}]]]"#,
            "null",
            r#"{"Version": "2012-10-17"}"#,
            r#"{"version": "2012-10-17", "Statement": []}"#,
            r#"{"Version": "2020-01-01", "Statement": []}"#,
            r#"{"Id": null, "Statement": []}"#,
            r#"{"Statement": []}"#,
            r#"{"Statement": [["A", "Allow", "*", null, "*", null, {}]]}"#,
            r#"{"Statement": {"Effect": "Deny", "Action": "*"}}"#,
            r#"{"Statement": {"Action": "*", "Resource": "*"}}"#,
            r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Resource": "x"}]}"#,
        ];
        insta::assert_snapshot!(policies.map(refused).join("\n"), @r#"
        the policy cannot be read: EOF while parsing an object at line 1 column 1
        expected one policy, a JSON object, found a list: give each policy by itself
        expected one policy, a JSON object, found a list: give each policy by itself
        expected one policy, a JSON object, found neither that nor a list
        the policy: `Statement` is missing
        the policy: `version` is not an element of it: those are `Version`, `Id`, `Statement`
        the policy: `Version`: expected `2012-10-17` or `2008-10-17`, found "2020-01-01"
        the policy: `Id`: expected a text, found null
        the policy: `Statement`: expected one or more statements, found an empty list
        statement 1: `Statement`: expected a statement, a JSON object, found a list
        statement 1: expected one of `Resource` and `NotResource`
        statement 1: `Effect` is missing
        the policy cannot be read: the key `Resource` stands twice in one object at line 1 column 77
        "#);
    }

    #[test]
    fn what_a_statement_may_not_have_is_refused_by_its_element() {
        let statements = [
            json!({"Effect": "Permit"}),
            json!({"Effect": null}),
            json!({"Conditon": {}}),
            json!({"Principal": "*", "Sid": "Trust"}),
            json!({"NotPrincipal": {"AWS": "*"}}),
            json!({"NotAction": "*"}),
            json!({"Action": "UpdateSecurityProfile"}),
            json!({"Action": ["connect:*", "*:UpdateSecurityProfile"]}),
            json!({"Action": []}),
            json!({"Action": {"connect": "*"}}),
            json!({"Resource": ""}),
            json!({"Resource": "instance/x"}),
            json!({"Resource": []}),
            json!({"Resource": "arn:aws:connect:*:*:instance/${aws:username"}),
            json!({"Sid": "A B"}),
            json!({"Sid": 1}),
            json!({"Condition": null}),
            json!({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
            json!({"Condition": {"StringEquals": "x"}}),
            json!({"Condition": {"StringEquals": {"aws:TagKeys": null}}}),
            json!({"Condition": {"StringEquals": {"aws:TagKeys": [1, ["a"]]}}}),
            json!({"Condition": {"StringNotEquals": {"connect:InstanceId": []}}}),
            json!({"Condition": {"StringEquals": {"connect:InstanceId": "a", "connect:instanceid": "b"}}}),
            json!({"Condition": {"StringEquals": {"connect:InstanceId": "${aws:username"}}}),
            json!({"Condition": {"StringEquals": {"TagKeys": "a"}}}),
            json!({"Condition": {"Null": {"aws:TagKeys": "yes"}}}),
            json!({"Condition": {"Bool": {"aws:SecureTransport": "yes"}}}),
        ];
        let told: Vec<_> = statements.iter().map(|it| refused(&statement(it))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        statement 1: `Effect`: expected `Allow` or `Deny`, found "Permit"
        statement 1: `Effect`: expected `Allow` or `Deny`, found null
        statement 1: `Conditon` is not an element of it: those are `Sid`, `Effect`, `Action`, `NotAction`, `Resource`, `NotResource`, `Condition`
        statement 1 (`Trust`): `Principal` is not an element of it: those are `Sid`, `Effect`, `Action`, `NotAction`, `Resource`, `NotResource`, `Condition`
        statement 1: `NotPrincipal` is not an element of it: those are `Sid`, `Effect`, `Action`, `NotAction`, `Resource`, `NotResource`, `Condition`
        statement 1: expected one of `Action` and `NotAction`
        statement 1: `Action`: expected `*` or `<service>:<action>`, found "UpdateSecurityProfile"
        statement 1: `Action`: expected `*` or `<service>:<action>`, found "*:UpdateSecurityProfile"
        statement 1: `Action`: expected one or more texts, found an empty list
        statement 1: `Action`: expected `*` or `<service>:<action>`, found an object
        statement 1: `Resource`: expected `*` or an ARN, `arn:<partition>:<service>:<region>:<account>:<resource>`, found ""
        statement 1: `Resource`: expected `*` or an ARN, `arn:<partition>:<service>:<region>:<account>:<resource>`, found "instance/x"
        statement 1: `Resource`: expected one or more texts, found an empty list
        statement 1: `Resource`: expected variables of the form `${<key>}`, found "arn:aws:connect:*:*:instance/${aws:username"
        statement 1 (`A B`): `Sid`: expected letters and digits, found "A B"
        statement 1: `Sid`: expected letters and digits, found 1
        statement 1: `Condition`: expected an object of condition operators, found null
        statement 1: `IpAddress` is not an emulated condition operator
        statement 1: `StringEquals`: expected an object of condition keys, found "x"
        statement 1: `aws:TagKeys`: expected a text, a number, or true or false, found null
        statement 1: `aws:TagKeys`: expected a text, a number, or true or false, found a list
        statement 1: `connect:InstanceId`: expected one or more values, found an empty list
        statement 1: `connect:instanceid`: expected a key that stands once, in whatever case, in its operator, found "b"
        statement 1: `connect:InstanceId`: expected variables of the form `${<key>}`, found "${aws:username"
        statement 1: `TagKeys` is not a condition key: those are `aws:<name>` and `<service>:<name>`
        statement 1: `aws:TagKeys`: expected true or false, found "yes"
        statement 1: `aws:SecureTransport`: expected true or false, found "yes"
        "#);
    }

    #[test]
    fn an_empty_negation_is_refused_for_it_would_stand_for_everything() {
        for (element, other) in [("NotAction", "Resource"), ("NotResource", "Action")] {
            let document = json!({"Statement": {"Effect": "Allow", element: [], other: "*"}});
            let expected =
                format!("statement 1: `{element}`: expected one or more texts, found an empty list");
            assert_eq!(Policy::from_value(&document).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_repeated_operator_key_or_element_is_refused() {
        let twice = [
            r#""StringEquals": {"connect:InstanceId": "a"}, "StringEquals": {"connect:InstanceId": "b"}"#,
            r#""StringEquals": {"connect:InstanceId": "a", "connect:InstanceId": "b"}"#,
        ];
        for conditions in twice {
            let document = statement(&json!({}))
                .replace(r#""Effect""#, &format!(r#""Condition": {{{conditions}}}, "Effect""#));
            assert!(refused(&document).contains("stands twice in one object at line 1"), "{document}");
        }
    }

    #[test]
    fn no_two_statements_have_one_sid_and_any_may_have_an_empty_one() {
        let of = |sids: [&str; 2]| {
            let statements =
                sids.map(|sid| json!({"Sid": sid, "Effect": "Allow", "Action": "*", "Resource": "*"}));
            Policy::from_value(&json!({"Statement": statements})).map_err(|error| error.to_string())
        };
        assert!(of(["A", "B"]).is_ok());
        assert!(of(["", ""]).is_ok());
        assert_eq!(
            of(["A", "A"]).unwrap_err(),
            "statement 2 (`A`): `Sid`: expected an identifier that no other statement of the policy has, found \"A\""
        );
    }
}
