//! What is made from the definition of the properties and attributes: `make generate` writes it, and these tests hold
//! every copy, and the reader itself, to the definition. With `PROPERTY_EDGES` the edges are written there, for `tests/lint`.

mod edges;
mod editor;
mod page;
mod schema;

use std::path::Path;

use connect_security_profile::properties::definition::{LOOKUP, PROFILE, Property};
use connect_security_profile::properties::{Desired, Sought};
use serde_json::{Map, Value};

use crate::world::OWNER_TAG;
use edges::{Edge, edges};

/// A type of resource, and what may be stated of it.
struct Type {
    name: &'static str,
    about: &'static str,
    properties: &'static [Property],
    read: fn(&Map<String, Value>) -> Result<(), String>,
}

const ACCOUNT: &str = "123456789012";

const TYPES: [Type; 2] = [
    Type {
        name: "Custom::ConnectSecurityProfile",
        about: "A security profile of Amazon Connect: created, or taken over, and kept as the template states it.",
        properties: &PROFILE,
        read: |properties| Desired::read(properties, ACCOUNT).map(drop).map_err(|error| error.to_string()),
    },
    Type {
        name: "Custom::ConnectSecurityProfileLookup",
        about: "A security profile that exists, found by its exact name. It is only read.",
        properties: &LOOKUP,
        read: |properties| Sought::read(properties, ACCOUNT).map(drop).map_err(|error| error.to_string()),
    },
];

#[test]
fn every_generated_file_is_as_the_definition_says() {
    let [profile, lookup] = &TYPES;
    let writes = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    for (path, text) in [
        ("schema/custom-connect-security-profile.json", pretty(&schema::schema(profile))),
        ("schema/custom-connect-security-profile-lookup.json", pretty(&schema::schema(lookup))),
        ("schema/template.json", pretty(&editor::template(&TYPES))),
        ("docs/properties.md", page::page(&TYPES)),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if writes {
            std::fs::write(file, text).unwrap();
        } else {
            let shown = std::fs::read_to_string(file).unwrap_or_default();
            assert!(shown == text, "{path} is stale: `make generate` writes it anew");
        }
    }
}

#[test]
fn the_reader_goes_by_every_limit_of_the_definition() {
    for of_type in &TYPES {
        let edges = edges(of_type);
        assert!(edges.iter().any(|edge| edge.accepted) && edges.iter().any(|edge| !edge.accepted));
        for Edge { what, properties, accepted } in edges {
            let read = (of_type.read)(&properties);
            assert_eq!(read.is_ok(), accepted, "{}, {what}: {read:?}", of_type.name);
        }
    }
    if let Some(path) = std::env::var_os("PROPERTY_EDGES") {
        std::fs::write(path, edges::listed(&TYPES).to_string()).unwrap();
    }
}

#[test]
fn the_owner_tag_is_the_one_that_the_definition_refuses() {
    let [profile, _] = &TYPES;
    let refused = edges(profile).into_iter().filter(|edge| !edge.accepted);
    assert!(refused.into_iter().any(|edge| Value::Object(edge.properties).to_string().contains(OWNER_TAG)));
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// What the definition writes as JSON.
fn example(property: &Property) -> Value {
    serde_json::from_str(property.example).unwrap()
}
