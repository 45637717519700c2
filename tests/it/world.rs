//! Everything around the function, and the states that tests start from.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use connect_emulator::{Call, Configuration, Emulator, Profile, Server, serve};
use lambda_harness::{Bucket, Function, Outcome, RuntimeApi, Signature};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::iam;

pub(crate) const INSTANCE_ID: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const INSTANCE: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
pub(crate) const PROFILE_ID: &str = "99999999-8888-7777-6666-555555555555";
pub(crate) const STACK: &str =
    "arn:aws:cloudformation:us-east-1:000000000000:stack/contact-centre/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4";
pub(crate) const OWNER_TAG: &str = "custom-connect-security-profile:owner";
const LOGICAL_ID: &str = "Agents";

/// One function and what it talks to; gone when dropped, its calls kept for the check against the service's model.
pub(crate) struct World {
    pub(crate) connect: Emulator,
    pub(crate) bucket: Bucket,
    pub(crate) runtime_api: RuntimeApi,
    pub(crate) function: Function,
    variables: Vec<(&'static str, String)>,
    _server: Server,
}

/// The built Lambda: the program that `BOOTSTRAP` names, as for `make test` the one that ships, or else cargo's own.
pub(crate) fn bootstrap() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        std::env::var("BOOTSTRAP").unwrap_or_else(|_| env!("CARGO_BIN_EXE_bootstrap").to_owned())
    });
    &PROGRAM
}

/// What CloudFormation received.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) physical_id: String,
    pub(crate) data: Value,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Configuration::default(), &[]).await
    }

    /// Under the role of `template.yaml`, unless the configuration has other policies.
    pub(crate) async fn with(configuration: Configuration, environment: &[(&'static str, String)]) -> Self {
        let connect = Emulator::new(iam::under_the_role(configuration));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = serve(connect.clone(), listener).await;
        let (bucket, runtime_api) = (Bucket::start().await, RuntimeApi::start().await);
        let mut variables = vec![
            ("AWS_ENDPOINT_URL_CONNECT", server.endpoint()),
            ("RESPONSE_URL_ALLOWED_ORIGINS", bucket.origin()),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE".to_owned()),
            ("AWS_ACCESS_KEY_ID", iam::KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", iam::SECRET.to_owned()),
        ];
        variables.extend_from_slice(environment);
        let function = Function::spawn(bootstrap(), &runtime_api, &variables);
        Self { connect, bucket, runtime_api, function, variables, _server: server }
    }

    /// One more process of the function, as Lambda starts it when the others are busy.
    pub(crate) fn one_more_process(&self) -> Function {
        Function::spawn(bootstrap(), &self.runtime_api, &self.variables)
    }

    /// Ends the process and starts a fresh one, as Lambda does when it pleases.
    pub(crate) async fn restart(&mut self) {
        self.function.kill().await;
        self.function = self.one_more_process();
    }

    /// Delivers an event, with a response URL of the bucket in it, and waits for the answer.
    pub(crate) async fn send(&self, event: &Value) -> Answer {
        let event = self.addressed(event.clone(), Signature::V4);
        self.deliver(&event, Duration::from_mins(1)).await
    }

    /// Delivers an event as it is.
    pub(crate) async fn deliver(&self, event: &Value, timeout: Duration) -> Answer {
        let request_id = event["RequestId"].as_str().unwrap().to_owned();
        let outcome = self.runtime_api.invoke(event.clone(), timeout).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}\n{}", self.function.logs());
        // The PUT came before the response, so the last answer for the request is this delivery's.
        let answers = self.bucket.answers();
        let own = answers
            .iter()
            .rev()
            .find(|answer| answer.delivered() && answer.json()["RequestId"] == request_id);
        Answer::read(&own.expect("an answer").json())
    }

    /// The event with a presigned URL for its ids, sent long enough ago for all that came before it to show in reads.
    pub(crate) fn addressed(&self, event: Value, signature: Signature) -> Value {
        self.sent(event, signature, Duration::from_secs(10))
    }

    /// The event with a presigned URL for its ids, sent so long ago.
    pub(crate) fn sent(&self, mut event: Value, signature: Signature, ago: Duration) -> Value {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let (signed_at, expires_in) = (SystemTime::now() - ago, Duration::from_hours(2));
        event["ResponseURL"] = json!(self.bucket.url_with(
            signature,
            &text("StackId"),
            &text("LogicalResourceId"),
            &text("RequestId"),
            signed_at,
            expires_in
        ));
        event
    }

    pub(crate) async fn create(&self, properties: Value) -> Answer {
        self.send(&event("Create", None, &properties, None)).await
    }

    pub(crate) async fn update(&self, physical_id: &str, properties: Value, old: Value) -> Answer {
        self.send(&event("Update", Some(physical_id), &properties, Some(&old))).await
    }

    pub(crate) async fn delete(&self, physical_id: &str, properties: Value) -> Answer {
        self.send(&event("Delete", Some(physical_id), &properties, None)).await
    }

    pub(crate) fn profile(&self, name: &str) -> Option<Profile> {
        self.connect.profile(INSTANCE_ID, name)
    }

    /// The names of the calls since the last time, reads in alphabetical order as they are made side by side.
    pub(crate) fn calls(&self) -> Vec<String> {
        let names = self.journal().iter().map(|call| call.operation.to_string()).collect();
        self.connect.clear_journal();
        names
    }

    /// The writes since the last time.
    pub(crate) fn writes(&self) -> Vec<String> {
        let calls = self.journal();
        self.connect.clear_journal();
        calls.iter().filter(|call| call.operation.is_write()).map(|call| call.operation.to_string()).collect()
    }

    /// The calls so far, runs of reads sorted.
    pub(crate) fn journal(&self) -> Vec<Call> {
        let mut calls = self.connect.journal();
        let mut run = 0;
        for index in 0..=calls.len() {
            if index == calls.len() || calls[index].operation.is_write() {
                calls[run..index].sort_by_key(|call| call.operation.to_string());
                run = index + 1;
            }
        }
        calls
    }
}

impl Drop for World {
    fn drop(&mut self) {
        keep_journal(&self.connect);
    }
}

/// Writes the calls where the check against the service's own model finds them, if it is to be made.
pub(crate) fn keep_journal(connect: &Emulator) {
    let Some(folder) = std::env::var_os("CONNECT_JOURNALS") else { return };
    let journal = connect.journal();
    if journal.is_empty() {
        return;
    }
    let lines = journal.iter().fold(String::new(), |mut lines, call| {
        let _ = writeln!(lines, "{}", serde_json::to_string(call).unwrap());
        lines
    });
    let name = format!("{}-{}.jsonl", std::process::id(), lambda_harness::request_id());
    std::fs::write(PathBuf::from(folder).join(name), lines).unwrap();
}

impl Answer {
    pub(crate) fn read(document: &Value) -> Self {
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        Self {
            status: text("Status"),
            reason: text("Reason"),
            physical_id: text("PhysicalResourceId"),
            data: document["Data"].clone(),
        }
    }

    pub(crate) fn success(physical_id: &str, data: Value) -> Self {
        let physical_id = physical_id.to_owned();
        Self { status: "SUCCESS".to_owned(), reason: String::new(), physical_id, data }
    }

    pub(crate) fn failed(physical_id: &str, reason: String) -> Self {
        let physical_id = physical_id.to_owned();
        Self { status: "FAILED".to_owned(), reason, physical_id, data: Value::Null }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status == "SUCCESS"
    }

    /// The physical id of a success.
    #[track_caller]
    pub(crate) fn id(self) -> String {
        assert_eq!((self.status.as_str(), self.reason.as_str()), ("SUCCESS", ""));
        self.physical_id
    }

    /// The reason of a failure.
    #[track_caller]
    pub(crate) fn why(&self) -> &str {
        assert_eq!(self.status, "FAILED", "{self:?}");
        &self.reason
    }
}

/// An event for the resource that all tests are about.
pub(crate) fn event(kind: &str, physical_id: Option<&str>, properties: &Value, old: Option<&Value>) -> Value {
    let mut event = json!({
        "RequestType": kind, "RequestId": lambda_harness::request_id(), "StackId": STACK,
        "LogicalResourceId": LOGICAL_ID, "ResourceType": "Custom::ConnectSecurityProfile",
        "ResourceProperties": properties,
    });
    if let Some(physical_id) = physical_id {
        event["PhysicalResourceId"] = json!(physical_id);
    }
    if let Some(old) = old {
        event["OldResourceProperties"] = old.clone();
    }
    event
}

/// The properties of a profile called `Agents`, with `extra` over them.
pub(crate) fn agents(extra: Value) -> Value {
    let mut properties = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agents"});
    let Value::Object(extra) = extra else { panic!("not an object: {extra}") };
    properties.as_object_mut().unwrap().extend(extra);
    properties
}

pub(crate) fn owner_tag(origin: &str, logical_id: &str) -> String {
    format!(
        "v1/{origin}/us-east-1/000000000000/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/{logical_id}/contact-centre"
    )
}

/// The profile `Agents`, as this resource created it.
pub(crate) fn ours() -> Profile {
    let mut profile = Profile::named("Agents")
        .described("Takes calls")
        .with_permission("BasicAgentAccess")
        .with_permission("OutboundCallAccess")
        .tagged("team", "support")
        .tagged(OWNER_TAG, owner_tag("created", LOGICAL_ID));
    PROFILE_ID.clone_into(&mut profile.id);
    profile
}

/// As [`ours`], but taken over.
pub(crate) fn adopted() -> Profile {
    ours().tagged(OWNER_TAG, owner_tag("adopted", LOGICAL_ID))
}

/// As [`ours`], but without an owner.
pub(crate) fn nobodys() -> Profile {
    let mut profile = ours();
    profile.tags.remove(OWNER_TAG);
    profile
}

/// As [`ours`], but of another resource of the same stack.
pub(crate) fn anothers() -> Profile {
    ours().tagged(OWNER_TAG, owner_tag("created", "Others"))
}

/// A text in which ids that differ from run to run are masked.
pub(crate) fn masked(text: &str) -> String {
    let known = [INSTANCE_ID, PROFILE_ID, "0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4"];
    let mut masked = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match rest.get(..36).filter(|head| is_uuid(head) && !known.contains(head)) {
            Some(_) if masked.ends_with("request id ") => masked.push_str("[request id]"),
            Some(_) => masked.push_str("[id]"),
            None => {
                masked.push(character);
                rest = &rest[character.len_utf8()..];
                continue;
            }
        }
        rest = &rest[36..];
    }
    masked
}

fn is_uuid(text: &str) -> bool {
    text.char_indices().all(|(index, character)| match index {
        8 | 13 | 18 | 23 => character == '-',
        _ => character.is_ascii_hexdigit(),
    })
}
