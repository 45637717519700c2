//! The control paths under `/_emulator/`: unsigned, for whoever drives the emulator on its port.
//!
//! - `GET journal`: the calls, one JSON object a line; `DELETE journal` forgets them;
//! - `GET profiles`: the truth, by instance; `PUT profiles`: `{"instance", "profiles": [...]}` seeds;
//! - `POST faults`: one fault as JSON; `DELETE faults` forgets them;
//! - `PUT policies`: `{"key", "policies": [documents]}` gives an access key these IAM policies in place of those it has;
//! - `POST users`: `{"user", "instance", "profiles": [names]}`;
//! - `POST flow-modules`: `{"flow_module", "valid_in_ms"}`: profiles may name it, after that time.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::iam::Document;
use crate::{Emulator, Fault, Policy, Profile};

const PREFIX: &str = "/_emulator/";

/// Why a control request was refused: bad input, all of it.
#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error("the body is not what is wanted here: {0}")]
    Body(#[from] serde_json::Error),
    #[error(transparent)]
    Seed(#[from] crate::truth::SeedError),
    #[error(transparent)]
    Policy(#[from] crate::PolicyError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeds {
    instance: String,
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    user: String,
    instance: String,
    profiles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    flow_module: String,
    #[serde(default)]
    valid_in_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    key: String,
    policies: Vec<Document>,
}

/// `None` if the path is not a control path.
pub(crate) fn answer(emulator: &Emulator, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let name = request.uri().path().strip_prefix(PREFIX)?;
    let done = |result: Result<(), ControlError>| match result {
        Ok(()) => response(StatusCode::NO_CONTENT, "application/json", String::new()),
        Err(error) => response(StatusCode::BAD_REQUEST, "text/plain", format!("{error}\n")),
    };
    Some(match (request.method().as_str(), name) {
        ("GET", "journal") => response(StatusCode::OK, "application/x-ndjson", journal(emulator)),
        ("DELETE", "journal") => {
            emulator.clear_journal();
            done(Ok(()))
        }
        ("GET", "profiles") => response(StatusCode::OK, "application/json", profiles(emulator).to_string()),
        ("PUT", "profiles") => done(seed(emulator, request.body())),
        ("POST", "faults") => done(read::<Fault>(request.body()).map(|fault| emulator.script(fault))),
        ("DELETE", "faults") => {
            emulator.clear_faults();
            done(Ok(()))
        }
        ("PUT", "policies") => done(allow(emulator, request.body())),
        ("POST", "users") => done(assign(emulator, request.body())),
        ("POST", "flow-modules") => done(release(emulator, request.body())),
        (method, _) => response(
            StatusCode::NOT_FOUND,
            "text/plain",
            format!(
                "{method} {PREFIX}{name} is no control path; there are GET and DELETE journal, GET and PUT \
                 profiles, POST and DELETE faults, PUT policies, POST users, POST flow-modules\n"
            ),
        ),
    })
}

fn journal(emulator: &Emulator) -> String {
    let lines = emulator.journal().into_iter().filter_map(|call| serde_json::to_string(&call).ok());
    lines.map(|line| line + "\n").collect()
}

fn profiles(emulator: &Emulator) -> Value {
    let by_instance: BTreeMap<String, Vec<Profile>> = emulator
        .instance_ids()
        .into_iter()
        .map(|instance| (instance.clone(), emulator.profiles(&instance)))
        .collect();
    serde_json::json!(by_instance)
}

fn seed(emulator: &Emulator, body: &[u8]) -> Result<(), ControlError> {
    let Seeds { instance, profiles } = read(body)?;
    for profile in profiles {
        emulator.seed(&instance, profile)?;
    }
    Ok(())
}

fn allow(emulator: &Emulator, body: &[u8]) -> Result<(), ControlError> {
    let Allowed { key, policies } = read(body)?;
    let policies =
        policies.iter().map(|Document(policy)| Policy::from_value(policy)).collect::<Result<_, _>>()?;
    emulator.set_policies(key, policies);
    Ok(())
}

fn assign(emulator: &Emulator, body: &[u8]) -> Result<(), ControlError> {
    let Assignment { user, instance, profiles } = read(body)?;
    emulator.try_assign(&user, &instance, &profiles)?;
    Ok(())
}

fn release(emulator: &Emulator, body: &[u8]) -> Result<(), ControlError> {
    let Release { flow_module, valid_in_ms } = read(body)?;
    emulator.release_flow_module(&flow_module, Duration::from_millis(valid_in_ms));
    Ok(())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    Ok(serde_json::from_slice(body)?)
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
    response
}
