//! Works out what the values of a template are, as far as that is known.
//!
//! The result is a tree of [`Part`]s that knows where each part stands and which `Fn::If` it came by. Depth is bounded by
//! that of the document and by a counter for what leads elsewhere, such as conditions.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use super::document::{Content, NodeId};
use super::scalar::delivered;
use super::{Notice, NoticeKind, Parameter, Span, Template, Values};

/// Which way an `Fn::If` is made to go, whatever its condition says.
pub type Forced = HashMap<NodeId, bool>;

/// How far values may lead to each other.
const DEEPEST: u16 = 200;

/// A value, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) span: Span,
    pub(super) what: What,
    /// The choices that led here, from the outermost: which `Fn::If`, and which way it went if that is known.
    pub(super) choices: Vec<(NodeId, Option<bool>)>,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// `AWS::NoValue`
    Absent,
    /// A value that only a deployment knows: the same text for the same value.
    Unknown(String),
    Null,
    Text(String),
    List(Vec<Part>),
    Map {
        entries: Vec<(String, Span, Part)>,
        has_more: Option<String>,
    },
}

/// One evaluation of a template.
pub(super) struct Evaluation<'a> {
    pub(super) template: &'a Template,
    pub(super) values: &'a Values,
    pub(super) forced: &'a Forced,
    pub(super) parameters: BTreeMap<String, Parameter>,
    /// Also what is still being worked out, as not known.
    pub(super) conditions: RefCell<HashMap<String, Option<bool>>>,
    pub(super) notices: RefCell<Vec<Notice>>,
    pub(super) depth: RefCell<u16>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(template: &'a Template, values: &'a Values, forced: &'a Forced) -> Self {
        let parameters = template.parameters();
        Self {
            template,
            values,
            forced,
            parameters: parameters.into_iter().map(|parameter| (parameter.name.clone(), parameter)).collect(),
            conditions: RefCell::default(),
            notices: RefCell::default(),
            depth: RefCell::default(),
        }
    }

    /// What a node's value is.
    pub(super) fn part(&self, id: NodeId) -> Part {
        let node = self.template.document.node(id);
        if *self.depth.borrow() >= DEEPEST {
            return self.unknown(id);
        }
        *self.depth.borrow_mut() += 1;
        let part = match self.function(id) {
            Some((name, argument)) => self.call(&name, id, argument),
            None => Part { span: node.span, what: self.plain(id), choices: Vec::new() },
        };
        let part = without_dynamic_reference(part);
        *self.depth.borrow_mut() -= 1;
        part
    }

    /// The function that a node calls and its argument, which is the node itself where the function is its tag.
    pub(super) fn function(&self, id: NodeId) -> Option<(String, Argument)> {
        let document = &self.template.document;
        if let Some(tag) = &document.node(id).tag {
            let name = match tag.as_str() {
                "Ref" | "Condition" => tag.clone(),
                tag => format!("Fn::{tag}"),
            };
            return Some((name, Argument { id, is_tagged: true }));
        }
        match document.entries(id) {
            [entry] if entry.key == "Ref" || (entry.key.starts_with("Fn::") && !is_spread(&entry.key)) => {
                Some((entry.key.clone(), Argument { id: entry.value, is_tagged: false }))
            }
            _ => None,
        }
    }

    /// An argument's value, its own tag aside if that is the function.
    pub(super) fn argument(&self, argument: Argument) -> Part {
        if argument.is_tagged {
            let span = self.template.document.node(argument.id).span;
            Part { span, what: self.plain(argument.id), choices: Vec::new() }
        } else {
            self.part(argument.id)
        }
    }

    fn plain(&self, id: NodeId) -> What {
        let document = &self.template.document;
        match &document.node(id).content {
            Content::Scalar(scalar) => delivered(scalar).map_or(What::Null, What::Text),
            Content::List(items) => What::List(items.iter().map(|item| self.part(*item)).collect()),
            Content::Map(entries) => {
                let spread = entries.iter().find(|entry| is_spread(&entry.key));
                if let Some(spread) = spread {
                    let text =
                        format!("`{}` is not carried out offline: what it makes is unknown", spread.key);
                    self.notice(NoticeKind::NotResolved, spread.key_span, text);
                }
                let own = entries.iter().filter(|entry| !is_spread(&entry.key));
                What::Map {
                    entries: own
                        .map(|entry| (entry.key.clone(), entry.key_span, self.part(entry.value)))
                        .collect(),
                    has_more: spread.map(|spread| spread.key.clone()),
                }
            }
        }
    }

    pub(super) fn unknown(&self, id: NodeId) -> Part {
        let document = &self.template.document;
        let what = What::Unknown(document.excerpt(id));
        Part { span: document.node(id).span, what, choices: Vec::new() }
    }

    pub(super) fn notice(&self, kind: NoticeKind, span: Span, text: String) {
        let notice = Notice { kind, span, text };
        let mut notices = self.notices.borrow_mut();
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
}

/// A text with a dynamic reference is known to CloudFormation only.
fn without_dynamic_reference(part: Part) -> Part {
    match part.what {
        What::Text(text) if text.contains("{{resolve:") => Part { what: What::Unknown(text), ..part },
        _ => part,
    }
}

/// What a function is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument {
    pub(super) id: NodeId,
    pub(super) is_tagged: bool,
}

/// Whether the key stands for entries that come in its place.
fn is_spread(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach::")
}

impl Part {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text with what is unknown named in it, and whether all of it is known.
    pub(super) fn named_text(&self) -> Option<(&str, bool)> {
        match &self.what {
            What::Text(text) => Some((text, true)),
            What::Unknown(text) => Some((text, false)),
            _ => None,
        }
    }
}
