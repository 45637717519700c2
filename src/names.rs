//! The names that pass through the provider: of profiles, permissions, tags and restricted resources.
//!
//! Only [`ProfileName`] is checked here, because it is looked up by and must be exact; the others are free text to the API,
//! and their limits are rules of the template's properties.

use std::fmt;
use std::str::FromStr;

/// The text with one space between its words and none around them: people see no more, and Connect may not either.
#[must_use]
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

macro_rules! free_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub struct $name(String);

        impl $name {
            /// The name as the API has it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

free_text! {
    /// A permission, such as `Users.View`. The API has no list of them; AWS adds some on a regular basis.
    Permission
}
free_text! {
    /// A resource type that tags or the hierarchy restrict, such as `User`.
    ResourceName
}
free_text! {
    /// A tag's key.
    TagKey
}

impl TagKey {
    /// Whether the tag is AWS's own, which nobody else may set and which does not count.
    #[must_use]
    pub fn is_of_aws(&self) -> bool {
        self.0.starts_with("aws:")
    }
}

/// A profile's name: 1 to 127 letters, digits, spaces, `_`, `@` and `-`; unique within an instance.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ProfileName(String);

/// The text cannot name a profile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a profile name: 1 to 127 letters, digits, spaces, `_`, `@` and `-`")]
pub struct ProfileNameError(String);

impl ProfileName {
    /// The name as the API has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    fn from_str(text: &str) -> Result<Self, ProfileNameError> {
        let well_formed = (1..=127).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" _@-".contains(&byte));
        well_formed.then(|| Self(text.to_owned())).ok_or_else(|| ProfileNameError(text.to_owned()))
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
