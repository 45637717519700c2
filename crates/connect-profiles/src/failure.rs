//! Why a command could not do its work, and the way out.

use std::fmt;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};

/// A message for a person, and what they can do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure that is told in one sentence, without a final period.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: None }
    }

    /// With the way out.
    #[must_use]
    pub fn hint(self, hint: impl fmt::Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }

    /// Writes it to standard error, in colour where that is a terminal.
    pub fn show(&self) {
        let (red, bold) = (AnsiColor::Red.on_default().bold(), Style::new().bold());
        eprintln!("{red}error{red:#}: {}", self.message);
        if let Some(hint) = &self.hint {
            eprintln!("{bold}hint{bold:#}: {hint}");
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
