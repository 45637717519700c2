//! The provider in this process, over the real SDK and an emulator without a socket, so that tests may stop the clock.

use std::time::Duration;

use aws_config::SdkConfig;
use connect_emulator::{Configuration, Emulator, Operation};
use connect_security_profile::connect::Connect;
use connect_security_profile::guards::Guards;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Create, Delete, Failure, Invocation, Properties, Provider, Resource, Success, Update};
use serde_json::Value;
use tokio::time::Instant;

use crate::world::{STACK, keep_journal};

pub(crate) struct Bench {
    pub(crate) connect: Emulator,
    provider: SecurityProfiles,
}

impl Bench {
    pub(crate) fn new(configuration: Configuration) -> Self {
        Self::with(configuration, Guards::default())
    }

    pub(crate) fn with(configuration: Configuration, guards: Guards) -> Self {
        let connect = Emulator::new(configuration);
        let credentials = aws_credential_types::Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(connect_emulator::sdk::http_client(&connect))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
            .build();
        Self { connect, provider: SecurityProfiles::new(Connect::new(config), guards, None) }
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
    let deadline = Instant::now() + Duration::from_mins(2);
    Invocation::new(
        deadline,
        "arn:aws:lambda:us-east-1:000000000000:function:provider",
        std::time::SystemTime::now(),
    )
}

fn resource() -> Resource {
    Resource {
        request_id: "r".to_owned(),
        stack: STACK.parse().unwrap(),
        logical_id: "Agents".to_owned(),
        resource_type: "Custom::ConnectSecurityProfile".to_owned(),
    }
}

fn map(properties: Value) -> Properties {
    let Value::Object(properties) = properties else { panic!("not an object: {properties}") };
    properties
}
