//! What the provider accepts and the author likely does not mean.

use std::collections::{BTreeSet, HashMap};

use connect_security_profile::catalogue::{expand, is_known, nearest_permission};
use connect_security_profile::guards::Guards;
use connect_security_profile::names::Permission;
use serde_json::Value;

use super::finding::{Finding, mark, mark_key};
use crate::template::{Resource, Template, is_within};

/// Where looking for the nearest name ends: nobody reads more.
const MOST_NEAREST: usize = 100;

/// The nearest names that were looked for.
#[derive(Debug, Default)]
pub(super) struct Catalogue(HashMap<String, Option<&'static str>>);

pub(super) fn check(
    template: &Template,
    resource: &Resource,
    others: &[(Resource, String)],
    catalogue: &mut Catalogue,
    findings: &mut Vec<Finding>,
) {
    let stated = texts(resource, "Permissions");
    check_known(template, resource, &stated, catalogue, findings);
    for (other, path) in others {
        let mut there = texts(other, "Permissions");
        there.retain(|(here, _)| is_within(here, path));
        check_known(template, other, &there, catalogue, findings);
    }
    check_additions(template, resource, &stated, findings);
    check_views(template, resource, findings);
    check_name(template, resource, findings);
    check_empty(template, resource, findings);
}

fn check_known(
    template: &Template,
    resource: &Resource,
    stated: &[(String, &str)],
    catalogue: &mut Catalogue,
    findings: &mut Vec<Finding>,
) {
    for (path, name) in stated {
        let permission = Permission::from(*name);
        if is_known(&permission) || name.is_empty() || name.chars().count() > 128 {
            continue;
        }
        let span = mark(template, resource.place(path));
        let message = format!("`{name}` is not in the catalogue of permissions; it is passed on as it is");
        let finding = Finding::warning("unknown-permission", Some(resource), span, message).at(path);
        findings.push(match catalogue.nearest(&permission) {
            Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
            None => finding,
        });
    }
}

impl Catalogue {
    /// The known name most like an unknown one. A template has the same slips many times over.
    fn nearest(&mut self, permission: &Permission) -> Option<&'static str> {
        if let Some(known) = self.0.get(permission.as_str()) {
            return *known;
        }
        let nearest = (self.0.len() < MOST_NEAREST).then(|| nearest_permission(permission)).flatten();
        self.0.insert(permission.as_str().to_owned(), nearest);
        nearest
    }
}

/// The texts of a list with their paths, as far as they are known.
pub(super) fn texts<'a>(resource: &'a Resource, property: &str) -> Vec<(String, &'a str)> {
    texts_at(resource.properties.get(property), property)
}

/// The same of a list that stands at a path.
pub(super) fn texts_at<'a>(list: Option<&'a Value>, path: &str) -> Vec<(String, &'a str)> {
    let items = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |(index, item): (usize, &'a Value)| Some((format!("{path}[{index}]"), item.as_str()?));
    items.iter().enumerate().filter_map(text).collect()
}

/// The permissions that a profile comes to hold, if all that is stated is known.
pub(super) fn held(resource: &Resource) -> Option<BTreeSet<Permission>> {
    resource.properties.get("Permissions")?.as_array()?;
    let unknown = |name: &str| resource.unknown.iter().any(|unknown| unknown.path.starts_with(name));
    if unknown("Permissions") || unknown("ExpandPermissions") || resource.unknown_at("Permissions").is_some()
    {
        return None;
    }
    let stated = texts(resource, "Permissions").into_iter().map(|(_, name)| Permission::from(name)).collect();
    Some(if is_set(resource, "ExpandPermissions") { expand(&stated) } else { stated })
}

fn is_set(resource: &Resource, flag: &str) -> bool {
    resource
        .properties
        .get(flag)
        .and_then(Value::as_str)
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn check_additions(
    template: &Template,
    resource: &Resource,
    stated: &[(String, &str)],
    findings: &mut Vec<Finding>,
) {
    let Some(held) = held(resource) else { return };
    for (path, name) in stated {
        let missing: Vec<String> = expand(&BTreeSet::from([Permission::from(*name)]))
            .into_iter()
            .filter(|permission| !held.contains(permission))
            .map(|permission| format!("`{permission}`"))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let span = mark(template, resource.place(path));
        let message = format!("`{name}` comes without {}, which the console adds", missing.join(" and "));
        let finding = Finding::warning("missing-permission", Some(resource), span, message).at(path);
        findings.push(finding.help("state it too, or `ExpandPermissions: true`"));
    }
}

/// What one must be allowed to view for a restriction to be of use; by the names that Connect documents, those that were seen
/// in a public configuration (⚠), and by likeness.
pub(super) fn group_of(restricted: &str) -> Option<String> {
    let group = match restricted {
        "RoutingProfile" => "RoutingPolicies".to_owned(),
        "OperatingHours" => "HoursOfOperation".to_owned(),
        "EmailAddress" => "EmailAddresses".to_owned(),
        name => format!("{name}s"),
    };
    let view = Permission::from(format!("{group}.View"));
    is_known(&view).then_some(group)
}

fn check_views(template: &Template, resource: &Resource, findings: &mut Vec<Finding>) {
    let Some(held) = held(resource) else { return };
    for property in ["TagRestrictedResources", "HierarchyRestrictedResources"] {
        for (path, name) in texts(resource, property) {
            let Some(view) = group_of(name).map(|group| format!("{group}.View")) else { continue };
            if held.contains(&Permission::from(view.as_str())) {
                continue;
            }
            let span = mark(template, resource.place(&path));
            let message =
                format!("`{name}` is restricted, and the profile has no `{view}` to see any of them");
            let finding = Finding::warning("restricted-without-view", Some(resource), span, message);
            findings.push(finding.at(&path).help(format!("add `{view}` to Permissions")));
        }
    }
}

/// Names that the provider refuses unless its operator allows them.
fn check_name(template: &Template, resource: &Resource, findings: &mut Vec<Finding>) {
    const PROPERTY: &str = "SecurityProfileName";
    let Some(name) = resource.properties.get(PROPERTY).and_then(Value::as_str) else { return };
    if Guards::default().protected_names.iter().any(|pattern| pattern.matches(name.trim())) {
        let span = mark(template, resource.place(PROPERTY));
        let message =
            format!("profiles called `{name}` are protected: the provider refuses to make or change them");
        let finding = Finding::warning("protected-name", Some(resource), span, message).at(PROPERTY);
        findings.push(finding.help("its operator can allow it by PROTECTED_PROFILE_NAMES"));
    }
}

fn check_empty(template: &Template, resource: &Resource, findings: &mut Vec<Finding>) {
    const LISTS: [&str; 7] = [
        "Permissions",
        "Applications",
        "AllowedFlowModules",
        "AllowedAIAgents",
        "AllowedAccessControlTags",
        "TagRestrictedResources",
        "HierarchyRestrictedResources",
    ];
    let adopts = is_set(resource, "Adopt");
    for name in LISTS.into_iter().filter(|name| adopts || *name == "Permissions") {
        let items = resource.properties.get(name).and_then(Value::as_array);
        if items.is_some_and(Vec::is_empty) {
            let span = mark_key(template, resource.place(name));
            let whose = if adopts { "the profile that is adopted" } else { "the profile" };
            let message = format!("{name} is empty: {whose} loses all it has");
            let finding = Finding::warning("empties", Some(resource), span, message).at(name);
            findings.push(finding.help("leave the property out to leave them as they are"));
        }
    }
}
