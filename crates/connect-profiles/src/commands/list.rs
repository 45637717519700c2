//! `list`: the profiles of instances, as rows.

use std::sync::Arc;

use anstream::eprintln;
use clap::Args;
use connect_security_profile::connect::Summary;
use serde_json::Value;
use wildmatch::WildMatch;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::until_interrupted;
use crate::inventory::column::{COLUMNS, Column, HANDY, wanted};
use crate::inventory::owner::Owned;
use crate::inventory::reader::Sieve;
use crate::inventory::{Inventory, Profile, Reader, Scope, Trouble, Wanted, scope};
use crate::orphans::{self, Fate};
use crate::sheet::{Format, Sheet, table_width};
use crate::surroundings::Surroundings;

const AFTER_HELP: &str = "\
Only the calls that the columns need are made, at 2 a second for each operation: the default columns
take one call for an instance, most others at least one for each profile.

Columns:
  region, account_id (account), instance_arn, instance_id, instance_alias (instance),
  security_profile_name (name), id, arn, security_profile_arn, type,
  last_modified_time (modified), last_modified_region: from the instance's list
  organization_resource_id, description, owner, tags,
  allowed_access_control_tags, tag_restricted_resources, hierarchy_restricted_resources,
  allowed_access_control_hierarchy_group_id, granular_access_control_configuration: one call a
  profile, for all of them together
  permissions, applications, allowed_flow_modules, allowed_ai_agents: one call a profile each

JSON is {\"complete\": true, \"rows\": [{\"<column>\": …}], \"failures\": []}. CSV holds lists and objects
as JSON and leaves every cell as it is: a spreadsheet may take one that begins with = for a formula.

Examples:
  connect-profiles list                    all instances of the region
  connect-profiles list --local            the embedded Connect, no account needed
  connect-profiles list --instance my-alias --columns name,owner,tags
  connect-profiles list --tag team=support --format csv --all-columns > profiles.csv
  connect-profiles list --owner contact-centre --columns name,permissions --format json
  connect-profiles list --orphans          whose stack or resource is gone

Exit codes: 0 all was read, 1 something could not be read, or a mistake in the command line,
130 Ctrl-C";

/// List the profiles of instances
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    #[command(flatten)]
    scope: Scope,
    /// Only profiles whose name matches, in any case; may be repeated
    #[arg(long, value_name = "GLOB", allow_hyphen_values = true, help_heading = "Which profiles")]
    name: Vec<String>,
    /// Only profiles with this tag, or with a tag of this key; may be repeated, all must be there
    #[arg(long, value_name = "KEY[=VALUE]", help_heading = "Which profiles")]
    tag: Vec<String>,
    /// Only profiles of this stack (name, glob or UUID), or of one of its resources
    #[arg(long, value_name = "STACK[/LOGICAL-ID]", help_heading = "Which profiles")]
    owner: Option<String>,
    /// Only profiles whose owner tag names a stack or resource that is gone, or cannot be looked at
    #[arg(long, help_heading = "Which profiles")]
    orphans: bool,
    /// CloudFormation's endpoint, for --orphans
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL_CLOUDFORMATION",
        value_parser = crate::arguments::url,
        hide_env_values = true,
        help_heading = "Connection"
    )]
    cloudformation_endpoint_url: Option<String>,
    /// The columns to show, in this order
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = "Output")]
    columns: Vec<String>,
    /// Every column
    #[arg(long, conflicts_with = "columns", help_heading = "Output")]
    all_columns: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// A terminal that is narrower shows no ids unless they are asked for.
const ROOM_FOR_IDS: u16 = 110;

/// The filters of the command line.
struct Filter {
    names: Vec<WildMatch>,
    tags: Vec<(String, Option<String>)>,
    owner: Option<String>,
    is_owned: bool,
}

impl Filter {
    fn of(arguments: &Arguments) -> Self {
        let tag = |text: &String| match text.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (text.clone(), None),
        };
        Self {
            names: arguments.name.iter().map(|glob| WildMatch::new_case_insensitive(glob)).collect(),
            tags: arguments.tag.iter().map(tag).collect(),
            owner: arguments.owner.clone(),
            is_owned: arguments.orphans,
        }
    }
}

impl Sieve for Filter {
    fn may_want(&self, summary: &Summary) -> bool {
        self.names.is_empty() || self.names.iter().any(|glob| glob.matches(&summary.name))
    }

    fn asks_describe(&self) -> bool {
        !self.tags.is_empty() || self.owner.is_some() || self.is_owned
    }

    fn wants(&self, profile: &Profile) -> bool {
        if !self.asks_describe() {
            return true;
        }
        let Some(described) = &profile.described else { return false };
        let has = |(key, value): &(String, Option<String>)| {
            let live = described.tags.iter().find(|(live, _)| live.as_str() == key);
            live.is_some_and(|(_, live)| value.as_deref().is_none_or(|value| value == live.reveal()))
        };
        let owner = profile.owner();
        let is_of = |wanted: &String| owner.as_ref().is_some_and(|owner| owner.is_of(wanted));
        self.tags.iter().all(has)
            && self.owner.as_ref().is_none_or(is_of)
            && (!self.is_owned || matches!(owner, Some(Owned::By(_))))
    }
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    until_interrupted(list(arguments, surroundings)).await
}

async fn list(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let named: Result<Vec<Column>, Failure> =
        arguments.columns.iter().map(|name| Column::named(name)).collect();
    let named = named?;
    let scope = &arguments.scope;
    let filter = Arc::new(Filter::of(arguments));
    let reader = Reader::new(surroundings, scope.rate).await?;
    let instances = scope.find(&reader, surroundings).await?;
    let columns = if named.is_empty() { chosen(arguments, instances.len()) } else { named };
    let wanted = wanted(&columns).and(Wanted { describe: filter.asks_describe(), ..Wanted::default() });
    let inventory = reader.read(&instances, &wanted, filter, scope.partial).await;
    drop(reader);
    if !inventory.troubles.is_empty() && !scope.partial {
        Trouble::show_all(&inventory.troubles, surroundings).await;
        return Err(Failure::new("not everything could be read, and a part is not shown as the whole")
            .hint("--partial shows what could be read"));
    }
    if instances.is_empty() {
        scope::no_instances(surroundings).await.show_as_note();
    }
    let mut sheet = if arguments.orphans {
        let fates = orphans::fates(
            &inventory.profiles,
            surroundings,
            arguments.cloudformation_endpoint_url.as_deref(),
        );
        sheet_of_orphans(&inventory, &columns, &fates.await?)
    } else {
        sheet(&inventory, &columns)
    };
    if arguments.format == Format::Table {
        for (title, column) in sheet.columns.iter_mut().zip(&columns) {
            column.short.unwrap_or(column.name).clone_into(title);
        }
    }
    finish(&sheet, &inventory, arguments, surroundings).await
}

fn chosen(arguments: &Arguments, instances: usize) -> Vec<Column> {
    if arguments.all_columns {
        return COLUMNS.to_vec();
    }
    let orphans = ["security_profile_name", "owner", "arn"];
    let names = if arguments.orphans { &orphans[..] } else { &HANDY[..] };
    let several =
        ["instance_alias", "instance_id"].into_iter().filter(|_| instances > 1 && !arguments.orphans);
    // An id is 36 characters of little use to a person who has the name.
    let is_narrow =
        arguments.format == Format::Table && table_width().is_some_and(|width| width < ROOM_FOR_IDS);
    let names = several.chain(names.iter().copied()).filter(|name| *name != "id" || !is_narrow);
    names.filter_map(|name| Column::named(name).ok()).collect()
}

fn sheet(inventory: &Inventory, columns: &[Column]) -> Sheet {
    Sheet {
        columns: columns.iter().map(|column| column.name.to_owned()).collect(),
        rows: inventory.profiles.iter().map(|profile| row(profile, columns)).collect(),
        failures: inventory.troubles.iter().map(Trouble::json).collect(),
    }
}

fn row(profile: &Profile, columns: &[Column]) -> Vec<Value> {
    columns.iter().map(|column| column.of(profile)).collect()
}

/// Those that are orphans, or might be, with the reason.
fn sheet_of_orphans(inventory: &Inventory, columns: &[Column], fates: &[Fate]) -> Sheet {
    let mut sheet = Sheet { rows: Vec::new(), ..sheet(inventory, columns) };
    sheet.columns.extend(["orphan".to_owned(), "reason".to_owned()]);
    for (profile, fate) in inventory.profiles.iter().zip(fates) {
        let (word, reason) = match fate {
            Fate::Owned => continue,
            Fate::Orphan(reason) => ("orphan", reason),
            Fate::Unknown(reason) => ("unknown", reason),
        };
        let verdict = [Value::from(word), Value::from(reason.as_str())];
        sheet.rows.push(row(profile, columns).into_iter().chain(verdict).collect());
    }
    sheet
}

async fn finish(
    sheet: &Sheet,
    inventory: &Inventory,
    arguments: &Arguments,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    sheet.write(arguments.format)?;
    if sheet.rows.is_empty() && arguments.format == Format::Table {
        eprintln!("no profiles");
    }
    if inventory.troubles.is_empty() {
        return Ok(Exit::Done);
    }
    Trouble::show_all(&inventory.troubles, surroundings).await;
    eprintln!("this is not everything: see the errors above");
    Ok(Exit::Mistakes)
}
