//! Why nothing may be written, in words that let a person act at once: whose the profile is, its ARN, the exact command.

use crate::arn::SecurityProfileArn;
use crate::names::ProfileName;
use crate::owner::{OWNER_TAG, Origin, Owner};

/// Why nothing may be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The name is taken by a profile of another owner.
    #[error(
        "a profile called `{name}` exists already, {arn}, and belongs to {owner}. Give this one another name; or, to take it \
         over, release it there (state `OnDelete: Retain`, deploy, then remove it from that template), or run `{untag}`, and then state \
         `Adopt: true` here",
        untag = untag_command(arn)
    )]
    TakenByAnother {
        /// The name.
        name: ProfileName,
        /// The profile that has it.
        arn: SecurityProfileArn,
        /// Its owner, for people.
        owner: String,
    },
    /// The name is taken by a profile of nobody's, and the template does not say that it is to be adopted.
    #[error(
        "a profile called `{name}` exists already, {arn}, and carries no owner tag, so it is nobody's to change. To take it \
         over with all that it holds, state `Adopt: true`; else give this one another name"
    )]
    TakenByNobody {
        /// The name.
        name: ProfileName,
        /// The profile that has it.
        arn: SecurityProfileArn,
    },
    /// As [`TakenByNobody`](Self::TakenByNobody), where an earlier state of the same resource may have been this profile: a
    /// rollback cannot state anything new, so its way out is the tag.
    #[error(
        "a profile called `{name}` exists already, {arn}, and carries no owner tag, so it is nobody's to change. To take it \
         over with all that it holds, state `Adopt: true`; in a rollback, or if it is this resource's own and lost its tag, \
         run `{tag}` and try again; else give this one another name"
    )]
    TakenWithoutTag {
        /// The name.
        name: ProfileName,
        /// The profile that has it.
        arn: SecurityProfileArn,
        /// The command that gives it the owner tag.
        tag: String,
    },
    /// The resource's own profile has been taken by another owner.
    #[error(
        "{arn} belongs to {owner} now; it was left as it is. To take it back, release it there, or run `{untag}`; the next \
         update then claims it",
        untag = untag_command(arn)
    )]
    AnotherOwner {
        /// The profile.
        arn: SecurityProfileArn,
        /// Its owner, for people.
        owner: String,
    },
    /// The profile is AWS's own.
    #[error(
        "{0} is of type AWS_MANAGED, which only AWS changes; to refer to it, use `Custom::ConnectSecurityProfileLookup`"
    )]
    AwsManaged(SecurityProfileArn),
    /// The profile would have more tags than Connect allows.
    #[error(
        "{arn} would have {count} tags, the owner tag among them, and Connect allows 50; take some off, or state fewer"
    )]
    TooManyTags {
        /// The profile.
        arn: SecurityProfileArn,
        /// How many it would have.
        count: usize,
    },
}

/// What a person runs to take a profile from its owner.
fn untag_command(arn: &SecurityProfileArn) -> String {
    let region = arn.instance().region();
    format!("aws connect untag-resource --region {region} --resource-arn {arn} --tag-keys {OWNER_TAG}")
}

/// What a person runs to give a profile to an owner, as one that it adopted: whether it made it cannot be known.
pub(super) fn tag_command(arn: &SecurityProfileArn, owner: &Owner) -> String {
    let region = arn.instance().region();
    let (key, value) = owner.tag(Origin::Adopted);
    let value = value.reveal();
    format!("aws connect tag-resource --region {region} --resource-arn {arn} --tags '{key}={value}'")
}
