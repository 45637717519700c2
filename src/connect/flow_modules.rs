//! Flow modules that Connect does not accept yet: right after a release it may refuse one as not valid for a while (⚠ known
//! from public code, not seen on live AWS).
//!
//! This is the only place where the message of an error counts. The code, `InvalidParameterException`, is that of every
//! invalid value, and only the module's id in the message tells this refusal from the others. The error's class stays
//! [`Class::Invalid`](crate::operation::Class::Invalid), and little follows from a wrong guess: the same request is sent
//! again for at most [`LONGEST_WAIT`], and then fails with the same error.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use aws_sdk_connect::config::http::HttpResponse;
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::operation::RequestId;
use tokio::time::Instant;

use super::Session;
use super::call::Repeat;
use crate::connect_error::ConnectError;
use crate::operation::Operation;
use crate::retry::may_try_again;
use crate::settings::{Kind, Settings};

/// How long after the first refusal a request that names the module is sent again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What of the time is left for what follows a failure, such as the look whether an earlier delivery made the profile.
const TIME_AFTER: Duration = Duration::from_secs(5);

/// The ids of the flow modules that a request names.
pub(super) struct NamedModules(Vec<String>);

impl NamedModules {
    pub(super) fn of(settings: &Settings) -> Self {
        let ids = settings.flow_modules.iter().flat_map(BTreeMap::<String, Kind>::keys);
        Self(ids.cloned().collect())
    }

    /// The module that the error refuses, if that is what it does.
    fn refused_by(&self, error: &ConnectError) -> Option<&str> {
        if error.code.as_deref() != Some("InvalidParameterException") {
            return None;
        }
        self.0.iter().map(String::as_str).find(|id| names(&error.message, id))
    }
}

/// Whether the id stands in the text by itself, and not as a part of another.
fn names(text: &str, id: &str) -> bool {
    let is_of_an_id = |character: char| character.is_ascii_alphanumeric() || character == '-';
    text.match_indices(id).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + id.len()..]);
        !id.is_empty() && !before.ends_with(is_of_an_id) && !after.starts_with(is_of_an_id)
    })
}

impl Session {
    /// As [`call`](Self::call), for a request that names flow modules: it is sent again while Connect refuses one of them.
    pub(super) async fn call_naming<T, E, F>(
        &self,
        modules: &NamedModules,
        operation: Operation,
        subject: &str,
        repeat: Repeat,
        send: impl Fn() -> F,
    ) -> Result<T, ConnectError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut until: Option<Instant> = None;
        let (mut refusals, mut attempts, mut may_have_effect) = (0, 0, false);
        loop {
            let error = match self.call(operation, subject, repeat, &send).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempts += error.attempts;
            may_have_effect |= error.may_have_effect;
            let error = ConnectError { attempts, may_have_effect, ..error };
            let Some(module) = modules.refused_by(&error) else { return Err(error) };
            refusals += 1;
            if refusals == 1 {
                let (operation, wait) = (operation.name(), LONGEST_WAIT.as_secs());
                tracing::info!(
                    operation,
                    subject,
                    module,
                    "flow module not valid; retrying for up to {wait} s"
                );
            }
            let until =
                *until.get_or_insert_with(|| self.sparing(TIME_AFTER).within(LONGEST_WAIT).deadline());
            if !may_try_again(refusals, until).await {
                return Err(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_only_where_it_stands_by_itself() {
        for text in
            ["m-1", "the module m-1 is not valid", "`m-1`.", "[m-1, m-2]", "…/flow-module/m-1", "m-10, m-1"]
        {
            assert!(names(text, "m-1"), "{text}");
        }
        for text in ["", "m-10", "am-1", "m-1-2", "M-1"] {
            assert!(!names(text, "m-1"), "{text}");
        }
        assert!(!names("the module is not valid", ""));
    }
}
