//! The SDK's configuration in a Lambda, which has an environment and nothing else: the SDK's own loader would look for files,
//! single sign-on and instance metadata.

use std::fmt;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use custom_resource::Https;

use super::response_limits::Limited;
use super::transport::Transport;

/// Over these connections, with the credentials of the environment, for STS in this region.
///
/// Of the SDK's variables it knows those of endpoints: `AWS_ENDPOINT_URL`, alone or with `_CONNECT` or `_STS` behind it,
/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`. `variable` tells their
/// values.
pub fn configuration(
    https: Https,
    region: String,
    variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> SdkConfig {
    let is_set = |name: &str| variable(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    let (fips, dual_stack) = (is_set("AWS_USE_FIPS_ENDPOINT"), is_set("AWS_USE_DUALSTACK_ENDPOINT"));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(Limited::around(Transport::over(https)).without_long_texts())
        // The provider that assumes roles panics without a clock.
        .time_source(SystemTimeSource::new())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .region(Region::new(region))
        .use_fips(fips)
        .use_dual_stack(dual_stack);
    if is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        return config.build();
    }
    config.service_config(Endpoints(variable)).build()
}

/// What the environment says of one service, or else of all.
struct Endpoints<F>(F);

impl<F: Fn(&str) -> Option<String> + Send + Sync> LoadServiceConfig for Endpoints<F> {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_ascii_uppercase().replace([' ', '-'], "_");
        let named = |name: &str| (self.0)(name).filter(|value| !value.trim().is_empty());
        named(&format!("{}_{service}", key.env())).or_else(|| named(key.env()))
    }
}

impl<F> fmt::Debug for Endpoints<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Endpoints")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &'static [(&str, &str)]) -> SdkConfig {
        configuration(Https::default(), "eu-west-2".to_owned(), |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
        let key =
            ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        config.service_config()?.load_config(key.build().unwrap())
    }

    #[test]
    fn an_endpoint_is_that_of_the_service_or_else_that_of_all() {
        for (variables, connect, sts) in [
            (&[] as &[(&str, &str)], None, None),
            (&[("AWS_ENDPOINT_URL", "http://all")], Some("http://all"), Some("http://all")),
            (&[("AWS_ENDPOINT_URL_CONNECT", "http://connect")], Some("http://connect"), None),
            (
                &[("AWS_ENDPOINT_URL", "http://all"), ("AWS_ENDPOINT_URL_STS", "http://sts")],
                Some("http://all"),
                Some("http://sts"),
            ),
            (&[("AWS_ENDPOINT_URL_CONNECT", " "), ("AWS_ENDPOINT_URL", "")], None, None),
            (
                &[("AWS_ENDPOINT_URL", "http://all"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
                None,
                None,
            ),
        ] {
            let config = of(variables);
            assert_eq!(endpoint(&config, "Connect").as_deref(), connect, "{variables:?}");
            assert_eq!(endpoint(&config, "STS").as_deref(), sts, "{variables:?}");
        }
    }

    #[test]
    fn the_kinds_of_endpoints_are_asked_for_by_the_word_true() {
        let plain = of(&[("AWS_USE_FIPS_ENDPOINT", "false")]);
        assert_eq!((plain.use_fips(), plain.use_dual_stack()), (Some(false), Some(false)));
        let both = of(&[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "True")]);
        assert_eq!((both.use_fips(), both.use_dual_stack()), (Some(true), Some(true)));
        assert_eq!(both.region().map(Region::as_ref), Some("eu-west-2"));
    }
}
