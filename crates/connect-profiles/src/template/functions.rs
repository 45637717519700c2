//! The intrinsic functions.

use super::NoticeKind;
use super::document::NodeId;
use super::evaluate::{Argument, Evaluation, Part, What};
use connect_security_profile::catalogue::nearest;

impl Evaluation<'_> {
    /// What a call comes to. What cannot be told offline is unknown, and named by how it is written.
    pub(super) fn call(&self, name: &str, id: NodeId, argument: Argument) -> Part {
        let span = self.template.document.node(id).span;
        if name == "Fn::If" {
            return self.choose(id, argument);
        }
        let value = match name {
            "Ref" => self.argument(argument).text().map(|name| self.reference(name, id)),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument, id),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            _ => None,
        };
        let what = value.unwrap_or_else(|| self.unknown(id).what);
        Part { span, what, choices: Vec::new() }
    }

    /// The items of an argument that is a list.
    pub(super) fn arguments(&self, argument: Argument) -> Option<&[NodeId]> {
        self.template.document.items(argument.id)
    }

    fn choose(&self, id: NodeId, argument: Argument) -> Part {
        let span = self.template.document.node(id).span;
        let Some([condition, yes, no]) = self.arguments(argument) else { return self.unknown(id) };
        let name = self.template.document.scalar_text(*condition).unwrap_or_default();
        let forced = self.forced.get(&id).copied();
        let way = forced.or_else(|| self.condition(name, self.template.document.node(*condition).span));
        let mut part = match way {
            Some(true) => self.part(*yes),
            Some(false) => self.part(*no),
            None => Part { span, what: self.unknown(id).what, choices: Vec::new() },
        };
        part.choices.insert(0, (id, way));
        part
    }

    /// What a name stands for: a parameter, a pseudo parameter, or a resource, whose identity is not known offline.
    fn reference(&self, name: &str, id: NodeId) -> What {
        let unknown = || What::Unknown(format!("${{{name}}}"));
        if name == "AWS::NoValue" {
            return What::Absent;
        }
        if name.starts_with("AWS::") {
            return self.values.pseudo(name).map_or_else(unknown, What::Text);
        }
        let Some(parameter) = self.parameters.get(name) else {
            self.check_name(name, id);
            return unknown();
        };
        let value = self.values.parameters.get(name).or(parameter.default.as_ref());
        let Some(value) = value.filter(|_| !parameter.is_looked_up()) else { return unknown() };
        if !parameter.is_list() {
            return What::Text(value.clone());
        }
        let span = self.template.document.node(id).span;
        let item = |item: &str| Part { span, what: What::Text(item.trim().to_owned()), choices: Vec::new() };
        // As CloudFormation does, an empty list has one empty item.
        What::List(value.split(',').map(item).collect())
    }

    fn check_name(&self, name: &str, id: NodeId) {
        let resources = || self.template.names_in("Resources").map(|(name, _)| name);
        let can_tell = resources().all(|known| !known.starts_with("Fn::"));
        if !can_tell || resources().any(|known| known == name) || self.template.has_macros() {
            return;
        }
        let known = resources().chain(self.parameters.keys().map(String::as_str));
        let nearest = nearest(name, known).map(|nearest| format!("; did you mean `{nearest}`?"));
        let text = format!("`{name}` is neither a parameter nor a resource{}", nearest.unwrap_or_default());
        self.notice(NoticeKind::NoSuchName, self.template.document.node(id).span, text);
    }

    fn attribute(&self, argument: Argument) -> Option<What> {
        let document = &self.template.document;
        let path = match self.arguments(argument) {
            Some(items) => {
                items.iter().map(|item| document.scalar_text(*item)).collect::<Option<Vec<_>>>()?.join(".")
            }
            None => document.scalar_text(argument.id)?.to_owned(),
        };
        self.check_name(path.split('.').next()?, argument.id);
        Some(What::Unknown(format!("${{{path}}}")))
    }

    fn substitute(&self, argument: Argument, id: NodeId) -> Option<What> {
        let document = &self.template.document;
        let (text, own) = match self.arguments(argument) {
            Some([text, own]) => (document.scalar_text(*text)?, document.entries(*own)),
            Some(_) => return None,
            None => (document.scalar_text(argument.id)?, &[][..]),
        };
        let (mut result, mut is_known, mut rest) = (String::new(), true, text);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            result.push_str(before);
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                result.extend(["${", literal, "}"]);
                continue;
            }
            let name = name.trim();
            let value = match own.iter().find(|entry| entry.key == name) {
                Some(entry) => self.part(entry.value).what,
                None if name.contains('.') && !name.starts_with("AWS::") => {
                    self.check_name(name.split('.').next().unwrap_or_default(), id);
                    What::Unknown(format!("${{{name}}}"))
                }
                None => self.reference(name, id),
            };
            match value {
                What::Text(text) => result.push_str(&text),
                What::Unknown(text) => {
                    result.push_str(&text);
                    is_known = false;
                }
                _ => return None,
            }
        }
        result.push_str(rest);
        Some(if is_known { What::Text(result) } else { What::Unknown(result) })
    }

    fn join(&self, argument: Argument) -> Option<What> {
        let [delimiter, list] = self.arguments(argument)? else { return None };
        let delimiter = self.part(*delimiter);
        let What::List(parts) = self.part(*list).what else { return None };
        let mut is_known = true;
        let mut texts = Vec::new();
        for part in parts.iter().filter(|part| !matches!(part.what, What::Absent)) {
            let (text, known) = part.named_text()?;
            texts.push(text);
            is_known &= known;
        }
        let text = texts.join(delimiter.text()?);
        Some(if is_known { What::Text(text) } else { What::Unknown(text) })
    }

    fn select(&self, argument: Argument) -> Option<What> {
        let [index, list] = self.arguments(argument)? else { return None };
        let index: usize = self.part(*index).text()?.trim().parse().ok()?;
        let What::List(mut parts) = self.part(*list).what else { return None };
        (index < parts.len()).then(|| parts.swap_remove(index).what)
    }

    fn split(&self, argument: Argument) -> Option<What> {
        let [delimiter, text] = self.arguments(argument)? else { return None };
        let (delimiter, text) = (self.part(*delimiter), self.part(*text));
        let delimiter = delimiter.text().filter(|delimiter| !delimiter.is_empty())?;
        let item =
            |item: &str| Part { span: text.span, what: What::Text(item.to_owned()), choices: Vec::new() };
        Some(What::List(text.text()?.split(delimiter).map(item).collect()))
    }

    fn find_in_map(&self, argument: Argument) -> Option<What> {
        let items = self.arguments(argument)?;
        let (names, default) = match items {
            [map, first, second] => ([*map, *first, *second], None),
            [map, first, second, options] => {
                ([*map, *first, *second], self.template.document.member(*options, "DefaultValue"))
            }
            _ => return None,
        };
        let mut at = self.template.section("Mappings")?;
        for name in names {
            let name = self.part(name);
            match self.template.document.member(at, name.text()?) {
                Some(next) => at = next,
                None => return default.map(|default| self.part(default).what),
            }
        }
        Some(self.part(at).what)
    }
}
