//! The texts of policies: wildcards, policy variables, and the parts of an ARN.

use std::borrow::Cow;

use super::condition::Context;

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Is(char),
    /// `?`
    AnyOne,
    /// `*`
    AnyMany,
}

/// A policy's text with its variables resolved: only what the policy itself wrote is a wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

/// A text as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The same for every request.
    Fixed(Pattern),
    /// With variables.
    Variable { text: String, wildcards: bool },
}

/// How a policy's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether `*` and `?` stand for others.
    pub(crate) wildcards: bool,
    /// Whether `${…}` is a variable: not in a policy of the version 2008-10-17.
    pub(crate) variables: bool,
}

impl Written {
    pub(crate) fn read(text: &str, Reading { wildcards, variables }: Reading) -> Self {
        if variables && text.contains("${") {
            Self::Variable { text: text.to_owned(), wildcards }
        } else {
            Self::Fixed(Pattern(text.chars().map(|it| Piece::read(it, wildcards)).collect()))
        }
    }

    /// `None` when a variable has neither a value nor a default.
    pub(crate) fn resolve<'context>(
        &self,
        context: impl FnOnce() -> &'context Context,
    ) -> Option<Cow<'_, Pattern>> {
        match self {
            Self::Fixed(pattern) => Some(Cow::Borrowed(pattern)),
            Self::Variable { text, wildcards } => {
                Pattern::resolved(text, *wildcards, context()).map(Cow::Owned)
            }
        }
    }
}

impl Piece {
    const fn read(character: char, wildcards: bool) -> Self {
        match character {
            '*' if wildcards => Self::AnyMany,
            '?' if wildcards => Self::AnyOne,
            other => Self::Is(other),
        }
    }
}

impl Pattern {
    fn resolved(text: &str, wildcards: bool, context: &Context) -> Option<Self> {
        let mut pieces = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if let Some((variable, after)) =
                rest.strip_prefix("${").and_then(|variable| variable.split_once('}'))
            {
                pieces.extend(value(variable, context)?.chars().map(Piece::Is));
                rest = after;
            } else {
                pieces.push(Piece::read(character, wildcards));
                rest = &rest[character.len_utf8()..];
            }
        }
        Some(Self(pieces))
    }

    /// Whether it stands for the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        matches(&self.0, text)
    }

    /// The same without regard to case.
    pub(crate) fn matches_in_any_case(&self, text: &str) -> bool {
        let lower = |piece: &Piece| match piece {
            Piece::Is(character) => character.to_lowercase().map(Piece::Is).collect(),
            wildcard => vec![*wildcard],
        };
        let pieces: Vec<Piece> = self.0.iter().flat_map(lower).collect();
        matches(&pieces, &text.to_lowercase())
    }

    /// Whether it stands for an ARN, part by part.
    pub(crate) fn matches_arn(&self, arn: &str) -> bool {
        if self.0 == [Piece::AnyMany] {
            return true;
        }
        let mut parts = self.0.splitn(6, |piece| *piece == Piece::Is(':'));
        let mut number = 0;
        for value in arn.splitn(6, ':') {
            number += 1;
            if !parts.next().is_some_and(|part| matches(part, value)) {
                return false;
            }
        }
        number == 6
    }
}

fn value(variable: &str, context: &Context) -> Option<String> {
    if matches!(variable, "*" | "?" | "$") {
        return Some(variable.to_owned());
    }
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, default.trim().strip_prefix('\'').and_then(|it| it.strip_suffix('\''))),
        None => (variable, None),
    };
    match context.get(key.trim()) {
        Some([value]) => Some(value.clone()),
        _ => default.map(str::to_owned),
    }
}

/// Goes back to the last `*` alone, so the time is at most the product of the lengths.
fn matches(pattern: &[Piece], text: &str) -> bool {
    let (mut at_pattern, mut rest) = (0, text);
    let mut last_many: Option<(usize, &str)> = None;
    while let Some(character) = rest.chars().next() {
        match pattern.get(at_pattern) {
            Some(Piece::AnyMany) => {
                last_many = Some((at_pattern, rest));
                at_pattern += 1;
            }
            Some(piece) if *piece == Piece::AnyOne || *piece == Piece::Is(character) => {
                at_pattern += 1;
                rest = &rest[character.len_utf8()..];
            }
            _ => {
                let Some((many, begun)) = last_many else { return false };
                let one_more = begun.chars().next().map_or(0, char::len_utf8);
                rest = &begun[one_more..];
                last_many = Some((many, rest));
                at_pattern = many + 1;
            }
        }
    }
    pattern.iter().skip(at_pattern).all(|piece| *piece == Piece::AnyMany)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Reading = Reading { wildcards: true, variables: true };
    const ARN: &str = "arn:aws:connect:us-east-1:000000000000:instance/i/security-profile/p";

    fn context() -> Context {
        Context::default().with("aws:username", ["ann*"]).with("aws:TagKeys", ["a", "b"])
    }

    fn read(text: &str) -> Option<Pattern> {
        let context = context();
        Written::read(text, ALL).resolve(|| &context).map(Cow::into_owned)
    }

    #[test]
    fn wildcards_stand_for_any_text_and_for_one_character() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("a**", "a", true),
            ("?", "", false),
            ("?é", "xé", true),
            ("*ab*ab", "abxabab", true),
            ("A", "a", false),
        ] {
            assert_eq!(read(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
        assert!(read("STRASSE*").unwrap().matches_in_any_case("strasse 1"));
    }

    #[test]
    fn a_variable_is_its_value_and_no_wildcard() {
        assert!(read("x-${aws:username}").unwrap().matches("x-ann*"));
        assert!(!read("x-${AWS:UserName}").unwrap().matches("x-anna"));
        assert!(read("${*}${?}${$}").unwrap().matches("*?$"));
        assert!(!read("${*}").unwrap().matches("x"));
        assert!(read("${aws:none, 'so, then'}").unwrap().matches("so, then"));
        assert_eq!(read("${aws:none}"), None);
        assert_eq!(read("${aws:TagKeys}"), None, "a variable has one value");
        let old = Reading { variables: false, ..ALL };
        let written = Written::read("${aws:none}", old);
        assert!(written.resolve(|| unreachable!("it has no variable")).unwrap().matches("${aws:none}"));
        assert!(read("${unclosed").unwrap().matches("${unclosed"));
    }

    #[test]
    fn an_arn_is_compared_part_by_part() {
        for (pattern, expected) in [
            ("*", true),
            (ARN, true),
            ("arn:aws:connect:*:*:instance/*", true),
            ("arn:aws:connect:*:instance/i/*", false),
            ("arn:aws:connect:us-east-1:000000000000:*/p", true),
            ("arn:aws:connect", false),
            ("arn:aws:*", false),
            ("arn:aws-cn:connect:*:*:*", false),
        ] {
            assert_eq!(read(pattern).unwrap().matches_arn(ARN), expected, "{pattern}");
        }
    }
}
