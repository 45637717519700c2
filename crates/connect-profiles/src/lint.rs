//! What is wrong with the profiles of a template, and what is likely not meant.
//!
//! Mistakes in properties are the provider's own words: its reader reads the properties as CloudFormation would deliver
//! them. What only a deployment knows is never a mistake.

mod advice;
mod against;
mod associations;
mod finding;
mod granted;
mod names;
mod properties;
mod protocol;
mod substitutes;
mod together;
mod ways;

use advice::Catalogue;
use connect_security_profile::provider::{LOOKUP_TYPE, RESOURCE_TYPE};

pub use against::compare;
pub use finding::{Finding, RULES, Severity};

use crate::failure::Failure;
use crate::template::{NoticeKind, Resource, Template, Values};

/// What is known besides the template.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Parameters and pseudo parameters.
    pub values: Values,
    /// The account that the provider's function is in.
    pub provider_account: Option<String>,
}

/// Everything that is to be said of a template, in the order of its text.
#[must_use]
pub fn lint(template: &Template, known: &Known) -> Vec<Finding> {
    lint_of(template, &ours(template, &known.values), known)
}

/// The same, of resources that were worked out already.
#[must_use]
pub fn lint_of(template: &Template, resources: &[Resource], known: &Known) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut catalogue = Catalogue::default();
    for resource in resources {
        let others = ways::others(template, resource, known);
        properties::check(template, resource, &others, known, &mut findings);
        protocol::check(template, resource, &mut findings);
        if resource.kind == RESOURCE_TYPE {
            advice::check(template, resource, &others, &mut catalogue, &mut findings);
            granted::check(template, resource, &others, &mut findings);
        }
        findings.extend(resource.notices.iter().map(|notice| Finding::of_notice(notice, Some(resource))));
    }
    together::check(template, resources, &mut findings);
    let profiles: Vec<&Resource> = resources.iter().filter(|it| it.kind == RESOURCE_TYPE).collect();
    associations::check(template, &profiles, &known.values, &mut findings);
    names::check(template, resources, &mut findings);
    for mistake in template.value_mistakes(&known.values) {
        findings.push(Finding {
            severity: Severity::Mistake,
            rule: "parameter",
            resource: None,
            path: None,
            span: mistake.span.unwrap_or_default(),
            message: mistake.to_string(),
            help: None,
        });
    }
    add_unexpanded(template, resources, &mut findings);
    let section = template.find(&["Resources"]);
    if section.is_none() {
        findings.push(Finding::mistake(
            "no-resources",
            None,
            crate::template::Span::default(),
            "has no `Resources`",
        ));
    }
    let matters = |span| {
        section.is_none_or(|section| span == section.value)
            || resources.iter().any(|one| one.span.contains(span))
    };
    let notices = template.notices().iter();
    let notices = notices.filter(|notice| notice.kind != NoticeKind::Unsupported || matters(notice.span));
    findings.extend(notices.map(|notice| Finding::of_notice(notice, None)));
    findings.sort_by_key(|finding| (finding.span.start, finding.severity));
    findings.dedup();
    findings
}

/// Says what cannot be looked into, and fails by the first mistake for which CloudFormation or the provider would refuse the
/// template; `is_ours` leaves those to the caller that it shows itself.
pub fn admit(
    template: &Template,
    values: &Values,
    is_ours: impl Fn(&Finding) -> bool,
) -> Result<(), Failure> {
    let known = Known { values: values.clone(), ..Known::default() };
    let findings = lint(template, &known);
    let place = |finding: &Finding| {
        let position = template.position(finding.span.start);
        format!("{}:{}:{}", template.path(), position.line, position.column)
    };
    for finding in findings.iter().filter(|it| it.rule == "not-resolved" && it.resource.is_none()) {
        anstream::eprintln!("note: {}: {}", place(finding), finding.message);
    }
    let is_mistake = |finding: &&Finding| finding.severity == Severity::Mistake && !is_ours(finding);
    let mut mistakes = findings.iter().filter(is_mistake);
    let Some(first) = mistakes.next() else { return Ok(()) };
    let failure = Failure::new(format_args!("{}: {}", place(first), first.message));
    Err(match (mistakes.count(), &first.help) {
        (0, Some(help)) => failure.hint(help),
        (0, None) => failure,
        (more, _) => failure.hint(format_args!("`connect-profiles validate` shows {more} more")),
    })
}

/// What may hold or change profiles and cannot be looked into.
fn add_unexpanded(template: &Template, resources: &[Resource], findings: &mut Vec<Finding>) {
    for (name, span) in template.names_in("Resources").filter(|(name, _)| name.starts_with("Fn::")) {
        let message =
            format!("`{name}` is not carried out offline: the resources that it makes are not checked");
        findings.push(Finding::warning("not-resolved", None, span, message));
    }
    if let Some(place) =
        template.find(&["Transform"]).filter(|_| template.has_macros() && !resources.is_empty())
    {
        let message = "a macro may change anything before CloudFormation reads it; what is checked is the template as it is";
        findings.push(Finding::warning("not-resolved", None, place.key.unwrap_or(place.value), message));
    }
}

/// The resources that are profiles or lookups of them.
#[must_use]
pub fn ours(template: &Template, values: &Values) -> Vec<Resource> {
    template.resolve_where(values, |_, kind| kind == RESOURCE_TYPE || kind == LOOKUP_TYPE)
}

#[cfg(test)]
mod tests;
