//! `get`: one profile, laid out for a person, or as the properties of a template.

use anstyle::Style;
use clap::{Args, ValueEnum};
use connect_security_profile::names::Permission;
use serde_json::Value;
use std::fmt::Write as _;

use crate::catalogue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::interrupt::until_interrupted;
use crate::inventory::column::Column;
use crate::inventory::find::find;
use crate::inventory::owner::Owned;
use crate::inventory::properties::properties;
use crate::inventory::{Profile, Reader, Scope};
use crate::sheet::one_line;
use crate::surroundings::Surroundings;
use crate::yaml;

const AFTER_HELP: &str = "\
YAML and JSON are the profile as the properties of a Custom::ConnectSecurityProfile: what is empty
is left out.

Examples:
  connect-profiles get Agent --instance my-alias
  connect-profiles get 12345678-90ab-cdef-1234-567890abcdef --format yaml
  connect-profiles get Admin --local

Exit codes: 0 shown, 1 there is no such profile, or it could not be read, 130 Ctrl-C";

/// Show one profile
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Its name, id or ARN
    #[arg(value_name = "NAME|ID|ARN")]
    name: String,
    #[command(flatten)]
    scope: Scope,
    /// How to write it
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Layout,
}

/// How a profile is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Layout {
    /// For people.
    #[default]
    Text,
    /// As a template's properties.
    Yaml,
    /// As a template's properties.
    Json,
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    until_interrupted(get(arguments, surroundings)).await
}

async fn get(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let Arguments { name, scope, format } = arguments;
    let reader = Reader::new(surroundings, scope.rate).await?;
    let found = find(std::slice::from_ref(name), scope, &reader, surroundings).await?;
    drop(reader);
    let Some(profile) = found.first() else {
        return Err(Failure::new(format_args!("`{name}` is gone")));
    };
    match format {
        Layout::Text => print(&text(profile))?,
        Layout::Yaml => print(&yaml::members(&stated(profile)))?,
        Layout::Json => print(&format!("{:#}\n", stated(profile).into_iter().collect::<Value>()))?,
    }
    Ok(Exit::Done)
}

fn stated(profile: &Profile) -> Vec<(&'static str, Value)> {
    let instance = ("InstanceArn", Value::from(profile.summary.arn.instance().to_string()));
    std::iter::once(instance).chain(properties(profile)).collect()
}

fn text(profile: &Profile) -> String {
    let bold = Style::new().bold();
    let of = |column: &str| Column::named(column).map_or(Value::Null, |column| column.of(profile));
    let mut text = format!("{bold}{}{bold:#}\n", one_line(profile.name()));
    let modified = [of("last_modified_time"), of("last_modified_region")];
    let modified = modified.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" in ");
    let owner = match profile.owner() {
        Some(owner @ Owned::By(_)) => owner.text(),
        Some(Owned::Unreadable(value)) => format!("a tag that cannot be read: {value}"),
        None => "nobody".to_owned(),
    };
    let instance = match &profile.instance.alias {
        Some(alias) => format!("{alias} ({})", profile.instance.arn),
        None => profile.instance.arn.to_string(),
    };
    for (label, value) in [
        ("description", shown(&of("description"))),
        ("ARN", shown(&of("arn"))),
        ("instance", instance),
        ("type", shown(&of("type"))),
        ("owner", owner),
        ("modified", modified),
        ("organization id", shown(&of("organization_resource_id"))),
        ("tags", shown(&of("tags"))),
        ("access-control tags", shown(&of("allowed_access_control_tags"))),
        ("restricted by tags", shown(&of("tag_restricted_resources"))),
        ("restricted by hierarchy", shown(&of("hierarchy_restricted_resources"))),
        ("hierarchy group", shown(&of("allowed_access_control_hierarchy_group_id"))),
        ("applications", shown(&of("applications"))),
        ("flow modules", shown(&of("allowed_flow_modules"))),
        ("AI agents", shown(&of("allowed_ai_agents"))),
        ("data-table attributes", shown(&of("granular_access_control_configuration"))),
    ] {
        if !value.is_empty() {
            let _ = writeln!(text, "  {label:23}  {}", one_line(&value));
        }
    }
    let settings = profile.settings();
    let permissions = settings.permissions.unwrap_or_default();
    let _ = writeln!(text, "\n{bold}Permissions{bold:#} ({})", permissions.len());
    text.push_str(&permission_text(permissions.iter().map(Permission::as_str)));
    text
}

/// Permissions under the console's groups, each with its label.
fn permission_text<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let groups = catalogue::grouped(names);
    let widths = groups.iter().flat_map(|(_, items)| items).map(|(name, _)| name.chars().count());
    let widest = widths.max().unwrap_or_default();
    let italic = Style::new().underline();
    let mut text = String::new();
    for (group, items) in groups {
        let _ = writeln!(text, "  {italic}{group}{italic:#}");
        for (name, label) in items {
            let line = format!("    {:widest$}  {}", one_line(name), label.unwrap_or_default());
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

/// A value for a person: nothing for what is empty.
fn shown(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    match value {
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(item).collect::<Vec<_>>().join(", "),
        Value::Object(members) if members.is_empty() => String::new(),
        Value::Object(members) if members.values().all(Value::is_string) => members
            .iter()
            .map(|(key, value)| format!("{key} = {}", text(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Object(_) => attributes(value),
        other => text(other),
    }
}

/// An application, a flow module, an AI agent, or a name.
fn item(value: &Value) -> String {
    let Value::Object(members) = value else { return shown(value) };
    let kind = members.get("Type").map(|kind| format!(" ({})", shown(kind))).unwrap_or_default();
    let id = ["Namespace", "FlowModuleId", "Arn"].into_iter().find_map(|key| members.get(key));
    let permissions = members.get("ApplicationPermissions").map(|it| format!(": {}", shown(it)));
    format!("{}{kind}{}", id.map(shown).unwrap_or_default(), permissions.unwrap_or_default())
}

fn attributes(granular: &Value) -> String {
    let path = "/DataTableAccessControlConfiguration/PrimaryAttributeAccessControlConfiguration/PrimaryAttributeValues";
    let attributes = granular.pointer(path).and_then(Value::as_array);
    let of = |attribute: &Value| {
        format!("{} = {}", shown(&attribute["AttributeName"]), shown(&attribute["Values"]))
    };
    attributes.map(|it| it.iter().map(of).collect::<Vec<_>>().join("; ")).unwrap_or_default()
}
