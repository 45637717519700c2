//! Request quotas: one token bucket for each operation in each region.

use std::collections::HashMap;

use tokio::time::Instant;

use crate::{Operation, Quota};

/// The buckets that were drawn from.
#[derive(Debug, Default)]
pub(crate) struct Buckets(HashMap<(Operation, String), Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Buckets {
    /// Draws for one call; false when the quota is used up. A refused call costs nothing.
    pub(crate) fn draw(&mut self, quota: Quota, operation: Operation, region: &str, now: Instant) -> bool {
        let capacity = f64::from(quota.burst);
        let bucket =
            self.0.entry((operation, region.to_owned())).or_insert(Bucket { tokens: capacity, filled: now });
        let gained = now.duration_since(bucket.filled).as_secs_f64() * quota.rate;
        bucket.tokens = (bucket.tokens + gained).min(capacity);
        bucket.filled = now;
        let granted = bucket.tokens >= 1.0;
        if granted {
            bucket.tokens -= 1.0;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let quota = Quota { rate: 2.0, burst: 5 };
        let mut buckets = Buckets::default();
        let start = Instant::now();
        let mut granted = |after: u64, calls: usize| {
            let now = start + Duration::from_millis(after);
            (0..calls).filter(|_| buckets.draw(quota, Operation::TagResource, "us-east-1", now)).count()
        };
        assert_eq!(granted(0, 8), 5);
        assert_eq!(granted(400, 1), 0);
        assert_eq!(granted(500, 2), 1);
        assert_eq!(granted(1500, 4), 2);
        assert_eq!(granted(60_000, 9), 5);
    }

    #[test]
    fn each_operation_in_each_region_has_its_own_bucket() {
        let quota = Quota { rate: 1.0, burst: 1 };
        let mut buckets = Buckets::default();
        let now = Instant::now();
        assert!(buckets.draw(quota, Operation::TagResource, "us-east-1", now));
        assert!(!buckets.draw(quota, Operation::TagResource, "us-east-1", now));
        assert!(buckets.draw(quota, Operation::UntagResource, "us-east-1", now));
        assert!(buckets.draw(quota, Operation::TagResource, "eu-west-2", now));
    }
}
