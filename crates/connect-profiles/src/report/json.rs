//! Findings as one JSON object.

use serde_json::{Value, json};

use super::Report;
use crate::lint::Severity;

pub(super) fn of(reports: &[Report]) -> String {
    let count = |severity| reports.iter().map(|report| report.count(severity)).sum::<usize>();
    let findings: Vec<Value> = reports
        .iter()
        .flat_map(|report| {
            report.findings.iter().map(|(finding, start, end)| {
                json!({
                    "file": report.path,
                    "line": start.line,
                    "column": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                    "severity": match finding.severity { Severity::Mistake => "mistake", Severity::Warning => "warning" },
                    "rule": finding.rule,
                    "resource": finding.resource,
                    "path": finding.path,
                    "message": finding.message,
                    "help": finding.help,
                })
            })
        })
        .collect();
    let whole = json!({
        "files": reports.len(),
        "profiles": reports.iter().map(|report| report.resources).sum::<usize>(),
        "mistakes": count(Severity::Mistake),
        "warnings": count(Severity::Warning),
        "findings": findings,
    });
    format!("{whole:#}\n")
}
