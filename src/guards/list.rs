//! A guard's list as an operator writes it: entries with commas between them, each a name or a glob of one kind.
//!
//! An entry that nothing of its kind can ever match guards nothing, and nobody would notice. It is an error: mostly it is
//! two entries with something else than a comma between them.

use std::fmt;

use super::Pattern;
use crate::catalogue::known_permissions;

/// What the entries of a list name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Twelve digits; no globs.
    Account,
    /// The ARN of an IAM role.
    RoleArn,
    /// The ARN of a Connect instance.
    InstanceArn,
    /// A permission.
    Permission,
    /// The name of a security profile.
    ProfileName,
}

/// Entries that guard something, and what is wrong with the others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct List {
    /// Each as it is written.
    pub entries: Vec<String>,
    /// One for each entry that is none.
    pub errors: Vec<EntryError>,
}

/// Why a text is not a list.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EntryError {
    /// No name of the kind matches it.
    #[error("`{}` is not {kind}; separate the entries with commas", shown(text))]
    NotOfItsKind {
        /// What is written.
        text: String,
        /// What was expected.
        kind: Kind,
    },
    /// White space or commas, and nothing between them.
    #[error("there is no entry in it")]
    NoEntries,
}

impl List {
    /// Reads a list. White space around a comma does not count, nor does a comma too many; an empty text is an empty list, and
    /// one of nothing but white space and commas is none.
    #[must_use]
    pub fn read(text: &str, kind: Kind) -> Self {
        let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
        let (entries, others): (Vec<&str>, Vec<&str>) = members.partition(|member| kind.has(member));
        let mut errors: Vec<EntryError> =
            others.iter().map(|text| EntryError::NotOfItsKind { text: (*text).to_owned(), kind }).collect();
        if entries.is_empty() && errors.is_empty() && !text.is_empty() {
            errors.push(EntryError::NoEntries);
        }
        Self { entries: entries.into_iter().map(ToOwned::to_owned).collect(), errors }
    }
}

/// The entries of a list of permissions that match no permission of the catalogue. AWS may know them; most likely they are
/// misspelt.
pub fn unmatched_permissions(patterns: &[Pattern]) -> impl Iterator<Item = &Pattern> {
    patterns.iter().filter(|pattern| !known_permissions().any(|name| pattern.matches(name)))
}

impl Kind {
    /// Whether the text is a name of this kind, or a glob that matches one.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        if self == Self::Account && text.contains(['*', '?']) {
            return false;
        }
        matches_some(&text.chars().collect::<Vec<_>>(), self.form())
    }

    fn form(self) -> &'static [Part] {
        use Part::{Exactly, Literal, Many, OneOrMore};
        match self {
            Self::Account => &[Exactly(12, is_digit)],
            Self::RoleArn => &[
                Literal("arn:aws"),
                Many(is_label),
                Literal(":iam::"),
                Exactly(12, is_digit),
                Literal(":role/"),
                Many(is_role_character),
                Exactly(1, is_last_of_a_role),
            ],
            Self::InstanceArn => &[
                Literal("arn:aws"),
                Many(is_label),
                Literal(":connect:"),
                OneOrMore(is_label),
                Literal(":"),
                Exactly(12, is_digit),
                Literal(":instance/"),
                OneOrMore(is_id_character),
            ],
            Self::Permission => &[OneOrMore(is_permission_character)],
            Self::ProfileName => &[OneOrMore(is_name_character)],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Account => "an account's number of twelve digits",
            Self::RoleArn => {
                "a role's ARN (`arn:<partition>:iam::<account>:role/<name>`) or a pattern of such ARNs with `*` and `?`"
            }
            Self::InstanceArn => {
                "an instance's ARN (`arn:<partition>:connect:<region>:<account>:instance/<id>`) or a pattern of such ARNs \
                 with `*` and `?`"
            }
            Self::Permission => {
                "the name of a permission (letters, digits, `.`, `_` and `-`) or a pattern of such names with `*` and `?`"
            }
            Self::ProfileName => {
                "the name of a profile (letters, digits, spaces, `_`, `@` and `-`) or a pattern of such names with `*` and `?`"
            }
        })
    }
}

/// A part of the form that all names of a kind have.
#[derive(Clone, Copy)]
enum Part {
    Literal(&'static str),
    Many(fn(char) -> bool),
    OneOrMore(fn(char) -> bool),
    Exactly(usize, fn(char) -> bool),
}

/// Whether a glob matches any text of the form. Follows both side by side: each position of the glob with each of the form.
fn matches_some(glob: &[char], form: &[Part]) -> bool {
    let steps: Vec<Step> = form.iter().flat_map(Part::steps).collect();
    // Where the glob may have got to when the form has; and which of these have been gone on from.
    let mut open = vec![(0, 0)];
    let mut seen = vec![false; (glob.len() + 1) * (steps.len() + 1)];
    while let Some((at, step)) = open.pop() {
        if std::mem::replace(&mut seen[at * (steps.len() + 1) + step], true) {
            continue;
        }
        if at == glob.len() && step == steps.len() {
            return true;
        }
        if glob.get(at) == Some(&'*') {
            open.push((at + 1, step));
        }
        let Some(Step { accepts, repeats }) = steps.get(step) else { continue };
        if *repeats {
            open.push((at, step + 1));
        }
        let next = if *repeats { step } else { step + 1 };
        match glob.get(at) {
            Some('*') => open.push((at, next)),
            Some('?') => open.push((at + 1, next)),
            Some(character) if accepts.has(*character) => open.push((at + 1, next)),
            Some(_) | None => {}
        }
    }
    false
}

/// One character of the form, or any number of them.
struct Step {
    accepts: Accepts,
    repeats: bool,
}

enum Accepts {
    One(char),
    Any(fn(char) -> bool),
}

impl Accepts {
    fn has(&self, character: char) -> bool {
        match self {
            Self::One(one) => *one == character,
            Self::Any(is) => is(character),
        }
    }
}

impl Part {
    fn steps(&self) -> Vec<Step> {
        let any = |is, repeats| Step { accepts: Accepts::Any(is), repeats };
        match *self {
            Self::Literal(text) => {
                text.chars().map(|one| Step { accepts: Accepts::One(one), repeats: false }).collect()
            }
            Self::Many(is) => vec![any(is, true)],
            Self::OneOrMore(is) => vec![any(is, false), any(is, true)],
            Self::Exactly(count, is) => (0..count).map(|_| any(is, false)).collect(),
        }
    }
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn is_label(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
}

fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

fn is_role_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+=,.@_-/".contains(character)
}

fn is_last_of_a_role(character: char) -> bool {
    character != '/' && is_role_character(character)
}

fn is_permission_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "._-".contains(character)
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || " _@-".contains(character)
}

/// The beginning of an entry, in which line breaks and other characters that nobody sees are seen.
fn shown(text: &str) -> String {
    const LONGEST: usize = 100;
    let head = text.chars().take(LONGEST).collect::<String>().escape_debug().to_string();
    if text.chars().count() > LONGEST { format!("{head}…") } else { head }
}

#[cfg(test)]
mod tests;
