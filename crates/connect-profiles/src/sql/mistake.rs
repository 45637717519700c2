//! A mistake in a query: what SQLite says, the place in the text, and what was perhaps meant.

use std::collections::BTreeSet;

use connect_security_profile::catalogue::nearest;

use super::tables::{OTHER_NAMES, Table};
use crate::failure::Failure;

/// What is said to all that does more than read.
pub const ONLY_READS: &str = "a query may only read: SELECT, and nothing that writes or reaches out of it";

/// Tells of an error of SQLite about the query that was written.
#[must_use]
pub fn explain(error: &rusqlite::Error, written: &str, named: &[Table]) -> Failure {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            let place = usize::try_from(*offset).ok().map(|offset| marked(written, offset));
            let failure = Failure::new(format_args!("{}{}", plain(msg), place.unwrap_or_default()));
            with_hint(failure, msg, named)
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => {
            with_hint(Failure::new(plain(message)), message, named)
        }
        other => Failure::new(other),
    }
}

/// SQLite's words, which name places that the text did not have.
fn plain(message: &str) -> String {
    if ["not authorized", "authorization denied"].contains(&message) {
        return ONLY_READS.to_owned();
    }
    message.split(" in ").next().filter(|_| message.contains(" at offset ")).unwrap_or(message).to_owned()
}

/// The line with the place, marked below it.
fn marked(written: &str, offset: usize) -> String {
    let offset = (0..=offset.min(written.len())).rev().find(|it| written.is_char_boundary(*it)).unwrap_or(0);
    let before = &written[..offset];
    let number = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = written[start..].lines().next().unwrap_or_default().replace('\t', " ");
    let column = written[start..offset].chars().count();
    let margin = " ".repeat(number.to_string().len());
    format!("\n{margin} |\n{number} | {line}\n{margin} | {}^", " ".repeat(column))
}

fn with_hint(failure: Failure, message: &str, named: &[Table]) -> Failure {
    let subject = |prefix: &str| {
        let name = message.strip_prefix(prefix)?.trim_start_matches(": ");
        let name = name.split(" - ").next().unwrap_or(name);
        Some(name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned())
    };
    let tables = Table::ALL.map(Table::name);
    // A database that is not there has dots in its name, as far as SQLite is concerned.
    if message.starts_with("near \".\"") {
        return failure
            .hint(format_args!("the tables are {}, also behind `aws.connect.`", tables.join(", ")));
    }
    if let Some(table) = subject("no such table") {
        return failure.hint(match nearest(&table, tables.into_iter()) {
            Some(name) => format!("did you mean `{name}`? The tables are {}", tables.join(", ")),
            None => format!("the tables are {}", tables.join(", ")),
        });
    }
    if let Some(column) = subject("no such column") {
        if message.contains("single-quotes") {
            return failure.hint(format_args!("a text stands in single quotes: '{column}'"));
        }
        let named: BTreeSet<Table> = named.iter().copied().collect();
        let others = OTHER_NAMES.iter().map(|(other, _)| *other).filter(|_| named.contains(&Table::Profiles));
        let columns: BTreeSet<&str> = named.iter().flat_map(|table| table.columns()).chain(others).collect();
        let each: Vec<String> =
            named.iter().map(|table| format!("{table} has {}", table.columns().join(", "))).collect();
        return failure.hint(match nearest(&column, columns.into_iter()) {
            Some(name) => format!("did you mean `{name}`? --tables shows every column"),
            None => each.join("; "),
        });
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_in_its_line() {
        assert_eq!(marked("SELECT\n\té, nme\nFROM x", 12), "\n  |\n2 |  é, nme\n  |     ^");
        assert_eq!(marked("", 5), "\n  |\n1 | \n  | ^");
    }
}
