//! Whatever Connect answers, through the real SDK client into the provider: the emulator's answers, of which some are
//! replaced or garbled as the input says. Laws: no panic, and an end within the deadline; a lookup writes nothing; only a
//! profile that was seen to be ours, or may be adopted, is written; no write that succeeded is sent again; and nothing that
//! was undisclosed is in a reason. The clock jumps.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use connect_emulator::{Configuration, Emulator, Profile};
use connect_security_profile::connect::Connect;
use connect_security_profile::guards::{Guards, Pattern};
use connect_security_profile::provider::{LOOKUP_TYPE, RESOURCE_TYPE, SecurityProfiles};
use custom_resource::{Create, Delete, Failure, Invocation, Provider as _, Resource, Update};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use tokio::runtime::Builder;
use tokio::time::Instant;

const INSTANCE_ID: &str = "11111111-2222-3333-4444-555555555555";
const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
const PROFILE_ID: &str = "99999999-8888-7777-6666-555555555555";
const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/contact-centre/0c8c4d50";
const OURS: &str = "/0c8c4d50/Agents/";
const SECRET: &str = "SECRET-OF-THE-FUZZER";
const TIME: Duration = Duration::from_secs(120);

/// What happens, and what is answered meanwhile; after the last reply the emulator's are the true ones.
#[derive(Arbitrary, Debug)]
struct Story {
    event: Event,
    adopt: bool,
    retain: bool,
    renames: bool,
    denies: bool,
    live: Live,
    stated: u16,
    stated_before: u16,
    replies: Vec<Reply>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum Event {
    Create,
    Update,
    Delete,
    DeleteUnknown,
    Lookup,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum Live {
    None,
    Nobodys,
    Created,
    Adopted,
    Anothers,
    AwsManaged,
}

#[derive(Arbitrary, Clone, Debug)]
enum Reply {
    /// The emulator's.
    True,
    /// The emulator's, with bytes of its body replaced.
    Garbled {
        at: u16,
        gone: u8,
        put: Vec<u8>,
    },
    /// These, and nothing happens.
    Raw {
        status: u8,
        error_type: u8,
        body: Vec<u8>,
    },
    /// As `Raw`, although the call took effect.
    RawAfter {
        status: u8,
        error_type: u8,
        body: Vec<u8>,
    },
    /// An error of the service with a message.
    Error {
        status: u8,
        error_type: u8,
        message: String,
    },
    Lost,
    LostAfter,
    /// Nothing, for so many seconds.
    Late {
        seconds: u8,
    },
}

const STATUSES: [u16; 16] = [200, 200, 200, 201, 204, 301, 400, 400, 401, 403, 404, 409, 429, 429, 500, 503];
const ERRORS: [&str; 12] = [
    "",
    "InvalidRequestException",
    "InvalidParameterException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServiceException",
    "DuplicateResourceException",
    "LimitExceededException",
    "ResourceInUseException",
    "AccessDeniedException",
    "ExpiredTokenException",
    "\u{1b}[31mOdd:http://x/",
];

static GUARDS: LazyLock<Guards> = LazyLock::new(|| Guards {
    denied_permissions: vec![Pattern::any_case("Users.Delete")],
    ..Guards::default()
});

fuzz_target!(|story: Story| {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(play(&story));
});

async fn play(story: &Story) {
    let emulator = Emulator::new(Configuration::default());
    if let Some(profile) = live(story.live) {
        emulator.put_profile(INSTANCE_ID, profile);
    }
    let service = Service::new(emulator, story);
    let config = SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .http_client(SharedHttpClient::new(service.clone()))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .build();
    let guards = if story.denies { GUARDS.clone() } else { Guards::default() };
    let provider = SecurityProfiles::new(Connect::new(config), guards, None, |_| {});
    let begun = Instant::now();
    let sent = SystemTime::now() - Duration::from_secs(10);
    let invocation = Invocation::new(begun + TIME, "arn:aws:lambda:us-east-1:000000000000:function:f", sent);
    let failure = ask(story, &provider, &invocation).await;
    assert!(begun.elapsed() <= TIME, "{:?}", begun.elapsed());
    if let Some(failure) = failure {
        assert!(!failure.reason().is_empty());
        // Only what this event states may have been sent, and so be quoted.
        let states = matches!(story.event, Event::Create | Event::Update)
            && Value::from(properties(story, story.stated, false)).to_string().contains(SECRET);
        assert!(!states || !failure.reason().contains(SECRET), "{failure}");
    }
    the_writes_are_those_that_may_be(story, &service.sent());
}

/// The event, carried out; why it failed.
async fn ask(story: &Story, provider: &SecurityProfiles, invocation: &Invocation) -> Option<Failure> {
    let resource_type = if story.event == Event::Lookup { LOOKUP_TYPE } else { RESOURCE_TYPE };
    let resource = Resource {
        request_id: "r".to_owned(),
        stack: STACK.parse().expect("a stack"),
        logical_id: "Agents".to_owned(),
        resource_type: resource_type.to_owned(),
    };
    let properties = properties(story, story.stated, story.renames);
    let physical_id = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
    let invocation = invocation.clone();
    match story.event {
        Event::Create | Event::Lookup => {
            provider.create(Create { resource, properties }, invocation).await.err()
        }
        Event::Update => {
            let old_properties = self::properties(story, story.stated_before, false);
            provider
                .update(Update { resource, physical_id, properties, old_properties }, invocation)
                .await
                .err()
        }
        Event::Delete => {
            provider.delete(Delete { resource, physical_id, properties }, invocation).await.err()
        }
        Event::DeleteUnknown => {
            let physical_id = "connect-security-profile:unknown".to_owned();
            provider.delete(Delete { resource, physical_id, properties }, invocation).await.err()
        }
    }
}

fn the_writes_are_those_that_may_be(story: &Story, sent: &[Sent]) {
    let (mut seen, mut done, mut distinct) = (false, BTreeSet::new(), BTreeSet::new());
    // A profile is taken over only by an event that wants it to be as stated.
    let may_adopt = story.adopt && matches!(story.event, Event::Create | Event::Update);
    // A lost owner tag is put back by an Update, and reads may lag behind a Delete.
    let by_id =
        story.event == Event::Update || (story.event == Event::Delete && !story.adopt && !story.retain);
    for call in sent {
        if call.is_write {
            assert_ne!(story.event, Event::Lookup, "{call:?}");
            let is_create = call.method == "PUT";
            assert!(is_create || seen || may_adopt || by_id, "{call:?} of what was not seen to be ours");
            assert!(!is_create || matches!(story.event, Event::Create | Event::Update), "{call:?}");
            assert!(!done.contains(&call.request), "sent again: {call:?}");
            distinct.insert(&call.request);
        }
        seen |= call.may_show_us;
        // To put back what an earlier write changed may be the same write again.
        if call.succeeded && call.method == "PUT" {
            done.insert(&call.request);
        }
    }
    assert!(distinct.len() <= 8, "{distinct:?}");
}

fn properties(story: &Story, stated: u16, renamed: bool) -> Map<String, Value> {
    let name = if renamed { "Renamed" } else { "Agents" };
    if story.event == Event::Lookup {
        let properties = json!({"InstanceArn": INSTANCE, "SecurityProfileName": name});
        return properties.as_object().cloned().unwrap_or_default();
    }
    let all = [
        ("Description", json!(SECRET)),
        ("Permissions", json!(["Users.View", "Users.Delete"])),
        ("Tags", json!([{"Key": "team", "Value": SECRET}])),
        ("AllowedAccessControlTags", json!([{"Key": "a", "Value": SECRET}])),
        ("TagRestrictedResources", json!(["User"])),
        ("HierarchyRestrictedResources", json!(["User"])),
        ("AllowedAccessControlHierarchyGroupId", json!("")),
        ("Applications", json!([{"Namespace": "n", "ApplicationPermissions": ["ACCESS"]}])),
        ("AllowedFlowModules", json!([{"FlowModuleId": "m"}])),
        ("AllowedAIAgents", json!([{"Arn": "a"}])),
        ("GranularAccessControlConfiguration", json!({})),
        ("Permissions", json!([])),
        ("Applications", json!([])),
    ];
    let mut properties = Map::new();
    for (index, (name, value)) in all.into_iter().enumerate() {
        if stated >> index & 1 == 1 {
            properties.insert(name.to_owned(), value);
        }
    }
    if !properties.contains_key("TagRestrictedResources")
        || !properties.contains_key("AllowedAccessControlTags")
    {
        properties.remove("TagRestrictedResources");
        properties.remove("AllowedAccessControlTags");
    }
    properties.insert("InstanceArn".to_owned(), json!(INSTANCE));
    properties.insert("SecurityProfileName".to_owned(), json!(name));
    properties.insert("Adopt".to_owned(), json!(story.adopt));
    properties.insert("OnDelete".to_owned(), json!(if story.retain { "Retain" } else { "Delete" }));
    properties
}

fn live(live: Live) -> Option<Profile> {
    let tag = |origin: &str, logical_id: &str| {
        format!("v1/{origin}/us-east-1/000000000000/0c8c4d50/{logical_id}/contact-centre")
    };
    let key = "custom-connect-security-profile:owner";
    let mut profile =
        Profile::named("Agents").described("Takes calls").with_permission("Users.View").tagged("a", "b");
    PROFILE_ID.clone_into(&mut profile.id);
    Some(match live {
        Live::None => return None,
        Live::Nobodys => profile,
        Live::Created => profile.tagged(key, tag("created", "Agents")),
        Live::Adopted => profile.tagged(key, tag("adopted", "Agents")),
        Live::Anothers => profile.tagged(key, tag("created", "Others")),
        Live::AwsManaged => profile.aws_managed(),
    })
}

/// The emulator behind the replies, as the SDK's HTTP client.
#[derive(Clone, Debug)]
struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    emulator: Emulator,
    state: Mutex<(Vec<Reply>, Vec<Sent>)>,
}

/// A request that the service got, and what became of it.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    /// Path and body.
    request: (String, Bytes),
    is_write: bool,
    succeeded: bool,
    /// Whether the answer may have held the owner tag that is ours.
    may_show_us: bool,
}

impl Service {
    fn new(emulator: Emulator, story: &Story) -> Self {
        let replies = story.replies.iter().take(24).rev().cloned().collect();
        Self(Arc::new(Inner { emulator, state: Mutex::new((replies, Vec::new())) }))
    }

    fn state(&self) -> MutexGuard<'_, (Vec<Reply>, Vec<Sent>)> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sent(&self) -> Vec<Sent> {
        self.state().1.clone()
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (parts, body) = request.try_into_http1x().expect("an HTTP request").into_parts();
        let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
        let method = parts.method.to_string();
        let path = parts.uri.to_string();
        let is_write = method != "GET";
        let number = {
            let mut state = self.state();
            let request = (format!("{method} {path}"), body.clone());
            state.1.push(Sent { method, request, is_write, succeeded: false, may_show_us: false });
            state.1.len() - 1
        };
        let reply = self.state().0.pop().unwrap_or(Reply::True);
        let request = http::Request::from_parts(parts, body);
        let response = self.reply(reply, request).await?;
        // The SDK may be kinder than this to odd JSON; a text with an escape in it may be anything.
        let text = String::from_utf8_lossy(response.body());
        let mut state = self.state();
        state.1[number].may_show_us = text.contains(OURS) || text.contains('\\');
        state.1[number].succeeded = response.status().is_success()
            && serde_json::from_slice::<BTreeMap<String, Value>>(response.body()).is_ok_and(|it| {
                it.get("SecurityProfileArn").is_some_and(|arn| arn.as_str().is_some_and(is_an_arn))
            });
        drop(state);
        HttpResponse::try_from(response.map(SdkBody::from))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }

    async fn reply(
        &self,
        reply: Reply,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, ConnectorError> {
        let lost = || ConnectorError::io("lost".into());
        let emulate = async |request| self.0.emulator.handle(request).await.map_err(|_| lost());
        match reply {
            Reply::True => emulate(request).await,
            Reply::Garbled { at, gone, put } => Ok(emulate(request).await?.map(|body| {
                let start = usize::from(at).min(body.len());
                let end = (start + usize::from(gone)).min(body.len());
                [&body[..start], &put, &body[end..]].concat().into()
            })),
            Reply::Raw { status, error_type, body } => Ok(raw(status, error_type, body)),
            Reply::RawAfter { status, error_type, body } => {
                emulate(request).await?;
                Ok(raw(status, error_type, body))
            }
            Reply::Error { status, error_type, message } => {
                let body = json!({"Message": format!("{message} {SECRET}")}).to_string();
                Ok(raw(status, error_type, body.into_bytes()))
            }
            Reply::Lost => Err(lost()),
            Reply::LostAfter => {
                emulate(request).await?;
                Err(lost())
            }
            Reply::Late { seconds } => {
                tokio::time::sleep(Duration::from_secs(seconds.into())).await;
                emulate(request).await
            }
        }
    }
}

fn is_an_arn(text: &str) -> bool {
    text.parse::<connect_security_profile::arn::SecurityProfileArn>().is_ok()
}

fn raw(status: u8, error_type: u8, body: Vec<u8>) -> http::Response<Bytes> {
    let status = STATUSES[usize::from(status) % STATUSES.len()];
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    let error_type = ERRORS[usize::from(error_type) % ERRORS.len()];
    if let Ok(value) = http::HeaderValue::from_bytes(error_type.as_bytes()) {
        response.headers_mut().insert("x-amzn-errortype", value);
    }
    response
}

impl HttpClient for Service {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.clone();
        HttpConnectorFuture::new(async move { service.answer(request).await })
    }
}
