//! What Connect, STS or S3 may send that no service sends: without an end, without measure, or made to fill the memory.
//! Through the built process, whose peak memory the kernel tells.

pub(crate) mod server;

use std::time::{Duration, Instant};

use connect_emulator::Configuration;
use lambda_harness::{Outcome, Signature, sns_event};
use serde_json::{Value, json};

use self::server::{HostileServer, Response};
use crate::world::{INSTANCE, PROFILE_ID, World, agents, event};

/// What the function may take, whatever is sent to it.
const MOST_KB: u64 = 40 * 1024;

/// A little less than the most bytes that are read.
const FULL: usize = (4 << 20) - 100;

const TIME: Duration = Duration::from_secs(8);

/// The most memory that the process has had so far.
fn peak_kb(world: &World) -> u64 {
    let status = format!("/proc/{}/status", world.function.id().expect("it runs"));
    let status = std::fs::read_to_string(status).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[track_caller]
fn stays_small(world: &World, case: &str) {
    let peak = peak_kb(world);
    assert!(peak < MOST_KB, "{case}: {peak} kB");
}

async fn world_against(server: &HostileServer) -> World {
    World::with(Configuration::default(), &[("AWS_ENDPOINT_URL_CONNECT", server.origin())]).await
}

/// An Update that reads the profile and all its lists, side by side.
fn update(world: &World) -> Value {
    let all = agents(json!({
        "Permissions": ["BasicAgentAccess"],
        "Applications": [{"Namespace": "n", "ApplicationPermissions": ["ACCESS"]}],
        "AllowedFlowModules": [{"FlowModuleId": "m", "Type": "MCP"}],
        "AllowedAIAgents": [{"Arn": "arn:aws:app-integrations:us-east-1:000000000000:application/a", "Type": "THIRD_PARTY"}],
    }));
    let id = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
    world.addressed(event("Update", Some(&id), &all, Some(&all)), Signature::V4)
}

/// As many items as fit into a document of so many bytes.
fn filled(name: &str, item: &str, bytes: usize) -> String {
    format!("{{\"{name}\":[{}{item}]}}", format!("{item},").repeat(bytes / (item.len() + 1)))
}

#[tokio::test]
async fn a_response_without_measure_is_an_error_at_once_and_is_not_asked_for_again() {
    let cases: Vec<(&str, Response, &str)> = vec![
        ("600 MB", Response::of_length(600 << 20).then_forever(vec![b' '; 1 << 16]), "larger than 4 MB"),
        (
            "chunks without end",
            Response::in_chunks().then_forever(server::chunk(&[b'x'; 1 << 16])),
            "larger than 4 MB",
        ),
        ("no length, no end", Response::until_closed().then_forever(vec![b' '; 1 << 16]), "larger than 4 MB"),
        (
            "one long string",
            Response::json(&json!({"a": "x".repeat(FULL - 20)}).to_string()),
            "more than 128 kB",
        ),
        (
            "a long error",
            Response::error(400, &json!({"message": "x".repeat(FULL - 20)}).to_string()),
            "more than 128 kB",
        ),
        (
            "millions of strings",
            Response::json(&filled("Permissions", "\"\"", FULL)),
            "more than 50000 values",
        ),
        (
            "millions of objects",
            Response::json(&filled("Applications", "{}", FULL)),
            "more than 50000 values",
        ),
        (
            "millions of members",
            Response::json(&filled("AllowedAIAgents", "{\"a\":{}}", FULL)),
            "more than 50000 values",
        ),
        ("deep", Response::json(&"[".repeat(FULL)), "64 levels"),
        (
            "deep and whole",
            Response::json(&format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000))),
            "64 levels",
        ),
        ("a long header", Response::with_header(&"x".repeat(10 << 20)), "headers are larger"),
        ("a thousand headers", Response::with_headers(1000), "headers are larger"),
    ];
    for (case, response, expected) in cases {
        let server = HostileServer::start(move |_, _| response.clone()).await;
        let world = world_against(&server).await;
        let begun = Instant::now();
        let answer = world.deliver(&update(&world), Duration::from_mins(1)).await;
        assert!(begun.elapsed() < TIME, "{case}: {:?}", begun.elapsed());
        assert!(answer.why().contains(expected), "{case}: {answer:?}");
        assert!(answer.reason.contains("not asked for again"), "{case}: {answer:?}");
        for (path, times) in server.requests() {
            assert_eq!(times, 1, "{case}: {path}");
        }
        stays_small(&world, case);
    }
}

#[tokio::test]
async fn as_much_as_is_read_takes_little_memory() {
    let permission = format!("\"{}\"", "p".repeat(128));
    let cases = [
        ("spaces", format!("{{{}}}", " ".repeat(FULL - 10))),
        ("the most strings", filled("Permissions", "\"\"", 49_000 * 3)),
        ("the most objects", filled("Applications", "{}", 49_000 * 3)),
        ("long names", filled("Permissions", &permission, FULL)),
        ("long strings", filled("Permissions", &format!("\"{}\"", "p".repeat(120_000)), FULL)),
        ("long agents", filled("AllowedAIAgents", &format!("{{\"Arn\":{permission}}}"), FULL)),
        ("pages of names", filled("Permissions", &permission, 130_000)),
    ];
    for (case, body) in cases {
        let response = Response::json(&body);
        let server = HostileServer::start(move |_, _| response.clone()).await;
        let world = world_against(&server).await;
        let answer = world.deliver(&update(&world), TIME).await;
        assert!(!answer.why().is_empty());
        stays_small(&world, case);
    }
}

#[tokio::test]
async fn a_list_that_does_not_end_is_ended() {
    let page = |token: &str| {
        let names: Vec<String> = (0..10).map(|number| format!("Permission{number}")).collect();
        Response::json(&json!({"Permissions": names, "NextToken": token}).to_string())
    };
    let cases: Vec<(&str, HostileServer, usize, &str)> = vec![
        ("the same", HostileServer::start(move |_, _| page("a")).await, 2, "was read before"),
        (
            "a circle",
            HostileServer::start(move |_, number| page(["a", "b", "c"][number % 3])).await,
            4,
            "was read before",
        ),
        (
            "no page twice",
            HostileServer::start(move |_, number| {
                Response::json(&json!({"NextToken": number.to_string()}).to_string())
            })
            .await,
            500,
            "more than 500 pages",
        ),
        (
            "more and more",
            HostileServer::start(move |_, number| {
                let names = vec!["p".repeat(128); 1000];
                Response::json(&json!({"Permissions": names, "NextToken": number.to_string()}).to_string())
            })
            .await,
            2,
            "more than a profile",
        ),
    ];
    for (case, server, most, expected) in cases {
        let world = world_against(&server).await;
        // A Lookup reads the list of profiles; this reads one list of one profile.
        let properties = agents(json!({"Permissions": ["Permission1"]}));
        let id = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
        server.describes();
        let event = event("Update", Some(&id), &properties, Some(&properties));
        let answer = world.deliver(&world.addressed(event, Signature::V4), Duration::from_mins(1)).await;
        assert!(answer.why().contains(expected), "{case}: {answer:?}");
        let most_asked = server.requests().into_values().max().unwrap();
        assert!(most_asked <= most, "{case}: {most_asked}");
        stays_small(&world, case);
    }
}

#[tokio::test]
async fn ten_events_side_by_side_take_no_more() {
    let permission = format!("\"{}\"", "p".repeat(128));
    for (case, body) in [
        ("ten of 600 MB", None),
        ("ten of millions", Some(filled("Applications", "{}", FULL))),
        ("ten of long names", Some(filled("Permissions", &permission, FULL))),
        ("ten of what is kept", Some(filled("Permissions", &permission, 200_000))),
        ("ten of many", Some(filled("Applications", "{}", 49_000 * 3))),
    ] {
        let endless = Response::until_closed().then_forever(vec![b' '; 1 << 16]);
        let response = body.map_or(endless, |body| Response::json(&body));
        let server = HostileServer::start(move |_, _| response.clone()).await;
        let world = world_against(&server).await;
        let events: Vec<Value> = (0..10).map(|_| update(&world)).collect();
        let outcome = world.runtime_api.invoke(sns_event(&events), Duration::from_secs(20)).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{case}: {outcome:?}");
        assert_eq!(world.bucket.answers().len(), 10, "{case}");
        stays_small(&world, case);
    }
}

#[tokio::test]
async fn what_stalls_or_breaks_off_is_lost_and_the_event_is_responded_to_in_time() {
    for (case, response) in [
        ("a drip", Response::of_length(1000).then_slowly(vec![b' '], Duration::from_millis(20))),
        (
            "a drip of headers",
            Response::cut_head().then_slowly(b"x: y\r\n".to_vec(), Duration::from_millis(200)),
        ),
        ("cut off", Response::of_length(1000)),
        ("a bomb", Response::compressed(vec![0; 1 << 20])),
    ] {
        let server = HostileServer::start(move |_, _| response.clone()).await;
        let world = world_against(&server).await;
        let begun = Instant::now();
        let answer = world.deliver(&update(&world), Duration::from_secs(4)).await;
        assert!(begun.elapsed() < Duration::from_secs(4), "{case}");
        assert!(!answer.why().is_empty());
        stays_small(&world, case);
    }
}

#[tokio::test]
async fn what_sts_sends_is_measured_too_and_nothing_was_sent_to_connect() {
    let role = "arn:aws:iam::000000000000:role/r";
    for (case, response, expected) in [
        ("600 MB of STS", Response::until_closed().then_forever(vec![b' '; 1 << 16]), "larger than 4 MB"),
        (
            "a long error of STS",
            Response::error(
                403,
                &format!(
                    "<ErrorResponse><Error><Code>A</Code><Message>{}</Message></Error></ErrorResponse>",
                    "x".repeat(FULL - 200)
                ),
            ),
            "could not be assumed",
        ),
        ("deep XML", Response::error(403, &"<a>".repeat(20_000)), "could not be assumed"),
    ] {
        let server = HostileServer::start(move |_, _| response.clone()).await;
        let variables = [("AWS_ENDPOINT_URL_STS", server.origin()), ("ALLOWED_ROLE_ARNS", role.to_owned())];
        let world = World::with(Configuration::default(), &variables).await;
        let event = event("Create", None, &agents(json!({"RoleArn": role})), None);
        let answer = world.deliver(&world.addressed(event, Signature::V4), TIME).await;
        assert!(answer.why().contains(expected), "{case}: {answer:?}");
        assert_eq!(world.calls(), [""; 0], "{case}");
        stays_small(&world, case);
    }
}

#[tokio::test]
async fn what_s3_sends_is_not_read_further_than_its_code() {
    for (case, response) in [
        ("S3 without end", Response::refusal().then_forever(vec![b'x'; 1 << 16])),
        ("S3 with a long header", Response::with_header(&"x".repeat(10 << 20))),
    ] {
        let server = HostileServer::start(move |_, _| response.clone()).await;
        let world =
            World::with(Configuration::default(), &[("RESPONSE_URL_ALLOWED_ORIGINS", server.origin())]).await;
        let mut event = event("Create", None, &json!({}), None);
        event["ResponseURL"] = json!(format!("{}/bucket/key", server.origin()));
        let outcome = world.runtime_api.invoke(event, TIME).await;
        let Outcome::Error { body } = outcome else { panic!("{case}: {outcome:?}") };
        assert!(body.to_string().len() < 2000, "{case}");
        stays_small(&world, case);
    }
}
