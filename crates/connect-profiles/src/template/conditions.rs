//! Conditions: true, false, or not known offline.

use super::document::NodeId;
use super::evaluate::{Evaluation, Part, What};
use super::{NoticeKind, Span};

impl Evaluation<'_> {
    /// Whether the condition of that name holds. One that leads back to itself is not known.
    pub(super) fn condition(&self, name: &str, span: Span) -> Option<bool> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return *known;
        }
        let section = self.template.section("Conditions");
        let Some(id) = section.and_then(|section| self.template.document.member(section, name)) else {
            if !self.template.has_macros() {
                let text = format!("`{name}` is no condition of this template");
                self.notice(NoticeKind::NoSuchName, span, text);
            }
            return None;
        };
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        let holds = self.holds(id);
        self.conditions.borrow_mut().insert(name.to_owned(), holds);
        holds
    }

    fn holds(&self, id: NodeId) -> Option<bool> {
        if *self.depth.borrow() >= 100 {
            return None;
        }
        *self.depth.borrow_mut() += 1;
        let holds = self.holds_here(id);
        *self.depth.borrow_mut() -= 1;
        holds
    }

    fn holds_here(&self, id: NodeId) -> Option<bool> {
        let document = &self.template.document;
        let (name, argument) = match (self.function(id), document.entries(id)) {
            (Some(function), _) => function,
            (None, [entry]) if entry.key == "Condition" => {
                return self.condition(document.scalar_text(entry.value)?, document.node(entry.value).span);
            }
            _ => return None,
        };
        if name == "Condition" {
            return self.condition(document.scalar_text(argument.id)?, document.node(argument.id).span);
        }
        let arguments = self.arguments(argument)?;
        match name.as_str() {
            "Fn::Not" => self.holds(*arguments.first()?).map(|holds| !holds),
            "Fn::And" => self.each(arguments, false),
            "Fn::Or" => self.each(arguments, true),
            "Fn::Equals" => {
                let [one, other] = arguments else { return None };
                equal(&self.part(*one), &self.part(*other))
            }
            _ => None,
        }
    }

    /// `Or` is decided by one that is true, `And` by one that is false.
    fn each(&self, arguments: &[NodeId], decides: bool) -> Option<bool> {
        let all: Vec<Option<bool>> = arguments.iter().map(|id| self.holds(*id)).collect();
        if all.contains(&Some(decides)) {
            return Some(decides);
        }
        all.iter().all(Option::is_some).then_some(!decides)
    }
}

fn equal(one: &Part, other: &Part) -> Option<bool> {
    match (&one.what, &other.what) {
        (What::Text(one), What::Text(other)) => Some(one == other),
        // The same unknown is the same value; different ones may be.
        (What::Unknown(one), What::Unknown(other)) if one == other => Some(true),
        _ => None,
    }
}
