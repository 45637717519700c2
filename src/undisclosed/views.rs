//! What a text says once its escapes and encodings are undone, and where each character of that stands in the text.

use custom_resource::printable_characters;

/// A character that cannot be told: of another encoding, or a name of HTML's that is not known here.
pub(super) const UNTOLD: char = '\u{10ffff}';

/// A character, and the bytes of the text that write it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unit {
    pub(super) character: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// More layers of escapes than this nobody writes.
const MOST_LAYERS: usize = 5;

/// The text as it is, and once for each layer of escapes that is undone; each again as a reason shows it, where that differs.
pub(super) fn views(text: &str) -> Vec<Vec<Unit>> {
    let plain =
        |(start, character): (usize, char)| Unit { character, start, end: start + character.len_utf8() };
    let mut views = vec![text.char_indices().map(plain).collect::<Vec<_>>()];
    while views.len() <= MOST_LAYERS {
        let last = &views[views.len() - 1];
        let next = undone(last);
        if next.len() == last.len() {
            break;
        }
        views.push(next);
    }
    let cleaned: Vec<_> = views.iter().filter_map(|view| cleaned(view)).collect();
    views.extend(cleaned);
    views
}

/// The view without what a reason is cleaned of, such as the escape sequences of a terminal, if it has any of that.
fn cleaned(view: &[Unit]) -> Option<Vec<Unit>> {
    if !view.iter().any(|unit| unit.character.is_control()) {
        return None;
    }
    let text: String = view.iter().map(|unit| unit.character).collect();
    let mut places = text.char_indices().map(|(at, _)| at).zip(view);
    let units = printable_characters(&text).into_iter().filter_map(|(kept, character)| {
        places.find(|(at, _)| *at == kept).map(|(_, unit)| Unit { character, ..*unit })
    });
    Some(units.collect())
}

/// One layer less: percent-encoding, quoted-printable, the escapes of JSON and of programming languages, the references of XML
/// and HTML. Each is longer than what it writes.
fn undone(view: &[Unit]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(view.len());
    let mut rest = view;
    while let Some(first) = rest.first() {
        let read = match first.character {
            introducer @ ('%' | '=') => bytes_of(introducer, rest),
            '\\' => escape(rest),
            '&' => reference(rest),
            _ => None,
        };
        let (read, length) = read.unwrap_or_else(|| (vec![*first], 1));
        units.extend(read);
        rest = &rest[length..];
    }
    units
}

/// Bytes, which are UTF-8 as a rule, each behind `%` or `=`.
fn bytes_of(introducer: char, view: &[Unit]) -> Option<(Vec<Unit>, usize)> {
    let mut bytes = Vec::new();
    while view.get(bytes.len() * 3).is_some_and(|unit| unit.character == introducer) {
        let Some(byte) = number(view, bytes.len() * 3 + 1, 2, 16) else { break };
        bytes.push(u8::try_from(byte).ok()?);
    }
    let at = |index: usize, length: usize| (view[index * 3].start, view[(index + length) * 3 - 1].end);
    let mut units = Vec::new();
    let mut index = 0;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let (start, end) = at(index, character.len_utf8());
            units.push(Unit { character, start, end });
            index += character.len_utf8();
        }
        for _ in chunk.invalid() {
            let (start, end) = at(index, 1);
            units.push(Unit { character: UNTOLD, start, end });
            index += 1;
        }
    }
    (!bytes.is_empty()).then(|| (units, bytes.len() * 3))
}

fn escape(view: &[Unit]) -> Option<(Vec<Unit>, usize)> {
    let (character, length) = match view.get(1)?.character {
        'u' if view.get(2).is_some_and(|unit| unit.character == '{') => {
            let end = view.iter().take(10).position(|unit| unit.character == '}')?;
            (char::from_u32(number(view, 3, end - 3, 16)?)?, end + 1)
        }
        'u' => {
            let first = number(view, 2, 4, 16)?;
            let is_pair = (0xd800..0xdc00).contains(&first)
                && view.get(6).is_some_and(|unit| unit.character == '\\')
                && view.get(7).is_some_and(|unit| unit.character == 'u');
            let second = if is_pair { number(view, 8, 4, 16) } else { None };
            match second {
                Some(second @ 0xdc00..0xe000) => {
                    (char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, 12)
                }
                _ => (char::from_u32(first).unwrap_or(UNTOLD), 6),
            }
        }
        // Of bytes that are UTF-8, too, each is a character here, as in a text that is read as Latin-1.
        'x' => (char::from_u32(number(view, 2, 2, 16)?)?, 4),
        '0'..='3' => (char::from_u32(number(view, 1, 3, 8)?)?, 4),
        'n' | 'r' | 't' | 'b' | 'f' => (' ', 2),
        plain @ ('"' | '\'' | '\\' | '/' | '`' | '$') => (plain, 2),
        _ => return None,
    };
    Some((vec![Unit { character, start: view[0].start, end: view[length - 1].end }], length))
}

fn reference(view: &[Unit]) -> Option<(Vec<Unit>, usize)> {
    const LONGEST: usize = 34;
    let end = view.iter().take(LONGEST).position(|unit| unit.character == ';')?;
    let name: String = view[1..end].iter().map(|unit| unit.character).collect();
    let character = match name.as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "sol" => '/',
        "plus" => '+',
        "equals" => '=',
        name => match name.strip_prefix('#') {
            Some(digits) => {
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => digits.parse(),
                };
                char::from_u32(code.ok()?)?
            }
            None if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => UNTOLD,
            None => return None,
        },
    };
    Some((vec![Unit { character, start: view[0].start, end: view[end].end }], end + 1))
}

/// The number that so many digits write.
fn number(view: &[Unit], start: usize, length: usize, radix: u32) -> Option<u32> {
    let digits = view.get(start..start + length).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u32, |number, unit| {
        number.checked_mul(radix)?.checked_add(unit.character.to_digit(radix)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> String {
        views(text).pop().unwrap().iter().map(|unit| unit.character).collect()
    }

    #[test]
    fn every_layer_of_escapes_is_undone() {
        for (text, plain) in [
            ("plain % \\ & ;", "plain % \\ & ;"),
            ("%C3%A9%20%2525%2541", "é %A"),
            ("\\u00e9\\ud83d\\ude80\\\"\\\\\\/", "é🚀\"/"),
            ("\\\\\\\"", "\""),
            ("&lt;&#233;&#xE9;&amp;quot;", "<éé\""),
            ("%26quot%3B\\u0026amp;", "\"&"),
            ("\\u{e9}\\xe9\\351", "ééé"),
            ("=C3=A9=3D", "é="),
        ] {
            assert_eq!(last(text), plain, "{text}");
        }
        assert_eq!(last("&eacute;%E9"), String::from_iter([UNTOLD, UNTOLD]));
    }

    #[test]
    fn each_character_knows_the_bytes_that_write_it() {
        let text = "é%C3%A9\\u00e9&amp;lt;";
        for view in views(text) {
            assert_eq!(view.iter().map(|unit| &text[unit.start..unit.end]).collect::<String>(), text);
        }
    }
}
