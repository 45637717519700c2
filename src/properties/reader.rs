//! Reads JSON as CloudFormation delivers it, and writes down every mistake with its path instead of stopping at the first.
//!
//! CloudFormation turns scalars into strings; other callers do not: both are read. `null` and absent are the same. Knows
//! nothing of security profiles.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::catalogue::{MOST_NEAREST, nearest};
use crate::undisclosed::Undisclosed;

/// A property's scalar as text, for those who forgive everything: as strict readers read it, or nothing.
#[must_use]
pub fn text_of(properties: &Map<String, Value>, name: &str) -> Option<String> {
    scalar(properties.get(name)?)
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Twenty times the most that any list may hold.
const LONGEST_LIST: usize = 10_000;

/// One thing wrong in the properties: where, which rule, and what may have been meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// Such as `Tags[2].Key`.
    pub path: String,
    /// What is wrong and what is allowed.
    pub rule: String,
    /// The nearest known name, if a name is not known.
    pub nearest: Option<String>,
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    found: Vec<Mistake>,
    newer: Vec<Newer>,
}

/// A mistake by a rule that older versions did not have, about a text. Stacks that were deployed with the text must still
/// roll back, so it counts only where the text is brought in.
#[derive(Debug)]
struct Newer {
    mistake: Mistake,
    text: Undisclosed,
    /// Whatever else is wrong with the text is wrong because of this.
    hides_others: bool,
}

/// A value that is there, and its path.
#[derive(Clone)]
pub(super) struct Node<'a> {
    path: String,
    value: &'a Value,
}

/// An object whose keys are all known.
pub(super) struct Object<'a> {
    path: String,
    members: &'a Map<String, Value>,
}

impl Mistakes {
    pub(super) fn add(&mut self, path: &str, rule: impl Into<String>) {
        self.found.push(Mistake { path: path.to_owned(), rule: rule.into(), nearest: None });
    }

    /// Adds a mistake by a rule that older versions did not have.
    pub(super) fn add_newer(&mut self, path: &str, rule: impl Into<String>, text: Undisclosed) {
        let mistake = Mistake { path: path.to_owned(), rule: rule.into(), nearest: None };
        self.newer.push(Newer { mistake, text, hides_others: false });
    }

    /// The same for a dynamic reference, which is no value of its property at all.
    pub(super) fn add_reference(&mut self, path: &str, rule: String, text: Undisclosed) {
        let mistake = Mistake { path: path.to_owned(), rule, nearest: None };
        self.newer.push(Newer { mistake, text, hides_others: true });
    }

    /// What is wrong, and what is only warned about because the `old` properties had it.
    pub(super) fn judged(self, old: Option<&Map<String, Value>>) -> (Vec<Mistake>, Vec<Mistake>) {
        let Self { mut found, newer } = self;
        let (accepted, refused): (Vec<_>, Vec<_>) =
            newer.into_iter().partition(|newer| old.is_some_and(|old| newer.is_held_by(old)));
        let hiding = refused.iter().filter(|newer| newer.hides_others);
        let hidden: BTreeSet<&str> = hiding.map(|newer| newer.mistake.path.as_str()).collect();
        found.retain(|other| !hidden.contains(other.path.as_str()));
        found.extend(refused.into_iter().map(|newer| newer.mistake));
        (found, accepted.into_iter().map(|newer| newer.mistake).collect())
    }

    /// The known name most like this one. Where there are more mistakes than anybody reads, none is looked for.
    fn nearest(&self, key: &str, known: &[&str]) -> Option<String> {
        if self.found.len() >= MOST_NEAREST {
            return None;
        }
        nearest(key, known.iter().copied()).map(ToOwned::to_owned)
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    /// Whether something is wrong with the property, so that what depends on it cannot be told.
    pub(super) fn are_in(&self, property: &str) -> bool {
        self.found.iter().any(|mistake| mistake.path.starts_with(property))
    }
}

impl Newer {
    /// Whether the property of that name held the same text in the `old` properties.
    fn is_held_by(&self, old: &Map<String, Value>) -> bool {
        let name = self.mistake.path.split(['.', '[']).next().unwrap_or_default();
        old.get(name).is_some_and(|value| holds(value, self.text.reveal()))
    }
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        value => scalar(value).as_deref() == Some(text),
    }
}

impl<'a> Object<'a> {
    /// The properties themselves, whose paths begin with nothing.
    pub(super) fn root(members: &'a Map<String, Value>, known: &[&str], mistakes: &mut Mistakes) -> Self {
        Self::read(String::new(), members, known, mistakes)
    }

    fn read(path: String, members: &'a Map<String, Value>, known: &[&str], mistakes: &mut Mistakes) -> Self {
        let stated = members.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key);
        for key in stated.filter(|key| !known.contains(&key.as_str())) {
            mistakes.found.push(Mistake {
                path: join(&path, key),
                rule: "is not a known property".to_owned(),
                nearest: mistakes.nearest(key, known),
            });
        }
        Self { path, members }
    }

    /// The member of that name, unless it is absent or `null`.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.members.get(key).filter(|value| !value.is_null())?;
        Some(Node { path: join(&self.path, key), value })
    }

    /// As [`get`](Self::get), and a mistake if there is none.
    pub(super) fn require(&self, key: &str, mistakes: &mut Mistakes) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            mistakes.add(&join(&self.path, key), "is required");
        }
        node
    }
}

impl<'a> Node<'a> {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A string, number or boolean, as text.
    pub(super) fn text(&self, mistakes: &mut Mistakes) -> Option<String> {
        let text = scalar(self.value);
        if text.is_none() {
            mistakes.add(&self.path, format!("must be a string, not {}", kind(self.value)));
        }
        text
    }

    /// Text of so many characters.
    pub(super) fn text_of(&self, lengths: (usize, usize), mistakes: &mut Mistakes) -> Option<String> {
        let text = self.text(mistakes)?;
        let (shortest, longest) = lengths;
        let length = text.chars().count();
        if (shortest..=longest).contains(&length) {
            return Some(text);
        }
        let rule = if length < shortest {
            "must not be empty".to_owned()
        } else {
            format!("has {length} characters; at most {longest} are allowed")
        };
        mistakes.add(&self.path, rule);
        None
    }

    /// `true` or `false`, as itself or as text in any case.
    pub(super) fn flag(&self, mistakes: &mut Mistakes) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => {
                mistakes.add(&self.path, "must be `true` or `false`");
                None
            }
        }
    }

    /// One of a few words; `""` is the same as absent.
    pub(super) fn word(&self, words: &[&str], mistakes: &mut Mistakes) -> Option<String> {
        match self.value {
            Value::String(text) if text.is_empty() => None,
            _ => self.exact_word(words, mistakes),
        }
    }

    /// One of a few words.
    pub(super) fn exact_word(&self, words: &[&str], mistakes: &mut Mistakes) -> Option<String> {
        let text = self.text(mistakes)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        let allowed: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        mistakes.add(&self.path, format!("`{}` is not {}", excerpt(&text), allowed.join(" or ")));
        None
    }

    /// The items of a list, without those that are `null`. No list of a template is as long as the longest that is read.
    pub(super) fn list(&self, mistakes: &mut Mistakes) -> Option<Vec<Self>> {
        let Value::Array(items) = self.value else {
            mistakes.add(&self.path, format!("must be a list, not {}", kind(self.value)));
            return None;
        };
        if items.len() > LONGEST_LIST {
            let rule = format!("has {} items, which is more than are read ({LONGEST_LIST})", items.len());
            mistakes.add(&self.path, rule);
            return None;
        }
        let item = |(index, value)| Node { path: format!("{}[{index}]", self.path), value };
        Some(items.iter().enumerate().filter(|(_, value)| !value.is_null()).map(item).collect())
    }

    /// The members of an object that has only known keys.
    pub(super) fn object(&self, known: &[&str], mistakes: &mut Mistakes) -> Option<Object<'a>> {
        let Value::Object(members) = self.value else {
            mistakes.add(&self.path, format!("must be an object, not {}", kind(self.value)));
            return None;
        };
        Some(Object::read(self.path.clone(), members, known, mistakes))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.path, self.rule)?;
        match &self.nearest {
            Some(nearest) => write!(formatter, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

/// The beginning of a text that is quoted in a message.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    // A name that nobody sees is written so that it is seen.
    let key = if key.is_empty() { "\"\"".to_owned() } else { excerpt(key) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
