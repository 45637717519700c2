//! Findings as SARIF 2.1.0, which code hosts show beside the lines of a change.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Report;
use crate::lint::{RULES, Severity};

pub(super) fn of(reports: &[Report]) -> String {
    let rules: Vec<Value> =
        RULES.iter().map(|(id, text)| json!({"id": id, "shortDescription": {"text": text}})).collect();
    let results: Vec<Value> = reports.iter().flat_map(results).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn results(report: &Report) -> impl Iterator<Item = Value> {
    let uri = uri(&report.path);
    report.findings.iter().map(move |(finding, start, end)| {
        let text = match &finding.help {
            Some(help) => format!("{}; {help}", finding.message),
            None => finding.message.clone(),
        };
        let mut location = json!({"physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {
                "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
            },
        }});
        if let Some(resource) = &finding.resource {
            location["logicalLocations"] = json!([{"name": resource, "kind": "resource"}]);
        }
        json!({
            "ruleId": finding.rule,
            "ruleIndex": RULES.iter().position(|(id, _)| *id == finding.rule),
            "level": match finding.severity { Severity::Mistake => "error", Severity::Warning => "warning" },
            "message": {"text": text},
            "locations": [location],
        })
    })
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
