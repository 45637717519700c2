//! The events of a deployment, each rehearsed on what those before it left: creates and updates in the template's order,
//! then what is gone from it, then the clean-up of what was replaced.

use std::collections::BTreeMap;

use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::owner::{Claim, OWNER_TAG, Ownership};
use connect_security_profile::provider::LOOKUP_TYPE;
use serde_json::Value;

use super::account_of;
use crate::cloudformation::DeployedStack;
use crate::deployment::{Given, Known, by_logical_id, properties_of, resources, stack_to_be};
use crate::failure::Failure;
use crate::outcome::{Action, Outcome};
use crate::rehearsal::Rehearsal;

/// What becomes of each resource.
pub(super) async fn of_template(
    live: Connect,
    wanted: Vec<Known>,
    deployed: Option<&DeployedStack>,
    given: &Given,
    environment: &Environment,
) -> Result<Vec<Outcome>, Failure> {
    let old = match deployed {
        Some(stack) => by_logical_id(resources(&stack.template, &stack.values, given)?),
        None => BTreeMap::new(),
    };
    // Whatever is named anywhere is copied.
    let named = wanted.iter().chain(old.values()).map(|it| it.event("Create", ""));
    let physical = deployed.into_iter().flat_map(|stack| stack.physical_ids.values());
    let physical = physical.map(|id| serde_json::json!({ "PhysicalResourceId": id }));
    let named: Vec<Value> = named.chain(physical).collect();
    let rehearsal = Rehearsal::of(live, &named).await?;
    let mut planning = Planning { rehearsal, deployed, old, environment, replaced: Vec::new() };
    let mut outcomes = Vec::new();
    for resource in &wanted {
        outcomes.push(planning.wanted(resource).await?);
    }
    outcomes.extend(planning.gone(&wanted).await?);
    outcomes.extend(planning.clean_up().await?);
    Ok(outcomes)
}

struct Planning<'a> {
    rehearsal: Rehearsal,
    deployed: Option<&'a DeployedStack>,
    old: BTreeMap<String, Known>,
    environment: &'a Environment,
    /// The Deletes of what was replaced.
    replaced: Vec<Value>,
}

impl Planning<'_> {
    async fn wanted(&mut self, resource: &Known) -> Result<Outcome, Failure> {
        let Known { logical_id, resource_type, .. } = resource;
        if let Some(property) = resource.lacks() {
            let way =
                if property == "InstanceArn" { "`--instance-arn` or `--parameter`" } else { "`--parameter`" };
            let note = format!("{property} is not known before it is deployed; say it with {way}");
            let outcome = Outcome::without_event(logical_id, resource_type, Action::Unknown, note);
            return Ok(Outcome { unknown: resource.unknown.clone(), ..outcome });
        }
        let mut notes = Vec::new();
        if resource.is_conditional {
            notes.push(
                "whether its condition holds is known only when it is deployed; it is planned as if"
                    .to_owned(),
            );
        }
        let event = match self.deployed {
            Some(stack) => match stack.physical_ids.get(logical_id).zip(self.old.get(logical_id)) {
                Some((id, old)) => {
                    let event = resource.update(stack.id.as_str(), id, &old.properties);
                    if event["ResourceProperties"] == event["OldResourceProperties"]
                        && resource.unknown.is_empty()
                    {
                        return self.unchanged(resource, &event).await;
                    }
                    event
                }
                None => resource.event("Create", stack.id.as_str()),
            },
            None => self.of_an_unknown_stack(resource, &mut notes).await?,
        };
        let mut outcome = self.act(&event).await?;
        if outcome.action == Action::Replace && !resource.keeps_replaced {
            let id = event["PhysicalResourceId"].as_str().unwrap_or_default();
            let mut delete = resource.delete(event["StackId"].as_str().unwrap_or_default(), id);
            delete["ResourceProperties"] = event["OldResourceProperties"].clone();
            self.replaced.push(delete);
        }
        outcome.unknown.clone_from(&resource.unknown);
        outcome.notes.splice(0..0, notes);
        Ok(outcome)
    }

    /// CloudFormation sends no event for a resource whose properties stay as they are, whatever became of the profile.
    async fn unchanged(&mut self, resource: &Known, event: &Value) -> Result<Outcome, Failure> {
        let arn = event["PhysicalResourceId"].as_str().and_then(|id| id.parse::<SecurityProfileArn>().ok());
        let Some(arn) = arn.filter(|_| resource.resource_type != LOOKUP_TYPE) else {
            return Ok(none(resource, None));
        };
        self.rehearsal.must_know(arn.instance())?;
        let act = self.rehearsal.try_out(event, &account_of(event), self.environment).await?;
        let Outcome { action, reason, .. } = Outcome::of(&act);
        Ok(match reason {
            Some(reason) => {
                let note = format!(
                    "CloudFormation sends no event, as the properties are those that are deployed; whether the live profile \
                     differs is not known, as the event would be refused: {reason}"
                );
                none(resource, Some(&note))
            }
            None if action == Action::None => none(resource, None),
            None => none(
                resource,
                Some(
                    "the live profile differs, and CloudFormation sends no event, as the properties are those that are \
                     deployed; `drift` shows how, and a change of `Revision` repairs it",
                ),
            ),
        })
    }

    /// Without a stack, the owner tag of the profile of that name tells whether the resource is deployed.
    async fn of_an_unknown_stack(
        &mut self,
        resource: &Known,
        notes: &mut Vec<String>,
    ) -> Result<Value, Failure> {
        let instance: Option<InstanceArn> = resource.instance();
        let create = resource.event("Create", &stack_to_be(instance.as_ref()));
        let (Some(instance), Some(name)) = (instance, resource.name()) else { return Ok(create) };
        let Some(profile) = self.rehearsal.profile_named(&instance, name).await? else { return Ok(create) };
        let tag = profile.tags.get(OWNER_TAG);
        let Some(claim) = tag.and_then(|tag| Claim::read(tag)) else { return Ok(create) };
        let stack = claim.stack_arn(instance.partition());
        let ownership = resource.owner(&stack).map(|owner| owner.reads(tag.map(String::as_str)));
        let Some(Ownership::Ours(_)) = ownership else { return Ok(create) };
        let Some(arn) = instance.profile(&profile.id) else { return Ok(create) };
        notes.push(format!(
            "taken as deployed by {stack}, whose tag the profile carries; what is live counts as stated before, so what the \
             template leaves out is shown as cleared. With `--stack` it is known exactly"
        ));
        Ok(resource.update(&stack, &arn.to_string(), &properties_of(&profile, resource)))
    }

    /// The Deletes of what the template no longer has.
    async fn gone(&mut self, wanted: &[Known]) -> Result<Vec<Outcome>, Failure> {
        let Some(stack) = self.deployed else { return Ok(Vec::new()) };
        let gone = self.old.values().filter(|old| wanted.iter().all(|it| it.logical_id != old.logical_id));
        let gone: Vec<Known> = gone.cloned().collect();
        let mut outcomes = Vec::new();
        for old in gone {
            let Some(id) = stack.physical_ids.get(&old.logical_id) else { continue };
            outcomes.push(if old.is_retained {
                none(
                    &old,
                    Some("gone from the template; its DeletionPolicy keeps the profile, with its owner tag"),
                )
            } else {
                self.act(&old.delete(stack.id.as_str(), id)).await?
            });
        }
        Ok(outcomes)
    }

    /// The Deletes of what was replaced.
    async fn clean_up(&mut self) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = Vec::new();
        for event in std::mem::take(&mut self.replaced) {
            let mut outcome = self.act(&event).await?;
            outcome.notes.insert(0, "this is the clean-up of what is replaced".to_owned());
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn act(&mut self, event: &Value) -> Result<Outcome, Failure> {
        let act = self.rehearsal.act(event, &account_of(event), self.environment).await?;
        Ok(Outcome::of(&act))
    }
}

fn none(resource: &Known, note: Option<&str>) -> Outcome {
    let Known { logical_id, resource_type, .. } = resource;
    let outcome = Outcome::without_event(logical_id, resource_type, Action::None, note.unwrap_or_default());
    if note.is_some() { outcome } else { Outcome { notes: Vec::new(), ..outcome } }
}
