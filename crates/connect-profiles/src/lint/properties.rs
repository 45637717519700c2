//! The provider's own mistakes, at their places in the template.
//!
//! What is unknown is read twice, as absent and as a plausible value; a mistake counts only if both readings make it and it
//! is not of the unknown value itself. The way that an `Fn::If` does not go is read too, for mistakes within it.

use connect_security_profile::properties::{Desired, Mistake, PropertyMistakes, Sought, never_resolved};
use connect_security_profile::provider::LOOKUP_TYPE;
use serde_json::{Map, Value};

use super::finding::{mark, mark_key};
use super::substitutes::{plausible, provider_account};
use super::{Finding, Known};
use crate::template::{Resource, Template, Unknown, is_within};

const ELSEWHERE: &str = "it stands where an `Fn::If` does not go by the values that are known";

pub(super) fn check(
    template: &Template,
    resource: &Resource,
    others: &[(Resource, String)],
    known: &Known,
    findings: &mut Vec<Finding>,
) {
    let first = findings.len();
    let mut add = |resource: &Resource, mistake: Mistake, help: Option<&str>| {
        let mut finding = finding(template, resource, mistake);
        let is_new = |known: &Finding| known.span != finding.span || known.message != finding.message;
        if findings[first..].iter().all(is_new) {
            finding.help = finding.help.or_else(|| help.map(str::to_owned));
            findings.push(finding);
        }
    };
    for mistake in mistakes(resource, known) {
        add(resource, mistake, None);
    }
    for mistake in references(template, resource) {
        add(resource, mistake, None);
    }
    for (other, path) in others {
        for mistake in references(template, other).into_iter().filter(|it| is_within(&it.path, path)) {
            add(other, mistake, Some(ELSEWHERE));
        }
        for mistake in mistakes(other, known) {
            if is_within(&mistake.path, path) && is_of_the_value(&mistake) {
                add(other, mistake, Some(ELSEWHERE));
            }
        }
    }
}

/// Dynamic references that CloudFormation delivers as they are written: to the template they are unknown values.
fn references(template: &Template, resource: &Resource) -> Vec<Mistake> {
    let of = |unknown: &Unknown| {
        let is_read = !["ServiceToken", "ServiceTimeout"].contains(&unknown.path.as_str());
        let written = template.text().get(resource.place(&unknown.path).value.range()).unwrap_or_default();
        let rule = never_resolved(&unknown.what).or_else(|| never_resolved(written))?;
        is_read.then(|| Mistake { path: unknown.path.clone(), rule, nearest: None })
    };
    resource.unknown.iter().filter(|unknown| !unknown.path.is_empty()).filter_map(of).collect()
}

/// What the provider says of the properties, as far as they are known.
pub(super) fn mistakes(resource: &Resource, known: &Known) -> Vec<Mistake> {
    let account = provider_account(resource, known.provider_account.as_deref());
    let mut mistakes = read(&resource.kind, &resource.properties, &account);
    if resource.unknown.is_empty() {
        return mistakes;
    }
    let others = read(&resource.kind, &plausible(resource, &account), &account);
    mistakes.retain(|mistake| {
        let is_unknown = resource.unknown.iter().any(|unknown| {
            is_within(&mistake.path, &unknown.path) && (!unknown.is_partial || !is_of_the_value(mistake))
        });
        !is_unknown && others.contains(mistake)
    });
    mistakes
}

fn read(kind: &str, properties: &Map<String, Value>, account: &str) -> Vec<Mistake> {
    let refused = if kind == LOOKUP_TYPE {
        Sought::read(properties, account).err()
    } else {
        Desired::read(properties, account).err()
    };
    refused.map(|PropertyMistakes(mistakes)| mistakes).unwrap_or_default()
}

/// Whether a mistake is of a value itself, and not of what stands or is missing beside it.
fn is_of_the_value(mistake: &Mistake) -> bool {
    !["is required", "needs ", "is given twice", "contradicts ", "must not be empty"]
        .iter()
        .any(|rule| mistake.rule.starts_with(rule))
}

fn finding(template: &Template, resource: &Resource, mistake: Mistake) -> Finding {
    let place = resource.place(&mistake.path);
    let is_of_the_key =
        mistake.rule.starts_with("is not a known property") || mistake.rule.starts_with("is required");
    let span = if is_of_the_key { mark_key(template, place) } else { mark(template, place) };
    let message = format!("{} {}", mistake.path, mistake.rule);
    let finding = Finding::mistake("property", Some(resource), span, message).at(&mistake.path);
    match mistake.nearest {
        Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
        None => finding,
    }
}
