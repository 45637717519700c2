//! JSON values written as YAML for people: blocks, and quotes only where a reader could take the text for something else.
//!
//! An object with one member `Ref` whose value is text is written as CloudFormation's short tag.

use serde_json::Value;
use std::fmt::Write as _;

/// The value as a document, from the margin.
#[must_use]
pub fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

/// Members in their own order as a document, from the margin.
#[must_use]
pub fn members(members: &[(&str, Value)]) -> String {
    let mut text = String::new();
    ordered(members, 0, &mut text);
    text
}

/// Members in their own order, indented by so many columns.
pub fn ordered(members: &[(&str, Value)], indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    for (key, value) in members {
        let _ = write!(text, "{margin}{}:", scalar(key));
        nested(value, indent, text);
    }
}

/// The value below a line that ends there, indented by so many columns.
pub fn block(value: &Value, indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let _ = write!(text, "{margin}{}:", scalar(key));
                nested(value, indent, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut inner = String::new();
                block(item, indent + 2, &mut inner);
                // The item's first line stands behind its dash.
                let _ = write!(text, "{margin}- {}", inner.trim_start_matches(' '));
            }
        }
        other => {
            let _ = writeln!(text, "{margin}{}", inline(other));
        }
    }
}

fn nested(value: &Value, indent: usize, text: &mut String) {
    if is_inline(value) {
        let _ = writeln!(text, " {}", inline(value));
    } else {
        text.push('\n');
        block(value, indent + 2, text);
    }
}

fn is_inline(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty() || reference(value).is_some(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn reference(value: &Value) -> Option<&str> {
    let members = value.as_object()?;
    members.get("Ref").filter(|_| members.len() == 1)?.as_str()
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Object(_) => reference(value).map_or_else(|| "{}".to_owned(), |name| format!("!Ref {name}")),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// The text, plain where no reader of YAML 1.1 or 1.2 can take it for anything else, and otherwise as a JSON string, which is
/// YAML too.
#[must_use]
pub fn scalar(text: &str) -> String {
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let ends =
        text.chars().next_back().is_some_and(|last| last.is_ascii_alphanumeric() || ".)_-/".contains(last));
    let is_tame = |character: char| character.is_ascii_alphanumeric() || " ._-/(),+@".contains(character);
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let is_word = words.iter().any(|word| text.eq_ignore_ascii_case(word));
    // An ARN has colons that no space follows.
    let is_plain = |text: &str| text.chars().all(|character| is_tame(character) || character == ':');
    let has_key = text.contains(": ") || text.ends_with(':');
    if begins && ends && is_plain(text) && !has_key && !is_word {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_are_nested_and_references_short() {
        let value = json!({
            "Empty": [], "None": {},
            "Flag": true, "Number": 300,
            "InstanceArn": { "Ref": "InstanceArn" },
            "Permissions": ["BasicAgentAccess", "Users.View"],
            "Tags": [{ "Key": "team", "Value": "on" }, { "Key": "a b", "Value": "" }],
        });
        insta::assert_snapshot!(document(&value), @r#"
        Empty: []
        Flag: true
        InstanceArn: !Ref InstanceArn
        None: {}
        Number: 300
        Permissions:
          - BasicAgentAccess
          - Users.View
        Tags:
          - Key: team
            Value: "on"
          - Key: a b
            Value: ""
        "#);
    }

    #[test]
    fn what_might_be_taken_for_something_else_is_quoted() {
        for plain in
            ["Agent", "arn:aws:connect:us-east-1:1:instance/i", "Users.View", "Takes calls (all)", "a,b"]
        {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in [
            "",
            "yes",
            "NO",
            "null",
            "1",
            "1.5",
            "-",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#a",
            " a",
            "a ",
            "!Ref a",
            "{a",
            "é",
            "a\nb",
            "*a",
            "&a",
            "%a",
            "@a",
            "`a",
            "'a",
            "0x1f",
            "2026-11-20",
            "~",
            "y",
            "a\tb",
            "=",
            "<<",
        ] {
            assert_eq!(scalar(quoted), Value::from(quoted).to_string());
        }
    }
}
