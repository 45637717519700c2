//! Rows of values, written as a table for people, or as JSON, NDJSON or CSV.
//!
//! JSON is `{"complete": true, "rows": [{"<column>": …}], "failures": []}`; `complete` is false when something could not be
//! read, and `failures` says what. NDJSON is one row a line, and after the rows one `{"failure": …}` for each. CSV has lists
//! and objects as JSON, and its cells as they are: a spreadsheet may take one that begins with `=` for a formula.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use anstyle::Style;
use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableStyle, Width};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::files::print;

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people; cut to the width of the terminal.
    #[default]
    Table,
    /// One document.
    Json,
    /// One row a line.
    Ndjson,
    /// With a line of names first.
    Csv,
}

/// Rows under the names of their columns.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sheet {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each as long as there are columns.
    pub rows: Vec<Vec<Value>>,
    /// What could not be read: as in `failures` of the JSON.
    pub failures: Vec<Value>,
}

/// In a table, longer lists are counted and only begun.
const SHORT_LIST: usize = 4;

impl Sheet {
    /// Writes it to standard output.
    pub fn write(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Table => print(&self.table(table_width())),
            Format::Json => print(&format!("{:#}\n", self.json())),
            Format::Ndjson => print(&self.ndjson()),
            Format::Csv => print(&self.csv()?),
        }
    }

    fn json(&self) -> Value {
        let rows: Vec<Value> = self.objects().collect();
        json!({ "complete": self.failures.is_empty(), "rows": rows, "failures": self.failures })
    }

    fn ndjson(&self) -> String {
        let failures = self.failures.iter().map(|failure| json!({ "failure": failure }));
        let lines = self.objects().chain(failures);
        lines.fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
    }

    fn objects(&self) -> impl Iterator<Item = Value> {
        self.rows.iter().map(|row| {
            let members = self.columns.iter().cloned().zip(row.iter().cloned());
            Value::Object(members.collect::<Map<_, _>>())
        })
    }

    fn csv(&self) -> Result<String, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let write = |writer: &mut csv::Writer<Vec<u8>>| -> Result<(), csv::Error> {
            writer.write_record(&self.columns)?;
            self.rows.iter().try_for_each(|row| writer.write_record(row.iter().map(cell)))
        };
        write(&mut writer)
            .map_err(|error| Failure::new(format_args!("the CSV cannot be written: {error}")))?;
        let bytes = writer.into_inner().map_err(Failure::new)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// One line a row where the width does not matter, else within it.
    fn table(&self, width: Option<u16>) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        if width.is_some_and(|width| usize::from(width) < NARROWEST * self.columns.len()) {
            return self.records();
        }
        let mut table = Table::new();
        table.load_style(TableStyle::new()).set_header(&self.columns).set_content_arrangement(match width {
            Some(_) => ContentArrangement::Dynamic,
            None => ContentArrangement::Disabled,
        });
        if let Some(width) = width {
            table.set_width(width);
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|value| one_line(&cell(value))));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            // Names and numbers in the first column are what one looks for: they are not broken.
            if index == 0 {
                let longest = self.rows.iter().map(|row| cell(&row[0]).chars().count()).max().unwrap_or(1);
                let longest = u16::try_from(longest.max(self.columns[0].len())).unwrap_or(u16::MAX);
                if longest <= width.unwrap_or(u16::MAX) / 2 {
                    column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest)));
                }
            }
            column.set_padding((0, 2));
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let header = header_height(&lines, &self.columns);
        let bold = Style::new().bold();
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            if index < header {
                let _ = writeln!(text, "{bold}{line}{bold:#}");
            } else {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}

/// Columns that would be narrower than this on average are shown below one another.
const NARROWEST: usize = 10;

impl Sheet {
    fn records(&self) -> String {
        let widest = self.columns.iter().map(|column| column.chars().count()).max().unwrap_or_default();
        let bold = Style::new().bold();
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "\n" });
            for (column, value) in self.columns.iter().zip(row) {
                let _ = writeln!(text, "{bold}{column:widest$}{bold:#}  {}", one_line(&cell(value)));
            }
        }
        text
    }
}

/// A header that does not fit is broken over several lines.
fn header_height(lines: &[String], columns: &[String]) -> usize {
    let letters = |text: &str| text.chars().filter(|it| !it.is_whitespace()).count();
    let wanted: usize = columns.iter().map(|column| letters(column)).sum();
    let mut seen = 0;
    for (index, line) in lines.iter().enumerate() {
        seen += letters(line);
        if seen >= wanted {
            return index + 1;
        }
    }
    lines.len()
}

/// A value for people.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            match texts.len() {
                0..=SHORT_LIST => texts.join(", "),
                count => format!("{count}: {}, …", texts[..SHORT_LIST - 1].join(", ")),
            }
        }
        Value::Object(members)
            if members.contains_key("logical_id") && members.contains_key("stack_name") =>
        {
            let of = |name: &str| members[name].as_str().unwrap_or_default();
            format!("{}/{}", of("stack_name"), of("logical_id"))
        }
        Value::Object(members) if members.values().all(Value::is_string) => {
            let pairs =
                members.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Without what moves the cursor or speaks to the terminal.
#[must_use]
pub fn one_line(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\r' | '\t' => ' ',
        other if other.is_control() => '\u{fffd}',
        other => other,
    };
    text.chars().map(shown).collect()
}

/// The width of a terminal that does not say.
const USUAL_WIDTH: u16 = 80;

/// The width of the terminal that standard output is, if it is one.
#[must_use]
pub fn table_width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let size = terminal_size::terminal_size_of(io::stdout());
    Some(size.map_or(USUAL_WIDTH, |(terminal_size::Width(width), _)| width.max(20)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            columns: vec!["name".to_owned(), "permissions".to_owned(), "tags".to_owned()],
            rows: vec![
                vec![json!("Agent"), json!(["A", "B"]), json!({ "team": "support" })],
                vec![json!("=Admin, \"x\"\u{1b}[2J"), json!(["A", "B", "C", "D", "E"]), Value::Null],
            ],
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_table_counts_what_is_long_and_lets_nothing_speak_to_the_terminal() {
        insta::assert_snapshot!(anstream::adapter::strip_str(&sheet().table(None)).to_string(), @r#"
        name             permissions    tags
        Agent            A, B           team=support
        =Admin, "x"�[2J  5: A, B, C, …
        "#);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let mut sheet = sheet();
        sheet.rows[1][0] = json!("=Admin, \"x\"");
        insta::assert_snapshot!(sheet.csv().unwrap(), @r#"
        name,permissions,tags
        Agent,"[""A"",""B""]","{""team"":""support""}"
        "=Admin, ""x""","[""A"",""B"",""C"",""D"",""E""]",
        "#);
    }

    #[test]
    fn json_says_whether_it_is_whole() {
        let mut sheet = sheet();
        assert_eq!(sheet.json()["complete"], true);
        sheet.failures.push(json!({ "subject": "x" }));
        assert_eq!(sheet.json()["complete"], false);
        assert_eq!(sheet.ndjson().lines().last(), Some(r#"{"failure":{"subject":"x"}}"#));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [30, 44, 60] {
            let text = sheet().table(Some(width));
            let text = anstream::adapter::strip_str(&text).to_string();
            for line in text.lines() {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}
