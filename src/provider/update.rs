//! Update: in place, or another profile where name or instance change.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use custom_resource::{Success, Update};

use super::context::Context;
use super::create::make;
use super::leftover::{Leftover, remove_leftover};
use super::search::look_for;
use super::{
    Converged, FRESH, Order, ProviderError, SecurityProfiles, answered, apply, check_account, check_partition,
};
use crate::arn::SecurityProfileArn;
use crate::attributes::FOUND;
use crate::connect::Session;
use crate::observed::Observed;
use crate::owner::{Origin, Owner, Ownership};
use crate::ownership::Wish;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, is_replacement, plan_existing};
use crate::previous::Previous;
use crate::properties::Desired;
use crate::retry::may_wait;
use crate::settings::Member;

/// What is spared of the time for removing what a replacement that fails may have made.
const TIME_TO_REMOVE: Duration = Duration::from_secs(10);

/// How long after an event was sent the writes of the events before it show in every read. Connect names no time but "a few
/// seconds", rarely minutes.
const SETTLED: Duration = Duration::from_secs(5);

impl SecurityProfiles {
    pub(super) async fn update_profile(
        &self,
        request: &Update,
        context: &Context<'_>,
    ) -> Result<Success, ProviderError> {
        let (desired, session) =
            self.begin(&request.properties, Some(&request.old_properties), context).await?;
        let role = desired.role.as_ref();
        let PhysicalId::Profile(arn) = PhysicalId::read(&request.physical_id) else {
            return Err(ProviderError::NothingToUpdate(request.physical_id.clone()));
        };
        check_partition(&arn, context)?;
        let owner = Owner::of(&request.resource);
        let previous = Previous::read(&request.old_properties, &desired);
        if !previous.is_of_another {
            check_account(&arn, role, context)?;
        }
        // The profile is where the physical id says, which need not be where the template wants it.
        let region = arn.instance().region();
        let there = self.session(region, role, context).await;

        let managed: BTreeSet<Member> =
            desired.settings.members().union(&previous.members).copied().collect();
        let seen = look_at_own(&arn, &desired, &previous, &managed, &there).await?;
        let Some(live) = seen else {
            // An old profile is left alone: CloudFormation deletes it in the clean-up, or keeps it in a rollback.
            let (desired, owner) = (&desired, &owner);
            let order = Order { desired, owner, guards: &self.guards, session, context };
            let made = Box::pin(replace(&order, &arn, &previous)).await?;
            return Ok(made.success(&order.session, desired).await);
        };
        let live =
            Box::pin(settled(live, &desired, &previous, &owner, &there, &managed, context.age())).await?;
        let plan = plan_existing(Wish::Update, &desired, &previous, &live, &owner)?;
        let ownership = live.ownership(&owner);
        let plan = match ownership {
            Ownership::Nobody => self.within_guards_of_an_adoption(plan, &desired, &live, &there).await?,
            Ownership::Ours(_) | Ownership::Another(_) => {
                self.guards.admit_update(&plan, &desired.name, &live)?;
                plan
            }
        };
        let origin = match ownership {
            Ownership::Ours(origin) => origin.name(),
            // It is claimed in the plan, unless a guard forbids that.
            Ownership::Nobody if !plan.is_empty() => Origin::Adopted.name(),
            Ownership::Nobody | Ownership::Another(_) => FOUND,
        };
        let last_modified = live.last_modified.0;
        let converged = apply(plan, live, origin, &there).await?;
        if let (true, Ownership::Ours(_), Some(since)) = (previous.is_of_another, ownership, last_modified) {
            Box::pin(self.remove_replacement(request, &arn, since, context)).await;
        }
        Ok(converged.success(&there, &desired).await)
    }

    /// Removes what the template that is rolled back may have made under another name or in another instance: the profile
    /// never left its own, so the replacement failed, or CloudFormation is about to delete it. It was made after the
    /// profile that was replaced was last changed. An event that is delivered late removes nothing: what it would find
    /// may have come after it.
    async fn remove_replacement(
        &self,
        request: &Update,
        kept: &SecurityProfileArn,
        since: SystemTime,
        context: &Context<'_>,
    ) {
        let old = &request.old_properties;
        let Ok((wanted, _)) = Desired::read_over(old, old, context.own_account()) else {
            return;
        };
        if context.age() > FRESH || self.admit_role(wanted.role.as_ref()).is_err() {
            return;
        }
        let (region, role) = (wanted.instance.region(), wanted.role.as_ref());
        let session = self.session(region, role, context).await;
        let may_be_unseen = SETTLED.saturating_sub(context.age());
        let leftover = Leftover { wanted: &wanted, kept, since, may_be_unseen };
        remove_leftover(&leftover, &Owner::of(&request.resource), &self.guards, &session).await;
    }

    /// The plan for a profile that lost its ownership tag, if the guards admit its adoption. Where only the tag would be
    /// written and a guard forbids that, it is left out: that alone makes no update fail which a rollback may be.
    async fn within_guards_of_an_adoption(
        &self,
        plan: Plan,
        desired: &Desired,
        live: &Observed,
        session: &Session,
    ) -> Result<Plan, ProviderError> {
        let judged = &self.guards.judged_of_an_adoption(desired) - &live.settings.members();
        let judged =
            if judged.is_empty() { live.clone() } else { session.complete(live.clone(), &judged).await? };
        match self.guards.admit_claim_again(desired, &judged) {
            Ok(()) => Ok(plan),
            Err(forbidden) if plan.only_claims() => {
                tracing::warn!(
                    profile = %live.arn,
                    %forbidden,
                    "the profile lost its ownership tag and is left without it, as a guard forbids adopting it"
                );
                Ok(Plan::default())
            }
            Err(forbidden) => Err(forbidden.into()),
        }
    }
}

/// The resource's profile, with what is managed of it; `None` if the event asks for another, or if it is gone.
async fn look_at_own(
    arn: &SecurityProfileArn,
    desired: &Desired,
    previous: &Previous,
    managed: &BTreeSet<Member>,
    session: &Session,
) -> Result<Option<Observed>, ProviderError> {
    if !previous.is_of_another {
        let seen = look_for(session, SETTLED, || session.observe(arn, managed)).await?;
        if seen.is_none() {
            tracing::warn!(profile = %arn, "the profile is gone; it is made again");
        }
        return Ok(seen);
    }
    // In another instance it cannot be the same profile; otherwise the live one tells.
    let seen = if *arn.instance() == desired.instance { session.look(arn).await? } else { None };
    match seen {
        Some(live) if !is_replacement(desired, previous, &live) => {
            Ok(Some(session.complete(live, managed).await?))
        }
        _ => Ok(None),
    }
}

/// Makes another profile than `old`, or takes the one of the wanted name. What it made is removed if it fails.
async fn replace(
    order: &Order<'_>,
    old: &SecurityProfileArn,
    previous: &Previous,
) -> Result<Converged, ProviderError> {
    let since = SystemTime::now();
    let forward = Order { session: order.session.sparing(TIME_TO_REMOVE), ..*order };
    let made = Box::pin(make(&forward, Some(previous))).await;
    let may_have_made =
        order.context.invocation.recorded().is_some_and(|id| id != answered(&PhysicalId::None));
    if made.is_err() && may_have_made {
        let leftover = Leftover { wanted: order.desired, kept: old, since, may_be_unseen: SETTLED };
        remove_leftover(&leftover, order.owner, order.guards, &order.session).await;
    }
    made
}

/// The profile as read, or as read once more when the writes of an earlier event must show: a rollback comes seconds after
/// the update that it undoes, and must not take what was before that update for what is.
async fn settled(
    live: Observed,
    desired: &Desired,
    previous: &Previous,
    owner: &Owner,
    session: &Session,
    managed: &BTreeSet<Member>,
    age: Duration,
) -> Result<Observed, ProviderError> {
    let plan = plan_existing(Wish::Update, desired, previous, &live, owner)?;
    let time = SETTLED.saturating_sub(age);
    let may_mislead = plan.rests_on_a_reading(desired, previous, &live, owner);
    if !may_mislead || time.is_zero() || !may_wait(time, session.deadline()).await {
        return Ok(live);
    }
    Ok(session.observe(&live.arn, managed).await?.unwrap_or(live))
}
