//! The ways in which a message may hold a text. Letters' case is left to whoever compares.

use serde_json::Value;

/// What is shorter in base64 is found where it is not.
const SHORTEST_BASE64: usize = 8;

/// The text itself, escaped once and twice as in JSON, percent-encoded as in paths and queries, and in base64. None is empty
/// unless the text is.
pub(super) fn writings(text: &str) -> Vec<String> {
    let json = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let mut writings = vec![
        text.to_owned(),
        text.to_lowercase(),
        text.to_uppercase(),
        json(text),
        json(&json(text)),
        ascii(&json(text)),
        json_of_codes(text),
        json(text).replace('/', "\\/"),
        percent(text, b"-_.~"),
        percent(text, b"-_.~/"),
        percent(text, b"-_.~").replace("%20", "+"),
    ];
    for alphabet in [b"+/", b"-_"] {
        let encoded = (0..3).map(|before| base64(text, before, *alphabet));
        writings.extend(encoded.filter(|encoded| encoded.len() >= SHORTEST_BASE64));
    }
    writings.sort_unstable();
    writings.dedup();
    writings
}

fn ascii(text: &str) -> String {
    let escape = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(escape).collect()
}

/// As some write JSON: every character by its code that is not plain.
fn json_of_codes(text: &str) -> String {
    let escape = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        ' '..='~' => character.to_string(),
        other => other
            .encode_utf16(&mut [0; 2])
            .iter()
            .fold(String::new(), |all, unit| all + &format!("\\u{unit:04x}")),
    };
    text.chars().map(escape).collect()
}

fn percent(text: &str, plain: &[u8]) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(encode).collect()
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
