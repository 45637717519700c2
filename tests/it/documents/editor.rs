//! A JSON schema of a whole template, for editors: they complete names and words with it, show what they mean, and mark
//! unknown properties. Values are not judged, because an editor cannot tell `!Ref Name` from a text; cfn-lint can.

use connect_security_profile::catalogue::known_permissions;
use connect_security_profile::properties::definition::{Form, Property, TAG_RESTRICTED_RESOURCES};
use serde_json::{Map, Value, json};

use super::{Type, example};

pub(crate) fn template(types: &[Type]) -> Value {
    let names: Vec<&str> = types.iter().map(|of_type| of_type.name).collect();
    let choices = types.iter().map(|of_type| {
        json!({
            "if": {"required": ["Type"], "properties": {"Type": {"const": of_type.name}}},
            "then": {
                "required": ["Properties"],
                "properties": {"Properties": {"$ref": format!("#/definitions/{}", of_type.name)}},
            },
        })
    });
    let definitions: Map<String, Value> =
        types.iter().map(|of_type| (of_type.name.to_owned(), definition(of_type))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A CloudFormation template with security profiles of Amazon Connect",
        "type": "object",
        "properties": {"Resources": {"type": "object", "additionalProperties": {
            "properties": {"Type": {"examples": names}},
            "allOf": choices.collect::<Vec<_>>(),
        }}},
        "definitions": definitions,
    })
}

fn definition(of_type: &Type) -> Value {
    let required = of_type.properties.iter().filter(|property| property.required);
    json!({
        "description": of_type.about,
        "type": "object",
        "properties": members(of_type.properties),
        "patternProperties": {"^Fn::": {}},
        "additionalProperties": false,
        "required": required.map(|property| property.name).collect::<Vec<_>>(),
    })
}

fn members(properties: &[Property]) -> Map<String, Value> {
    let member = |property: &Property| {
        let mut schema = form(&property.form);
        schema["description"] = json!(property.about);
        if schema.get("examples").is_none() {
            schema["examples"] = json!([example(property)]);
        }
        if property.name == "Permissions" {
            schema["items"] = json!({"examples": known_permissions().collect::<Vec<_>>()});
        }
        if property.name == "TagRestrictedResources" {
            schema["items"] = json!({"examples": TAG_RESTRICTED_RESOURCES});
        }
        (property.name.to_owned(), schema)
    };
    properties.iter().map(member).collect()
}

fn form(form: &Form) -> Value {
    match *form {
        Form::Text(_) | Form::Number { .. } => json!({}),
        Form::Flag => json!({"examples": [true, false]}),
        Form::Word { words, .. } => json!({"examples": words}),
        Form::List { item, .. } => json!({"items": self::form(item)}),
        Form::Object { keys, .. } => json!({"properties": members(keys)}),
    }
}
