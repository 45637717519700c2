//! One profile by its name, id or ARN.

use std::sync::Arc;

use connect_security_profile::arn::SecurityProfileArn;
use connect_security_profile::catalogue::nearest;
use connect_security_profile::connect::{Instance, Summary};

use super::reader::Sieve;
use super::{Profile, Reader, Scope, Wanted, scope};
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// Takes the profiles with these ARNs.
struct Chosen(Vec<SecurityProfileArn>);

impl Sieve for Chosen {
    fn may_want(&self, summary: &Summary) -> bool {
        self.0.contains(&summary.arn)
    }

    fn asks_describe(&self) -> bool {
        false
    }

    fn wants(&self, _: &Profile) -> bool {
        true
    }
}

/// The profiles of these names, ids or ARNs, in that order, each whole. It is a failure if one is not there, or if more than
/// one is meant by a name.
pub async fn find(
    names: &[String],
    scope: &Scope,
    reader: &Reader,
    surroundings: &Surroundings,
) -> Result<Vec<Profile>, Failure> {
    let mut arns = Vec::new();
    let mut listed: Option<Vec<(Instance, Summary)>> = None;
    for name in names {
        if let Ok(arn) = name.parse::<SecurityProfileArn>() {
            let instance = Instance { arn: arn.instance().clone(), alias: None };
            let summary = Summary {
                arn: arn.clone(),
                name: String::new(),
                is_aws_managed: None,
                last_modified: (None, None),
            };
            arns.push((instance, summary));
            continue;
        }
        if name.starts_with("arn:") {
            let failure = Failure::new(format_args!("`{name}` is not a security profile's ARN"));
            return Err(failure.hint("<instance ARN>/security-profile/<id>"));
        }
        if listed.is_none() {
            listed = Some(all(scope, reader, surroundings).await?);
        }
        arns.push(meant(name, listed.as_deref().unwrap_or_default())?);
    }
    let order: Vec<SecurityProfileArn> = arns.iter().map(|(_, summary)| summary.arn.clone()).collect();
    let inventory =
        reader.read_these(arns, &Wanted::everything(), Arc::new(Chosen(order.clone())), false).await;
    if let Some(trouble) = inventory.troubles.first() {
        return Err(trouble.failure());
    }
    let place = |profile: &Profile| order.iter().position(|arn| *arn == profile.summary.arn);
    let mut profiles = inventory.profiles;
    if let Some(gone) = order.iter().find(|arn| profiles.iter().all(|profile| profile.summary.arn != **arn)) {
        return Err(Failure::new(format_args!("`{gone}` is gone")));
    }
    profiles.sort_by_key(place);
    Ok(profiles)
}

async fn all(
    scope: &Scope,
    reader: &Reader,
    surroundings: &Surroundings,
) -> Result<Vec<(Instance, Summary)>, Failure> {
    let mut listed = Vec::new();
    let instances = scope.find(reader, surroundings).await?;
    if instances.is_empty() {
        return Err(scope::no_instances(surroundings).await);
    }
    for instance in instances {
        let summaries = reader.summaries(&instance.arn).await?;
        listed.extend(summaries.into_iter().map(|summary| (instance.clone(), summary)));
    }
    Ok(listed)
}

fn meant(name: &str, listed: &[(Instance, Summary)]) -> Result<(Instance, Summary), Failure> {
    let is_meant = |summary: &Summary| summary.name == name || summary.arn.id() == name;
    let found: Vec<_> = listed.iter().filter(|(_, summary)| is_meant(summary)).collect();
    match &found[..] {
        [found] => Ok((*found).clone()),
        [] => {
            let failure = Failure::new(format_args!("there is no profile with the name or id `{name}`"));
            let names = listed.iter().map(|(_, summary)| summary.name.as_str());
            Err(match nearest(name, names) {
                Some(nearest) => failure.hint(format_args!("did you mean `{nearest}`?")),
                None => failure.hint("`connect-profiles list` shows what there is"),
            })
        }
        several => {
            let arns: Vec<String> = several.iter().map(|(_, summary)| summary.arn.to_string()).collect();
            let failure = Failure::new(format_args!("{} profiles are called `{name}`", arns.len()));
            Err(failure
                .hint(format_args!("name an instance with --instance-arn, or one of {}", arns.join(", "))))
        }
    }
}
