//! How long to wait between tries: full jitter, as AWS advises for Connect, and never more than five seconds.
//!
//! The SDK's own retries are off, because they would try `LimitExceededException` again (status 429) and a lost
//! `CreateSecurityProfile` blindly, stop after a number of tries rather than at the deadline, and spend a budget that a
//! quota of two requests a second empties at once.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

/// The attempt from which on the waits of an event that is under way grow no more: its tries are a second apart at most,
/// so that a crowd finishes what it has begun. There are never many such events, as the quota lets few begin.
pub const UNDER_WAY: u32 = 2;

/// The wait after the `attempt`-th try, counted from 1, for a `jitter` in 0..1.
#[must_use]
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(LONGEST).mul_f64(jitter.clamp(0.0, 1.0))
}

/// Waits before another try. `false`, at once, when that try would begin at `until` or later.
pub async fn may_try_again(attempt: u32, until: Instant) -> bool {
    may_wait(backoff(attempt, fastrand::f64()), until).await
}

/// Waits for so long. `false`, at once, when the wait would end at `until` or later.
pub async fn may_wait(time: Duration, until: Instant) -> bool {
    let next = Instant::now() + time;
    if next >= until {
        return false;
    }
    sleep_until(next).await;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_five_seconds_and_jitter_spreads_below_it() {
        let ceilings: Vec<u128> = (1..=6).map(|attempt| backoff(attempt, 1.0).as_millis()).collect();
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST);
        assert_eq!(backoff(UNDER_WAY, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
        assert_eq!(backoff(3, 0.25), Duration::from_millis(500));
    }
}
