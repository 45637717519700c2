//! Text that is passed on but never shown: descriptions, tag values, granular values.
//!
//! Templates put `NoEcho` parameters into them; the type keeps them out of logs by having nothing to print.

mod fragments;
mod views;

use std::borrow::Cow;
use std::fmt;

use custom_resource::printable;
use fragments::{Fragments, TooMuch};

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

/// Stands for a message that takes too much to look through.
const TOO_MUCH: &str = "… (a message that holds too much to tell whether it shows what it may not)";

/// A message of the service as it may be passed on: made printable, which may bring together what stood apart, and then without
/// the texts, as the service may quote the request back: whole or cut at either end, as they are, escaped or encoded, once or
/// several times, in upper and lower case.
#[must_use]
pub fn redact<'a>(message: &str, texts: impl IntoIterator<Item = &'a Undisclosed>) -> String {
    let message = printable(&shortened(message));
    let message = &*shortened(&message);
    let fragments = Fragments::of(texts.into_iter().map(Undisclosed::reveal));
    let hidden = match fragments.and_then(|fragments| fragments.hidden_in(message)) {
        Ok(hidden) => hidden,
        Err(TooMuch) => return TOO_MUCH.to_owned(),
    };
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

    const SECRET: &str = "CANARY-hunter2-secret-9";

    fn between(text: &str, separator: &str) -> String {
        text.chars().map(String::from).collect::<Vec<_>>().join(separator)
    }

    #[test]
    fn a_value_is_taken_out_whatever_stands_between_its_characters_and_is_not_shown() {
        let text = [Undisclosed::from(SECRET)];
        for separator in [
            "\u{202c}",
            "\u{2069}",
            "\u{1b}[0m",
            "\u{9b}0m",
            "\u{1b}]0;x\u{7}",
            "\u{1b}M",
            "\u{200b}",
            "\u{ad}",
            "\u{feff}",
            "\u{2060}",
            "\u{200d}",
            "\u{fe0f}",
            "\u{e0041}",
            "\u{0}",
            "\\u001b[0m",
            "%1b[0m",
            "\\x1bM",
            "\\u202c",
        ] {
            let message = format!("no: {}.", between(SECRET, separator));
            assert_eq!(redact(&message, &text), "no: ….", "{message:?}");
            let encoded = between("Q0FOQVJZLWh1bnRlcjItc2VjcmV0LTk=", separator);
            // The end of base64 is padding, with what stands before it.
            assert!(redact(&encoded, &text).chars().count() < 16, "{encoded:?}");
        }
        // A value that has such characters itself is shown without them.
        for value in ["CANARY\u{1b}[31m-hunter2", "CAN\u{1b}]0;x\u{7}ARY-hunter2", "CANARY\u{202e}-hunter2"] {
            for message in [value, "CANARY-hunter2", &serde_json::json!(value).to_string()] {
                let shown = redact(&format!("no: {message}."), &[Undisclosed::from(value)]);
                assert!(
                    !shown.contains("hunter2") && !shown.contains("ARY"),
                    "{value:?} {message:?} {shown}"
                );
            }
        }
    }

    #[test]
    fn what_is_looked_through_is_what_is_shown() {
        let message = "a\u{1b}[31mb\u{202e}c\td\u{0}";
        assert_eq!(redact(message, &[]), "abc d");
    }

    #[test]
    fn a_value_that_is_not_ascii_is_taken_out_in_the_forms_that_encodings_make_of_it() {
        let text = [Undisclosed::from("Müller-Straße 🚀 Ürün")];
        for written in [
            "M?ller-Stra?e ? ?r?n",
            "M\u{fffd}ller-Stra\u{fffd}e \u{fffd} \u{fffd}r\u{fffd}n",
            "M??ller-Stra??e ???? ??r??n",
            "M?ller-Stra?e ?? ?r?n",
            "MÃ¼ller-StraÃ\u{9f}e ð\u{9f}\u{9a}\u{80} Ã\u{9c}rÃ¼n",
            "MÃ¼ller-StraÃŸe ðŸš€ ÃœrÃ¼n",
            "M\\xc3\\xbcller-Stra\\xc3\\x9fe \\xf0\\x9f\\x9a\\x80 \\xc3\\x9cr\\xc3\\xbcn",
            "M\\303\\274ller-Stra\\303\\237e \\360\\237\\232\\200 \\303\\234r\\303\\274n",
            "M=C3=BCller-Stra=C3=9Fe =F0=9F=9A=80 =C3=9Cr=C3=BCn",
        ] {
            assert_eq!(redact(&format!("no: {written}."), &text), "no: ….", "{written}");
        }
        assert_eq!(redact("what? why? how?", &[Undisclosed::from("éèêëéè")]), "what? why? how?");
    }

    /// The work is bounded by a count, which is the same on every machine; that a message is given up shows that it is.
    #[test]
    fn a_message_that_takes_too_much_is_left_out_and_one_that_is_only_long_is_not() {
        let alike: Vec<_> = (201..250).map(|length| Undisclosed::from("A".repeat(length))).collect();
        assert_eq!(redact(&"QUFBQUFB".repeat(2000), &alike), "…");
        assert_eq!(redact(&"A".repeat(16_000), &alike), "…");
        // Each text begins alike, is long, and differs before any of it would be hidden together with the others.
        let hostile: Vec<_> = (0..2000).map(|index| Undisclosed::from(format!("aaaaa{index:04}"))).collect();
        assert_eq!(redact(&"aaaa".repeat(4000), &hostile), TOO_MUCH);
        let huge = [Undisclosed::from("x".repeat(300_000))];
        assert_eq!(redact("no", &huge), TOO_MUCH);

        let mut state = 7_u64;
        let mut random = |length: usize| {
            let letter = |_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/+"
                        [(state >> 33) as usize % 65],
                )
            };
            (0..length).map(letter).collect::<String>()
        };
        let all: Vec<String> = (0..120).map(|_| format!("production-{}", random(240))).collect();
        let texts: Vec<_> = all.iter().map(|text| Undisclosed::from(text.as_str())).collect();
        let message = format!("no: {} {}", random(6000), all[..30].join(" and "));
        let shown = redact(&message, &texts);
        assert!(shown.starts_with("no: ") && shown.len() < 8000 && shown.ends_with('…'), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_message_it_ends_and_without_a_text_it_stays(message in "[ -~é🚀\\\\%&;]{0,200}", text in ".{3,40}") {
            let _ = redact(&message, &[Undisclosed::from(text)]);
            proptest::prop_assert_eq!(redact(&message, &[]), message);
        }
    }
}
