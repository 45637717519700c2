//! Adoption: a profile that is nobody's is claimed, then made what the template states; or else it is put back as it was.

use std::time::{Duration, SystemTime};

use super::{Converged, LONGEST_LAG, Order, ProviderError, announce, write};
use crate::connect::Session;
use crate::observed::Observed;
use crate::owner::{Origin, Ownership};
use crate::ownership::Wish;
use crate::physical_id::PhysicalId;
use crate::plan::{Plan, Refusal, Step, plan_existing, plan_undo};
use crate::previous::Previous;
use crate::retry::may_try_again;
use crate::settings::Settings;

/// What is spared of the time for putting a profile back: three or four calls, some of them twice.
const TIME_TO_UNDO: Duration = Duration::from_secs(15);

/// Of that, what the look at whose it is may take, and what each step leaves for each that comes after it.
const TIME_TO_LOOK: Duration = Duration::from_secs(2);
const TIME_TO_RELEASE: Duration = Duration::from_secs(3);

/// Claims the profile with the plan of its claim, reads back that the claim is ours, and writes what is stated.
///
/// The id recorded is the ARN for as long as the profile may carry our tag, and *none* before and after. An error of a call
/// that may have been carried out counts as carried out.
pub(super) async fn take_over(
    order: &Order<'_>,
    claim: Plan,
    live: Observed,
) -> Result<Converged, ProviderError> {
    announce(&claim, &live.arn);
    order.record(&PhysicalId::Profile(live.arn.clone()));
    let mut progress = Progress::default();
    let forward = order.session.sparing(TIME_TO_UNDO);
    let error = match go(order, claim, &live, &forward, &mut progress).await {
        Ok(converged) => return Ok(converged),
        Err(error) => error,
    };
    if !progress.may_be_claimed {
        order.record(&PhysicalId::None);
        return Err(error);
    }
    tracing::warn!(profile = %live.arn, %error, "the profile could not be taken over; it is put back as it was");
    let before = progress.claimed.as_ref().unwrap_or(&live);
    let undone = undo(order, &progress.attempted, before).await;
    if undone.is_released {
        order.record(&PhysicalId::None);
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
    order: &Order<'_>,
    claim: Plan,
    live: &Observed,
    session: &Session,
    progress: &mut Progress,
) -> Result<Converged, ProviderError> {
    let Order { desired, owner, .. } = order;
    for step in &claim.steps {
        let claimed = write(session, step).await;
        progress.may_be_claimed = claimed.as_ref().err().is_none_or(|error| error.may_have_effect);
        claimed?;
    }
    let live = match read_claim(order, live, session).await {
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
        if let Err(error) = write(session, step).await {
            progress.attempted.extend(error.may_have_effect.then(|| step.clone()));
            return Err(error.into());
        }
        progress.attempted.push(step.clone());
        if let Step::Update { changes: made, .. } = step {
            changes = made.clone();
        }
    }
    let arn = live.arn.clone();
    let written = (!plan.is_empty()).then(SystemTime::now);
    Ok(Converged { arn, origin: Origin::Adopted.name(), seen: Some(live), written, changes })
}

enum ClaimError {
    LostToAnother(Refusal),
    Unread(ProviderError),
}

/// Reads the profile until it shows whose claim came last. What is shown at first may be from before it.
async fn read_claim(order: &Order<'_>, live: &Observed, session: &Session) -> Result<Observed, ClaimError> {
    let unread = |error| ClaimError::Unread(ProviderError::Connect(error));
    let (arn, stated) = (&live.arn, order.desired.settings.members());
    let until = session.within(LONGEST_LAG).deadline();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let seen = session.observe(arn, &stated).await.map_err(unread)?;
        let seen = seen.ok_or_else(|| ClaimError::Unread(ProviderError::Vanished(arn.clone())))?;
        let ownership = seen.ownership(order.owner);
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
async fn undo(order: &Order<'_>, attempted: &[Step], before: &Observed) -> Undone {
    let Order { owner, session, .. } = order;
    match session.within(TIME_TO_LOOK).look(&before.arn).await {
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
        // Each step leaves time for those after it, above all for the last, which gives the profile up.
        let steps_left = u32::try_from(last - index).unwrap_or(u32::MAX);
        match session.ending_earlier(TIME_TO_RELEASE.saturating_mul(steps_left)).apply(step).await {
            Ok(()) => undone.is_released = index == last,
            Err(error) => undone.failures.push(error.to_string()),
        }
    }
    undone
}
