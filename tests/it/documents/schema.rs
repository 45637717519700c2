//! The resource schema of a type, in CloudFormation's form: what the rule for cfn-lint goes by.

use connect_security_profile::catalogue::known_permissions;
use connect_security_profile::properties::definition::{ATTRIBUTES, Form, Needs, Property};
use serde_json::{Map, Value, json};

use super::Type;

pub(crate) fn schema(of_type: &Type) -> Value {
    let mut definitions = Map::new();
    let mut properties = members(of_type.properties, &mut definitions);
    let stated: Vec<&str> = of_type.properties.iter().map(|property| property.name).collect();
    let read_only: Vec<&_> =
        ATTRIBUTES.iter().filter(|attribute| !stated.contains(&attribute.name)).collect();
    for attribute in &read_only {
        properties
            .insert(attribute.name.to_owned(), json!({"type": "string", "description": attribute.about}));
    }
    let pointers =
        |names: Vec<&str>| names.iter().map(|name| format!("/properties/{name}")).collect::<Vec<_>>();
    let replacing = of_type.properties.iter().filter(|property| property.replaces);
    json!({
        "typeName": of_type.name,
        "description": of_type.about,
        "additionalProperties": false,
        "properties": properties,
        "definitions": definitions,
        "required": required(of_type.properties),
        "createOnlyProperties": pointers(replacing.map(|property| property.name).collect()),
        "readOnlyProperties": pointers(read_only.iter().map(|attribute| attribute.name).collect()),
        "primaryIdentifier": ["/properties/SecurityProfileArn"],
        "allOf": of_type.properties.iter().filter_map(needs).collect::<Vec<_>>(),
    })
}

fn members(properties: &[Property], definitions: &mut Map<String, Value>) -> Map<String, Value> {
    let member = |property: &Property| (property.name.to_owned(), described(property, definitions));
    properties.iter().map(member).collect()
}

fn required(properties: &[Property]) -> Vec<&str> {
    properties.iter().filter(|property| property.required).map(|property| property.name).collect()
}

fn described(property: &Property, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = form(&property.form, definitions);
    let members = schema.as_object_mut().unwrap();
    // Beside a reference nothing else counts.
    if !members.contains_key("$ref") {
        members.insert("description".to_owned(), json!(property.about));
        if let Some(default) = property.default {
            let default = serde_json::from_str(default).unwrap_or_else(|_| json!(default));
            members.insert("default".to_owned(), default);
        }
    }
    if property.name == "Permissions" {
        schema["items"]["examples"] = known_permissions().collect();
    }
    schema
}

fn form(form: &Form, definitions: &mut Map<String, Value>) -> Value {
    match *form {
        Form::Text(text) => {
            let mut schema = json!({"type": "string"});
            if text.shortest > 0 {
                schema["minLength"] = json!(text.shortest);
            }
            if let Some(longest) = text.longest {
                schema["maxLength"] = json!(longest);
            }
            if let Some(pattern) = text.pattern {
                schema["pattern"] = json!(pattern.expression);
                schema["$comment"] = json!(pattern.rule);
            }
            schema
        }
        Form::Number { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Word { words, or_empty } => {
            let words: Vec<&str> = words.iter().copied().chain(or_empty.then_some("")).collect();
            json!({"type": "string", "enum": words})
        }
        Form::List { item, least, most } => {
            let mut schema = json!({"type": "array", "insertionOrder": false, "maxItems": most, "items": self::form(item, definitions)});
            if least > 0 {
                schema["minItems"] = json!(least);
            }
            schema
        }
        Form::Object { name, keys } => {
            let object = json!({
                "type": "object",
                "additionalProperties": false,
                "properties": members(keys, definitions),
                "required": required(keys),
            });
            definitions.insert(name.to_owned(), object);
            json!({"$ref": format!("#/definitions/{name}")})
        }
    }
}

/// Not empty, it wants the other beside it, not empty.
fn needs(property: &Property) -> Option<Value> {
    let (other, comment) = match property.needs {
        Needs::Nothing => return None,
        Needs::Beside(other) => (other, format!("{} needs {other} beside it", property.name)),
        Needs::Heeded(other) => (other, format!("{} means nothing without {other}", property.name)),
    };
    let not_empty = json!({"minItems": 1, "minLength": 1});
    Some(json!({
        "if": {"required": [property.name], "properties": {property.name: not_empty}},
        "then": {"$comment": comment, "required": [other], "properties": {other: not_empty}},
    }))
}
