//! Credentials that are asked for once, and again only when they are about to expire.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use super::unsendable;

/// What is valid for less is asked for again.
const SHORTEST: Duration = Duration::from_mins(1);

/// Each client of the SDK has a cache of its own, one for each region; this is theirs together.
#[derive(Debug)]
pub(super) struct Kept {
    chain: SharedCredentialsProvider,
    last: Mutex<Credentials>,
}

impl Kept {
    pub(super) fn new(chain: SharedCredentialsProvider, first: Credentials) -> Self {
        Self { chain, last: Mutex::new(first) }
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let soon = SystemTime::now() + SHORTEST;
            if last.expiry().is_none_or(|expiry| expiry > soon) {
                return Ok(last);
            }
            let renewed = self.chain.provide_credentials().await?;
            if let Some(part) = unsendable(&renewed) {
                let why = format!("the {part} has a character that is not visible ASCII");
                return Err(CredentialsError::invalid_configuration(why));
            }
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = renewed.clone();
            Ok(renewed)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_credential_types::credential_fn::provide_credentials_fn;

    use super::*;

    fn valid_for(time: Option<Duration>) -> Credentials {
        let expiry = time.map(|time| SystemTime::now() + time);
        Credentials::new("AKIAKEPT", "secret", None, expiry, "test")
    }

    #[tokio::test]
    async fn the_chain_is_asked_again_only_when_the_credentials_are_about_to_expire() {
        for (left, asked) in
            [(None, 0), (Some(Duration::from_hours(1)), 0), (Some(Duration::from_secs(30)), 1)]
        {
            let count = Arc::new(AtomicU32::new(0));
            let counted = Arc::clone(&count);
            let chain = SharedCredentialsProvider::new(provide_credentials_fn(move || {
                counted.fetch_add(1, Ordering::Relaxed);
                async { Ok(valid_for(Some(Duration::from_hours(1)))) }
            }));
            let kept = Kept::new(chain, valid_for(left));
            for _ in 0..3 {
                kept.provide_credentials().await.unwrap();
            }
            assert_eq!(count.load(Ordering::Relaxed), asked, "{left:?}");
        }
    }
}
