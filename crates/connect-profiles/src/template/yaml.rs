//! YAML's events into the tree. The events come one by one, so that depth costs no stack.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::build::{Builder, Built, Properties};
use super::document::{Scalar, Style, Unread};
use super::span::Span;

pub(super) fn read(whole: &str) -> Result<Built, Unread> {
    let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let offsets = Offsets::of(text, whole.len() - text.len());
    let mut builder = Builder::default();
    let mut previous = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let start = offsets.byte(error.marker().index());
            (Span { start, end: start }, error.info().to_owned())
        })?;
        let span = Span { start: offsets.byte(span.start.index()), end: offsets.byte(span.end.index()) };
        let between = whole.get(previous..span.start).unwrap_or_default();
        // The parser's span of a value begins after its tag.
        let with_tag = |tag: &Option<String>| {
            let written = tag.as_ref().and_then(|tag| between.rfind(&format!("!{tag}")));
            Span { start: written.map_or(span.start, |index| previous + index), end: span.end }
        };
        match event {
            Event::Scalar(scalar, style, anchor, tag) => {
                let is_text =
                    tag.as_ref().is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let style = if is_text || style != ScalarStyle::Plain { Style::Text } else { Style::Plain };
                let tag = local(tag);
                let span = with_tag(&tag);
                let span = Span { end: trimmed(whole, span), ..span };
                builder.scalar(
                    Scalar::new(scalar, style),
                    Properties { is_flow: false, tag, anchor },
                    span,
                )?;
            }
            Event::SequenceStart(anchor, tag) => {
                let (tag, is_flow) = (local(tag), has_bracket(whole, span));
                let span = with_tag(&tag);
                builder.open_list(Properties { is_flow, tag, anchor }, span)?;
            }
            Event::MappingStart(anchor, tag) => {
                let (tag, is_flow) = (local(tag), has_bracket(whole, span));
                let span = with_tag(&tag);
                builder.open_map(Properties { is_flow, tag, anchor }, span)?;
            }
            // A block ends where its last child does: the parser says where the next thing begins.
            Event::SequenceEnd | Event::MappingEnd => {
                let end = builder.is_in_brackets().then(|| after_bracket(whole, span));
                builder.close(end)?;
            }
            Event::Alias(anchor) => builder.alias(anchor, span)?,
            Event::DocumentStart(_) if builder.is_complete() => {
                return Err((span, "is a second document; a template is one".to_owned()));
            }
            _ => {}
        }
        previous = span.end.max(previous);
    }
    builder.finish(whole.len())
}

/// Whether a list or mapping begins with a bracket, which is where the parser's span of its beginning ends then.
fn has_bracket(text: &str, span: Span) -> bool {
    span.end > span.start && matches!(text.as_bytes().get(span.end - 1), Some(b'[' | b'{'))
}

/// Where brackets end. After a last comma the parser says where that is.
fn after_bracket(text: &str, span: Span) -> usize {
    let mut rest = text.get(span.start..).unwrap_or_default();
    if let Some(after) = rest.strip_prefix(',') {
        rest = after.trim_start();
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, next)| next).trim_start();
        }
    }
    let is_end = rest.starts_with([']', '}']);
    if is_end { text.len() - rest.len() + 1 } else { span.end }
}

/// The name of a local tag such as `!Sub`.
fn local(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()).map(|tag| tag.suffix.clone())
}

/// The end of a scalar without the blank lines after a block, which the parser counts in.
fn trimmed(text: &str, span: Span) -> usize {
    text.get(span.range()).map_or(span.end, |scalar| span.start + scalar.trim_end().len())
}

/// The parser counts characters, and everybody else bytes.
struct Offsets {
    bytes: Option<Vec<usize>>,
    before: usize,
    length: usize,
}

impl Offsets {
    fn of(text: &str, before: usize) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(index, _)| index).collect());
        Self { bytes, before, length: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        let byte = match &self.bytes {
            None => character.min(self.length),
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.length),
        };
        self.before + byte
    }
}
