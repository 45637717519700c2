//! Scripted faults: what goes wrong, with which call, how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Operation;

/// Something that goes wrong with some calls of one operation.
///
/// It holds for `times` calls, from the `nth` that arrives after it was scripted, counted from 1. The calls of
/// an operation are counted for each fault, whatever becomes of them. When several faults hold for a call their
/// delays add up and the action of the first scripted one is taken.
///
/// ```
/// use connect_emulator::{Fault, Operation};
///
/// let fault = Fault::on(Operation::CreateSecurityProfile).nth(2).error(500, "InternalServiceException");
/// let json = serde_json::json!({
///     "operation": "CreateSecurityProfile",
///     "nth": 2,
///     "action": { "error": { "status": 500, "code": "InternalServiceException" } },
/// });
/// assert_eq!(serde_json::from_value::<Fault>(json).unwrap(), fault);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    operation: Operation,
    #[serde(default = "one")]
    nth: u64,
    #[serde(default = "one")]
    times: u64,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    delay_after_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
}

const fn one() -> u64 {
    1
}

/// What is answered in place of the true answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// An error, and nothing happens.
    Error(ServiceFailure),
    /// An error, although the call took effect.
    ErrorAfter(ServiceFailure),
    /// No answer, and nothing happens.
    Lose,
    /// No answer, although the call took effect.
    LoseAfter,
    /// Any bytes, and nothing happens.
    Raw {
        /// The HTTP status.
        status: u16,
        /// The header `content-type`.
        content_type: String,
        /// The body.
        body: String,
    },
    /// Any bytes, although the call took effect.
    RawAfter {
        /// The HTTP status.
        status: u16,
        /// The header `content-type`.
        content_type: String,
        /// The body.
        body: String,
    },
}

/// A scripted error of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceFailure {
    /// The HTTP status.
    pub status: u16,
    /// The name of the error.
    pub code: String,
    /// What the error says.
    #[serde(default = "scripted_message")]
    pub message: String,
}

fn scripted_message() -> String {
    "scripted fault".to_owned()
}

impl Fault {
    /// A fault of the first call of this operation that does nothing yet.
    #[must_use]
    pub const fn on(operation: Operation) -> Self {
        Self { operation, nth: 1, times: 1, delay_ms: 0, delay_after_ms: 0, action: None }
    }

    /// Holds from the n-th call on, counted from 1.
    #[must_use]
    pub const fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Holds for so many calls; by default for one.
    #[must_use]
    pub const fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Holds for every call from the n-th on.
    #[must_use]
    pub const fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// Answers an error; nothing happens.
    #[must_use]
    pub fn error(self, status: u16, code: impl Into<String>) -> Self {
        self.with(Action::Error(ServiceFailure { status, code: code.into(), message: scripted_message() }))
    }

    /// Answers an error although the call took effect.
    #[must_use]
    pub fn error_after(self, status: u16, code: impl Into<String>) -> Self {
        self.with(Action::ErrorAfter(ServiceFailure {
            status,
            code: code.into(),
            message: scripted_message(),
        }))
    }

    /// What the scripted error says, instead of `scripted fault`.
    #[must_use]
    pub fn message(mut self, text: impl Into<String>) -> Self {
        if let Some(Action::Error(failure) | Action::ErrorAfter(failure)) = &mut self.action {
            failure.message = text.into();
        }
        self
    }

    /// Gives no answer; nothing happens.
    #[must_use]
    pub fn lose(self) -> Self {
        self.with(Action::Lose)
    }

    /// Gives no answer although the call took effect.
    #[must_use]
    pub fn lose_after(self) -> Self {
        self.with(Action::LoseAfter)
    }

    /// Answers these bytes; nothing happens.
    #[must_use]
    pub fn raw(self, status: u16, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        self.with(Action::Raw { status, content_type: content_type.into(), body: body.into() })
    }

    /// Answers these bytes although the call took effect.
    #[must_use]
    pub fn raw_after(self, status: u16, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        self.with(Action::RawAfter { status, content_type: content_type.into(), body: body.into() })
    }

    /// Waits before the call takes effect, to the millisecond.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Waits after the call took effect, before it is answered, to the millisecond.
    #[must_use]
    pub fn delay_after(mut self, delay: Duration) -> Self {
        self.delay_after_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    fn with(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }
}

/// The faults that were scripted, each with the calls it has counted.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<(Fault, u64)>);

/// What the script has for one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cue {
    pub(crate) scripted: bool,
    pub(crate) delay: Duration,
    pub(crate) delay_after: Duration,
    pub(crate) action: Option<Action>,
}

impl Script {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts a call and says what goes wrong with it.
    pub(crate) fn cue(&mut self, operation: Operation) -> Cue {
        let mut cue = Cue::default();
        for (fault, seen) in &mut self.0 {
            if fault.operation != operation {
                continue;
            }
            *seen += 1;
            if *seen >= fault.nth && *seen - fault.nth < fault.times {
                cue.scripted = true;
                cue.delay += Duration::from_millis(fault.delay_ms);
                cue.delay_after += Duration::from_millis(fault.delay_after_ms);
                cue.action = cue.action.or_else(|| fault.action.clone());
            }
        }
        cue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_holds_from_its_nth_call_for_its_times() {
        let mut script = Script::default();
        script.add(Fault::on(Operation::TagResource).nth(2).times(2).lose());
        let mut lost = |operation| script.cue(operation).action == Some(Action::Lose);
        assert!(!lost(Operation::TagResource));
        assert!(!lost(Operation::UntagResource));
        assert!(lost(Operation::TagResource));
        assert!(lost(Operation::TagResource));
        assert!(!lost(Operation::TagResource));
    }

    #[test]
    fn delays_add_up_and_the_first_action_is_taken() {
        let mut script = Script::default();
        script.add(Fault::on(Operation::TagResource).delay(Duration::from_secs(1)));
        script.add(Fault::on(Operation::TagResource).delay(Duration::from_secs(2)).lose_after());
        script.add(Fault::on(Operation::TagResource).always().error(500, "Other").message("gone"));
        let cue = script.cue(Operation::TagResource);
        assert_eq!((cue.delay, cue.action), (Duration::from_secs(3), Some(Action::LoseAfter)));
        let failure = ServiceFailure { status: 500, code: "Other".to_owned(), message: "gone".to_owned() };
        assert_eq!(script.cue(Operation::TagResource).action, Some(Action::Error(failure)));
    }
}
