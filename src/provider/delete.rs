//! Delete: removes what this resource created and nothing else, from whatever id it is given.

use std::time::Duration;

use custom_resource::{Delete, Properties};
use serde_json::Value;

use super::context::Context;
use super::search::look_for;
use super::{ProviderError, SecurityProfiles, announce, check_account, check_partition};
use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::connect::Session;
use crate::connect_error::ConnectError;
use crate::names::ProfileName;
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::{Owner, Ownership};
use crate::physical_id::PhysicalId;
use crate::plan::{Step, plan_delete};
use crate::properties::{AssumedRole, OnDelete, text_of};
use crate::retry::may_try_again;

/// How long a profile is waited for that a lost create may have made, or that a read does not show yet.
const LONGEST_LOOK: Duration = Duration::from_secs(20);
/// How long a profile is looked for before it is deleted by its ARN alone: reads mostly show what was made a second ago.
const BEFORE_UNSEEN: Duration = Duration::from_secs(3);
/// How long a profile in use is tried: users who are deleted in the same stack let go of it within seconds.
const LONGEST_USE: Duration = Duration::from_mins(1);

impl SecurityProfiles {
    pub(super) async fn delete_profile(
        &self,
        request: &Delete,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let physical_id = PhysicalId::read(&request.physical_id);
        if physical_id == PhysicalId::None {
            return Ok(());
        }
        let owner = Owner::of(&request.resource);
        let wish = Wish::read(&request.properties);
        self.guards.admit_stack(request.resource.stack.account(), context.own_account())?;
        let role = wish.role.as_ref();
        self.admit_role(role)?;
        let session = async |instance: &InstanceArn| self.session(instance.region(), role, context).await;
        match physical_id {
            PhysicalId::None => Ok(()),
            PhysicalId::Profile(arn) => {
                if let Err(elsewhere) = check_partition(&arn, context) {
                    tracing::warn!(profile = %arn, %elsewhere, "the profile is left as it is");
                    return Ok(());
                }
                check_account(&arn, role, context)?;
                let session = session(arn.instance()).await;
                let look = async || Ok(wish.recognises(session.look(&arn).await?, &owner));
                let may_delete_unseen = wish.may_delete_unseen(&arn);
                let time = if may_delete_unseen { BEFORE_UNSEEN } else { LONGEST_LOOK };
                match look_for(&session, time, look).await? {
                    None if may_delete_unseen => {
                        tracing::warn!(
                            profile = %arn,
                            "no read shows the profile; deleting it by its ARN without a check of its ownership tag"
                        );
                        delete(&session, &arn).await
                    }
                    None => Ok(()),
                    Some(live) => release_or_delete(&session, &live, &owner, wish.on_delete).await.map(drop),
                }
            }
            PhysicalId::Unknown | PhysicalId::Foreign(_) => {
                let Some((instance, name)) = &wish.profile else { return Ok(()) };
                let session = session(instance).await;
                // An id that CloudFormation made up may come while the Create still runs: it may make again what was removed.
                let may_still_run = matches!(physical_id, PhysicalId::Foreign(_));
                let look = async || {
                    let live = session.look_by_name(instance, name.as_str()).await?;
                    Ok(wish.recognises(live, &owner))
                };
                remove_by_name(&session, look, &owner, wish.on_delete, may_still_run).await
            }
        }
    }
}

/// What a Delete reads of the properties: leniently, as it must never fail for a mistake in them.
struct Wish {
    role: Option<AssumedRole>,
    profile: Option<(InstanceArn, ProfileName)>,
    on_delete: OnDelete,
    adopt: bool,
}

impl Wish {
    fn read(properties: &Properties) -> Self {
        let text = |name| text_of(properties, name);
        let is = |name, word: &str| match properties.get(name) {
            Some(Value::String(text)) => text.eq_ignore_ascii_case(word),
            Some(Value::Bool(flag)) => flag.to_string() == word,
            _ => false,
        };
        let instance = text("InstanceArn").and_then(|text| text.parse().ok());
        let name = text("SecurityProfileName").and_then(|text| text.parse().ok());
        let on_delete = if is("OnDelete", "retain") { OnDelete::Retain } else { OnDelete::Delete };
        let role = AssumedRole::read_leniently(properties);
        Self { role, profile: instance.zip(name), on_delete, adopt: is("Adopt", "true") }
    }

    /// What was seen, unless it may be from before the claim: of an adoption, a profile without owner tag is waited for like
    /// one that does not show.
    fn recognises(&self, seen: Option<Observed>, owner: &Owner) -> Option<Observed> {
        seen.filter(|live| !(self.adopt && live.ownership(owner) == Ownership::Nobody))
    }

    /// Whether a profile that no read shows may be deleted by its ARN: reads lag, and a profile that may have been adopted
    /// or is to be retained must be seen first. So must one of which the properties say nothing, because they cannot be read
    /// or are of another instance: what they say of `Adopt` and `OnDelete` is not said of it.
    fn may_delete_unseen(&self, arn: &SecurityProfileArn) -> bool {
        let is_of_it = self.profile.as_ref().is_some_and(|(instance, _)| instance == arn.instance());
        is_of_it && self.on_delete == OnDelete::Delete && !self.adopt
    }
}

/// Removes what a Create may have made, which is looked for by its name. A stranger's ends the search: names are unique.
async fn remove_by_name<F>(
    session: &Session,
    look: impl Fn() -> F,
    owner: &Owner,
    on_delete: OnDelete,
    may_still_run: bool,
) -> Result<(), ProviderError>
where
    F: Future<Output = Result<Option<Observed>, ConnectError>>,
{
    let until = session.within(LONGEST_LOOK).deadline();
    let mut attempt = 0;
    loop {
        attempt += 1;
        match look().await {
            // Without the instance there is no profile in it either.
            Err(ConnectError { class: Class::Gone, .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(None) => {}
            Ok(Some(live)) => {
                let was_ours = release_or_delete(session, &live, owner, on_delete).await?;
                if !was_ours || !may_still_run {
                    return Ok(());
                }
            }
        }
        if !may_try_again(attempt, until).await {
            return Ok(());
        }
    }
}

/// Whether it was ours, and so is gone or released now.
async fn release_or_delete(
    session: &Session,
    live: &Observed,
    owner: &Owner,
    on_delete: OnDelete,
) -> Result<bool, ProviderError> {
    let plan = plan_delete(live, owner, on_delete);
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
    Ok(!plan.is_empty())
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
