//! The provider that does what its properties say.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use custom_resource::{
    Create, Delete, Failure, Invocation, PhysicalId, Properties, Provider, Success, Update,
};
use serde_json::Value;

/// What it was asked to do, one line each, and the properties that it does:
///
/// - `Do`: `succeed` (also when absent), `fail`, `panic at once`, `panic later`, `panic in a task`, `hang`, `block`,
///   `need` (the environment variable `Need`)
/// - `Id`, `Data`, `NoEcho`: what a success answers; without `Id`, an Update and a Delete keep theirs
/// - `Reason`: what a failure says
/// - `Record`: the physical id to record before anything else
/// - `Milliseconds`: how long to block, or to take before succeeding
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    /// The calls so far.
    pub(crate) calls: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn act(
        &self,
        call: String,
        properties: &Properties,
        id: String,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<Success, Failure>> + Send + use<> {
        self.calls.lock().expect("no test panics here").push(call);
        let text = |name: &str| properties.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = text("Record") {
            invocation.record(physical_id(id));
        }
        let action = text("Do").unwrap_or_else(|| "succeed".to_owned());
        assert_ne!(action, "panic at once", "as told");
        let milliseconds = properties.get("Milliseconds").and_then(Value::as_u64);
        let duration = Duration::from_millis(milliseconds.unwrap_or_default());
        let data = properties.get("Data").and_then(Value::as_object).cloned().unwrap_or_default();
        let success = Success {
            physical_id: physical_id(text("Id").unwrap_or(id)),
            data: data
                .into_iter()
                .map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()))
                .collect::<BTreeMap<String, String>>(),
            no_echo: properties.get("NoEcho").is_some_and(|value| value == true),
        };
        let reason = text("Reason").unwrap_or_default();
        let needed = text("Need").unwrap_or_default();
        async move {
            match action.as_str() {
                "fail" => Err(Failure::new(reason)),
                "panic later" => {
                    tokio::task::yield_now().await;
                    panic!("as told")
                }
                "panic in a task" => {
                    tokio::spawn(async { panic!("as told") }).await.expect("as told");
                    Ok(success)
                }
                "hang" => pending().await,
                "block" => {
                    std::thread::sleep(duration);
                    Ok(success)
                }
                "need" => match std::env::var(&needed) {
                    Ok(_) => Ok(success),
                    Err(_) => Err(Failure::new(format!("the environment variable `{needed}` is not set"))),
                },
                _ => {
                    tokio::time::sleep(duration).await;
                    Ok(success)
                }
            }
        }
    }
}

fn physical_id(text: String) -> PhysicalId {
    PhysicalId::parse(text).expect("a test gives ids that are ids")
}

impl Provider for Scripted {
    fn nothing_created(&self) -> PhysicalId {
        physical_id("thing:none".to_owned())
    }

    fn perhaps_created(&self) -> PhysicalId {
        physical_id("thing:unknown".to_owned())
    }

    fn create(
        &self,
        request: Create,
        invocation: Invocation,
    ) -> impl Future<Output = Result<Success, Failure>> + Send {
        self.act("Create".to_owned(), &request.properties, "thing-1".to_owned(), &invocation)
    }

    fn update(
        &self,
        request: Update,
        invocation: Invocation,
    ) -> impl Future<Output = Result<Success, Failure>> + Send {
        let call = format!("Update {}", request.physical_id);
        self.act(call, &request.properties, request.physical_id, &invocation)
    }

    fn delete(
        &self,
        request: Delete,
        invocation: Invocation,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        let call = format!("Delete {}", request.physical_id);
        let action = self.act(call, &request.properties, request.physical_id, &invocation);
        async { action.await.map(|_| ()) }
    }
}
