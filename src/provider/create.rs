//! Create: one call where all goes well; and finding out what became of it where it does not.

use custom_resource::{Create, Invocation, Success};

use super::{Converged, ProviderError, SecurityProfiles, announce, answered, apply};
use crate::connect::Session;
use crate::connect_error::ConnectError;
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::{Origin, Owner, Ownership};
use crate::physical_id::PhysicalId;
use crate::plan::{Step, plan_again, plan_create, plan_update};
use crate::previous::Previous;
use crate::properties::Desired;
use crate::settings::{Member, Settings};

impl SecurityProfiles {
    pub(super) async fn create_profile(
        &self,
        request: &Create,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        let (desired, session) = self.begin(&request.resource, &request.properties, invocation)?;
        let made = make(&session, &desired, &Owner::of(&request.resource), None, invocation).await?;
        Ok(made.success(&session, &desired).await)
    }
}

/// Makes the profile, or takes the one of that name that is ours already: an earlier delivery of the same event made it, or
/// a rollback comes back to it. From a Create it becomes what a fresh one would be; from an Update, with what was stated
/// `before`, what was never stated is left alone.
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
            Class::Duplicate => break look_until_found(session, desired, error).await?,
            Class::Lost => {
                may_exist = true;
                session.pause(attempt, error).await?;
                // One look is enough, because creating again makes no second profile.
                if let Some(live) = look(session, desired).await? {
                    break live;
                }
            }
            // Which the service checks first, the quota or the name, is not known.
            Class::LimitExceeded => match look(session, desired).await? {
                Some(live) if matches!(live.ownership(owner), Ownership::Ours(_)) => break live,
                _ => {
                    record(PhysicalId::None);
                    return Err(error.into());
                }
            },
            // An earlier delivery may have got through where this one did not.
            Class::Throttled => return Err(error.into()),
            _ => {
                if !may_exist {
                    record(PhysicalId::None);
                }
                return Err(error.into());
            }
        }
    };
    match live.ownership(owner) {
        Ownership::Ours(origin) => {
            record(PhysicalId::Profile(live.arn.clone()));
            let is_fresh_create = origin == Origin::Created && before.is_none();
            let nothing = Previous::default();
            let before = before.unwrap_or(&nothing);
            let managed = if is_fresh_create {
                Member::ALL.into()
            } else {
                desired.settings.members().union(&before.members).copied().collect()
            };
            let live = session.complete(live, &managed).await?;
            let plan = if is_fresh_create {
                plan_again(desired, &live)?
            } else {
                plan_update(desired, before, &live, owner)?
            };
            Ok(apply(plan, live, origin, session).await?)
        }
        Ownership::Another(owner) => {
            record(PhysicalId::None);
            Err(ProviderError::BelongsToAnother { name: desired.name.clone(), arn: live.arn, owner })
        }
        Ownership::Nobody => {
            record(PhysicalId::None);
            Err(ProviderError::Exists { name: desired.name.clone(), arn: live.arn })
        }
    }
}

async fn look_until_found(
    session: &Session,
    desired: &Desired,
    duplicate: ConnectError,
) -> Result<Observed, ProviderError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(live) = look(session, desired).await? {
            return Ok(live);
        }
        if session.pause(attempt, duplicate.clone()).await.is_err() {
            return Err(ProviderError::TakenUnseen {
                name: desired.name.clone(),
                instance: desired.instance.clone(),
            });
        }
    }
}

/// The profile of the name that is wanted, as far as it takes to see whose it is.
async fn look(session: &Session, desired: &Desired) -> Result<Option<Observed>, ConnectError> {
    match session.find(&desired.instance, desired.name.as_str()).await? {
        Some(arn) => session.look(&arn).await,
        None => Ok(None),
    }
}
