//! Each error of the service, with its status.

use bytes::Bytes;
use connect_emulator::{Configuration, Operation};
use http::Request;
use serde_json::{Value, json};

use crate::caller::{Caller, INSTANCE, REGION, path, signed};

#[tokio::test]
async fn a_body_that_breaks_the_model_is_refused_and_changes_nothing() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({ "Description": "kept" })).await;
    let long = caller.update(&id, json!({ "Description": "x".repeat(251) })).await;
    assert_eq!(long.error(), (400, "InvalidParameterException"));
    assert_eq!(long.body["Message"], "Description: length 251 is above the maximum 250");
    let wrong = caller.update(&id, json!({ "Permissions": "Users.View" })).await;
    assert_eq!(wrong.error(), (400, "InvalidParameterException"));
    let broken = caller.try_call("POST", &path(&id), b"{\"Description\":").await.unwrap();
    assert_eq!(broken.error(), (400, "InvalidRequestException"));
    assert_eq!(caller.create("a.b", json!({})).await.error(), (400, "InvalidParameterException"));
    assert_eq!(caller.described(&id).await["Description"], "kept");
}

#[tokio::test]
async fn an_unknown_instance_or_profile_is_not_found() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({})).await;
    for (method, path) in [
        ("PUT", "/security-profiles/unknown".to_owned()),
        ("GET", format!("/security-profiles/unknown/{id}")),
        ("GET", path("unknown")),
        ("POST", path("unknown")),
        ("DELETE", path("unknown")),
        ("GET", "/security-profiles-summary/unknown".to_owned()),
        ("GET", format!("/security-profiles-permissions/{INSTANCE}/unknown")),
        ("GET", "/instance/unknown".to_owned()),
    ] {
        let body = if method == "PUT" { json!({ "SecurityProfileName": "n" }) } else { Value::Null };
        let answer = caller.call(method, &path, body).await;
        assert_eq!(answer.error(), (404, "ResourceNotFoundException"), "{method} {path}");
    }
    let long = caller.get(&format!("/security-profiles-summary/{}", "x".repeat(101))).await;
    assert_eq!(long.error(), (400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_full_instance_answers_a_limit_as_429_but_a_taken_name_first() {
    let caller = Caller::default();
    for number in 4..100 {
        caller.created(&format!("Profile {number}"), json!({})).await;
    }
    assert_eq!(caller.create("Profile 100", json!({})).await.error(), (429, "LimitExceededException"));
    assert_eq!(caller.create("Profile 99", json!({})).await.error(), (409, "DuplicateResourceException"));
    assert_eq!(caller.emulator.profiles(INSTANCE).len(), 100);
}

#[tokio::test]
async fn a_profile_that_aws_manages_can_be_read_and_not_written() {
    let caller =
        Caller::new(Configuration { aws_managed_profile: Some("AI".to_owned()), ..Configuration::default() });
    let before = caller.emulator.profile(INSTANCE, "AI").unwrap();
    let arn = caller.arn("AI");
    assert_eq!(caller.described(&before.id).await["Type"], "AWS_MANAGED");
    for refused in [
        caller.update(&before.id, json!({ "Description": "x" })).await,
        caller.delete(&before.id).await,
        caller.tag(&arn, json!({ "a": "b" })).await,
        caller.untag(&arn, &["a"]).await,
    ] {
        assert_eq!(refused.error(), (403, "AccessDeniedException"));
    }
    assert_eq!(caller.emulator.profile(INSTANCE, "AI"), Some(before));
}

#[tokio::test]
async fn a_request_without_a_good_signature_gets_nowhere() {
    let caller = Caller::default();
    let uri = format!("/security-profiles/{INSTANCE}");
    let body = br#"{"SecurityProfileName":"Dispatcher"}"#;
    let unsigned = Request::put(&uri).body(Bytes::from_static(body)).unwrap();
    let mut tampered = signed(REGION, "PUT", &uri, body);
    *tampered.body_mut() = Bytes::from_static(br#"{"SecurityProfileName":"Another"}"#);
    for (request, code) in
        [(unsigned, "MissingAuthenticationTokenException"), (tampered, "InvalidSignatureException")]
    {
        let response = caller.emulator.handle(request).await.unwrap();
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["x-amzn-errortype"], code);
    }
    assert_eq!(caller.emulator.profiles(INSTANCE).len(), 4);
    assert!(caller.emulator.journal().iter().all(|call| call.status == 403 && !call.effect));
}

#[tokio::test]
async fn a_path_of_no_operation_is_unknown_and_not_journaled() {
    let caller = Caller::default();
    assert_eq!(caller.get("/queues/x").await.error(), (404, "UnknownOperationException"));
    assert_eq!(caller.emulator.journal(), []);
}

#[tokio::test]
async fn the_journal_tells_each_call_without_its_secrets() {
    let caller = Caller::default();
    caller.created("Dispatcher", json!({ "Description": "d" })).await;
    caller.get(&format!("/security-profiles-summary/{INSTANCE}?maxResults=1")).await.ok();
    let journal = caller.emulator.journal();
    let told: Vec<_> = journal
        .iter()
        .map(|call| (call.operation, call.method.as_str(), call.status, call.effect, call.scripted))
        .collect();
    assert_eq!(
        told,
        [
            (Operation::CreateSecurityProfile, "PUT", 200, true, false),
            (Operation::ListSecurityProfiles, "GET", 200, false, false),
        ]
    );
    assert_eq!(journal[0].request_body, json!({ "SecurityProfileName": "Dispatcher", "Description": "d" }));
    assert_eq!(journal[1].uri, format!("/security-profiles-summary/{INSTANCE}?maxResults=1"));
    let headers = &journal[0].request_headers;
    assert_eq!(headers["content-type"], "application/json");
    assert!(!headers.contains_key("authorization") && !headers.contains_key("x-amz-security-token"));
    assert!(journal[0].response_body["SecurityProfileArn"].is_string());

    let lines: Vec<_> = journal.iter().map(|call| serde_json::to_string(call).unwrap()).collect();
    let read: Vec<connect_emulator::Call> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, journal);
    caller.emulator.clear_journal();
    assert_eq!(caller.emulator.journal(), []);
}
