//! Of each limit of the definition, a value that just keeps to it and one that just does not.
//!
//! The reader is held to them here, and the linter's rule by `tests/lint`, so that no two of the three disagree.

use connect_security_profile::properties::definition::{Form, Needs, Property, Text};
use serde_json::{Map, Value, json};

use super::{Type, example};

/// The properties of one resource, and whether they are good.
pub(crate) struct Edge {
    pub(crate) what: String,
    pub(crate) properties: Map<String, Value>,
    pub(crate) accepted: bool,
}

/// Every edge of a type.
pub(crate) fn edges(of_type: &Type) -> Vec<Edge> {
    let required = of_type.properties.iter().filter(|property| property.required);
    let base: Map<String, Value> =
        required.map(|property| (property.name.to_owned(), example(property))).collect();
    let everything: Map<_, _> =
        of_type.properties.iter().map(|property| (property.name.to_owned(), example(property))).collect();
    let mut edges = vec![
        Edge { what: "only what is required".to_owned(), properties: base.clone(), accepted: true },
        Edge { what: "everything".to_owned(), properties: everything, accepted: true },
    ];
    for (name, what) in [("Unknown", "an unknown property"), ("Origin", "an attribute for a property")] {
        let mut properties = base.clone();
        properties.insert(name.to_owned(), json!("x"));
        edges.push(Edge { what: what.to_owned(), properties, accepted: false });
    }

    for property in of_type.properties.iter().filter(|property| !is_of_cloudformation(property)) {
        if property.required {
            let mut without = base.clone();
            without.remove(property.name);
            edges.push(Edge { what: format!("no {}", property.name), properties: without, accepted: false });
        }
        let (companion, alone) = match property.needs {
            Needs::Nothing => (None, None),
            Needs::Beside(name) => (Some(name), Some(false)),
            Needs::Heeded(name) => (Some(name), None),
        };
        if let Some(accepted) = alone {
            let mut properties = base.clone();
            properties.insert(property.name.to_owned(), example(property));
            edges.push(Edge { what: format!("{} alone", property.name), properties, accepted });
        }
        for (what, value, accepted) in values(&property.form) {
            let mut properties = base.clone();
            if value != json!("") && value != json!([]) {
                let companion = of_type.properties.iter().find(|other| Some(other.name) == companion);
                properties.extend(companion.map(|other| (other.name.to_owned(), example(other))));
            }
            properties.insert(property.name.to_owned(), value);
            edges.push(Edge { what: format!("{}{what}", property.name), properties, accepted });
        }
    }
    edges
}

/// What CloudFormation itself reads, the reader of properties does not judge.
fn is_of_cloudformation(property: &Property) -> bool {
    ["ServiceToken", "ServiceTimeout"].contains(&property.name)
}

type Values = Vec<(String, Value, bool)>;

fn values(form: &Form) -> Values {
    match *form {
        Form::Text(text) => texts(text),
        Form::Number { .. } => Vec::new(),
        Form::Flag => vec![
            (": true".to_owned(), json!(true), true),
            (": false as text".to_owned(), json!("false"), true),
            (": another word".to_owned(), json!("yes"), false),
            (": a list".to_owned(), json!([]), false),
        ],
        Form::Word { words, or_empty } => {
            let mut values: Values =
                words.iter().map(|word| (format!(": {word}"), json!(word), true)).collect();
            values.push((": another word".to_owned(), json!("Other"), false));
            values.push((": an empty text".to_owned(), json!(""), or_empty));
            values
        }
        Form::List { item, least, most } => {
            let of_length = |length| (0..length).map(|index| distinct(item, index)).collect::<Value>();
            let mut values = vec![
                (": none".to_owned(), of_length(0), least == 0),
                (": as many as may be".to_owned(), of_length(most), true),
                (": one too many".to_owned(), of_length(most + 1), false),
                (": a text for a list".to_owned(), json!("x"), false),
            ];
            let items = self::values(item).into_iter();
            values
                .extend(items.map(|(what, value, accepted)| (format!("[]{what}"), json!([value]), accepted)));
            values
        }
        Form::Object { keys, .. } => objects(keys),
    }
}

fn texts(text: Text) -> Values {
    let mut values = vec![(": a list for a text".to_owned(), json!(["x"]), false)];
    if let Some(longest) = text.longest {
        values.push((": the longest".to_owned(), json!("a".repeat(longest)), true));
        values.push((": too long".to_owned(), json!("a".repeat(longest + 1)), false));
        values.push((": empty".to_owned(), json!(""), text.shortest == 0));
    }
    if let Some(pattern) = text.pattern {
        let sample = |text: &&str, accepted| (format!(": {text:?}"), json!(text), accepted);
        values.extend(pattern.accepted.iter().map(|text| sample(text, true)));
        values.extend(pattern.refused.iter().map(|text| sample(text, false)));
    }
    values
}

fn objects(keys: &[Property]) -> Values {
    let whole: Map<String, Value> =
        keys.iter().map(|property| (property.name.to_owned(), example(property))).collect();
    let with = |name: &str, value| {
        let mut object = whole.clone();
        object.insert(name.to_owned(), value);
        json!(object)
    };
    let mut values = vec![
        (": whole".to_owned(), json!(whole), true),
        (": with an unknown key".to_owned(), with("Unknown", json!("x")), false),
        (": a text for an object".to_owned(), json!("x"), false),
    ];
    for property in keys {
        let mut without = whole.clone();
        without.remove(property.name);
        values.push((format!(" without {}", property.name), json!(without), !property.required));
        let of_key = self::values(&property.form).into_iter();
        values.extend(of_key.map(|(what, value, accepted)| {
            (format!(".{}{what}", property.name), with(property.name, value), accepted)
        }));
    }
    values
}

/// An item that differs from that of another index.
fn distinct(form: &Form, index: usize) -> Value {
    match form {
        Form::Object { keys, .. } => {
            let mut object: Map<String, Value> =
                keys.iter().map(|property| (property.name.to_owned(), example(property))).collect();
            object.insert(keys[0].name.to_owned(), json!(format!("a{index}")));
            json!(object)
        }
        _ => json!(format!("a{index}")),
    }
}

/// As JSON, for `tests/lint`.
pub(crate) fn listed(types: &[Type]) -> Value {
    let of_types = types.iter().flat_map(|of_type| {
        edges(of_type).into_iter().map(move |edge| {
            json!({"type": of_type.name, "what": edge.what, "properties": edge.properties, "accepted": edge.accepted})
        })
    });
    of_types.collect()
}
