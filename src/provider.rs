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

use std::time::{Duration, SystemTime};

use custom_resource::{Create, Delete, Failure, Invocation, Resource, Success, Update};

use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::attributes::{attributes, read_back};
use crate::connect::{Access, Connect, Session};
use crate::connect_error::ConnectError;
use crate::guards::{Forbidden, Guards};
use crate::names::ProfileName;
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::Owner;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, Refusal, Step};
use crate::properties::{AssumedRole, Desired, PropertyMistakes};
use crate::settings::Settings;
use crate::undisclosed::Undisclosed;

/// The type that makes, changes and deletes profiles.
pub const RESOURCE_TYPE: &str = "Custom::ConnectSecurityProfile";

/// The type that only reads one.
pub const LOOKUP_TYPE: &str = "Custom::ConnectSecurityProfileLookup";

/// What is left to say how it ended: a failure that names the call says more than "timed out".
const RESERVE: Duration = Duration::from_millis(500);

/// How long a profile that was read, or a claim that was made, may not show elsewhere: reads lag by seconds.
const LONGEST_LAG: Duration = Duration::from_secs(10);

/// The age up to which an event is taken for its first delivery.
const FRESH: Duration = Duration::from_secs(30);

/// The provider of `Custom::ConnectSecurityProfile`.
#[derive(Debug)]
pub struct SecurityProfiles {
    connect: Connect,
    guards: Guards,
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
    /// The operator does not allow it.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A physical id of another account than the calls are made in.
    #[error(
        "{arn} is in account {}, and the calls are made in {account}, the account of RoleArn or else of the provider",
        arn.instance().account()
    )]
    ElsewhereAccount {
        /// The profile.
        arn: SecurityProfileArn,
        /// Where the calls are made.
        account: String,
    },
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
    /// Over Connect, within the guards, with what is wrong with the function's settings, if anything.
    #[must_use]
    pub fn new(connect: Connect, guards: Guards, misconfiguration: Option<String>) -> Self {
        Self { connect, guards, misconfiguration }
    }

    /// What the type of a Create or an Update asks for, if the stack may ask at all.
    fn kind(&self, resource: &Resource, invocation: &Invocation) -> Result<Kind, ProviderError> {
        self.guards.admit_stack(resource.stack.account(), account_of(invocation.function_arn()))?;
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
        match self.kind(&request.resource, invocation)? {
            Kind::Profile => Box::pin(self.create_profile(request, invocation)).await,
            Kind::Lookup => Box::pin(self.look_up(&request.resource, &request.properties, invocation)).await,
        }
    }

    async fn update_of_any_type(
        &self,
        request: &Update,
        invocation: &Invocation,
    ) -> Result<Success, ProviderError> {
        match self.kind(&request.resource, invocation)? {
            Kind::Profile => Box::pin(self.update_profile(request, invocation)).await,
            Kind::Lookup => Box::pin(self.look_up(&request.resource, &request.properties, invocation)).await,
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

    async fn begin(
        &self,
        resource: &Resource,
        properties: &custom_resource::Properties,
        invocation: &Invocation,
    ) -> Result<(Desired, Session), ProviderError> {
        let desired = Desired::read(properties, account_of(invocation.function_arn()))?;
        self.admit_role(desired.role.as_ref())?;
        for (permission, nearest) in desired.unknown_permissions() {
            tracing::warn!(
                permission,
                nearest,
                "the permission is not in the catalogue; it is passed on as it is"
            );
        }
        let region = desired.instance.region();
        let session =
            self.session(region, resource, desired.role.as_ref(), invocation, desired.undisclosed()).await;
        Ok((desired, session))
    }

    fn admit_role(&self, role: Option<&AssumedRole>) -> Result<(), Forbidden> {
        role.map_or(Ok(()), |role| self.guards.admit_role(&role.arn))
    }

    /// Calls in a region, as the role if there is one, until shortly before the operation is cut off.
    async fn session<'a>(
        &self,
        region: &str,
        resource: &Resource,
        role: Option<&AssumedRole>,
        invocation: &Invocation,
        undisclosed: impl Iterator<Item = &'a Undisclosed>,
    ) -> Session {
        let reserve = RESERVE.min(invocation.remaining() / 2);
        let role = role.map(|role| (role.clone(), session_name(resource)));
        let access = Access { region: region.to_owned(), role };
        self.connect.session(access, invocation.deadline() - reserve, undisclosed).await
    }
}

/// Whether the profile is where the calls are made: in the account of the role, or else in the function's own. Connect is
/// called by ids, which do not say it.
fn check_account(
    arn: &SecurityProfileArn,
    role: Option<&AssumedRole>,
    invocation: &Invocation,
) -> Result<(), ProviderError> {
    let own = account_of(invocation.function_arn());
    let account = role.map_or(own, |role| role.arn.account());
    if arn.instance().account() == account {
        return Ok(());
    }
    Err(ProviderError::ElsewhereAccount { arn: arn.clone(), account: account.to_owned() })
}

/// The name of an assumed role's session, which `CloudTrail` shows: stack and resource, within STS's 64 characters. Both are
/// letters, digits and hyphens.
fn session_name(resource: &Resource) -> String {
    let logical_id: String = resource.logical_id.chars().take(31).collect();
    let stack: String = resource.stack.name().chars().take(63 - logical_id.chars().count()).collect();
    format!("{stack}-{logical_id}")
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

/// A profile that is as the template states, and what was read and written on the way.
struct Converged {
    arn: SecurityProfileArn,
    /// How it was come by, as the attribute says it.
    origin: &'static str,
    /// The profile as read last, if it was.
    seen: Option<Observed>,
    /// When it was written to after that, if it was.
    written: Option<SystemTime>,
    changes: Settings,
}

impl Converged {
    async fn success(self, session: &Session, desired: &Desired) -> Success {
        let Self { arn, origin, seen, written, changes } = self;
        let live = match written {
            None => seen,
            Some(_) => read_back(session, &arn, &changes).await.or_else(|| {
                // No write changes the name; the time is the write's.
                seen.map(|seen| Observed { last_modified: (written, None), ..seen })
            }),
        };
        let data = attributes(&arn, &desired.name, origin, live.as_ref(), written);
        Success { physical_id: answered(&PhysicalId::Profile(arn)), data, no_echo: false }
    }
}

/// What an event asks for: which profile, for whom, within which guards, and the calls and the time there are for it.
struct Order<'a> {
    desired: &'a Desired,
    owner: &'a Owner,
    guards: &'a Guards,
    session: Session,
    invocation: &'a Invocation,
}

impl Order<'_> {
    /// Records what a Create answers if it fails from now on; an Update answers the id that it was given.
    fn record(&self, id: &PhysicalId) {
        self.invocation.record(answered(id));
    }

    /// Whether the event may have been delivered before: Lambda delivers one again after a minute at the earliest, unless it
    /// delivers it twice at once.
    fn may_be_repeated(&self) -> bool {
        age(self.invocation) > FRESH
    }

    async fn look_by_name(&self) -> Result<Option<Observed>, ConnectError> {
        self.session.look_by_name(&self.desired.instance, self.desired.name.as_str()).await
    }
}

/// How long ago the event was sent.
fn age(invocation: &Invocation) -> Duration {
    SystemTime::now().duration_since(invocation.sent()).unwrap_or_default()
}

/// Carries out a plan for a profile that exists.
async fn apply(
    plan: Plan,
    live: Observed,
    origin: &'static str,
    session: &Session,
) -> Result<Converged, ConnectError> {
    announce(&plan, &live.arn);
    let mut changes = Settings::default();
    for step in &plan.steps {
        write(session, step).await?;
        if let Step::Update { changes: made, .. } = step {
            changes = made.clone();
        }
    }
    let (arn, written) = (live.arn.clone(), (!plan.is_empty()).then(SystemTime::now));
    Ok(Converged { arn, origin, seen: Some(live), written, changes })
}

/// Writes to a profile that was read. Connect may say for seconds that a new one does not exist, to writes as to reads.
async fn write(session: &Session, step: &Step) -> Result<(), ConnectError> {
    let patience = session.within(LONGEST_LAG);
    let mut attempt = 0;
    loop {
        attempt += 1;
        match session.apply(step).await {
            Err(error) if error.class == Class::Gone => patience.pause(attempt, error).await?,
            written => return written,
        }
    }
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
