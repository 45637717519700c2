//! What each property and attribute is, as data: its form, its limits, and a sentence for people.
//!
//! The names that the reader knows come from here. The schemas, the linter's among them, and `docs/properties.md` are made
//! from it, and tests hold the reader to every limit in it. Nothing of it but names gets into the Lambda.

mod attributes;
mod forms;
mod items;
mod lookup;
mod profile;

pub use attributes::ATTRIBUTES;
pub use lookup::LOOKUP;
pub use profile::{PROFILE, TAG_RESTRICTED_RESOURCES};

/// A property, or a key of an object in one.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What may be stated.
    pub form: Form,
    /// Whether it must be stated.
    pub required: bool,
    /// Whether CloudFormation replaces the resource when it changes.
    pub replaces: bool,
    /// What holds if it is not stated, where that is a value.
    pub default: Option<&'static str>,
    /// Whether it wants another property beside it.
    pub needs: Needs,
    /// What it is, in Markdown, for people.
    pub about: &'static str,
    /// A good value, as JSON.
    pub example: &'static str,
}

/// What may be stated.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Any text, of so many characters.
    Text(Text),
    /// A whole number, which CloudFormation itself checks.
    Number {
        /// The least.
        least: usize,
        /// The most.
        most: usize,
    },
    /// `true` or `false`.
    Flag,
    /// One of a few words.
    Word {
        /// The words.
        words: &'static [&'static str],
        /// Whether an empty text stands for none.
        or_empty: bool,
    },
    /// Different items without an order.
    List {
        /// The form of each.
        item: &'static Self,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// An object.
    Object {
        /// What the schema calls it.
        name: &'static str,
        /// All that it may hold.
        keys: &'static [Property],
    },
}

/// What a text may be.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The fewest characters.
    pub shortest: usize,
    /// The most characters, where there is a limit.
    pub longest: Option<usize>,
    /// What else it has to be.
    pub pattern: Option<Pattern>,
}

/// A rule for the characters of a text.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// An expression that JavaScript (with the flag `u`) and Python's `regex` read alike.
    pub expression: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// Texts that keep to it.
    pub accepted: &'static [&'static str],
    /// Texts that do not, all of an allowed length.
    pub refused: &'static [&'static str],
}

/// What a property, when it is not empty, wants beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Another property, not empty: without it, it is a mistake.
    Beside(&'static str),
    /// Another property, not empty: without it, it means nothing.
    Heeded(&'static str),
}

/// What `Fn::GetAtt` gives, always as text.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it is, in Markdown, for people.
    pub about: &'static str,
    /// Such as this.
    pub example: &'static str,
}

/// The names alone, to be known at compile time.
pub(super) const fn names<const COUNT: usize>(properties: &[Property; COUNT]) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut index = 0;
    while index < COUNT {
        names[index] = properties[index].name;
        index += 1;
    }
    names
}

/// As for properties.
#[must_use]
pub const fn attribute_names<const COUNT: usize>(attributes: &[Attribute; COUNT]) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut index = 0;
    while index < COUNT {
        names[index] = attributes[index].name;
        index += 1;
    }
    names
}
