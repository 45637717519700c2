//! Why a command could not do its work, and the way out.

use std::fmt;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};

/// A message for a person, and what they can do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    cause: Option<Cause>,
    unreached: Option<Unreached>,
}

/// That Connect could not be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Unreached {
    place: String,
    why: String,
}

/// What only the surroundings can say the way out of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// A service does not accept the credentials.
    Credentials,
    /// Connect cannot be reached.
    Unreachable,
}

impl Failure {
    /// A failure that is told in one sentence, without a final period.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: clean(&message.to_string()), hint: None, cause: None, unreached: None }
    }

    /// With the way out.
    #[must_use]
    pub fn hint(self, hint: impl fmt::Display) -> Self {
        Self { hint: Some(clean(&hint.to_string())), ..self }
    }

    /// With its cause.
    #[must_use]
    pub fn because(self, cause: Cause) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// Its cause, if that is one of those.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Because Connect cannot be reached, which is said after the message.
    #[must_use]
    pub fn unreachable(self, why: impl fmt::Display) -> Self {
        let unreached = Unreached { place: "Amazon Connect".to_owned(), why: clean(&why.to_string()) };
        Self { unreached: Some(unreached), ..self.because(Cause::Unreachable) }
    }

    /// With the place that could not be reached.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        let place = |it: Unreached| Unreached { place: clean(&place.to_string()), ..it };
        Self { unreached: self.unreached.map(place), ..self }
    }

    /// Writes it to standard error, in colour where that is a terminal.
    pub fn show(&self) {
        self.show_as("error", AnsiColor::Red);
    }

    /// The same where it does not make the command fail.
    pub fn show_as_note(&self) {
        self.show_as("note", AnsiColor::Cyan);
    }

    fn show_as(&self, word: &str, color: AnsiColor) {
        let (style, bold) = (color.on_default().bold(), Style::new().bold());
        eprintln!("{style}{word}{style:#}: {self}");
        if let Some(hint) = &self.hint {
            eprintln!("{bold}hint{bold:#}: {hint}");
        }
    }
}

/// What a service wrote may hold sequences that a terminal would carry out.
fn clean(text: &str) -> String {
    text.chars().map(|it| if it.is_control() && it != '\n' && it != '\t' { '\u{fffd}' } else { it }).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        let Some(Unreached { place, why }) = &self.unreached else { return Ok(()) };
        write!(formatter, ": cannot reach {place}: {why}")
    }
}

impl std::error::Error for Failure {}
