//! Types and attributes by names that the provider does not have.

use std::collections::HashMap;

use connect_security_profile::attributes::ATTRIBUTES;
use connect_security_profile::catalogue::nearest;
use connect_security_profile::provider::{LOOKUP_TYPE, RESOURCE_TYPE};

use super::finding::Finding;
use super::together::identity;
use crate::template::{Resource, Template, Values};

pub(super) fn check(template: &Template, ours: &[Resource], findings: &mut Vec<Finding>) {
    check_types(template, ours, findings);
    let ids: HashMap<&str, &Resource> =
        ours.iter().map(|resource| (resource.logical_id.as_str(), resource)).collect();
    if ids.is_empty() {
        return;
    }
    for reference in template.references() {
        let Some(resource) = ids.get(reference.name.as_str()).copied() else { continue };
        let Some(attribute) = reference.attribute.filter(|name| !ATTRIBUTES.contains(&name.as_str())) else {
            continue;
        };
        let message = format!("`{}` has no attribute `{attribute}`", resource.logical_id);
        let known: Vec<String> = ATTRIBUTES.iter().map(|name| format!("`{name}`")).collect();
        let help = match nearest(&attribute, ATTRIBUTES.into_iter()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there are {}; `Ref` is the profile's ARN", known.join(", ")),
        };
        findings
            .push(Finding::mistake("unknown-attribute", Some(resource), reference.span, message).help(help));
    }
}

/// Types that are nearly ours, and others that go to the same provider, which refuses them.
fn check_types(template: &Template, ours: &[Resource], findings: &mut Vec<Finding>) {
    let tokens: Vec<String> = ours.iter().filter_map(|resource| identity(resource, "ServiceToken")).collect();
    let is_custom = |kind: &str| {
        (kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource")
            && kind != RESOURCE_TYPE
            && kind != LOOKUP_TYPE
    };
    for resource in template.resolve_where(&Values::default(), |_, kind| is_custom(kind)) {
        let near = nearest(&resource.kind, [RESOURCE_TYPE, LOOKUP_TYPE].into_iter());
        let is_near = near.is_some_and(|near| strsim::damerau_levenshtein(&resource.kind, near) <= 3);
        let goes_to_ours = identity(&resource, "ServiceToken").is_some_and(|token| tokens.contains(&token));
        if !goes_to_ours && !is_near {
            continue;
        }
        let place = template.find(&["Resources", &resource.logical_id, "Type"]);
        let span = place.map_or(resource.key, |place| place.value);
        let message = format!(
            "`{}` is not a type of this provider, which serves `{RESOURCE_TYPE}` and `{LOOKUP_TYPE}`",
            resource.kind
        );
        let finding = Finding::mistake("wrong-type", Some(&resource), span, message);
        findings.push(match near.filter(|_| is_near) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        });
    }
}
