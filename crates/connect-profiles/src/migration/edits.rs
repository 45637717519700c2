//! Edits of a text by its spans: whatever they do not touch stays as it is.

use super::written::{Style, Written, quoted, tag};
use crate::failure::Failure;
use crate::template::{Layout, Span, Template};

/// Edits that are applied all at once.
pub(super) struct Edits<'a> {
    template: &'a Template,
    made: Vec<(Span, String)>,
    line_end: &'static str,
    /// A word that is written with escapes, and so was not found.
    missed: Option<String>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(template: &'a Template) -> Self {
        let line_end = if template.text().contains("\r\n") { "\r\n" } else { "\n" };
        Self { template, made: Vec::new(), line_end, missed: None }
    }

    pub(super) fn replace(&mut self, span: Span, text: String) {
        self.made.push((span, text));
    }

    /// Replaces a word in a span: its quotes stay.
    pub(super) fn replace_within(&mut self, span: Span, word: &str, text: &str) {
        match self.source(span).find(word) {
            Some(at) => {
                let start = span.start + at;
                self.replace(Span { start, end: start + word.len() }, text.to_owned());
            }
            None => self.missed = Some(word.to_owned()),
        }
    }

    /// Entries at the beginning of a mapping.
    pub(super) fn insert_first(&mut self, layout: &Layout, entries: &[(&str, Written)]) {
        if let Some(name) = layout.names.first() {
            return self.insert_before(layout, name, entries);
        }
        let style = Style::Flow { is_json: self.template.is_json() };
        let texts: Vec<String> =
            entries.iter().map(|(key, value)| value.entry(key, style, "", self.line_end)).collect();
        let start = layout.span.end - 1;
        self.replace(Span { start, end: start }, texts.join(", "));
    }

    /// Entries before that of a name, and before the comments on the lines above it.
    pub(super) fn insert_before(&mut self, layout: &Layout, name: &str, entries: &[(&str, Written)]) {
        let Some(key) = layout.entry(name).and_then(|place| place.key).map(|key| key.start) else { return };
        let (style, indent) = (self.style(layout), self.indent(key));
        let start = if style == Style::Block && indent.is_some() { self.above_comments(key) } else { key };
        let own_line = indent.is_some();
        let indent = indent.unwrap_or_default();
        let mut text = String::new();
        for (key, value) in entries {
            text.push_str(&value.entry(key, style, &indent, self.line_end));
            text.push_str(&self.separator(style, own_line, &indent));
        }
        self.replace(Span { start, end: start }, text);
    }

    /// Entries after that of a name.
    pub(super) fn insert_after(&mut self, layout: &Layout, name: &str, entries: &[(&str, Written)]) {
        let Some(place) = layout.entry(name) else { return };
        let start = place.key.map_or(place.value.start, |key| key.start);
        let (style, indent) = (self.style(layout), self.indent(start));
        let own_line = indent.is_some();
        let indent = indent.unwrap_or_default();
        let mut text = String::new();
        for (key, value) in entries {
            text.push_str(&self.separator(style, own_line, &indent));
            text.push_str(&value.entry(key, style, &indent, self.line_end));
        }
        // A comment may follow on the line of a block's entry.
        let end = if style == Style::Block { self.end_of_line(place.value.end) } else { place.value.end };
        self.replace(Span { start: end, end }, text);
    }

    /// Takes an entry out, with its line or its comma.
    pub(super) fn remove(&mut self, layout: &Layout, name: &str) {
        let Some(place) = layout.entry(name) else { return };
        let start = place.key.map_or(place.value.start, |key| key.start);
        let text = self.template.text();
        let end = place.value.end;
        let span = if self.style(layout) == Style::Block {
            let line = text[..start].rfind('\n').map_or(0, |index| index + 1);
            let next = text[end..].find('\n').map_or(text.len(), |index| end + index + 1);
            // The first entry of an item shares its line with the dash.
            if text[line..start].trim().is_empty() {
                Span { start: line, end: next }
            } else {
                Span { start, end }
            }
        } else {
            let rest = text[end..].trim_start();
            if let Some(rest) = rest.strip_prefix(',') {
                Span { start, end: text.len() - rest.trim_start().len() }
            } else {
                let before = text[..start].trim_end();
                Span { start: before.strip_suffix(',').map_or(start, str::len), end }
            }
        };
        self.replace(span, String::new());
    }

    /// Tags at the beginning of a list of them.
    pub(super) fn insert_items(&mut self, list: &Layout, tags: &[(String, String)]) {
        let is_json = self.template.is_json();
        let mut text = String::new();
        let Some(first) = list.places.first().map(|place| place.value.start) else {
            let items: Vec<String> = tags.iter().map(|(key, value)| tag(key, value, is_json)).collect();
            let start = list.span.end - 1;
            return self.replace(Span { start, end: start }, items.join(", "));
        };
        let line = self.template.text()[..first].rfind('\n').map_or(0, |index| index + 1);
        let before = &self.template.text()[line..first];
        for (key, value) in tags {
            if list.is_flow {
                text.push_str(&tag(key, value, is_json));
                let style = Style::Flow { is_json };
                let indent = self.indent(first);
                text.push_str(&self.separator(style, indent.is_some(), &indent.unwrap_or_default()));
            } else {
                let inner = " ".repeat(before.chars().count());
                let (key, value) = (quoted(key), quoted(value));
                let line_end = self.line_end;
                text.extend(["Key: ", &key, line_end, &inner, "Value: ", &value, line_end, before]);
            }
        }
        self.replace(Span { start: first, end: first }, text);
    }

    /// The text with all edits.
    pub(super) fn apply(mut self) -> Result<String, Failure> {
        if let Some(word) = &self.missed {
            return Err(
                Failure::new(format!("`{word}` is written with escapes")).hint("write it plainly first")
            );
        }
        self.made.sort_by_key(|(span, _)| (span.start, span.end));
        let (source, mut text, mut at) = (self.template.text(), String::new(), 0);
        for (span, new) in &self.made {
            let kept = source.get(at..span.start).filter(|_| at <= span.start);
            text.push_str(kept.ok_or_else(|| Failure::new("two edits of the template overlap"))?);
            text.push_str(new);
            at = span.end;
        }
        text.push_str(&source[at..]);
        Ok(text)
    }

    fn source(&self, span: Span) -> &str {
        self.template.text().get(span.range()).unwrap_or_default()
    }

    fn style(&self, layout: &Layout) -> Style {
        if layout.is_flow { Style::Flow { is_json: self.template.is_json() } } else { Style::Block }
    }

    /// What a line begins with, if nothing else is before.
    fn indent(&self, at: usize) -> Option<String> {
        let text = self.template.text();
        let line = text[..at].rfind('\n').map_or(0, |index| index + 1);
        let before = &text[line..at];
        before.trim().is_empty().then(|| before.to_owned())
    }

    /// Where the uppermost line of comments right above begins; the head of a file is not one of them.
    fn above_comments(&self, at: usize) -> usize {
        let text = self.template.text();
        let start_of = |at: usize| text[..at].rfind('\n').map_or(0, |index| index + 1);
        let mut line = start_of(at);
        let indent = &text[line..at];
        while line > 0 {
            let above = start_of(line - 1);
            let comment = text[above..line].strip_prefix(indent);
            if above == 0 || !comment.is_some_and(|comment| comment.starts_with('#')) {
                break;
            }
            line = above;
        }
        line + indent.len()
    }

    fn separator(&self, style: Style, own_line: bool, indent: &str) -> String {
        match (style, own_line) {
            (Style::Block, _) => format!("{}{indent}", self.line_end),
            (Style::Flow { .. }, true) => format!(",{}{indent}", self.line_end),
            (Style::Flow { .. }, false) => ", ".to_owned(),
        }
    }

    fn end_of_line(&self, at: usize) -> usize {
        let rest = &self.template.text()[at..];
        at + rest.find('\n').map_or(rest.len(), |index| index - usize::from(rest[..index].ends_with('\r')))
    }
}
