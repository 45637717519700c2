//! A pattern in which `*` stands for any text and `?` for one character.

use std::fmt;

use wildmatch::WildMatch;

/// A pattern and how it compares letters.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    matcher: WildMatch,
}

impl Pattern {
    /// Upper and lower case are the same. For names, which people write as they like.
    #[must_use]
    pub fn any_case(text: &str) -> Self {
        Self { text: text.to_owned(), matcher: WildMatch::new_case_insensitive(text) }
    }

    /// Upper and lower case differ. For ARNs.
    #[must_use]
    pub fn exact_case(text: &str) -> Self {
        Self { text: text.to_owned(), matcher: WildMatch::new(text) }
    }

    /// Whether the whole text is as the pattern says.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.matcher.matches(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_the_rest_is_itself() {
        for (pattern, text, matches) in [
            ("SecurityProfiles.*", "SecurityProfiles.Edit", true),
            ("SecurityProfiles.*", "securityprofiles.EDIT", true),
            ("SecurityProfiles.*", "SecurityProfiles", false),
            ("SecurityProfiles.*", "MySecurityProfiles.Edit", false),
            ("SecurityProfiles.*", "SecurityProfilesXEdit", false),
            ("*", "", true),
            ("*.Edit", "Users.Edit.All", false),
            ("Admin", "admin", true),
            ("Admin", "Administrator", false),
            ("Adm?n", "Admin", true),
            ("[a-z]", "b", false),
            ("a**b", "ab", true),
            ("ünal", "ÜNAL", true),
        ] {
            assert_eq!(Pattern::any_case(pattern).matches(text), matches, "{pattern} {text}");
        }
        assert!(!Pattern::exact_case("arn:aws:iam::*:role/Deploy").matches("arn:aws:iam::1:role/deploy"));
        assert!(Pattern::exact_case("arn:aws:iam::*:role/Deploy").matches("arn:aws:iam::1:role/Deploy"));
    }
}
