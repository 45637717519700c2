//! Where a command runs: AWS with the ordinary credential chain, another endpoint, or the embedded Connect.

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use connect_emulator::{Configuration, Emulator};
use connect_security_profile::connect::Limited;

use crate::arguments::Connection;

/// The embedded Connect's region where none is said.
pub const LOCAL_REGION: &str = "us-east-1";

/// Where Connect is, for the time of one command.
#[derive(Debug)]
pub struct Surroundings {
    connection: Connection,
    local: Option<Emulator>,
}

impl Surroundings {
    /// By what the command line says.
    #[must_use]
    pub fn of(connection: Connection) -> Self {
        let local = connection.local.then(|| {
            let mut configuration = Configuration::default();
            if let (Some((region, _)), Some(wanted)) =
                (configuration.instances.first_mut(), &connection.region)
            {
                region.clone_from(wanted);
            }
            Emulator::new(configuration)
        });
        Self { connection, local }
    }

    /// Over an embedded Connect that somebody else has made.
    #[must_use]
    pub fn over(local: Emulator) -> Self {
        Self { connection: Connection { local: true, ..Connection::default() }, local: Some(local) }
    }

    /// The embedded Connect, where that is what was asked for.
    #[must_use]
    pub const fn local(&self) -> Option<&Emulator> {
        self.local.as_ref()
    }

    /// Whether the command line names an endpoint for Connect.
    #[must_use]
    pub const fn has_endpoint(&self) -> bool {
        self.connection.endpoint_url.is_some()
    }

    /// The profile of the AWS configuration that the command line names.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.connection.profile.as_deref()
    }

    /// The region that the command line names.
    #[must_use]
    pub fn stated_region(&self) -> Option<&str> {
        self.connection.region.as_deref()
    }

    /// The region that the command line, the environment or the AWS profile names.
    pub async fn region(&self) -> Option<String> {
        self.sdk_config().await.region().map(ToString::to_string)
    }

    /// The SDK's configuration for Connect.
    pub async fn sdk_config(&self) -> SdkConfig {
        self.sdk_config_at(self.connection.endpoint_url.as_ref()).await
    }

    async fn sdk_config_at(&self, endpoint_url: Option<&String>) -> SdkConfig {
        let Connection { profile, region, .. } = &self.connection;
        if let Some(emulator) = &self.local {
            let region = region.clone().unwrap_or_else(|| LOCAL_REGION.to_owned());
            return SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .http_client(connect_emulator::sdk::http_client(emulator))
                .credentials_provider(local_credentials())
                .region(Region::new(region))
                .build();
        }
        let tls = Provider::Rustls(CryptoMode::Ring);
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Limited::around(Builder::new().tls_provider(tls).build_https()));
        if let Some(profile) = profile {
            // As with the AWS CLI, a profile that is named goes before keys in the environment.
            let named = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
            config = config.profile_name(profile).credentials_provider(named);
        }
        if let Some(region) = region {
            config = config.region(Region::new(region.clone()));
        }
        if let Some(url) = endpoint_url {
            config = config.endpoint_url(url);
        }
        config.load().await
    }

    /// The SDK's configuration for CloudFormation, whose endpoint is its own whatever Connect's is. Beside the embedded
    /// Connect it takes an endpoint and the key that everything local takes.
    pub async fn cloudformation_config(&self, endpoint: Option<&str>) -> SdkConfig {
        let endpoint = endpoint.map(ToOwned::to_owned);
        let config = self.sdk_config_at(endpoint.as_ref()).await;
        if self.local.is_none() {
            return config;
        }
        let tls = Provider::Rustls(CryptoMode::Ring);
        let client = Limited::around(Builder::new().tls_provider(tls).build_https());
        let mut config = config.to_builder().http_client(client);
        config.set_endpoint_url(endpoint);
        config.build()
    }
}

/// What the embedded Connect takes for an account's key.
fn local_credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "local"))
}
