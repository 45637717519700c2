//! Identity and Access Management, as far as it decides whether a key may make a call.
//!
//! Owns the answer of one question: may this principal do this action on each resource that the request names?
//! `table` says what each action is authorised on, `request` and `resources` read that out of a call, `policy` reads policies,
//! `decision` evaluates them. A key without policies may do everything.

mod condition;
mod decision;
mod document;
mod element;
mod key;
mod pattern;
mod policy;
mod request;
mod resources;
mod table;

pub(crate) use document::Document;
pub use policy::{Policy, PolicyError};

use decision::{Decision, decide};
pub(crate) use request::{Caller, Requested};

use crate::error::ServiceError;

/// Refuses the call with the service's own words unless every resource that it names is allowed.
pub(crate) fn authorise(
    policies: &[Policy],
    caller: &Caller<'_>,
    requested: &Requested,
) -> Result<(), ServiceError> {
    let action = requested.action();
    for resource in requested.resources() {
        let context = || requested.context(caller, resource);
        let because = match decide(policies, &action, &resource.arn, context) {
            Decision::Allowed => continue,
            Decision::ImplicitDeny => {
                format!("because no identity-based policy allows the {action} action")
            }
            Decision::ExplicitDeny => "with an explicit deny in an identity-based policy".to_owned(),
        };
        return Err(ServiceError::AccessDenied(format!(
            "User: {} is not authorized to perform: {action} on resource: {} {because}",
            caller.arn(),
            resource.arn
        )));
    }
    Ok(())
}
