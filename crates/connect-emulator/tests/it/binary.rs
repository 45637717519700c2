//! The binary: its port, its control paths, its exit codes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use connect_emulator::{Configuration, Emulator, Fault, Operation, serve};
use serde_json::{Value, json};

use crate::caller::{INSTANCE, signed};

/// A running emulator; killed when dropped.
struct Running {
    child: Child,
    address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(arguments: &[&str]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_connect-emulator"))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().parse().unwrap();
    Running { child, address }
}

fn finished(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_connect-emulator")).args(arguments).output().unwrap()
}

/// The status and body of an answer; `None` if the connection was closed without one.
fn send(address: SocketAddr, request: &http::Request<bytes::Bytes>) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).unwrap();
    let target = request.uri().path_and_query().unwrap();
    let host = request.uri().host().unwrap_or("localhost");
    let mut lines = vec![
        format!("{} {target} HTTP/1.1", request.method()),
        format!("host: {host}"),
        "connection: close".to_owned(),
        format!("content-length: {}", request.body().len()),
    ];
    for (name, value) in request.headers() {
        lines.push(format!("{name}: {}", value.to_str().unwrap()));
    }
    let head = lines.join("\r\n") + "\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(request.body()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().unwrap(), body.to_owned()))
}

fn control(address: SocketAddr, method: &str, path: &str, body: &Value) -> (u16, String) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = http::Request::builder().method(method).uri(format!("/_emulator/{path}"));
    send(address, &request.body(body.into()).unwrap()).unwrap()
}

fn list(region: &str, instance: &str) -> http::Request<bytes::Bytes> {
    signed(region, "GET", &format!("/security-profiles-summary/{instance}?maxResults=1000"), b"")
}

#[test]
fn the_binary_serves_the_api_on_a_free_port() {
    let running =
        start(&["--instance", "eu-west-2:instance-c", "--profiles", "3", "--account", "123456789012"]);
    assert!(running.address.ip().is_loopback());
    let (status, body) = send(running.address, &list("eu-west-2", "instance-c")).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let summaries = body["SecurityProfileSummaryList"].as_array().unwrap();
    assert_eq!((status, summaries.len()), (200, 7));
    assert!(summaries.iter().any(|summary| summary["Name"] == "Seeded 0003"));
    assert!(summaries[0]["Arn"].as_str().unwrap().contains(":123456789012:instance/instance-c/"));
}

#[test]
fn the_control_paths_seed_assign_script_and_tell() {
    let running = start(&[]);
    let address = running.address;
    let seeds = json!({ "instance": INSTANCE, "profiles": [{ "SecurityProfileName": "Seeded", "Permissions": ["A"] }] });
    assert_eq!(control(address, "PUT", "profiles", &seeds).0, 204);
    assert_eq!(control(address, "PUT", "profiles", &seeds).0, 400, "the name is taken");
    let user = json!({ "user": "u", "instance": INSTANCE, "profiles": ["Seeded"] });
    assert_eq!(control(address, "POST", "users", &user).0, 204);
    let (_, profiles) = control(address, "GET", "profiles", &Value::Null);
    let profiles: Value = serde_json::from_str(&profiles).unwrap();
    let seeded = profiles[INSTANCE].as_array().unwrap().iter().find(|p| p["SecurityProfileName"] == "Seeded");
    assert_eq!(seeded.unwrap()["Permissions"], json!(["A"]));

    let module = json!({ "flow_module": "m", "valid_in_ms": 60_000 });
    assert_eq!(control(address, "POST", "flow-modules", &module).0, 204);
    assert_eq!(control(address, "POST", "flow-modules", &json!({ "flow_module": 1 })).0, 400);

    let fault = json!({ "operation": "ListSecurityProfiles", "action": "lose" });
    assert_eq!(control(address, "POST", "faults", &fault).0, 204);
    assert_eq!(
        send(address, &list("us-east-1", INSTANCE)),
        None,
        "the connection is closed without an answer"
    );
    assert_eq!(send(address, &list("us-east-1", INSTANCE)).unwrap().0, 200);

    let (_, journal) = control(address, "GET", "journal", &Value::Null);
    let statuses: Vec<u64> = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [0, 200]);
    assert_eq!(control(address, "DELETE", "journal", &Value::Null).0, 204);
    assert_eq!(control(address, "GET", "journal", &Value::Null), (200, String::new()));

    let bad = json!({ "operation": "Other" });
    let (status, message) = control(address, "POST", "faults", &bad);
    assert!(status == 400 && message.contains("Other"), "{message}");
    assert_eq!(control(address, "GET", "other", &Value::Null).0, 404);
}

#[test]
fn a_mistake_in_the_arguments_is_told_with_exit_code_2() {
    let output = finished(&["--quota", "many"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("error: `--quota`: `many` is not a quota, such as `2/5`\n\nusage:"),
        "{message}"
    );
}

#[test]
fn a_port_in_use_is_told_with_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = finished(&["--port", &port]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&format!("port {port} is in use")), "{message}");
}

#[tokio::test]
async fn a_server_stops_when_it_is_dropped() {
    let emulator = Emulator::new(Configuration::default());
    emulator.script(Fault::on(Operation::ListSecurityProfiles).lose_after());
    let server = serve(emulator, tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap()).await;
    let address = server.address();
    assert_eq!(server.endpoint(), format!("http://{address}"));
    let exchange = move || (0..2).map(|_| send(address, &list("us-east-1", INSTANCE))).collect::<Vec<_>>();
    let answers = tokio::task::spawn_blocking(exchange).await.unwrap();
    assert_eq!(answers[0], None);
    assert_eq!(answers[1].as_ref().unwrap().0, 200);
    drop(server);
    // A process that another test starts holds the listener, too, until it has replaced itself with its program.
    for _ in 0..500 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
    }
    panic!("it still answers five seconds after it was dropped");
}

#[test]
fn a_policy_of_a_key_is_read_from_a_file_and_replaced_on_a_control_path() {
    let file = std::env::temp_dir().join(format!("emulator-policy-{}.json", std::process::id()));
    let none =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}});
    std::fs::write(&file, none.to_string()).unwrap();
    let running = start(&["--policy", &format!("test={}", file.display())]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(send(running.address, &list("us-east-1", INSTANCE)).unwrap().0, 403);
    let all =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let allowed = json!({"key": "test", "policies": [all]});
    assert_eq!(control(running.address, "PUT", "policies", &allowed).0, 204);
    assert_eq!(send(running.address, &list("us-east-1", INSTANCE)).unwrap().0, 200);
    let bad =
        json!({"key": "test", "policies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow"}}]});
    let (status, message) = control(running.address, "PUT", "policies", &bad);
    assert!(status == 400 && message.contains("expected one of `Action`"), "{message}");
    let twice = r#"{"key": "test", "policies": [{"Statement": [], "Statement": []}]}"#;
    let request = http::Request::builder().method("PUT").uri("/_emulator/policies");
    let (status, message) = send(running.address, &request.body(twice.into()).unwrap()).unwrap();
    assert!(status == 400 && message.contains("`Statement` stands twice"), "{message}");
}
