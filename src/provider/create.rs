//! Create: one call where all goes well; and finding out what became of it where it does not.

use std::collections::BTreeSet;

use custom_resource::{Create, Invocation, Success};

use super::search::look_for_taken;
use super::take_over::take_over;
use super::{Converged, ProviderError, SecurityProfiles, announce, answered, apply};
use crate::connect::Session;
use crate::operation::Class;
use crate::owner::{Origin, Owner, Ownership};
use crate::ownership::{Course, Wish, course};
use crate::physical_id::PhysicalId;
use crate::plan::{Step, plan_create, plan_existing};
use crate::previous::Previous;
use crate::properties::Desired;
use crate::settings::{Member, Settings};

impl SecurityProfiles {
    pub(super) async fn create_profile(
        &self,
        request: &Create,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        let (desired, session) = self.begin(&request.properties, invocation)?;
        let made = make(&session, &desired, &Owner::of(&request.resource), None, invocation).await?;
        Ok(made.success(&session, &desired).await)
    }
}

/// Makes the profile, or takes the one of that name if it is ours already (an earlier delivery of the same event made it,
/// or a rollback comes back to it) or nobody's and to be adopted. From a Create a created one becomes what a fresh one
/// would be; from an Update, with what was stated `before`, what was never stated is left alone.
///
/// The id to answer is recorded as it becomes known: *unknown* before a call that may take effect, the ARN after it, *none*
/// where it is certain that nothing of ours exists.
pub(super) async fn make(
    session: &Session,
    desired: &Desired,
    owner: &Owner,
    before: Option<&Previous>,
    invocation: &Invocation,
) -> Result<Converged, ProviderError> {
    let plan = plan_create(desired, owner);
    announce(&plan, &desired.instance);
    let Some(Step::Create(profile)) = plan.steps.into_iter().next() else {
        unreachable!("the plan of a create begins with it")
    };
    let record = |id: PhysicalId| invocation.record(answered(&id));
    record(PhysicalId::Unknown);
    let mut may_exist = false;
    let mut attempt = 0;
    let live = loop {
        attempt += 1;
        let error = match session.create(profile.clone()).await {
            Ok(arn) => {
                record(PhysicalId::Profile(arn.clone()));
                let changes = Settings::default();
                return Ok(Converged { arn, origin: Origin::Created, fresh: None, changes });
            }
            Err(error) => error,
        };
        match error.class {
            // The name is taken, though lists may not show by whom yet.
            Class::Duplicate => break look_for_taken(session, desired).await?,
            Class::Lost => {
                may_exist = true;
                session.pause(attempt, error).await?;
                // One look is enough, because creating again makes no second profile.
                if let Some(live) = session.look_by_name(&desired.instance, desired.name.as_str()).await? {
                    break live;
                }
            }
            // Which the service checks first, the quota or the name, is not known.
            Class::LimitExceeded => {
                let live = session.look_by_name(&desired.instance, desired.name.as_str()).await?;
                if let Some(live) = live {
                    break live;
                }
                record(PhysicalId::None);
                return Err(error.into());
            }
            // An earlier delivery may have got through where this one did not.
            Class::Throttled => return Err(error.into()),
            // Refused now; but an earlier delivery may have made it when it was still allowed.
            _ => match session.look_by_name(&desired.instance, desired.name.as_str()).await {
                Ok(Some(live)) if matches!(live.ownership(owner), Ownership::Ours(_)) => break live,
                _ => {
                    if !may_exist {
                        record(PhysicalId::None);
                    }
                    return Err(error.into());
                }
            },
        }
    };
    let adopt = desired.adopt;
    let wish = if before.is_some() { Wish::Replace { adopt } } else { Wish::Create { adopt } };
    let nothing = Previous::default();
    let before = before.unwrap_or(&nothing);
    let ownership = live.ownership(owner);
    record(match ownership {
        Ownership::Ours(_) => PhysicalId::Profile(live.arn.clone()),
        Ownership::Another(_) | Ownership::Nobody => PhysicalId::None,
    });
    let course = course(wish, &ownership);
    let managed = match course {
        Course::MakeAsFresh => Member::ALL.into(),
        Course::Refuse | Course::Claim => BTreeSet::new(),
        _ => desired.settings.members().union(&before.members).copied().collect(),
    };
    let live = session.complete(live, &managed).await?;
    let plan = plan_existing(wish, desired, before, &live, owner)?;
    match ownership {
        Ownership::Ours(origin) => Ok(apply(plan, live, origin, session).await?),
        Ownership::Another(_) | Ownership::Nobody => {
            Box::pin(take_over(plan, live, desired, owner, session, invocation)).await
        }
    }
}
