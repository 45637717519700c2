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

mod context;
mod create;
mod delete;
mod error;
mod leftover;
mod lookup;
mod search;
mod take_over;
mod update;

use std::time::{Duration, SystemTime};

use context::Context;
use custom_resource::{
    Create, Delete, Failure, Invocation, Properties, ProtocolCode, Resource, Success, Update,
};
pub use error::ProviderError;
use tracing::Instrument as _;

use crate::arn::SecurityProfileArn;
use crate::attributes::{attributes, read_back};
use crate::connect::{Access, Connect, Session};
use crate::connect_error::ConnectError;
use crate::guards::{Forbidden, Guards};
use crate::listing::{MOST_NAMES, listed};
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::Owner;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, Step};
use crate::properties::{AssumedRole, Desired, Mistake, is_reference, text_of};
use crate::settings::Settings;

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
    /// Takes the lines of metrics.
    emit: fn(&str),
    /// What is wrong with the function's own settings. Every Create and Update says it, because a start that fails answers
    /// nobody.
    misconfiguration: Option<String>,
}

/// What a resource's type asks for.
enum Kind {
    Profile,
    Lookup,
}

impl SecurityProfiles {
    /// Over Connect, within the guards, with what is wrong with the function's settings, if anything. `emit` takes the
    /// [metrics](crate::metrics), line by line.
    #[must_use]
    pub fn new(connect: Connect, guards: Guards, misconfiguration: Option<String>, emit: fn(&str)) -> Self {
        Self { connect, guards, emit, misconfiguration }
    }

    /// What the type of a Create or an Update asks for, if the stack may ask at all and it can be told what may be done.
    fn kind(&self, context: &Context<'_>) -> Result<Kind, ProviderError> {
        // Before all guards: what a list does not say, it does not forbid either.
        if let Some(misconfiguration) = &self.misconfiguration {
            return Err(ProviderError::Misconfigured(misconfiguration.clone()));
        }
        self.guards.admit_stack(context.resource.stack.account(), context.own_account())?;
        match context.resource.resource_type.as_str() {
            RESOURCE_TYPE => Ok(Kind::Profile),
            LOOKUP_TYPE => Ok(Kind::Lookup),
            other => Err(ProviderError::UnknownType(other.to_owned())),
        }
    }

    // The SDK's futures are large; on the heap they weigh on nobody who awaits these three.

    async fn create_of_any_type(
        &self,
        request: &Create,
        context: &Context<'_>,
    ) -> Result<Success, ProviderError> {
        match self.kind(context)? {
            Kind::Profile => Box::pin(self.create_profile(request, context)).await,
            Kind::Lookup => Box::pin(self.look_up(&request.properties, None, context)).await,
        }
    }

    async fn update_of_any_type(
        &self,
        request: &Update,
        context: &Context<'_>,
    ) -> Result<Success, ProviderError> {
        match self.kind(context)? {
            Kind::Profile => Box::pin(self.update_profile(request, context)).await,
            Kind::Lookup => {
                Box::pin(self.look_up(&request.properties, Some(&request.old_properties), context)).await
            }
        }
    }

    async fn delete_of_any_type(&self, request: &Delete, context: &Context<'_>) -> Result<(), ProviderError> {
        match request.resource.resource_type.as_str() {
            RESOURCE_TYPE | "" => Box::pin(self.delete_profile(request, context)).await,
            // A lookup made nothing, and the Create of another type was refused.
            _ => Ok(()),
        }
    }

    async fn begin(
        &self,
        properties: &Properties,
        old: Option<&Properties>,
        context: &Context<'_>,
    ) -> Result<(Desired, Session), ProviderError> {
        let desired = match old {
            None => Desired::read(properties, context.own_account())?,
            Some(old) => {
                let (desired, accepted) = Desired::read_over(properties, old, context.own_account())?;
                warn_of_accepted(&accepted);
                desired
            }
        };
        self.admit_role(desired.role.as_ref())?;
        warn_of_unknown_permissions(&desired);
        let (region, role) = (desired.instance.region(), desired.role.as_ref());
        let session = self.session(region, role, context).await;
        Ok((desired, session))
    }

    fn admit_role(&self, role: Option<&AssumedRole>) -> Result<(), Forbidden> {
        role.map_or(Ok(()), |role| self.guards.admit_role(&role.arn))
    }

    /// Calls in a region, as the role if there is one, until shortly before the operation is cut off. What the event holds that
    /// may not be shown is kept out of their errors, whatever is read of it.
    async fn session(&self, region: &str, role: Option<&AssumedRole>, context: &Context<'_>) -> Session {
        let invocation = context.invocation;
        let reserve = RESERVE.min(invocation.remaining() / 2);
        let role = role.map(|role| (role.clone(), session_name(context.resource)));
        let access = Access { region: region.to_owned(), role };
        let (deadline, tally) = (invocation.deadline() - reserve, context.tally.clone());
        self.connect.session(access, deadline, context.undisclosed.iter(), tally).await
    }
}

/// Says what would be refused if the resource's old properties had not had it.
fn warn_of_accepted(mistakes: &[Mistake]) {
    if let [first, ..] = mistakes {
        tracing::warn!(
            properties = listed(mistakes.iter().map(|mistake| &mistake.path)),
            property_count = mistakes.len(),
            "invalid property, accepted because it was declared before: {first}"
        );
    }
}

/// Whether the profile is where the calls are made: in the account of the role, or else in the function's own. Connect is
/// called by ids, which do not say it.
fn check_account(
    arn: &SecurityProfileArn,
    role: Option<&AssumedRole>,
    context: &Context<'_>,
) -> Result<(), ProviderError> {
    let account = role.map_or(context.own_account(), |role| role.arn.account());
    if arn.instance().account() == account {
        return Ok(());
    }
    Err(ProviderError::ElsewhereAccount { arn: arn.clone(), account: account.to_owned() })
}

/// One line, however many there are.
fn warn_of_unknown_permissions(desired: &Desired) {
    let unknown: Vec<String> = desired
        .unknown_permissions()
        .map(|(permission, nearest)| match nearest {
            Some(nearest) => format!("{permission} (the nearest known is {nearest})"),
            None => permission.to_owned(),
        })
        .collect();
    if !unknown.is_empty() {
        tracing::warn!(
            permissions = listed(&unknown),
            permission_count = unknown.len(),
            "permissions that are not in the catalogue are passed on as they are"
        );
    }
}

/// Whether the profile is in the function's own partition: no credentials of one are good in another, and the ARN of one names
/// nothing in another.
fn check_partition(arn: &SecurityProfileArn, context: &Context<'_>) -> Result<(), ProviderError> {
    match context.own_partition() {
        Some(partition) if partition != arn.instance().partition() => {
            Err(ProviderError::ElsewherePartition { arn: arn.clone(), partition })
        }
        _ => Ok(()),
    }
}

/// The name of an assumed role's session, which `CloudTrail` shows: stack and request, within STS's 64 characters. The request
/// is whole, so that whoever reads `CloudTrail` finds its lines in the log; of a stack's long name, the beginning.
fn session_name(resource: &Resource) -> String {
    const LONGEST: usize = 64;
    // As CloudFormation sends it, a UUID; a forged one may be any text.
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    let allowed = |character: char| if is_allowed(character) { character } else { '-' };
    let request_id: String = resource.request_id.chars().take(36).map(allowed).collect();
    let stack: String =
        resource.stack.name().chars().take(LONGEST - 1 - request_id.len()).map(allowed).collect();
    format!("{stack}.{request_id}")
}

/// The span of an operation: which profile of which instance is asked for, as far as the properties say.
fn span_of(properties: &Properties) -> tracing::Span {
    let (profile, instance) = attempted(properties);
    tracing::error_span!("profile", profile, instance)
}

/// The profile and the instance that the properties name, however invalid they are, and no longer than valid ones may be.
fn attempted(properties: &Properties) -> (Option<String>, Option<String>) {
    // A reference that was not resolved stands where a secret was to be.
    let text = |name| text_of(properties, name).filter(|text| !is_reference(text));
    let text = |name| text(name).map(|text| text.chars().take(LONGEST_NAMED).collect());
    (text("SecurityProfileName"), text("InstanceArn"))
}

/// An instance's ARN has at most some 190 characters, a name 127.
const LONGEST_NAMED: usize = 200;

impl custom_resource::Provider for SecurityProfiles {
    fn nothing_created(&self) -> custom_resource::PhysicalId {
        answered(&PhysicalId::None)
    }

    fn perhaps_created(&self) -> custom_resource::PhysicalId {
        answered(&PhysicalId::Unknown)
    }

    async fn create(&self, request: Create, invocation: Invocation) -> Result<Success, Failure> {
        let context = Context::new(&request.resource, [&request.properties], &invocation, self.emit);
        let created = self.create_of_any_type(&request, &context).instrument(span_of(&request.properties));
        let created = created.await;
        context.end(created).map_err(|error| error.failure())
    }

    async fn update(&self, request: Update, invocation: Invocation) -> Result<Success, Failure> {
        let context = Context::new(
            &request.resource,
            [&request.properties, &request.old_properties],
            &invocation,
            self.emit,
        );
        let updated = self.update_of_any_type(&request, &context).instrument(span_of(&request.properties));
        let updated = updated.await;
        context.end(updated).map_err(|error| error.failure())
    }

    async fn delete(&self, request: Delete, invocation: Invocation) -> Result<(), Failure> {
        let context = Context::new(&request.resource, [&request.properties], &invocation, self.emit);
        let deleted = self.delete_of_any_type(&request, &context).instrument(span_of(&request.properties));
        let deleted = deleted.await;
        context.end(deleted).map_err(|error| error.failure())
    }

    fn describe(&self, failure: Failure, properties: &Properties) -> Failure {
        let (profile, instance) = attempted(properties);
        failure.with("profile", profile).with("instance", instance)
    }

    fn failed_without(&self, code: ProtocolCode, function_arn: &str) {
        context::count(code, function_arn, self.emit);
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
    context: &'a Context<'a>,
}

impl Order<'_> {
    /// Records what a Create answers if it fails from now on; an Update answers the id that it was given.
    fn record(&self, id: &PhysicalId) {
        self.context.invocation.record(answered(id));
    }

    /// Whether the event may have been delivered before: Lambda delivers one again after a minute at the earliest, unless it
    /// delivers it twice at once.
    fn may_be_repeated(&self) -> bool {
        self.context.age() > FRESH
    }

    async fn look_by_name(&self) -> Result<Option<Observed>, ConnectError> {
        self.session.look_by_name(&self.desired.instance, self.desired.name.as_str()).await
    }
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
    tracing::info!(%subject, plan = format!("{plan:.MOST_NAMES$}"), "plan");
    for note in &plan.notes {
        tracing::warn!(%subject, "{note:.MOST_NAMES$}");
    }
}

fn answered(id: &PhysicalId) -> custom_resource::PhysicalId {
    // An ARN of ours is at most some 250 bytes and the marks are constants, so the form always holds.
    id.to_string().parse().unwrap_or_else(|_| unreachable!("`{id}` is not a physical id"))
}
