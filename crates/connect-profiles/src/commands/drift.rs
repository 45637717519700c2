//! `drift`: what is live against what is stated, found out as the Lambda would: what an Update with unchanged properties
//! would write is what has drifted.

use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::Args;
use connect_emulator::Profile;
use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::owner::{Claim, OWNER_TAG, Origin, Ownership, is_owner_key};
use connect_security_profile::provider::RESOURCE_TYPE;
use serde::Serialize;
use serde_json::{Value, json};

use super::plan::{Format, account_of};
use crate::cloudformation;
use crate::deployment::{Given, Known, resources, stack_to_be, values};
use crate::difference::PropertyChange;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{print, print_json, read};
use crate::interrupt::until_interrupted;
use crate::lint::admit;
use crate::outcome::{Action, Outcome};
use crate::rehearsal::{Rehearsal, instances_of};
use crate::shown;
use crate::surroundings::Surroundings;
use crate::template::Template;

const EXAMPLES: &str = "\
With --stack and no template, what is compared is the template and the parameters as they are deployed. Without --stack, a \
profile is found by its name. Only what is stated is compared: what never was is left alone by the Lambda, too.

In the lists, + is stated and not live, - is live and not stated.

Examples:
  connect-profiles drift --stack contact-centre
  connect-profiles drift template.yaml --parameter InstanceArn=arn:aws:connect:… --format json

Exit codes: 0 no drift, 2 drift, 1 mistakes, or what is live cannot be read, 130 Ctrl-C.";

/// Compare what is live with what is stated
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The template; `-` is standard input
    #[arg(value_name = "TEMPLATE", required_unless_present = "stack")]
    pub template: Option<PathBuf>,
    /// How it is deployed.
    #[command(flatten)]
    pub given: Given,
    /// Show no descriptions, tag values and values of data tables
    #[arg(long)]
    pub hide_values: bool,
    /// How to show it; in `json`, `before` is live and `after` is stated
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// What was found of one resource.
#[derive(Clone, Debug, Serialize)]
pub struct Drift {
    logical_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_id: Option<String>,
    state: State,
    /// What is wrong with the profile as a whole.
    findings: Vec<String>,
    changes: Vec<PropertyChange>,
    unknown: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Same,
    Drift,
    Mistake,
    Unknown,
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    until_interrupted(drift(arguments, surroundings)).await
}

async fn drift(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let given = &arguments.given;
    let deployed = cloudformation::of(surroundings, given.stack.as_deref()).await?;
    let template = match (&arguments.template, &deployed) {
        (Some(path), _) => Template::read(path.display().to_string(), read(path)?).map_err(Failure::new)?,
        (None, Some(stack)) => stack.template.clone(),
        (None, None) => return Err(Failure::new("there is neither a template nor a stack")),
    };
    let values = values(given, &template, deployed.as_ref(), surroundings.region().await?)?;
    // What is deployed was accepted.
    if arguments.template.is_some() {
        admit(&template, &values, |finding| matches!(finding.rule, "same-name" | "service-token"))?;
    }
    let mut stated = resources(&template, &values, given)?;
    // Where it is not known whether a condition holds, the stack tells.
    let is_made =
        |it: &Known| !it.is_conditional || deployed.as_ref().is_none_or(|stack| stack.has(&it.logical_id));
    stated.retain(|resource| resource.resource_type == RESOURCE_TYPE && is_made(resource));
    let physical = deployed.iter().flat_map(|stack| stack.physical_ids.values());
    let named = stated.iter().map(|it| it.event("Create", ""));
    let named: Vec<Value> = named.chain(physical.map(|id| json!({ "PhysicalResourceId": id }))).collect();
    let live = Connect::new(surroundings.sdk_config_for(named.iter().flat_map(instances_of)).await?);
    let mut rehearsal = Rehearsal::of(live, &named).await?;
    let mut found = Vec::new();
    for resource in &stated {
        let physical_id = deployed.as_ref().and_then(|stack| stack.physical_ids.get(&resource.logical_id));
        let stack_id = deployed.as_ref().map(|stack| stack.id.to_string());
        let mut drift = compare(&mut rehearsal, resource, physical_id, stack_id).await?;
        if arguments.hide_values {
            drift.changes = drift.changes.into_iter().map(PropertyChange::hidden).collect();
        }
        found.push(drift);
    }
    show(arguments, &found)
}

async fn compare(
    rehearsal: &mut Rehearsal,
    resource: &Known,
    physical_id: Option<&String>,
    stack_id: Option<String>,
) -> Result<Drift, Failure> {
    let mut drift = Drift {
        logical_id: resource.logical_id.clone(),
        physical_id: physical_id.cloned(),
        state: State::Drift,
        findings: Vec::new(),
        changes: Vec::new(),
        unknown: resource.unknown.clone(),
    };
    let arn = match physical_id {
        Some(id) => id.parse().ok(),
        None => by_name(rehearsal, resource).await?,
    };
    if arn.is_none() && resource.lacks().is_some() {
        let lacking = resource.lacks().unwrap_or_default();
        drift.findings.push(format!("{lacking} is not known; say it with `--parameter`"));
        return Ok(Drift { state: State::Unknown, ..drift });
    }
    let arn: Option<SecurityProfileArn> = arn;
    let profile = match &arn {
        Some(arn) => {
            rehearsal.must_know(arn.instance())?;
            rehearsal.profile(arn).await?
        }
        None => None,
    };
    let (Some(arn), Some(profile)) = (arn, profile) else {
        let which = match (physical_id, resource.name()) {
            (Some(id), _) => format!("the profile is gone: {id}"),
            (None, name) => format!("there is no profile called `{}`", name.unwrap_or_default()),
        };
        drift.findings.push(which);
        return Ok(drift);
    };
    drift.physical_id = Some(arn.to_string());
    let stack_id =
        stack_id.or_else(|| stack_of(&profile, &arn)).unwrap_or_else(|| stack_to_be(Some(arn.instance())));
    drift.findings.extend(whose(&profile, resource, &stack_id));
    if let Some(name) = resource.name().filter(|name| *name != profile.name) {
        drift.findings.push(format!("it is called `{}`, not `{name}`", shown::visible(&profile.name)));
    }
    // As its own: whose it is was told, and is not to hide what differs.
    let owned = owned(profile, resource, &stack_id);
    rehearsal.put(&arn, owned);
    let event = resource.update(&stack_id, &arn.to_string(), &resource.properties);
    let own_account = own_account(resource, &event, arn.instance());
    let outcome = Outcome::of(&rehearsal.try_out(&event, &own_account, &unguarded(&stack_id)).await?);
    if let Some(reason) = outcome.reason {
        drift.findings.push(reason);
        return Ok(Drift { state: State::Mistake, ..drift });
    }
    let changed = outcome.profiles.into_iter().filter(|profile| profile.action == Action::Change);
    drift.changes = changed.flat_map(|profile| profile.changes).collect();
    if drift.findings.is_empty() && drift.changes.is_empty() {
        drift.state = State::Same;
    }
    Ok(drift)
}

async fn by_name(rehearsal: &mut Rehearsal, resource: &Known) -> Result<Option<SecurityProfileArn>, Failure> {
    let (Some(instance), Some(name)) = (resource.instance(), resource.name()) else { return Ok(None) };
    rehearsal.must_know(&instance)?;
    let profile = rehearsal.profile_named(&instance, name).await?;
    Ok(profile.and_then(|profile| instance.profile(&profile.id)))
}

/// The stack that the owner tag names.
fn stack_of(profile: &Profile, arn: &SecurityProfileArn) -> Option<String> {
    Some(Claim::read(profile.tags.get(OWNER_TAG)?)?.stack_arn(arn.instance().partition()))
}

fn whose(profile: &Profile, resource: &Known, stack_id: &str) -> Option<String> {
    if !profile.tags.keys().any(|key| is_owner_key(key)) {
        return Some("it carries no owner tag, so it is nobody's".to_owned());
    }
    let tags = profile.tags.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
    match resource.owner(stack_id)?.reads_tags(&tags) {
        Ownership::Another(owner) => Some(format!("it belongs to {}", shown::visible(&owner))),
        Ownership::Ours(_) | Ownership::Nobody => None,
    }
}

fn owned(profile: Profile, resource: &Known, stack_id: &str) -> Profile {
    let Some(owner) = resource.owner(stack_id) else { return profile };
    let (key, value) = owner.tag(Origin::Created);
    profile.tagged(key.as_str(), value.reveal())
}

/// The account of the function, where that is known; else one from which the profile can be reached.
fn own_account(resource: &Known, event: &Value, instance: &InstanceArn) -> String {
    let is_role_told = resource.unknown.iter().all(|path| path != "RoleArn");
    if is_role_told && resource.properties.contains_key("ServiceToken") {
        account_of(event)
    } else {
        instance.account().to_owned()
    }
}

/// What an operator forbids the Lambda has drifted all the same.
fn unguarded(stack_id: &str) -> Environment {
    Environment::read(|name| match name {
        "ALLOWED_STACK_ACCOUNTS" => stack_id.split(':').nth(4).map(ToOwned::to_owned),
        "PROTECTED_PROFILE_NAMES" => Some(String::new()),
        "ALLOWED_ROLE_ARNS" => Some("*".to_owned()),
        _ => None,
    })
}

fn show(arguments: &Arguments, found: &[Drift]) -> Result<Exit, Failure> {
    let count = |state| found.iter().filter(|drift| drift.state == state).count();
    if arguments.format == Format::Json {
        print_json(&json!({ "resources": found }))?;
    } else {
        for drift in found {
            print(&text(drift))?;
        }
        print(&format!("Drift: {} of {} resources\n", count(State::Drift), found.len()))?;
    }
    Ok(match () {
        () if count(State::Mistake) + count(State::Unknown) > 0 => Exit::Mistakes,
        () if count(State::Drift) > 0 => Exit::Changes,
        () => Exit::Done,
    })
}

fn text(drift: &Drift) -> String {
    let (word, style) = match drift.state {
        State::Same => ("no drift", Style::new().dimmed()),
        State::Drift => ("drift", AnsiColor::Yellow.on_default()),
        State::Mistake => ("mistake", AnsiColor::Red.on_default()),
        State::Unknown => ("unknown", AnsiColor::Yellow.on_default()),
    };
    let id = drift.physical_id.as_deref().unwrap_or_default();
    let dim = Style::new().dimmed();
    let mut text = format!("{}  {style}{word}{style:#}", drift.logical_id);
    if !id.is_empty() {
        let _ = write!(text, "  {dim}{}{dim:#}", shown::visible(id));
    }
    text.push('\n');
    for finding in &drift.findings {
        shown::wrapped(&mut text, "", style, finding);
    }
    drift.changes.iter().for_each(|change| shown::property(&mut text, change));
    for path in &drift.unknown {
        let _ = writeln!(text, "    {dim}{path}: (known after deploy){dim:#}");
    }
    text
}
