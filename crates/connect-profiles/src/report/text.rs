//! Findings for people: the line, what of it is wrong, and the way out.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::Report;
use crate::failure::Failure;
use crate::files::print;
use crate::lint::{Finding, Severity};
use crate::template::{Position, Span};

/// More than anybody reads of one file; the rest is counted.
const MOST: usize = 200;
/// What stands for the value of `ExternalId`.
const REDACTED: &str = "(redacted)";
/// Where no terminal says how wide it is.
const USUAL_WIDTH: u16 = 100;

pub(super) fn write(reports: &[Report]) -> Result<(), Failure> {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    let width = size.map_or(USUAL_WIDTH, |(terminal_size::Width(width), _)| width.max(40));
    let renderer = Renderer::styled().term_width(usize::from(width));
    for report in reports {
        for (finding, start, _) in report.findings.iter().take(MOST) {
            print(&format!("{}\n\n", rendered(report, finding, *start, &renderer)))?;
        }
        if let Some(more) = report.findings.len().checked_sub(MOST).filter(|more| *more > 0) {
            print(&format!("{}: and {more} more; `--format json` has them all\n\n", report.path))?;
        }
    }
    Ok(())
}

fn rendered(report: &Report, finding: &Finding, start: Position, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Mistake => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let (text, offset) = lines_of(&report.text, finding.span);
    let range = finding.span.start - offset..finding.span.end.max(finding.span.start) - offset;
    // The one value that nobody is shown.
    let is_hidden = text.contains("ExternalId")
        || finding.path.as_ref().is_some_and(|path| path.starts_with("ExternalId"));
    let (text, range) = if is_hidden { redacted(text, range) } else { (Cow::Borrowed(text), range) };
    let label = finding.resource.as_ref().map(|resource| format!("in `{}`", visible(resource)));
    let snippet = Snippet::source(text.as_ref())
        .line_start(start.line)
        .path(report.path.as_str())
        .annotation(AnnotationKind::Primary.span(range).label(label));
    let title = level.primary_title(visible(&finding.message)).id(finding.rule);
    let title = title.element(snippet);
    let group = match &finding.help {
        Some(help) => title.element(Level::HELP.message(visible(help))),
        None => title,
    };
    renderer.render(&[group])
}

/// The lines that a span is on, and where they begin.
fn lines_of(text: &str, span: Span) -> (&str, usize) {
    let start = text[..span.start].rfind('\n').map_or(0, |index| index + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |index| span.end + index);
    (&text[start..end], start)
}

/// The first line with what follows the name `ExternalId` redacted; all of the line, where it does not begin with the name.
fn redacted(text: &str, range: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    const NAME: &str = "ExternalId";
    let line = text.lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let shown = match line.find(NAME) {
        Some(at) if line[indent..at].trim_matches(['"', '\'', '-', ' ']).is_empty() => {
            let after = &line[at + NAME.len()..];
            let quote = after.len() - after.trim_start_matches(['"', '\'']).len();
            let rest = &after[quote..];
            let colon = rest.len() - rest.trim_start_matches([':', ' ']).len();
            at + NAME.len() + quote + colon
        }
        _ => indent,
    };
    let start = range.start.min(shown);
    let is_of_the_name = range.end <= shown;
    let shown_text = format!("{}{REDACTED}", &line[..shown]);
    let range = if is_of_the_name { range } else { start..shown_text.len() };
    (Cow::Owned(shown_text), range)
}

/// Nothing in a template speaks to the terminal.
fn visible(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
