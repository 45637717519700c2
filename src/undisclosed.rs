//! Text that is passed on but never shown: descriptions, tag values, granular values.
//!
//! Templates put `NoEcho` parameters into them; the type keeps them out of logs by having nothing to print.

mod fragments;
mod views;

use std::borrow::Cow;
use std::fmt;

use fragments::Fragments;

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

/// A message that is longer loses its middle before it is looked at: a reason has at most 4,096 bytes, of its beginning and its
/// end.
const LONGEST_MESSAGE: usize = 16_384;

/// Takes the texts out of a message of the service, which may quote the request back: whole or cut at either end, as they are,
/// escaped or encoded, once or several times, in upper and lower case.
#[must_use]
pub fn redact<'a>(message: &str, texts: impl IntoIterator<Item = &'a Undisclosed>) -> String {
    let message = &*shortened(message);
    let hidden = Fragments::of(texts.into_iter().map(Undisclosed::reveal)).hidden_in(message);
    let mut redacted = String::with_capacity(message.len());
    let mut is_hiding = false;
    for (at, character) in message.char_indices() {
        match (hidden[at], is_hiding) {
            (true, true) => {}
            (true, false) => redacted.push('…'),
            (false, _) => redacted.push(character),
        }
        is_hiding = hidden[at];
    }
    redacted
}

fn shortened(message: &str) -> Cow<'_, str> {
    if message.len() <= LONGEST_MESSAGE {
        return Cow::Borrowed(message);
    }
    let head = message.floor_char_boundary(LONGEST_MESSAGE / 2);
    let tail = message.ceil_char_boundary(message.len() - LONGEST_MESSAGE / 2);
    Cow::Owned(format!("{} [...] {}", &message[..head], &message[tail..]))
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
        assert_eq!(redact("bad value SECRET, é then Secret-", &texts), "bad value …, é then …");
    }

    #[test]
    fn a_value_is_taken_out_however_it_is_written() {
        let text = [Undisclosed::from("é \"s/e+\\cret\"<")];
        for written in [
            "é \"s/e+\\cret\"<",
            "É \"S/E+\\CRET\"<",
            "é \\\"s/e+\\\\cret\\\"<",
            "\\u00e9 \\\"s/e+\\\\cret\\\"<",
            "%C3%A9%20%22s%2Fe%2B%5Ccret%22%3C",
            "%c3%a9+%22s%2fe%2b%5ccret%22%3c",
            "%C3%A9%20%22s/e%2B%5Ccret%22%3C",
            "%25C3%25A9%2520%2522s%252Fe%252B%255Ccret%2522%253C",
            "&#233; &quot;s/e+\\cret&quot;&lt;",
            "&amp;#233; &amp;quot;s/e+\\cret&amp;quot;&amp;lt;",
            "&eacute; &quot;s/e+\\cret&quot;&lt;",
            "%E9 %22s/e%2B%5Ccret%22%3C",
            "c3a92022732f652b5c63726574223c",
        ] {
            assert_eq!(redact(&format!("no: {written}."), &text), "no: ….", "{written}");
        }
        // In base64, once and twice, as it is and behind one and two letters.
        for (written, left) in [
            ("w6kgInMvZStcY3JldCI8", "…"),
            ("eMOpICJzL2UrXGNyZXQiPA==", "…=="),
            ("eHnDqSAicy9lK1xjcmV0Ijw=", "…="),
            ("dzZrZ0luTXZaU3RjWTNKbGRDSTg=", "…="),
            ("dzZrZ0luTXZaU3RjWTNKbGRDSTg%3D", "…%3D"),
        ] {
            assert_eq!(redact(written, &text), left);
        }
    }

    #[test]
    fn a_value_that_is_cut_is_taken_out_as_far_as_it_goes() {
        let text = [Undisclosed::from("  the password of the dialler is CANARY-1234  ")];
        for (message, left) in [
            ("bad: the password of…", "bad: ……"),
            ("bad: …dialler is CANARY-1234", "bad: ……"),
            ("bad: [ssword of the dialler is CAN]", "bad: […]"),
            ("bad: the password%20of%2", "bad: …%2"),
            ("dGhlIHBhc3N3b3JkIG9m", "…"),
            ("not a value of it: the dialler", "not a value of it: the dialler"),
        ] {
            assert_eq!(redact(message, &text), left);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_message_it_ends_and_without_a_text_it_stays(message in "[ -~é🚀\\\\%&;]{0,200}", text in ".{3,40}") {
            let _ = redact(&message, &[Undisclosed::from(text)]);
            proptest::prop_assert_eq!(redact(&message, &[]), message);
        }
    }
}
