//! G: what must never be shown.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use lambda_harness::{LOGICAL_ID, Reply, STACK_ID, Signature, create_event, request_id};
use serde_json::json;

use crate::kit::{SHORT, World, logs};

#[tokio::test]
async fn g2_and_g7_at_trace_neither_signature_nor_property_nor_attribute_is_shown() {
    drop(logs());
    let world = World::start().await;
    let mut signatures = Vec::new();
    let mut shown = String::new();
    let properties = json!({"Name": "canary-property", "Data": {"Key": "canary-attribute"}, "NoEcho": true});
    let cases = [
        (vec![], json!(null), SHORT),
        (vec![Reply::Status(503), Reply::Reset], json!(null), Duration::from_secs(5)),
        (vec![Reply::Status(403)], json!(null), SHORT),
        (vec![Reply::Redirect("http://127.0.0.1:9/".to_owned())], json!(null), SHORT),
        (vec![Reply::Stall; 9], json!(null), SHORT),
        (vec![], json!("panic later"), SHORT),
        (vec![], json!("hang"), SHORT),
    ];
    for (replies, action, timeout) in cases {
        for signature in [Signature::V4, Signature::V2] {
            world.bucket.script(replies.clone());
            let url = world.bucket.url(signature, STACK_ID, LOGICAL_ID, &request_id());
            signatures.extend(signatures_of(&url));
            let mut properties = properties.clone();
            properties["Do"] = action.clone();
            if let Err(error) = world.handle_within(create_event(&url, properties), timeout).await {
                writeln!(shown, "{error} {error:?}").unwrap();
            }
        }
    }
    // A stale event, a refused host, a URL that does not parse, a port where nobody listens.
    let stale = world.bucket.url_with(
        Signature::V4,
        STACK_ID,
        LOGICAL_ID,
        "stale",
        SystemTime::now() - Duration::from_hours(3),
        Duration::from_hours(2),
    );
    for url in [
        stale,
        "https://evil.example/key?X-Amz-Signature=canary-signature".to_owned(),
        "http://[?X-Amz-Signature=canary-signature".to_owned(),
        format!("{}/../?X-Amz-Signature=canary-signature", world.bucket.origin()),
    ] {
        signatures.extend(signatures_of(&url));
        let error = world.handle_within(create_event(&url, properties.clone()), SHORT).await.unwrap_err();
        writeln!(shown, "{error} {error:?}").unwrap();
    }

    let shown = shown + &logs().text();
    for expected in
        ["responding SUCCESS", "responding FAILED", "the answer is sent again", "logical_id", "evil.example"]
    {
        assert!(shown.contains(expected), "otherwise nothing is shown by this test: {expected}");
    }
    for secret in signatures.iter().map(String::as_str).chain(["canary-property", "canary-attribute"]) {
        assert!(!shown.contains(secret), "{secret} was shown");
    }
}

/// The signature as it is in the URL, and as it is meant.
fn signatures_of(url: &str) -> Vec<String> {
    let written = url.split("ignature=").nth(1).unwrap().split('&').next().unwrap();
    let meant = url::form_urlencoded::parse(format!("s={written}").as_bytes()).next().unwrap().1.into_owned();
    vec![written.to_owned(), meant]
}
