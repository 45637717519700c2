//! As whom Connect is called, and what is told when it does not accept that. Each source of credentials, against a server that
//! speaks it, is in `tests/conformance/test_credentials.py`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use connect_emulator::{Configuration, Fault, Operation};

use super::{World, finish, program};

/// A credentials file with one profile, for as long as it is held.
struct Home(std::path::PathBuf);

impl Home {
    fn with_profile(name: &str, key: &str) -> Self {
        let path = std::env::temp_dir().join(format!("connect-profiles-{}-{key}", std::process::id()));
        let text = format!("[{name}]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{key}\n");
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn knowing(key: &str) -> World {
    let credentials = vec![(key.to_owned(), format!("secret-of-{key}"))];
    World::with(Configuration { credentials, ..Configuration::default() })
}

#[test]
fn a_profile_that_is_named_goes_before_keys_in_the_environment() {
    let (world, home) = (knowing("AKIANAMED"), Home::with_profile("work", "AKIANAMED"));
    let mut command = world.command(&["list", "--format", "json", "--profile", "work"]);
    let run = finish(command.env("AWS_SHARED_CREDENTIALS_FILE", &home.0));
    assert_eq!((run.code, run.json()["rows"].as_array().unwrap().len()), (0, 4), "{}", run.err);
    // The keys of the environment are others.
    let others = [("AWS_ACCESS_KEY_ID", "AKIAOTHER"), ("AWS_SECRET_ACCESS_KEY", "of-others")];
    assert_eq!(finish(world.command(&["list"]).envs(others)).code, 1);
}

#[test]
fn credentials_that_connect_does_not_accept_are_named_with_the_way_out() {
    let (world, home) = (knowing("AKIAOLD"), Home::with_profile("work", "AKIAOLD"));
    for code in ["ExpiredTokenException", "UnrecognizedClientException"] {
        world.connect.script(Fault::on(Operation::ListInstances).error(403, code).message("no longer"));
        let mut command = world.command(&["list", "--profile", "work"]);
        let run = finish(command.env("AWS_SHARED_CREDENTIALS_FILE", &home.0));
        assert_eq!(run.code, 1);
        assert!(run.err.contains(&format!("{code}: no longer")), "{}", run.err);
        let hint = "hint: the credentials come from profile `work` (access keys): write valid keys to profile `work`, for \
                    example with `aws configure --profile work`\n";
        assert!(run.err.ends_with(hint), "{}", run.err);
        assert!(!run.err.contains("secret-of"), "{}", run.err);
    }
}

/// A Connect whose region has no instances: the emulator has one in every region that it knows.
fn empty_connect() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 8192]);
            let body = "{\"InstanceSummaryList\": []}";
            let head = format!("content-type: application/json\r\ncontent-length: {}", body.len());
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\nconnection: close\r\n\r\n{body}");
        }
    });
    endpoint
}

#[test]
fn a_region_without_instances_is_named_with_the_way_out() {
    let endpoint = empty_connect();
    let sql = "SELECT security_profile_name FROM aws.connect.security_profiles";
    for (arguments, code, word) in [
        (&["list", "--format", "json"][..], 0, "note"),
        (&["query", sql, "--format", "json"], 0, "note"),
        (&["get", "Agent"], 1, "error"),
        (&["export"], 1, "error"),
    ] {
        let there = ["--region", "eu-west-2", "--endpoint-url", &endpoint];
        let run = finish(&mut program(&[arguments, &there[..]].concat()));
        let wanted = format!(
            "{word}: no Connect instances found in region `eu-west-2` of this account\nhint: name another region with \
             `--region`, or instances with `--instance-arn`\n"
        );
        assert_eq!((run.code, run.err.as_str()), (code, wanted.as_str()), "{arguments:?}");
    }
}

#[test]
fn an_endpoint_that_refuses_the_connection_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let stack = ["drift", "--stack", "contact-centre"];
    for (arguments, variable, service) in [
        (&["list", "--endpoint-url", &endpoint][..], "AWS_ENDPOINT_URL", "Amazon Connect"),
        (&["list"], "AWS_ENDPOINT_URL_CONNECT", "Amazon Connect"),
        (&stack, "AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS CloudFormation"),
    ] {
        let run = finish(program(arguments).env(variable, &endpoint));
        assert_eq!(run.code, 1);
        assert!(
            run.err.contains(&format!("cannot reach {service} at `{endpoint}`: connection refused")),
            "{}",
            run.err
        );
        assert!(run.err.contains("hint: check the URL"), "{}", run.err);
        for raw in ["dispatch failure", "os error", "io error"] {
            assert!(!run.err.contains(raw), "{}", run.err);
        }
    }
}

#[test]
fn an_endpoint_that_is_no_url_is_refused_at_once_with_its_setting() {
    let stack = ["drift", "--stack", "contact-centre"];
    let orphans = ["list", "--orphans", "--cloudformation-endpoint-url", "foo"];
    let way_out = "hint: set it to a URL such as http://127.0.0.1:8110, or unset the variable to call AWS\n";
    for (arguments, variable) in [
        (&["list"][..], "AWS_ENDPOINT_URL_CONNECT"),
        (&["list"], "AWS_ENDPOINT_URL"),
        (&["export"], "AWS_ENDPOINT_URL_CONNECT"),
        (&stack, "AWS_ENDPOINT_URL_CLOUDFORMATION"),
        (&stack, "AWS_ENDPOINT_URL"),
    ] {
        let run = finish(program(arguments).env(variable, "foo"));
        let expected = format!("error: `{variable}` must be a URL, but is `foo`\n{way_out}");
        assert_eq!((run.code, run.err), (1, expected), "{arguments:?}");
    }
    let config = std::env::temp_dir().join(format!("no-url-{}", std::process::id()));
    for text in [
        "[default]\nendpoint_url = foo\n",
        "[default]\nservices = here\n[services here]\nconnect =\n  endpoint_url = foo\n",
    ] {
        std::fs::write(&config, text).unwrap();
        let run = finish(program(&["list"]).env("AWS_CONFIG_FILE", &config));
        let expected = "error: `endpoint_url` in the AWS config file must be a URL, but is `foo`\n";
        assert!(run.err.starts_with(expected), "{text}: {}", run.err);
    }
    std::fs::remove_file(config).unwrap();
    for arguments in [&["list", "--endpoint-url", "foo"][..], &orphans] {
        let run = finish(&mut program(arguments));
        assert!(run.err.contains("expected a URL such as http://127.0.0.1:8110"), "{}", run.err);
    }
}

#[test]
fn what_calls_nothing_needs_no_credentials() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    for arguments in [
        &["query", "SELECT permission FROM aws.connect.permission_catalogue LIMIT 1"][..],
        &["permissions", "BasicAgentAccess"],
        &["policy", "--instance-arn", super::INSTANCE_ARN],
        &["validate", "examples/contact-centre.yaml"],
    ] {
        let mut command = program(arguments);
        command.current_dir(folder).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        let run = finish(&mut command);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
    }
}
