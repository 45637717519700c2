//! What an event does with a profile that exists, by whose it is: the whole table, and nothing else.
//!
//! Pure. [`crate::plan`] turns a course into calls; `docs/ownership.md` shows the table to users and is checked against it.

use crate::owner::{Origin, Ownership};
use crate::properties::OnDelete;

/// An event that wants a profile to be as the template states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// A Create finds the name taken.
    Create {
        /// `Adopt`
        adopt: bool,
    },
    /// An Update asks for another name or instance, or its profile is gone, and finds the name taken.
    Replace {
        /// `Adopt`
        adopt: bool,
    },
    /// An Update of the profile that the physical id names.
    Update,
}

/// What becomes of the profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Course {
    /// It becomes what a fresh Create would make: what is not stated is emptied.
    MakeAsFresh,
    /// What is stated becomes live, what is stated no more is cleared, the rest stays.
    Converge,
    /// What is stated becomes live, the rest stays.
    Merge,
    /// It is claimed by the owner tag as adopted, the claim is read back, and what is stated becomes live. If anything
    /// fails it is put back as it was.
    Claim,
    /// As [`Merge`](Self::Merge), and the owner tag, which was lost, is put back as that of an adopted profile.
    ClaimAgain,
    /// It stays as it is: success if it is as stated already, so that a rollback can finish, else a failure.
    LeaveOrFail,
    /// It stays as it is, and the event fails.
    Refuse,
}

/// What a Delete does with the profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parting {
    /// It is deleted.
    Delete,
    /// The owner tag is taken off, and the profile stays.
    Release,
    /// It stays as it is.
    Leave,
}

/// The course of an event that is not a Delete.
#[must_use]
pub fn course(wish: Wish, ownership: &Ownership) -> Course {
    match (ownership, wish) {
        (Ownership::Ours(Origin::Created), Wish::Create { .. }) => Course::MakeAsFresh,
        (Ownership::Ours(Origin::Created), Wish::Replace { .. } | Wish::Update) => Course::Converge,
        (Ownership::Ours(Origin::Adopted), _) => Course::Merge,
        (Ownership::Nobody, Wish::Create { adopt } | Wish::Replace { adopt }) => {
            if adopt {
                Course::Claim
            } else {
                Course::Refuse
            }
        }
        (Ownership::Nobody, Wish::Update) => Course::ClaimAgain,
        (Ownership::Another(_), Wish::Create { .. } | Wish::Replace { .. }) => Course::Refuse,
        (Ownership::Another(_), Wish::Update) => Course::LeaveOrFail,
    }
}

/// The course of a Delete.
#[must_use]
pub fn parting(on_delete: OnDelete, ownership: &Ownership) -> Parting {
    match (ownership, on_delete) {
        (Ownership::Ours(Origin::Created), OnDelete::Delete) => Parting::Delete,
        (Ownership::Ours(_), _) => Parting::Release,
        (Ownership::Another(_) | Ownership::Nobody, _) => Parting::Leave,
    }
}
