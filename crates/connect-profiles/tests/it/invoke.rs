//! `invoke` and `emulate`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::program::{run, run_with};
use crate::served::INSTANCE;

#[test]
fn a_life_is_lived_event_by_event_on_the_embedded_connect() {
    let life = ["events/create.json", "events/update-permissions.json", "events/delete.json"];
    let run = run(&[&["invoke"], &life[..], &["--physical-id", "previous", "--calls"]].concat());
    insta::assert_snapshot!(run.all());
}

#[test]
fn a_failure_is_code_1_with_the_reason_that_cloudformation_gets() {
    insta::assert_snapshot!(run(&["invoke", "events/create-mistakes.json"]).all());
    let denied = run_with(&["invoke", "events/create.json"], &[("DENIED_PERMISSIONS", "Outbound*")]);
    insta::assert_snapshot!(denied.all());
}

#[test]
fn records_of_a_topic_are_unwrapped_and_answers_are_json_if_asked_for() {
    let run = run(&["invoke", "events/create-by-topic.json", "--format", "json"]);
    let answers: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &answers[0]["Status"]), (0, &serde_json::json!("SUCCESS")));
}

#[test]
fn nobody_is_answered_whom_the_lambda_would_not_answer() {
    let folder = tempdir("refused");
    let event =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/create.json")).unwrap();
    let file = folder.join("event.json");
    std::fs::write(&file, event.replace("https://cloudformation-custom", "https://elsewhere-custom"))
        .unwrap();
    let run = crate::program::run_in(&folder, &["invoke", "event.json"], &[]);
    insta::assert_snapshot!(run.all());
    std::fs::write(&file, "Resources: {}").unwrap();
    insta::assert_snapshot!(crate::program::run_in(&folder, &["invoke", "event.json"], &[]).all());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_emulator_keeps_what_is_there_from_run_to_run() {
    let folder = tempdir("state");
    let state = folder.join("state.json").display().to_string();
    for round in 0..2 {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("connect-profiles"))
            .args(["emulate", "--port", "0", "--state", &state])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let endpoint = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/create-name-taken.json");
        let event = std::fs::read_to_string(file).unwrap().replace("\"Agent\"", "\"Kept\"");
        let event = event.replace("arn:aws:connect:us-east-1:000000000000:instance/i", INSTANCE);
        let path = folder.join("create.json");
        std::fs::write(&path, event.replace("\"Agents\"", &format!("\"Agents{round}\""))).unwrap();
        let run = run(&["invoke", &path.display().to_string(), "--endpoint-url", &endpoint]);
        // Another resource may not have what the first round made.
        assert_eq!(run.code, round, "{}", run.all());
        let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        assert!(child.wait().unwrap().success());
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_event_needs_what_policy_writes_for_a_deployment_and_more_than_for_a_reader() {
    let folder = tempdir("policies");
    let instance = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
    let policy = |verbs: &str| {
        let path = folder.join(format!("{verbs}.json"));
        std::fs::write(&path, run(&["policy", "--verbs", verbs, "--instance-arn", instance]).out).unwrap();
        format!("{verbs}={}", path.display())
    };
    let (deploy, read_only) = (policy("deploy"), policy("read-only"));
    let keys = ["--key", "deploy:secret", "--key", "read-only:secret"];
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("connect-profiles"))
        .args(["emulate", "--port", "0", "--policy", &deploy, "--policy", &read_only])
        .args(keys)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let endpoint = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    let invoked = |key: &str| {
        let keys = [("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", "secret")];
        run_with(&["invoke", "events/create-everything.json", "--endpoint-url", &endpoint], &keys)
    };
    let refused = invoked("read-only");
    assert_eq!(refused.code, 1, "{}", refused.all());
    assert!(
        refused.out.contains("is not authorized to perform: connect:CreateSecurityProfile"),
        "{}",
        refused.all()
    );
    let deployed = invoked("deploy");
    assert_eq!(deployed.code, 0, "{}", deployed.all());
    child.kill().unwrap();
    child.wait().unwrap();
    let unknown = run(&["emulate", "--port", "0", "--policy", &format!("un{read_only}")]);
    assert!(unknown.err.contains("the access key `unread-only` is not known"), "{}", unknown.err);
    std::fs::write(folder.join("bad.json"), "{}").unwrap();
    let bad = format!("test={}", folder.join("bad.json").display());
    let bad = run(&["emulate", "--port", "0", "--policy", &bad]);
    assert!(bad.err.contains("bad.json` is not an IAM policy that can be followed"), "{}", bad.err);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_port_that_is_taken_and_a_quota_that_is_none_are_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run_of_taken = run(&["emulate", "--port", &port]);
    assert_eq!(run_of_taken.code, 1);
    assert!(run_of_taken.err.contains("hint: choose another"), "{}", run_of_taken.err);
    let run = run(&["emulate", "--quota", "2"]);
    assert!(run.code == 1 && run.err.contains("RATE/BURST"), "{}", run.err);
}

fn tempdir(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("connect-profiles-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn an_account_is_written_to_only_when_that_is_said() {
    let refused = run(&["invoke", "events/create.json", "--profile", "production"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("add `--aws`"), "{}", refused.err);
    // An endpoint of the environment is for those who say `--aws`.
    let local =
        run_with(&["invoke", "events/create.json"], &[("AWS_ENDPOINT_URL_CONNECT", "http://127.0.0.1:9")]);
    assert_eq!(local.code, 0, "{}", local.err);
}

#[test]
fn an_event_that_needs_an_answer_before_it_is_not_sent_without_one() {
    let refused = run(&["invoke", "events/delete.json", "--physical-id", "previous"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("was answered nothing before"), "{}", refused.err);
}

#[test]
fn output_that_cannot_be_written_is_an_error_and_every_event_is_sent_all_the_same() {
    for arguments in [&["invoke", "events/create.json"][..], &["policy", "--instance-arn", INSTANCE]] {
        let program = assert_cmd::cargo::cargo_bin("connect-profiles");
        let full = std::fs::File::create("/dev/full").unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let output = Command::new(program).args(arguments).current_dir(folder).stdout(full).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && !message.contains("panicked"), "{message}");
    }
}
