//! Text that is passed on but never shown: descriptions, tag values, granular values.
//!
//! Templates put `NoEcho` parameters into them; the type keeps them out of logs by having nothing to print.

use std::fmt;

/// Text without `Display`, whose `Debug` is `…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Undisclosed(String);

impl Undisclosed {
    /// The text itself, for the request to Connect and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Undisclosed {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Undisclosed {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Undisclosed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// Takes the texts out of a message of the service, which may quote the request back.
#[must_use]
pub fn redact<'a>(message: &str, texts: impl IntoIterator<Item = &'a Undisclosed>) -> String {
    // One or two characters would riddle the message with holes and hide nothing.
    let mut texts: Vec<_> =
        texts.into_iter().map(Undisclosed::reveal).filter(|text| text.len() > 2).collect();
    texts.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    texts.iter().fold(message.to_owned(), |message, text| message.replace(text, "…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Some(Undisclosed::from("secret"))), "Some(…)");
    }

    #[test]
    fn a_quoted_value_is_taken_out_the_longest_first() {
        let texts = [Undisclosed::from("secret"), Undisclosed::from("secret-plus"), Undisclosed::from("a")];
        assert_eq!(redact("bad value secret-plus, then secret", &texts), "bad value …, then …");
    }
}
