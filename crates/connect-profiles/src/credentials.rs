//! As whom AWS is called: the AWS SDK's default chain, asked once before the first call.
//!
//! The SDK finds the credentials. [`Source`] reads the same files and variables to say which source that is, because the SDK's
//! errors do not, and `explain` turns such an error into one that names source, profile and way out.

mod explain;
mod files;
mod kept;
mod profiles;
mod source;

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::failure::Failure;
pub use files::Files;
use kept::Kept;
pub use source::Source;

/// The environment variable of that name, unless it is empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The chain for a profile that the command line names. As with the AWS CLI it goes before keys in the environment, which the
/// SDK's default chain asks first; the rest is that chain.
#[must_use]
pub fn chain_of_profile(name: &str, config: &SdkConfig) -> SharedCredentialsProvider {
    let mut provider_config = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_behavior_version(config.behavior_version())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(client) = config.http_client() {
        provider_config = provider_config.with_http_client(client);
    }
    if let Some(retries) = config.retry_config() {
        provider_config = provider_config.with_retry_config(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        provider_config = provider_config.with_timeout_config(timeouts.clone());
    }
    let profile =
        ProfileFileCredentialsProvider::builder().configure(&provider_config).profile_name(name).build();
    let container = EcsCredentialsProvider::builder().configure(&provider_config).build();
    let instance = ImdsCredentialsProvider::builder().configure(&provider_config).build();
    SharedCredentialsProvider::new(
        CredentialsProviderChain::first_try("Profile", profile)
            .or_else("EcsContainer", container)
            .or_else("Ec2InstanceMetadata", instance),
    )
}

/// Asks the chain, and keeps what it gives: a `credential_process` may ask a person, and is run once.
pub async fn asked(
    chain: SharedCredentialsProvider,
    source: &Source,
    config: &SdkConfig,
) -> Result<SharedCredentialsProvider, Failure> {
    if source.needs_sts() && config.region().is_none() {
        return Err(source.no_region());
    }
    let credentials =
        chain.provide_credentials().await.map_err(|error| explain::explain(&error, source, config))?;
    if credentials.expiry().is_some_and(|expiry| expiry <= SystemTime::now()) {
        return Err(
            Failure::new(format_args!("{source} gave credentials that have expired")).hint(source.way_out())
        );
    }
    if let Some(part) = unsendable(&credentials) {
        return Err(source.unsendable(part));
    }
    Ok(SharedCredentialsProvider::new(Kept::new(chain, credentials)))
}

/// The part that no HTTP header may have: the SDK panics at such an id, and retries such a token.
fn unsendable(credentials: &Credentials) -> Option<&'static str> {
    if !is_visible(credentials.access_key_id()) {
        return Some("access key id");
    }
    credentials.session_token().is_some_and(|token| !is_visible(token)).then_some("session token")
}

/// Whether a text is of visible ASCII characters only.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
