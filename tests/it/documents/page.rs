//! `docs/properties.md`: every property and attribute, for people.

use std::fmt::Write as _;

use connect_security_profile::properties::definition::{ATTRIBUTES, Form, LOOKUP, Needs, Property};
use serde_json::Value;

use super::{Type, example};

pub(crate) fn page(types: &[Type; 2]) -> String {
    let [profile, lookup] = types;
    let mut page = format!(
        "<!-- Made from src/properties/definition by `make generate`. -->\n# Properties and attributes\n\n\
         - [`{0}`](#{1}): {2}\n- [`{3}`](#{4}): {5}\n- [Attributes](#attributes), the same of both\n\n\
         Lists have no order, and what is in them twice counts once. A scalar may be stated as itself or as text. What was never\n\
         stated is left alone; what was stated before and is stated no more is cleared on a profile that the stack created; an\n\
         empty list or description is a statement. Every mistake is reported at once, before any call is made.\n\n\
         To have templates completed and checked as you write: [Linter and editor](#linter-and-editor). How profiles are adopted,\n\
         moved and released, and what a rename means: [Whose profile it is](ownership.md).\n",
        profile.name,
        anchor(profile.name),
        profile.about,
        lookup.name,
        anchor(lookup.name),
        lookup.about,
    );
    let _ = write!(page, "\n## `{}`\n\n", profile.name);
    table(&mut page, profile.properties, true);
    for property in profile.properties {
        section(&mut page, property);
    }
    let _ = write!(
        page,
        "\n## `{}`\n\n{} Where there is none, it fails after ten seconds.\n\n",
        lookup.name, lookup.about
    );
    table(&mut page, &LOOKUP, false);
    attributes(&mut page);
    page.push_str(TOOLS);
    page
}

const TOOLS: &str = "
## Linter and editor

The folder [`schema`](../schema) has what both need. [cfn-lint](https://github.com/aws-cloudformation/cfn-lint) 1.58 checks
properties, attributes and names of permissions with the rule in it, or with `append_rules: [schema]` in `.cfnlintrc`; every
limit of this page is tried on the rule and on the provider alike:

```sh
cfn-lint --append-rules schema --template my-stack.yaml
```

Editors with the YAML language server, such as VS Code with Red Hat's extension, complete names, words and permissions, show what
they mean, and mark unknown and missing properties; in the settings, or for one template by its first line:

```json
{
  \"yaml.schemas\": { \"./schema/template.json\": \"*-stack.yaml\" },
  \"yaml.customTags\": [\"!Ref\", \"!Sub\", \"!GetAtt\", \"!ImportValue\", \"!If sequence\", \"!Join sequence\", \"!Split sequence\"]
}
```

```yaml
# yaml-language-server: $schema=../schema/template.json
```
";

fn table(page: &mut String, properties: &[Property], linked: bool) {
    page.push_str("| property | form | |\n|---|---|---|\n");
    for property in properties {
        let name = if linked {
            format!("[`{}`](#{})", property.name, anchor(property.name))
        } else {
            format!("`{}`", property.name)
        };
        let _ = writeln!(page, "| {name} | {} | {} |", kind(&property.form), remarks(property));
    }
}

fn section(page: &mut String, property: &Property) {
    let _ = write!(page, "\n### {}\n\n{}\n\n", property.name, property.about);
    let _ = writeln!(page, "- {}", capital(&form(&property.form)));
    let remarks = remarks(property);
    if !remarks.is_empty() {
        let _ = writeln!(page, "- {}", capital(&remarks));
    }
    if let Some(keys) = keys(&property.form) {
        page.push_str("\n| key | form | |\n|---|---|---|\n");
        rows(page, keys, "");
    }
    let _ = write!(page, "\n```yaml\n{}:{}\n```\n", property.name, block(&example(property), 1));
}

fn rows(page: &mut String, properties: &[Property], path: &str) {
    for property in properties {
        let about = if property.required {
            format!("{} Required.", property.about)
        } else {
            property.about.to_owned()
        };
        let path = format!("{path}{}", property.name);
        let _ = writeln!(page, "| `{path}` | {} | {about} |", form(&property.form));
        if let Some(keys) = keys(&property.form) {
            let dots = if matches!(property.form, Form::List { .. }) { "[]." } else { "." };
            rows(page, keys, &format!("{}{dots}", property.name));
        }
    }
}

fn keys(form: &Form) -> Option<&'static [Property]> {
    match *form {
        Form::Object { keys, .. } => Some(keys),
        Form::List { item, .. } => keys(item),
        _ => None,
    }
}

fn attributes(page: &mut String) {
    page.push_str(
        "\n## Attributes\n\n`Ref` gives the profile's ARN. `Fn::GetAtt` gives, always as text:\n\n\
         | attribute | | such as |\n|---|---|---|\n",
    );
    for attribute in &ATTRIBUTES {
        let _ = writeln!(page, "| `{}` | {} | `{}` |", attribute.name, attribute.about, attribute.example);
    }
}

fn remarks(property: &Property) -> String {
    let mut remarks = Vec::new();
    if property.required {
        remarks.push("required".to_owned());
    }
    if property.replaces {
        remarks.push("a change replaces the profile".to_owned());
    }
    match property.needs {
        Needs::Nothing => {}
        Needs::Beside(other) => remarks.push(format!("needs `{other}` beside it")),
        Needs::Heeded(other) => remarks.push(format!("means nothing without `{other}`")),
    }
    if let Some(default) = property.default {
        remarks.push(format!("`{default}` unless stated"));
    }
    remarks.join("; ")
}

/// In a few words.
fn kind(form: &Form) -> String {
    match form {
        Form::Text(_) => "text".to_owned(),
        Form::Number { .. } => "whole number".to_owned(),
        Form::List { item: Form::Object { .. }, .. } => "list of objects".to_owned(),
        Form::List { .. } => "list of texts".to_owned(),
        Form::Flag | Form::Word { .. } | Form::Object { .. } => self::form(form),
    }
}

/// With all limits.
fn form(form: &Form) -> String {
    match *form {
        Form::Text(text) => {
            let length =
                text.longest.map(|longest| format!(" of {} characters", range(text.shortest, longest)));
            let rule = text.pattern.map(|pattern| format!(": {}", pattern.rule));
            format!("text{}{}", length.unwrap_or_default(), rule.unwrap_or_default())
        }
        Form::Number { least, most } => format!("whole number from {least} to {most}"),
        Form::Flag => "`true` or `false`".to_owned(),
        Form::Word { words, .. } => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
        }
        Form::List { item, least, most } => {
            let count = range(least, most);
            match item {
                Form::Object { .. } => format!("list of {count} objects"),
                item => format!("list of {count} {}", self::form(item).replacen("text", "texts", 1)),
            }
        }
        Form::Object { .. } => "object".to_owned(),
    }
}

fn range(least: usize, most: usize) -> String {
    if least > 0 { format!("{least} to {most}") } else { format!("up to {most}") }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(':', "")
}

/// Objects over several lines, and what else there is in one.
fn block(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let lines: Vec<String> = match value {
        Value::Object(members) => {
            let member = |(key, value)| {
                format!(
                    "
{indent}{key}:{}",
                    block(value, depth + 1)
                )
            };
            members.iter().map(member).collect()
        }
        Value::Array(items) if items.iter().all(Value::is_object) => items
            .iter()
            .map(|item| {
                format!(
                    "
{indent}- {}",
                    yaml(item)
                )
            })
            .collect(),
        other => return format!(" {}", yaml(other)),
    };
    lines.concat()
}

/// In the short form that people write.
fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && text.parse::<f64>().is_err() => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key}: {}", yaml(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
