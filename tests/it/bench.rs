//! The provider in this process, over the real SDK and an emulator without a socket, so that tests may stop the clock.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use connect_emulator::{Configuration, Emulator, Operation};
use connect_security_profile::connect::Connect;
use connect_security_profile::guards::Guards;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Create, Delete, Failure, Invocation, Properties, Provider, Resource, Success, Update};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::iam;
use crate::world::{Answer, STACK, keep_journal};

/// The template's `Timeout`, less what is kept back for the answer.
pub(crate) const LAMBDA_TIMEOUT: Duration = Duration::from_secs(595);

pub(crate) struct Bench {
    pub(crate) connect: Emulator,
    provider: SecurityProfiles,
}

impl Bench {
    pub(crate) fn new(configuration: Configuration) -> Self {
        Self::with(configuration, Guards::default())
    }

    /// Under the role of `template.yaml`, unless the configuration has other policies.
    pub(crate) fn with(configuration: Configuration, guards: Guards) -> Self {
        let connect = Emulator::new(iam::under_the_role(configuration));
        let credentials = aws_credential_types::Credentials::new(iam::KEY, iam::SECRET, None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(connect_emulator::sdk::http_client(&connect))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
            .build();
        Self { connect, provider: SecurityProfiles::new(Connect::new(config), guards, None, |_| {}) }
    }

    pub(crate) async fn create(&self, properties: Value) -> (Result<Success, Failure>, Option<String>) {
        let invocation = invocation();
        let request = Create { resource: resource(), properties: map(properties) };
        let result = self.provider.create(request, invocation.clone()).await;
        (result, invocation.recorded().map(|id| id.to_string()))
    }

    pub(crate) async fn look_up(&self, properties: Value) -> Result<Success, Failure> {
        let resource_type = "Custom::ConnectSecurityProfileLookup".to_owned();
        let resource = Resource { resource_type, ..resource() };
        self.provider.create(Create { resource, properties: map(properties) }, invocation()).await
    }

    pub(crate) async fn update(&self, physical_id: &str, new: Value, old: Value) -> Result<Success, Failure> {
        let (properties, old_properties) = (map(new), map(old));
        let request =
            Update { resource: resource(), physical_id: physical_id.to_owned(), properties, old_properties };
        self.provider.update(request, invocation()).await
    }

    pub(crate) async fn delete(
        &self,
        physical_id: &str,
        properties: Value,
    ) -> (Result<(), Failure>, Duration) {
        let begun = Instant::now();
        let request =
            Delete { resource: resource(), physical_id: physical_id.to_owned(), properties: map(properties) };
        (self.provider.delete(request, invocation()).await, begun.elapsed())
    }

    /// Delivers an event that was sent at that time, with so much time to act on it, and answers it as
    /// `custom_resource::Handler` does.
    pub(crate) async fn deliver(&self, event: &Value, sent: SystemTime, time: Duration) -> Answer {
        let (resource, properties) = (resource_of(event), stated(event, "ResourceProperties"));
        let given = event["PhysicalResourceId"].as_str().unwrap_or_default().to_owned();
        let invocation = invocation_of(time, sent);
        let deadline = invocation.deadline();
        match event["RequestType"].as_str().unwrap() {
            "Create" => {
                let request = Create { resource, properties };
                let made = in_time(deadline, self.provider.create(request, invocation.clone())).await;
                let recorded = invocation.recorded().unwrap_or_else(|| self.provider.nothing_created());
                made.map_or_else(|reason| Answer::failed(&recorded.to_string(), reason), succeeded)
            }
            "Update" => {
                let old_properties = stated(event, "OldResourceProperties");
                let request = Update { resource, physical_id: given.clone(), properties, old_properties };
                let updated = in_time(deadline, self.provider.update(request, invocation)).await;
                updated.map_or_else(|reason| Answer::failed(&given, reason), succeeded)
            }
            "Delete" => {
                let request = Delete { resource, physical_id: given.clone(), properties };
                let deleted = in_time(deadline, self.provider.delete(request, invocation)).await;
                deleted.map_or_else(
                    |reason| Answer::failed(&given, reason),
                    |()| Answer::success(&given, Value::Null),
                )
            }
            kind => panic!("no type of request: {kind}"),
        }
    }

    pub(crate) fn calls(&self, operation: Operation) -> usize {
        self.connect.journal().iter().filter(|call| call.operation == operation).count()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        keep_journal(&self.connect);
    }
}

fn invocation() -> Invocation {
    invocation_of(Duration::from_mins(2), SystemTime::now())
}

fn invocation_of(time: Duration, sent: SystemTime) -> Invocation {
    let deadline = Instant::now() + time;
    Invocation::new(deadline, "arn:aws:lambda:us-east-1:000000000000:function:provider", sent)
}

fn resource() -> Resource {
    Resource {
        request_id: "r".to_owned(),
        stack: STACK.parse().unwrap(),
        logical_id: "Agents".to_owned(),
        resource_type: "Custom::ConnectSecurityProfile".to_owned(),
    }
}

fn resource_of(event: &Value) -> Resource {
    let text = |name: &str| event[name].as_str().unwrap().to_owned();
    Resource {
        request_id: text("RequestId"),
        stack: text("StackId").parse().unwrap(),
        logical_id: text("LogicalResourceId"),
        resource_type: text("ResourceType"),
    }
}

/// Properties without the two that are CloudFormation's own.
fn stated(event: &Value, which: &str) -> Properties {
    let mut properties = map(event[which].clone());
    properties.retain(|name, _| name != "ServiceToken" && name != "ServiceTimeout");
    properties
}

async fn in_time<T>(
    deadline: Instant,
    operation: impl Future<Output = Result<T, Failure>>,
) -> Result<T, String> {
    match tokio::time::timeout_at(deadline, operation).await {
        Ok(result) => result.map_err(|failure| failure.to_string()),
        Err(_) => Err("timed out".to_owned()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_or_else`")]
fn succeeded(success: Success) -> Answer {
    Answer::success(success.physical_id.as_str(), json!(success.data))
}

fn map(properties: Value) -> Properties {
    let Value::Object(properties) = properties else { panic!("not an object: {properties}") };
    properties
}

/// Runs it on a clock that jumps over what is waited for.
pub(crate) fn on_a_stopped_clock<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

/// Shown by `make soak` and `cargo test -- --nocapture`, and for a test that fails.
#[expect(clippy::print_stdout, reason = "a test's own figures")]
pub(crate) fn report(line: &str) {
    println!("{line}");
}
