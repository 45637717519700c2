//! J: payloads that no JSON reader takes whole. Where the envelope can be read, they are responded to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lambda_harness::{Outcome, Reply};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde_json::{Value, json};

use crate::kit::{PLENTY, World, context};
use crate::process::{Lambda, TIMEOUT, response};

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

/// The event with this text, which need not be JSON, as one more member before the others.
fn with_member(event: &Value, name: &str, text: &[u8]) -> Vec<u8> {
    let rest = event.to_string();
    [b"{\"", name.as_bytes(), b"\":", text, b",", &rest.as_bytes()[1..]].concat()
}

fn damages() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (nested(200).into_bytes(), "is nested more than 127 levels deep"),
        (nested(1_000_000).into_bytes(), "is nested more than 127 levels deep"),
        (b"{\"a\":\"\\ud800\"}".to_vec(), r"holds an escape such as `\ud800`"),
        (b"{\"a\":\"\xff\"}".to_vec(), "holds bytes that are not UTF-8"),
        (b"{\"a\":1e999}".to_vec(), "holds a number that is out of range"),
        (b"{\"a\":nothing}".to_vec(), "is not valid JSON"),
        (b"{\"a\":\"\0\"}".to_vec(), "is not valid JSON"),
    ]
}

#[tokio::test]
async fn j1_a_create_and_an_update_that_cannot_be_read_whole_are_failed_and_nothing_is_done() {
    let world = World::start().await;
    for (text, expected) in damages() {
        for (event, id) in [(world.create(json!({})), "thing:none"), (world.update(json!({})), "thing-0")] {
            let mut event = event;
            event.as_object_mut().unwrap().remove("ResourceProperties");
            let payload = with_member(&event, "ResourceProperties", &text);
            world.handler.handle_payload(&payload, &context(PLENTY)).await.unwrap();
            let answer = world.puts().pop().unwrap().json();
            assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(id)));
            assert_eq!(answer["RequestId"], event["RequestId"]);
            let reason = answer["Reason"].as_str().unwrap();
            assert!(reason.contains("`ResourceProperties`") && reason.contains(expected), "{reason}");
        }
    }
    assert_eq!(world.calls(), [""; 0]);
}

#[tokio::test]
async fn j2_a_delete_finds_its_resource_without_the_properties_and_a_rollback_without_the_old_ones() {
    let world = World::start().await;
    for (text, _) in damages() {
        let mut delete = world.delete("thing-7", json!({}));
        delete.as_object_mut().unwrap().remove("ResourceProperties");
        let mut update = world.update(json!({}));
        update.as_object_mut().unwrap().remove("OldResourceProperties");
        for payload in [
            with_member(&delete, "ResourceProperties", &text),
            with_member(&update, "OldResourceProperties", &text),
        ] {
            world.handler.handle_payload(&payload, &context(PLENTY)).await.unwrap();
            assert_eq!(world.puts().pop().unwrap().json()["Status"], "SUCCESS");
        }
    }
    assert_eq!(world.calls().len(), 2 * damages().len());
}

#[tokio::test]
async fn j3_a_delete_whose_id_cannot_be_read_is_not_taken_for_one_of_nothing() {
    let world = World::start().await;
    let mut event = world.delete("thing-7", json!({}));
    event.as_object_mut().unwrap().remove("PhysicalResourceId");
    let payload = with_member(&event, "PhysicalResourceId", br#""\ud800""#);
    world.handler.handle_payload(&payload, &context(PLENTY)).await.unwrap();
    let answer = world.puts().pop().unwrap().json();
    assert_eq!(
        (&answer["Status"], &answer["PhysicalResourceId"]),
        (&json!("FAILED"), &json!("thing:unknown"))
    );
}

#[tokio::test]
async fn j4_one_damaged_record_among_good_ones_is_failed_and_the_good_ones_are_acted_on() {
    let world = World::start().await;
    let good = || world.create(json!({})).to_string();
    for (text, _) in damages() {
        let bad = String::from_utf8_lossy(&with_member(&world.create(json!({})), "More", &text)).into_owned();
        // Once within SNS's string, and once so that the payload itself cannot be read.
        let records = [good(), bad, good()].map(|message| json!({"Sns": {"Message": message}}).to_string());
        let before = world.puts().len();
        let payload = format!(r#"{{"Records": [{}]}}"#, records.join(","));
        let result = world.handler.handle_payload(payload.as_bytes(), &context(PLENTY)).await;
        result.unwrap();
        assert_eq!(world.puts().len() - before, 3);
        let raw = [&b"{\"Sns\":{\"Message\":"[..], &text, b"}}"].concat();
        let payload =
            [b"{\"Records\": [", records[0].as_bytes(), b",", &raw, b",", records[2].as_bytes(), b"]}"]
                .concat();
        let before = world.puts().len();
        let error = world.handler.handle_payload(&payload, &context(PLENTY)).await.unwrap_err();
        assert!(error.to_string().starts_with("1 of 3 events"), "{error}");
        assert_eq!(world.puts().len() - before, 2);
    }
}

#[tokio::test]
async fn j5_what_follows_or_precedes_the_event_does_not_keep_it_from_a_response() {
    let world = World::start().await;
    let event = world.create(json!({})).to_string();
    for (payload, status) in [
        (format!("\u{feff}{event}"), "SUCCESS"),
        (format!(" \n{event}\n"), "SUCCESS"),
        (format!("{event}x"), "FAILED"),
        (format!("{event}{event}"), "FAILED"),
        (event[..event.len() - 1].to_owned(), "FAILED"),
        (event.replacen('{', r#"{"RequestType":"Delete","#, 1), "SUCCESS"),
    ] {
        world.handler.handle_payload(payload.as_bytes(), &context(PLENTY)).await.unwrap();
        assert_eq!(world.puts().pop().unwrap().json()["Status"], status, "{payload}");
    }
    let error = world.handler.handle_payload(b"not JSON", &context(PLENTY)).await.unwrap_err();
    assert_eq!(error.error_type(), "UnanswerableRequest");
}

#[tokio::test]
async fn j6_the_process_responds_to_bytes_that_lambda_s_runtime_does_not_take_and_lives_on() {
    let lambda = Lambda::start(&[]).await;
    for (text, expected) in damages() {
        let payload = with_member(&lambda.create(json!({})), "More", &text);
        assert_eq!(lambda.runtime_api.invoke_raw(payload, TIMEOUT).await, response());
        let answer = lambda.bucket.answers().pop().unwrap().json();
        assert!(answer["Reason"].as_str().unwrap().contains(expected), "{answer}");
    }
    let Outcome::Error { body } = lambda.runtime_api.invoke_raw(&b"\xff"[..], TIMEOUT).await else {
        panic!("nobody can be told")
    };
    assert_eq!(body["errorType"], "UnanswerableRequest");
    assert!(lambda.function.is_running());
}

/// A second reading of the envelope: by serde's derived code, which skips over what is not asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    #[serde(default, deserialize_with = "is_list")]
    records: bool,
}

fn is_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct List;

    impl<'de> Visitor<'de> for List {
        type Value = bool;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok(true)
        }
    }

    deserializer.deserialize_seq(List)
}

impl Envelope {
    /// Of a payload that is one event.
    fn of(payload: &[u8]) -> Option<Self> {
        let envelope: Self = serde_json::from_slice(payload).ok()?;
        let ids = [&envelope.stack_id, &envelope.request_id, &envelope.logical_resource_id];
        // Others leave no room for a response, and are refused for that.
        let escaped = |character: char| {
            if matches!(character, '0'..='9' | 'A'..='Z' | 'a'..='z' | ':' | '/' | '-' | ' ' | '_' | '.') {
                1
            } else {
                12
            }
        };
        let length: usize = ids.iter().flat_map(|id| id.chars()).map(escaped).sum();
        let fits = length <= 768 && ids.iter().all(|id| !id.is_empty());
        (fits && !envelope.response_url.is_empty() && !envelope.records).then_some(envelope)
    }
}

/// The files of a corpus of the fuzz targets.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fuzz/corpus/{name}.tar.gz"));
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let ended = Command::new("tar").arg("-xzf").arg(packed).arg("-C").arg(&folder).status().unwrap();
    assert!(ended.success());
    let files = std::fs::read_dir(folder.join(name)).unwrap();
    let read = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    std::fs::remove_dir_all(folder).unwrap();
    read
}

#[tokio::test]
async fn j7_every_event_of_the_fuzz_corpus_that_has_an_envelope_is_responded_to_damaged_or_not() {
    let world = World::start().await;
    let mut events = 0;
    for payload in corpus("event").into_iter().chain(corpus("records")) {
        let Some(envelope) = Envelope::of(&payload) else { continue };
        // The ids and all else stay as they are; the response comes to the bucket.
        let (text, written) = (String::from_utf8(payload).unwrap(), json!(envelope.response_url).to_string());
        if !text.contains(&written) {
            continue;
        }
        events += 1;
        let text =
            text.replace(&written, &json!(format!("{}/bucket/key", world.bucket.origin())).to_string());
        let deeper = text.replacen('{', &format!("{{\"Deep\":{},", nested(500)), 1);
        let surrogate = text.replacen('{', r#"{"Half":"\ud800","#, 1);
        let record = json!({"Records": [{"Sns": {"Message": surrogate}}, 7]}).to_string();
        for (payload, is_damaged) in [(text, false), (deeper, true), (surrogate, true), (record, true)] {
            world.bucket.script(vec![Reply::Status(200)]);
            let before = world.puts().len();
            let result = world.handler.handle_payload(payload.as_bytes(), &context(PLENTY)).await;
            let puts = world.puts().split_off(before);
            assert_eq!(puts.len(), 1, "{result:?}: {payload}");
            let answer = puts[0].json();
            assert_eq!(answer["RequestId"], json!(envelope.request_id), "{payload}");
            assert!(!is_damaged || answer["Status"] == "FAILED", "{payload}");
        }
    }
    assert!(events > 500, "the corpus has events: {events}");
}
