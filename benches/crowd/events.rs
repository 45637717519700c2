//! A crowd: events that CloudFormation sends at once, each for a resource of its own in one of a few stacks.

use connect_emulator::{Configuration, Emulator, Profile, Quota};
use serde_json::{Value, json};

const INSTANCE_ID: &str = "11111111-2222-3333-4444-555555555555";
const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
const OWNER_TAG: &str = "custom-connect-security-profile:owner";

/// How many events there are, of how many stacks, and the quota that they share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    pub(crate) kind: Kind,
    pub(crate) events: u32,
    pub(crate) stacks: u32,
    pub(crate) quota: Quota,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Makes a profile that does not exist.
    Create,
    /// Adds a permission to a profile that the resource made.
    Update,
}

impl Crowd {
    /// The time that the quota itself takes for one call an event, in seconds.
    pub(crate) fn floor(&self) -> f64 {
        f64::from(self.events.saturating_sub(self.quota.burst)) / self.quota.rate
    }

    /// A Connect with the quota, and with the profiles that are to be updated.
    pub(crate) fn connect(&self) -> Emulator {
        let connect = Emulator::new(Configuration {
            quota: Some(self.quota),
            // What is measured is the quota of requests.
            profile_limit: usize::MAX,
            ..Configuration::default()
        });
        if self.kind == Kind::Update {
            for index in 0..self.events {
                connect.put_profile(INSTANCE_ID, self.made(index));
            }
        }
        connect
    }

    /// The event of a resource, without an id and a response URL.
    pub(crate) fn event(&self, index: u32) -> Value {
        let properties = |permissions: &[&str]| {
            json!({
                "InstanceArn": INSTANCE, "SecurityProfileName": name(index),
                "Description": "One of a crowd", "Permissions": permissions,
            })
        };
        let (stated, more) = (["BasicAgentAccess"], ["BasicAgentAccess", "OutboundCallAccess"]);
        let mut event = json!({
            "StackId": self.stack(index), "LogicalResourceId": logical_id(index),
            "ResourceType": "Custom::ConnectSecurityProfile",
        });
        match self.kind {
            Kind::Create => {
                event["RequestType"] = json!("Create");
                event["ResourceProperties"] = properties(&stated);
            }
            Kind::Update => {
                event["RequestType"] = json!("Update");
                event["PhysicalResourceId"] = json!(format!("{INSTANCE}/security-profile/{}", id(index)));
                event["ResourceProperties"] = properties(&more);
                event["OldResourceProperties"] = properties(&stated);
            }
        }
        event
    }

    /// How many profiles are as the events state them.
    pub(crate) fn achieved(&self, connect: &Emulator) -> u32 {
        let permissions = if self.kind == Kind::Create { 1 } else { 2 };
        let is_there = |index: &u32| {
            connect.profile(INSTANCE_ID, &name(*index)).is_some_and(|it| it.permissions.len() == permissions)
        };
        u32::try_from((0..self.events).filter(is_there).count()).unwrap_or_default()
    }

    fn made(&self, index: u32) -> Profile {
        let (stack, logical_id) = (index % self.stacks, logical_id(index));
        let owner = format!("v1/created/us-east-1/000000000000/{}/{logical_id}/crowd-{stack}", uuid(stack));
        let mut profile = Profile::named(name(index))
            .described("One of a crowd")
            .with_permission("BasicAgentAccess")
            .tagged(OWNER_TAG, owner);
        profile.id = id(index);
        profile
    }

    fn stack(&self, index: u32) -> String {
        let stack = index % self.stacks;
        format!("arn:aws:cloudformation:us-east-1:000000000000:stack/crowd-{stack}/{}", uuid(stack))
    }
}

fn name(index: u32) -> String {
    format!("Profile {index}")
}

fn logical_id(index: u32) -> String {
    format!("Profile{index}")
}

fn id(index: u32) -> String {
    format!("99999999-8888-7777-6666-{index:012}")
}

fn uuid(stack: u32) -> String {
    format!("0c8c4d50-7b4f-11f0-9a55-{stack:012}")
}
