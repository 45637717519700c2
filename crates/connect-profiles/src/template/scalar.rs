//! What a scalar is delivered as.
//!
//! CloudFormation reads YAML 1.1, where `yes`, `no`, `on` and `off` are booleans, and delivers every boolean and number to a
//! custom resource as a string. Numbers keep the digits that are written, because the provider takes them as text anyway;
//! where YAML 1.1 would read another number than the digits say, [`read_otherwise`] tells. A null is no string: it stays,
//! and CloudFormation refuses it.

use super::document::{Scalar, Style};

/// The scalar as CloudFormation delivers it: text, or nothing for a null.
pub(super) fn delivered(scalar: &Scalar) -> Option<String> {
    let text = scalar.text.as_str();
    match scalar.style {
        Style::Literal if text == "null" => None,
        Style::Plain if is_null(text) => None,
        Style::Text | Style::Literal => Some(text.to_owned()),
        Style::Plain => Some(boolean(text).map_or_else(|| text.to_owned(), |flag| flag.to_string())),
    }
}

/// Plain YAML text that YAML 1.1 takes for something else than it looks: what it becomes, in words.
#[must_use]
pub fn read_otherwise(plain: &str) -> Option<String> {
    if let Some(flag) = boolean(plain) {
        return (!plain.eq_ignore_ascii_case("true") && !plain.eq_ignore_ascii_case("false"))
            .then(|| format!("the boolean `{flag}`"));
    }
    let digits = plain.trim_start_matches(['-', '+']);
    let is_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7' | b'_'))
    {
        return Some("an octal number".to_owned());
    }
    let is_hexadecimal = digits.strip_prefix("0x").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
    });
    if is_hexadecimal {
        return Some("a hexadecimal number".to_owned());
    }
    if digits.contains('_') && is_digits(digits) {
        return Some("a number without its `_`".to_owned());
    }
    let parts: Vec<&str> = digits.split(':').collect();
    let is_sixty =
        |part: &&str| is_digits(part) && part.len() <= 2 && part.parse::<u8>().is_ok_and(|part| part < 60);
    if parts.len() > 1 && is_digits(parts[0]) && !parts[0].starts_with('0') && parts[1..].iter().all(is_sixty)
    {
        return Some("a number to the base of sixty".to_owned());
    }
    None
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// YAML 1.1's booleans as its usual reader resolves them, which is without `y` and `n`.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_of_yaml_1_1_are_booleans_and_quoted_ones_are_text() {
        for (text, style, expected) in [
            ("yes", Style::Plain, Some("true")),
            ("Off", Style::Plain, Some("false")),
            ("y", Style::Plain, Some("y")),
            ("yes", Style::Text, Some("yes")),
            ("TRUE", Style::Plain, Some("true")),
            ("~", Style::Plain, None),
            ("", Style::Plain, None),
            ("", Style::Text, Some("")),
            ("null", Style::Literal, None),
            ("0123", Style::Plain, Some("0123")),
            ("1.10", Style::Literal, Some("1.10")),
        ] {
            assert_eq!(delivered(&Scalar::new(text, style)).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_yaml_1_1_reads_otherwise_is_told() {
        for text in ["yes", "Off", "0123", "0x1F", "1_000", "12:30"] {
            assert!(read_otherwise(text).is_some(), "{text}");
        }
        for text in
            ["true", "FALSE", "0", "123", "0189", "-", "", "2012-10-17", "12:60", "0:30", "1.10", "y", "12:"]
        {
            assert_eq!(read_otherwise(text), None, "{text}");
        }
    }
}
