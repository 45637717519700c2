//! The calls that one event made, counted by operation. Clones count together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::operation::{Class, Operation};

/// A count for the time of one event.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<Operation, Count>>>);

/// How often an operation was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Every try.
    pub calls: u64,
    /// Those that Connect throttled.
    pub throttles: u64,
    /// Those that Connect carried out and answered.
    pub successes: u64,
}

impl Tally {
    /// Counts one try.
    pub fn count(&self, operation: Operation, failure: Option<Class>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(operation).or_default();
        count.calls += 1;
        count.throttles += u64::from(failure == Some(Class::Throttled));
        count.successes += u64::from(failure.is_none());
    }

    /// Whether any call was throttled: others wait for the same quota.
    #[must_use]
    pub fn was_throttled(&self) -> bool {
        self.counts().values().any(|count| count.throttles > 0)
    }

    /// Whether any call was carried out.
    #[must_use]
    pub fn has_got_through(&self) -> bool {
        self.counts().values().any(|count| count.successes > 0)
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Operation, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
