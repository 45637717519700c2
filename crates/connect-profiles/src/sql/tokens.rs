//! The text of a query as tokens, as SQLite reads it: quotes, comments and all.

/// A token that is neither space nor comment, and where it stands, in bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A keyword or a bare name, as it is written.
    Word(String),
    /// A name in `"`, `` ` `` or `[]`, without them.
    Quoted(String),
    /// A text, without its quotes.
    Text(String),
    /// Anything else that is not a single sign: a number, a blob, a parameter.
    Other,
    /// A sign.
    Sign(char),
}

impl Token {
    /// Whether it is this keyword.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is this sign.
    #[must_use]
    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The name that it may be: bare or quoted.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(name) | Kind::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// All tokens of the text. What is not closed ends with the text; SQLite will say that it is wrong.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (length, kind) = match first {
            _ if first.is_whitespace() => (first.len_utf8(), None),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => (rest[2..].find("*/").map_or(rest.len(), |end| end + 4), None),
            '\'' => quoted(rest, '\'', Kind::Text),
            '"' | '`' => quoted(rest, first, Kind::Quoted),
            '[' => {
                let end = rest.find(']').unwrap_or(rest.len());
                (rest.len().min(end + 1), Some(Kind::Quoted(rest[1..end].to_owned())))
            }
            'x' | 'X' if rest[1..].starts_with('\'') => {
                (rest[2..].find('\'').map_or(rest.len(), |end| end + 3), Some(Kind::Other))
            }
            _ if is_of_word(first) && !first.is_ascii_digit() => {
                let end = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
                (end, Some(Kind::Word(rest[..end].to_owned())))
            }
            '0'..='9' | '?' | ':' | '@' | '#' => {
                let end = rest[1..].find(|letter| !is_of_word(letter)).map_or(rest.len(), |end| end + 1);
                (end, Some(Kind::Other))
            }
            sign => (sign.len_utf8(), Some(Kind::Sign(sign))),
        };
        tokens.extend(kind.map(|kind| Token { kind, start, end: start + length }));
        start += length;
    }
    tokens
}

/// Doubled quotes stand for one.
fn quoted(rest: &str, quote: char, kind: impl Fn(String) -> Kind) -> (usize, Option<Kind>) {
    let mut content = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((index, letter)) = letters.next() {
        if letter != quote {
            content.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == quote) {
            content.push(quote);
            letters.next();
        } else {
            return (index + 1, Some(kind(content)));
        }
    }
    (rest.len(), Some(kind(content)))
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$' || !letter.is_ascii()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_and_comments_hide_what_is_in_them() {
        let text = "SELECT 'it''s -- a.b' AS \"x\"\"y\", [a b] -- aws.connect.c\n /* 'aws' */ FROM `t`;";
        let kinds: Vec<Kind> = tokens(text).into_iter().map(|token| token.kind).collect();
        let word = |text: &str| Kind::Word(text.to_owned());
        assert_eq!(
            kinds,
            [
                word("SELECT"),
                Kind::Text("it's -- a.b".to_owned()),
                word("AS"),
                Kind::Quoted("x\"y".to_owned()),
                Kind::Sign(','),
                Kind::Quoted("a b".to_owned()),
                word("FROM"),
                Kind::Quoted("t".to_owned()),
                Kind::Sign(';'),
            ]
        );
    }

    proptest! {
        #[test]
        fn tokens_lie_in_the_text_in_order(text in "[a-z'\"`\\[\\]\\-/*x.é0-9 \n;=(]{0,60}") {
            let mut last = 0;
            for token in tokens(&text) {
                prop_assert!(last <= token.start && token.start < token.end && token.end <= text.len());
                prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
                last = token.end;
            }
        }
    }
}
