//! The template's parameters: what they default to, and whether a value that is given may stand.

use connect_security_profile::catalogue::nearest;

use super::document::{Content, NodeId};
use super::scalar::delivered;
use super::{Span, Template, Values};

/// A parameter of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// `Type`
    pub kind: String,
    /// `Default`
    pub default: Option<String>,
    /// `AllowedValues`
    pub allowed: Vec<String>,
}

/// A parameter's value that a deployment would refuse.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("parameter `{name}` {rule}")]
pub struct ValueMistake {
    /// The parameter.
    pub name: String,
    /// Where it is declared, if it is.
    pub span: Option<Span>,
    /// What is wrong and what is allowed.
    pub rule: String,
}

impl Parameter {
    /// Whether its value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.kind == "CommaDelimitedList" || self.kind.starts_with("List<")
    }

    /// Whether its value is only the name under which the Systems Manager keeps the real one.
    #[must_use]
    pub fn is_looked_up(&self) -> bool {
        self.kind.starts_with("AWS::SSM::Parameter::Value<")
    }

    fn mistake(&self, value: &str) -> Option<String> {
        let items: Vec<&str> =
            if self.is_list() { value.split(',').map(str::trim).collect() } else { vec![value] };
        if matches!(self.kind.as_str(), "Number" | "List<Number>")
            && let Some(item) = items.iter().find(|item| item.parse::<f64>().is_err())
        {
            return Some(format!("has type {}, and `{item}` is no number", self.kind));
        }
        let is_allowed = |item: &&str| self.allowed.iter().any(|allowed| allowed == item);
        if self.allowed.is_empty() || items.iter().all(is_allowed) {
            return None;
        }
        let allowed: Vec<String> = self.allowed.iter().map(|allowed| format!("`{allowed}`")).collect();
        Some(format!("is `{value}`; allowed are {}", allowed.join(", ")))
    }
}

impl Template {
    /// The parameters in their order.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        let Some(section) = self.section("Parameters") else { return Vec::new() };
        let entries = self.document.entries(section).iter();
        entries
            .map(|entry| {
                let text =
                    |name| self.document.member(entry.value, name).and_then(|id| self.delivered_text(id));
                let allowed = self.document.member(entry.value, "AllowedValues");
                let allowed = allowed.and_then(|id| self.document.items(id)).unwrap_or_default();
                Parameter {
                    name: entry.key.clone(),
                    span: entry.key_span,
                    kind: text("Type").unwrap_or_else(|| "String".to_owned()),
                    default: text("Default"),
                    allowed: allowed.iter().filter_map(|id| self.delivered_text(*id)).collect(),
                }
            })
            .collect()
    }

    /// What is wrong with the values given, and with the defaults of those that are not.
    #[must_use]
    pub fn value_mistakes(&self, values: &Values) -> Vec<ValueMistake> {
        let parameters = self.parameters();
        let known = || parameters.iter().map(|parameter| parameter.name.as_str());
        let strangers = values.parameters.keys().filter(|name| known().all(|known| known != *name));
        let strangers = strangers.map(|name| {
            let rule = match nearest(name, known()) {
                Some(nearest) => format!("is not one of the template; did you mean `{nearest}`?"),
                None => "is not one of the template".to_owned(),
            };
            ValueMistake { name: name.clone(), span: None, rule }
        });
        let refused = parameters.iter().filter_map(|parameter| {
            let value = values.parameters.get(&parameter.name).or(parameter.default.as_ref())?;
            if Values::is_withheld(value) {
                // It was good enough for the deployment.
                return None;
            }
            let rule = parameter.mistake(value)?;
            Some(ValueMistake { name: parameter.name.clone(), span: Some(parameter.span), rule })
        });
        strangers.chain(refused).collect()
    }

    /// A scalar that no function stands for, as it is delivered.
    pub(super) fn delivered_text(&self, id: NodeId) -> Option<String> {
        match &self.document.node(id).content {
            Content::Scalar(scalar) if self.document.node(id).tag.is_none() => delivered(scalar),
            _ => None,
        }
    }
}
