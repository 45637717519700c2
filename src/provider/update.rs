//! Update: in place, or another profile where name or instance change.

use std::time::{Duration, SystemTime};

use custom_resource::{Invocation, Success, Update};

use super::create::make;
use super::leftover::{Leftover, Modified, remove_leftover};
use super::{Converged, Order, ProviderError, SecurityProfiles, answered, apply, check_account};
use crate::arn::SecurityProfileArn;
use crate::guards::Forbidden;
use crate::observed::Observed;
use crate::owner::{Origin, Owner, Ownership};
use crate::ownership::Wish;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, is_replacement, plan_existing};
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
        let resource = &request.resource;
        let (desired, session) = self.begin(resource, &request.properties, invocation).await?;
        let role = desired.role.as_ref();
        let PhysicalId::Profile(arn) = PhysicalId::read(&request.physical_id) else {
            return Err(ProviderError::NothingToUpdate(request.physical_id.clone()));
        };
        let owner = Owner::of(&request.resource);
        let previous = Previous::read(&request.old_properties, &desired);
        if !previous.is_of_another {
            check_account(&arn, role, invocation)?;
        }
        // The profile is where the physical id says, which need not be where the template wants it.
        let region = arn.instance().region();
        let there = self.session(region, resource, role, invocation, desired.undisclosed()).await;

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
            let (desired, owner) = (&desired, &owner);
            let order = Order { desired, owner, guards: &self.guards, session, invocation };
            let made = Box::pin(replace(&order, &arn, &previous)).await?;
            return Ok(made.success(&order.session, desired).await);
        };
        let plan = plan_existing(Wish::Update, &desired, &previous, &live, &owner)?;
        let plan = self.within_guards(plan, &desired, &live)?;
        let ownership = live.ownership(&owner);
        let origin = match ownership {
            Ownership::Ours(origin) => origin,
            Ownership::Another(_) | Ownership::Nobody => Origin::Adopted,
        };
        let converged = apply(plan, live, origin, &there).await?;
        let other = previous.other.filter(|(other, _)| other.account() == desired.instance.account());
        if let (Ownership::Ours(_), Some((instance, name))) = (ownership, &other) {
            // A rollback from another name or instance, which the profile never left: the replacement failed, or is about
            // to be deleted by CloudFormation. What came after this event was sent is not its business.
            let modified = Modified::By(invocation.sent());
            let (region, none) = (instance.region(), std::iter::empty());
            let there = self.session(region, resource, role, invocation, none).await;
            let leftover = Leftover { instance, name, kept: &arn, modified };
            remove_leftover(&leftover, &owner, &there).await;
        }
        Ok(converged.success(&there, &desired).await)
    }

    /// The plan, if the guards admit it. An owner tag that was lost is not put back on a profile that is protected now; that
    /// alone does not make an event fail which a rollback may be.
    fn within_guards(&self, plan: Plan, desired: &Desired, live: &Observed) -> Result<Plan, Forbidden> {
        match self.guards.admit_update(&plan, &desired.name, live) {
            Ok(()) => Ok(plan),
            Err(forbidden) if plan.only_claims() => {
                tracing::warn!(profile = %live.arn, %forbidden, "the owner tag is gone and is not put back");
                Ok(Plan::default())
            }
            Err(forbidden) => Err(forbidden),
        }
    }
}

/// Makes another profile than `old`, or takes the one of the wanted name. What it made is removed if it fails.
async fn replace(
    order: &Order<'_>,
    old: &SecurityProfileArn,
    previous: &Previous,
) -> Result<Converged, ProviderError> {
    let begun = SystemTime::now();
    let forward = Order { session: order.session.sparing(TIME_TO_REMOVE), ..*order };
    let made = make(&forward, Some(previous)).await;
    if made.is_err() && order.invocation.recorded() == Some(answered(&PhysicalId::Unknown)) {
        let Desired { instance, name, .. } = order.desired;
        let leftover = Leftover { instance, name, kept: old, modified: Modified::Since(begun) };
        remove_leftover(&leftover, order.owner, &order.session).await;
    }
    made
}
