//! `plan`: what a template or an event would change, found out on a copy of what is live.

mod of_template;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use connect_emulator::Configuration;
use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::provider::RESOURCE_TYPE;
use serde_json::{Value, json};

use crate::cloudformation;
use crate::deployment::{Given, resources, values};
use crate::embedded::Embedded;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{is_event, print, read};
use crate::interrupt::until_interrupted;
use crate::lint::admit;
use crate::outcome::{Action, Outcome};
use crate::rehearsal::{Rehearsal, instances_of};
use crate::shown;
use crate::surroundings::Surroundings;
use crate::template::Template;
use of_template::of_template;

const EXAMPLES: &str = "\
What is shown is what the Lambda would do: the real handler acts on a copy of what is live, and nothing is written. The \
guards are read from the variables that the Lambda reads (PROTECTED_PROFILE_NAMES, DENIED_PERMISSIONS, …).

Descriptions and tag values are shown, which the Lambda's log would not; --hide-values leaves them out, say for the public \
log of a build.

Examples:
  connect-profiles plan template.yaml --parameter InstanceArn=arn:aws:connect:…
  connect-profiles plan template.yaml --stack contact-centre     against what is deployed
  connect-profiles plan events/create.json --local --calls       an event, on the embedded Connect

Exit codes: 0 nothing to do, 2 changes, 1 mistakes, refusals, or what is live cannot be read, 130 Ctrl-C.";

/// Show what a template or an event would change
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A template, or an event of CloudFormation's as JSON; `-` is standard input
    #[arg(value_name = "TEMPLATE|EVENT")]
    pub file: PathBuf,
    /// How it is deployed.
    #[command(flatten)]
    pub given: Given,
    /// Show the exact calls to Connect, with their input
    #[arg(long)]
    pub calls: bool,
    /// Show no descriptions, tag values and values of data tables
    #[arg(long)]
    pub hide_values: bool,
    /// How to show it; `json` has a stable shape
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// How to show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    until_interrupted(plan(arguments, surroundings)).await
}

async fn plan(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let environment = Environment::read(|name| std::env::var(name).ok());
    for warning in &environment.warnings {
        anstream::eprintln!("note: {warning}");
    }
    let text = read(&arguments.file)?;
    let event = serde_json::from_str(&text).ok().filter(is_event);
    let outcomes = if let Some(event) = event {
        let Given { parameters, stack, instance_arn } = &arguments.given;
        if stack.is_some() || instance_arn.is_some() || !parameters.is_empty() {
            return Err(Failure::new("an event says all that a deployment knows")
                .hint("`--stack`, `--parameter` and `--instance-arn` are for templates"));
        }
        let events = custom_resource::events(event.clone());
        let instances = events.iter().flatten().flat_map(instances_of).collect();
        of_events(live(surroundings, instances).await?, event, &environment).await?
    } else {
        let template = Template::read(arguments.file.display().to_string(), text).map_err(Failure::new)?;
        let given = &arguments.given;
        let deployed = cloudformation::of(surroundings, given.stack.as_deref()).await?;
        let values = values(given, &template, deployed.as_ref(), surroundings.region().await?)?;
        // What the provider refuses is planned as refused.
        let is_planned = |rule| matches!(rule, "property" | "protected-name" | "same-name" | "service-token");
        admit(&template, &values, |finding| is_planned(finding.rule))?;
        let wanted = resources(&template, &values, given)?;
        if wanted.is_empty() {
            anstream::eprintln!("note: the template makes no {RESOURCE_TYPE}");
        }
        let named = wanted.iter().filter_map(|it| it.properties.get("InstanceArn")?.as_str()?.parse().ok());
        let deployed_ids = deployed.iter().flat_map(|stack| stack.physical_ids.values());
        let deployed_ids =
            deployed_ids.filter_map(|id| Some(id.parse::<SecurityProfileArn>().ok()?.instance().clone()));
        let live = live(surroundings, named.chain(deployed_ids).collect()).await?;
        of_template(live, wanted, deployed.as_ref(), given, &environment).await?
    };
    show(arguments, outcomes)
}

/// Connect with these instances. The embedded one has those that are named, as `invoke` has it.
async fn live(surroundings: &Surroundings, instances: BTreeSet<InstanceArn>) -> Result<Connect, Failure> {
    Ok(Connect::new(match surroundings.local() {
        Some(_) if !instances.is_empty() => {
            Embedded::new(&instances, &BTreeSet::new(), &Configuration::default()).sdk_config()
        }
        _ => surroundings.sdk_config_for(instances.into_iter()).await?,
    }))
}

/// What becomes of the events, one after the other.
pub async fn of_events(
    live: Connect,
    payload: Value,
    environment: &Environment,
) -> Result<Vec<Outcome>, Failure> {
    let events: Result<Vec<Value>, _> = custom_resource::events(payload).into_iter().collect();
    let events = events.map_err(|error| Failure::new(format!("the event cannot be read: {error}")))?;
    let mut rehearsal = Rehearsal::of(live, &events).await?;
    let mut outcomes = Vec::new();
    for event in &events {
        let act = rehearsal.act(event, &account_of(event), environment).await?;
        outcomes.push(Outcome::of(&act));
    }
    Ok(outcomes)
}

/// The account of the function that the event goes to: its own, as `ServiceToken` names it, else the stack's.
#[must_use]
pub fn account_of(event: &Value) -> String {
    let texts = [&event["ServiceToken"], &event["ResourceProperties"]["ServiceToken"], &event["StackId"]];
    let account = |text: &Value| Some(text.as_str()?.split(':').nth(4)?.to_owned());
    texts.into_iter().find_map(account).unwrap_or_default()
}

fn show(arguments: &Arguments, outcomes: Vec<Outcome>) -> Result<Exit, Failure> {
    let outcomes: Vec<Outcome> =
        if arguments.hide_values { outcomes.into_iter().map(Outcome::hidden).collect() } else { outcomes };
    match arguments.format {
        Format::Json => crate::files::print_json(&json!({ "resources": outcomes }))?,
        Format::Text => {
            for outcome in &outcomes {
                print(&shown::outcome(outcome, arguments.calls))?;
            }
            print(&format!("{}\n", shown::summary(&outcomes)))?;
        }
    }
    let has = |actions: &[Action]| outcomes.iter().any(|outcome| actions.contains(&outcome.action));
    Ok(match () {
        () if has(&[Action::Refuse]) => Exit::Mistakes,
        () if outcomes.iter().all(|outcome| outcome.action == Action::None) => Exit::Done,
        () => Exit::Changes,
    })
}
