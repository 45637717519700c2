//! Texts that are looked for, and whether a message holds one of them, or as much of one as tells something.
//!
//! A service may write back a text trimmed, cut at either end, or from its middle; so its beginning and its end count from six
//! characters on, and what stands between from sixteen. White space, `+` and the case of letters do not count.

use std::collections::{HashMap, HashSet};

use super::views::{UNTOLD, Unit, views};

/// A shorter text is looked for as a whole.
const SHORTEST_END: usize = 6;
/// An account's number has twelve.
const SHORTEST_MIDDLE: usize = 16;
/// One or two characters would riddle a message with holes and hide nothing.
const SHORTEST_TEXT: usize = 3;
/// What is shorter in base64 is found where it is not.
const SHORTEST_BASE64: usize = 8;
/// Base64 within base64, and once more.
const MOST_ENCODINGS: usize = 3;

/// The texts, ready to be looked for.
#[derive(Default)]
pub(super) struct Fragments {
    by_first: HashMap<char, Vec<usize>>,
    by_last: HashMap<char, Vec<usize>>,
    middles: HashSet<Box<[char]>>,
    texts: Vec<Vec<char>>,
    /// Those of which hardly anything is compared: looked for as they are.
    rest: Vec<String>,
}

impl Fragments {
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut fragments = Self::default();
        for text in texts.filter(|text| text.len() >= SHORTEST_TEXT) {
            if text.chars().filter(|character| counts(*character)).count() < SHORTEST_TEXT {
                fragments.rest.push(text.to_owned());
            }
            // Where the text itself holds what looks like an escape, a message that is undone has it undone.
            for view in views(text) {
                fragments.add(compared(&view).into_iter().map(|unit| unit.character).collect());
            }
            // In another case than it was written it cannot be decoded.
            for last in [*b"+/", *b"-_"] {
                let encoded = (0..3).map(|before| base64(text, before, last));
                for encoded in encoded.filter(|encoded| encoded.len() >= SHORTEST_BASE64) {
                    fragments
                        .add(encoded.to_lowercase().chars().filter(|character| counts(*character)).collect());
                }
            }
        }
        fragments
    }

    fn add(&mut self, text: Vec<char>) {
        if text.len() < SHORTEST_TEXT || self.texts.contains(&text) {
            return;
        }
        let index = self.texts.len();
        self.by_first.entry(text[0]).or_default().push(index);
        self.by_last.entry(text[text.len() - 1]).or_default().push(index);
        self.middles.extend(text.windows(SHORTEST_MIDDLE).map(Box::from));
        self.texts.push(text);
    }

    /// The bytes of the message that hold something of a text.
    pub(super) fn hidden_in(&self, message: &str) -> Vec<bool> {
        let mut hidden = vec![false; message.len()];
        self.hide(message, MOST_ENCODINGS, &mut hidden);
        for (at, text) in self.rest.iter().flat_map(|text| message.match_indices(text.as_str())) {
            hidden[at..at + text.len()].fill(true);
        }
        hidden
    }

    fn hide(&self, message: &str, encodings: usize, hidden: &mut [bool]) {
        for view in views(message) {
            self.hide_in_view(&compared(&view), hidden);
            if encodings > 0 {
                for (decode, run) in encoded_runs(&view) {
                    if decode(run).iter().any(|text| self.is_in(text, encodings - 1)) {
                        hidden[run[0].start..run[run.len() - 1].end].fill(true);
                    }
                }
            }
        }
    }

    fn is_in(&self, message: &str, encodings: usize) -> bool {
        let mut hidden = vec![false; message.len()];
        self.hide(message, encodings, &mut hidden);
        hidden.contains(&true)
    }

    fn hide_in_view(&self, view: &[Unit], hidden: &mut [bool]) {
        let mut hide = |units: &[Unit]| {
            if let (Some(first), Some(last)) = (units.first(), units.last()) {
                hidden[first.start..last.end].fill(true);
            }
        };
        let characters: Vec<char> = view.iter().map(|unit| unit.character).collect();
        for (at, character) in characters.iter().enumerate() {
            for &index in self.by_first.get(character).into_iter().flatten() {
                let text = &self.texts[index];
                let length = alike(characters[at..].iter(), text.iter());
                if length >= SHORTEST_END.min(text.len()) {
                    hide(&view[at..at + length]);
                }
            }
            for &index in self.by_last.get(character).into_iter().flatten() {
                let text = &self.texts[index];
                let length = alike(characters[..=at].iter().rev(), text.iter().rev());
                if length >= SHORTEST_END.min(text.len()) {
                    hide(&view[at + 1 - length..=at]);
                }
            }
        }
        for (at, window) in characters.windows(SHORTEST_MIDDLE).enumerate() {
            if self.middles.contains(window) {
                hide(&view[at..at + SHORTEST_MIDDLE]);
            }
        }
    }
}

/// How many characters are alike. One that cannot be told is like any, but tells nothing, so some must be told.
fn alike<'a>(view: impl Iterator<Item = &'a char>, text: impl Iterator<Item = &'a char>) -> usize {
    let pairs = view.zip(text).take_while(|(seen, wanted)| seen == wanted || **seen == UNTOLD);
    let (mut length, mut told, mut told_until) = (0, 0, 0);
    for (seen, _) in pairs {
        length += 1;
        if *seen != UNTOLD {
            told += 1;
            told_until = length;
        }
    }
    if told * 2 >= length { length } else { told_until.min(told) }
}

/// The view as it is compared: without what does not count, in lower case.
fn compared(view: &[Unit]) -> Vec<Unit> {
    view.iter()
        .filter(|unit| counts(unit.character))
        .flat_map(|unit| unit.character.to_lowercase().map(|character| Unit { character, ..*unit }))
        .collect()
}

fn counts(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && character != '+'
}

type Decode = fn(&[Unit]) -> Vec<String>;

/// The parts of a view that may be base64, or hexadecimal digits.
fn encoded_runs(view: &[Unit]) -> impl Iterator<Item = (Decode, &[Unit])> {
    let base64 = |unit: &Unit| unit.character.is_ascii_alphanumeric() || "+/-_".contains(unit.character);
    let hex = |unit: &Unit| unit.character.is_ascii_hexdigit();
    let of_base64 = view.split(move |unit| !base64(unit)).filter(|run| run.len() >= SHORTEST_BASE64);
    let of_hex = view.split(move |unit| !hex(unit)).filter(|run| run.len() >= 2 * SHORTEST_END);
    let base64 = of_base64.map(|run| (from_base64 as Decode, run));
    base64.chain(of_hex.map(|run| (from_hex as Decode, run)))
}

/// What the digits say by each place at which the first whole byte may begin.
fn from_base64(run: &[Unit]) -> Vec<String> {
    let value = |character: char| match character {
        'A'..='Z' => u32::from(character) - u32::from('A'),
        'a'..='z' => u32::from(character) - u32::from('a') + 26,
        '0'..='9' => u32::from(character) - u32::from('0') + 52,
        '+' | '-' => 62,
        _ => 63,
    };
    let digits: Vec<u32> = run.iter().map(|unit| value(unit.character)).collect();
    (0..4).map(|start| text_of_digits(digits.get(start..).unwrap_or_default(), 6)).collect()
}

fn from_hex(run: &[Unit]) -> Vec<String> {
    let digits: Vec<u32> = run.iter().filter_map(|unit| unit.character.to_digit(16)).collect();
    (0..2).map(|start| text_of_digits(digits.get(start..).unwrap_or_default(), 4)).collect()
}

/// The whole bytes of digits of so many bits, as text. What is no text separates.
fn text_of_digits(digits: &[u32], bits: u32) -> String {
    let (mut bytes, mut held, mut count) = (Vec::new(), 0_u32, 0);
    for digit in digits {
        held = (held << bits | digit) & 0xffff;
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(held >> count & 0xff).unwrap_or_default());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The characters of base64 that the text alone decides, when it stands behind so many bytes of something else, counted in
/// threes.
fn base64(text: &str, before: usize, last: [u8; 2]) -> String {
    let alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(last).collect();
    let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(text.bytes()).collect();
    let bit = |index: usize| usize::from(bytes[index / 8] >> (7 - index % 8) & 1);
    let character = |index: usize| {
        let bits = (index * 6..index * 6 + 6).fold(0, |bits, index| bits << 1 | bit(index));
        char::from(alphabet[bits])
    };
    ((before * 8).div_ceil(6)..bytes.len() * 8 / 6).map(character).collect()
}
