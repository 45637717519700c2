//! `RoleArn`: who is assumed, as whom, how often; and what is said when it cannot be.

use connect_emulator::Configuration;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::iam::{self, Role};
use crate::sts::{Sts, error};
use crate::world::{INSTANCE_ID, World, event};

const ROLE: &str = "arn:aws:iam::111111111111:role/connect-profiles";
const THERE: &str = "arn:aws:connect:us-east-1:111111111111:instance/11111111-2222-3333-4444-555555555555";

/// A function that may assume the role, and a Connect in the role's account that knows only the role's keys.
async fn world(sts: &Sts, allowed: &str) -> World {
    let configuration = Configuration {
        account: "111111111111".to_owned(),
        credentials: vec![("ASIAROLE".to_owned(), "of-the-role".to_owned())],
        policies: iam::of_key("ASIAROLE", Role::OtherAccount),
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
async fn every_call_of_a_life_is_made_as_the_role_which_is_assumed_once_for_each_request() {
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
    assert_eq!(asked.len(), 4, "{asked:?}");
    for part in [
        "Credential=ASIAPROVIDER/",
        "/us-east-1/sts/aws4_request",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fconnect-profiles",
        "ExternalId=CANARY-EXTERNAL-ID",
    ] {
        assert!(asked.iter().all(|asked| asked.contains(part)), "{part}: {asked:?}");
    }
    let logs = world.function.logs();
    for secret in ["CANARY", "of-the-role"] {
        assert!(!logs.contains(secret), "{secret}: {logs}");
    }
}

/// The session's name as STS was told it.
fn session_name(asked: &str) -> String {
    let query = asked.split('\n').next_back().unwrap();
    let name = query.split('&').find_map(|pair| pair.strip_prefix("RoleSessionName=")).unwrap();
    // Nothing of what is allowed in it is encoded but these.
    name.replace("%40", "@").replace("%2B", "+").replace("%3D", "=").replace("%2C", ",")
}

#[tokio::test]
async fn the_session_names_stack_and_request_so_that_cloudtrail_leads_to_the_log() {
    let sts = Sts::willing().await;
    let world = world(&sts, "*").await;
    let create = event("Create", None, &properties(&json!({})), None);
    world.send(&create).await.id();
    let request_id = create["RequestId"].as_str().unwrap();
    assert_eq!(session_name(&sts.asked()[0]), format!("contact-centre.{request_id}"));
    let of_the_request = |line: &&str| line.contains(&format!("\"request_id\":\"{request_id}\""));
    let logs = world.function.logs();
    let calls = logs.lines().filter(of_the_request).filter(|line| line.contains("\"message\":\"call\""));
    assert!(calls.count() > 1, "{logs}");

    // A stack's name may have 128 characters, and a forged request's id may be any text.
    let mut odd = event("Create", None, &properties(&json!({"SecurityProfileName": "Other"})), None);
    odd["StackId"] = json!(crate::world::STACK.replace("contact-centre", &"s".repeat(128)));
    odd["RequestId"] = json!(format!("/é &x=1\u{7}{}", "r".repeat(60)));
    let answer = world.send(&odd).await;
    assert_eq!(answer.status, "SUCCESS", "{answer:?}");
    for asked in sts.asked() {
        let name = session_name(&asked);
        let is_allowed = |it: char| it.is_ascii_alphanumeric() || "_+=,.@-".contains(it);
        assert!((2..=64).contains(&name.len()) && name.chars().all(is_allowed), "{name}");
    }
    assert!(session_name(&sts.asked()[1]).starts_with(&format!("{}.", "s".repeat(27))));
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
    let message = "User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: sts:AssumeRole on resource: \
        arn:aws:iam::111111111111:role/connect-profiles";
    let sts = Sts::start((403, error("AccessDenied", message))).await;
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
    let sts = Sts::silent(&silent);
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
