//! The Lambda: reads the environment, wires the parts, and runs. No decisions, and nothing that can fail before the first
//! event, because a start that fails answers nobody.

mod logging;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::Handler;
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::read(|name| std::env::var(name).ok());
    logging::start(environment.log_level);
    let provider = SecurityProfiles::new(
        connect(environment.region).await,
        environment.guards,
        environment.misconfiguration,
        logging::write_line,
    );
    let handler = Handler::new(provider, environment.settings);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<serde_json::Value>| handler.handle(event).await))
        .await
}

/// Lambda gives credentials in the environment and nowhere else: looking for profiles, SSO or instance metadata would only
/// cost time. Connect is called in the regions of the instances, STS in the function's own.
async fn connect(region: String) -> Connect {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(Builder::new().tls_provider(tls).build_https())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(Region::new(region))
        .load()
        .await;
    Connect::new(config)
}
