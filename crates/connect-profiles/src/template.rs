//! Templates: CloudFormation in YAML with short tags or in JSON, SAM, and what the CDK synthesizes.
//!
//! [`Template::read`] keeps where everything stands. [`Template::resolve`] gives the resources as CloudFormation would
//! deliver them, as far as that is known offline: scalars are strings, and a value that only a deployment knows is `null`
//! with its path among [`Resource::unknown`].

mod build;
mod conditions;
mod document;
mod evaluate;
mod functions;
mod json;
mod layout;
mod lower;
mod parameters;
mod references;
mod scalar;
mod span;
mod values;
mod yaml;

use std::fmt;

use document::{Document, NodeId};
pub use evaluate::Forced;
pub use layout::Layout;
pub use lower::{Choice, Place, Resource, Unknown};
pub(crate) use lower::{is_within, push_key};
pub use parameters::{Parameter, ValueMistake};
pub use references::Reference;
pub use scalar::read_otherwise;
pub use span::{Position, Span};
pub use values::Values;

/// A template that could be read, and its text.
#[derive(Clone, Debug)]
pub struct Template {
    path: String,
    document: Document,
}

/// The text is no template.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}:{at}: {rule}")]
pub struct TemplateError {
    /// The file.
    pub path: String,
    /// Where in it.
    pub span: Span,
    /// The same for people.
    pub at: Position,
    /// What is wrong.
    pub rule: String,
}

/// Something about the template that its author should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Which kind.
    pub kind: NoticeKind,
    /// Where.
    pub span: Span,
    /// In words.
    pub text: String,
}

/// The kinds of notices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoticeKind {
    /// A key stands twice in a mapping; the last one counts.
    Duplicate,
    /// What CloudFormation makes of it is not known offline.
    NotResolved,
    /// A name that nothing in the template has.
    NoSuchName,
    /// What CloudFormation itself does not read, only tools before it do.
    Unsupported,
    /// Something that is not of the form that it must have.
    Malformed,
}

impl Template {
    /// Reads a template. JSON is told from YAML by its first character, as CloudFormation does.
    pub fn read(path: impl Into<String>, text: impl Into<String>) -> Result<Self, TemplateError> {
        let (path, text) = (path.into(), text.into());
        match Document::read(text) {
            Ok(document) => Ok(Self { path, document }),
            Err(flaw) => Err(TemplateError { path, span: flaw.span, at: flaw.at, rule: flaw.rule }),
        }
    }

    /// The file, as it was named.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.document.text()
    }

    /// Line and column of a place in the text.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        self.document.position(offset)
    }

    /// What was found while reading.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        self.document.notices()
    }

    /// Whether the text is JSON rather than YAML.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.document.is_json()
    }

    /// The names in a section such as `Mappings`, in their order.
    pub fn names_in(&self, section: &str) -> impl Iterator<Item = (&str, Span)> {
        let section = self.document.member(self.document.root(), section);
        let entries = section.map_or(&[][..], |id| self.document.entries(id));
        entries.iter().map(|entry| (entry.key.as_str(), entry.key_span))
    }

    /// Where a value stands that is found by keys from the top, and where its key does: `["Resources", "Agents", "Type"]`.
    #[must_use]
    pub fn find(&self, keys: &[&str]) -> Option<Place> {
        let (last, parents) = keys.split_last()?;
        let parent =
            parents.iter().try_fold(self.document.root(), |id, key| self.document.member(id, key))?;
        let entry = self.document.entries(parent).iter().find(|entry| entry.key == *last)?;
        Some(Place { key: Some(entry.key_span), value: self.document.node(entry.value).span })
    }

    fn section(&self, name: &str) -> Option<NodeId> {
        self.document.member(self.document.root(), name)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Duplicate => "duplicate-key",
            Self::NotResolved => "not-resolved",
            Self::NoSuchName => "no-such-name",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
        })
    }
}

#[cfg(test)]
mod tests;
