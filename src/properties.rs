//! The template's properties → what is wanted, or every mistake in them at once.
//!
//! Names, types and limits are those of the native `AWS::Connect::SecurityProfile`, widened to what the API takes. Nothing
//! is called here: a template with a mistake never reaches Connect. Old properties are read by [`crate::previous`], which
//! forgives everything.

mod confidential;
pub mod definition;
mod limits;
mod lookup;
mod members;
mod reader;
mod references;
mod role;

use std::fmt;

use serde_json::{Map, Value};

use crate::arn::InstanceArn;
use crate::catalogue;
use crate::names::ProfileName;
use crate::settings::{Settings, Tags};
pub use confidential::confidential;
pub use lookup::{LOOKUP_PROPERTIES, Sought};
use members::read_settings;
pub use reader::Mistake;
pub use reader::text_of;
use reader::{Mistakes, Node, Object, excerpt};
pub use references::{is_reference, never_resolved};
pub use role::AssumedRole;

/// What a template wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Desired {
    /// The instance the profile is in; its region is where Connect is called.
    pub instance: InstanceArn,
    /// The profile's name.
    pub name: ProfileName,
    /// The members stated, with `ExpandPermissions` carried out.
    pub settings: Settings,
    /// The tags stated, if any statement is made.
    pub tags: Option<Tags>,
    /// The role that Connect is called as; the function's own if there is none.
    pub role: Option<AssumedRole>,
    /// `Adopt`
    pub adopt: bool,
    /// `OnDelete`
    pub on_delete: OnDelete,
}

/// What a Delete does to a profile that the resource created.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnDelete {
    /// It is deleted.
    #[default]
    Delete,
    /// The owner tag is taken off, and the profile stays.
    Retain,
}

/// All that is wrong with the properties.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct PropertyMistakes(pub Vec<Mistake>);

/// The names of all properties, also those that the protocol itself reads.
pub const PROPERTIES: [&str; definition::PROFILE.len()] = definition::names(&definition::PROFILE);

impl Desired {
    /// Reads the properties of a Create for a function that runs in `account`.
    pub fn read(properties: &Map<String, Value>, account: &str) -> Result<Self, PropertyMistakes> {
        Self::read_over_any(properties, None, account).map(|(desired, _)| desired)
    }

    /// Reads the properties of an Update. What the `old` properties had already is only warned about where the rule is newer
    /// than they may be: a stack that an older version deployed must still roll back.
    pub fn read_over(
        properties: &Map<String, Value>,
        old: &Map<String, Value>,
        account: &str,
    ) -> Result<(Self, Vec<Mistake>), PropertyMistakes> {
        Self::read_over_any(properties, Some(old), account)
    }

    fn read_over_any(
        properties: &Map<String, Value>,
        old: Option<&Map<String, Value>>,
        account: &str,
    ) -> Result<(Self, Vec<Mistake>), PropertyMistakes> {
        let mut mistakes = Mistakes::default();
        let root = Object::root(properties, &PROPERTIES, &mut mistakes);

        let sought = Sought::of(&root, account, &mut mistakes);
        let expand = root.get("ExpandPermissions").and_then(|node| node.flag(&mut mistakes)).unwrap_or(false);
        let settings = read_settings(&root, expand, &mut mistakes);
        let tags = root.get("Tags").and_then(|node| members::tags(&node, &mut mistakes));
        let adopt = root.get("Adopt").and_then(|node| node.flag(&mut mistakes)).unwrap_or(false);
        let on_delete = root.get("OnDelete").and_then(|node| node.word(&limits::ON_DELETE, &mut mistakes));
        references::check(properties, &mut mistakes);

        let (mistakes, warnings) = mistakes.judged(old);
        match sought {
            Some(Sought { instance, name, role }) if mistakes.is_empty() => {
                let on_delete =
                    if on_delete.as_deref() == Some("Retain") { OnDelete::Retain } else { OnDelete::Delete };
                Ok((Self { instance, name, settings, tags, role, adopt, on_delete }, warnings))
            }
            _ => Err(PropertyMistakes(mistakes)),
        }
    }

    /// The stated permissions that the catalogue does not know, each of the [first](catalogue::MOST_NEAREST) with the nearest
    /// name that it does.
    pub fn unknown_permissions(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        let stated = self.settings.permissions.iter().flatten();
        let unknown = stated.filter(|permission| !catalogue::is_known(permission));
        unknown.enumerate().map(|(index, permission)| {
            let is_read = index < catalogue::MOST_NEAREST;
            (permission.as_str(), is_read.then(|| catalogue::nearest_permission(permission)).flatten())
        })
    }
}

fn read_instance(node: &Node<'_>, account: &str, mistakes: &mut Mistakes) -> Option<InstanceArn> {
    let text = node.text(mistakes)?;
    match text.parse::<InstanceArn>() {
        Ok(instance) if instance.account() == account => Some(instance),
        Ok(instance) => {
            let other = instance.account();
            mistakes.add(
                node.path(),
                format!("is in account {other}, and the calls are made in {account}, the account of RoleArn or else of the provider"),
            );
            None
        }
        Err(_) => {
            mistakes.add(
                node.path(),
                format!(
                    "`{}` is not an instance's ARN: arn:<partition>:connect:<region>:<account>:instance/<id>",
                    excerpt(&text)
                ),
            );
            None
        }
    }
}

fn read_name(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<ProfileName> {
    let text = node.text_of(limits::PROFILE_NAME, mistakes)?;
    let name = text.parse().ok();
    if name.is_none() {
        let rule = format!("`{}` may hold only letters, digits, spaces, `_`, `@` and `-`", excerpt(&text));
        mistakes.add(node.path(), rule);
    }
    name
}

impl fmt::Display for PropertyMistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(mistakes) = self;
        if let [mistake] = &mistakes[..] {
            return write!(formatter, "a mistake in the properties: {mistake}");
        }
        write!(formatter, "{} mistakes in the properties:", mistakes.len())?;
        // A precision limits how many are written, as for all lists in the log.
        let most = formatter.precision().unwrap_or(usize::MAX);
        for (index, mistake) in mistakes.iter().take(most).enumerate() {
            write!(formatter, " ({}) {mistake}", index + 1)?;
        }
        match mistakes.len().saturating_sub(most) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests;
