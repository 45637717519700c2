//! Credentials on their way to the SDK: what is secret in them is remembered, because a service may quote the request back, and
//! a refused signature with all its headers.

use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use crate::undisclosed::Undisclosed;

/// The secret texts of the credentials that were handed out last. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<Undisclosed>>>);

impl Secrets {
    pub(super) fn texts(&self) -> Vec<Undisclosed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The same credentials, whose secrets are known from when they are first used.
pub(super) fn remembered(
    provider: impl ProvideCredentials + 'static,
    secrets: &Secrets,
) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Remembered { provider, secrets: secrets.clone() })
}

#[derive(Debug)]
struct Remembered<P> {
    provider: P,
    secrets: Secrets,
}

impl<P: ProvideCredentials> ProvideCredentials for Remembered<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.provider.provide_credentials().await?;
            let texts = [Some(credentials.secret_access_key()), credentials.session_token()];
            let texts = texts.into_iter().flatten().map(Undisclosed::from).collect();
            *self.secrets.0.lock().unwrap_or_else(PoisonError::into_inner) = texts;
            Ok(credentials)
        })
    }
}
