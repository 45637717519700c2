//! Where a command runs: AWS with the ordinary credential chain, another endpoint, or the embedded Connect.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use aws_types::origin::Origin;
use connect_emulator::{Configuration, Emulator};
use connect_security_profile::arn::InstanceArn;
use connect_security_profile::connect::Limited;
use tokio::sync::OnceCell;

use crate::arguments::Connection;
use crate::credentials::{self, Files, Source};
use crate::embedded::Embedded;
use crate::endpoint::Endpoint;
use crate::failure::{Cause, Failure};
use crate::region;

/// How long STS, SSO or CloudFormation may take for one try. For Connect the provider's library has a shorter limit.
const LONGEST_TRY: Duration = Duration::from_secs(15);

/// The embedded Connect's region where none is said.
pub const LOCAL_REGION: &str = "us-east-1";

/// Where Connect is, for the time of one command.
#[derive(Debug)]
pub struct Surroundings {
    connection: Connection,
    local: Option<Emulator>,
    aws: OnceCell<Aws>,
    credentials: OnceCell<SharedCredentialsProvider>,
}

/// What the environment and the AWS configuration files say, before any credentials are asked for.
#[derive(Debug)]
struct Aws {
    config: SdkConfig,
    files: Files,
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
        Self { connection, local, aws: OnceCell::new(), credentials: OnceCell::new() }
    }

    /// Over an embedded Connect that somebody else has made.
    #[must_use]
    pub fn over(local: Emulator) -> Self {
        let connection = Connection { local: true, ..Connection::default() };
        Self { connection, local: Some(local), aws: OnceCell::new(), credentials: OnceCell::new() }
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

    /// The region that the command line, the environment or the AWS profile names. No credentials are asked for.
    pub async fn region(&self) -> Result<Option<String>, Failure> {
        if self.local.is_some() {
            return Ok(Some(self.local_region()));
        }
        Ok(self.aws().await?.config.region().map(ToString::to_string))
    }

    /// The SDK's configuration for Connect. An error, if there are no credentials.
    pub async fn sdk_config(&self) -> Result<SdkConfig, Failure> {
        if let Some(emulator) = &self.local {
            return Ok(self.local_config(connect_emulator::sdk::http_client(emulator)));
        }
        self.config_at("Amazon Connect", "Connect", self.connection.endpoint_url.as_deref()).await
    }

    /// The same where these instances alone are read: without any no call is made, and no credentials are needed.
    pub async fn sdk_config_for(
        &self,
        mut instances: impl Iterator<Item = InstanceArn>,
    ) -> Result<SdkConfig, Failure> {
        if instances.next().is_some() || self.local.is_some() {
            return self.sdk_config().await;
        }
        let nothing = Embedded::new(&BTreeSet::new(), &BTreeSet::new(), &Configuration::default());
        Ok(nothing.sdk_config())
    }

    /// The SDK's configuration for CloudFormation, whose endpoint is its own whatever Connect's is. Beside the embedded
    /// Connect it takes an endpoint and the key that everything local takes.
    pub async fn cloudformation_config(&self, endpoint: Option<&str>) -> Result<SdkConfig, Failure> {
        if self.local.is_none() {
            return self.config_at("AWS CloudFormation", "CloudFormation", endpoint).await;
        }
        let mut config = self.local_config(http_client()).to_builder();
        config.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        Ok(config.build())
    }

    /// A failure with what only the surroundings know: as whom, and where, AWS was called.
    pub async fn completed(&self, failure: Failure) -> Failure {
        let (Some(cause), None, Ok(Aws { config, files })) =
            (failure.cause(), self.local(), self.aws().await)
        else {
            return failure;
        };
        match cause {
            Cause::Credentials => match self.source(files) {
                Ok(source) => {
                    failure.hint(format_args!("the credentials come from {source}: {}", source.way_out()))
                }
                Err(_) => failure,
            },
            Cause::Unreachable => {
                let config = at(config, self.connection.endpoint_url.as_deref());
                let endpoint = Endpoint::of("Amazon Connect", "Connect", &config.build());
                match endpoint.url() {
                    Some(_) => failure.at(endpoint.place()).hint(endpoint.way_out()),
                    None => failure,
                }
            }
        }
    }

    /// The configuration for a service. What is set for its endpoint is looked at before any credentials are asked for.
    async fn config_at(
        &self,
        service: &'static str,
        id: &'static str,
        endpoint_url: Option<&str>,
    ) -> Result<SdkConfig, Failure> {
        let Aws { config, .. } = self.aws().await?;
        Endpoint::of(service, id, &at(config, endpoint_url).build()).check()?;
        Ok(at(config, endpoint_url).credentials_provider(self.credentials().await?).build())
    }

    async fn aws(&self) -> Result<&Aws, Failure> {
        self.aws
            .get_or_try_init(|| async {
                let Connection { profile, region, .. } = &self.connection;
                let files = Files::read(profile.as_deref()).await?;
                let mut config = aws_config::defaults(BehaviorVersion::latest())
                    .http_client(http_client())
                    // Without it the SDK reads `retry_mode` and `max_attempts`, and panics at what it does not know.
                    .retry_config(RetryConfig::standard())
                    .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(LONGEST_TRY).build());
                if let Some(profile) = profile {
                    config = config.profile_name(profile);
                }
                if let Some(region) = region {
                    config = config.region(Region::new(region.clone()));
                }
                let config = Box::pin(config.load()).await;
                region::checked(config.region(), region.as_deref(), &files)?;
                Ok(Aws { config, files })
            })
            .await
    }

    async fn credentials(&self) -> Result<SharedCredentialsProvider, Failure> {
        let ask = || async {
            let Aws { config, files } = self.aws().await?;
            let source = self.source(files)?;
            let chain = match &self.connection.profile {
                Some(profile) => credentials::chain_of_profile(profile, config),
                None => {
                    config.credentials_provider().ok_or_else(|| Failure::new("no AWS credentials found"))?
                }
            };
            credentials::asked(chain, &source, config).await
        };
        Box::pin(self.credentials.get_or_try_init(ask)).await.cloned()
    }

    fn source(&self, files: &Files) -> Result<Source, Failure> {
        Source::of(files, self.connection.profile.is_some())
    }

    fn local_region(&self) -> String {
        self.connection.region.clone().unwrap_or_else(|| LOCAL_REGION.to_owned())
    }

    fn local_config(&self, client: impl HttpClient + 'static) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(client)
            .credentials_provider(local_credentials())
            .region(Region::new(self.local_region()))
            .build()
    }
}

/// The configuration with the endpoint that the command line names, if it names one.
fn at(config: &SdkConfig, endpoint_url: Option<&str>) -> aws_types::sdk_config::Builder {
    let mut builder = config.to_builder();
    if let Some(url) = endpoint_url {
        // Without its origin it would give way to one for the service alone, in the environment or a file.
        builder.insert_origin("endpoint_url", Origin::shared_config());
        builder.set_endpoint_url(Some(url.to_owned()));
    }
    builder
}

fn http_client() -> SharedHttpClient {
    SharedHttpClient::new(Limited::around(
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
    ))
}

/// What the embedded Connect takes for an account's key.
fn local_credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "local"))
}
