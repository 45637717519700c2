//! Texts that are looked for, and whether a message holds one of them, or as much of one as tells something.
//!
//! A service may write back a text trimmed, cut at either end, or from its middle; so its beginning and its end count from six
//! characters on, and what stands between from sixteen. White space, `+`, what shows nothing of itself and the case of
//! letters do not count.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::ControlFlow;

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

/// The texts together: more than twice what may be stated, before and after, and be live. What is more takes the memory of
/// the function.
const MOST_TEXT: usize = 262_144;

/// The texts, ready to be looked for.
#[derive(Default)]
pub(super) struct Fragments {
    by_first: HashMap<char, Vec<usize>>,
    by_last: HashMap<char, Vec<usize>>,
    /// Their hashes.
    middles: HashSet<u64>,
    texts: Vec<Vec<char>>,
    /// Those of which hardly anything is compared: looked for as they are.
    rest: Vec<String>,
}

/// It would take more than it is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooMuch;

impl Fragments {
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self, TooMuch> {
        let texts: HashSet<&str> = texts.filter(|text| text.len() >= SHORTEST_TEXT).collect();
        if texts.iter().map(|text| text.len()).sum::<usize>() > MOST_TEXT {
            return Err(TooMuch);
        }
        let (mut fragments, mut known) = (Self::default(), HashSet::new());
        let mut add = |text: Vec<char>| {
            if text.len() >= SHORTEST_TEXT && known.insert(text.clone()) {
                fragments.add(text);
            }
        };
        for text in &texts {
            for written in std::iter::once((*text).to_owned()).chain(misread(text)) {
                // Where the text itself holds what looks like an escape, a message that is undone has it undone.
                for view in views(&written) {
                    add(compared(&view).into_iter().map(|unit| unit.character).collect());
                }
            }
            // In another case than it was written it cannot be decoded.
            for last in [*b"+/", *b"-_"] {
                let encoded = (0..3).map(|before| base64(text, before, last));
                for encoded in encoded.filter(|encoded| encoded.len() >= SHORTEST_BASE64) {
                    add(encoded.to_lowercase().chars().filter(|character| counts(*character)).collect());
                }
            }
        }
        for text in texts {
            if text.chars().filter(|character| counts(*character)).count() < SHORTEST_TEXT {
                fragments.rest.push(text.to_owned());
            }
        }
        Ok(fragments)
    }

    fn add(&mut self, text: Vec<char>) {
        let index = self.texts.len();
        for (by, character) in [(&mut self.by_first, text[0]), (&mut self.by_last, text[text.len() - 1])] {
            by.entry(character).or_default().push(index);
            if !character.is_ascii() {
                by.entry(UNTOLD).or_default().push(index);
            }
        }
        self.middles.extend(text.windows(SHORTEST_MIDDLE).map(hash));
        self.texts.push(text);
    }

    /// The bytes of the message that hold something of a text.
    pub(super) fn hidden_in(&self, message: &str) -> Result<Vec<bool>, TooMuch> {
        let mut hidden = vec![false; message.len()];
        let mut search = Search { fragments: self, work: MOST_WORK };
        match search.hide(message, MOST_ENCODINGS, &mut Found::Hide(&mut hidden)) {
            ControlFlow::Break(End::TooMuch) => return Err(TooMuch),
            ControlFlow::Break(End::Found) | ControlFlow::Continue(()) => {}
        }
        for (at, text) in self.rest.iter().flat_map(|text| message.match_indices(text.as_str())) {
            hidden[at..at + text.len()].fill(true);
        }
        Ok(hidden)
    }
}

/// As many comparisons as a message gets: ten times what a long one takes among as many texts as there may be, and tenths of a
/// second.
const MOST_WORK: usize = 40_000_000;

/// The search of one message, with what is left of its work.
struct Search<'a> {
    fragments: &'a Fragments,
    work: usize,
}

/// What becomes of what is found.
enum Found<'a> {
    /// These bytes are hidden.
    Hide(&'a mut [bool]),
    /// It is the end of the search.
    End,
}

/// Why a search ends early.
enum End {
    Found,
    TooMuch,
}

impl Found<'_> {
    fn take(&mut self, units: &[Unit]) -> ControlFlow<End> {
        match (self, units.first(), units.last()) {
            (_, None, _) | (_, _, None) => {}
            (Self::Hide(hidden), Some(first), Some(last)) => hidden[first.start..last.end].fill(true),
            (Self::End, ..) => return ControlFlow::Break(End::Found),
        }
        ControlFlow::Continue(())
    }

    fn has(&self, units: &[Unit]) -> bool {
        match self {
            Self::Hide(hidden) => units.iter().all(|unit| hidden[unit.start]),
            Self::End => false,
        }
    }
}

impl Search<'_> {
    fn spend(&mut self, work: usize) -> ControlFlow<End> {
        match self.work.checked_sub(work) {
            Some(left) => {
                self.work = left;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(End::TooMuch),
        }
    }

    fn hide(&mut self, message: &str, encodings: usize, found: &mut Found<'_>) -> ControlFlow<End> {
        for view in views(message) {
            self.spend(view.len())?;
            self.hide_in_view(&compared(&view), found)?;
            if encodings == 0 {
                continue;
            }
            let view: Vec<Unit> = view.into_iter().filter(|unit| !is_ignorable(unit.character)).collect();
            for (decode, run) in encoded_runs(&view) {
                if found.has(run) {
                    continue;
                }
                self.spend(run.len() * 4)?;
                for text in decode(run) {
                    match self.hide(&text, encodings - 1, &mut Found::End) {
                        ControlFlow::Continue(()) => {}
                        ControlFlow::Break(End::Found) => {
                            found.take(run)?;
                            break;
                        }
                        ControlFlow::Break(End::TooMuch) => return ControlFlow::Break(End::TooMuch),
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn hide_in_view(&mut self, view: &[Unit], found: &mut Found<'_>) -> ControlFlow<End> {
        let fragments = self.fragments;
        let characters: Vec<char> = view.iter().map(|unit| unit.character).collect();
        // What is hidden already is not looked at again: a text that begins within it and is no longer tells nothing new.
        let mut until = 0;
        for (at, &character) in characters.iter().enumerate() {
            for &index in indices(&fragments.by_first, character) {
                let text = &fragments.texts[index];
                if at + text.len() <= until {
                    self.spend(1)?;
                    continue;
                }
                let (length, work) = alike(characters[at..].iter(), text.iter());
                self.spend(work)?;
                if length >= SHORTEST_END.min(text.len()) {
                    found.take(&view[at..at + length])?;
                    until = until.max(at + length);
                }
            }
        }
        let mut from = characters.len();
        for (at, &character) in characters.iter().enumerate().rev() {
            for &index in indices(&fragments.by_last, character) {
                let text = &fragments.texts[index];
                if at + 1 >= from + text.len() {
                    self.spend(1)?;
                    continue;
                }
                let (length, work) = alike(characters[..=at].iter().rev(), text.iter().rev());
                self.spend(work)?;
                if length >= SHORTEST_END.min(text.len()) {
                    found.take(&view[at + 1 - length..=at])?;
                    from = from.min(at + 1 - length);
                }
            }
        }
        self.spend(characters.len() * SHORTEST_MIDDLE)?;
        for (at, window) in characters.windows(SHORTEST_MIDDLE).enumerate() {
            if fragments.middles.contains(&hash(window)) {
                found.take(&view[at..at + SHORTEST_MIDDLE])?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// The texts that may be alike from a character on.
fn indices(by: &HashMap<char, Vec<usize>>, character: char) -> impl Iterator<Item = &usize> {
    let lost = (is_lost(character) && character != UNTOLD).then_some(UNTOLD);
    [Some(character), lost].into_iter().flatten().filter_map(|key| by.get(&key)).flatten()
}

fn hash(window: &[char]) -> u64 {
    let mut hasher = DefaultHasher::new();
    window.hash(&mut hasher);
    hasher.finish()
}

/// What is written for a character that an encoding does not have.
fn is_lost(character: char) -> bool {
    matches!(character, '?' | char::REPLACEMENT_CHARACTER | UNTOLD)
}

/// How many characters are alike, and how many were compared. One that cannot be told is like any, and one that is lost like any
/// but ASCII; but either tells nothing, so some must be told.
fn alike<'a>(view: impl Iterator<Item = &'a char>, text: impl Iterator<Item = &'a char>) -> (usize, usize) {
    let pairs = view.zip(text).take_while(|(seen, wanted)| {
        seen == wanted || **seen == UNTOLD || is_lost(**seen) && !wanted.is_ascii()
    });
    let (mut length, mut told, mut told_until) = (0, 0, 0);
    for (seen, wanted) in pairs {
        length += 1;
        if seen == wanted {
            told += 1;
            told_until = length;
        }
    }
    (if told * 2 >= length { length } else { told_until.min(told) }, length + 1)
}

/// The text as programs write it that mistake its encoding: UTF-8 that is read as Latin-1 or as Windows-1252, where each
/// byte is a character, and UTF-16 of which each half of a pair is one.
fn misread(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return Vec::new();
    }
    let windows = |byte: u8| match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        byte => char::from(byte),
    };
    let halves = |character: char| std::iter::repeat_n(character, character.len_utf16());
    vec![
        text.bytes().map(char::from).collect(),
        text.bytes().map(windows).collect(),
        text.chars().flat_map(halves).collect(),
    ]
}

/// What Windows-1252 has where Latin-1 has control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// The view as it is compared: without what does not count, in lower case.
fn compared(view: &[Unit]) -> Vec<Unit> {
    view.iter()
        .filter(|unit| counts(unit.character))
        .flat_map(|unit| unit.character.to_lowercase().map(|character| Unit { character, ..*unit }))
        .collect()
}

fn counts(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && character != '+' && !is_ignorable(character)
}

/// What shows nothing of itself: Unicode's `Default_Ignorable_Code_Point`.
fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
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
