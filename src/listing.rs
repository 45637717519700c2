//! Lists in a line of the log: never longer than twenty names and a count.

use std::fmt::Display;

/// The most names that a line holds.
pub const MOST_NAMES: usize = 20;

/// The first names, and how many more there are: `A, B and 480 more`.
pub fn listed(names: impl IntoIterator<Item = impl Display>) -> String {
    listed_up_to(MOST_NAMES, names)
}

/// As [`listed`], with another limit.
pub(crate) fn listed_up_to(most: usize, names: impl IntoIterator<Item = impl Display>) -> String {
    let mut names = names.into_iter();
    let first: Vec<String> = names.by_ref().take(most).map(|name| name.to_string()).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_at_most_twenty_names_and_a_count() {
        assert_eq!(listed([""; 0]), "");
        assert_eq!(listed(["a", "b"]), "a, b");
        assert_eq!(listed(0..20).split(", ").count(), 20);
        assert!(listed(0..500).ends_with("18, 19 and 480 more"));
    }
}
