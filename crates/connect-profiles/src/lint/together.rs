//! What shows only when the profiles of a template are looked at side by side.

use std::collections::HashMap;

use connect_security_profile::names::Permission;
use connect_security_profile::provider::RESOURCE_TYPE;
use serde_json::Value;

use super::advice::{group_of, held, texts};
use super::finding::{Finding, Severity, mark};
use crate::template::{Resource, Template};

pub(super) fn check(template: &Template, resources: &[Resource], findings: &mut Vec<Finding>) {
    let profiles: Vec<&Resource> =
        resources.iter().filter(|resource| resource.kind == RESOURCE_TYPE).collect();
    check_names(template, &profiles, findings);
    check_restrictions(template, &profiles, findings);
}

/// A value as it is known, or as it is written where it is not: the same text is the same value.
pub(super) fn identity(resource: &Resource, property: &str) -> Option<String> {
    if let Some(text) = resource.properties.get(property).and_then(Value::as_str) {
        return Some(format!("={text}"));
    }
    resource
        .unknown
        .iter()
        .find(|unknown| unknown.path == property)
        .map(|unknown| format!("?{}", unknown.what))
}

fn check_names(template: &Template, profiles: &[&Resource], findings: &mut Vec<Finding>) {
    let mut first: HashMap<(String, String), &Resource> = HashMap::new();
    for resource in profiles {
        let Some(key) = identity(resource, "InstanceArn").zip(identity(resource, "SecurityProfileName"))
        else {
            continue;
        };
        let Some(other) = first.get(&key).copied() else {
            first.insert(key, resource);
            continue;
        };
        // Conditions may see to it that only one of the two is made.
        let always = resource.condition.is_none() && other.condition.is_none();
        let span = mark(template, resource.place("SecurityProfileName"));
        let line = template.position(other.key.start).line;
        let message = format!(
            "SecurityProfileName and InstanceArn are those of `{}` (line {line}) too: a profile has one owner, and the other \
             resource fails",
            other.logical_id
        );
        let finding = Finding::mistake("same-name", Some(resource), span, message).at("SecurityProfileName");
        let severity = if always { Severity::Mistake } else { Severity::Warning };
        findings.push(Finding { severity, ..finding });
    }
}

/// A user who has a second profile without tags may do there whatever the first restricts.
fn check_restrictions(template: &Template, profiles: &[&Resource], findings: &mut Vec<Finding>) {
    const TAGS: &str = "AllowedAccessControlTags";
    let is_open = |resource: &Resource| {
        let tags = resource.properties.get(TAGS);
        let is_unknown =
            resource.unknown.iter().any(|unknown| unknown.path.starts_with(TAGS) || unknown.path.is_empty());
        !is_unknown && tags.is_none_or(|tags| tags.as_array().is_some_and(Vec::is_empty))
    };
    let mut open: HashMap<String, Vec<(&Resource, _)>> = HashMap::new();
    for resource in profiles.iter().filter(|resource| is_open(resource)) {
        if let Some((instance, held)) = identity(resource, "InstanceArn").zip(held(resource)) {
            open.entry(instance).or_default().push((resource, held));
        }
    }
    for resource in profiles {
        if resource.properties.get(TAGS).and_then(Value::as_array).is_none_or(Vec::is_empty) {
            continue;
        }
        let Some((instance, own)) = identity(resource, "InstanceArn").zip(held(resource)) else { continue };
        let restricted = texts(resource, "TagRestrictedResources");
        let groups: Vec<String> = restricted.iter().filter_map(|(_, name)| group_of(name)).collect();
        let shared = |name: &str| groups.iter().any(|group| name.split('.').next() == Some(group));
        for (other, theirs) in open.get(&instance).into_iter().flatten() {
            let both: Vec<&str> =
                own.intersection(theirs).map(Permission::as_str).filter(|name| shared(name)).collect();
            let Some(example) = both.first() else { continue };
            let span = mark(template, resource.place(TAGS));
            let line = template.position(other.key.start).line;
            let message = format!(
                "{TAGS} does not restrict users who have `{}` (line {line}) as well: it has `{example}` without tags, and the \
                 less restrictive of the two holds",
                other.logical_id
            );
            let finding = Finding::warning("unrestricted-beside", Some(resource), span, message).at(TAGS);
            findings
                .push(finding.help("give the other profile access control tags too, or never assign both"));
            // One example is enough: a template of many profiles would have as many warnings as pairs.
            break;
        }
    }
}
