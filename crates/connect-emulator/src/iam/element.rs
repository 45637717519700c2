//! The elements of a policy and the texts in them, each refused as IAM refuses it, with what was expected.

use serde_json::{Map, Value};

use super::condition::UnknownOperator;
use super::key::{UnknownKey, check};
use super::pattern::{Reading, Written};

/// An element that no identity-based policy has, or not so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElementError {
    /// It must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// There is no such element.
    #[error("`{element}` is not an element of it: those are `{}`", known.join("`, `"))]
    Unknown {
        /// What it is called.
        element: String,
        /// What there is.
        known: &'static [&'static str],
    },
    /// An element and its negation, or neither.
    #[error("expected one of `{0}` and `Not{0}`")]
    OneOf(&'static str),
    /// What is in it.
    #[error("`{element}`: expected {expected}, found {found}")]
    Expected {
        /// What it is called.
        element: String,
        /// What belongs in it.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A condition cannot be evaluated here.
    #[error(transparent)]
    Operator(#[from] UnknownOperator),
    /// A condition or a variable is about something that no request here has.
    #[error(transparent)]
    Key(#[from] UnknownKey),
}

/// An element by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'document> {
    pub(super) name: &'document str,
    pub(super) value: &'document Value,
}

impl<'document> Element<'document> {
    pub(super) fn expected(self, expected: &'static str) -> ElementError {
        let found = match self.value {
            Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            scalar => scalar.to_string(),
        };
        ElementError::Expected { element: self.name.to_owned(), expected, found }
    }

    pub(super) fn text(self, expected: &'static str) -> Result<&'document str, ElementError> {
        self.value.as_str().ok_or_else(|| self.expected(expected))
    }

    pub(super) fn object(
        self,
        expected: &'static str,
    ) -> Result<&'document Map<String, Value>, ElementError> {
        self.value.as_object().ok_or_else(|| self.expected(expected))
    }

    /// What it has, one or a list. An empty list is refused: its negation would stand for everything.
    pub(super) fn items(self, expected: &'static str) -> Result<Vec<Self>, ElementError> {
        match self.value {
            Value::Array(items) if items.is_empty() => Err(self.expected(expected)),
            Value::Array(items) => Ok(items.iter().map(|value| Self { value, ..self }).collect()),
            _ => Ok(vec![self]),
        }
    }

    /// An action, in small letters.
    pub(super) fn action(self) -> Result<Written, ElementError> {
        const EXPECTED: &str = "`*` or `<service>:<action>`";
        let text = self.text(EXPECTED)?;
        let is_service =
            |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        let is_name = |it: &str| {
            !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"*?-_".contains(&it))
        };
        let is_action =
            text.split_once(':').is_some_and(|(service, name)| is_service(service) && is_name(name));
        if text != "*" && !is_action {
            return Err(self.expected(EXPECTED));
        }
        Ok(Written::read(&text.to_ascii_lowercase(), Reading { wildcards: true, variables: false }))
    }

    /// An ARN with all its parts, any of which but the service may be a wildcard.
    pub(super) fn resource(self, variables: bool) -> Result<Written, ElementError> {
        const EXPECTED: &str = "`*` or an ARN, `arn:<partition>:<service>:<region>:<account>:<resource>`";
        let text = self.text(EXPECTED)?;
        let fixed = if variables { self.without_variables(text)? } else { text.to_owned() };
        let parts: Vec<&str> = fixed.splitn(6, ':').collect();
        let is_arn = match parts[..] {
            ["arn", partition, service, _, _, _] => {
                !partition.is_empty() && !service.is_empty() && !service.contains(['*', '?'])
            }
            _ => false,
        };
        if text != "*" && !is_arn {
            return Err(self.expected(EXPECTED));
        }
        Ok(Written::read(text, Reading { wildcards: true, variables }))
    }

    /// A value that a condition wants, which may be written without quotation marks.
    pub(super) fn wanted(self) -> Result<String, ElementError> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(_) | Value::Number(_) => Ok(self.value.to_string()),
            _ => Err(self.expected("a text, a number, or true or false")),
        }
    }

    /// The text with an `x` for each variable, each of which is closed and about what a request may have.
    pub(super) fn without_variables(self, text: &str) -> Result<String, ElementError> {
        let mut fixed = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, variable)) = rest.split_once("${") {
            let Some((variable, after)) = variable.split_once('}').filter(|(it, _)| !it.is_empty()) else {
                return Err(self.expected("variables of the form `${<key>}`"));
            };
            let key = variable.split_once(',').map_or(variable, |(key, _)| key).trim();
            if !matches!(variable, "*" | "?" | "$") {
                check(key)?;
            }
            fixed.push_str(before);
            fixed.push('x');
            rest = after;
        }
        fixed.push_str(rest);
        Ok(fixed)
    }
}

/// The members of an object that may have these elements and no others.
pub(super) fn only(object: &Map<String, Value>, known: &'static [&'static str]) -> Result<(), ElementError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(element) => Err(ElementError::Unknown { element: element.clone(), known }),
        None => Ok(()),
    }
}

/// An element of an object, if it has it.
pub(super) fn member<'document>(
    object: &'document Map<String, Value>,
    name: &'document str,
) -> Option<Element<'document>> {
    object.get(name).map(|value| Element { name, value })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(text: &str, variables: bool) -> bool {
        let value = json!(text);
        Element { name: "Resource", value: &value }.resource(variables).is_ok()
    }

    #[test]
    fn a_resource_is_an_arn_with_all_its_parts() {
        for text in [
            "*",
            "arn:aws:connect:*:*:instance/*",
            "arn:*:connect:*:*:*",
            "arn:aws:s3:::bucket",
            "arn:aws:ec2:us-east-1:*:*/*",
            "arn:aws:logs:us-east-1:000000000000:log-group:x:*",
            "arn:aws:connect:*:*:instance/${aws:username}",
            "arn:aws:connect:${aws:RequestedRegion}:*:*",
        ] {
            assert!(resource(text, true), "{text}");
        }
        for text in [
            "",
            "instance/x",
            "arn",
            "arn:aws:connect",
            "arn:aws:connect:*:instance/*",
            "arn:aws:*:*:*:instance/*",
            "arn::connect:*:*:*",
            "urn:aws:connect:*:*:*",
            "arn:aws:connect:*:*:instance/${aws:username",
            "arn:aws:connect:*:*:instance/${}",
            "arn:aws:connect:*:*:instance/${aws:userid}",
        ] {
            assert!(!resource(text, true), "{text}");
        }
        assert!(resource("arn:aws:connect:*:*:instance/${aws:username", false), "it is no variable");
    }

    #[test]
    fn an_action_begins_with_its_service() {
        for (text, expected) in [
            ("*", true),
            ("connect:*", true),
            ("Connect:Update?*", true),
            ("aws-portal:ViewBilling", true),
            ("UpdateSecurityProfile", false),
            ("*:UpdateSecurityProfile", false),
            ("*:*", false),
            ("**", false),
            ("", false),
            ("connect:", false),
            ("connect:Update SecurityProfile", false),
            ("connect:a:b", false),
        ] {
            let value = json!(text);
            assert_eq!(Element { name: "Action", value: &value }.action().is_ok(), expected, "{text}");
        }
    }
}
