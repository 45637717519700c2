//! Create: one call where all goes well; and finding out what became of it where it does not.

use std::collections::BTreeSet;

use custom_resource::{Create, Invocation, Success};
use tokio::time::{Instant, sleep_until};

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
use crate::retry::backoff;
use crate::settings::{Member, Settings};

impl SecurityProfiles {
    pub(super) async fn create_profile(
        &self,
        request: &Create,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        let (desired, session) = self.begin(&request.resource, &request.properties, invocation)?;
        let made = make(&session, &desired, &Owner::of(&request.resource), invocation).await?;
        Ok(made.success(&session, &desired).await)
    }
}

/// Makes the profile, or takes the one that an earlier delivery of the same event left behind.
///
/// The id to answer is recorded as it becomes known: *unknown* before a call that may take effect, the ARN after it, *none*
/// where it is certain that nothing of ours exists.
pub(super) async fn make(
    session: &Session,
    desired: &Desired,
    owner: &Owner,
    invocation: &Invocation,
) -> Result<Converged, ProviderError> {
    let plan = plan_create(desired, owner);
    announce(&plan, &desired.instance);
    let Some(Step::Create(profile)) = plan.steps.into_iter().next() else {
        unreachable!("the plan of a create begins with it")
    };
    let record = |id: PhysicalId| invocation.record(answered(&id));
    let mut may_exist = false;
    let mut attempt = 0;
    loop {
        attempt += 1;
        record(PhysicalId::Unknown);
        let error = match session.create(profile.clone()).await {
            Ok(arn) => {
                record(PhysicalId::Profile(arn.clone()));
                let changes = Settings::default();
                return Ok(Converged { arn, origin: Origin::Created, fresh: None, changes });
            }
            Err(error) => error,
        };
        match error.class {
            Class::Lost => may_exist = true,
            Class::Duplicate => {}
            _ if may_exist => return Err(error.into()),
            _ => {
                record(PhysicalId::None);
                return Err(error.into());
            }
        }
        // Looking may lag behind making. A name that is taken is looked for until it shows; after a lost answer one look
        // is enough, because creating again makes no second profile.
        let live = if error.class == Class::Duplicate {
            look_until_found(session, desired, &error).await?
        } else {
            pause(session, attempt, &error).await?;
            match look(session, desired).await? {
                Some(live) => live,
                None => continue,
            }
        };
        return match live.ownership(owner) {
            Ownership::Ours(origin) => {
                record(PhysicalId::Profile(live.arn.clone()));
                let Some(live) = session.observe(&live.arn, &Member::ALL.into()).await? else {
                    return Err(error.into());
                };
                let plan = match origin {
                    Origin::Created => plan_again(desired, &live)?,
                    Origin::Adopted => plan_update(desired, &Previous::default(), &live, owner)?,
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
        };
    }
}

async fn look_until_found(
    session: &Session,
    desired: &Desired,
    duplicate: &ConnectError,
) -> Result<Observed, ConnectError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(live) = look(session, desired).await? {
            return Ok(live);
        }
        pause(session, attempt, duplicate).await?;
    }
}

/// The profile of the name that is wanted, as far as it takes to see whose it is.
async fn look(session: &Session, desired: &Desired) -> Result<Option<Observed>, ConnectError> {
    match session.find(&desired.instance, desired.name.as_str()).await? {
        Some(arn) => session.observe(&arn, &BTreeSet::new()).await,
        None => Ok(None),
    }
}

async fn pause(session: &Session, attempt: u32, error: &ConnectError) -> Result<(), ConnectError> {
    let next = Instant::now() + backoff(attempt, fastrand::f64());
    if next >= session.deadline() {
        return Err(error.clone());
    }
    sleep_until(next).await;
    Ok(())
}
