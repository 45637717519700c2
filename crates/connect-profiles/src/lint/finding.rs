//! One thing to be said of a template.

use crate::template::{Notice, NoticeKind, Place, Resource, Span, Template};

/// One thing to be said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which rule, one of [`RULES`].
    pub rule: &'static str,
    /// The logical id of the resource.
    pub resource: Option<String>,
    /// The property, such as `Tags[2].Key`.
    pub path: Option<String>,
    /// Where.
    pub span: Span,
    /// What is wrong and what is allowed.
    pub message: String,
    /// What may have been meant, or the way out.
    pub help: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The deployment would fail.
    Mistake,
    /// It would not, but is likely not meant.
    Warning,
}

/// Every rule, and what it is about.
pub const RULES: [(&str, &str); 29] = [
    ("property", "The provider refuses the property"),
    ("parameter", "A parameter's value is not allowed"),
    ("no-resources", "The template has no resources"),
    ("no-template", "The file is no template"),
    ("service-token", "CloudFormation needs the provider's ServiceToken"),
    ("service-timeout", "ServiceTimeout is a number of seconds from 1 to 3600"),
    ("null-value", "CloudFormation refuses null values"),
    ("wrong-type", "The provider serves two types of resource only"),
    ("unknown-attribute", "The resource has no such attribute"),
    ("same-name", "Two resources claim one profile"),
    ("duplicate-key", "A key stands twice in a mapping"),
    ("no-such-name", "Nothing in the template has this name"),
    ("not-resolved", "What CloudFormation makes of it is not known offline"),
    ("malformed", "It is not of the form that it must have"),
    ("unsupported", "CloudFormation does not read it, only tools before it do"),
    ("yaml-1-1", "YAML 1.1 reads something else than what is written"),
    ("unknown-permission", "The permission is not in the catalogue"),
    ("missing-permission", "The console would add a permission"),
    ("restricted-without-view", "A restricted resource cannot be viewed"),
    ("unrestricted-beside", "Users who have both profiles are not restricted"),
    ("missing-dependency", "The profile does not depend on the association of what it grants"),
    ("ai-agent-arn", "The ARN of an AI agent is not that of an application"),
    ("mcp-permission", "The permissions of an MCP application are ids of tools"),
    ("empties", "Everything is taken away"),
    ("protected-name", "The provider protects profiles of this name"),
    ("deletion-policy", "The profile is left with the owner tag of this stack"),
    ("dropped-property", "A property that is no longer stated is cleared"),
    ("replaced", "Another profile is made in place of the old one"),
    ("removed", "The resource is no longer in the template"),
];

impl Finding {
    /// A mistake.
    pub(super) fn mistake(
        rule: &'static str,
        resource: Option<&Resource>,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Mistake,
            rule,
            resource: resource.map(|resource| resource.logical_id.clone()),
            path: None,
            span,
            message: message.into(),
            help: None,
        }
    }

    /// A warning.
    pub(super) fn warning(
        rule: &'static str,
        resource: Option<&Resource>,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::mistake(rule, resource, span, message) }
    }

    pub(super) fn at(self, path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(super) fn of_notice(notice: &Notice, resource: Option<&Resource>) -> Self {
        let (rule, severity) = match notice.kind {
            NoticeKind::Duplicate => ("duplicate-key", Severity::Mistake),
            NoticeKind::NoSuchName => ("no-such-name", Severity::Mistake),
            NoticeKind::NotResolved => ("not-resolved", Severity::Warning),
            NoticeKind::Unsupported => ("unsupported", Severity::Warning),
            NoticeKind::Malformed => ("malformed", Severity::Mistake),
        };
        Self { severity, ..Self::mistake(rule, resource, notice.span, notice.text.clone()) }
    }
}

/// What of a place is marked: its value if that is short, else its key.
pub(super) fn mark(template: &Template, place: Place) -> Span {
    let source = template.text().get(place.value.range()).unwrap_or_default();
    match (source.find('\n'), place.key) {
        (None, _) => place.value,
        (Some(_), Some(key)) => key,
        (Some(line), None) => {
            Span { end: place.value.start + source[..line].trim_end().len(), ..place.value }
        }
    }
}

/// Its key, if it has one.
pub(super) fn mark_key(template: &Template, place: Place) -> Span {
    place.key.unwrap_or_else(|| mark(template, place))
}
