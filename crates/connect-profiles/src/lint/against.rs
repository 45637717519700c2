//! What a new template changes that its author may not see coming, against the one before.

use std::collections::HashMap;

use connect_security_profile::provider::RESOURCE_TYPE;
use connect_security_profile::settings::Member;
use serde_json::Value;

use super::finding::{Finding, mark};
use super::together::identity;
use super::{Known, ours};
use crate::template::{Resource, Template};

/// Properties dropped, profiles replaced, moved and removed since the old template.
#[must_use]
pub fn compare(old: &Template, new: &Template, known: &Known) -> Vec<Finding> {
    let (before, after) = (ours(old, &known.values), ours(new, &known.values));
    let by_id: HashMap<&str, &Resource> =
        after.iter().map(|resource| (resource.logical_id.as_str(), resource)).collect();
    let mut findings = Vec::new();
    for old in before.iter().filter(|resource| resource.kind == RESOURCE_TYPE) {
        match by_id.get(old.logical_id.as_str()) {
            Some(resource) if resource.kind == old.kind => {
                compare_one(new, old, resource, &mut findings);
            }
            Some(resource) => {
                let message = format!("was `{}`, and CloudFormation refuses to change a type", old.kind);
                let finding = Finding::mistake("replaced", Some(resource), resource.key, message);
                findings.push(finding.help("use another logical id"));
            }
            None => findings.push(gone(new, old, &after)),
        }
    }
    findings
}

fn compare_one(template: &Template, old: &Resource, new: &Resource, findings: &mut Vec<Finding>) {
    let states = |resource: &Resource, name: &str| {
        resource.properties.contains_key(name) || resource.unknown_at(name).is_some()
    };
    let members = Member::ALL.into_iter().map(Member::name).chain(["Tags"]);
    for name in members.filter(|name| states(old, name) && !states(new, name)) {
        let message = format!(
            "{name} was stated and no longer is: it is cleared on a profile that the resource created, and stays as it is on an \
             adopted one"
        );
        let finding = Finding::warning("dropped-property", Some(new), new.place("").value, message);
        findings.push(finding.at(name).help("state it empty if that is meant, or as it was"));
    }
    for name in ["InstanceArn", "SecurityProfileName"] {
        let (Some(before), Some(after)) = (identity(old, name), identity(new, name)) else { continue };
        // Of two unknown values that are written differently nobody knows whether they differ.
        if before == after || before.starts_with('?') || after.starts_with('?') {
            continue;
        }
        let message = format!(
            "{name} changes from `{}`: another profile is made, and the users of the old one do not follow; deleting that fails \
             while they have it",
            &before[1..]
        );
        let span = mark(template, new.place(name));
        let finding = Finding::warning("replaced", Some(new), span, message).at(name);
        findings.push(finding.help("assign the new profile to the users before the old one is cleaned up"));
    }
}

/// What becomes of a profile whose resource is not in the new template.
fn gone(template: &Template, old: &Resource, after: &[Resource]) -> Finding {
    let name = old.properties.get("SecurityProfileName").and_then(Value::as_str).unwrap_or("…");
    let same = |resource: &&Resource| {
        resource.kind == RESOURCE_TYPE
            && identity(resource, "InstanceArn") == identity(old, "InstanceArn")
            && identity(resource, "SecurityProfileName") == identity(old, "SecurityProfileName")
    };
    if let Some(heir) = after.iter().find(same) {
        let message = format!(
            "is the profile of `{}`, which is no longer in the template: it has that owner still when this one is made, which fails",
            old.logical_id
        );
        let finding = Finding::mistake("removed", Some(heir), heir.key, message);
        return finding
            .help("keep the logical id, or remove the old one with `OnDelete: Retain` first, then adopt");
    }
    let adopts = old
        .properties
        .get("Adopt")
        .and_then(Value::as_str)
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let stays = old.properties.get("OnDelete").and_then(Value::as_str) == Some("Retain");
    let end = if stays || adopts { "is released" } else { "is deleted, which fails while users have it" };
    let message = format!("`{}` is no longer in the template: its profile `{name}` {end}", old.logical_id);
    let span = template.find(&["Resources"]).and_then(|place| place.key).unwrap_or_default();
    let finding = Finding::warning("removed", None, span, message);
    Finding { resource: Some(old.logical_id.clone()), ..finding }
}
