//! JSON into the tree, by hand: YAML's reader takes most of JSON, but not the pairs of escapes that characters outside the
//! basic plane are written as, nor long keys.

use super::build::{Builder, Built, Properties};
use super::document::{Scalar, Style, Unread};
use super::span::Span;

/// Reads one value and nothing after it.
pub(super) fn read(text: &str) -> Result<Built, Unread> {
    let mut reader = Reader { text, at: 0, builder: Builder::default(), open: Vec::new() };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    reader.value()?;
    while let Some(open) = reader.open.last().copied() {
        reader.next_in(open)?;
    }
    reader.space();
    if reader.at < text.len() {
        return Err(reader.flaw("the end of the text"));
    }
    reader.builder.finish(text.len())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
    /// The closing brackets that are awaited, and whether something stands before.
    open: Vec<(u8, bool)>,
}

impl Reader<'_> {
    /// What comes next in a list or an object: its end, or an item.
    fn next_in(&mut self, (closing, has_items): (u8, bool)) -> Result<(), Unread> {
        self.space();
        if self.peek() == Some(closing) {
            self.at += 1;
            self.open.pop();
            return self.builder.close(Some(self.at));
        }
        if has_items {
            self.expect(b',')?;
            self.space();
        }
        if let Some((_, has_items)) = self.open.last_mut() {
            *has_items = true;
        }
        if closing == b'}' {
            let start = self.at;
            let key = self.string()?;
            let span = Span { start, end: self.at };
            self.builder.scalar(Scalar::new(key, Style::Text), Properties::default(), span)?;
            self.space();
            self.expect(b':')?;
        }
        self.value()
    }

    fn value(&mut self) -> Result<(), Unread> {
        self.space();
        let start = self.at;
        let here = Span { start, end: start };
        let brackets = Properties { is_flow: true, ..Properties::default() };
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.open.push((b'}', false));
                self.builder.open_map(brackets, here)
            }
            Some(b'[') => {
                self.at += 1;
                self.open.push((b']', false));
                self.builder.open_list(brackets, here)
            }
            Some(b'"') => {
                let text = self.string()?;
                let span = Span { start, end: self.at };
                self.builder.scalar(Scalar::new(text, Style::Text), Properties::default(), span)
            }
            _ => {
                let rest = &self.text[start..];
                let length = rest
                    .find(|next: char| !(next.is_ascii_alphanumeric() || "+-.".contains(next)))
                    .unwrap_or(rest.len());
                let word = &rest[..length];
                if serde_json::from_str::<serde_json::Value>(word).is_err() {
                    return Err(self.flaw("a value"));
                }
                self.at += length;
                let span = Span { start, end: self.at };
                self.builder.scalar(Scalar::new(word, Style::Literal), Properties::default(), span)
            }
        }
    }

    /// A string, its escapes read by `serde_json`.
    fn string(&mut self) -> Result<String, Unread> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.flaw("a string"));
        }
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                None => {
                    return Err((Span { start, end: start + 1 }, "the string does not end".to_owned()));
                }
                Some(b'\\') => end += 2,
                Some(b'"') => break,
                Some(_) => end += 1,
            }
        }
        end += 1;
        let source = self.text.get(start..end).unwrap_or_default();
        let text = serde_json::from_str(source).map_err(|error| {
            let rule = error.to_string();
            let rule = rule.split(" at line").next().unwrap_or_default().to_owned();
            (Span { start, end }, rule)
        })?;
        self.at = end;
        Ok(text)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unread> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.flaw(&format!("`{}`", char::from(byte))))
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn flaw(&self, wanted: &str) -> Unread {
        let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let end = self.at + width;
        (Span { start: self.at, end }, format!("is not JSON: {wanted} is expected here"))
    }
}
