//! A crowd too large to wait for: the provider itself, over the real SDK and an emulator without a socket, each event a task
//! of its own as on Lambda each has a process of its own, on a clock that jumps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use connect_emulator::Emulator;
use connect_security_profile::connect::Connect;
use connect_security_profile::guards::Guards;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Create, Delete, Invocation, Properties, Provider, Resource, Update};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::events::{Crowd, Kind};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:provider";

/// What came of a crowd, and of the Deletes of all its resources if one of its events failed.
#[derive(Debug)]
pub(crate) struct Simulated {
    pub(crate) events: Ended,
    pub(crate) rollback: Option<Ended>,
    /// How many profiles are there in the end.
    pub(crate) left: u32,
}

/// How events ended, in seconds after they began.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) succeeded: Vec<f64>,
    pub(crate) failed: Vec<f64>,
    pub(crate) reason: Option<String>,
    /// Tries by operation.
    pub(crate) tries: BTreeMap<String, u32>,
    /// The most tries of one operation in a second.
    pub(crate) busiest: u32,
}

impl Ended {
    pub(crate) fn last(&self) -> f64 {
        self.succeeded.iter().chain(&self.failed).copied().fold(0.0, f64::max)
    }
}

/// Plays the crowd over so many processes; `time` is what an event has until it is cut off.
pub(crate) fn simulate(crowd: &Crowd, processes: usize, time: Duration) -> Simulated {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let connect = crowd.connect();
        let provider = Arc::new(provider(&connect));
        let (events, ids) = play(crowd, &connect, &provider, processes, time, None).await;
        // What made a profile is rolled back by a Delete of each resource of its stack; an Update by one with what was before.
        let is_rolled_back = crowd.kind == Kind::Create && !events.failed.is_empty();
        let rollback = if is_rolled_back {
            Some(play(crowd, &connect, &provider, processes, time, Some(ids)).await.0)
        } else {
            None
        };
        Simulated { events, rollback, left: crowd.achieved(&connect) }
    })
}

/// Delivers an event to each resource, or with the ids that they answered, a Delete.
async fn play(
    crowd: &Crowd,
    connect: &Emulator,
    provider: &Arc<SecurityProfiles>,
    processes: usize,
    time: Duration,
    ids: Option<Vec<String>>,
) -> (Ended, Vec<String>) {
    let begun = Instant::now();
    let free = Arc::new(Semaphore::new(processes));
    let mut tasks = JoinSet::new();
    for index in 0..crowd.events {
        let (event, provider, free) = (crowd.event(index), Arc::clone(provider), Arc::clone(&free));
        let deleted = ids.as_ref().map(|ids| ids[index as usize].clone());
        tasks.spawn(async move {
            let _process = free.acquire().await;
            let deadline = Instant::now() + time;
            let invocation = Invocation::new(deadline, FUNCTION, SystemTime::now());
            let acting = Box::pin(act(&event, &provider, &invocation, deleted));
            let result = match tokio::time::timeout_at(deadline, acting).await {
                Ok(result) => result,
                Err(_) => Err("timed out".to_owned()),
            };
            let recorded = invocation.recorded().map(|id| id.to_string()).unwrap_or_default();
            (index, begun.elapsed().as_secs_f64(), result, recorded)
        });
    }
    let mut ended = Ended::default();
    let mut ids = vec![String::new(); crowd.events as usize];
    let mut counting = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            joined = tasks.join_next() => match joined {
                None => break,
                Some(joined) => {
                    let (index, at, result, recorded) = joined.expect("an event does not panic");
                    ids[index as usize] = recorded;
                    match result {
                        Ok(()) => ended.succeeded.push(at),
                        Err(reason) => {
                            ended.failed.push(at);
                            ended.reason.get_or_insert(reason);
                        }
                    }
                }
            },
            // The journal of hundreds of thousands of calls would not fit into memory.
            _ = counting.tick() => count(connect, &mut ended),
        }
    }
    count(connect, &mut ended);
    (ended, ids)
}

fn count(connect: &Emulator, ended: &mut Ended) {
    let mut tries: BTreeMap<String, u32> = BTreeMap::new();
    for call in connect.journal() {
        *tries.entry(call.operation.to_string()).or_default() += 1;
    }
    ended.busiest = tries.values().copied().fold(ended.busiest, u32::max);
    for (operation, tries) in tries {
        *ended.tries.entry(operation).or_default() += tries;
    }
    connect.clear_journal();
}

async fn act(
    event: &Value,
    provider: &SecurityProfiles,
    invocation: &Invocation,
    deleted: Option<String>,
) -> Result<(), String> {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let resource = Resource {
        request_id: lambda_harness::request_id(),
        stack: text("StackId").parse().expect("the id of a stack"),
        logical_id: text("LogicalResourceId"),
        resource_type: text("ResourceType"),
    };
    let map = |name: &str| -> Properties { event[name].as_object().cloned().unwrap_or_default() };
    let properties = map("ResourceProperties");
    let invocation = invocation.clone();
    let result = if let Some(physical_id) = deleted {
        provider.delete(Delete { resource, physical_id, properties }, invocation).await
    } else if text("RequestType") == "Create" {
        provider.create(Create { resource, properties }, invocation).await.map(drop)
    } else {
        let (physical_id, old_properties) = (text("PhysicalResourceId"), map("OldResourceProperties"));
        let request = Update { resource, physical_id, properties, old_properties };
        provider.update(request, invocation).await.map(drop)
    };
    result.map_err(|failure| failure.to_string())
}

fn provider(connect: &Emulator) -> SecurityProfiles {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .http_client(connect_emulator::sdk::http_client(connect))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    SecurityProfiles::new(Connect::new(config), Guards::default(), None, |_| ())
}
