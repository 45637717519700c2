//! What CloudFormation remembers of a stack.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::history::{Carries, StackName};
use super::template::{Stated, Text};

#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub(crate) name: StackName,
    /// No other stack ever has it, nor has a later one of the same name.
    pub(crate) uuid: String,
    pub(crate) status: Status,
    pub(crate) resources: BTreeMap<Text, Resource>,
    /// What a rollback could not put back: the Updates to send again.
    pub(crate) unrolled: Vec<Touched>,
    /// What an operation leaves to its clean-up.
    pub(crate) obsolete: Vec<Obsolete>,
    /// Which id the Updates of a rollback carry.
    pub(crate) carries: Carries,
}

/// A resource as the last answer left it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) stated: Stated,
    /// Its rollback was skipped: the stack believes what need not be so.
    pub(crate) is_skipped: bool,
}

/// A resource that an update of the stack has changed or tried to.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    pub(crate) logical_id: Text,
    pub(crate) before: Resource,
    pub(crate) after: Resource,
}

/// A physical id to be deleted in the clean-up, with the properties that it had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Obsolete {
    pub(crate) logical_id: Text,
    pub(crate) id: String,
    pub(crate) stated: Stated,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    Absent,
    CreateComplete,
    RollbackComplete,
    RollbackFailed,
    UpdateComplete,
    UpdateRollbackComplete,
    UpdateRollbackFailed,
    DeleteComplete,
    DeleteFailed,
}

/// A custom-resource request before it is JSON.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) stack: StackName,
    pub(crate) uuid: String,
    pub(crate) logical_id: Text,
    pub(crate) stated: Stated,
    pub(crate) request: Request,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Request {
    Create,
    Update { id: String, old: Stated },
    Delete { id: String },
}

impl Status {
    /// Resources are as the stack says.
    pub(crate) fn is_complete(self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::UpdateRollbackComplete)
    }

    /// Resources are gone.
    pub(crate) fn is_empty(self) -> bool {
        matches!(self, Self::Absent | Self::RollbackComplete | Self::DeleteComplete)
    }
}

impl Stack {
    pub(crate) fn absent(name: StackName) -> Self {
        Self::new(name, String::new(), Status::Absent)
    }

    /// A stack that is being made, the `number`-th of the history.
    pub(crate) fn begun(name: StackName, number: usize) -> Self {
        Self::new(name, format!("{number:08x}-7b4f-11f0-9a55-0affd1a2b3c4"), Status::Absent)
    }

    fn new(name: StackName, uuid: String, status: Status) -> Self {
        let (resources, unrolled, obsolete) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { name, uuid, status, resources, unrolled, obsolete, carries: Carries::OldId }
    }

    pub(crate) fn event(&self, logical_id: Text, stated: &Stated, request: Request) -> Event {
        let (uuid, stated) = (self.uuid.clone(), stated.clone());
        Event { stack: self.name, uuid, logical_id, stated, request }
    }

    /// The id that CloudFormation makes up when it never got one.
    pub(crate) fn made_up_id(&self, logical_id: Text) -> String {
        format!("{:?}-{logical_id}-17SKXEL5JB7F", self.name)
    }
}

impl Resource {
    pub(crate) fn new(id: String, stated: &Stated) -> Self {
        Self { id, stated: stated.clone(), is_skipped: false }
    }
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        let kind = match self.request {
            Request::Create => "Create",
            Request::Update { .. } => "Update",
            Request::Delete { .. } => "Delete",
        };
        let Self { stack, uuid, logical_id, stated, .. } = self;
        let arn = format!("arn:aws:cloudformation:us-east-1:000000000000:stack/{stack:?}/{uuid}");
        let mut event = json!({
            "RequestType": kind, "RequestId": lambda_harness::request_id(), "StackId": arn,
            "ServiceToken": lambda_harness::FUNCTION_ARN, "ResourceType": "Custom::ConnectSecurityProfile",
            "LogicalResourceId": logical_id, "ResourceProperties": stated.properties(),
        });
        if let Request::Update { id, .. } | Request::Delete { id } = &self.request {
            event["PhysicalResourceId"] = json!(id);
        }
        if let Request::Update { old, .. } = &self.request {
            event["OldResourceProperties"] = old.properties();
        }
        event
    }

    /// The id that came with it.
    pub(crate) fn given_id(&self) -> Option<&str> {
        match &self.request {
            Request::Create => None,
            Request::Update { id, .. } | Request::Delete { id } => Some(id),
        }
    }
}
