//! The emulator as its callers hold it: requests in, answers out, and the knobs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use crate::answer::{Rules, Verified, answer};
use crate::error::ServiceError;
use crate::fault::{Action, Cue, Script, ServiceFailure};
use crate::flow_modules::FlowModules;
use crate::iam::{Caller, Requested, authorise};
use crate::journal::{self, Journal};
use crate::quota::Buckets;
use crate::route::{Route, query, route};
use crate::signature::Verifier;
use crate::store::{Moment, Store};
use crate::{Call, Configuration, Fault, Policy};

/// Amazon Connect's security profiles, in memory. Clones share one state.
#[derive(Clone, Debug)]
pub struct Emulator(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    configuration: Configuration,
    secrets: BTreeMap<String, String>,
    regions: BTreeSet<String>,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) store: Store,
    script: Script,
    journal: Journal,
    buckets: Buckets,
    read_lag: Duration,
    flow_modules: FlowModules,
    /// By access key id. A key without any may do everything.
    policies: BTreeMap<String, Vec<Policy>>,
}

/// A call that was scripted to get no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection was closed without an answer")]
pub struct Lost;

/// An answer before it is HTTP.
struct Answer {
    status: u16,
    error_type: Option<String>,
    content_type: Option<String>,
    body: Bytes,
}

impl Emulator {
    /// An emulator whose instances have the four default profiles.
    #[must_use]
    pub fn new(configuration: Configuration) -> Self {
        let mut policies: BTreeMap<String, Vec<Policy>> = BTreeMap::new();
        for (key, policy) in &configuration.policies {
            policies.entry(key.clone()).or_default().push(policy.clone());
        }
        let state = State {
            store: Store::new(&configuration),
            script: Script::default(),
            journal: Journal::default(),
            buckets: Buckets::default(),
            read_lag: configuration.read_lag,
            flow_modules: FlowModules::new(&configuration.flow_modules),
            policies,
        };
        Self(Arc::new(Shared {
            secrets: configuration.credentials.iter().cloned().collect(),
            regions: configuration.instances.iter().map(|(region, _)| region.clone()).collect(),
            started: Instant::now(),
            state: Mutex::new(state),
            configuration,
        }))
    }

    /// Answers one signed request. Must run on a Tokio runtime with its time enabled.
    ///
    /// A request whose method and path are no operation's is answered with 404 and not journaled. Everything
    /// else is in the journal from its arrival on, also when the caller stops waiting.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let (parts, body) = request.into_parts();
        let Some(route) = route(&parts.method, parts.uri.path()) else {
            let error = ServiceError::UnknownOperation {
                method: parts.method.to_string(),
                path: parts.uri.path().to_owned(),
            };
            return Ok(self.error(&error).into_response());
        };
        let (number, Cue { delay, delay_after, action, .. }) = self.open(&route, &parts, &body);
        wait(delay).await;
        let answer = match action {
            Some(Action::Error(failure)) => Some(self.failure(&failure)),
            Some(Action::Lose) => None,
            Some(Action::Raw { status, content_type, body }) => Some(Answer::raw(status, content_type, body)),
            None => Some(self.carry_out(number, &route, &parts, &body)),
            Some(after) => {
                self.carry_out(number, &route, &parts, &body);
                match after {
                    Action::ErrorAfter(failure) => Some(self.failure(&failure)),
                    Action::RawAfter { status, content_type, body } => {
                        Some(Answer::raw(status, content_type, body))
                    }
                    _ => None,
                }
            }
        };
        wait(delay_after).await;
        let response = answer.ok_or(Lost)?.into_response();
        self.state().journal.update(number, |call| {
            call.status = response.status().as_u16();
            call.response_headers = journal::headers(response.headers());
            call.response_body = journal::body(response.body());
        });
        Ok(response)
    }

    /// Every call of a known operation since the emulator was made or its journal cleared, in order of arrival.
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        self.state().journal.calls()
    }

    /// Forgets the calls so far. A call under way is forgotten too.
    pub fn clear_journal(&self) {
        self.state().journal.clear();
    }

    /// Adds a scripted fault; it counts the calls from now on.
    pub fn script(&self, fault: Fault) {
        self.state().script.add(fault);
    }

    /// Forgets the faults scripted so far.
    pub fn clear_faults(&self) {
        self.state().script.clear();
    }

    /// How long writes from now on stay invisible to reads.
    pub fn set_read_lag(&self, lag: Duration) {
        self.state().read_lag = lag;
    }

    /// Adds a flow module that profiles may name, valid after the delay. From the first one on, all others are refused.
    pub fn release_flow_module(&self, id: &str, delay: Duration) {
        self.state().flow_modules.release(id, delay);
    }

    /// Gives an access key these policies and no others: without any it may do nothing from now on.
    pub fn set_policies(&self, access_key_id: impl Into<String>, policies: Vec<Policy>) {
        self.state().policies.insert(access_key_id.into(), policies);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, route: &Route, parts: &Parts, body: &Bytes) -> (u64, Cue) {
        let mut state = self.state();
        let cue = state.script.cue(route.operation);
        let uri = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let number = state.journal.open(Call {
            operation: route.operation,
            caller: String::new(),
            region: String::new(),
            method: parts.method.to_string(),
            uri: uri.to_owned(),
            request_headers: journal::headers(&parts.headers),
            request_body: journal::body(body),
            status: 0,
            response_headers: BTreeMap::new(),
            response_body: Value::Null,
            effect: false,
            scripted: cue.scripted,
            at: self.0.started.elapsed(),
        });
        (number, cue)
    }

    /// Verifies the signature, draws on the quota, asks the key's policies and runs the operation.
    fn carry_out(&self, number: u64, route: &Route, parts: &Parts, body: &[u8]) -> Answer {
        let Shared { configuration, secrets, regions, .. } = &*self.0;
        let verifier = Verifier { secrets, regions, now: SystemTime::now() };
        let mut state = self.state();
        let state = &mut *state;
        let moment = Moment::now(state.read_lag);
        let result = verifier.verify(parts, body).and_then(|signer| {
            let region = signer.region;
            let caller = Caller {
                account: &configuration.account,
                access_key_id: &signer.access_key_id,
                region: &region,
            };
            state.journal.update(number, |call| {
                call.caller = caller.arn();
                call.region.clone_from(&region);
            });
            if let Some(quota) = configuration.quota
                && !state.buckets.draw(quota, route.operation, &region, moment.now)
            {
                return Err(ServiceError::Throttling);
            }
            let query = query(parts.uri.query());
            if let Some(policies) = state.policies.get(&signer.access_key_id) {
                let requested = Requested::read(&state.store, &caller, route, &query, body);
                authorise(policies, &caller, &requested)?;
            }
            let call = Verified { route, region: &region, query: &query, body };
            let rules = Rules {
                choices: &configuration.choices,
                profile_limit: configuration.profile_limit,
                flow_modules: &state.flow_modules,
            };
            answer(&mut state.store, &call, &rules, moment)
        });
        match result {
            Ok(document) => {
                state.journal.update(number, |call| call.effect = route.operation.is_write());
                Answer::document(document)
            }
            Err(error) => self.error(&error),
        }
    }

    fn error(&self, error: &ServiceError) -> Answer {
        self.error_document(error.status(), error.code(), &error.to_string(), error.members())
    }

    fn failure(&self, failure: &ServiceFailure) -> Answer {
        self.error_document(failure.status, &failure.code, &failure.message, serde_json::json!({}))
    }

    fn error_document(&self, status: u16, code: &str, message: &str, mut members: Value) -> Answer {
        let choices = &self.0.configuration.choices;
        let member = if choices.lower_case_message { "message" } else { "Message" };
        members[member] = Value::String(message.to_owned());
        let suffix = if choices.error_type_has_suffix {
            ":http://internal.amazon.com/coral/com.amazonaws.connect/"
        } else {
            ""
        };
        Answer { status, error_type: Some(format!("{code}{suffix}")), ..Answer::document(Some(members)) }
    }
}

impl Answer {
    fn document(document: Option<Value>) -> Self {
        let body = document.map_or_else(Bytes::new, |document| Bytes::from(document.to_string()));
        let content_type = (!body.is_empty()).then(|| "application/json".to_owned());
        Self { status: 200, error_type: None, content_type, body }
    }

    fn raw(status: u16, content_type: String, body: String) -> Self {
        Self { status, error_type: None, content_type: Some(content_type), body: Bytes::from(body) }
    }

    fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let request_id = Some(uuid::Uuid::new_v4().to_string());
        for (name, value) in [
            ("x-amzn-requestid", request_id),
            ("x-amzn-errortype", self.error_type),
            ("content-type", self.content_type),
        ] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
