//! Dynamic references that were not resolved: texts that still hold `{{resolve:` when they reach the function.
//!
//! CloudFormation resolves `ssm` in custom resources, and neither `secretsmanager` nor `ssm-secure`: for these two it
//! delivers the text itself, which would become a description or a tag in Connect. Tools that read templates refuse these two
//! in the same words; there, `ssm` is still to be resolved.

use serde_json::{Map, Value};

use super::reader::{Mistakes, join};
use crate::undisclosed::Undisclosed;

const BEGIN: &str = "{{resolve:";

/// The services that CloudFormation does not resolve in custom resources.
const NEVER_RESOLVED: [&str; 2] = ["secretsmanager", "ssm-secure"];

/// The rule that a text of a template breaks, if it holds a dynamic reference that CloudFormation does not resolve in custom
/// resources.
#[must_use]
pub fn never_resolved(text: &str) -> Option<String> {
    let service = service_of(text).filter(|service| NEVER_RESOLVED.contains(service))?;
    Some(format!(
        "holds the dynamic reference `{BEGIN}{service}:…}}}}`, which CloudFormation does not resolve in custom resources; use a \
         parameter with `NoEcho`, or `{BEGIN}ssm:…}}}}` for a value that is not secret"
    ))
}

/// Whether the text holds a reference that was not resolved.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    text.contains(BEGIN)
}

/// Finds them wherever they stand.
pub(super) fn check(properties: &Map<String, Value>, mistakes: &mut Mistakes) {
    for (name, value) in properties {
        check_value(value, &mut || join("", name), mistakes);
    }
}

fn check_value(value: &Value, path: &mut dyn FnMut() -> String, mistakes: &mut Mistakes) {
    match value {
        Value::String(text) => {
            if let Some(rule) = unresolved(text) {
                mistakes.add_reference(&path(), rule, Undisclosed::from(text.as_str()));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_value(item, &mut || format!("{}[{index}]", path()), mistakes);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                check_value(member, &mut || join(&path(), key), mistakes);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The rule that a text breaks when it reaches the function.
fn unresolved(text: &str) -> Option<String> {
    is_reference(text).then(|| {
        never_resolved(text).unwrap_or_else(|| {
            format!(
                "holds a dynamic reference, `{BEGIN}{}…}}}}`, that CloudFormation has not resolved; see that it is written as \
                 `{BEGIN}ssm:<name>}}}}`",
                if service_of(text) == Some("ssm") { "ssm:" } else { "" }
            )
        })
    })
}

/// The service of the first reference that is never resolved; else that of the first of all, as far as it is known.
fn service_of(text: &str) -> Option<&'static str> {
    let of = |service: &'static str| {
        let mut references = text.match_indices(BEGIN).map(|(at, begin)| &text[at + begin.len()..]);
        references.any(|rest| {
            rest.strip_prefix(service).is_some_and(|rest| !rest.starts_with(|next: char| is_of_a_name(next)))
        })
    };
    NEVER_RESOLVED.into_iter().chain(["ssm"]).find(|service| of(service))
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::properties::{Desired, Sought};

    const ACCOUNT: &str = "123456789012";

    fn properties(extra: &serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
        let mut properties = json!({"InstanceArn": "arn:aws:connect:us-east-1:123456789012:instance/i",
            "SecurityProfileName": "Agents"});
        properties.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        properties.as_object().unwrap().clone()
    }

    #[test]
    fn a_reference_is_found_wherever_it_stands_and_its_text_is_not_shown() {
        let secret = "{{resolve:secretsmanager:CANARY:SecretString:id}}";
        let read = properties(&json!({
            "Description": format!("a {secret}"),
            "InstanceArn": secret,
            "RoleArn": "{{resolve:ssm-secure:/CANARY:1}}",
            "ExternalId": secret,
            "Revision": "{{resolve:ssm:/CANARY}}",
            "Permissions": ["A", "{{resolve:CANARY"],
            "Tags": [{"Key": "team", "Value": secret}],
            "GranularAccessControlConfiguration": {"DataTableAccessControlConfiguration":
                {"PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues":
                    [{"AttributeName": "x", "Values": [secret]}]}}},
            "Adopt": secret,
            "Odd": {"deep": [secret]},
        }));
        let mistakes = Desired::read(&read, ACCOUNT).unwrap_err().to_string();
        assert!(!mistakes.contains("CANARY"), "{mistakes}");
        insta::assert_snapshot!(mistakes.replace(" (", "\n("));
    }

    #[test]
    fn an_update_that_brings_no_reference_in_is_only_warned() {
        let held = properties(&json!({"Description": "{{resolve:ssm-secure:/x:1}}", "Permissions": []}));
        let (desired, warnings) = Desired::read_over(&held, &held, ACCOUNT).unwrap();
        assert_eq!(desired.settings.description.unwrap().reveal(), "{{resolve:ssm-secure:/x:1}}");
        assert_eq!(warnings.len(), 1);
        // In another property, or with another text, it is brought in.
        for new in [
            json!({"Description": "{{resolve:ssm-secure:/x:2}}"}),
            json!({"Description": "", "Revision": "{{resolve:ssm-secure:/x:1}}"}),
        ] {
            Desired::read_over(&properties(&new), &held, ACCOUNT).unwrap_err();
        }
        let lookup = properties(&json!({"Revision": "{{resolve:ssm-secure:/x:1}}"}));
        Sought::read(&lookup, ACCOUNT).unwrap_err();
        assert_eq!(Sought::read_over(&lookup, &lookup, ACCOUNT).unwrap().1.len(), 1);
    }

    #[test]
    fn only_two_services_are_never_resolved() {
        for (text, is_never) in [
            ("{{resolve:secretsmanager:a}}", true),
            ("x {{resolve:ssm:a}} {{resolve:ssm-secure:b:1}}", true),
            ("{{resolve:secretsmanager", true),
            ("{{resolve:ssm:a}}", false),
            ("{{resolve:ssm-secure-not:a}}", false),
            ("{{Resolve:secretsmanager:a}}", false),
            ("secretsmanager", false),
        ] {
            assert_eq!(super::never_resolved(text).is_some(), is_never, "{text}");
        }
    }
}
