//! Findings for people: the line, what of it is wrong, and the way out.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::Report;
use crate::failure::Failure;
use crate::files::print;
use crate::lint::{Finding, Severity};
use crate::template::{Position, Span};

/// More than anybody reads of one file; the rest is counted.
const MOST: usize = 200;
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
    let label = finding.resource.as_ref().map(|resource| format!("in `{}`", visible(resource)));
    let range = finding.span.start - offset..finding.span.end.max(finding.span.start) - offset;
    let snippet = Snippet::source(text)
        .line_start(start.line)
        .path(report.path.as_str())
        .annotation(AnnotationKind::Primary.span(range).label(label));
    let title = level.primary_title(visible(&finding.message)).id(finding.rule);
    // The one value that nobody is shown.
    let is_hidden = text.contains("ExternalId")
        || finding.path.as_ref().is_some_and(|path| path.starts_with("ExternalId"));
    let title = if is_hidden {
        let place = Origin::path(report.path.as_str()).line(start.line).char_column(start.column);
        title.element(place)
    } else {
        title.element(snippet)
    };
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

/// Nothing in a template speaks to the terminal.
fn visible(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
