//! The shell: runs the pipeline for each of the three events and decides nothing that [`crate::plan`] can decide.
//!
//! # Guarantees
//!
//! - A profile is changed only if its owner tag names this stack and logical id; if it has lost that tag; or if it never had
//!   one and the template says `Adopt`. [`crate::ownership`] is the table.
//! - A Create makes at most one profile, however often it is delivered, and a Delete of what was never made makes no call.
//! - An Update that finds everything as stated writes nothing.
//! - Whatever fails, the id that is answered lets the Delete that follows find what was made.
//!
//! # Assumptions
//!
//! Names are unique within an instance, and a tag given in the create call is on the profile from its first moment. Neither
//! was checked against live AWS.

mod create;
mod delete;
mod leftover;
mod lookup;
mod search;
mod take_over;
mod update;

use std::time::Duration;

use custom_resource::{Create, Delete, Failure, Invocation, Resource, Success, Update};

use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::attributes::{attributes, read_back};
use crate::connect::{Connect, Session};
use crate::connect_error::ConnectError;
use crate::names::ProfileName;
use crate::observed::Observed;
use crate::owner::Origin;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, Refusal, Step};
use crate::properties::{Desired, PropertyMistakes};
use crate::settings::Settings;
use crate::undisclosed::Undisclosed;

/// The type that makes, changes and deletes profiles.
pub const RESOURCE_TYPE: &str = "Custom::ConnectSecurityProfile";

/// The type that only reads one.
pub const LOOKUP_TYPE: &str = "Custom::ConnectSecurityProfileLookup";

/// What is left to say how it ended: a failure that names the call says more than "timed out".
const RESERVE: Duration = Duration::from_millis(500);

/// The provider of `Custom::ConnectSecurityProfile`.
#[derive(Debug)]
pub struct SecurityProfiles {
    connect: Connect,
    /// What is wrong with the function's own settings. Every Create and Update says it, because a start that fails answers
    /// nobody.
    misconfiguration: Option<String>,
}

/// Why an event fails, as the template's author reads it.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The properties are wrong.
    #[error(transparent)]
    Properties(#[from] PropertyMistakes),
    /// A call failed for good.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The plan may not be carried out.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// A profile of that name exists, and none is to be seen.
    #[error(
        "{instance} says that the name `{name}` is taken, but no list shows a profile of exactly this name. Give this one \
         another name, or try again in a few minutes"
    )]
    TakenUnseen {
        /// The name.
        name: ProfileName,
        /// Where it is taken.
        instance: InstanceArn,
    },
    /// There is no profile to look up.
    #[error("{instance} has no profile called exactly `{name}`{}", nearest.as_ref().map(|it| format!("; the nearest name is `{it}`")).unwrap_or_default())]
    NotFound {
        /// The name.
        name: ProfileName,
        /// Where it was looked for.
        instance: InstanceArn,
        /// A name that there is.
        nearest: Option<String>,
    },
    /// A profile was deleted while it was being taken over.
    #[error("{0} was deleted by somebody while it was being taken over; deploy again")]
    Vanished(SecurityProfileArn),
    /// The claim of a profile cannot be read back.
    #[error("the owner tag that was set on {0} did not show within 10 s; try again in a few minutes")]
    ClaimNotSeen(SecurityProfileArn),
    /// A profile could not be taken over, nor put back as it was.
    #[error("{error}. {arn} was being taken over, and putting it back as it was failed, too: {left}")]
    NotPutBack {
        /// Why it could not be taken over.
        error: Box<Self>,
        /// The profile.
        arn: SecurityProfileArn,
        /// What failed of putting it back.
        left: String,
    },
    /// An Update of something that is not a profile.
    #[error(
        "`{0}` is not the id of a profile, so there is nothing to update: remove the resource from the template, deploy, and add it again"
    )]
    NothingToUpdate(String),
    /// The type in the template is not ours.
    #[error("the provider does not know the type `{0}`; it provides `{RESOURCE_TYPE}` and `{LOOKUP_TYPE}`")]
    UnknownType(String),
    /// The function's own settings are wrong.
    #[error("the provider is misconfigured: {0}")]
    Misconfigured(String),
}

/// What a resource's type asks for.
enum Kind {
    Profile,
    Lookup,
}

impl SecurityProfiles {
    /// Over Connect, with what is wrong with the function's settings, if anything.
    #[must_use]
    pub fn new(connect: Connect, misconfiguration: Option<String>) -> Self {
        Self { connect, misconfiguration }
    }

    /// What the type of a Create or an Update asks for.
    fn kind(&self, resource: &Resource) -> Result<Kind, ProviderError> {
        if let Some(misconfiguration) = &self.misconfiguration {
            return Err(ProviderError::Misconfigured(misconfiguration.clone()));
        }
        match resource.resource_type.as_str() {
            RESOURCE_TYPE => Ok(Kind::Profile),
            LOOKUP_TYPE => Ok(Kind::Lookup),
            other => Err(ProviderError::UnknownType(other.to_owned())),
        }
    }

    // The SDK's futures are large; on the heap they weigh on nobody who awaits these three.

    async fn create_of_any_type(
        &self,
        request: &Create,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        match self.kind(&request.resource)? {
            Kind::Profile => Box::pin(self.create_profile(request, invocation)).await,
            Kind::Lookup => Box::pin(self.look_up(&request.properties, invocation)).await,
        }
    }

    async fn update_of_any_type(
        &self,
        request: &Update,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        match self.kind(&request.resource)? {
            Kind::Profile => Box::pin(self.update_profile(request, invocation)).await,
            Kind::Lookup => Box::pin(self.look_up(&request.properties, invocation)).await,
        }
    }

    async fn delete_of_any_type(
        &self,
        request: &Delete,
        invocation: &Invocation,
    ) -> Result<(), ProviderError> {
        match request.resource.resource_type.as_str() {
            RESOURCE_TYPE | "" => Box::pin(self.delete_profile(request, invocation)).await,
            // A lookup made nothing, and the Create of another type was refused.
            _ => Ok(()),
        }
    }

    fn begin(
        &self,
        properties: &custom_resource::Properties,
        invocation: &Invocation,
    ) -> Result<(Desired, Session), ProviderError> {
        let desired = Desired::read(properties, account_of(invocation.function_arn()))?;
        for (permission, nearest) in desired.unknown_permissions() {
            tracing::warn!(
                permission,
                nearest,
                "the permission is not in the catalogue; it is passed on as it is"
            );
        }
        let session = self.session(desired.instance.region(), invocation, desired.undisclosed());
        Ok((desired, session))
    }

    /// Calls in a region until shortly before the operation is cut off.
    fn session<'a>(
        &self,
        region: &str,
        invocation: &Invocation,
        undisclosed: impl Iterator<Item = &'a Undisclosed>,
    ) -> Session {
        let reserve = RESERVE.min(invocation.remaining() / 2);
        self.connect.session(region, invocation.deadline() - reserve, undisclosed)
    }
}

impl custom_resource::Provider for SecurityProfiles {
    fn nothing_created(&self) -> custom_resource::PhysicalId {
        answered(&PhysicalId::None)
    }

    fn perhaps_created(&self) -> custom_resource::PhysicalId {
        answered(&PhysicalId::Unknown)
    }

    async fn create(&self, request: Create, invocation: Invocation) -> Result<Success, Failure> {
        self.create_of_any_type(&request, &invocation).await.map_err(failure)
    }

    async fn update(&self, request: Update, invocation: Invocation) -> Result<Success, Failure> {
        self.update_of_any_type(&request, &invocation).await.map_err(failure)
    }

    async fn delete(&self, request: Delete, invocation: Invocation) -> Result<(), Failure> {
        self.delete_of_any_type(&request, &invocation).await.map_err(failure)
    }
}

/// A profile that is as the template states, and what was read and cleared on the way.
struct Converged {
    arn: SecurityProfileArn,
    origin: Origin,
    /// The profile as read, if nothing was written since.
    fresh: Option<Observed>,
    changes: Settings,
}

impl Converged {
    async fn success(self, session: &Session, desired: &Desired) -> Success {
        let live = match self.fresh {
            Some(live) => Some(live),
            None => read_back(session, &self.arn, &self.changes).await,
        };
        let data = attributes(&self.arn, &desired.name, &self.origin.to_string(), live.as_ref());
        Success { physical_id: answered(&PhysicalId::Profile(self.arn)), data, no_echo: false }
    }
}

/// Carries out a plan for a profile that exists.
async fn apply(
    plan: Plan,
    live: Observed,
    origin: Origin,
    session: &Session,
) -> Result<Converged, ConnectError> {
    announce(&plan, &live.arn);
    let mut changes = Settings::default();
    let wrote = !plan.is_empty();
    for step in &plan.steps {
        session.apply(step).await?;
        if let Step::Update { changes: made, .. } = step {
            changes = made.clone();
        }
    }
    let arn = live.arn.clone();
    Ok(Converged { arn, origin, fresh: (!wrote).then_some(live), changes })
}

fn announce(plan: &Plan, subject: &dyn std::fmt::Display) {
    tracing::info!(profile = %subject, %plan, "plan");
    for note in &plan.notes {
        tracing::warn!(profile = %subject, "{note}");
    }
}

fn answered(id: &PhysicalId) -> custom_resource::PhysicalId {
    // An ARN of ours is at most some 250 bytes and the marks are constants, so the form always holds.
    id.to_string().parse().unwrap_or_else(|_| unreachable!("`{id}` is not a physical id"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn failure(error: ProviderError) -> Failure {
    Failure::new(error.to_string())
}

/// The account in a function's ARN: `arn:aws:lambda:<region>:<account>:function:<name>`.
fn account_of(function_arn: &str) -> &str {
    function_arn.split(':').nth(4).unwrap_or_default()
}
