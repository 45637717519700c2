//! `query`: SQL over profiles.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::{Instance, Summary};
use serde_json::Value;

use crate::catalogue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::interrupt::until_interrupted;
use crate::inventory::column::{COLUMNS, Column};
use crate::inventory::reader::Sieve;
use crate::inventory::scope::{self, region};
use crate::inventory::{Inventory, Profile, Reader, Scope, Trouble, Wanted};
use crate::sheet::{Format, Sheet};
use crate::sql::database::{Database, Query, Reads};
use crate::sql::narrowing::{Narrowing, narrowing};
use crate::sql::tables::{PROFILE, Table};
use crate::surroundings::Surroundings;

const AFTER_HELP: &str = "\
The tables, by these names and as StackQL, Datadog and Steampipe write them
(aws.connect.security_profiles, aws.connect_security_profile, aws_connect_security_profile):
  security_profiles     one row a profile; lists and objects are JSON
  profile_permissions   one row for each permission of each profile
  profile_tags          one row for each tag
  profile_applications  one row for each permission of each application
  instances             one row an instance
  permission_catalogue  every known permission, with the console's group and label
--tables shows their columns. Only what the query uses is read. Regions are those that it names
(region = '…'), else the configured one.

Who may edit users?
  connect-profiles query \"SELECT name FROM profile_permissions WHERE permission = 'Users.Edit'\"
Which profiles have no team tag?
  connect-profiles query \"SELECT name FROM security_profiles WHERE tags ->> 'team' IS NULL\"
What do two profiles have in common?
  connect-profiles query \"SELECT permission FROM profile_permissions
    WHERE name IN ('Agent', 'QualityAnalyst') GROUP BY 1 HAVING count(*) = 2\"
As it stands on StackQL's page:
  connect-profiles query \"SELECT region, security_profile_arn
    FROM aws.connect.security_profiles WHERE region = 'us-east-1';\"

Exit codes: 0 answered, 1 a mistake in the query or something could not be read, 130 Ctrl-C";

/// Ask in SQL
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The query, in SQLite's SQL; `-` reads it from standard input
    #[arg(required_unless_present = "tables")]
    sql: Option<String>,
    /// Show the tables and their columns
    #[arg(long)]
    tables: bool,
    /// How long the query itself may run, once everything is read
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    scope: Scope,
    /// How to write it
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// Ends the query when nobody waits for it any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    until_interrupted(query(arguments, surroundings)).await
}

async fn query(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let Arguments { sql, tables, scope, timeout, format } = arguments;
    if *tables {
        return print(&tables_text()).map(|()| Exit::Done);
    }
    let query = Query::read(&text(sql.as_deref().unwrap_or_default())?)?;
    let mut database = Database::new()?;
    let reads = database.reads(&query)?;
    let limits = narrowing(&query.tokens, &query.named);
    let (instances, inventory) = read(&reads, limits, scope, surroundings).await?;
    if !inventory.troubles.is_empty() && !scope.partial {
        Trouble::show_all(&inventory.troubles, surroundings).await;
        return Err(Failure::new("not everything could be read, and the answer would be wrong")
            .hint("--partial asks what could be read"));
    }
    fill(&mut database, &reads, &instances, &inventory.profiles)?;
    let stop = Stop(Arc::default());
    let (flag, time) = (Arc::clone(&stop.0), Duration::from_secs(*timeout));
    let answer = tokio::task::spawn_blocking(move || database.run(&query, time, flag)).await;
    let answer = answer.map_err(|error| Failure::new(format_args!("the query failed: {error}")))??;
    Sheet { failures: inventory.troubles.iter().map(Trouble::json).collect(), ..answer }.write(*format)?;
    Trouble::show_all(&inventory.troubles, surroundings).await;
    Ok(if inventory.troubles.is_empty() { Exit::Done } else { Exit::Mistakes })
}

fn text(sql: &str) -> Result<String, Failure> {
    if sql != "-" {
        return Ok(sql.to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| Failure::new(format_args!("standard input cannot be read: {error}")))?;
    Ok(text)
}

/// What the query needs of the instances, and these.
async fn read(
    reads: &Reads,
    limits: Narrowing,
    scope: &Scope,
    surroundings: &Surroundings,
) -> Result<(Vec<Instance>, Inventory), Failure> {
    if reads.keys().all(|table| *table == Table::Catalogue) {
        return Ok((Vec::new(), Inventory::default()));
    }
    let reader = Reader::new(surroundings, scope.rate).await?;
    let instances = instances(&limits, scope, &reader, surroundings).await?;
    if !reads.keys().any(|table| table.is_of_profiles()) {
        return Ok((instances, Inventory::default()));
    }
    let wants = reads.iter().flat_map(|(table, columns)| columns.iter().map(|column| table.wants(column)));
    let wanted = wants.fold(Wanted::default(), Wanted::and);
    let inventory = reader.read(&instances, &wanted, Arc::new(limits), scope.partial).await;
    Ok((instances, inventory))
}

async fn instances(
    limits: &Narrowing,
    scope: &Scope,
    reader: &Reader,
    surroundings: &Surroundings,
) -> Result<Vec<Instance>, Failure> {
    let is_within =
        |limit: &Option<BTreeSet<String>>, value: &str| limit.as_ref().is_none_or(|it| it.contains(value));
    let mut instances = Vec::new();
    if scope.instances.is_empty() {
        if let Some(named) = named_instances(limits) {
            instances.extend(named.into_iter().map(|arn| Instance { arn, alias: None }));
        } else {
            let regions = match &limits.regions {
                Some(regions) => regions.iter().filter(|region| is_region(region)).cloned().collect(),
                None => vec![region(surroundings).await?],
            };
            for region in regions {
                instances.extend(reader.instances(&region).await?);
            }
            if instances.is_empty() && limits.regions.is_none() {
                scope::no_instances(surroundings).await.show_as_note();
            }
        }
    } else {
        instances = scope.find(reader, surroundings).await?;
    }
    instances.retain(|Instance { arn, .. }| {
        is_within(&limits.instance_arns, &arn.to_string())
            && is_within(&limits.instance_ids, arn.id())
            && is_within(&limits.regions, arn.region())
    });
    Ok(instances)
}

/// The instances of the ARNs that the query is limited to.
fn named_instances(limits: &Narrowing) -> Option<BTreeSet<InstanceArn>> {
    if let Some(arns) = &limits.instance_arns {
        return Some(arns.iter().filter_map(|arn| arn.parse().ok()).collect());
    }
    let profiles = limits.arns.as_ref()?.iter().filter_map(|arn| arn.parse::<SecurityProfileArn>().ok());
    Some(profiles.map(|arn| arn.instance().clone()).collect())
}

/// What is not one becomes no part of a host's name.
fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl Sieve for Narrowing {
    fn may_want(&self, summary: &Summary) -> bool {
        let is_within = |limit: &Option<BTreeSet<String>>, value: &str| {
            limit.as_ref().is_none_or(|it| it.contains(value))
        };
        is_within(&self.arns, &summary.arn.to_string())
            && is_within(&self.ids, summary.arn.id())
            && is_within(&self.names, &summary.name)
    }

    fn asks_describe(&self) -> bool {
        false
    }

    fn wants(&self, _: &Profile) -> bool {
        true
    }
}

fn fill(
    database: &mut Database,
    reads: &Reads,
    instances: &[Instance],
    profiles: &[Profile],
) -> Result<(), Failure> {
    for table in reads.keys() {
        let columns = table.columns();
        let rows: Vec<Vec<Value>> = match table {
            Table::Profiles => profiles
                .iter()
                .map(|profile| COLUMNS.iter().map(|column| column.of(profile)).collect())
                .collect(),
            Table::Instances => instances.iter().map(instance_row).collect(),
            Table::Catalogue => catalogue::entries().iter().map(catalogue_row).collect(),
            Table::Permissions | Table::Tags | Table::Applications => {
                profiles.iter().flat_map(|profile| rows_of(*table, profile)).collect()
            }
        };
        database.fill(*table, &columns, rows.into_iter())?;
    }
    Ok(())
}

fn instance_row(Instance { arn, alias }: &Instance) -> Vec<Value> {
    let alias = alias.clone().map_or(Value::Null, Value::from);
    vec![arn.region().into(), arn.account().into(), arn.to_string().into(), arn.id().into(), alias]
}

fn catalogue_row(entry: &catalogue::Entry) -> Vec<Value> {
    let catalogue::Entry { name, group, label, action, implies, .. } = entry;
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::from);
    vec![name.as_str().into(), text(group), text(label), text(action), implies.clone().into()]
}

/// The rows about one profile.
fn rows_of(table: Table, profile: &Profile) -> Vec<Vec<Value>> {
    let begin = PROFILE.map(|name| Column::named(name).map_or(Value::Null, |column| column.of(profile)));
    let settings = profile.settings();
    let text = |text: Option<&String>| text.map_or(Value::Null, |text| Value::from(text.as_str()));
    let ends: Vec<Vec<Value>> = match table {
        Table::Permissions => {
            let permissions = settings.permissions.iter().flatten().map(|permission| {
                let entry = catalogue::entry(permission.as_str());
                let group = text(entry.and_then(|entry| entry.group.as_ref()));
                vec![permission.as_str().into(), group, text(entry.and_then(|entry| entry.label.as_ref()))]
            });
            permissions.collect()
        }
        Table::Tags => {
            let tags = profile.described.iter().flat_map(|described| &described.tags);
            tags.map(|(key, value)| vec![key.as_str().into(), value.reveal().into()]).collect()
        }
        _ => {
            let applications = settings.applications.iter().flatten();
            let rows = applications.flat_map(|(namespace, application)| {
                let kind = text(application.kind.as_ref());
                application.permissions.iter().map(move |permission| {
                    vec![namespace.as_str().into(), permission.as_str().into(), kind.clone()]
                })
            });
            rows.collect()
        }
    };
    ends.into_iter().map(|end| begin.iter().cloned().chain(end).collect()).collect()
}

fn tables_text() -> String {
    let lines = Table::ALL.map(|table| format!("{table}\n  {}\n", table.columns().join("\n  ")));
    lines.join("\n")
}
