//! Which instances are read: those that are named, or all of the region.

use clap::Args;
use connect_security_profile::arn::InstanceArn;
use connect_security_profile::catalogue::nearest;
use connect_security_profile::connect::Instance;

use super::Reader;
use super::quota::Quota;
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// Which instances are read, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What is read")]
pub struct Scope {
    /// An instance: its ARN, id or alias; may be repeated. Without one, all instances of the region
    #[arg(long = "instance-arn", visible_alias = "instance", value_name = "ARN|ID|ALIAS")]
    pub instances: Vec<String>,
    /// The quota of each operation, a second and at once, if yours was raised or others need room
    #[arg(long, value_name = "RATE[/BURST]", default_value = "2/5", hide_default_value = false)]
    pub rate: Quota,
    /// Show what could be read when something could not; the exit code is 1 all the same
    #[arg(long)]
    pub partial: bool,
}

impl Scope {
    /// The instances, in the order of their ARNs.
    pub async fn find(&self, reader: &Reader, surroundings: &Surroundings) -> Result<Vec<Instance>, Failure> {
        let mut found = Vec::new();
        let mut listed = None;
        for name in &self.instances {
            if let Ok(arn) = name.parse::<InstanceArn>() {
                found.push(Instance { arn, alias: None });
                continue;
            }
            if name.starts_with("arn:") {
                let failure = Failure::new(format_args!("`{name}` is not a Connect instance's ARN"));
                return Err(failure.hint("arn:<partition>:connect:<region>:<account>:instance/<id>"));
            }
            if listed.is_none() {
                listed = Some(all(reader, surroundings).await?);
            }
            found.push(named(name, listed.as_deref().unwrap_or_default())?);
        }
        if self.instances.is_empty() {
            found = all(reader, surroundings).await?;
        }
        found.sort();
        found.dedup_by(|one, other| one.arn == other.arn);
        Ok(found)
    }
}

/// The region that is meant where none is named.
pub async fn region(surroundings: &Surroundings) -> Result<String, Failure> {
    surroundings.region().await?.ok_or_else(|| {
        Failure::new("no region is known").hint(
            "name one with `--region`, set `AWS_REGION`, add `region` to the AWS profile, or name instances with \
             `--instance-arn`",
        )
    })
}

/// That there are no instances in the region.
pub async fn no_instances(surroundings: &Surroundings) -> Failure {
    let region = surroundings.region().await.ok().flatten().unwrap_or_default();
    Failure::new(format_args!("no Connect instances found in region `{region}` of this account"))
        .hint("name another region with `--region`, or instances with `--instance-arn`")
}

async fn all(reader: &Reader, surroundings: &Surroundings) -> Result<Vec<Instance>, Failure> {
    Ok(reader.instances(&region(surroundings).await?).await?)
}

fn named(name: &str, listed: &[Instance]) -> Result<Instance, Failure> {
    let is_meant =
        |instance: &&Instance| instance.arn.id() == name || instance.alias.as_deref() == Some(name);
    if let Some(instance) = listed.iter().find(is_meant) {
        return Ok(instance.clone());
    }
    let names =
        || listed.iter().map(|instance: &Instance| instance.alias.as_deref().unwrap_or(instance.arn.id()));
    let failure = Failure::new(format_args!("there is no instance with the id or alias `{name}`"));
    Err(match (nearest(name, names()), names().collect::<Vec<_>>().join("`, `")) {
        (Some(nearest), _) => failure.hint(format_args!("did you mean `{nearest}`?")),
        (None, all) if !all.is_empty() => failure.hint(format_args!("there are `{all}`")),
        (None, _) => failure.hint("the region has no Connect instances: name another with `--region`"),
    })
}
