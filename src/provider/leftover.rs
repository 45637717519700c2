//! What a replacement that failed half way left behind: found by its name and our tag, and removed.
//!
//! CloudFormation never learns of such a profile, so no Delete will ever name it. Everything here is a last effort for an
//! event whose outcome is decided already: nothing fails for it. What may be wanted is left: a profile too many is found by
//! its tag, one too few is not.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::announce;
use super::search::look_for;
use crate::arn::SecurityProfileArn;
use crate::connect::Session;
use crate::connect_error::ConnectError;
use crate::guards::Guards;
use crate::observed::Observed;
use crate::owner::{Origin, Owner, Ownership};
use crate::plan::{Step, plan_create, plan_delete};
use crate::properties::Desired;
use crate::settings::{Member, Settings};

/// How long it may take in all, the looking included.
const LONGEST: Duration = Duration::from_secs(10);

/// The profile that may have been left, and how it is told from one that is still wanted.
pub(super) struct Leftover<'a> {
    /// What the replacement was to be.
    pub(super) wanted: &'a Desired,
    /// The profile that the resource goes on with.
    pub(super) kept: &'a SecurityProfileArn,
    /// The replacement began no earlier.
    pub(super) since: SystemTime,
    /// How long what it made may not show yet.
    pub(super) may_be_unseen: Duration,
}

/// Deletes the leftover if it was created, releases it if it was adopted, and warns if that cannot be done, or if the operator
/// does not allow to write to its instance.
pub(super) async fn remove_leftover(
    leftover: &Leftover<'_>,
    owner: &Owner,
    guards: &Guards,
    session: &Session,
) {
    let session = session.within(LONGEST);
    if let Err(error) = try_to_remove(leftover, owner, guards, &session).await {
        let Desired { name, instance, .. } = leftover.wanted;
        tracing::warn!(%name, %instance, %error, "whether a half-made profile is left cannot be told");
    }
}

async fn try_to_remove(
    leftover: &Leftover<'_>,
    owner: &Owner,
    guards: &Guards,
    session: &Session,
) -> Result<(), ConnectError> {
    let Leftover { wanted, .. } = leftover;
    let look = || session.look_by_name(&wanted.instance, wanted.name.as_str());
    let Some(live) = look_for(session, leftover.may_be_unseen, look).await? else { return Ok(()) };
    if live.arn == *leftover.kept || !leftover.may_have_made(&live, owner) {
        return Ok(());
    }
    if live.ownership(owner) == Ownership::Ours(Origin::Created) {
        let live = session.complete(live.clone(), &Member::ALL.into()).await?;
        if !is_as_made(&live, wanted, owner) {
            return Ok(());
        }
    }
    if let Err(forbidden) = guards.admit_instance(live.arn.instance()) {
        tracing::warn!(profile = %live.arn, %forbidden, "the profile is left of a replacement that failed, and is not removed");
        return Ok(());
    }
    tracing::warn!(profile = %live.arn, "the profile is left of a replacement that failed, and is removed");
    let plan = plan_delete(&live, owner, wanted.on_delete);
    announce(&plan, &live.arn);
    for step in &plan.steps {
        session.apply(step).await?;
    }
    Ok(())
}

impl Leftover<'_> {
    fn may_have_made(&self, live: &Observed, owner: &Owner) -> bool {
        match live.ownership(owner) {
            // By the second: more than that Connect need not tell.
            Ownership::Ours(Origin::Created) => {
                live.last_modified.0.is_some_and(|time| seconds(time) >= seconds(self.since))
            }
            // A claim changes no date. To release what was retained with its tag does no harm.
            Ownership::Ours(Origin::Adopted) => self.wanted.adopt,
            Ownership::Another(_) | Ownership::Nobody => false,
        }
    }
}

/// Whether the profile is exactly what one create call made: whoever changed anything since may want it.
fn is_as_made(live: &Observed, wanted: &Desired, owner: &Owner) -> bool {
    plan_create(wanted, owner).steps.iter().all(|step| match step {
        Step::Create(made) => {
            let whole = Settings::empty().after(&made.settings);
            let same_tags = live.tags.iter().filter(|(key, _)| !key.is_of_aws()).eq(made.tags.iter());
            same_tags && whole.changes(&live.settings, &BTreeSet::new()).is_silent()
        }
        _ => false,
    })
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
