//! A profile that grants an application should depend on the association of the application with the instance.
//!
//! Connect keeps an application associated as long as a profile grants it (⚠ known from public code), so the profile has to be
//! created after the association and deleted before it. CloudFormation knows that only by `DependsOn` or a reference.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Finding, mark_key};
use super::together::identity;
use crate::template::{Reference, Resource, Span, Template, Values};

const ASSOCIATION: &str = "AWS::Connect::IntegrationAssociation";
const APPLICATION: &str = "AWS::AppIntegrations::Application";

pub(super) fn check(
    template: &Template,
    profiles: &[&Resource],
    values: &Values,
    findings: &mut Vec<Finding>,
) {
    let others = template.resolve_where(values, |_, kind| kind == ASSOCIATION || kind == APPLICATION);
    let (associations, applications): (Vec<&Resource>, Vec<&Resource>) =
        others.iter().partition(|other| other.kind == ASSOCIATION);
    if associations.is_empty() || profiles.is_empty() {
        return;
    }
    let graph = Graph::of(template);
    let associations: Vec<Association<'_>> =
        associations.into_iter().map(|resource| Association::of(resource, &graph)).collect();
    for profile in profiles {
        for property in ["Applications", "AllowedAIAgents"] {
            let Some(granted) = Granted::by(profile, property, &applications, &graph) else { continue };
            let missing = associations.iter().find(|association| {
                granted.is_associated_by(association) && !graph.depends(&profile.logical_id, association.id)
            });
            let Some(Association { id, .. }) = missing else { continue };
            let span = mark_key(template, profile.place(property));
            let message = format!(
                "{property} grants what `{id}` associates with the instance, and the profile does not depend on it: the \
                 association cannot be removed while a profile grants the application"
            );
            let finding = Finding::warning("missing-dependency", Some(profile), span, message);
            findings.push(finding.at(property).help(format!("add `DependsOn: {id}`")));
        }
    }
}

/// What an association associates with the instance.
struct Association<'a> {
    id: &'a str,
    /// The ARN, as a value or as it is written.
    arn: Option<String>,
    /// What is named in it.
    names: BTreeSet<String>,
}

impl<'a> Association<'a> {
    fn of(resource: &'a Resource, graph: &Graph) -> Self {
        let names = graph.named_within(resource.place("IntegrationArn").value).map(str::to_owned).collect();
        Self { id: &resource.logical_id, arn: identity(resource, "IntegrationArn"), names }
    }
}

/// What a property grants, as far as the template tells.
struct Granted {
    /// The ARNs, as values or as they are written.
    arns: BTreeSet<String>,
    /// The logical ids of applications of the template.
    applications: BTreeSet<String>,
}

impl Granted {
    fn by(profile: &Resource, property: &str, applications: &[&Resource], graph: &Graph) -> Option<Self> {
        let items = profile.properties.get(property)?.as_array()?.len();
        let of = |key: &str| -> BTreeSet<String> {
            (0..items).filter_map(|index| value(profile, &format!("{property}[{index}].{key}"))).collect()
        };
        let namespaces = of("Namespace");
        let named = applications.iter().filter(|application| {
            let namespace = identity(application, "Namespace");
            namespace.is_some_and(|namespace| namespaces.contains(&namespace))
        });
        let named = named.map(|application| application.logical_id.clone());
        let referred = graph.named_within(profile.place(property).value);
        let is_application = |name: &&str| applications.iter().any(|it| it.logical_id == **name);
        let referred = referred.filter(is_application).map(str::to_owned);
        Some(Self { arns: of("Arn"), applications: named.chain(referred).collect() })
    }

    fn is_associated_by(&self, association: &Association<'_>) -> bool {
        association.arn.as_ref().is_some_and(|arn| self.arns.contains(arn))
            || !self.applications.is_disjoint(&association.names)
    }
}

/// As [`identity`] of a property, of a value within one.
fn value(resource: &Resource, path: &str) -> Option<String> {
    let (property, rest) = path.split_once('[')?;
    let (index, key) = rest.split_once("].")?;
    let item = resource.properties.get(property)?.get(index.parse::<usize>().ok()?)?;
    let value = item.get(key)?;
    if let Value::String(text) = value {
        return Some(format!("={text}"));
    }
    let unknown = resource.unknown.iter().find(|unknown| unknown.path == path)?;
    Some(format!("?{}", unknown.what))
}

/// Which resource names which: `DependsOn` and references alike.
struct Graph {
    references: Vec<Reference>,
    resources: Vec<(String, Span)>,
}

impl Graph {
    fn of(template: &Template) -> Self {
        let resources = template.names_in("Resources").filter_map(|(name, _)| {
            let place = template.find(&["Resources", name])?;
            Some((name.to_owned(), place.value))
        });
        Self { resources: resources.collect(), references: template.references() }
    }

    /// What is named in a part of the text.
    fn named_within(&self, span: Span) -> impl Iterator<Item = &str> {
        let within = self.references.iter().filter(move |reference| span.contains(reference.span));
        within.map(|reference| reference.name.as_str())
    }

    /// Whether one resource names the other, or one that does.
    fn depends(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut pending = vec![from];
        while let Some(name) = pending.pop() {
            let Some((_, span)) = self.resources.iter().find(|(id, _)| id == name) else { continue };
            for next in self.named_within(*span) {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    pending.push(next);
                }
            }
        }
        false
    }
}
