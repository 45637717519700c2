//! Create: one call where all goes well; and finding out what became of it where it does not.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use custom_resource::{Create, Success};

use super::context::Context;
use super::search::{look_for, look_for_taken};
use super::take_over::take_over;
use super::{Converged, Order, ProviderError, SecurityProfiles, announce, apply};
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::{Origin, Owner, Ownership};
use crate::ownership::{Course, Wish, course};
use crate::physical_id::PhysicalId;
use crate::plan::{Step, plan_create, plan_existing};
use crate::previous::Previous;
use crate::settings::{Member, Settings};

/// How long a profile is looked for that may be there although its create failed.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

impl SecurityProfiles {
    pub(super) async fn create_profile(
        &self,
        request: &Create,
        context: &Context<'_>,
    ) -> Result<Success, ProviderError> {
        let (desired, session) = self.begin(&request.properties, None, context).await?;
        let owner = &Owner::of(&request.resource);
        let order = Order { desired: &desired, owner, guards: &self.guards, session, context };
        let made = Box::pin(make(&order, None)).await?;
        Ok(made.success(&order.session, &desired).await)
    }
}

/// Makes the profile, or takes the one of that name if it is ours already (an earlier delivery of the same event made it,
/// or a rollback comes back to it) or nobody's and to be adopted. From a Create a created one becomes what a fresh one
/// would be; from an Update, with what was stated `before`, what was never stated is left alone.
///
/// The id to answer is recorded as it becomes known: *unknown* before a call that may take effect, the ARN after it, *none*
/// where it is certain that nothing of ours exists.
pub(super) async fn make(order: &Order<'_>, before: Option<&Previous>) -> Result<Converged, ProviderError> {
    match create(order, before.is_some()).await? {
        Outcome::Made(converged) => Ok(converged),
        Outcome::Taken(live) => take(order, before, live).await,
    }
}

/// What became of the create.
enum Outcome {
    Made(Converged),
    /// The name is taken, by the profile as far as it takes to see whose it is.
    Taken(Observed),
}

async fn create(order: &Order<'_>, is_update: bool) -> Result<Outcome, ProviderError> {
    let Order { desired, owner, guards, session, .. } = order;
    if let Err(forbidden) = guards.admit_create(desired) {
        // What was made before the guard was set is not in the way of the rollback that comes back to it.
        return match if is_update { order.look_by_name().await? } else { None } {
            Some(live) if matches!(live.ownership(owner), Ownership::Ours(_)) => Ok(Outcome::Taken(live)),
            _ => Err(forbidden.into()),
        };
    }
    let plan = plan_create(desired, owner);
    announce(&plan, &desired.instance);
    let Some(Step::Create(profile)) = plan.steps.into_iter().next() else {
        unreachable!("the plan of a create begins with it")
    };
    order.record(&PhysicalId::Unknown);
    let mut may_exist = false;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match session.create(profile.clone()).await {
            Ok(arn) => {
                order.record(&PhysicalId::Profile(arn.clone()));
                let (origin, written) = (Origin::Created.name(), Some(SystemTime::now()));
                let made = Converged { arn, origin, seen: None, written, changes: Settings::default() };
                return Ok(Outcome::Made(made));
            }
            Err(error) => error,
        };
        match error.class {
            // The name is taken, though lists may not show by whom yet.
            Class::Duplicate => return Ok(Outcome::Taken(look_for_taken(session, desired).await?)),
            Class::Lost => {
                may_exist = true;
                session.pause(attempt, error).await?;
                // One look is enough, because creating again makes no second profile.
                if let Some(live) = order.look_by_name().await? {
                    return Ok(Outcome::Taken(live));
                }
            }
            // It may have been made, but creating it again would bring the same response.
            Class::TooLarge if error.may_have_effect => {
                return match order.look_by_name().await {
                    Ok(Some(live)) => Ok(Outcome::Taken(live)),
                    _ => Err(error.into()),
                };
            }
            // Which the service checks first, the quota or the name, is not known.
            Class::LimitExceeded => {
                // After a lost try it may be our own profile that filled the instance.
                let time = if may_exist { LONGEST_LOOK } else { Duration::ZERO };
                if let Some(live) = look_for(session, time, || order.look_by_name()).await? {
                    return Ok(Outcome::Taken(live));
                }
                if !may_exist {
                    order.record(&PhysicalId::None);
                }
                return Err(error.into());
            }
            // An earlier delivery may have got through where this one did not.
            Class::Throttled => return Err(error.into()),
            // Refused now; but an earlier delivery may have made it when it was still allowed.
            _ => {
                let session = session.within(LONGEST_LOOK);
                match session.look_by_name(&desired.instance, desired.name.as_str()).await {
                    Ok(Some(live)) if matches!(live.ownership(owner), Ownership::Ours(_)) => {
                        return Ok(Outcome::Taken(live));
                    }
                    Err(_) if order.may_be_repeated() => {}
                    _ if may_exist => {}
                    _ => order.record(&PhysicalId::None),
                }
                return Err(error.into());
            }
        }
    }
}

/// Goes on with a profile that has the name already, by whose it is.
async fn take(
    order: &Order<'_>,
    before: Option<&Previous>,
    live: Observed,
) -> Result<Converged, ProviderError> {
    let Order { desired, owner, guards, session, .. } = order;
    let adopt = desired.adopt;
    let wish = if before.is_some() { Wish::Replace { adopt } } else { Wish::Create { adopt } };
    let nothing = Previous::default();
    let before = before.unwrap_or(&nothing);
    let ownership = live.ownership(owner);
    order.record(&match ownership {
        Ownership::Ours(_) => PhysicalId::Profile(live.arn.clone()),
        Ownership::Another(_) | Ownership::Nobody => PhysicalId::None,
    });
    if matches!(ownership, Ownership::Ours(_)) {
        // The tag alone tells, and whoever may tag profiles can have written it.
        tracing::warn!(
            profile = %live.arn,
            "a profile of this name already exists and carries this resource's own ownership tag: an earlier request for this \
             resource made it, or somebody else set the tag; the profile is updated as declared"
        );
    }
    let judged = guards.judged_of_an_adoption(desired);
    let managed: BTreeSet<Member> = match course(wish, &ownership) {
        Course::MakeAsFresh => Member::ALL.into(),
        // What it holds matters to a guard only.
        Course::Claim => judged,
        Course::Refuse => BTreeSet::new(),
        Course::Merge if matches!(wish, Wish::Create { .. }) => &desired.settings.members() | &judged,
        _ => &desired.settings.members() | &before.members,
    };
    let live = session.complete(live, &managed).await?;
    let plan = plan_existing(wish, desired, before, &live, owner)?;
    match ownership {
        Ownership::Ours(origin) => {
            // A Create cannot tell its own adoption from a tag that somebody set: the profile meets what an adoption meets.
            // A rollback comes back to a profile that it has had before.
            match (origin, wish) {
                (Origin::Adopted, Wish::Create { .. }) => guards.admit_adoption(desired, &live)?,
                _ => guards.admit_update(&plan, &desired.name, &live)?,
            }
            Ok(apply(plan, live, origin.name(), session).await?)
        }
        Ownership::Another(_) | Ownership::Nobody => {
            guards.admit_adoption(desired, &live)?;
            Box::pin(take_over(order, plan, live)).await
        }
    }
}
