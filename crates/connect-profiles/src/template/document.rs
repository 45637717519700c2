//! A text as a tree of lists, mappings and scalars with their places, kept in one vector.
//!
//! An alias is a second way to the same node, so it costs nothing; how large and how deep the tree is with all aliases
//! written out is known and bounded, so whatever walks it may recurse.

use super::span::{Lines, Position, Span};
use super::{Notice, json, yaml};

/// No template is as deep; CloudFormation and the CDK nest a few tens of levels.
pub(super) const DEEPEST: u16 = 96;
/// Nodes with all aliases written out. CloudFormation reads one megabyte.
pub(super) const LARGEST: u32 = 1_000_000;

/// A text, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) lines: Lines,
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    pub(super) notices: Vec<Notice>,
    pub(super) is_json: bool,
}

/// Which node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(super) u32);

/// A value of the text.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// A local tag without its `!`.
    pub(super) tag: Option<String>,
    /// With its tag.
    pub(super) span: Span,
    /// Whether it has brackets.
    pub(super) is_flow: bool,
    pub(super) size: u32,
    pub(super) height: u16,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar(Scalar),
    List(Vec<NodeId>),
    Map(Vec<Entry>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
}

/// How a scalar is written, which decides what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    /// In quotes, or as a block: text.
    Text,
    /// YAML without quotes.
    Plain,
    /// JSON's `true`, `false`, `null` and numbers.
    Literal,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: NodeId,
}

/// Why the text cannot be read.
#[derive(Clone, Debug)]
pub(super) struct Flaw {
    pub(super) span: Span,
    pub(super) at: Position,
    pub(super) rule: String,
}

/// The same, before its line is known.
pub(super) type Unread = (Span, String);

impl Document {
    pub(super) fn read(text: String) -> Result<Self, Flaw> {
        let lines = Lines::of(&text);
        let is_json = looks_like_json(&text);
        let built = if is_json { json::read(&text) } else { yaml::read(&text) };
        let flaw = |(span, rule): Unread| Flaw { span, at: lines.position(&text, span.start), rule };
        let built = built.map_err(flaw)?;
        let root = &built.nodes[built.root.0 as usize];
        if !matches!(root.content, Content::Map(_)) {
            return Err(flaw((root.span, "a template is a mapping with `Resources` in it".to_owned())));
        }
        Ok(Self { text, lines, nodes: built.nodes, root: built.root, notices: built.notices, is_json })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn root(&self) -> NodeId {
        self.root
    }

    pub(super) const fn is_json(&self) -> bool {
        self.is_json
    }

    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        self.lines.position(&self.text, offset)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self, id: NodeId) -> &[Entry] {
        match &self.node(id).content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, if it is one.
    pub(super) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.node(id).content {
            Content::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn member(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entries(id).iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    /// The text of a scalar, whatever it would be read as.
    pub(super) fn scalar_text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).content {
            Content::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The source of a node in one line, for those who must name it.
    pub(super) fn excerpt(&self, id: NodeId) -> String {
        let source = self.text.get(self.node(id).span.range()).unwrap_or_default();
        source.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// YAML in flow style begins with a brace too, but hardly with a quoted key.
fn looks_like_json(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let inner = text.strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.is_empty() || inner.starts_with(['"', '}']))
}
