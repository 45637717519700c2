//! What could not be read, and why, for a person and for a program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstream::eprintln;
use anstyle::AnsiColor;
use connect_security_profile::connect_error::ConnectError;
use connect_security_profile::operation::{Class, Operation};
use serde_json::{Value, json};

use crate::endpoint::plain;
use crate::failure::{Cause, Failure};
use crate::surroundings::Surroundings;

/// A call that failed, on an instance, a profile or a region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// The call, and why it failed.
    pub error: ConnectError,
    /// The profile's name, if it was about one.
    pub name: Option<String>,
}

impl Trouble {
    /// In one sentence, and the way out.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let message = format!("{} could not be read", self.subject());
        let failure = match self.error.class {
            Class::Unreachable => Failure::new(message).unreachable(&self.error.message),
            _ => Failure::new(format_args!("{message}: {}", self.reason())),
        };
        let failure = match self.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        };
        match self.error.class {
            Class::BadCredentials if self.is_late() => failure,
            Class::BadCredentials => failure.because(Cause::Credentials),
            _ => failure,
        }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let ConnectError { operation, subject, code, message, request_id, .. } = &self.error;
        json!({
            "name": self.name, "subject": subject, "operation": operation.name(), "code": code, "message": message,
            "request_id": request_id,
        })
    }

    /// The same about the profile of that name.
    #[must_use]
    pub fn of(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()).filter(|name| !name.is_empty()), ..self }
    }

    fn subject(&self) -> String {
        match (self.error.operation, &self.name) {
            (Operation::ListInstances, _) => "the list of instances".to_owned(),
            (_, Some(name)) => format!("`{name}` ({})", self.error.subject),
            _ => self.error.subject.clone(),
        }
    }

    fn reason(&self) -> String {
        let ConnectError { operation, code, message, request_id, attempts, .. } = &self.error;
        let mut reason = operation.to_string();
        if *attempts > 1 {
            let _ = write!(reason, " failed {attempts} times");
        }
        for part in [code.as_deref(), Some(message.trim_end_matches('.'))].into_iter().flatten() {
            if !part.is_empty() {
                reason.push_str(": ");
                reason.push_str(part);
            }
        }
        if let Some(request_id) = request_id {
            let _ = write!(reason, " (request id {request_id})");
        }
        reason
    }

    /// Whether the time in the signature is not that of the service.
    fn is_late(&self) -> bool {
        ["Signature expired", "Signature not yet current"].iter().any(|it| self.error.message.contains(it))
    }

    /// The way out for who calls Connect as themselves.
    fn hint(&self) -> Option<String> {
        let ConnectError { operation, subject, class, code, .. } = &self.error;
        let hint = match class {
            Class::Denied if code.is_none() => {
                "the response is not Connect's: check the proxy and `--endpoint-url`".to_owned()
            }
            Class::Denied if code.as_deref() == Some("OptInRequired") => {
                "enable the region and Amazon Connect for the account, or name another region with `--region`"
                    .to_owned()
            }
            Class::BadCredentials if self.is_late() => "check the clock of this computer".to_owned(),
            Class::Denied => format!("you need the IAM action `{operation}` on `{subject}`"),
            Class::Throttled => {
                "others use the same quota: try again later, or lower --rate to leave them room".to_owned()
            }
            Class::BadCredentials => "log in again, or name an AWS profile with `--profile`".to_owned(),
            Class::Unreachable => "check `--region`, the network and the proxy".to_owned(),
            Class::Gone => "check the instance's ARN, and that it is in this account and region".to_owned(),
            Class::Lost => "try again".to_owned(),
            Class::TooLarge => "check --endpoint-url".to_owned(),
            _ => return None,
        };
        Some(hint)
    }

    /// Tells of all of them on standard error: those that differ in their subject only are counted after the first.
    pub async fn show_all(troubles: &[Self], surroundings: &Surroundings) {
        let red = AnsiColor::Red.on_default().bold();
        let mut alike: BTreeMap<(Operation, Option<&str>, &str), Vec<&Self>> = BTreeMap::new();
        for trouble in troubles {
            let ConnectError { operation, code, message, .. } = &trouble.error;
            alike.entry((*operation, code.as_deref(), message)).or_default().push(trouble);
        }
        for group in alike.values() {
            surroundings.completed(group[0].failure()).await.show();
            if group.len() > 1 {
                eprintln!("{red}error{red:#}: … and {} more with the same reason", group.len() - 1);
            }
        }
    }
}

impl From<ConnectError> for Trouble {
    fn from(mut error: ConnectError) -> Self {
        if error.code.is_none() && matches!(error.class, Class::Unreachable | Class::Lost) {
            error.message = plain(&error.message);
        }
        Self { error, name: None }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        trouble.failure()
    }
}
