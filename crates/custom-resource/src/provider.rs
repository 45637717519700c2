//! The one trait that a resource implements, and what it answers.

use std::collections::BTreeMap;
use std::fmt;

use crate::code::ProtocolCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::physical_id::PhysicalId;
use crate::request::{Create, Delete, Properties, Update};

/// A kind of resource.
///
/// # Expected flow
/// CloudFormation sends a Create, any number of Updates and a Delete. A Create that failed, or was never answered, is
/// followed by a Delete; a failed Update by an Update with the properties swapped; an Update that answered another
/// physical id by a Delete of the old one.
///
/// # Guarantees
/// - The future runs on a thread of its own, within a tokio runtime with timers and IO that lives as long as the
///   process, so that pooled connections may be kept.
/// - It is dropped at [`Invocation::deadline`]; a panic in it, or in a task it joins, is answered as `FAILED`.
/// - What it returns is answered exactly once for each delivery of the event.
///
/// # Assumptions
/// - Every event may come several times, also at the same time, and a Delete may come while the Create still runs:
///   operations are idempotent.
/// - An operation may be dropped at any await: what was made by then is found again by the next event.
///
/// # Caveats
/// - A future that blocks its thread cannot be dropped. It is answered as `FAILED` in time, but what it was doing may
///   go on for as long as the process lives; later events get a new thread. Events that share the blocked thread,
///   as records of one batch do, fail at their own deadlines.
/// - A task that the operation spawns and does not join outlives it.
pub trait Provider: Send + Sync + 'static {
    /// The id answered for a failed Create as long as nothing was recorded. It must be recognised by `delete`, which
    /// is called with it next. Must not panic.
    fn nothing_created(&self) -> PhysicalId;

    /// The id answered for a Create that came too late to be acted on: an earlier delivery of it may have taken effect. It
    /// must be recognised by `delete`, which is called with it next and has to look. Must not panic.
    fn perhaps_created(&self) -> PhysicalId;

    /// Makes the resource. See [`Invocation::record`] for what a failure after the first effect answers.
    fn create(
        &self,
        request: Create,
        invocation: Invocation,
    ) -> impl Future<Output = Result<Success, Failure>> + Send;

    /// Changes the resource. Another physical id in the answer makes CloudFormation delete the old one later.
    fn update(
        &self,
        request: Update,
        invocation: Invocation,
    ) -> impl Future<Output = Result<Success, Failure>> + Send;

    /// Removes the resource. What does not exist is removed. The id answered is always the event's.
    fn delete(
        &self,
        request: Delete,
        invocation: Invocation,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Says more of a failure for its line in the log: what was attempted, by the properties of the request, which may be
    /// anything. Also of failures that no operation returned. Adds nothing unless implemented. Must not panic.
    fn describe(&self, failure: Failure, properties: &Properties) -> Failure {
        let _ = properties;
        failure
    }

    /// Told of a failure that no operation of this provider returned, so that it can be counted; `function_arn` is that by
    /// which the function was invoked. An operation that panicked or was cut off counts itself when it is dropped, and is not
    /// told here. Does nothing unless implemented. Must not panic.
    fn failed_without(&self, code: ProtocolCode, function_arn: &str) {
        let _ = (code, function_arn);
    }
}

/// A Create or an Update that took effect. `Debug` shows no attribute's value.
#[derive(Clone, Eq, PartialEq)]
pub struct Success {
    /// What `Ref` gives.
    pub physical_id: PhysicalId,
    /// What `Fn::GetAtt` gives. CloudFormation keeps only the latest answer's: the same keys every time. The whole
    /// answer has at most 4,096 bytes; if it does not fit, `FAILED` is answered with this same physical id.
    pub data: BTreeMap<String, String>,
    /// Whether CloudFormation masks the attributes. It does so in its own displays only.
    pub no_echo: bool,
}

impl fmt::Debug for Success {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Success")
            .field("physical_id", &self.physical_id)
            .field("data", &self.data.keys())
            .field("no_echo", &self.no_echo)
            .finish()
    }
}
