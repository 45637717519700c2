//! The built `bootstrap` over TLS to Connect and S3, as on AWS: whom it trusts, and that it talks to nobody else.

use std::path::Path;
use std::time::Duration;

use connect_emulator::{Configuration, Emulator, Server, serve};
use lambda_harness::{
    Authority, Bucket, Function, HOST, Outcome, RuntimeApi, Signature, Terminator, create_event, request_id,
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::iam;
use crate::world::{INSTANCE, INSTANCE_ID, STACK, bootstrap, keep_journal};

/// Connect and S3, each behind a certificate of its own authority.
struct World {
    connect: Emulator,
    bucket: Bucket,
    runtime_api: RuntimeApi,
    function: Function,
    _server: Server,
    _doors: [Terminator; 2],
}

#[derive(Clone, Copy)]
struct Trusted {
    connect: bool,
    bucket: bool,
}

impl World {
    async fn start(name: &str, trusted: Trusted) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let (for_connect, for_bucket) =
            (authority(&folder.join("connect")), authority(&folder.join("bucket")));
        let connect = Emulator::new(iam::under_the_role(Configuration::default()));
        let server = serve(connect.clone(), TcpListener::bind("127.0.0.1:0").await.unwrap()).await;
        let bucket = Bucket::start().await;
        let doors = [
            Terminator::start(&for_connect, 0).await.unwrap(),
            Terminator::start(&for_bucket, 0).await.unwrap(),
        ];
        doors[0].lead_to(server.address());
        doors[1].lead_to(bucket.origin().trim_start_matches("http://").parse().unwrap());
        let [connects, buckets] = [&doors[0], &doors[1]].map(|door| format!("https://{HOST}:{}", door.port));
        let bucket = bucket.behind(&buckets);

        let mut bundle = String::new();
        for (_, authority) in [(trusted.connect, &for_connect), (trusted.bucket, &for_bucket)]
            .into_iter()
            .filter(|(is_trusted, _)| *is_trusted)
        {
            bundle += &std::fs::read_to_string(&authority.alone).unwrap();
        }
        let path = folder.join("trusted.pem");
        std::fs::write(&path, bundle).unwrap();
        let runtime_api = RuntimeApi::start().await;
        let variables = [
            ("AWS_ENDPOINT_URL_CONNECT", connects),
            ("AWS_ACCESS_KEY_ID", iam::KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", iam::SECRET.to_owned()),
            ("RESPONSE_URL_ALLOWED_ORIGINS", buckets),
            ("SSL_CERT_FILE", path.to_str().unwrap().to_owned()),
        ];
        let function = Function::spawn(bootstrap(), &runtime_api, &variables);
        Self { connect, bucket, runtime_api, function, _server: server, _doors: doors }
    }

    async fn create(&self, time: Duration) -> Outcome {
        let url = self.bucket.url(Signature::V4, STACK, "Agents", &request_id());
        let properties = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agents"});
        let mut event = create_event(&url, properties);
        event["ResourceType"] = json!("Custom::ConnectSecurityProfile");
        event["StackId"] = json!(STACK);
        event["LogicalResourceId"] = json!("Agents");
        self.runtime_api.invoke(event, time).await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        keep_journal(&self.connect);
    }
}

fn authority(folder: &Path) -> Authority {
    let authority = Authority::new(folder);
    authority.write().unwrap();
    authority
}

#[tokio::test]
async fn whom_the_bundle_vouches_for_is_talked_to() {
    let world = World::start("tls-trusted", Trusted { connect: true, bucket: true }).await;
    let outcome = world.create(Duration::from_secs(20)).await;
    assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}\n{}", world.function.logs());
    assert_eq!(world.bucket.answers().pop().unwrap().json()["Status"], "SUCCESS");
    assert!(world.connect.profiles(INSTANCE_ID).iter().any(|profile| profile.name == "Agents"));
}

#[tokio::test]
async fn a_connect_that_nobody_vouches_for_gets_no_request() {
    let world = World::start("tls-connect", Trusted { connect: false, bucket: true }).await;
    let outcome = world.create(Duration::from_secs(3)).await;
    assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}\n{}", world.function.logs());
    let answer = world.bucket.answers().pop().unwrap().json();
    assert_eq!(
        (&answer["Status"], &answer["PhysicalResourceId"]),
        (&json!("FAILED"), &json!("connect-security-profile:none"))
    );
    assert!(answer["Reason"].as_str().unwrap().contains("invalid peer certificate"), "{answer}");
    assert!(world.connect.journal().is_empty());
}

#[tokio::test]
async fn a_bucket_that_nobody_vouches_for_gets_no_answer() {
    let world = World::start("tls-bucket", Trusted { connect: true, bucket: false }).await;
    let outcome = world.create(Duration::from_secs(3)).await;
    let Outcome::Error { body } = outcome else { panic!("it was answered: {outcome:?}") };
    assert_eq!(body["errorType"], "ResponseNotDelivered");
    assert!(body["errorMessage"].as_str().unwrap().contains("invalid peer certificate"), "{body}");
    assert!(world.bucket.answers().is_empty());
}
