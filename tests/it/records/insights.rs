//! As much of CloudWatch Logs Insights as the documents use: `fields`, `filter`, `stats count(*)`, `sort` and `limit`, over
//! lines of JSON whose nested members are named with dots. Anything else panics, so that no query is taken for tried.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub(super) type Row = serde_json::Map<String, Value>;

/// The queries that a document shows: blocks of code that begin with `fields` or `filter`.
pub(super) fn queries(document: &str) -> Vec<String> {
    let blocks = document.split("```").skip(1).step_by(2);
    let bodies = blocks.filter_map(|block| block.split_once('\n').map(|(_, body)| body.trim().to_owned()));
    bodies.filter(|body| body.starts_with("fields ") || body.starts_with("filter ")).collect()
}

/// The members that the query shows.
pub(super) fn fields(query: &str) -> Vec<String> {
    let commands = commands(query);
    let shown = commands.iter().rev().find_map(|command| {
        let (_, by) = command.strip_prefix("stats ")?.split_once(" by ")?;
        Some(by.to_owned())
    });
    let shown =
        shown.or_else(|| commands.iter().find_map(|it| it.strip_prefix("fields ").map(str::to_owned)));
    shown.expect("a query shows something").split(',').map(|field| field.trim().to_owned()).collect()
}

fn commands(query: &str) -> Vec<String> {
    query.split('|').map(|command| command.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The rows of the query's answer.
pub(super) fn run(query: &str, lines: &[Value]) -> Vec<Row> {
    let mut rows: Vec<Row> = lines.iter().map(flattened).collect();
    for command in commands(query) {
        let (name, rest) = command.split_once(' ').unwrap();
        match name {
            "fields" => {}
            "filter" => rows.retain(|row| rest.split(" and ").all(|condition| holds(condition, row))),
            "stats" => rows = counted(rest, &rows),
            "sort" => {
                let (field, order) = rest.split_once(' ').unwrap_or((rest, "asc"));
                rows.sort_by_key(|row| match row.get(field) {
                    Some(Value::Number(number)) => format!("{:020}", number.as_u64().unwrap_or_default()),
                    other => format!("{other:?}"),
                });
                if order == "desc" {
                    rows.reverse();
                }
            }
            "limit" => rows.truncate(rest.parse().unwrap()),
            other => panic!("`{other}` is not tried here"),
        }
    }
    let shown: BTreeSet<String> = fields(query).into_iter().collect();
    for row in &mut rows {
        for field in &shown {
            row.entry(field.clone()).or_insert(Value::Null);
        }
    }
    rows
}

fn flattened(line: &Value) -> Row {
    fn walk(path: &str, value: &Value, row: &mut Row) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(&path, value, row);
                }
            }
            value => drop(row.insert(path.to_owned(), value.clone())),
        }
    }
    let mut row = Row::new();
    walk("", line, &mut row);
    row.insert("@timestamp".to_owned(), line["timestamp"].clone());
    row.insert("@message".to_owned(), json!(line.to_string()));
    row
}

fn holds(condition: &str, row: &Row) -> bool {
    let unquoted = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    if let Some(field) = condition.strip_prefix("ispresent(").and_then(|rest| rest.strip_suffix(')')) {
        return row.contains_key(field);
    }
    let text = |field: &str| match row.get(field.trim()) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    if let Some((field, list)) = condition.split_once(" in [") {
        return list.trim_end_matches(']').split(',').any(|value| unquoted(value) == text(field));
    }
    if let Some((field, part)) = condition.split_once(" like ") {
        return row.contains_key(field) && text(field).contains(&unquoted(part));
    }
    let (field, value) =
        condition.split_once(" = ").unwrap_or_else(|| panic!("`{condition}` is not tried here"));
    row.contains_key(field) && text(field) == unquoted(value)
}

fn counted(rest: &str, rows: &[Row]) -> Vec<Row> {
    let (count, by) = rest.split_once(" by ").unwrap();
    let name = count.strip_prefix("count(*) as ").unwrap_or_else(|| panic!("`{count}` is not tried here"));
    let by: Vec<&str> = by.split(',').map(str::trim).collect();
    let mut groups: BTreeMap<Vec<String>, (Row, u64)> = BTreeMap::new();
    for row in rows {
        let key: Row = by
            .iter()
            .map(|field| ((*field).to_owned(), row.get(*field).cloned().unwrap_or_default()))
            .collect();
        groups.entry(key.values().map(Value::to_string).collect()).or_insert((key, 0)).1 += 1;
    }
    let row = |(mut row, count): (Row, u64)| {
        row.insert(name.to_owned(), json!(count));
        row
    };
    groups.into_values().map(row).collect()
}
