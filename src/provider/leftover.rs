//! What a replacement that failed half way left behind: found by its name and our tag, and removed.
//!
//! CloudFormation never learns of such a profile, so no Delete will ever name it. Everything here is a last effort for an
//! event whose outcome is decided already: nothing fails for it.

use std::time::{Duration, SystemTime};

use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::connect::Session;
use crate::connect_error::ConnectError;
use crate::names::ProfileName;
use crate::observed::Observed;
use crate::owner::{Owner, Ownership};
use crate::plan::plan_delete;
use crate::properties::OnDelete;

use super::announce;
use super::search::look_for;

/// How long it may take in all, the looking included.
const LONGEST: Duration = Duration::from_secs(10);

/// The profile that may have been left, and how it is told from one that is still wanted.
pub(super) struct Leftover<'a> {
    pub(super) instance: &'a InstanceArn,
    pub(super) name: &'a ProfileName,
    /// The profile that the resource goes on with.
    pub(super) kept: &'a SecurityProfileArn,
    /// When it was last modified, if it is the one.
    pub(super) modified: Modified,
}

/// A time before or after another.
#[derive(Clone, Copy)]
pub(super) enum Modified {
    /// In the event itself: since the event began.
    Since(SystemTime),
    /// In an earlier event: in the second in which this event was sent, or before.
    By(SystemTime),
}

/// Deletes the leftover if it was created, releases it if it was adopted, and warns if that cannot be done.
pub(super) async fn remove_leftover(leftover: &Leftover<'_>, owner: &Owner, session: &Session) {
    let session = session.within(LONGEST);
    if let Err(error) = try_to_remove(leftover, owner, &session).await {
        let Leftover { name, instance, .. } = leftover;
        tracing::warn!(%name, %instance, %error, "whether a half-made profile is left cannot be told");
    }
}

async fn try_to_remove(
    leftover: &Leftover<'_>,
    owner: &Owner,
    session: &Session,
) -> Result<(), ConnectError> {
    let look = || session.look_by_name(leftover.instance, leftover.name.as_str());
    let seen = match leftover.modified {
        // It may have been made a moment ago, so it is waited for.
        Modified::Since(_) => look_for(session, LONGEST / 2, look).await?,
        Modified::By(_) => look().await?,
    };
    let Some(live) = seen.filter(|live| leftover.is(live, owner)) else { return Ok(()) };
    tracing::warn!(profile = %live.arn, "the profile is left of a replacement that failed, and is removed");
    // Whatever the template says of deletes is meant for a profile that a stack had.
    let plan = plan_delete(&live, owner, OnDelete::Delete);
    announce(&plan, &live.arn);
    for step in &plan.steps {
        session.apply(step).await?;
    }
    Ok(())
}

impl Leftover<'_> {
    fn is(&self, live: &Observed, owner: &Owner) -> bool {
        let Some(modified) = live.last_modified.0 else { return false };
        let is_of_the_time = match self.modified {
            // Connect tells milliseconds, the clock here more.
            Modified::Since(time) => modified + Duration::from_millis(1) > time,
            Modified::By(time) => seconds(modified) <= seconds(time),
        };
        is_of_the_time && live.arn != *self.kept && matches!(live.ownership(owner), Ownership::Ours(_))
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
