//! From native `AWS::Connect::SecurityProfile` resources to ours, as edits of the template's text: comments and layout stay.
//!
//! CloudFormation refuses to change a resource's type, so it takes two deployments: one that has it keep the native
//! resources' profiles, and one in which resources of ours, under other logical ids, adopt them.

mod edits;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::failure::Failure;
use crate::template::{NoticeKind, Resource, Template, Values};
use edits::Edits;
use written::Written;

/// The native type.
pub const NATIVE: &str = "AWS::Connect::SecurityProfile";
const POLICIES: [&str; 2] = ["DeletionPolicy", "UpdateReplacePolicy"];
/// What is changed beside the policies: CloudFormation's documents say that it takes a changed policy for no update.
const MARK: (&str, &str) = ("SecurityProfileMigration", "kept");

/// What is wanted of a migration.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// The provider's ARN, or the parameter that has it.
    pub service_token: String,
    /// What is added to a logical id.
    pub suffix: String,
    /// The tags of the stack, which only native resources take.
    pub stack_tags: BTreeMap<String, String>,
    /// Logical ids to migrate; all if there are none.
    pub only: Vec<String>,
}

/// A migration that can be made.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Old logical ids and new ones, in the template's order.
    pub renamed: Vec<(String, String)>,
    /// The template of the first deployment.
    pub first: String,
    /// The template of the second.
    pub second: String,
    /// What a person has to look after.
    pub notes: Vec<String>,
}

/// Plans the migration of a template.
pub fn migrate(template: &Template, wishes: &Wishes) -> Result<Migration, Failure> {
    if template.notices().iter().any(|notice| notice.kind == NoticeKind::Unsupported) {
        return Err(Failure::new("a template with aliases cannot be edited in place")
            .hint("write them out first, as `aws cloudformation package` does"));
    }
    let native: Vec<Resource> = template
        .resolve_where(&Values::default(), |_, kind| kind == NATIVE)
        .into_iter()
        .filter(|resource| wishes.only.is_empty() || wishes.only.contains(&resource.logical_id))
        .collect();
    if let Some(missing) =
        wishes.only.iter().find(|id| native.iter().all(|resource| resource.logical_id != **id))
    {
        return Err(Failure::new(format!("`{missing}` is no resource of type {NATIVE} in this template")));
    }
    let mut taken: BTreeSet<String> =
        template.names_in("Resources").map(|(name, _)| name.to_owned()).collect();
    let mut renamed = Vec::new();
    for resource in &native {
        let wanted = format!("{}{}", resource.logical_id, wishes.suffix);
        let free = (1..).map(|count| if count == 1 { wanted.clone() } else { format!("{wanted}{count}") });
        let new = free.into_iter().find(|name| !taken.contains(name)).unwrap_or(wanted);
        taken.insert(new.clone());
        renamed.push((resource.logical_id.clone(), new));
    }
    let mut notes = Vec::new();
    let first = first(template, &native, &mut notes)?;
    let second = second(template, &native, &renamed, wishes, &mut notes)?;
    for text in [&first, &second] {
        // Edits of the text may go wrong where the tree does not tell all: better no template than a broken one.
        let written = Template::read(template.path(), text.clone()).ok();
        let count = |template: &Template| template.names_in("Resources").count();
        if written.is_none_or(|written| count(&written) != count(template)) {
            return Err(Failure::new("the template is laid out in a way that cannot be edited in place")
                .hint("have it written anew first, as `rain fmt` or `cfn-flip` do"));
        }
    }
    Ok(Migration { renamed, first, second, notes })
}

/// The native resources are kept when they leave the template.
fn first(template: &Template, native: &[Resource], notes: &mut Vec<String>) -> Result<String, Failure> {
    let mut edits = Edits::new(template);
    for resource in native {
        let layout = template.layout(&["Resources", &resource.logical_id]).ok_or_else(|| odd(resource))?;
        let mut missing = Vec::new();
        for policy in POLICIES {
            match layout.entry(policy) {
                Some(place) => edits.replace(place.value, Written::text("Retain").render(template.is_json())),
                None => missing.push((policy, Written::text("Retain"))),
            }
        }
        let mark = Written::Entry(MARK.0, MARK.1);
        match template.layout(&["Resources", &resource.logical_id, "Metadata"]) {
            None => missing.push(("Metadata", mark)),
            Some(metadata) if metadata.is_function || metadata.entry(MARK.0).is_some() => notes.push(format!(
                "change something in the Metadata of `{}`, so that CloudFormation takes the changed policies for an update",
                resource.logical_id
            )),
            Some(metadata) => edits.insert_first(&metadata, &[(MARK.0, Written::text(MARK.1))]),
        }
        edits.insert_after(&layout, "Type", &missing);
    }
    edits.apply()
}

/// Ours adopt what the native resources leave.
fn second(
    template: &Template,
    native: &[Resource],
    renamed: &[(String, String)],
    wishes: &Wishes,
    notes: &mut Vec<String>,
) -> Result<String, Failure> {
    let mut edits = Edits::new(template);
    for (resource, (_, new)) in native.iter().zip(renamed) {
        let id = resource.logical_id.as_str();
        let layout = template.layout(&["Resources", id]).ok_or_else(|| odd(resource))?;
        let properties = template.layout(&["Resources", id, "Properties"]).ok_or_else(|| odd(resource))?;
        let kind = layout.entry("Type").ok_or_else(|| odd(resource))?;
        if properties.is_function || properties.places.is_empty() {
            return Err(odd(resource));
        }
        edits.replace_within(resource.key, id, new);
        edits.replace_within(kind.value, NATIVE, connect_security_profile::provider::RESOURCE_TYPE);
        for policy in POLICIES {
            if layout.entry(policy).is_some() {
                edits.remove(&layout, policy);
            }
        }
        let token = if wishes.service_token.starts_with("arn:") {
            Written::text(&wishes.service_token)
        } else {
            Written::Ref(wishes.service_token.clone())
        };
        let mut added = vec![("ServiceToken", token), ("Adopt", Written::True)];
        let tags = missing_tags(resource, wishes);
        if !tags.is_empty() {
            match template.layout(&["Resources", id, "Properties", "Tags"]) {
                None => added.push(("Tags", Written::Tags(tags))),
                Some(list) if list.is_function || !list.names.is_empty() => notes.push(format!(
                    "the Tags of `{new}` are not a plain list: add the stack's tags by hand ({})",
                    tags.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ")
                )),
                Some(list) => edits.insert_items(&list, &tags),
            }
        }
        edits.insert_first(&properties, &added);
    }
    for reference in template.references() {
        if let Some((_, new)) = renamed.iter().find(|(old, _)| *old == reference.name) {
            edits.replace(reference.span, new.clone());
        }
    }
    if !wishes.service_token.starts_with("arn:") {
        declare(template, &wishes.service_token, &mut edits)?;
    }
    edits.apply()
}

/// The stack's tags that the resource does not state itself.
fn missing_tags(resource: &Resource, wishes: &Wishes) -> Vec<(String, String)> {
    let stated =
        resource.properties.get("Tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_stated = |key: &str| stated.iter().any(|tag| tag.get("Key").and_then(Value::as_str) == Some(key));
    wishes
        .stack_tags
        .iter()
        .filter(|(key, _)| !is_stated(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A parameter for the provider's ARN, unless there is one.
fn declare(template: &Template, name: &str, edits: &mut Edits<'_>) -> Result<(), Failure> {
    if template.parameters().iter().any(|parameter| parameter.name == name) {
        return Ok(());
    }
    let parameter = (name, Written::Parameter("The provider's output of that name".to_owned()));
    match template.layout(&["Parameters"]) {
        Some(section) if !section.is_function => edits.insert_first(&section, &[parameter]),
        _ => {
            let root = template.layout(&[]).ok_or_else(|| Failure::new("the template is no mapping"))?;
            let section = Written::Section(name.to_owned(), "The provider's output of that name".to_owned());
            edits.insert_before(&root, "Resources", &[("Parameters", section)]);
        }
    }
    Ok(())
}

fn odd(resource: &Resource) -> Failure {
    Failure::new(format!("`{}` is written in a way that cannot be edited in place", resource.logical_id))
        .hint("its Properties must be a plain mapping")
}

#[cfg(test)]
mod tests;
