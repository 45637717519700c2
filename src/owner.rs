//! Whose a profile is: the one tag that says so, written and read.
//!
//! The owner is a stack's UUID **and** a logical id; region, account and stack name are in the tag for the people who read
//! it. Tags of a profile are the only memory the provider has: CloudFormation's own stack tags do not reach it.

use std::collections::BTreeMap;
use std::fmt;

use custom_resource::Resource;
use sha2::{Digest, Sha256};

use crate::names::TagKey;
use crate::undisclosed::Undisclosed;

/// The tag's key. Templates may not state it, and diffs do not show it.
pub const OWNER_TAG: &str = "custom-connect-security-profile:owner";

/// Whether a tag's key is [`OWNER_TAG`], in any case and with white space around it: IAM compares tag keys without regard to
/// case, so a policy that protects the one protects the others, and a key that only looks like it is nobody else's.
#[must_use]
pub fn is_owner_key(key: &str) -> bool {
    let folded = |text: &str| -> String {
        // There and back, as some letters have the capital of another: `ſ` is `S`.
        text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    };
    let key = key.trim();
    // No letter of the key is folded from one of more than three bytes.
    key.len() <= 3 * OWNER_TAG.len() && folded(key) == OWNER_TAG
}

/// Tag values hold 256 characters; a longer logical id keeps its beginning and a hash of the whole.
const LONGEST_VALUE: usize = 256;
const LONGEST_LOGICAL_ID: usize = 96;

/// A custom resource of a stack, as the owner of a profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    region: String,
    account: String,
    stack_id: String,
    logical_id: String,
    stack_name: String,
}

/// How the owner came by the profile. Fixed when it is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Made by this resource, which may also delete it.
    Created,
    /// It was there before; it is never deleted and never emptied for want of a statement.
    Adopted,
}

/// What a profile's tags say, as seen by one owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ownership {
    /// The tag names the one who asks.
    Ours(Origin),
    /// The tag names another: a readable owner, or else the text itself.
    Another(String),
    /// There is no owner tag.
    Nobody,
}

impl Ownership {
    /// The other owner, for people.
    #[must_use]
    pub fn other(&self) -> Option<String> {
        match self {
            Self::Another(owner) => Some(owner.clone()),
            Self::Ours(_) | Self::Nobody => None,
        }
    }
}

impl Owner {
    /// The resource of an event.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        Self {
            region: resource.stack.region().to_owned(),
            account: resource.stack.account().to_owned(),
            stack_id: resource.stack.id().to_owned(),
            logical_id: shortened(&resource.logical_id),
            stack_name: resource.stack.name().to_owned(),
        }
    }

    /// The tag that claims a profile for this owner.
    #[must_use]
    pub fn tag(&self, origin: Origin) -> (TagKey, Undisclosed) {
        let Self { region, account, stack_id, logical_id, stack_name } = self;
        let value = format!("v1/{origin}/{region}/{account}/{stack_id}/{logical_id}/{stack_name}");
        (TagKey::from(OWNER_TAG), Undisclosed::from(first_characters(&value, LONGEST_VALUE).to_owned()))
    }

    /// Whose a profile with these tags is. The provider writes the tag's key in one spelling, and that one counts. Another
    /// spelling is another hand's: without the tag itself beside it, the profile is not ours, and it is not unmanaged either.
    #[must_use]
    pub fn reads_tags(&self, tags: &BTreeMap<TagKey, Undisclosed>) -> Ownership {
        let other = tags.keys().find(|key| is_owner_key(key.as_str()));
        match (tags.get(&TagKey::from(OWNER_TAG)), other) {
            (Some(value), _) => self.reads(Some(value.reveal())),
            (None, Some(key)) => Ownership::Another(format!(
                "an owner whose tag cannot be read: its key is written `{}`",
                key.as_str().escape_debug()
            )),
            (None, None) => Ownership::Nobody,
        }
    }

    /// What the value of a profile's owner tag, if it has one, means to this owner.
    #[must_use]
    pub fn reads(&self, value: Option<&str>) -> Ownership {
        let Some(value) = value else { return Ownership::Nobody };
        match read(value) {
            Some((origin, stack_id, logical_id))
                if stack_id == self.stack_id && logical_id == self.logical_id =>
            {
                Ownership::Ours(origin)
            }
            _ => Ownership::Another(self.describe(value)),
        }
    }

    fn describe(&self, value: &str) -> String {
        let parts: Vec<&str> = value.splitn(7, '/').collect();
        match (read(value), &parts[..]) {
            (Some((_, stack_id, logical_id)), _) if stack_id == self.stack_id => {
                format!("resource `{logical_id}` of this same stack")
            }
            (Some(_), [_, _, region, account, stack_id, logical_id, stack_name]) => {
                format!(
                    "resource `{logical_id}` of stack `{stack_name}` ({stack_id}) in account {account}, {region}"
                )
            }
            // Not quoted: a tag's value may be anything.
            _ => "an owner whose tag cannot be read".to_owned(),
        }
    }
}

/// An owner as its tag tells of it, for people who ask whose a profile is. What is long is cut in it: the name of the stack,
/// and a logical id, which ends in a hash then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// How the owner came by the profile.
    pub origin: Origin,
    /// The stack's region.
    pub region: String,
    /// The stack's account.
    pub account: String,
    /// The stack's UUID.
    pub stack_id: String,
    /// The resource's logical id.
    pub logical_id: String,
    /// The stack's name.
    pub stack_name: String,
    /// Whether the value is as long as a tag's can be, so that the stack's name may be cut.
    pub may_be_cut: bool,
}

impl Claim {
    /// Reads the value of an owner tag; none, if it is not one of ours in form.
    #[must_use]
    pub fn read(value: &str) -> Option<Self> {
        let (origin, stack_id, logical_id) = read(value)?;
        let parts: Vec<&str> = value.splitn(7, '/').collect();
        Some(Self {
            origin,
            region: parts[2].to_owned(),
            account: parts[3].to_owned(),
            stack_id: stack_id.to_owned(),
            logical_id: logical_id.to_owned(),
            stack_name: parts[6].to_owned(),
            may_be_cut: value.chars().count() >= LONGEST_VALUE,
        })
    }

    /// The stack's ARN in that partition, as far as the tag tells.
    #[must_use]
    pub fn stack_arn(&self, partition: &str) -> String {
        let Self { region, account, stack_id, stack_name, .. } = self;
        format!("arn:{partition}:cloudformation:{region}:{account}:stack/{stack_name}/{stack_id}")
    }
}

/// The origin, stack UUID and logical id of a tag's value, if it is one of ours in form.
fn read(value: &str) -> Option<(Origin, &str, &str)> {
    let parts: Vec<&str> = value.splitn(7, '/').collect();
    let [version, origin, region, account, stack_id, logical_id, _stack_name] = parts[..] else {
        return None;
    };
    let origin = match origin {
        "created" => Origin::Created,
        "adopted" => Origin::Adopted,
        _ => return None,
    };
    let complete = [region, account, stack_id, logical_id].iter().all(|part| !part.is_empty());
    (version == "v1" && complete).then_some((origin, stack_id, logical_id))
}

fn shortened(logical_id: &str) -> String {
    if logical_id.chars().count() <= LONGEST_LOGICAL_ID {
        return logical_id.to_owned();
    }
    let hash = Sha256::digest(logical_id.as_bytes());
    let hash = hash.iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    format!("{}-{hash:016x}", first_characters(logical_id, LONGEST_LOGICAL_ID - 17))
}

fn first_characters(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

impl Origin {
    /// The word for it, in tags and attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner(stack_id: &str, logical_id: &str) -> Owner {
        Owner {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            stack_id: stack_id.to_owned(),
            logical_id: shortened(logical_id),
            stack_name: "contact-centre".to_owned(),
        }
    }

    #[test]
    fn another_stack_and_another_logical_id_are_other_owners() {
        let (_, value) = owner("a-b", "Agents").tag(Origin::Created);
        let value = Some(value.reveal());
        assert_eq!(owner("a-b", "Agents").reads(value), Ownership::Ours(Origin::Created));
        assert!(matches!(owner("a-c", "Agents").reads(value), Ownership::Another(_)));
        assert!(matches!(owner("a-b", "Agent").reads(value), Ownership::Another(_)));
    }

    #[test]
    fn an_unreadable_tag_is_anothers() {
        for value in
            ["", "v1", "v2/created/r/a/a-b/Agents/s", "v1/made/r/a/a-b/Agents/s", "v1/created/r/a/a-b/Agents"]
        {
            assert!(matches!(owner("a-b", "Agents").reads(Some(value)), Ownership::Another(_)), "{value}");
        }
        assert_eq!(owner("a-b", "Agents").reads(None), Ownership::Nobody);
    }

    #[test]
    fn the_key_is_known_in_any_case_and_with_white_space_around_it_and_no_other_is() {
        for key in [
            OWNER_TAG,
            "Custom-Connect-Security-Profile:Owner",
            "CUSTOM-CONNECT-SECURITY-PROFILE:OWNER",
            " custom-connect-security-profile:owner",
            "custom-connect-security-profile:owner\u{a0}",
            "cu\u{17f}tom-connect-security-profile:owner",
        ] {
            assert!(is_owner_key(key), "{key:?}");
        }
        for key in
            ["", "owner", "custom-connect-security-profile:owners", "custom-connect-security-profile: owner"]
        {
            assert!(!is_owner_key(key), "{key:?}");
        }
    }

    #[test]
    fn the_tag_in_its_own_spelling_counts_and_another_spelling_alone_is_anothers() {
        let owner = owner("a-b", "Agents");
        let (key, value) = owner.tag(Origin::Created);
        let other = TagKey::from("Custom-connect-security-profile:owner");
        assert_eq!(owner.reads_tags(&BTreeMap::new()), Ownership::Nobody);
        let mut tags = BTreeMap::from([(other.clone(), value.clone())]);
        let Ownership::Another(name) = owner.reads_tags(&tags) else { panic!() };
        assert!(name.contains(other.as_str()), "{name}");
        tags.insert(other, "of a stranger".into());
        tags.insert(key, value);
        assert_eq!(owner.reads_tags(&tags), Ownership::Ours(Origin::Created));
    }

    #[test]
    fn another_owner_is_named_for_people() {
        let (_, value) = owner("a-b", "Agents").tag(Origin::Adopted);
        let Ownership::Another(name) = owner("z", "Z").reads(Some(value.reveal())) else { panic!() };
        insta::assert_snapshot!(
            name,
            @"resource `Agents` of stack `contact-centre` (a-b) in account 123456789012, us-east-1"
        );
    }

    #[test]
    fn a_claim_tells_of_the_owner_what_its_tag_does() {
        let (_, value) = owner("a-b", "Agents").tag(Origin::Adopted);
        let claim = Claim::read(value.reveal()).unwrap();
        assert_eq!((claim.origin, claim.logical_id.as_str()), (Origin::Adopted, "Agents"));
        assert_eq!((claim.stack_id.as_str(), claim.stack_name.as_str()), ("a-b", "contact-centre"));
        assert_eq!((claim.region.as_str(), claim.account.as_str()), ("us-east-1", "123456789012"));
        assert!(!claim.may_be_cut);
        assert_eq!(
            claim.stack_arn("aws"),
            "arn:aws:cloudformation:us-east-1:123456789012:stack/contact-centre/a-b"
        );
        assert_eq!(Claim::read("mine"), None);
    }

    proptest! {
        #[test]
        fn the_tag_fits_and_names_its_owner_whatever_the_lengths(
            stack in "[a-f0-9]{8}-[a-f0-9]{27}", logical in "[A-Za-z0-9]{1,255}", name in "[A-Za-z][A-Za-z0-9-]{0,127}",
        ) {
            let mut owner = owner(&stack, &logical);
            owner.stack_name = name;
            for origin in [Origin::Created, Origin::Adopted] {
                let (_, value) = owner.tag(origin);
                prop_assert!(value.reveal().chars().count() <= 256);
                prop_assert_eq!(owner.reads(Some(value.reveal())), Ownership::Ours(origin));
            }
        }

        #[test]
        fn long_logical_ids_that_begin_alike_stay_apart(tail in "[A-Z]{1,50}", other in "[A-Z]{1,50}") {
            prop_assume!(tail != other);
            let long = "x".repeat(200);
            prop_assert_ne!(shortened(&format!("{long}{tail}")), shortened(&format!("{long}{other}")));
        }
    }
}
