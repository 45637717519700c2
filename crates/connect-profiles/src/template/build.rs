//! Builds the tree from what a YAML or a JSON reader comes across, and holds it within bounds.

use std::collections::{HashMap, HashSet};

use super::document::{Content, DEEPEST, Entry, LARGEST, Node, NodeId, Scalar, Style, Unread};
use super::span::Span;
use super::{Notice, NoticeKind};

/// A tree in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    open: Vec<Frame>,
    anchors: HashMap<usize, NodeId>,
    root: Option<NodeId>,
    notices: Vec<Notice>,
    copied: usize,
}

/// A tree that is made.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    pub(super) notices: Vec<Notice>,
}

/// A list or a mapping that has not ended.
#[derive(Debug)]
struct Frame {
    span: Span,
    tag: Option<String>,
    anchor: usize,
    is_flow: bool,
    children: Children,
}

#[derive(Debug)]
enum Children {
    List(Vec<NodeId>),
    Map { entries: Vec<Entry>, key: Option<(String, Span)> },
}

/// What is before a value: a bracket, its tag, and the name by which aliases know it; 0 is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    /// Whether a list or mapping has brackets.
    pub(super) is_flow: bool,
    pub(super) tag: Option<String>,
    pub(super) anchor: usize,
}

impl Builder {
    pub(super) fn scalar(
        &mut self,
        scalar: Scalar,
        properties: Properties,
        span: Span,
    ) -> Result<(), Unread> {
        let node = Node {
            content: Content::Scalar(scalar),
            tag: properties.tag,
            span,
            is_flow: false,
            size: 1,
            height: 1,
        };
        self.add(node, properties.anchor)
    }

    pub(super) fn open_list(&mut self, properties: Properties, span: Span) -> Result<(), Unread> {
        self.open(Children::List(Vec::new()), properties, span)
    }

    pub(super) fn open_map(&mut self, properties: Properties, span: Span) -> Result<(), Unread> {
        self.open(Children::Map { entries: Vec::new(), key: None }, properties, span)
    }

    fn open(&mut self, children: Children, properties: Properties, span: Span) -> Result<(), Unread> {
        if self.open.len() >= usize::from(DEEPEST) {
            return Err((span, format!("is nested more than {DEEPEST} levels deep")));
        }
        if let Some(Frame { children: Children::Map { key: None, .. }, .. }) = self.open.last() {
            return Err((span, "a key must be text".to_owned()));
        }
        self.open.push(Frame {
            span,
            tag: properties.tag,
            anchor: properties.anchor,
            is_flow: properties.is_flow,
            children,
        });
        Ok(())
    }

    /// Ends a list or mapping: at `end`, or where its last child does.
    pub(super) fn close(&mut self, end: Option<usize>) -> Result<(), Unread> {
        let Some(Frame { span, tag, anchor, is_flow, children }) = self.open.pop() else { return Ok(()) };
        let (content, children) = match children {
            Children::List(items) => (Content::List(items.clone()), items),
            Children::Map { entries, .. } => {
                let entries = self.merged(entries, span)?;
                let children = entries.iter().map(|entry| entry.value).collect();
                (Content::Map(self.once(entries)), children)
            }
        };
        let mut node = Node { content, tag, span, is_flow, size: 1, height: 1 };
        for child in children.into_iter().map(|id| &self.nodes[id.0 as usize]) {
            node.size = node.size.saturating_add(child.size);
            node.height = node.height.max(child.height.saturating_add(1));
            // The child of an alias stands elsewhere.
            if end.is_none() && child.span.start >= span.start {
                node.span.end = node.span.end.max(child.span.end);
            }
        }
        if let Some(end) = end {
            node.span.end = end.max(span.start);
        }
        if node.size > LARGEST {
            return Err((span, format!("has more than {LARGEST} values when its aliases are written out")));
        }
        if node.height > DEEPEST {
            return Err((span, format!("is nested more than {DEEPEST} levels deep")));
        }
        self.add(node, anchor)
    }

    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Unread> {
        let Some(id) = self.anchors.get(&anchor).copied() else {
            return Err((span, "is an alias of what it stands in".to_owned()));
        };
        let text = "CloudFormation's documentation rules out aliases; `aws cloudformation package` and SAM write them out";
        if self.notices.iter().all(|notice| notice.kind != NoticeKind::Unsupported) {
            self.notices.push(Notice { kind: NoticeKind::Unsupported, span, text: text.to_owned() });
        }
        self.place(id, span)
    }

    pub(super) fn finish(mut self, end: usize) -> Result<Built, Unread> {
        let root = self.root.take();
        let root = root.ok_or((Span { start: end, end }, "is empty".to_owned()))?;
        Ok(Built { nodes: self.nodes, root, notices: self.notices })
    }

    /// Whether what ends next has brackets.
    pub(super) fn is_in_brackets(&self) -> bool {
        self.open.last().is_some_and(|frame| frame.is_flow)
    }

    /// Whether the whole value has been read.
    pub(super) fn is_complete(&self) -> bool {
        self.root.is_some()
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Unread> {
        let span = node.span;
        let id = u32::try_from(self.nodes.len()).ok().filter(|id| *id < LARGEST).map(NodeId);
        let id = id.ok_or_else(|| (span, format!("is after more than {LARGEST} values")))?;
        self.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.place(id, span)
    }

    /// Puts a node where the reader is: under a key, in a list, as a key or as the whole.
    fn place(&mut self, id: NodeId, span: Span) -> Result<(), Unread> {
        match self.open.last_mut() {
            None => self.root = Some(id),
            Some(Frame { children: Children::List(items), .. }) => items.push(id),
            Some(Frame { children: Children::Map { entries, key }, .. }) => match key.take() {
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: id }),
                None => match &self.nodes[id.0 as usize].content {
                    Content::Scalar(scalar) => *key = Some((scalar.text.clone(), span)),
                    _ => return Err((span, "a key must be text".to_owned())),
                },
            },
        }
        Ok(())
    }

    /// YAML's `<<`: the entries of other mappings, where the mapping has none of its own.
    fn merged(&mut self, entries: Vec<Entry>, span: Span) -> Result<Vec<Entry>, Unread> {
        let content = |id: NodeId| &self.nodes[id.0 as usize].content;
        let mappings = |id: NodeId| match content(id) {
            Content::List(items) => items.clone(),
            _ => vec![id],
        };
        let is_merge = |entry: &Entry| {
            entry.key == "<<"
                && mappings(entry.value).iter().all(|id| matches!(content(*id), Content::Map(_)))
        };
        if !entries.iter().any(is_merge) {
            return Ok(entries);
        }
        let (merges, mut entries): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
        let mut known: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
        for id in merges.iter().flat_map(|entry| mappings(entry.value)) {
            let Content::Map(others) = content(id) else { continue };
            // What is copied is bounded by itself: it takes room before the size of the whole is known.
            self.copied = self.copied.saturating_add(others.len() + 1);
            if self.copied > LARGEST as usize {
                return Err((
                    span,
                    format!("has more than {LARGEST} values when its merges are written out"),
                ));
            }
            entries.extend(others.iter().filter(|other| known.insert(other.key.clone())).cloned());
        }
        Ok(entries)
    }

    /// Each key once: the last of equal ones counts, as for most readers of YAML and JSON.
    fn once(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut last: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            last.insert(&entry.key, index);
        }
        if last.len() == entries.len() {
            return entries;
        }
        let keep: Vec<bool> =
            entries.iter().enumerate().map(|(index, entry)| last[entry.key.as_str()] == index).collect();
        drop(last);
        let mut seen: Vec<String> = Vec::new();
        for entry in &entries {
            if seen.contains(&entry.key) {
                let text =
                    format!("`{}` stands twice in this mapping; only the last one would count", entry.key);
                self.notices.push(Notice { kind: NoticeKind::Duplicate, span: entry.key_span, text });
            } else if seen.len() < 1000 {
                seen.push(entry.key.clone());
            }
        }
        entries.into_iter().zip(keep).filter_map(|(entry, keep)| keep.then_some(entry)).collect()
    }
}

impl Scalar {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}
