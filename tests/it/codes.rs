//! Each code of a failure comes about, and stands in the failure and in the log.

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation};
use connect_security_profile::code::Code;
use connect_security_profile::guards::{Guards, Pattern};
use custom_resource::{Failure, ProtocolCode};
use lambda_harness::Signature;
use serde_json::{Value, json};

use crate::bench::{Bench, on_a_stopped_clock};
use crate::limits::server::{HostileServer, Response};
use crate::sts::{self, Sts};
use crate::world::{INSTANCE, INSTANCE_ID, PROFILE_ID, World, agents, anothers, event, nobodys, ours};

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

fn bench() -> Bench {
    Bench::new(Configuration::default())
}

fn failing(operation: Operation, status: u16, code: &str) -> Bench {
    let bench = bench();
    bench.connect.script(Fault::on(operation).always().error(status, code));
    bench
}

async fn created(bench: &Bench, properties: Value) -> Failure {
    bench.create(agents(properties)).await.0.unwrap_err()
}

async fn guarded(guards: Guards, properties: Value) -> Failure {
    created(&Bench::with(Configuration::default(), guards), properties).await
}

/// The failure of a case that brings the code about, in this process.
#[expect(clippy::too_many_lines, reason = "it is a table with a case for each code")]
async fn failure(code: Code) -> Option<Failure> {
    let exact = |text: &str| vec![Pattern::exact_case(text)];
    Some(match code {
        Code::AccountMismatch => {
            let elsewhere = arn().replace("000000000000", "999999999999");
            bench().delete(&elsewhere, agents(json!({}))).await.0.unwrap_err()
        }
        Code::AdoptionNotUndone => {
            let bench = failing(Operation::UpdateSecurityProfile, 403, "AccessDeniedException");
            bench.connect.put_profile(INSTANCE_ID, nobodys());
            bench.connect.script(Fault::on(Operation::UntagResource).error(403, "AccessDeniedException"));
            created(&bench, json!({"Adopt": true, "Permissions": ["X"]})).await
        }
        Code::CredentialsRejected => {
            created(&failing(Operation::CreateSecurityProfile, 403, "UnrecognizedClientException"), json!({}))
                .await
        }
        Code::GuardDeniedInstance => {
            guarded(Guards { instances: exact("arn:other"), ..Guards::default() }, json!({})).await
        }
        Code::GuardDeniedPermission => {
            let denied_permissions = exact("Users.*");
            let guards = Guards { denied_permissions, ..Guards::default() };
            guarded(guards, json!({"Permissions": ["Users.View"]})).await
        }
        Code::GuardDeniedProfileName => {
            guarded(Guards { protected_names: exact("Agents"), ..Guards::default() }, json!({})).await
        }
        Code::GuardDeniedRole => {
            guarded(Guards::default(), json!({"RoleArn": "arn:aws:iam::000000000000:role/r"})).await
        }
        Code::GuardDeniedStackAccount => {
            let stack_accounts = ["111111111111".to_owned()].into();
            guarded(Guards { stack_accounts, ..Guards::default() }, json!({})).await
        }
        Code::InvalidPhysicalId => {
            let bench = bench();
            let update = bench.update("connect-security-profile:none", agents(json!({})), agents(json!({})));
            update.await.unwrap_err()
        }
        Code::InvalidProperty => created(&bench(), json!({"Adopt": "x"})).await,
        Code::InvalidRequest => {
            created(&failing(Operation::CreateSecurityProfile, 400, "InvalidParameterException"), json!({}))
                .await
        }
        Code::ManagedByAnotherStack | Code::ManagedByAws | Code::NameTaken | Code::TooManyTags => {
            let bench = bench();
            let tagged = || (0..49).fold(nobodys(), |profile, index| profile.tagged(format!("k{index}"), ""));
            let (profile, adopt) = match code {
                Code::ManagedByAnotherStack => (anothers(), true),
                Code::ManagedByAws => (nobodys().aws_managed(), true),
                Code::TooManyTags => (tagged(), true),
                _ => (nobodys(), false),
            };
            bench.connect.put_profile(INSTANCE_ID, profile);
            created(&bench, json!({"Adopt": adopt})).await
        }
        Code::NameTakenNotListed => {
            created(&failing(Operation::CreateSecurityProfile, 409, "DuplicateResourceException"), json!({}))
                .await
        }
        Code::OwnershipTagNotVisible => {
            let bench = bench();
            bench.connect.put_profile(INSTANCE_ID, nobodys());
            bench.connect.set_read_lag(Duration::from_mins(1));
            created(&bench, json!({"Adopt": true})).await
        }
        Code::PartitionMismatch => {
            let elsewhere = arn().replace("arn:aws:", "arn:aws-cn:");
            bench().update(&elsewhere, agents(json!({})), agents(json!({}))).await.unwrap_err()
        }
        Code::PermissionDenied => {
            created(&failing(Operation::CreateSecurityProfile, 403, "AccessDeniedException"), json!({})).await
        }
        Code::ProfileDeletedMeanwhile => {
            let bench = bench();
            bench.connect.put_profile(INSTANCE_ID, nobodys());
            bench.connect.script(Fault::on(Operation::TagResource).delay_after(Duration::from_secs(1)));
            let deleted = async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                bench.connect.remove_profile(INSTANCE_ID, "Agents");
            };
            tokio::join!(created(&bench, json!({"Adopt": true})), deleted).0
        }
        Code::ProfileInUse => {
            let bench = bench();
            bench.connect.put_profile(INSTANCE_ID, ours());
            bench.connect.assign("u-1", INSTANCE_ID, &["Agents"]);
            bench.delete(&arn(), agents(json!({}))).await.0.unwrap_err()
        }
        Code::ProfileNotFound => bench().look_up(agents(json!({}))).await.unwrap_err(),
        Code::QuotaExceeded => {
            let full = Bench::new(Configuration { profile_limit: 4, ..Configuration::default() });
            created(&full, json!({})).await
        }
        Code::ResourceNotFound => {
            // An instance that the role names, and that is gone.
            let other = INSTANCE.replace(INSTANCE_ID, "00000000-0000-0000-0000-000000000000");
            created(&bench(), json!({"InstanceArn": other})).await
        }
        Code::ServiceUnavailable => {
            created(&failing(Operation::CreateSecurityProfile, 500, "InternalServiceException"), json!({}))
                .await
        }
        Code::Throttled => {
            created(&failing(Operation::CreateSecurityProfile, 429, "ThrottlingException"), json!({})).await
        }
        // Those take a process, its environment and its sockets.
        Code::EndpointUnreachable
        | Code::Misconfigured
        | Code::ResponseTooLarge
        | Code::RoleNotAssumed
        | Code::UnknownResourceType => {
            return None;
        }
    })
}

#[test]
fn each_code_comes_about_in_some_case() {
    for code in Code::ALL {
        // On a thread of its own: the futures over the SDK are large.
        let failure =
            std::thread::Builder::new().stack_size(8 << 20).spawn(move || on_a_stopped_clock(failure(code)));
        if let Some(failure) = failure.unwrap().join().unwrap() {
            assert_eq!(failure.code().as_str(), code.name(), "{failure}");
        }
    }
}

/// The code in the line of the response, and in the metric.
fn logged(world: &World) -> (Vec<String>, Vec<String>) {
    let logs = world.function.logs();
    let lines = logs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |line: &Value, name: &str| line[name].as_str().map(ToOwned::to_owned);
    lines.fold((Vec::new(), Vec::new()), |(mut codes, mut counted), line| {
        codes.extend(text(&line, "code").filter(|_| line["message"] == "responding FAILED"));
        counted.extend(text(&line, "Code"));
        (codes, counted)
    })
}

#[tokio::test]
async fn each_code_that_takes_a_process_is_in_its_log_and_in_its_metric() {
    let hostile = HostileServer::start(|_, _| Response::json(&"[".repeat(1 << 20))).await;
    let sts = Sts::start((403, sts::error("AccessDenied", "no"))).await;
    let unknown = |mut event: Value| {
        event["ResourceType"] = json!("Custom::Other");
        event
    };
    let create = |properties: Value| event("Create", None, &agents(properties), None);
    let role = json!({"RoleArn": "arn:aws:iam::000000000000:role/r"});
    let cases = [
        (
            Code::EndpointUnreachable,
            vec![("AWS_ENDPOINT_URL_CONNECT", "http://127.0.0.1:1".to_owned())],
            create(json!({})),
        ),
        (Code::ResponseTooLarge, vec![("AWS_ENDPOINT_URL_CONNECT", hostile.origin())], create(json!({}))),
        (Code::Misconfigured, vec![("ALLOWED_ROLE_ARNS", "no ARN".to_owned())], create(json!({}))),
        (
            Code::RoleNotAssumed,
            vec![("ALLOWED_ROLE_ARNS", "*".to_owned()), ("AWS_ENDPOINT_URL_STS", sts.endpoint.clone())],
            create(role),
        ),
        (Code::UnknownResourceType, vec![], unknown(create(json!({})))),
    ];
    for (code, variables, event) in cases {
        let world = World::with(Configuration::default(), &variables).await;
        world.deliver(&world.addressed(event, Signature::V4), Duration::from_secs(3)).await.why();
        let codes = (vec![code.to_string()], vec![code.to_string()]);
        assert_eq!(logged(&world), codes);
    }
}

#[tokio::test]
async fn what_the_protocol_finds_is_counted_by_its_code() {
    let late = Duration::from_hours(1) + Duration::from_mins(5);
    let read = |mut event: Value| {
        event["RequestType"] = json!("Read");
        event
    };
    let create = || event("Create", None, &agents(json!({})), None);
    for (code, event, ago) in [
        (ProtocolCode::MalformedRequest, read(create()), Duration::ZERO),
        (ProtocolCode::RequestTooLate, create(), late),
        (ProtocolCode::DeadlineExceeded, create(), Duration::ZERO),
    ] {
        let world = World::start().await;
        // Slower than the provider's own patience, which ends half a second before it is cut off.
        world
            .connect
            .script(Fault::on(Operation::CreateSecurityProfile).always().delay(Duration::from_mins(1)));
        let event = world.sent(event, Signature::V4, ago);
        world.deliver(&event, Duration::from_secs(3)).await.why();
        let (codes, counted) = logged(&world);
        let logs = world.function.logs();
        let response = logs.lines().find(|line| line.contains("responding FAILED")).unwrap();
        let response: Value = serde_json::from_str(response).unwrap();
        assert_eq!(
            (&response["profile"], &response["instance"]),
            (&json!("Agents"), &json!(INSTANCE)),
            "{code}"
        );
        assert_eq!(codes.len(), 1, "{codes:?}");
        assert_eq!(codes, counted);
        if code != ProtocolCode::DeadlineExceeded {
            assert_eq!(codes, [code.to_string()]);
        }
    }
}

#[test]
fn the_operators_document_has_every_code_with_its_meaning_and_no_other() {
    let document = std::fs::read_to_string("docs/operations.md").unwrap();
    let (_, table) = document.split_once("| code | means |\n|---|---|\n").unwrap();
    let shown: Vec<String> =
        table.lines().take_while(|line| line.starts_with('|')).map(ToOwned::to_owned).collect();
    let mut expected: Vec<String> = Code::ALL.map(|code| format!("| `{code}` | {} |", code.meaning())).into();
    expected.extend(ProtocolCode::ALL.map(|code| format!("| `{code}` | {} |", code.meaning())));
    expected.sort();
    assert_eq!(shown, expected, "the table of codes should be:\n{}", expected.join("\n"));
}
