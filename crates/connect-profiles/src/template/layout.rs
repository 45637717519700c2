//! How a mapping or a list is laid out, for those who edit the text and keep the rest of it.

use super::document::{Entry, NodeId};
use super::{Place, Span, Template};

/// A mapping or a list in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Where it stands.
    pub span: Span,
    /// Whether it has brackets.
    pub is_flow: bool,
    /// Whether a function stands in its place.
    pub is_function: bool,
    /// The keys of a mapping; items have none.
    pub names: Vec<String>,
    /// Its entries or items.
    pub places: Vec<Place>,
}

impl Layout {
    /// The entry of that name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<Place> {
        self.names.iter().position(|known| known == name).map(|index| self.places[index])
    }
}

impl Template {
    /// How the mapping or list is laid out that is found by keys from the top.
    #[must_use]
    pub fn layout(&self, keys: &[&str]) -> Option<Layout> {
        let id = keys.iter().try_fold(self.document.root(), |id, key| self.document.member(id, key))?;
        let node = self.document.node(id);
        let whole = |id: &NodeId| Place { key: None, value: self.document.node(*id).span };
        let entry = |entry: &Entry| {
            let value = self.document.node(entry.value).span;
            (entry.key.clone(), Place { key: Some(entry.key_span), value })
        };
        let (names, places) = if let Some(items) = self.document.items(id) {
            (Vec::new(), items.iter().map(whole).collect())
        } else {
            self.document.entries(id).iter().map(entry).unzip()
        };
        let is_call = |name: &String| name == "Ref" || name.starts_with("Fn::");
        Some(Layout {
            span: node.span,
            is_flow: node.is_flow,
            is_function: node.tag.is_some()
                || names.first().is_some_and(is_call)
                || self.document.scalar_text(id).is_some(),
            names,
            places,
        })
    }
}
