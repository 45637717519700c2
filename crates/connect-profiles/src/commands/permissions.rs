//! `permissions`: the catalogue, and how two profiles differ in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use connect_security_profile::catalogue::nearest;
use serde_json::{Value, json};

use crate::catalogue::{Entry, entries, entry, grouped};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::interrupt::until_interrupted;
use crate::inventory::find::find;
use crate::inventory::{Reader, Scope};
use crate::sheet::one_line;
use crate::surroundings::Surroundings;

const AFTER_HELP: &str = "\
A search looks in names, groups and the console's labels, in any case; with * or ? it is a glob of
the name. Lines with + are what the console adds when the permission is ticked, as AWS documents it.

--diff takes profiles of the instance by name, id or ARN, or files: a template's resource or
properties as JSON, or one permission a line. With --local it has the four default profiles.

Examples:
  connect-profiles permissions users
  connect-profiles permissions 'Users.*' --format json
  connect-profiles permissions --diff Agent CallCenterManager --local
  connect-profiles permissions --diff Supervisor ./supervisor.json --instance my-alias

Exit codes: 0 shown, 1 nothing was found or something could not be read, 130 Ctrl-C";

/// Search the catalogue of permissions
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// A part of a name, group or label, or a glob of names; without it, all are shown
    search: Option<String>,
    /// Show what one profile permits and the other does not
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with = "search")]
    diff: Option<Vec<String>>,
    #[command(flatten)]
    scope: Scope,
    /// How to write it
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Layout,
}

/// How it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Layout {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let Arguments { search, diff, scope, format } = arguments;
    match diff.as_deref() {
        Some([one, other]) => until_interrupted(compare([one, other], scope, *format, surroundings)).await,
        _ => find_entries(search.as_deref().unwrap_or_default(), *format),
    }
}

fn find_entries(wanted: &str, format: Layout) -> Result<Exit, Failure> {
    let found: Vec<&Entry> = entries().iter().filter(|entry| entry.matches(wanted)).collect();
    if found.is_empty() {
        let failure = Failure::new(format_args!("no permission has `{wanted}` in its name, group or label"));
        return Err(match nearest(wanted, entries().iter().map(|entry| entry.name.as_str())) {
            Some(nearest) => failure.hint(format_args!("did you mean `{nearest}`?")),
            None => failure.hint(
                "AWS adds permissions on a regular basis, and the catalogue may not have it: Connect takes any name",
            ),
        });
    }
    match format {
        Layout::Json => print(&format!("{:#}\n", found.iter().map(|it| it.json()).collect::<Value>()))?,
        Layout::Text => {
            print(&text(&found))?;
            eprintln!("{} of {} permissions", found.len(), entries().len());
        }
    }
    Ok(Exit::Done)
}

fn text(found: &[&Entry]) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let widest = found.iter().map(|entry| entry.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (group, items) in grouped(found.iter().map(|entry| entry.name.as_str())) {
        let _ = writeln!(text, "{bold}{group}{bold:#}");
        for (name, label) in items {
            let line = format!("  {name:widest$}  {}", label.unwrap_or_default());
            let _ = writeln!(text, "{}", line.trim_end());
            for implied in entry(name).iter().flat_map(|entry| &entry.implies) {
                let _ = writeln!(text, "    {dim}+ {implied}{dim:#}");
            }
        }
    }
    text
}

async fn compare(
    names: [&String; 2],
    scope: &Scope,
    format: Layout,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    // Files are compared without credentials.
    let mut reader: Option<Reader> = None;
    let mut sides = Vec::new();
    for name in names {
        if let Some(permissions) = file(name)? {
            sides.push(permissions);
            continue;
        }
        let reader = match &mut reader {
            Some(reader) => reader,
            None => reader.insert(Reader::new(surroundings, scope.rate).await?),
        };
        sides.push(live(name, scope, reader, surroundings).await?);
    }
    drop(reader);
    let only = |one: usize, other: usize| sides[one].difference(&sides[other]).map(String::as_str).collect();
    let (removed, added): (Vec<&str>, Vec<&str>) = (only(0, 1), only(1, 0));
    let common = sides[0].intersection(&sides[1]).count();
    match format {
        Layout::Json => {
            let both: Vec<&String> = sides[0].intersection(&sides[1]).collect();
            let document = json!({ "only_in_a": removed, "only_in_b": added, "in_both": both });
            print(&format!("{document:#}\n"))?;
        }
        Layout::Text => {
            let mut text = String::new();
            side(&removed, '-', AnsiColor::Red, names[0], &mut text);
            side(&added, '+', AnsiColor::Green, names[1], &mut text);
            print(&text)?;
            eprintln!(
                "{} only in {}, {} only in {}, {common} in both",
                removed.len(),
                names[0],
                added.len(),
                names[1]
            );
        }
    }
    Ok(Exit::Done)
}

fn side(names: &[&str], sign: char, color: AnsiColor, whose: &str, text: &mut String) {
    if names.is_empty() {
        return;
    }
    let (style, bold) = (color.on_default(), Style::new().bold());
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let _ = writeln!(text, "{bold}only in {}{bold:#}", one_line(whose));
    for (group, items) in grouped(names.iter().copied()) {
        let _ = writeln!(text, "  {group}");
        for (name, label) in items {
            let line = format!("  {sign} {:widest$}  {}", one_line(name), label.unwrap_or_default());
            let _ = writeln!(text, "  {style}{}{style:#}", line.trim_end());
        }
    }
}

async fn live(
    name: &str,
    scope: &Scope,
    reader: &Reader,
    surroundings: &Surroundings,
) -> Result<BTreeSet<String>, Failure> {
    let found = find(&[name.to_owned()], scope, reader, surroundings).await?;
    let Some(profile) = found.first() else { return Err(Failure::new(format_args!("`{name}` is gone"))) };
    let permissions = profile.settings().permissions.unwrap_or_default();
    Ok(permissions.iter().map(ToString::to_string).collect())
}

/// The permissions of a file, if that is what is meant: what has the look of a path, or is one and no profile's name.
fn file(name: &str) -> Result<Option<BTreeSet<String>>, Failure> {
    let looks_so = name.contains(['/', '\\']) && !name.starts_with("arn:");
    let is_one = name.contains('.') && Path::new(name).is_file();
    if !(looks_so || is_one) {
        return Ok(None);
    }
    let text = std::fs::read_to_string(name)
        .map_err(|error| Failure::new(format_args!("{name} cannot be read: {error}")))?;
    permissions_of(&text).map(Some).ok_or_else(|| {
        Failure::new(format_args!("{name} holds no permissions"))
            .hint("JSON with `Permissions`, as `get --format json` writes it, or one name a line")
    })
}

fn permissions_of(text: &str) -> Option<BTreeSet<String>> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        let is_name = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_graphic());
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let is_list = !lines.is_empty() && lines.iter().all(|line| is_name(line));
        return is_list.then(|| lines.into_iter().map(ToOwned::to_owned).collect());
    };
    let places =
        ["", "/Permissions", "/permissions", "/Properties/Permissions", "/ResourceProperties/Permissions"];
    let list = places.iter().find_map(|place| document.pointer(place)?.as_array())?;
    list.iter().map(|name| name.as_str().map(ToOwned::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_read_from_lists_lines_properties_and_resources() {
        for text in [
            "[\"A\", \"B\"]",
            "{\"Permissions\": [\"A\", \"B\"]}",
            "{\"Properties\": {\"Permissions\": [\"A\", \"B\"]}}",
            "A\nB\n\n",
        ] {
            assert_eq!(permissions_of(text).unwrap().len(), 2, "{text}");
        }
        for text in ["", "{}", "[1]", "two words"] {
            assert_eq!(permissions_of(text), None, "{text}");
        }
    }
}
