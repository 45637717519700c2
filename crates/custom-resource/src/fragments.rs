//! An object or an array cut into the texts of its members, whatever is in them. No recursion: the depth costs nothing.

/// The members of an object, as far as the text is one.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Fragments<'a> {
    /// Name and value, each as it is written. In an array the names are empty.
    pub(crate) members: Vec<(&'a [u8], &'a [u8])>,
    /// Whether the text is one object or array, and nothing else.
    pub(crate) is_whole: bool,
}

/// The text without the byte order mark that it may begin with.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

impl<'a> Fragments<'a> {
    pub(crate) fn of_object(text: &'a [u8]) -> Self {
        Self::between(text, b'{', b'}')
    }

    pub(crate) fn of_array(text: &'a [u8]) -> Self {
        Self::between(text, b'[', b']')
    }

    /// The value of the last member of that name, which is written without escapes.
    pub(crate) fn get(&self, name: &str) -> Option<&'a [u8]> {
        let is_it = |written: &[u8]| {
            written.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) == Some(name.as_bytes())
        };
        self.members.iter().rev().find(|(written, _)| is_it(written)).map(|(_, value)| *value)
    }

    fn between(text: &'a [u8], opening: u8, closing: u8) -> Self {
        let mut fragments = Self::default();
        let mut rest = Rest(without_mark(text));
        if !rest.next_is(opening) {
            return fragments;
        }
        if rest.next_is(closing) {
            fragments.is_whole = rest.is_empty();
            return fragments;
        }
        loop {
            let name = if opening == b'{' { rest.string() } else { Some(&b""[..]) };
            let Some(name) = name else { return fragments };
            if opening == b'{' && !rest.next_is(b':') {
                return fragments;
            }
            let Some(value) = rest.value() else { return fragments };
            fragments.members.push((name, value));
            if rest.next_is(b',') {
                continue;
            }
            fragments.is_whole = rest.next_is(closing) && rest.is_empty();
            return fragments;
        }
    }
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn is_empty(&mut self) -> bool {
        self.0 = self.0.trim_ascii_start();
        self.0.is_empty()
    }

    /// Goes past this byte, if it is the next one that is no space.
    fn next_is(&mut self, byte: u8) -> bool {
        self.0 = self.0.trim_ascii_start();
        let is_next = self.0.first() == Some(&byte);
        self.0 = &self.0[usize::from(is_next)..];
        is_next
    }

    /// Goes past so many bytes and gives them.
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        self.0 = self.0.trim_ascii_start();
        let length = end_of_string(self.0)?;
        Some(self.take(length))
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        self.0 = self.0.trim_ascii_start();
        let length = match self.0.first()? {
            b'"' => end_of_string(self.0)?,
            b'{' | b'[' => end_of_nest(self.0)?,
            _ => self.0.iter().position(|byte| b",]}".contains(byte) || byte.is_ascii_whitespace())?,
        };
        (length > 0).then(|| self.take(length))
    }
}

/// How long the string is that the text begins with.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    text.strip_prefix(b"\"")?;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// How long the object or array is that the text begins with. Whether each bracket is of the right kind is for a parser.
fn end_of_nest(text: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match text.get(at)? {
            b'"' => {
                at += end_of_string(&text[at..])?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn texts<'a>(fragments: &Fragments<'a>) -> Vec<(&'a str, &'a str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        fragments.members.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn an_object_is_cut_into_its_members_as_they_are_written() {
        let fragments =
            Fragments::of_object(br#" { "a\"}" : "x,}\\" ,"b":{"c":[1,"]"]},"c": -1e9 ,"d":[]} "#);
        assert!(fragments.is_whole);
        assert_eq!(
            texts(&fragments),
            [
                (r#""a\"}""#, r#""x,}\\""#),
                (r#""b""#, r#"{"c":[1,"]"]}"#),
                (r#""c""#, "-1e9"),
                (r#""d""#, "[]")
            ]
        );
        assert_eq!(fragments.get("c"), Some(&b"-1e9"[..]));
        assert_eq!(fragments.get("e"), None);
        assert!(Fragments::of_object(b"{}").is_whole && Fragments::of_array(b" [ ] ").is_whole);
    }

    #[test]
    fn what_comes_before_a_fault_is_kept() {
        for text in [
            r#"{"a":1,"b"#,
            r#"{"a":1,"b":"#,
            r#"{"a":1,"b":"x"#,
            r#"{"a":1,"b":[{]"#,
            r#"{"a":1,b:2}"#,
            r#"{"a":1 2}"#,
            r#"{"a":1,}"#,
            r#"{"a":1,"b":,"c":2}"#,
            r#"{"a":1}x"#,
            r#"{"a":1]"#,
        ] {
            let fragments = Fragments::of_object(text.as_bytes());
            assert_eq!((texts(&fragments), fragments.is_whole), (vec![("\"a\"", "1")], false), "{text}");
        }
        assert_eq!(Fragments::of_object(b"[1]"), Fragments::default());
        assert_eq!(Fragments::of_object(b"{\"a\":\"\\"), Fragments::default());
    }

    #[test]
    fn the_last_of_several_members_of_one_name_is_got() {
        assert_eq!(Fragments::of_object(br#"{"a":1,"a":2}"#).get("a"), Some(&b"2"[..]));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_a_parser_takes_is_whole(text in r#"[{}\[\],:"\\a1 ]{0,40}"#) {
            let object = Fragments::of_object(text.as_bytes());
            let array = Fragments::of_array(text.as_bytes());
            match serde_json::from_str::<Value>(&text) {
                Ok(Value::Object(members)) => {
                    prop_assert!(object.is_whole && object.members.len() >= members.len());
                }
                Ok(Value::Array(items)) => {
                    prop_assert!(array.is_whole);
                    let read: Vec<Value> =
                        array.members.iter().map(|(_, text)| serde_json::from_slice(text).unwrap()).collect();
                    prop_assert_eq!(read, items);
                }
                _ => {}
            }
        }
    }
}
