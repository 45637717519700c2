//! Text that is passed on but never shown: descriptions, tag values, granular values.
//!
//! Templates put `NoEcho` parameters into them; the type keeps them out of logs by having nothing to print.

mod writings;

use std::fmt;

use writings::writings;

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

/// Takes the texts out of a message of the service, which may quote the request back: as they are, escaped or encoded, in
/// upper and lower case.
#[must_use]
pub fn redact<'a>(message: &str, texts: impl IntoIterator<Item = &'a Undisclosed>) -> String {
    // One or two characters would riddle the message with holes and hide nothing.
    let texts = texts.into_iter().map(Undisclosed::reveal).filter(|text| text.len() > 2);
    let mut wanted: Vec<String> = texts.flat_map(writings).collect();
    wanted.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    let mut by_first = vec![Vec::new(); 256];
    for text in &wanted {
        by_first[usize::from(text.as_bytes()[0].to_ascii_lowercase())].push(text.as_bytes());
    }
    let mut redacted = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(character) = rest.chars().next() {
        let starts =
            |text: &&&[u8]| rest.as_bytes().get(..text.len()).is_some_and(|it| it.eq_ignore_ascii_case(text));
        let found = by_first[usize::from(rest.as_bytes()[0].to_ascii_lowercase())].iter().find(starts);
        let length = found.map_or(character.len_utf8(), |text| text.len());
        redacted.push(if found.is_some() { '…' } else { character });
        rest = &rest[length..];
    }
    redacted
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
        assert_eq!(redact("bad value SECRET, é then Secret-", &texts), "bad value …, é then …-");
    }

    #[test]
    fn a_value_is_taken_out_however_it_is_written() {
        let text = [Undisclosed::from("é \"s/e\\cret\"+")];
        for written in [
            "é \"s/e\\cret\"+",
            "É \"S/E\\CRET\"+",
            "é \\\"s/e\\\\cret\\\"+",
            "\\u00e9 \\\"s/e\\\\cret\\\"+",
            "%C3%A9%20%22s%2Fe%5Ccret%22%2B",
            "%c3%a9+%22s%2fe%5ccret%22%2b",
            "%C3%A9%20%22s/e%5Ccret%22%2B",
        ] {
            assert_eq!(redact(&format!("no: {written}."), &text), "no: ….", "{written}");
        }
        // As it is, and behind one and two letters, whose bits the first characters share.
        for (written, left) in [
            ("w6kgInMvZVxjcmV0Iis=", "…s="),
            ("eMOpICJzL2VcY3JldCIr", "eM…"),
            ("eHjDqSAicy9lXGNyZXQiKw==", "eHj…w=="),
        ] {
            assert_eq!(redact(written, &text), left);
        }
    }
}
