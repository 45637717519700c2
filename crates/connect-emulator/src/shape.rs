//! What the API model says of a JSON value: types, lengths, sizes, patterns, enumerations.
//!
//! Knows nothing of the operations; `model` writes the shapes down.

use std::{fmt, sync::LazyLock};

use regex::Regex;
use serde_json::{Map, Value};

/// A shape of the API model.
pub(crate) enum Shape {
    Text(Text),
    Enumeration(&'static [&'static str]),
    Integer { minimum: i64, maximum: i64 },
    List { member: &'static Self, minimum: usize, maximum: usize },
    Map { key: Text, value: Text, minimum: usize, maximum: usize },
    Structure(&'static [Member]),
}

/// A member of a structure.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static Shape,
    pub(crate) required: bool,
}

/// A string, its length counted in characters.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) minimum: usize,
    pub(crate) maximum: usize,
    pub(crate) pattern: Option<Pattern>,
}

/// A pattern of the model. Each is meant to match the whole string, whether or not the model anchors it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern {
    ProfileName,
    TagKey,
    AttributeName,
    AttributeValue,
}

/// A value that breaks its shape, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {fault}")]
pub(crate) struct Violation {
    path: String,
    fault: String,
}

impl Shape {
    /// The value as the service takes it, without nulls and unknown members.
    pub(crate) fn read(&self, value: Value, path: &str) -> Result<Value, Violation> {
        match (self, value) {
            (Self::Text(text), Value::String(value)) => {
                text.check(&value, path)?;
                Ok(Value::String(value))
            }
            (Self::Enumeration(known), Value::String(value)) => {
                if known.contains(&value.as_str()) {
                    Ok(Value::String(value))
                } else {
                    Err(violation(path, format!("`{value}` is not one of {}", known.join(", "))))
                }
            }
            (Self::Integer { minimum, maximum }, Value::Number(value)) if value.is_i64() => {
                let number = value.as_i64().unwrap_or_default();
                check_size(number, *minimum, *maximum, "value", path)?;
                Ok(Value::Number(value))
            }
            (Self::List { member, minimum, maximum }, Value::Array(items)) => {
                check_size(items.len(), *minimum, *maximum, "size", path)?;
                let read = |(index, item)| member.read(item, &format!("{path}[{index}]"));
                items.into_iter().enumerate().map(read).collect()
            }
            (Self::Map { key, value, minimum, maximum }, Value::Object(entries)) => {
                let entries: Map<_, _> = entries.into_iter().filter(|(_, entry)| !entry.is_null()).collect();
                check_size(entries.len(), *minimum, *maximum, "size", path)?;
                for (name, entry) in &entries {
                    key.check(name, &format!("{path} key `{name}`"))?;
                    let at = format!("{path}.{name}");
                    value.check(entry.as_str().ok_or_else(|| violation(&at, "is not a string"))?, &at)?;
                }
                Ok(Value::Object(entries))
            }
            (Self::Structure(members), Value::Object(entries)) => read_members(members, entries, path),
            (shape, _) => Err(violation(path, format!("is not {shape}"))),
        }
    }
}

fn read_members(members: &[Member], mut entries: Map<String, Value>, path: &str) -> Result<Value, Violation> {
    let mut known = Map::new();
    for Member { name, shape, required } in members {
        let at = if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
        match entries.remove(*name) {
            None | Some(Value::Null) if *required => return Err(violation(&at, "is required")),
            None | Some(Value::Null) => {}
            Some(value) => {
                known.insert((*name).to_owned(), shape.read(value, &at)?);
            }
        }
    }
    Ok(Value::Object(known))
}

impl Text {
    pub(crate) fn check(&self, value: &str, path: &str) -> Result<(), Violation> {
        check_size(value.chars().count(), self.minimum, self.maximum, "length", path)?;
        match self.pattern {
            Some(pattern) if !pattern.matches(value) => {
                Err(violation(path, format!("does not match the pattern of {pattern}")))
            }
            _ => Ok(()),
        }
    }
}

impl Pattern {
    fn matches(self, value: &str) -> bool {
        static PROFILE_NAME: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"^[ a-zA-Z0-9_@-]+$").ok());
        static TAG_KEY: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$").ok());
        static PRINTABLE: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"^[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+$").ok());

        let is_match = |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(value));
        match self {
            Self::ProfileName => is_match(&PROFILE_NAME),
            Self::TagKey => !value.starts_with("aws:") && is_match(&TAG_KEY),
            Self::AttributeName => {
                !value.starts_with("aws:") && !value.starts_with("connect:") && is_match(&PRINTABLE)
            }
            Self::AttributeValue => is_match(&PRINTABLE),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ProfileName => "a profile name: letters, digits, space, `_`, `@`, `-`",
            Self::TagKey => "a tag key: letters, digits, spaces, `_.:/=+-@`, and no `aws:` in front",
            Self::AttributeName => "an attribute name: printable, and no `aws:` or `connect:` in front",
            Self::AttributeValue => "an attribute value: printable",
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) | Self::Enumeration(_) => "a string",
            Self::Integer { .. } => "an integer",
            Self::List { .. } => "a list",
            Self::Map { .. } | Self::Structure(_) => "an object",
        })
    }
}

fn check_size<T: Copy + PartialOrd + fmt::Display>(
    actual: T,
    minimum: T,
    maximum: T,
    measure: &str,
    path: &str,
) -> Result<(), Violation> {
    if actual < minimum {
        Err(violation(path, format!("{measure} {actual} is below the minimum {minimum}")))
    } else if actual > maximum {
        Err(violation(path, format!("{measure} {actual} is above the maximum {maximum}")))
    } else {
        Ok(())
    }
}

fn violation(path: &str, fault: impl Into<String>) -> Violation {
    let path = if path.is_empty() { "the request body" } else { path };
    Violation { path: path.to_owned(), fault: fault.into() }
}
