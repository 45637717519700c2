//! Every place where a template names a resource: `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`.

use super::document::{Content, NodeId};
use super::{Span, Template};

/// A place that names a resource or a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// What is named.
    pub name: String,
    /// The attribute that is asked for; `Ref` and `DependsOn` ask for none.
    pub attribute: Option<String>,
    /// Where the name stands, without the attribute.
    pub span: Span,
}

impl Template {
    /// All references, in the order in which they are read.
    #[must_use]
    pub fn references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        for (node, index) in self.document.nodes.iter().zip(0..) {
            let own = node.tag.as_deref().map(|tag| (tag, NodeId(index)));
            let called = match self.document.entries(NodeId(index)) {
                [entry] if entry.key == "Ref" => Some(("Ref", entry.value)),
                [entry] => entry.key.strip_prefix("Fn::").map(|name| (name, entry.value)),
                _ => None,
            };
            match own.or(called) {
                Some(("Ref", id)) => references.extend(self.named(id, false)),
                Some(("GetAtt", id)) => match self.document.items(id) {
                    Some([name, attribute, ..]) => {
                        let attribute = self.document.scalar_text(*attribute).map(str::to_owned);
                        references
                            .extend(self.named(*name, false).map(|name| Reference { attribute, ..name }));
                    }
                    _ => references.extend(self.named(id, true)),
                },
                Some(("Sub", id)) => self.add_substituted(id, &mut references),
                _ => {}
            }
        }
        self.add_dependencies(&mut references);
        references
    }

    /// The name that a scalar is, up to its first dot if an attribute may follow.
    fn named(&self, id: NodeId, has_attribute: bool) -> Option<Reference> {
        let text = self.document.scalar_text(id)?;
        let (name, attribute) = match text.split_once('.').filter(|_| has_attribute) {
            Some((name, attribute)) => (name, Some(attribute.to_owned())),
            None => (text, None),
        };
        let node = self.document.node(id);
        let source = self.text().get(node.span.range())?;
        let tag = node.tag.as_ref().map_or(0, |tag| tag.len() + 1);
        let start = node.span.start + tag + source.get(tag..)?.find(name)?;
        let span = Span { start, end: start + name.len() };
        (!name.is_empty()).then(|| Reference { name: name.to_owned(), attribute, span })
    }

    /// The `${Name}` of a text, without those that the call itself gives values to.
    fn add_substituted(&self, id: NodeId, references: &mut Vec<Reference>) {
        let (text, own) = match self.document.items(id) {
            Some([text, own]) => (*text, self.document.entries(*own)),
            _ => (id, &[][..]),
        };
        let Content::Scalar(_) = self.document.node(text).content else { return };
        let span = self.document.node(text).span;
        let source = self.text().get(span.range()).unwrap_or_default();
        for (at, _) in source.match_indices("${") {
            let Some((inside, _)) = source[at + 2..].split_once('}') else { break };
            let name = inside.split('.').next().unwrap_or_default();
            let trimmed = name.trim();
            if inside.starts_with('!')
                || trimmed.is_empty()
                || own.iter().any(|entry| entry.key == inside.trim())
            {
                continue;
            }
            let start = span.start + at + 2 + (name.len() - name.trim_start().len());
            let attribute = inside.split_once('.').map(|(_, attribute)| attribute.trim().to_owned());
            let span = Span { start, end: start + trimmed.len() };
            references.push(Reference { name: trimmed.to_owned(), attribute, span });
        }
    }

    fn add_dependencies(&self, references: &mut Vec<Reference>) {
        let Some(resources) = self.section("Resources") else { return };
        for entry in self.document.entries(resources) {
            let Some(id) = self.document.member(entry.value, "DependsOn") else { continue };
            let one = [id];
            let items = self.document.items(id).unwrap_or(&one);
            references.extend(items.iter().filter_map(|id| self.named(*id, false)));
        }
    }
}
