//! Findings as people and programs read them: marked source, JSON, SARIF.

mod json;
mod sarif;
mod text;

use clap::ValueEnum;

use crate::failure::Failure;
use crate::files::print;
use crate::lint::{Finding, Severity};
use crate::template::{Position, Template, TemplateError};

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Format {
    /// The lines of the template, marked
    #[default]
    Text,
    /// One object: counts and `findings`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// A file, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file, as it was named.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Each finding, and where it begins and ends.
    pub findings: Vec<(Finding, Position, Position)>,
    /// How many profiles and lookups it has.
    pub resources: usize,
}

impl Report {
    /// On a template that could be read.
    #[must_use]
    pub fn new(template: &Template, findings: Vec<Finding>, resources: usize) -> Self {
        let placed = |finding: Finding| {
            let (start, end) = (template.position(finding.span.start), template.position(finding.span.end));
            (finding, start, end)
        };
        Self {
            path: template.path().to_owned(),
            text: template.text().to_owned(),
            findings: findings.into_iter().map(placed).collect(),
            resources,
        }
    }

    /// On a text that is no template.
    #[must_use]
    pub fn unreadable(error: &TemplateError, text: String) -> Self {
        let finding = Finding {
            severity: Severity::Mistake,
            rule: "no-template",
            resource: None,
            path: None,
            span: error.span,
            message: error.rule.clone(),
            help: None,
        };
        Self { path: error.path.clone(), text, findings: vec![(finding, error.at, error.at)], resources: 0 }
    }

    /// How many findings are that bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|(finding, ..)| finding.severity == severity).count()
    }
}

/// Writes reports to standard output.
pub fn write(reports: &[Report], format: Format) -> Result<(), Failure> {
    match format {
        Format::Text => text::write(reports),
        Format::Json => print(&json::of(reports)),
        Format::Sarif => print(&sarif::of(reports)),
    }
}

/// What they come to, in one line.
#[must_use]
pub fn summary(reports: &[Report]) -> String {
    let count = |severity| reports.iter().map(|report| report.count(severity)).sum::<usize>();
    let resources: usize = reports.iter().map(|report| report.resources).sum();
    let of = format!("in {} of {}", some(resources, "profile"), some(reports.len(), "file"));
    match (count(Severity::Mistake), count(Severity::Warning)) {
        (0, 0) => format!("nothing wrong {of}"),
        (mistakes, warnings) => format!("{}, {} {of}", some(mistakes, "mistake"), some(warnings, "warning")),
    }
}

fn some(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
