//! Text that CloudFormation can show: no control characters, and no longer than there is room for.
//!
//! One control character in a `Reason` makes the stack's events unreadable for as long as they are kept (reported for
//! `\u{1b}`), and one byte too many hides the whole answer. Lengths are those of the JSON that is sent, in which
//! everything but ASCII is escaped.

/// The text without control characters: C0 but the newline, DEL, C1, whole ANSI escape sequences, and what turns the
/// direction of the text around it. A tab becomes a space; Unicode's line and paragraph separators become newlines.
#[must_use]
pub fn printable(text: &str) -> String {
    printable_characters(text).into_iter().map(|(_, character)| character).collect()
}

/// The characters of [`printable`], each with the byte of the text at which it stands.
#[must_use]
pub fn printable_characters(text: &str) -> Vec<(usize, char)> {
    let mut printable = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    loop {
        let at = text.len() - rest.as_str().len();
        let Some(character) = rest.next() else { return printable };
        match character {
            '\u{1b}' => {
                let after = rest.as_str();
                rest = after_escape(after).chars();
            }
            '\u{9b}' => {
                let after = rest.as_str();
                rest = after_parameters(after).chars();
            }
            '\t' => printable.push((at, ' ')),
            '\n' | '\u{2028}' | '\u{2029}' => printable.push((at, '\n')),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            character if character.is_control() => {}
            character => printable.push((at, character)),
        }
    }
}

/// The text as it may be shown: printable, and then without queries, as what is taken out may hide that there is a URL.
pub(crate) fn presentable(text: &str) -> String {
    without_queries(&printable(text))
}

/// What follows an ANSI escape sequence whose `ESC` has been read.
fn after_escape(text: &str) -> &str {
    match text.chars().next() {
        Some('[') => after_parameters(&text[1..]),
        // An operating-system command ends with BEL or with `ESC \`; without an end, only its start is dropped.
        Some(']') => match text.find(['\u{7}', '\u{1b}']) {
            Some(end) => text[end..].trim_start_matches(['\u{7}', '\u{1b}']).trim_start_matches('\\'),
            None => &text[1..],
        },
        Some('@'..='_') => &text[1..],
        _ => text,
    }
}

/// What follows the parameters and the final byte of a control sequence.
fn after_parameters(text: &str) -> &str {
    let rest = text.trim_start_matches(|character| matches!(character, ' '..='?'));
    match rest.chars().next() {
        Some('@'..='~') => &rest[1..],
        _ => rest,
    }
}

/// The text without the queries of the URLs in it, each of which may be a credential: `https://host/path?…`.
fn without_queries(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        kept.push_str(before);
        let (url, after) = url.split_at(url.find(ends_url).unwrap_or(url.len()));
        match url.find(['?', '#']) {
            None => kept.push_str(url),
            Some(at) => {
                kept.push_str(&url[..=at]);
                kept.push('…');
            }
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// No URL holds these: they end it where it stands in a sentence.
fn ends_url(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '`' | '<' | '>' | ')' | '|')
}

/// The bytes that the text takes within a JSON string of ASCII only.
pub(crate) fn escaped_length(text: &str) -> usize {
    text.chars().map(escaped_character_length).sum()
}

fn escaped_character_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\u{0}'..='\u{1f}' | '\u{7f}' => 6,
        character if character.is_ascii() => 1,
        character => 6 * character.len_utf16(),
    }
}

/// The text if it takes at most `room` bytes escaped, else its beginning and its end: an error says first what was
/// tried, and last, often, what the cause was.
pub(crate) fn shorten(text: &str, room: usize) -> String {
    const GAP: &str = " [...] ";
    if escaped_length(text) <= room {
        return text.to_owned();
    }
    let Some(room) = room.checked_sub(GAP.len()) else {
        return text[..fitting(text.chars(), room)].to_owned();
    };
    let tail = fitting(text.chars().rev(), room / 3);
    let head = fitting(text.chars(), room - room / 3);
    format!("{}{GAP}{}", &text[..head], &text[text.len() - tail..])
}

/// How many bytes of text, whole characters only, take at most `room` bytes escaped.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> usize {
    let mut left = room;
    let mut bytes = 0;
    for character in characters {
        let Some(rest) = left.checked_sub(escaped_character_length(character)) else { break };
        left = rest;
        bytes += character.len_utf8();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b11_control_characters_and_escape_sequences_are_taken_out() {
        for (text, expected) in [
            ("\u{1b}[31mboom\u{1b}[0m\u{0}\u{85}", "boom"),
            ("\u{9b}1;31mboom", "boom"),
            ("\u{1b}]0;title\u{7}boom", "boom"),
            ("\u{1b}]0;title\u{1b}\\boom", "boom"),
            ("\u{1b}]never ended", "never ended"),
            ("\u{1b}Mboom\u{1b}", "boom"),
            ("\u{1b}[é", "é"),
            ("a\tb\r\nc\u{7f}", "a b\nc"),
            ("a\u{2028}b \u{202e}lluf\u{202c} \u{2067}c\u{2069}", "a\nb lluf c"),
            ("naïve 🚀", "naïve 🚀"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }

    #[test]
    fn g2_the_query_of_a_url_is_left_out_wherever_it_stands() {
        for (text, expected) in [
            ("no URL? none", "no URL? none"),
            ("`https://h/p?X-Amz-Signature=s&a=b` failed?", "`https://h/p?…` failed?"),
            ("http://h?a b https://h/p#f", "http://h?… b https://h/p#…"),
            ("s3://b/k?v", "s3://b/k?…"),
            ("https://h/p", "https://h/p"),
            ("a://", "a://"),
        ] {
            assert_eq!(without_queries(text), expected);
        }
    }

    #[test]
    fn g2_the_query_of_a_url_is_left_out_whatever_stands_in_its_beginning() {
        for text in
            ["https:\u{202c}//h/p?secret", "https:/\u{1b}[0m/h/p?secret", "https:/\u{0}/h/p\u{0}?sec\u{7}ret"]
        {
            assert_eq!(presentable(text), "https://h/p?…", "{text:?}");
        }
    }

    #[test]
    fn b11_what_is_printable_stays_and_each_character_knows_where_it_stood() {
        let text = "a\u{1b}[31mé\tb\u{202e}🚀\u{9b}0mc";
        let characters = printable_characters(text);
        assert_eq!(characters, [(0, 'a'), (6, 'é'), (8, ' '), (9, 'b'), (13, '🚀'), (21, 'c')]);
        assert_eq!(printable(&printable(text)), printable(text));
    }

    #[test]
    fn b4_a_long_text_keeps_its_head_and_its_tail() {
        assert_eq!(shorten("0123456789", 10), "0123456789");
        assert_eq!(shorten("what was tried, much in between, the cause", 28), "what was tried [...] e cause");
        assert_eq!(shorten("0123456789", 5), "01234");
        assert_eq!(shorten("éééé", 6), "é", "without room for the gap, the head alone");
        assert_eq!(shorten("🚀🚀", 6), "", "no half characters");
    }
}
