//! The credentials of an assumed role: got from STS when they are first needed, and what it means when they are not got.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_types::error::ErrorMetadata;

use super::call::causes;
use super::credentials::{Secrets, remembered};
use crate::arn::RoleArn;
use crate::operation::{Class, classify};
use crate::properties::AssumedRole;
use crate::undisclosed::Undisclosed;

/// A role, and whether STS is being asked for its credentials right now. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Assumption {
    role: RoleArn,
    is_pending: Arc<AtomicBool>,
    secrets: Secrets,
}

impl Assumption {
    /// Asks STS in the function's own region, as the function's own role. The SDK keeps the answer until shortly before it
    /// expires; how often it is asked again after a failure is the caller's business, as with every call.
    pub(super) async fn of(
        role: &AssumedRole,
        session_name: &str,
        config: &SdkConfig,
    ) -> (Self, SharedCredentialsProvider) {
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        let provider =
            AssumeRoleProvider::builder(role.arn.to_string()).configure(&config).session_name(session_name);
        let provider = match &role.external_id {
            None => provider,
            Some(external_id) => provider.external_id(external_id.reveal()),
        };
        let assumption =
            Self { role: role.arn.clone(), is_pending: Arc::default(), secrets: Secrets::default() };
        let watched =
            Watched { provider: provider.build().await, is_pending: Arc::clone(&assumption.is_pending) };
        let credentials = remembered(watched, &assumption.secrets);
        (assumption, credentials)
    }

    /// What is secret in the role's credentials.
    pub(super) fn secrets(&self) -> Vec<Undisclosed> {
        self.secrets.texts()
    }

    /// Whether a call that is given up now waits for credentials, so that it was certainly not sent.
    pub(super) fn is_pending(&self) -> bool {
        self.is_pending.load(Ordering::Relaxed)
    }

    /// What it means that a call failed for want of credentials: class, code and message. Only an answer of STS settles it.
    pub(super) fn failure(&self, error: &(dyn Error + 'static)) -> (Class, Option<String>, String) {
        let said = causes(error).find_map(|cause| cause.downcast_ref::<ErrorMetadata>());
        let code = said.and_then(ErrorMetadata::code).map(ToOwned::to_owned);
        let message = said.and_then(ErrorMetadata::message).unwrap_or("STS gave no answer");
        let class = match code.as_deref().map(|code| classify(Some(code), 400)) {
            None => Class::Unreachable,
            Some(Class::Throttled) => Class::Throttled,
            Some(_) => Class::NotAssumed,
        };
        (class, code, self.message(message))
    }

    pub(super) fn message(&self, reason: &str) -> String {
        format!("the role {} could not be assumed: {reason}", self.role)
    }
}

#[derive(Debug)]
struct Watched {
    provider: AssumeRoleProvider,
    is_pending: Arc<AtomicBool>,
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.is_pending.store(true, Ordering::Relaxed);
            let credentials = self.provider.provide_credentials().await;
            self.is_pending.store(false, Ordering::Relaxed);
            credentials
        })
    }
}
