//! Looking for a profile that may exist and not show yet, as reads lag behind writes.

use std::time::Duration;

use super::ProviderError;
use crate::connect::Session;
use crate::connect_error::ConnectError;
use crate::observed::Observed;
use crate::properties::Desired;
use crate::retry::may_try_again;

/// What a look is left with at least that begins at the end of the session: with no time it would be an error.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// Looks again and again for what may not show yet. What shows and is a stranger's ends the search too: names are unique.
///
/// The time is only for beginning a look: one that is under way may take as long as any call.
pub(super) async fn look_for<F>(
    session: &Session,
    time: Duration,
    look: impl Fn() -> F,
) -> Result<Option<Observed>, ConnectError>
where
    F: Future<Output = Result<Option<Observed>, ConnectError>>,
{
    let until = session.ending_earlier(LAST_LOOK).within(time).deadline();
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(live) = look().await? {
            return Ok(Some(live));
        }
        if !may_try_again(attempt, until).await {
            return Ok(None);
        }
    }
}

/// Looks until the deadline for the profile that, as Connect says, has the name already.
pub(super) async fn look_for_taken(session: &Session, desired: &Desired) -> Result<Observed, ProviderError> {
    let look = || session.look_by_name(&desired.instance, desired.name.as_str());
    look_for(session, Duration::MAX, look).await?.ok_or_else(|| ProviderError::TakenUnseen {
        name: desired.name.clone(),
        instance: desired.instance.clone(),
    })
}
