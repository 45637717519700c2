//! The flow modules that a profile may name, if the emulator is told which there are.
//!
//! Connect refuses a module that is unknown or not released, and for a while also one that was released a moment ago.
//! Its text is not known, only that it holds the module's identifier and "not valid".

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::ServiceError;
use crate::profile::FlowModule;

/// From when each module is valid. Without any, modules are not checked.
#[derive(Debug, Default)]
pub(crate) struct FlowModules(BTreeMap<String, Instant>);

impl FlowModules {
    pub(crate) fn new(modules: &BTreeMap<String, Duration>) -> Self {
        let mut released = Self::default();
        for (id, delay) in modules {
            released.release(id, *delay);
        }
        released
    }

    /// The module is there, and valid after the delay.
    pub(crate) fn release(&mut self, id: &str, delay: Duration) {
        const LONGEST_DELAY: Duration = Duration::from_hours(24 * 365);
        self.0.insert(id.to_owned(), Instant::now() + delay.min(LONGEST_DELAY));
    }

    /// Refuses the first module that is not valid at that time.
    pub(crate) fn check(
        &self,
        named: Option<&BTreeSet<FlowModule>>,
        now: Instant,
    ) -> Result<(), ServiceError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let is_valid = |id: &&str| self.0.get(*id).is_some_and(|valid_from| *valid_from <= now);
        let mut ids = named.into_iter().flatten().filter_map(|module| module.flow_module_id.as_deref());
        match ids.find(|id| !is_valid(id)) {
            None => Ok(()),
            Some(id) => Err(ServiceError::InvalidParameter(format!(
                "AllowedFlowModules: the flow module {id} is not valid"
            ))),
        }
    }
}
