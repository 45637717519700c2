//! Adoption: a profile that is nobody's is claimed, then made what the template states; or else it is put back as it was.

use std::time::Duration;

use custom_resource::Invocation;

use super::{Converged, ProviderError, announce, answered};
use crate::connect::Session;
use crate::observed::Observed;
use crate::operation::Class;
use crate::owner::{Origin, Owner, Ownership};
use crate::ownership::Wish;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, Refusal, Step, plan_existing, plan_undo};
use crate::previous::Previous;
use crate::properties::Desired;
use crate::retry::may_try_again;
use crate::settings::Settings;

/// What is spared of the time for putting a profile back: three or four calls, some of them twice.
const TIME_TO_UNDO: Duration = Duration::from_secs(15);

/// How long the claim is looked for: reads lag by seconds.
const LONGEST_LAG: Duration = Duration::from_secs(10);

/// Claims the profile with the plan of its claim, reads back that the claim is ours, and writes what is stated.
///
/// The id recorded is the ARN for as long as the profile may carry our tag, and *none* before and after. An error of a call
/// that may have been carried out counts as carried out.
pub(super) async fn take_over(
    claim: Plan,
    live: Observed,
    desired: &Desired,
    owner: &Owner,
    session: &Session,
    invocation: &Invocation,
) -> Result<Converged, ProviderError> {
    announce(&claim, &live.arn);
    let record = |id| invocation.record(answered(&id));
    let arn = live.arn.clone();
    record(PhysicalId::Profile(arn));
    let mut progress = Progress::default();
    let forward = session.sparing(TIME_TO_UNDO);
    let error = match go(claim, &live, desired, owner, &forward, &mut progress).await {
        Ok(converged) => return Ok(converged),
        Err(error) => error,
    };
    if !progress.may_be_claimed {
        record(PhysicalId::None);
        return Err(error);
    }
    tracing::warn!(profile = %live.arn, %error, "the profile could not be taken over; it is put back as it was");
    let before = progress.claimed.as_ref().unwrap_or(&live);
    let undone = undo(&progress.attempted, before, owner, session).await;
    if undone.is_released {
        record(PhysicalId::None);
    }
    match undone.failures.join(". ") {
        left if left.is_empty() => Err(error),
        left => Err(ProviderError::NotPutBack { error: Box::new(error), arn: live.arn, left }),
    }
}

/// How far it went.
#[derive(Default)]
struct Progress {
    may_be_claimed: bool,
    /// The profile as read back with the claim on it.
    claimed: Option<Observed>,
    /// The writes after the claim that were carried out, or may have been.
    attempted: Vec<Step>,
}

async fn go(
    claim: Plan,
    live: &Observed,
    desired: &Desired,
    owner: &Owner,
    session: &Session,
    progress: &mut Progress,
) -> Result<Converged, ProviderError> {
    for step in &claim.steps {
        let claimed = session.apply(step).await;
        progress.may_be_claimed = claimed.as_ref().err().is_none_or(|error| error.class == Class::Lost);
        claimed?;
    }
    let live = match read_claim(live, desired, owner, session).await {
        Err(ClaimError::LostToAnother(refusal)) => {
            // The tag is the other's now, and not ours to take off.
            progress.may_be_claimed = false;
            return Err(refusal.into());
        }
        Err(ClaimError::Unread(error)) => return Err(error),
        Ok(live) => live,
    };
    progress.claimed = Some(live.clone());
    let plan = plan_existing(Wish::Update, desired, &Previous::default(), &live, owner)?;
    announce(&plan, &live.arn);
    let mut changes = Settings::default();
    for step in &plan.steps {
        if let Err(error) = session.apply(step).await {
            progress.attempted.extend((error.class == Class::Lost).then(|| step.clone()));
            return Err(error.into());
        }
        progress.attempted.push(step.clone());
        if let Step::Update { changes: made, .. } = step {
            changes = made.clone();
        }
    }
    let arn = live.arn.clone();
    let fresh = plan.is_empty().then_some(live);
    Ok(Converged { arn, origin: Origin::Adopted, fresh, changes })
}

enum ClaimError {
    LostToAnother(Refusal),
    Unread(ProviderError),
}

/// Reads the profile until it shows whose claim came last. What is shown at first may be from before it.
async fn read_claim(
    live: &Observed,
    desired: &Desired,
    owner: &Owner,
    session: &Session,
) -> Result<Observed, ClaimError> {
    let unread = |error| ClaimError::Unread(ProviderError::Connect(error));
    let (arn, stated) = (&live.arn, desired.settings.members());
    let until = session.within(LONGEST_LAG).deadline();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let seen = session.observe(arn, &stated).await.map_err(unread)?;
        let seen = seen.ok_or_else(|| ClaimError::Unread(ProviderError::Vanished(arn.clone())))?;
        let ownership = seen.ownership(owner);
        if matches!(ownership, Ownership::Ours(_)) {
            return Ok(seen);
        }
        if !may_try_again(attempt, until).await {
            return Err(match ownership.other() {
                Some(owner) => ClaimError::LostToAnother(Refusal::AnotherOwner { arn: arn.clone(), owner }),
                None => ClaimError::Unread(ProviderError::ClaimNotSeen(arn.clone())),
            });
        }
    }
}

struct Undone {
    is_released: bool,
    failures: Vec<String>,
}

/// Undoes what was attempted, as much of it as possible, and takes the owner tag off unless it is another's by now.
async fn undo(attempted: &[Step], before: &Observed, owner: &Owner, session: &Session) -> Undone {
    match session.look(&before.arn).await {
        Ok(None) => return Undone { is_released: true, failures: Vec::new() },
        Ok(Some(live)) if live.ownership(owner).other().is_some() => {
            return Undone { is_released: true, failures: Vec::new() };
        }
        // What cannot be read is put back all the same.
        Ok(Some(_)) | Err(_) => {}
    }
    let mut undone = Undone { is_released: false, failures: Vec::new() };
    let plan = plan_undo(attempted, before);
    announce(&plan, &before.arn);
    let last = plan.steps.len() - 1;
    for (index, step) in plan.steps.iter().enumerate() {
        match session.apply(step).await {
            Ok(()) => undone.is_released = index == last,
            Err(error) => undone.failures.push(error.to_string()),
        }
    }
    undone
}
