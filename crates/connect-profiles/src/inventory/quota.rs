//! The pace of requests: for each operation, in each account and region, a bucket as Connect's own, so that hardly
//! anything is throttled.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connect_security_profile::operation::Operation;
use tokio::time::{Instant, sleep_until};

/// So much slower than the quota: what leaves at its exact pace may arrive a little faster.
const MARGIN: f64 = 0.99;

/// Requests a second and at once, for each operation. Connect's own default is 2 and 5.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quota {
    rate: f64,
    burst: u32,
}

/// The text is no quota.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a quota is `<requests a second>` or `<requests a second>/<at once>`, such as `2/5`")]
pub struct QuotaError;

impl Default for Quota {
    fn default() -> Self {
        Self { rate: 2.0, burst: 5 }
    }
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        let (rate, burst) = match text.split_once('/') {
            Some((rate, burst)) => (rate, Some(burst)),
            None => (text, None),
        };
        let rate: f64 = rate.trim().parse().map_err(|_| QuotaError)?;
        let burst = match burst {
            Some(burst) => burst.trim().parse().map_err(|_| QuotaError)?,
            None => Self::default().burst,
        };
        // Slower than one in an hour would wait for longer than a clock can tell.
        let is_sound = rate.is_finite() && (0.0003..=1_000_000.0).contains(&rate) && burst > 0;
        if is_sound { Ok(Self { rate, burst }) } else { Err(QuotaError) }
    }
}

/// One bucket of requests, and when it was last looked at.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// The buckets of all that is called.
#[derive(Debug)]
pub struct Pace {
    quota: Quota,
    buckets: Mutex<BTreeMap<(String, Operation), Bucket>>,
}

impl Pace {
    /// At the pace of the quota.
    #[must_use]
    pub fn new(quota: Quota) -> Self {
        Self { quota, buckets: Mutex::default() }
    }

    /// Waits for the turn of one request. Turns are given in the order in which they are asked for.
    pub async fn turn(&self, place: &str, operation: Operation) {
        sleep_until(self.reserve(place, operation, Instant::now())).await;
    }

    /// How long so many more requests of an operation will wait for their last turn.
    #[must_use]
    pub fn time_for(&self, requests: usize) -> Duration {
        let requests = f64::from(u32::try_from(requests).unwrap_or(u32::MAX));
        Duration::from_secs_f64((requests - self.capacity()).max(0.0) / self.rate())
    }

    fn reserve(&self, place: &str, operation: Operation, now: Instant) -> Instant {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket { tokens: self.capacity(), filled: now };
        let bucket = buckets.entry((place.to_owned(), operation)).or_insert(full);
        let gained = now.duration_since(bucket.filled).as_secs_f64() * self.rate();
        bucket.tokens = (bucket.tokens + gained).min(self.capacity()) - 1.0;
        bucket.filled = now;
        now + Duration::from_secs_f64((-bucket.tokens).max(0.0) / self.rate())
    }

    fn rate(&self) -> f64 {
        self.quota.rate * MARGIN
    }

    /// One less than what may come at once: the first request of a connection is slow, and those after it catch up with it.
    fn capacity(&self) -> f64 {
        f64::from((self.quota.burst - 1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_at_once_and_then_at_the_rate() {
        let pace = Pace::new(Quota::default());
        let now = Instant::now();
        let waits: Vec<f64> = (0..7)
            .map(|_| pace.reserve("r", Operation::DescribeSecurityProfile, now) - now)
            .map(|wait| (wait.as_secs_f64() * 100.0).round() / 100.0)
            .collect();
        assert_eq!(waits, [0.0, 0.0, 0.0, 0.0, 0.51, 1.01, 1.52]);
        assert_eq!(pace.reserve("r", Operation::ListSecurityProfiles, now), now);
        assert_eq!(pace.reserve("other", Operation::DescribeSecurityProfile, now), now);
        let later = now + Duration::from_mins(1);
        assert_eq!(pace.reserve("r", Operation::DescribeSecurityProfile, later), later);
    }

    #[test]
    fn a_quota_is_a_rate_and_perhaps_a_burst() {
        assert_eq!("2/5".parse(), Ok(Quota::default()));
        assert_eq!("2".parse(), Ok(Quota::default()));
        assert_eq!("10.5/20".parse(), Ok(Quota { rate: 10.5, burst: 20 }));
        for text in ["", "0", "-1", "2/0", "NaN", "inf", "2/5/6", "fast", "1e300", "1e-300"] {
            assert_eq!(text.parse::<Quota>(), Err(QuotaError), "{text}");
        }
    }
}
