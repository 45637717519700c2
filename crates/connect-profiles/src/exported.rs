//! A template of what is live: each profile as a resource that adopts it as it is, or the reason why it is left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use connect_security_profile::arn::InstanceArn;
use connect_security_profile::guards::Guards;
use connect_security_profile::properties::Desired;
use serde_json::{Map, Value, json};

use crate::inventory::Profile;
use crate::inventory::owner::Owned;
use crate::inventory::properties::properties;
use crate::sheet::one_line;
use crate::yaml;

/// What becomes of one profile.
#[derive(Clone, PartialEq, Debug)]
pub enum Exported {
    /// A resource.
    Resource {
        /// Unique in the template, and made of the profile's name alone as far as that goes.
        logical_id: String,
        /// What it states, in order, without what all resources state.
        properties: Vec<(&'static str, Value)>,
        /// What the live profile has and a template may not state.
        notes: Vec<String>,
    },
    /// It is not for this template.
    LeftOut {
        /// The profile's name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Exported {
    /// Of one that is left out, its name and the reason.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        match self {
            Self::Resource { .. } => None,
            Self::LeftOut { name, reason } => {
                Some(format!("left out: {}: {}", one_line(name), one_line(reason)))
            }
        }
    }
}

/// A template for the profiles of one instance.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// The instance.
    pub instance: &'a InstanceArn,
    /// What becomes of its profiles.
    pub exported: &'a [Exported],
}

/// What becomes of the profiles, which must have been read whole.
#[must_use]
pub fn all(profiles: &[Profile]) -> Vec<Exported> {
    let mut taken = BTreeSet::new();
    profiles.iter().map(|profile| one(profile, &mut taken)).collect()
}

fn one(profile: &Profile, taken: &mut BTreeSet<String>) -> Exported {
    // Taken also by those that are left out: what becomes of one profile changes no other's logical id.
    let logical_id = logical_id(profile.name(), taken);
    let left_out = |reason: String| Exported::LeftOut { name: profile.name().to_owned(), reason };
    if profile.is_aws_managed() == Some(true) {
        return left_out("AWS manages it, and nobody else may change it".to_owned());
    }
    if let Some(owner) = profile.owner() {
        return left_out(match owner {
            Owned::By(claim) => format!(
                "resource `{}` of stack `{}` owns it ({})",
                claim.logical_id, claim.stack_name, claim.stack_id
            ),
            Owned::Unreadable(_) => "it has an owner tag that cannot be read".to_owned(),
        });
    }
    let (stated, notes) = statable(properties(profile));
    match refusal(profile, &stated) {
        Some(reason) => left_out(reason),
        None => Exported::Resource { logical_id, properties: stated, notes },
    }
}

/// Why the provider would not take it over as it is stated.
fn refusal(profile: &Profile, stated: &[(&'static str, Value)]) -> Option<String> {
    let instance = profile.summary.arn.instance();
    let mut properties: Map<String, Value> =
        stated.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    properties.insert("InstanceArn".to_owned(), Value::from(instance.to_string()));
    properties.insert("Adopt".to_owned(), Value::from(true));
    let desired = match Desired::read(&properties, instance.account()) {
        Ok(desired) => desired,
        Err(mistakes) => return Some(mistakes.to_string()),
    };
    let live = profile.described.as_ref()?;
    match Guards::default().admit_adoption(&desired, live) {
        Ok(()) => None,
        Err(_) => Some("it is protected: the provider adopts no profile called Admin unless PROTECTED_PROFILE_NAMES is changed".to_owned()),
    }
}

/// Without members that a template may state only together with others, where these are missing, and those that
/// CloudFormation would not take as they are written: unstated, an adopted profile keeps them.
fn statable(mut stated: Vec<(&'static str, Value)>) -> (Vec<(&'static str, Value)>, Vec<String>) {
    let mut notes = Vec::new();
    let has = |stated: &[(&str, Value)], name: &str| stated.iter().any(|(it, _)| *it == name);
    for (name, needed) in [
        ("AllowedAccessControlTags", "TagRestrictedResources"),
        ("TagRestrictedResources", "AllowedAccessControlTags"),
        ("AllowedAccessControlHierarchyGroupId", "HierarchyRestrictedResources"),
    ] {
        if has(&stated, name) && !has(&stated, needed) {
            stated.retain(|(it, _)| *it != name);
            notes.push(format!(
                "The live profile has {name} without {needed}: not stated, and left as it is."
            ));
        }
    }
    // CloudFormation would put the parameter or the secret in its place.
    let resolves = |value: &Value| value.to_string().contains("{{resolve:");
    for (name, _) in stated.extract_if(.., |(_, value)| resolves(value)) {
        notes.push(format!("The live profile has `{{{{resolve:` in {name}: not stated, and left as it is."));
    }
    (stated, notes)
}

/// Letters and digits of the name, with the words' first letters large; at most 200, and never one that is taken.
fn logical_id(name: &str, taken: &mut BTreeSet<String>) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let large = words.map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]));
    let mut id: String = large.collect::<String>().chars().take(200).collect();
    if !id.starts_with(|first: char| first.is_ascii_alphabetic()) {
        id.insert_str(0, "Profile");
    }
    let numbered = |number: usize| if number == 1 { id.clone() } else { format!("{id}{number}") };
    let free = (1..=taken.len() + 1).map(numbered).find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

impl Template<'_> {
    /// In YAML, with comments.
    #[must_use]
    pub fn yaml(&self) -> String {
        let mut text = String::from("AWSTemplateFormatVersion: \"2010-09-09\"\n");
        let _ = writeln!(text, "Description: {}\n", yaml::scalar(&self.description()));
        text.push_str(
            "# Deploying this changes nothing but who owns the profiles: each gets the owner's tag. An adopted profile is never\n\
             # deleted with its stack.\n",
        );
        for left_out in self.exported.iter().filter_map(Exported::left_out) {
            let _ = writeln!(text, "# {left_out}");
        }
        text.push_str("\nParameters:\n");
        yaml::block(&parameters(self.instance), 2, &mut text);
        text.push_str("\nResources:\n");
        let mut is_first = true;
        for exported in self.exported {
            let Exported::Resource { logical_id, properties, notes } = exported else { continue };
            text.push_str(if std::mem::take(&mut is_first) { "" } else { "\n" });
            for note in notes {
                let _ = writeln!(text, "  # {note}");
            }
            let _ =
                writeln!(text, "  {logical_id}:\n    Type: Custom::ConnectSecurityProfile\n    Properties:");
            yaml::ordered(&stated(properties), 6, &mut text);
        }
        if is_first {
            text.push_str("  {}\n");
        }
        text
    }

    /// In JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut resources = Map::new();
        for exported in self.exported {
            let Exported::Resource { logical_id, properties, .. } = exported else { continue };
            let properties: Value = stated(properties).into_iter().collect();
            let resource = json!({ "Type": "Custom::ConnectSecurityProfile", "Properties": properties });
            resources.insert(logical_id.clone(), resource);
        }
        json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": self.description(),
            "Parameters": parameters(self.instance),
            "Resources": resources,
        })
    }

    fn description(&self) -> String {
        format!("Security profiles of the Connect instance {}, taken over as they are", self.instance.id())
    }
}

/// What every resource states, and then what this one does.
fn stated(properties: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let common = [
        ("ServiceToken", json!({ "Ref": "ServiceToken" })),
        ("ServiceTimeout", json!(300)),
        ("InstanceArn", json!({ "Ref": "InstanceArn" })),
        ("Adopt", json!(true)),
    ];
    common.into_iter().chain(properties.iter().cloned()).collect()
}

fn parameters(instance: &InstanceArn) -> Value {
    json!({
        "InstanceArn": {
            "Type": "String", "Default": instance.to_string(), "Description": "The Connect instance",
        },
        "ServiceToken": { "Type": "String", "Description": "The output of that name of the provider's stack" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_ids_are_of_letters_and_digits_and_unique() {
        let mut taken = BTreeSet::new();
        let names =
            ["Agent", "Call center-manager", "call_center manager", "2nd line", "@", "Agent", "Agent2"];
        let ids = names.map(|name| logical_id(name, &mut taken));
        assert_eq!(
            ids,
            [
                "Agent",
                "CallCenterManager",
                "CallCenterManager2",
                "Profile2ndLine",
                "Profile",
                "Agent2",
                "Agent22"
            ]
        );
    }

    #[test]
    fn a_member_without_the_one_it_needs_is_not_stated() {
        let stated = vec![("SecurityProfileName", json!("a")), ("AllowedAccessControlTags", json!([{}]))];
        let (stated, notes) = statable(stated);
        assert_eq!(stated, [("SecurityProfileName", json!("a"))]);
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn what_cloudformation_would_put_something_else_for_is_not_stated() {
        let stated = vec![
            ("Description", json!("{{resolve:secretsmanager:db}}")),
            ("Tags", json!([{"Key": "k", "Value": "a {{resolve:ssm:b}}"}])),
            ("Permissions", json!(["BasicAgentAccess"])),
        ];
        let (stated, notes) = statable(stated);
        assert_eq!(stated, [("Permissions", json!(["BasicAgentAccess"]))]);
        assert_eq!(notes.len(), 2);
    }
}
