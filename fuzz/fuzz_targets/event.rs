//! Any bytes as Lambda's event through the whole `Handler`: records, envelope, address, deadline, the provider's thread, the
//! document and its PUT, which goes to a bucket on loopback. Laws: an event is answered once, or it is an error and nothing
//! is sent; what is sent is a document that CloudFormation takes.
//!
//! The bucket's port differs from run to run; the inputs say `http://127.0.0.1:9` for it. No other host is ever reached.

#![no_main]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use custom_resource::{
    Create, Delete, Failure, Handler, HandlerError, Invocation, PhysicalId, Provider, Settings, Success,
    Update,
};
use lambda_runtime::Context;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

const PLACEHOLDER: &str = "http://127.0.0.1:9/";

static PUTS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
static BUCKET: LazyLock<String> = LazyLock::new(bucket);
static FUNCTION: LazyLock<(Runtime, Handler<Echo>)> = LazyLock::new(|| {
    let allowed_origins = vec![BUCKET.parse().expect("an origin")];
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    (runtime, Handler::new(Echo, Settings { allowed_origins, ..Settings::default() }))
});

fuzz_target!(|text: &str| {
    let text = text.replace(PLACEHOLDER, &format!("{}/", *BUCKET));
    let event = serde_json::from_str::<Value>(&text);
    // Of what no reader takes, the text itself is looked at: an escape may stand for any letter.
    let names_a_real_host = match &event {
        Ok(event) => names_a_real_host(event, 0),
        Err(_) => text.contains("amazonaws") || text.contains("\\u00"),
    };
    if names_a_real_host {
        return;
    }
    let (runtime, handler) = &*FUNCTION;
    let result = runtime.block_on(handler.handle_payload(text.as_bytes(), &context()));
    let puts = std::mem::take(&mut *PUTS.lock().unwrap_or_else(PoisonError::into_inner));
    let Ok(event) = event else {
        let failed = match result {
            Ok(()) => 0,
            Err(HandlerError::Batch { failed, .. }) => failed,
            Err(_) => 1,
        };
        assert!(puts.len() + failed > 0, "each event is answered once, or it is an error");
        return puts.iter().for_each(|body| is_taken_by_cloudformation(body));
    };
    let events = event.get("Records").and_then(Value::as_array).map_or(1, Vec::len);
    let failed = match result {
        Ok(()) => 0,
        Err(HandlerError::Batch { failed, total, .. }) => {
            assert_eq!(total, events);
            failed
        }
        Err(error) => {
            assert!(events < 2 && !error.to_string().is_empty());
            1
        }
    };
    assert_eq!(puts.len() + failed, events.max(1), "each event is answered once, or it is an error");
    puts.iter().for_each(|body| is_taken_by_cloudformation(body));
});

fn is_taken_by_cloudformation(body: &[u8]) {
    assert!(body.len() <= 4096 && body.iter().all(|byte| matches!(byte, b' '..=b'~')));
    let answer: Value = serde_json::from_slice(body).expect("JSON");
    let is_clean = |text: &str| !text.chars().any(|character| character.is_control() && character != '\n');
    let members = answer.as_object().expect("an object");
    assert!(members.values().all(|value| !value.is_null()));
    assert!(answer["PhysicalResourceId"].as_str().is_some_and(|id| !id.is_empty() && is_clean(id)));
    match answer["Status"].as_str() {
        Some("SUCCESS") => assert_eq!(answer.get("Reason"), None),
        Some("FAILED") => assert!(answer["Reason"].as_str().is_some_and(|it| !it.is_empty() && is_clean(it))),
        status => panic!("{status:?}"),
    }
}

/// Answers what the properties say.
struct Echo;

impl Provider for Echo {
    fn nothing_created(&self) -> PhysicalId {
        PhysicalId::parse("echo:none").expect("an id")
    }

    fn perhaps_created(&self) -> PhysicalId {
        PhysicalId::parse("echo:unknown").expect("an id")
    }

    async fn create(&self, request: Create, invocation: Invocation) -> Result<Success, Failure> {
        if let Some(reason) = request.properties.get("Reason") {
            return Err(Failure::new(reason.as_str().unwrap_or_default()));
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        let data: BTreeMap<String, String> =
            request.properties.iter().map(|(key, value)| (key.clone(), text(value))).collect();
        let id = request.properties.get("Id").map(text).unwrap_or_default();
        let physical_id = PhysicalId::parse(id).map_err(|error| Failure::new(error.to_string()))?;
        invocation.record(physical_id.clone());
        Ok(Success { physical_id, data, no_echo: request.properties.contains_key("NoEcho") })
    }

    async fn update(&self, request: Update, invocation: Invocation) -> Result<Success, Failure> {
        let Update { resource, properties, .. } = request;
        self.create(Create { resource, properties }, invocation).await
    }

    async fn delete(&self, request: Delete, _: Invocation) -> Result<(), Failure> {
        request.properties.get("Reason").map_or(Ok(()), |reason| Err(Failure::new(reason.to_string())))
    }
}

fn context() -> Context {
    let deadline = SystemTime::now() + Duration::from_secs(20);
    let mut context = Context::default();
    let deadline = deadline.duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    context.deadline = u64::try_from(deadline).expect("before the end of time");
    context
}

/// Whether anything in the event, in strings of JSON within it too, names the hosts that the handler would call.
fn names_a_real_host(value: &Value, depth: u32) -> bool {
    match value {
        Value::String(text) => {
            text.contains("amazonaws")
                || (depth < 6
                    && serde_json::from_str::<Value>(text)
                        .is_ok_and(|inner| names_a_real_host(&inner, depth + 1)))
        }
        Value::Array(items) => items.iter().any(|item| names_a_real_host(item, depth)),
        Value::Object(members) => members.values().any(|member| names_a_real_host(member, depth)),
        _ => false,
    }
}

/// Takes PUTs on a port of loopback, keeps their bodies, and gives its origin.
fn bucket() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let mut reader = BufReader::new(stream);
                while let Ok(body) = one_put(&mut reader) {
                    PUTS.lock().unwrap_or_else(PoisonError::into_inner).push(body);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    if reader.get_mut().write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    origin
}

fn one_put(reader: &mut BufReader<std::net::TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            header => {
                length = header.strip_prefix("content-length: ").map_or(length, |text| text.parse().ok())
            }
        }
    }
    let mut body = vec![0; length.expect("a PUT says how long it is")];
    reader.read_exact(&mut body)?;
    Ok(body)
}
