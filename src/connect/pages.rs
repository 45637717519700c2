//! Where a list ends of which the service says that there is another page, and how much of it is kept.

use std::collections::BTreeSet;
use std::fmt::{self, Debug, Write as _};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The most pages of a list: as many as if each held one permission, of which a profile has 500 at most, and more than an
/// instance has profiles, 100 unless raised.
const MOST_PAGES: usize = 500;

/// The most that is kept of a profile or of one list of it, in characters as Rust writes it for debugging: an entry's size in
/// memory goes by that. Five hundred permissions of 128 characters are 65,000, a hundred AI agents 200,000.
const MOST_OF_A_PROFILE: usize = 256 << 10;

/// The same for the profiles of an instance: some 5,000.
const MOST_OF_AN_INSTANCE: usize = 2 << 20;

/// Why the rest of a list is not asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Endless {
    /// It would go round in a circle.
    #[error("page {0} of the list names a next page that was read before, so the list would never end")]
    Circle(usize),
    /// It has more pages than any of Connect's.
    #[error("the list has more than {MOST_PAGES} pages")]
    Pages,
    /// What was read so far is more than any of Connect's lists holds.
    #[error("the response holds more than a profile, or the profiles of an instance, can have")]
    Content,
}

/// The pages of one list, read one after the other.
#[derive(Debug, Default)]
pub struct Pages {
    token: Option<String>,
    /// What became of the tokens before: they may be long.
    seen: BTreeSet<u64>,
    count: usize,
}

impl Pages {
    /// What names the page that is to be read now; none for the first.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Whether there is another page after the one that was read and gave this token.
    pub fn turn(&mut self, next: Option<String>) -> Result<bool, Endless> {
        self.count += 1;
        // As with the SDK's own paginators, an empty token is none.
        self.token = next.filter(|token| !token.is_empty());
        let Some(token) = &self.token else { return Ok(false) };
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return Err(Endless::Circle(self.count));
        }
        if self.count >= MOST_PAGES { Err(Endless::Pages) } else { Ok(true) }
    }
}

/// How much more may be kept.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    pub(super) fn for_a_profile() -> Self {
        Self(MOST_OF_A_PROFILE)
    }

    pub(super) fn for_an_instance() -> Self {
        Self(MOST_OF_AN_INSTANCE)
    }

    /// Whether there is room for it, too.
    pub(super) fn take(&mut self, content: &impl Debug) -> Result<(), Endless> {
        write!(self, "{content:?}").map_err(|_| Endless::Content)
    }
}

impl fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_where_there_is_no_token() {
        let mut pages = Pages::default();
        assert_eq!(pages.token(), None);
        assert_eq!(pages.turn(Some("a".to_owned())), Ok(true));
        assert_eq!(pages.token().as_deref(), Some("a"));
        assert_eq!(pages.turn(Some(String::new())), Ok(false));
        assert_eq!(Pages::default().turn(None), Ok(false));
    }

    #[test]
    fn a_token_that_comes_again_ends_the_list_however_far_back_it_was() {
        let mut pages = Pages::default();
        for token in ["a", "b", "c"] {
            assert_eq!(pages.turn(Some(token.to_owned())), Ok(true));
        }
        assert_eq!(pages.turn(Some("a".to_owned())), Err(Endless::Circle(4)));
    }

    #[test]
    fn no_list_has_more_than_500_pages() {
        let mut pages = Pages::default();
        for page in 1..MOST_PAGES {
            assert_eq!(pages.turn(Some(page.to_string())), Ok(true));
        }
        assert_eq!(pages.turn(Some("last".to_owned())), Err(Endless::Pages));
    }

    #[test]
    fn room_is_taken_by_what_is_kept_and_not_by_what_is_not() {
        let mut room = Room::for_a_profile();
        assert_eq!(room.take(&vec!["x".repeat(128); 500]), Ok(()));
        assert_eq!(room.take(&vec!["x".repeat(2048); 100]), Err(Endless::Content));
    }
}
