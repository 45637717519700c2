//! The context of a request, and the conditions of a policy on it.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::pattern::{Pattern, Reading, Written};

/// The condition keys of a request and their values. Keys, and so the tag keys in them, have no case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// The same with this key. A key that is there keeps its values: of two tags whose keys differ in case alone, the first.
    pub(crate) fn with<V: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.0
            .entry(key.to_ascii_lowercase())
            .or_insert_with(|| values.into_iter().map(Into::into).collect());
        self
    }

    pub(crate) fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }
}

/// A condition operator: what is compared, how many of the request's values it is for, what an absent key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    quantifier: Option<Quantifier>,
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    ForAnyValue,
    ForAllValues,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Bool,
    Null,
}

/// An operator that is none of IAM's, or one for values that no request here has: numbers, dates, addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an emulated condition operator")]
pub struct UnknownOperator(String);

impl FromStr for Operator {
    type Err = UnknownOperator;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (quantifier, name) = match text.split_once(':') {
            Some(("ForAnyValue", name)) => (Some(Quantifier::ForAnyValue), name),
            Some(("ForAllValues", name)) => (Some(Quantifier::ForAllValues), name),
            _ => (None, text),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let (comparison, negated) = match name {
            "StringEquals" => (Comparison::Equals, false),
            "StringNotEquals" => (Comparison::Equals, true),
            "StringEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, false),
            "StringNotEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, true),
            "StringLike" => (Comparison::Like, false),
            "StringNotLike" => (Comparison::Like, true),
            // With and without wildcards they are the same.
            "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
            "Bool" => (Comparison::Bool, false),
            "Null" if quantifier.is_none() && !if_exists => (Comparison::Null, false),
            _ => return Err(UnknownOperator(text.to_owned())),
        };
        Ok(Self { quantifier, comparison, negated, if_exists })
    }
}

impl Operator {
    /// Whether it compares texts, rather than asks for true or false.
    pub(crate) fn is_text(self) -> bool {
        !matches!(self.comparison, Comparison::Bool | Comparison::Null)
    }

    /// A text that is compared by this operator, as a policy has it.
    pub(crate) fn wanted(self, text: &str, variables: bool) -> Written {
        let wildcards = matches!(self.comparison, Comparison::Like | Comparison::Arn);
        Written::read(text, Reading { wildcards, variables: variables && self.is_text() })
    }

    /// Whether the condition holds; `None` when a variable in it has no value.
    pub(crate) fn holds(self, key: &str, wanted: &[Written], context: &Context) -> Option<bool> {
        let patterns: Vec<_> = wanted.iter().map(|it| it.resolve(|| context)).collect::<Option<_>>()?;
        let present = context.get(key);
        if self.comparison == Comparison::Null {
            let is_absent = present.is_none();
            return Some(patterns.iter().any(|wanted| wanted.matches_in_any_case("true") == is_absent));
        }
        let Some(values) = present else {
            let all = self.quantifier == Some(Quantifier::ForAllValues);
            let negated = self.negated && self.quantifier.is_none();
            return Some(self.if_exists || all || negated);
        };
        let is_like_one = |value: &str| patterns.iter().any(|pattern| self.is_like(pattern, value));
        Some(match self.quantifier {
            // A negated operator wants values that are like none of the policy's.
            Some(Quantifier::ForAllValues) => values.iter().all(|value| is_like_one(value) != self.negated),
            Some(Quantifier::ForAnyValue) => values.iter().any(|value| is_like_one(value) != self.negated),
            None => values.iter().any(|value| is_like_one(value)) != self.negated,
        })
    }

    fn is_like(self, pattern: &Pattern, value: &str) -> bool {
        match self.comparison {
            Comparison::Arn => pattern.matches_arn(value),
            Comparison::EqualsIgnoreCase | Comparison::Bool => pattern.matches_in_any_case(value),
            _ => pattern.matches(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "aws:ResourceTag/Owner";
    const KEYS: &str = "aws:TagKeys";
    const ROLE: &str = "aws:PrincipalArn";

    fn context() -> Context {
        Context::default()
            .with("aws:resourcetag/OWNER", ["v1/created"])
            .with(KEYS, ["owner", "team"])
            .with(ROLE, ["arn:aws:iam::000000000000:role/provider"])
            .with("aws:SecureTransport", ["true"])
    }

    fn holds(operator: &str, key: &str, wanted: &[&str]) -> Option<bool> {
        let operator = operator.parse::<Operator>().unwrap();
        let wanted: Vec<Written> = wanted.iter().map(|it| operator.wanted(it, true)).collect();
        operator.holds(key, &wanted, &context())
    }

    #[test]
    fn each_operator_compares_as_iam_says() {
        for (operator, key, wanted, expected) in [
            ("StringEquals", TAG, &["v1/created"][..], true),
            ("StringEquals", TAG, &["x", "v1/created"], true),
            ("StringEquals", TAG, &["v1/*"], false),
            ("StringEquals", TAG, &["V1/created"], false),
            ("StringNotEquals", TAG, &["x", "v1/created"], false),
            ("StringNotEquals", TAG, &["x", "y"], true),
            ("StringEqualsIgnoreCase", TAG, &["V1/Created"], true),
            ("StringNotEqualsIgnoreCase", TAG, &["V1/Created"], false),
            ("StringLike", TAG, &["v1/*"], true),
            ("StringNotLike", TAG, &["v1/*"], false),
            ("ArnLike", ROLE, &["arn:aws:iam::*:role/*"], true),
            ("ArnEquals", ROLE, &["arn:aws:iam::*:role/*"], true),
            ("ArnNotEquals", ROLE, &["arn:aws:iam::*:role/*"], false),
            ("ArnNotLike", ROLE, &["arn:aws:iam::*:user/*"], true),
            ("ArnLike", ROLE, &["arn:aws:*:role/provider"], false),
            ("Bool", "aws:SecureTransport", &["TRUE"], true),
            ("Bool", "aws:SecureTransport", &["false"], false),
            ("StringEquals", ROLE, &["${aws:PrincipalArn}"], true),
            ("StringEquals", KEYS, &["team"], true),
            ("StringNotEquals", KEYS, &["team"], false),
        ] {
            assert_eq!(holds(operator, key, wanted), Some(expected), "{operator} {key} {wanted:?}");
        }
        assert_eq!(holds("StringNotEquals", TAG, &["${aws:none}"]), None);
        let twice = Context::default().with("aws:RequestTag/A", ["1"]).with("aws:RequestTag/a", ["2"]);
        assert_eq!(twice.get("AWS:requesttag/a"), Some(&["1".to_owned()][..]));
    }

    #[test]
    fn an_absent_key_fails_what_asks_for_it_and_passes_what_does_not() {
        let absent = "aws:ResourceTag/other";
        for (operator, expected) in [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("ArnNotLike", true),
            ("ForAnyValue:StringEquals", false),
            ("ForAnyValue:StringNotEquals", false),
            ("ForAllValues:StringEquals", true),
            ("ForAllValues:StringNotEquals", true),
            ("ForAnyValue:StringLikeIfExists", true),
            ("Bool", false),
        ] {
            assert_eq!(holds(operator, absent, &["x"]), Some(expected), "{operator}");
        }
        for (key, wanted, expected) in
            [(TAG, "true", false), (TAG, "false", true), (absent, "true", true), (absent, "false", false)]
        {
            assert_eq!(holds("Null", key, &[wanted]), Some(expected), "{key} {wanted}");
        }
    }

    #[test]
    fn a_quantifier_is_for_all_or_any_of_the_values_in_the_request() {
        for (operator, wanted, expected) in [
            ("ForAllValues:StringEquals", &["owner", "team", "x"][..], true),
            ("ForAllValues:StringEquals", &["owner"], false),
            ("ForAllValues:StringNotEquals", &["owner"], false),
            ("ForAllValues:StringNotEquals", &["x"], true),
            ("ForAnyValue:StringEquals", &["team"], true),
            ("ForAnyValue:StringEquals", &["x"], false),
            ("ForAnyValue:StringNotEquals", &["owner"], true),
            ("ForAnyValue:StringNotEquals", &["owner", "team"], false),
            ("ForAllValues:StringLike", &["*"], true),
            ("ForAnyValue:StringEquals", &["Team"], false),
            ("ForAnyValue:StringEqualsIgnoreCase", &["Team"], true),
        ] {
            assert_eq!(holds(operator, KEYS, wanted), Some(expected), "{operator} {wanted:?}");
        }
    }

    #[test]
    fn other_operators_are_refused() {
        for name in ["StringEqual", "NumericEquals", "ForAnyValue:Null", "NullIfExists", "ForSome:Bool"] {
            let error = name.parse::<Operator>().unwrap_err();
            assert_eq!(error.to_string(), format!("`{name}` is not an emulated condition operator"));
        }
    }
}
