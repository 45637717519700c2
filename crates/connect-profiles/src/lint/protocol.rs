//! What CloudFormation itself wants of a custom resource, before the provider is asked.

use serde_json::Value;

use super::finding::{Finding, mark, mark_key};
use crate::template::{Resource, Template, push_key, read_otherwise};
use connect_security_profile::provider::RESOURCE_TYPE;

pub(super) fn check(template: &Template, resource: &Resource, findings: &mut Vec<Finding>) {
    let is_unknown = |path: &str| resource.unknown_at(path).is_some();
    let whole = mark_key(template, resource.place(""));
    let token = resource.properties.get("ServiceToken");
    match token.and_then(Value::as_str) {
        Some(token) if !token.starts_with("arn:") => {
            let span = mark(template, resource.place("ServiceToken"));
            let message = "ServiceToken must be the ARN of the provider's function or topic";
            findings
                .push(Finding::mistake("service-token", Some(resource), span, message).at("ServiceToken"));
        }
        None if !is_unknown("ServiceToken") => {
            let finding =
                Finding::mistake("service-token", Some(resource), whole, "ServiceToken is required");
            findings
                .push(finding.at("ServiceToken").help("it is the provider's stack's output of that name"));
        }
        _ => {}
    }
    if let Some(timeout) = resource.properties.get("ServiceTimeout").filter(|_| !is_unknown("ServiceTimeout"))
    {
        let seconds = timeout.as_str().and_then(|text| text.parse::<u32>().ok());
        if !timeout.is_null() && seconds.is_none_or(|seconds| !(1..=3600).contains(&seconds)) {
            let span = mark(template, resource.place("ServiceTimeout"));
            let message = "ServiceTimeout must be a whole number of seconds from 1 to 3600";
            findings.push(
                Finding::mistake("service-timeout", Some(resource), span, message).at("ServiceTimeout"),
            );
        }
    }
    for (name, value) in &resource.properties {
        let mut path = String::new();
        push_key(&mut path, name);
        add_nulls(template, resource, value, &mut path, findings);
    }
    if !template.is_json() {
        add_misread(template, resource, findings);
    }
    if resource.kind == RESOURCE_TYPE {
        check_policies(template, resource, findings);
    }
}

fn add_nulls(
    template: &Template,
    resource: &Resource,
    value: &Value,
    path: &mut String,
    findings: &mut Vec<Finding>,
) {
    let length = path.len();
    match value {
        Value::Null if resource.unknown_at(path).is_none() => {
            let span = mark_key(template, resource.place(path));
            let message = format!("{path} is null, which CloudFormation refuses in any template");
            let help = "leave it out, or state `!Ref AWS::NoValue`";
            findings.push(Finding::mistake("null-value", Some(resource), span, message).at(path).help(help));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.extend(["[", &index.to_string(), "]"]);
                add_nulls(template, resource, item, path, findings);
                path.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                push_key(path, key);
                add_nulls(template, resource, member, path, findings);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// Words without quotes that do not arrive as they are written.
fn add_misread(template: &Template, resource: &Resource, findings: &mut Vec<Finding>) {
    for (path, place) in resource.places() {
        let source = template.text().get(place.value.range()).unwrap_or_default();
        if matches!(path, "Adopt" | "ExpandPermissions") {
            continue;
        }
        if let Some(read) = read_otherwise(source) {
            let message = format!("{path} is `{source}` without quotes, which YAML 1.1 reads as {read}");
            let finding = Finding::warning("yaml-1-1", Some(resource), place.value, message);
            findings.push(finding.at(path).help(format!("write \"{source}\" if the text is meant")));
        }
    }
}

fn check_policies(template: &Template, resource: &Resource, findings: &mut Vec<Finding>) {
    for (name, policy) in [
        ("DeletionPolicy", &resource.deletion_policy),
        ("UpdateReplacePolicy", &resource.update_replace_policy),
    ] {
        let Some(policy) = policy.as_deref().filter(|policy| policy.starts_with("Retain")) else { continue };
        let place = template.find(&["Resources", &resource.logical_id, name]);
        let span = place.map_or(resource.key, |place| place.value);
        let message = format!(
            "{name}: {policy} leaves the profile with the owner tag of this stack, so that no other stack can take it over"
        );
        let help = "`OnDelete: Retain` keeps the profile and takes the tag off";
        findings.push(Finding::warning("deletion-policy", Some(resource), span, message).help(help));
    }
}
