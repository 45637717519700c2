//! Files that commands read and the output that they write, with what is wrong about them told so that a person can act.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// The text of a file; `-` is standard input.
pub fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
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
    print(&format!("{text}\n"))
}

/// Writes to standard output, styled where that is a terminal. A reader who has seen enough is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format_args!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
