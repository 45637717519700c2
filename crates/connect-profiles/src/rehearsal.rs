//! What the Lambda would do, found out by letting it: the real handler acts on a copy of what is live.
//!
//! The instance's profiles are listed; those that an event may touch are read whole, through the provider's own reads, into
//! an embedded Connect; the handler acts there, guards and ownership included; and its calls and the difference they make
//! are the plan. Nothing is written to the live side. Whatever the handler looked at that was not read whole is read, and
//! the event is rehearsed again, so that no decision rests on what was not copied. An error of a live read is an error of
//! the rehearsal.
//!
//! Time stands still meanwhile: what the provider waits for takes none. What a copy cannot show is what is not read: users
//! who hold a profile that is to be deleted, the instance's quota of profiles, and what IAM denies the Lambda.

mod copy;
mod stopped;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use connect_emulator::{Call, Profile};
use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use serde_json::{Value, json};

use crate::failure::Failure;
pub use copy::profile_of;
use copy::{Copy, read_whole};
pub(crate) use stopped::function_arn;
use stopped::{Stage, on_a_stopped_clock};

/// Where answers are said to go; nothing is sent.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9";

/// What Lambda leaves to act on an event: the time-out of `template.yaml`.
pub(crate) const TIME: Duration = Duration::from_mins(10);

/// Profiles by instance and id.
pub type Profiles = BTreeMap<InstanceArn, BTreeMap<String, Profile>>;

/// A copy of what is live, on which events are acted one after the other.
#[derive(Debug)]
pub struct Rehearsal {
    live: Connect,
    copy: Copy,
}

/// What an event did to the copy.
#[derive(Clone, Debug)]
pub struct Act {
    /// The event as it was acted on.
    pub event: Value,
    /// The document that CloudFormation would get; or why nobody would be answered.
    pub answer: Result<Value, String>,
    /// What was there.
    pub before: Profiles,
    /// What was there then.
    pub after: Profiles,
    /// The calls that the handler made, the reads too.
    pub calls: Vec<Call>,
    /// What the handler would warn about in its log.
    pub warnings: Vec<String>,
}

impl Rehearsal {
    /// Lists the profiles of the instances that the events name.
    pub async fn of(live: Connect, events: &[Value]) -> Result<Self, Failure> {
        let instances: BTreeSet<InstanceArn> = events.iter().flat_map(instances_of).collect();
        let mut copy = Copy::default();
        for instance in instances {
            copy.list(&live, instance).await?;
        }
        Ok(Self { live, copy })
    }

    /// Acts on an event as a function in that account would. What it changes is there for the next event.
    pub async fn act(
        &mut self,
        event: &Value,
        own_account: &str,
        environment: &Environment,
    ) -> Result<Act, Failure> {
        let act = self.try_out(event, own_account, environment).await?;
        self.copy.become_as(&act.after);
        Ok(act)
    }

    /// The same for an event that is never sent: what it changes is not there for the next.
    pub async fn try_out(
        &mut self,
        event: &Value,
        own_account: &str,
        environment: &Environment,
    ) -> Result<Act, Failure> {
        let mut event = event.clone();
        event["ResponseURL"] = json!(format!("{NOWHERE}/answer"));
        if event["RequestId"].as_str().is_none_or(str::is_empty) {
            event["RequestId"] = json!("rehearsal");
        }
        // Most likely these are looked at, and then one rehearsal is enough.
        for arn in named_profiles(&event).into_iter().chain(self.stated_profile(&event)) {
            self.read(&arn).await?;
        }
        loop {
            let stage = Stage { event: &event, own_account, environment };
            let acted = on_a_stopped_clock(&self.copy, &stage)?;
            let unread = self.copy.unread_in(&acted.calls);
            if unread.is_empty() {
                let before = self.copy.profiles();
                let stopped::Acted { answer, after, calls, warnings } = acted;
                return Ok(Act { event, answer, before, after, calls, warnings });
            }
            for arn in unread {
                self.read(&arn).await?;
            }
        }
    }

    /// A profile of that name as it is in the copy now, read whole.
    pub async fn profile_named(
        &mut self,
        instance: &InstanceArn,
        name: &str,
    ) -> Result<Option<Profile>, Failure> {
        let Some(arn) = self.copy.named(instance, name) else { return Ok(None) };
        self.profile(&arn).await
    }

    /// A profile as it is in the copy now, read whole.
    pub async fn profile(&mut self, arn: &SecurityProfileArn) -> Result<Option<Profile>, Failure> {
        self.read(arn).await?;
        Ok(self.copy.profile(arn))
    }

    /// Changes the copy by hand.
    pub fn put(&mut self, arn: &SecurityProfileArn, profile: Profile) {
        self.copy.put(arn, Some(profile));
    }

    /// An error where the instance is not there, as nothing can be said of what is in it then.
    pub fn must_know(&self, instance: &InstanceArn) -> Result<(), Failure> {
        if self.copy.knows(instance) {
            return Ok(());
        }
        Err(Failure::new(format!("there is no instance {instance} that these credentials could see"))
            .hint("if it is in another account, use that account's, say by `--profile`"))
    }

    /// The profile that has the name which is stated.
    fn stated_profile(&self, event: &Value) -> Option<SecurityProfileArn> {
        let properties = &event["ResourceProperties"];
        let instance = properties["InstanceArn"].as_str()?.trim().parse().ok()?;
        self.copy.named(&instance, properties["SecurityProfileName"].as_str()?)
    }

    async fn read(&mut self, arn: &SecurityProfileArn) -> Result<(), Failure> {
        if self.copy.is_read(arn) {
            return Ok(());
        }
        let profile = read_whole(&self.live, arn).await?;
        self.copy.put(arn, profile);
        Ok(())
    }
}

/// The profiles that an event names by their ARN.
fn named_profiles(event: &Value) -> Vec<SecurityProfileArn> {
    event["PhysicalResourceId"].as_str().and_then(|id| id.parse().ok()).into_iter().collect()
}

/// The instances that an event names.
#[must_use]
pub fn instances_of(event: &Value) -> Vec<InstanceArn> {
    let stated = ["ResourceProperties", "OldResourceProperties"].map(|it| event[it]["InstanceArn"].as_str());
    let stated = stated.into_iter().flatten().filter_map(|arn| arn.trim().parse().ok());
    stated.chain(named_profiles(event).iter().map(|arn| arn.instance().clone())).collect()
}
