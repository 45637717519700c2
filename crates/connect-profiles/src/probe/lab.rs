//! The bench of the experiments: profiles are made here, remembered, and removed at the end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connect_security_profile::arn::InstanceArn;
use serde_json::{Value, json};

use super::{Answer, Raw};

/// An instance to experiment on.
#[derive(Debug)]
pub struct Lab {
    raw: Raw,
    instance: InstanceArn,
    prefix: String,
    settle: Duration,
    made: Mutex<Vec<String>>,
}

impl Lab {
    /// On that instance; every name begins with `prefix`, and reads are given the time `settle` to catch up with writes.
    #[must_use]
    pub fn new(raw: Raw, instance: InstanceArn, prefix: String, settle: Duration) -> Self {
        Self { raw, instance, prefix, settle, made: Mutex::default() }
    }

    /// The name of a profile for an experiment.
    #[must_use]
    pub fn name(&self, word: &str) -> String {
        format!("{}-{word}", self.prefix)
    }

    /// The instance's id.
    #[must_use]
    pub fn instance_id(&self) -> &str {
        self.instance.id()
    }

    /// The instance's ARN.
    #[must_use]
    pub fn instance_arn(&self) -> String {
        self.instance.to_string()
    }

    /// The ARN of something in the instance's account and region that does not exist.
    #[must_use]
    pub fn arn_of(&self, service: &str, kind: &str) -> String {
        let (region, account) = (self.instance.region(), self.instance.account());
        let partition = self.instance.partition();
        format!("arn:{partition}:{service}:{region}:{account}:{kind}/{}", uuid::Uuid::new_v4())
    }

    /// The ARN of a profile.
    #[must_use]
    pub fn arn(&self, id: &str) -> String {
        format!("{}/security-profile/{id}", self.instance)
    }

    /// Any call.
    pub async fn call(
        &self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, String> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.raw.call(method, path, &body).await
    }

    /// A call with a body that need not be JSON.
    pub async fn call_with(&self, method: &'static str, path: &str, body: &str) -> Result<Answer, String> {
        self.raw.call(method, path, body).await
    }

    /// A create, with the answer whatever it is. What is made is removed at the end.
    pub async fn try_create(&self, word: &str, members: Value) -> Result<Answer, String> {
        let mut body = members;
        if body.get("SecurityProfileName").is_none() {
            body["SecurityProfileName"] = json!(self.name(word));
        }
        let answer =
            self.call("PUT", &format!("/security-profiles/{}", self.instance.id()), Some(body)).await?;
        if let Some(id) = answer.body["SecurityProfileId"].as_str() {
            self.made.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        }
        Ok(answer)
    }

    /// A create without which there is nothing to see.
    pub async fn create(&self, word: &str, members: Value) -> Result<String, String> {
        let answer = self.try_create(word, members).await?;
        match answer.body["SecurityProfileId"].as_str() {
            Some(id) if answer.is_ok() => Ok(id.to_owned()),
            _ => {
                Err(format!("the profile to try it on was refused: {}: {}", answer.error(), answer.message()))
            }
        }
    }

    /// An update, with the answer whatever it is.
    pub async fn update(&self, id: &str, members: Value) -> Result<Answer, String> {
        self.call("POST", &self.path("security-profiles", id), Some(members)).await
    }

    /// A delete, with the answer whatever it is.
    pub async fn delete(&self, id: &str) -> Result<Answer, String> {
        self.call("DELETE", &self.path("security-profiles", id), None).await
    }

    /// The profile, once reads have caught up.
    pub async fn describe(&self, id: &str) -> Result<Value, String> {
        self.settled().await;
        let answer = self.call("GET", &self.path("security-profiles", id), None).await?;
        if answer.is_ok() {
            Ok(answer.body["SecurityProfile"].clone())
        } else {
            Err(format!("it cannot be read: {}", answer.error()))
        }
    }

    /// `/what/<instance>/<id>`
    #[must_use]
    pub fn path(&self, what: &str, id: &str) -> String {
        format!("/{what}/{}/{id}", self.instance.id())
    }

    /// Waits until reads have caught up.
    pub async fn settled(&self) {
        tokio::time::sleep(self.settle).await;
    }

    /// Every profile of the instance, by the list's own words.
    pub async fn list(&self) -> Result<Vec<Value>, String> {
        let path = format!("/security-profiles-summary/{}?maxResults=1000", self.instance.id());
        let (mut all, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = match &token {
                None => path.clone(),
                Some(token) => format!("{path}&nextToken={}", encoded(token)),
            };
            let answer = self.call("GET", &page, None).await?;
            if !answer.is_ok() {
                return Err(format!(
                    "the profiles cannot be listed: {}: {}",
                    answer.error(),
                    answer.message()
                ));
            }
            all.extend(answer.body["SecurityProfileSummaryList"].as_array().into_iter().flatten().cloned());
            token = answer.body["NextToken"].as_str().map(ToOwned::to_owned);
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    /// Removes what was made, also what an answer that got lost did not tell of. What could not be removed, with the reason.
    pub async fn clean_up(&self) -> Vec<String> {
        self.settled().await;
        let mut ids = self.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut left = Vec::new();
        match self.list().await {
            Ok(profiles) => {
                let own = profiles.iter().filter(|it| {
                    let name = it["Name"].as_str().unwrap_or_default();
                    // One experiment writes its name in capitals.
                    name.to_ascii_lowercase().starts_with(&self.prefix.to_ascii_lowercase())
                });
                ids.extend(own.filter_map(|it| it["Id"].as_str()).map(ToOwned::to_owned));
            }
            Err(why) => left.push(format!("profiles that begin with `{}`, if any: {why}", self.prefix)),
        }
        ids.sort();
        ids.dedup();
        for id in ids {
            let is_gone = |answer: &Answer| answer.is_ok() || answer.status == 404;
            match self.delete(&id).await {
                Ok(answer) if is_gone(&answer) => {}
                Ok(answer) => {
                    left.push(format!("{}: {}: {}", self.arn(&id), answer.error(), answer.message()));
                }
                Err(why) => left.push(format!("{}: {why}", self.arn(&id))),
            }
        }
        left
    }
}

/// A text as it stands in a path or a query.
#[must_use]
pub(super) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
