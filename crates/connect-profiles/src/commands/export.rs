//! `export`: live profiles as a template that adopts them and changes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use anstream::eprintln;
use clap::{Args, ValueEnum};

use crate::exit::Exit;
use crate::exported::{self, Exported, Template};
use crate::failure::Failure;
use crate::files::print;
use crate::interrupt::until_interrupted;
use crate::inventory::find::find;
use crate::inventory::reader::All;
use crate::inventory::{Profile, Reader, Scope, Trouble, Wanted, scope};
use crate::surroundings::Surroundings;

const AFTER_HELP: &str = "\
The template takes the profiles over as they are: deploying it writes the owner's tag to each, and
nothing else. Left out, with the reason in a comment (in JSON on standard error): profiles called
Admin, those that AWS manages, and those that already have an owner. Review what is written before
you deploy it: descriptions and tags are in it as they are.

Examples:
  connect-profiles export --instance my-alias > profiles.yaml
  connect-profiles export Agent Supervisor --instance my-alias --format json
  connect-profiles export --local

Exit codes: 0 written, 1 something could not be read, or there is nothing to export, 130 Ctrl-C";

/// Write live profiles as a template that adopts them
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The profiles, by name, id or ARN; without one, all of the instance
    #[arg(value_name = "NAME|ID|ARN")]
    names: Vec<String>,
    #[command(flatten)]
    scope: Scope,
    /// How to write it
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Language,
}

/// What the template is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Language {
    /// With comments.
    #[default]
    Yaml,
    /// Without.
    Json,
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    until_interrupted(export(arguments, surroundings)).await
}

async fn export(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let Arguments { names, scope, format } = arguments;
    if scope.partial {
        return Err(Failure::new(
            "a template of a part of the profiles is not written: --partial does not go with export",
        )
        .hint("name the profiles that can be read"));
    }
    let reader = Reader::new(surroundings, scope.rate).await?;
    let profiles = if names.is_empty() {
        all(scope, &reader, surroundings).await?
    } else {
        find(names, scope, &reader, surroundings).await?
    };
    drop(reader);
    let instances: BTreeSet<_> = profiles.iter().map(|profile| profile.summary.arn.instance()).collect();
    if instances.len() > 1 {
        let arns = instances.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Failure::new("these profiles are of several instances, and a template is for one")
            .hint(format_args!("name one with --instance-arn: {arns}")));
    }
    let Some(instance) = instances.first() else {
        return Err(Failure::new("there are no profiles to export"));
    };
    let exported = exported::all(&profiles);
    let template = Template { instance, exported: &exported };
    match format {
        Language::Yaml => print(&template.yaml())?,
        Language::Json => {
            print(&format!("{:#}\n", template.json()))?;
            for left_out in exported.iter().filter_map(Exported::left_out) {
                eprintln!("{left_out}");
            }
        }
    }
    if exported.iter().all(|it| it.left_out().is_some()) {
        return Err(Failure::new("none of these profiles can be exported"));
    }
    Ok(Exit::Done)
}

async fn all(scope: &Scope, reader: &Reader, surroundings: &Surroundings) -> Result<Vec<Profile>, Failure> {
    let instances = scope.find(reader, surroundings).await?;
    if instances.len() > 1 {
        let names = instances.iter().map(|it| it.alias.clone().unwrap_or_else(|| it.arn.to_string()));
        return Err(Failure::new("there are several instances, and a template is for one")
            .hint(format_args!("name one with --instance-arn: {}", names.collect::<Vec<_>>().join(", "))));
    }
    if instances.is_empty() {
        return Err(scope::no_instances(surroundings).await);
    }
    let inventory = reader.read(&instances, &Wanted::everything(), Arc::new(All), false).await;
    if inventory.troubles.is_empty() {
        return Ok(inventory.profiles);
    }
    Trouble::show_all(&inventory.troubles, surroundings).await;
    Err(Failure::new("not everything could be read, and a part is not written as the whole"))
}
