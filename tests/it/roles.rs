//! `RoleArn`: who is assumed, as whom, how often; and what is said when it cannot be.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connect_emulator::Configuration;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{INSTANCE_ID, World, event};

const ROLE: &str = "arn:aws:iam::111111111111:role/connect-profiles";
const THERE: &str = "arn:aws:connect:us-east-1:111111111111:instance/11111111-2222-3333-4444-555555555555";

/// STS as far as it assumes roles: hands out one pair of keys, and remembers what it was asked.
struct Sts {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Sts {
    async fn start(answer: (u16, String)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), answer.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (log, (status, body)) = (Arc::clone(&log), answer.clone());
                    async move {
                        let signature = request.headers()["authorization"].to_str().unwrap().to_owned();
                        let asked = request.into_body().collect().await?.to_bytes();
                        log.lock().unwrap().push(format!("{signature}\n{}", String::from_utf8_lossy(&asked)));
                        let response = Response::builder().status(status).header("content-type", "text/xml");
                        Ok::<_, hyper::Error>(response.body(Full::new(Bytes::from(body))).unwrap())
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Self { endpoint, asked }
    }

    async fn willing() -> Self {
        let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
            <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::111111111111:assumed-role/r/s</Arn>\
            </AssumedRoleUser><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>of-the-role</SecretAccessKey>\
            <SessionToken>CANARY-SESSION</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
            </AssumeRoleResult></AssumeRoleResponse>";
        Self::start((200, body.to_owned())).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A function that may assume the role, and a Connect in the role's account that knows only the role's keys.
async fn world(sts: &Sts, allowed: &str) -> World {
    let configuration = Configuration {
        account: "111111111111".to_owned(),
        credentials: vec![("ASIAROLE".to_owned(), "of-the-role".to_owned())],
        ..Configuration::default()
    };
    let variables =
        [("AWS_ENDPOINT_URL_STS", sts.endpoint.clone()), ("ALLOWED_ROLE_ARNS", allowed.to_owned())];
    World::with(configuration, &variables).await
}

fn properties(extra: &Value) -> Value {
    let mut properties = json!({"InstanceArn": THERE, "SecurityProfileName": "Agents", "RoleArn": ROLE,
        "ExternalId": "CANARY-EXTERNAL-ID"});
    properties.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    properties
}

#[tokio::test]
async fn every_call_of_a_life_is_made_as_the_role_which_is_assumed_once() {
    let sts = Sts::willing().await;
    let world = world(&sts, "arn:aws:iam::111111111111:role/*").await;
    let (first, second) = (properties(&json!({})), properties(&json!({"Permissions": ["A"]})));
    let id = world.create(first.clone()).await.id();
    assert!(id.starts_with(THERE));
    world.update(&id, second.clone(), first.clone()).await.id();
    let mut lookup = event("Create", None, &properties(&json!({})), None);
    lookup["ResourceType"] = json!("Custom::ConnectSecurityProfileLookup");
    assert_eq!(world.send(&lookup).await.id(), id);
    // This Connect knows the role's keys and no others.
    assert!(world.journal().iter().all(|call| call.status == 200));
    world.delete(&id, second).await.id();
    assert_eq!(world.profile("Agents"), None);

    let asked = sts.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    for part in [
        "Credential=test/",
        "/us-east-1/sts/aws4_request",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fconnect-profiles",
        "RoleSessionName=contact-centre-Agents",
        "ExternalId=CANARY-EXTERNAL-ID",
    ] {
        assert!(asked[0].contains(part), "{part}: {}", asked[0]);
    }
    let logs = world.function.logs();
    for secret in ["CANARY", "of-the-role"] {
        assert!(!logs.contains(secret), "{secret}: {logs}");
    }
}

#[tokio::test]
async fn a_role_that_is_not_allowed_is_never_assumed_not_even_by_a_delete() {
    let sts = Sts::willing().await;
    for allowed in ["", "arn:aws:iam::111111111111:role/other, arn:aws:iam::222222222222:role/*"] {
        let world = world(&sts, allowed).await;
        let arn = format!("{THERE}/security-profile/99999999-8888-7777-6666-555555555555");
        let answers = [
            world.create(properties(&json!({}))).await,
            world.update(&arn, properties(&json!({})), properties(&json!({}))).await,
            world.delete(&arn, properties(&json!({}))).await,
            world.delete("connect-security-profile:unknown", properties(&json!({}))).await,
        ];
        for answer in &answers {
            assert!(answer.why().starts_with("ALLOWED_ROLE_ARNS forbids the role"), "{answer:?}");
        }
        assert_eq!(world.calls(), [""; 0]);
        assert_eq!(sts.asked(), [""; 0]);
    }
}

#[tokio::test]
async fn the_instance_must_be_in_the_account_of_the_role_or_else_of_the_function() {
    let sts = Sts::willing().await;
    let world = world(&sts, "*").await;
    let own = THERE.replace("111111111111", "000000000000");
    let answers = [
        world.create(properties(&json!({"InstanceArn": own}))).await,
        world.create(properties(&json!({"RoleArn": ""}))).await,
        world.create(properties(&json!({"RoleArn": null}))).await,
    ];
    for answer in &answers {
        assert!(answer.why().contains("the account of RoleArn or else of the provider"), "{answer:?}");
    }
    let elsewhere = format!("{THERE}/security-profile/99999999-8888-7777-6666-555555555555");
    let answer = world.delete(&elsewhere, json!({"InstanceArn": own, "SecurityProfileName": "Agents"})).await;
    assert!(answer.why().contains("is in account 111111111111, and the calls are made in 000000000000"));
    assert_eq!(world.calls(), [""; 0]);
    assert_eq!(sts.asked(), [""; 0]);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_says_what_sts_said_and_the_way_out() {
    let body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
        <Code>AccessDenied</Code><Message>User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: \
        sts:AssumeRole on resource: arn:aws:iam::111111111111:role/connect-profiles</Message></Error>\
        <RequestId>r</RequestId></ErrorResponse>";
    let sts = Sts::start((403, body.to_owned())).await;
    let world = world(&sts, "*").await;
    let answer = world.create(properties(&json!({}))).await;
    insta::assert_snapshot!(answer.why());
    assert_eq!(answer.physical_id, "connect-security-profile:none");
    assert_eq!(world.connect.profiles(INSTANCE_ID).iter().filter(|it| it.name == "Agents").count(), 0);
}

#[tokio::test]
async fn an_sts_that_fails_is_tried_until_the_deadline_and_nothing_was_made() {
    let sts = Sts::start((503, "busy".to_owned())).await;
    let world = world(&sts, "*").await;
    let event =
        world.addressed(event("Create", None, &properties(&json!({})), None), lambda_harness::Signature::V4);
    let answer = world.deliver(&event, std::time::Duration::from_secs(4)).await;
    assert!(answer.why().contains("could not be assumed"), "{answer:?}");
    assert_eq!(answer.physical_id, "connect-security-profile:none");
    assert!(sts.asked().len() > 1);
}

#[tokio::test]
async fn an_sts_that_says_nothing_is_no_call_that_may_have_taken_effect() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sts = Sts { endpoint: format!("http://{}", silent.local_addr().unwrap()), asked: Arc::default() };
    let world = world(&sts, "*").await;
    let event =
        world.addressed(event("Create", None, &properties(&json!({})), None), lambda_harness::Signature::V4);
    // Longer than the SDK waits for credentials by itself, shorter than a call may take.
    let answer = world.deliver(&event, std::time::Duration::from_secs(9)).await;
    assert!(answer.why().contains("could not be assumed: STS gave no answer within"), "{answer:?}");
    assert_eq!(answer.physical_id, "connect-security-profile:none");
}

#[tokio::test]
async fn a_role_that_is_no_role_is_a_mistake_beside_the_others() {
    let world = World::start().await;
    let answer = world.create(properties(&json!({"RoleArn": "connect-profiles", "Adopt": "x"}))).await;
    for part in ["`connect-profiles` is not a role's ARN", "Adopt must be"] {
        assert!(answer.why().contains(part), "{part}: {answer:?}");
    }
}
