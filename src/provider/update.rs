//! Update: in place, or another profile where name or instance change.

use custom_resource::{Invocation, Success, Update};

use super::create::make;
use super::{ProviderError, SecurityProfiles, apply};
use crate::owner::{Origin, Owner, Ownership};
use crate::physical_id::PhysicalId;
use crate::plan::{is_replacement, plan_update};
use crate::previous::Previous;

impl SecurityProfiles {
    pub(super) async fn update_profile(
        &self,
        request: &Update,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        let (desired, session) = self.begin(&request.resource, &request.properties, invocation)?;
        let PhysicalId::Profile(arn) = PhysicalId::read(&request.physical_id) else {
            return Err(ProviderError::NothingToUpdate(request.physical_id.clone()));
        };
        let owner = Owner::of(&request.resource);
        let previous = Previous::read(&request.old_properties);
        // The profile is where the physical id says, which need not be where the template wants it.
        let there = self.session(arn.instance().region(), invocation, desired.undisclosed());

        let managed = desired.settings.members().union(&previous.members).copied().collect();
        let seen = if previous.was_another_profile(&desired) {
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
            let made = make(&session, &desired, &owner, Some(&previous), invocation).await?;
            return Ok(made.success(&session, &desired).await);
        };
        let plan = plan_update(&desired, &previous, &live, &owner)?;
        let origin = match live.ownership(&owner) {
            Ownership::Ours(origin) => origin,
            Ownership::Another(_) | Ownership::Nobody => Origin::Adopted,
        };
        let converged = apply(plan, live, origin, &there).await?;
        Ok(converged.success(&there, &desired).await)
    }
}
