//! Files that commands read, with what is wrong about them told so that a person can act.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// The text of a file; `-` is standard input.
pub fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", path.display())))
}

/// A file of JSON.
pub fn read_json(path: &Path) -> Result<Value, Failure> {
    serde_json::from_str(&read(path)?)
        .map_err(|error| Failure::new(format!("`{}` is not JSON: {error}", path.display())))
}

/// Whether it is an event of CloudFormation's, or records with some in them.
#[must_use]
pub fn is_event(value: &Value) -> bool {
    value.get("RequestType").is_some() || value.get("Records").is_some_and(Value::is_array)
}

/// Prints a document for programs.
pub fn print_json(value: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::new)?;
    anstream::println!("{text}");
    Ok(())
}
