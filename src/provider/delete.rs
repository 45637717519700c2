//! Delete: removes what this resource created and nothing else, from whatever id it is given.

use std::time::Duration;

use custom_resource::{Delete, Invocation, Properties};
use serde_json::Value;

use super::search::look_for;
use super::{ProviderError, SecurityProfiles, announce};
use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::connect::Session;
use crate::connect_error::ConnectError;
use crate::names::ProfileName;
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::Owner;
use crate::physical_id::PhysicalId;
use crate::plan::{Step, plan_delete};
use crate::properties::OnDelete;
use crate::retry::may_try_again;

/// How long a profile is waited for that a lost create may have made, or that a read does not show yet.
const LONGEST_LOOK: Duration = Duration::from_secs(20);
/// How long a profile in use is tried: users who are deleted in the same stack let go of it within seconds.
const LONGEST_USE: Duration = Duration::from_mins(1);

impl SecurityProfiles {
    pub(super) async fn delete_profile(
        &self,
        request: &Delete,
        invocation: &Invocation,
    ) -> Result<(), ProviderError> {
        let owner = Owner::of(&request.resource);
        let wish = Wish::read(&request.properties);
        let session =
            |instance: &InstanceArn| self.session(instance.region(), invocation, std::iter::empty());
        match PhysicalId::read(&request.physical_id) {
            PhysicalId::None => Ok(()),
            PhysicalId::Profile(arn) => {
                let session = session(arn.instance());
                let seen = match session.look(&arn).await? {
                    None if wish.may_delete_unseen() => return delete(&session, &arn).await,
                    None => look_for(&session, LONGEST_LOOK, || session.look(&arn)).await?,
                    seen => seen,
                };
                release_or_delete(&session, seen, &owner, wish.on_delete).await
            }
            PhysicalId::Unknown | PhysicalId::Foreign(_) => {
                let Some((instance, name)) = wish.profile else { return Ok(()) };
                let session = session(&instance);
                let by_name = || session.look_by_name(&instance, name.as_str());
                match look_for(&session, LONGEST_LOOK, by_name).await {
                    // Without the instance there is no profile in it either.
                    Err(ConnectError { class: Class::Gone, .. }) => Ok(()),
                    seen => release_or_delete(&session, seen?, &owner, wish.on_delete).await,
                }
            }
        }
    }
}

/// What a Delete reads of the properties: leniently, as it must never fail for a mistake in them.
struct Wish {
    profile: Option<(InstanceArn, ProfileName)>,
    on_delete: OnDelete,
    adopt: bool,
}

impl Wish {
    fn read(properties: &Properties) -> Self {
        let text = |name| properties.get(name).and_then(Value::as_str);
        let is = |name, word: &str| match properties.get(name) {
            Some(Value::String(text)) => text.eq_ignore_ascii_case(word),
            Some(Value::Bool(flag)) => flag.to_string() == word,
            _ => false,
        };
        let instance = text("InstanceArn").and_then(|text| text.parse().ok());
        let name = text("SecurityProfileName").and_then(|text| text.parse().ok());
        let on_delete = if is("OnDelete", "retain") { OnDelete::Retain } else { OnDelete::Delete };
        Self { profile: instance.zip(name), on_delete, adopt: is("Adopt", "true") }
    }

    /// Whether a profile that no read shows may be deleted by its ARN: reads lag, and a profile that may have been adopted
    /// or is to be retained must be seen first.
    fn may_delete_unseen(&self) -> bool {
        self.on_delete == OnDelete::Delete && !self.adopt
    }
}

async fn release_or_delete(
    session: &Session,
    seen: Option<Observed>,
    owner: &Owner,
    on_delete: OnDelete,
) -> Result<(), ProviderError> {
    let Some(live) = seen else { return Ok(()) };
    let plan = plan_delete(&live, owner, on_delete);
    announce(&plan, &live.arn);
    for step in &plan.steps {
        match step {
            Step::Delete { arn } => delete(session, arn).await?,
            step => match session.apply(step).await {
                Err(error) if error.class != Class::Gone => return Err(error.into()),
                _ => {}
            },
        }
    }
    Ok(())
}

/// Deletes, and counts what is gone already as deleted. A profile that users hold is tried for a minute.
async fn delete(session: &Session, arn: &SecurityProfileArn) -> Result<(), ProviderError> {
    let step = Step::Delete { arn: arn.clone() };
    let patience = session.within(LONGEST_USE).deadline();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match session.apply(&step).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if error.class == Class::Gone {
            return Ok(());
        }
        if error.class != Class::InUse || !may_try_again(attempt, patience).await {
            return Err(error.into());
        }
    }
}
