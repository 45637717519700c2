//! What the unit tests of several modules begin with: a resource, what it states, and a profile's ARN.

use serde_json::{Value, json};

use crate::arn::SecurityProfileArn;
use crate::owner::Owner;
use crate::properties::Desired;

pub(crate) const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/i";
const ACCOUNT: &str = "123456789012";

/// The resource `Agents` of a stack.
pub(crate) fn owner() -> Owner {
    Owner::of(&custom_resource::Resource {
        request_id: "r".to_owned(),
        stack: "arn:aws:cloudformation:us-east-1:123456789012:stack/contact-centre/aa-bb".parse().unwrap(),
        logical_id: "Agents".to_owned(),
        resource_type: "Custom::ConnectSecurityProfile".to_owned(),
    })
}

/// The properties of a profile called `Agents`, with `extra` over them.
pub(crate) fn properties(extra: &Value) -> Value {
    let mut properties = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agents"});
    properties.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    properties
}

pub(crate) fn desired(extra: &Value) -> Desired {
    Desired::read(properties(extra).as_object().unwrap(), ACCOUNT).unwrap()
}

pub(crate) fn arn() -> SecurityProfileArn {
    format!("{INSTANCE}/security-profile/p").parse().unwrap()
}
