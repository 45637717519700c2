//! The texts of policies: wildcards, policy variables, and the parts of an ARN.

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

/// How a policy's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether `*` and `?` stand for others.
    pub(crate) wildcards: bool,
    /// Whether `${…}` is a variable: not in a policy of the version 2008-10-17.
    pub(crate) variables: bool,
}

impl Pattern {
    /// `None` when a variable has neither a value nor a default.
    pub(crate) fn read(text: &str, reading: Reading, context: &Context) -> Option<Self> {
        let mut pieces = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if reading.variables
                && let Some((variable, after)) =
                    rest.strip_prefix("${").and_then(|variable| variable.split_once('}'))
            {
                pieces.extend(resolved(variable, context)?.chars().map(Piece::Is));
                rest = after;
                continue;
            }
            pieces.push(match character {
                '*' if reading.wildcards => Piece::AnyMany,
                '?' if reading.wildcards => Piece::AnyOne,
                other => Piece::Is(other),
            });
            rest = &rest[character.len_utf8()..];
        }
        Some(Self(pieces))
    }

    /// Whether it stands for the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        matches(&self.0, &text.chars().collect::<Vec<_>>())
    }

    /// The same without regard to case.
    pub(crate) fn matches_in_any_case(&self, text: &str) -> bool {
        let lower = |piece: &Piece| match piece {
            Piece::Is(character) => character.to_lowercase().map(Piece::Is).collect(),
            wildcard => vec![*wildcard],
        };
        let pieces: Vec<Piece> = self.0.iter().flat_map(lower).collect();
        matches(&pieces, &text.to_lowercase().chars().collect::<Vec<_>>())
    }

    /// Whether it stands for an ARN, part by part. Parts that the pattern leaves out at its end are any, where
    /// `may_be_short`: as IAM completes the ARNs of `Resource`.
    pub(crate) fn matches_arn(&self, arn: &str, may_be_short: bool) -> bool {
        if self.0 == [Piece::AnyMany] {
            return true;
        }
        let parts: Vec<&[Piece]> = self.0.splitn(6, |piece| *piece == Piece::Is(':')).collect();
        let values: Vec<&str> = arn.splitn(6, ':').collect();
        values.len() == 6
            && (parts.len() == 6 || may_be_short)
            && parts.iter().zip(values).all(|(part, value)| matches(part, &value.chars().collect::<Vec<_>>()))
    }
}

fn resolved(variable: &str, context: &Context) -> Option<String> {
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
fn matches(pattern: &[Piece], text: &[char]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut last_many: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at_text) {
        match pattern.get(at_pattern) {
            Some(Piece::AnyMany) => {
                last_many = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(piece) if *piece == Piece::AnyOne || *piece == Piece::Is(*character) => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => {
                let Some((many, begun)) = last_many else { return false };
                last_many = Some((many, begun + 1));
                (at_pattern, at_text) = (many + 1, begun + 1);
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
        Pattern::read(text, ALL, &context())
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
        assert!(Pattern::read("${aws:none}", old, &context()).unwrap().matches("${aws:none}"));
        assert!(read("${unclosed").unwrap().matches("${unclosed"));
    }

    #[test]
    fn an_arn_is_compared_part_by_part() {
        for (pattern, in_resource, in_condition) in [
            ("*", true, true),
            (ARN, true, true),
            ("arn:aws:connect:*:*:instance/*", true, true),
            ("arn:aws:connect:*:instance/i/*", false, false),
            ("arn:aws:connect:us-east-1:000000000000:*/p", true, true),
            ("arn:aws:connect", true, false),
            ("arn:aws:*", true, false),
            ("arn:aws-cn:*", false, false),
        ] {
            let pattern_read = read(pattern).unwrap();
            assert_eq!(pattern_read.matches_arn(ARN, true), in_resource, "{pattern}");
            assert_eq!(pattern_read.matches_arn(ARN, false), in_condition, "{pattern}");
        }
    }
}
