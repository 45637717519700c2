//! Values as they are written into a template, in YAML and in JSON.

/// How what is inserted is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    /// YAML by lines.
    Block,
    /// With brackets, in one line; with quotes in JSON.
    Flow { is_json: bool },
}

/// A value to be written.
#[derive(Clone, Debug)]
pub(super) enum Written {
    Text(String),
    Ref(String),
    True,
    /// A mapping with this one entry, whose value is text.
    Entry(&'static str, &'static str),
    Tags(Vec<(String, String)>),
    /// A parameter with this description.
    Parameter(String),
    /// A section with one parameter of that name and description.
    Section(String, String),
}

impl Written {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// In one line.
    pub(super) fn render(&self, is_json: bool) -> String {
        let text = |text: &str| if is_json { json(text) } else { quoted(text) };
        match self {
            Self::Text(value) => text(value),
            Self::Ref(name) if is_json => format!("{{\"Ref\": {}}}", json(name)),
            Self::Ref(name) => format!("!Ref {name}"),
            Self::True => "true".to_owned(),
            Self::Entry(key, value) if is_json => format!("{{{}: {}}}", json(key), json(value)),
            Self::Entry(key, value) => format!("{{{key}: {}}}", quoted(value)),
            Self::Tags(tags) => {
                let tags: Vec<String> = tags.iter().map(|(key, value)| tag(key, value, is_json)).collect();
                format!("[{}]", tags.join(", "))
            }
            Self::Parameter(description) => {
                let key = |name| if is_json { json(name) } else { name.to_owned() };
                format!(
                    "{{{}: {}, {}: {}}}",
                    key("Type"),
                    text("String"),
                    key("Description"),
                    text(description)
                )
            }
            Self::Section(name, description) => {
                let key = if is_json { json(name) } else { name.clone() };
                format!("{{{key}: {}}}", Self::Parameter(description.clone()).render(is_json))
            }
        }
    }

    /// An entry of a mapping, by lines where the style has lines; without the last line's end.
    pub(super) fn entry(&self, key: &str, style: Style, indent: &str, line_end: &str) -> String {
        let is_json = matches!(style, Style::Flow { is_json: true });
        let next = format!("{line_end}{indent}");
        match (self, style) {
            (Self::Tags(tags), Style::Block) => {
                let items: String = tags
                    .iter()
                    .flat_map(|(tag, value)| {
                        [
                            next.clone(),
                            format!("  - Key: {}", quoted(tag)),
                            next.clone(),
                            format!("    Value: {}", quoted(value)),
                        ]
                    })
                    .collect();
                format!("{key}:{items}")
            }
            (Self::Parameter(description), Style::Block) => {
                format!("{key}:{next}  Type: String{next}  Description: {}", quoted(description))
            }
            (Self::Section(name, description), Style::Block) => {
                let inner = Self::Parameter(description.clone());
                let inner = inner.entry(name, style, &format!("{indent}  "), line_end);
                format!("{key}:{next}  {inner}{line_end}")
            }
            _ if is_json => format!("{}: {}", json(key), self.render(true)),
            _ => format!("{key}: {}", self.render(false)),
        }
    }
}

/// A tag in one line.
pub(super) fn tag(key: &str, value: &str, is_json: bool) -> String {
    if is_json {
        format!("{{\"Key\": {}, \"Value\": {}}}", json(key), json(value))
    } else {
        format!("{{Key: {}, Value: {}}}", quoted(key), quoted(value))
    }
}

/// Text as YAML, in quotes unless it can only be read as that text.
pub(super) fn quoted(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|next| next.is_ascii_alphanumeric() || "_./:- '".contains(next))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { json(text) }
}

/// JSON's strings are YAML's too.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
