//! Resources: their properties as CloudFormation would deliver them, what of them is unknown, and where each stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::NodeId;
use super::evaluate::{Evaluation, Forced, Part, What};
use super::{Notice, NoticeKind, Span, Template, Values};

/// A resource of a template.
#[derive(Clone, PartialEq, Debug)]
pub struct Resource {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    pub key: Span,
    /// Where it stands, without its logical id.
    pub span: Span,
    /// `Type`
    pub kind: String,
    /// `Condition`
    pub condition: Option<String>,
    /// Whether it is made: what its condition says, if that is known.
    pub is_made: Option<bool>,
    /// `DeletionPolicy`
    pub deletion_policy: Option<String>,
    /// `UpdateReplacePolicy`
    pub update_replace_policy: Option<String>,
    /// `DependsOn`
    pub depends_on: Vec<String>,
    /// As delivered: scalars are strings. What is unknown is `null`.
    pub properties: Map<String, Value>,
    /// What is unknown, by its path.
    pub unknown: Vec<Unknown>,
    /// The choices by `Fn::If` that its properties depend on.
    pub choices: Vec<Choice>,
    /// What was found while working it out.
    pub notices: Vec<Notice>,
    places: BTreeMap<String, Place>,
}

/// A value that only a deployment knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// Such as `Permissions[3]`; empty for the properties as a whole.
    pub path: String,
    /// How it is written, such as `${InstanceArn}`. The same text is the same value.
    pub what: String,
    /// Whether something of it is known: members of an object that a macro adds others to.
    pub is_partial: bool,
}

/// A choice that a value depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Which `Fn::If`, for [`Forced`].
    pub node: NodeId,
    /// The value that is chosen.
    pub path: String,
    /// Which way it went; `None` if that is not known.
    pub way: Option<bool>,
}

/// Where something stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its key; an item of a list has none.
    pub key: Option<Span>,
    /// Its value.
    pub value: Span,
}

impl Template {
    /// All resources in their order.
    #[must_use]
    pub fn resolve(&self, values: &Values) -> Vec<Resource> {
        self.resolve_where(values, |_, _| true)
    }

    /// The resources whose logical id and type are wanted, in their order.
    pub fn resolve_where(&self, values: &Values, wanted: impl Fn(&str, &str) -> bool) -> Vec<Resource> {
        let forced = Forced::new();
        let evaluation = Evaluation::new(self, values, &forced);
        let Some(section) = self.section("Resources") else { return Vec::new() };
        let entries = self.document.entries(section).iter();
        let resources = entries.filter_map(|entry| {
            let kind = self.kind(entry.value)?;
            wanted(&entry.key, kind)
                .then(|| evaluation.resource(&entry.key, entry.key_span, entry.value, kind))
        });
        resources.collect()
    }

    /// One resource, with some of its choices made to go another way.
    #[must_use]
    pub fn resolve_forced(&self, values: &Values, logical_id: &str, forced: &Forced) -> Option<Resource> {
        let section = self.section("Resources")?;
        let entry = self.document.entries(section).iter().find(|entry| entry.key == logical_id)?;
        let kind = self.kind(entry.value)?;
        Some(Evaluation::new(self, values, forced).resource(&entry.key, entry.key_span, entry.value, kind))
    }

    /// Whether something may change the template before CloudFormation reads it, other than AWS's own transforms.
    #[must_use]
    pub fn has_macros(&self) -> bool {
        const KNOWN: [&str; 3] = ["AWS::Serverless-", "AWS::LanguageExtensions", "AWS::SecretsManager-"];
        let Some(id) = self.section("Transform") else { return false };
        let one = [id];
        let items = self.document.items(id).unwrap_or(&one);
        let is_known = |id: &NodeId| {
            let name = self.document.scalar_text(*id).unwrap_or_default();
            KNOWN.iter().any(|known| name.starts_with(known))
        };
        !items.iter().all(is_known)
    }

    fn kind(&self, id: NodeId) -> Option<&str> {
        self.document.scalar_text(self.document.member(id, "Type")?)
    }
}

impl Evaluation<'_> {
    fn resource(&self, logical_id: &str, key: Span, id: NodeId, kind: &str) -> Resource {
        let document = &self.template.document;
        let before = self.notices.borrow_mut().split_off(0);
        let text = |name| {
            let part = self.part(document.member(id, name)?);
            part.named_text().map(|(text, _)| text.to_owned())
        };
        let condition = document.member(id, "Condition");
        let name = condition.and_then(|id| document.scalar_text(id));
        let depends_on = document.member(id, "DependsOn");
        let depends_on = depends_on.map(|id| document.items(id).map_or_else(|| vec![id], <[_]>::to_vec));
        let depends_on = depends_on.into_iter().flatten();
        let mut resource = Resource {
            logical_id: logical_id.to_owned(),
            key,
            span: document.node(id).span,
            kind: kind.to_owned(),
            condition: name.map(str::to_owned),
            is_made: match (condition, name) {
                (Some(id), Some(name)) => self.condition(name, document.node(id).span),
                (Some(_), None) => None,
                (None, _) => Some(true),
            },
            deletion_policy: text("DeletionPolicy"),
            update_replace_policy: text("UpdateReplacePolicy"),
            depends_on: depends_on.filter_map(|id| document.scalar_text(id)).map(str::to_owned).collect(),
            properties: Map::new(),
            unknown: Vec::new(),
            choices: Vec::new(),
            notices: Vec::new(),
            places: BTreeMap::new(),
        };
        let place = document.entries(id).iter().find(|entry| entry.key == "Properties");
        let root = Place { key: Some(key), value: place.map_or(key, |entry| entry.key_span) };
        resource.places.insert(String::new(), root);
        if let Some(entry) = place {
            let part = self.part(entry.value);
            if matches!(part.what, What::Null | What::Text(_) | What::List(_)) {
                let text = "Properties must be a mapping".to_owned();
                self.notice(NoticeKind::Malformed, entry.key_span, text);
            }
            match resource.lower(part, &mut String::new()) {
                Some(Value::Object(properties)) => resource.properties = properties,
                _ => resource.forget_all(document.excerpt(entry.value)),
            }
            // The properties as a whole are shown by their key, not by all their lines.
            resource.places.insert(String::new(), root);
        }
        resource.notices = self.notices.replace(before);
        resource
    }
}

impl Resource {
    /// Where the value of a path stands, or the nearest that it is in.
    #[must_use]
    pub fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            let Some(end) = path.rfind(['.', '[']) else { break };
            path = &path[..end];
        }
        self.places.get("").copied().unwrap_or(Place { key: None, value: self.key })
    }

    /// Every path, and where it stands.
    pub fn places(&self) -> impl Iterator<Item = (&str, Place)> {
        self.places.iter().map(|(path, place)| (path.as_str(), *place))
    }

    /// The unknown value at the path, or that it is in.
    #[must_use]
    pub fn unknown_at(&self, path: &str) -> Option<&Unknown> {
        self.unknown.iter().find(|unknown| is_within(path, &unknown.path))
    }

    fn forget_all(&mut self, what: String) {
        if self.unknown.iter().all(|unknown| !unknown.path.is_empty()) {
            self.unknown.push(Unknown { path: String::new(), what, is_partial: false });
        }
    }

    /// The part as JSON; nothing if it is absent.
    fn lower(&mut self, part: Part, path: &mut String) -> Option<Value> {
        for (node, way) in part.choices {
            self.choices.push(Choice { node, path: path.clone(), way });
        }
        self.places.entry(path.clone()).or_insert(Place { key: None, value: part.span });
        match part.what {
            What::Absent => None,
            What::Unknown(what) => {
                self.unknown.push(Unknown { path: path.clone(), what, is_partial: false });
                Some(Value::Null)
            }
            What::Null => Some(Value::Null),
            What::Text(text) => Some(Value::String(text)),
            What::List(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                let length = path.len();
                for part in parts {
                    path.extend(["[", &items.len().to_string(), "]"]);
                    let span = part.span;
                    if let Some(item) = self.lower(part, path) {
                        self.places.insert(path.clone(), Place { key: None, value: span });
                        items.push(item);
                    }
                    path.truncate(length);
                }
                Some(Value::Array(items))
            }
            What::Map { entries, has_more } => {
                let mut members = Map::new();
                let length = path.len();
                for (key, key_span, part) in entries {
                    push_key(path, &key);
                    self.places.insert(path.clone(), Place { key: Some(key_span), value: part.span });
                    if let Some(value) = self.lower(part, path) {
                        members.insert(key, value);
                    }
                    path.truncate(length);
                }
                if let Some(what) = has_more {
                    self.unknown.push(Unknown { path: path.clone(), what, is_partial: true });
                }
                Some(Value::Object(members))
            }
        }
    }
}

/// Whether a path is the other one or leads on from it.
#[must_use]
pub(crate) fn is_within(path: &str, outer: &str) -> bool {
    outer.is_empty()
        || path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// As the provider writes the paths of mistakes: a long key is cut, and one without a name is shown as `""`.
pub(crate) fn push_key(path: &mut String, key: &str) {
    const LONGEST: usize = 60;
    if !path.is_empty() {
        path.push('.');
    }
    match key.char_indices().nth(LONGEST) {
        _ if key.is_empty() => path.push_str("\"\""),
        Some((end, _)) => {
            path.push_str(&key[..end]);
            path.push('…');
        }
        None => path.push_str(key),
    }
}
