//! Update: in place, or another profile where name or instance change.

use std::time::{Duration, SystemTime};

use custom_resource::{Invocation, Success, Update};

use super::create::make;
use super::leftover::{Leftover, Modified, remove_leftover};
use super::{Converged, ProviderError, SecurityProfiles, answered, apply};
use crate::arn::SecurityProfileArn;
use crate::connect::Session;
use crate::owner::{Origin, Owner, Ownership};
use crate::ownership::Wish;
use crate::physical_id::PhysicalId;
use crate::plan::{is_replacement, plan_existing};
use crate::previous::Previous;
use crate::properties::Desired;

/// What is spared of the time for removing what a replacement that fails may have made.
const TIME_TO_REMOVE: Duration = Duration::from_secs(10);

impl SecurityProfiles {
    pub(super) async fn update_profile(
        &self,
        request: &Update,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        let (desired, session) = self.begin(&request.properties, invocation)?;
        let PhysicalId::Profile(arn) = PhysicalId::read(&request.physical_id) else {
            return Err(ProviderError::NothingToUpdate(request.physical_id.clone()));
        };
        let owner = Owner::of(&request.resource);
        let previous = Previous::read(&request.old_properties, &desired);
        // The profile is where the physical id says, which need not be where the template wants it.
        let there = self.session(arn.instance().region(), invocation, desired.undisclosed());

        let managed = desired.settings.members().union(&previous.members).copied().collect();
        let seen = if previous.is_of_another {
            // In another instance it cannot be the same profile; otherwise the live one tells.
            let seen = if *arn.instance() == desired.instance { there.look(&arn).await? } else { None };
            match seen {
                Some(live) if !is_replacement(&desired, &previous, &live) => {
                    Some(there.complete(live, &managed).await?)
                }
                _ => None,
            }
        } else {
            let seen = there.observe(&arn, &managed).await?;
            if seen.is_none() {
                tracing::warn!(profile = %arn, "the profile is gone; it is made again");
            }
            seen
        };
        let Some(live) = seen else {
            // An old profile is left alone: CloudFormation deletes it in the clean-up, or keeps it in a rollback.
            let replaced = replace(&arn, &desired, &previous, &owner, &session, invocation);
            let made = Box::pin(replaced).await?;
            return Ok(made.success(&session, &desired).await);
        };
        let plan = plan_existing(Wish::Update, &desired, &previous, &live, &owner)?;
        let ownership = live.ownership(&owner);
        let origin = match ownership {
            Ownership::Ours(origin) => origin,
            Ownership::Another(_) | Ownership::Nobody => Origin::Adopted,
        };
        let converged = apply(plan, live, origin, &there).await?;
        if let (Ownership::Ours(_), Some((instance, name))) = (ownership, &previous.other) {
            // A rollback from another name or instance, which the profile never left: the replacement failed, or is about
            // to be deleted by CloudFormation. What came after this event was sent is not its business.
            let modified = Modified::By(invocation.sent());
            let there = self.session(instance.region(), invocation, std::iter::empty());
            let leftover = Leftover { instance, name, kept: &arn, modified };
            remove_leftover(&leftover, &owner, &there).await;
        }
        Ok(converged.success(&there, &desired).await)
    }
}

/// Makes another profile than `old`, or takes the one of the wanted name. What it made is removed if it fails.
async fn replace(
    old: &SecurityProfileArn,
    desired: &Desired,
    previous: &Previous,
    owner: &Owner,
    session: &Session,
    invocation: &Invocation,
) -> Result<Converged, ProviderError> {
    let begun = SystemTime::now();
    let made = make(&session.sparing(TIME_TO_REMOVE), desired, owner, Some(previous), invocation).await;
    if made.is_err() && invocation.recorded() == Some(answered(&PhysicalId::Unknown)) {
        let Desired { instance, name, .. } = desired;
        let leftover = Leftover { instance, name, kept: old, modified: Modified::Since(begun) };
        remove_leftover(&leftover, owner, session).await;
    }
    made
}
