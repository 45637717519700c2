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

fn file(name: &str, text: &str) -> Home {
    let path = std::env::temp_dir().join(format!("connect-profiles-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    Home(path)
}

/// What no setting may make of the program.
fn is_told(err: &str) -> bool {
    !["panicked", "Interceptor", "failed to construct", "RUST_BACKTRACE"].iter().any(|raw| err.contains(raw))
}

#[test]
fn no_setting_of_the_sdk_makes_it_panic() {
    let world = World::new();
    let settings = [
        ("AWS_RETRY_MODE", "retry_mode", &["legacy", "adaptive", "x"][..]),
        ("AWS_MAX_ATTEMPTS", "max_attempts", &["0", "x", "-1"]),
        ("AWS_SDK_UA_APP_ID", "sdk_ua_app_id", &["a b/ü", "\u{1}"]),
        ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", &["x"]),
        ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &["x"]),
        ("AWS_DEFAULTS_MODE", "defaults_mode", &["x"]),
        ("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", &["x"]),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation", &["x"]),
        ("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation", &["x"]),
        ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode", &["x"]),
        ("AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference", &["x", "sigv4a, x,,"]),
        ("AWS_SIGV4A_SIGNING_REGION_SET", "sigv4a_signing_region_set", &["x y,"]),
        ("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression", &["x"]),
        (
            "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
            "request_min_compression_size_bytes",
            &["-1", "x", "99999999999"],
        ),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", &["x"]),
        ("AWS_CONNECT_TIMEOUT", "connect_timeout", &["-1", "x", "1e400"]),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode", &["x"]),
        ("AWS_LAMBDA_FUNCTION_NAME", "services", &["x"]),
    ];
    for (variable, key, values) in settings {
        for value in values {
            let config = file(key, &format!("[default]\n{key} = {value}\n"));
            let in_file = finish(world.command(&["list"]).env("AWS_CONFIG_FILE", &config.0));
            let in_environment = finish(world.command(&["list"]).env(variable, value));
            for run in [in_file, in_environment] {
                assert_eq!((run.code, run.err.as_str()), (0, ""), "{key} = {value:?}");
            }
        }
    }
}

#[test]
fn keys_that_no_request_can_carry_are_refused_with_their_source() {
    let world = World::new();
    let config = file(
        "process",
        "[profile work]\ncredential_process = printf '{\"Version\": 1, \"AccessKeyId\": \"AKIA\\\\nWORK\", \
         \"SecretAccessKey\": \"secret-of-process\"}'\n",
    );
    let keys = file(
        "del",
        "[base]\naws_access_key_id = AKIA\u{7f}\naws_secret_access_key = secret-of-del\n\
         [token]\naws_access_key_id = AKIA\naws_secret_access_key = secret-of-token\naws_session_token = a b\n",
    );
    let role = file(
        "role-on-del",
        "[profile role]\nrole_arn = arn:aws:iam::000000000000:role/x\nsource_profile = base\n",
    );
    let nothing = std::path::PathBuf::from("/dev/null");
    let cases = [
        (&["list"][..], "AKIA\n", "", &nothing, "access key id from the environment"),
        (&["list"], "AKIA", "to\nken", &nothing, "session token from the environment"),
        (&["list", "--profile", "base"], "AKIA", "", &nothing, "access key id from profile `base`"),
        (&["list", "--profile", "token"], "AKIA", "", &nothing, "session token from profile `token`"),
        (&["list", "--profile", "role"], "AKIA", "", &role.0, "access key id from profile `base`"),
        (&["list", "--profile", "work"], "AKIA", "", &config.0, "access key id from profile `work`"),
    ];
    for (arguments, id, token, config, wanted) in cases {
        let mut command = world.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", id).env("AWS_CONFIG_FILE", config);
        command.env("AWS_SHARED_CREDENTIALS_FILE", &keys.0);
        if !token.is_empty() {
            command.env("AWS_SESSION_TOKEN", token);
        }
        let run = finish(&mut command);
        assert_eq!(run.code, 1, "{wanted}: {}", run.err);
        assert!(run.err.contains(wanted) && run.err.contains("not visible ASCII"), "{wanted}: {}", run.err);
        assert!(is_told(&run.err) && !run.err.contains("secret-of"), "{}", run.err);
    }
    assert!(world.connect.journal().is_empty());
}

#[test]
fn a_region_that_is_no_host_label_is_named_with_its_source() {
    let world = World::new();
    for region in ["eu west", "", "x.evil.com/#", "-x"] {
        let flag = format!("--region={region}");
        let run = finish(&mut world.command(&["list", &flag]));
        let wanted = format!("the region `{region}`, named by `--region`, is not valid");
        assert!(run.code == 1 && run.err.contains(&wanted) && is_told(&run.err), "{}", run.err);
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let run = finish(world.command(&["list"]).env_remove("AWS_REGION").env(name, "us-east-1 "));
        assert!(run.code == 1 && run.err.contains(&format!("named by `{name}`")), "{}", run.err);
    }
    let config = file("region", "[profile work]\nregion = eu_west\n");
    let mut command = world.command(&["list", "--profile", "work"]);
    let run = finish(command.env_remove("AWS_REGION").env("AWS_CONFIG_FILE", &config.0));
    let wanted = "the region `eu_west`, named by `region` of profile `work`, is not valid";
    assert!(run.code == 1 && run.err.contains(wanted), "{}", run.err);
}

#[test]
fn half_of_a_setting_is_named() {
    for (variable, value, missing) in [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null", "AWS_ROLE_ARN"),
        ("AWS_SECRET_ACCESS_KEY", "secret", "AWS_ACCESS_KEY_ID"),
    ] {
        let mut command = World::new().command(&["list"]);
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env(variable, value);
        let run = finish(&mut command);
        let wanted = format!("error: `{variable}` is set, but `{missing}` is not");
        assert!(run.code == 1 && run.err.starts_with(&wanted), "{}", run.err);
    }
    let keys = file("section", "[profile work]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n");
    let mut command = World::new().command(&["list", "--profile", "work"]);
    let run = finish(command.env("AWS_SHARED_CREDENTIALS_FILE", &keys.0));
    assert!(run.err.contains("write `[work]` instead of `[profile work]`"), "{}", run.err);
}

#[test]
fn a_message_of_a_service_is_shown_without_control_characters_and_with_fitting_advice() {
    for (code, message, hint) in [
        ("AccessDeniedException", "\u{1b}]0;OWNED\u{7}no", "you need the IAM action"),
        ("InvalidClientTokenId", "no", "the credentials come from"),
        ("IncompleteSignatureException", "no", "the credentials come from"),
        ("OptInRequired", "no", "enable the region"),
        ("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", "check the clock"),
    ] {
        let world = World::new();
        world.connect.script(Fault::on(Operation::ListInstances).error(403, code).message(message));
        let run = finish(&mut world.command(&["list"]));
        assert!(run.code == 1 && run.err.contains(&format!("hint: {hint}")), "{code}: {}", run.err);
        assert!(!run.err.contains(['\u{1b}', '\u{7}']), "{:?}", run.err);
    }
}

#[test]
fn a_secret_in_an_endpoint_is_not_shown() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://user:PASSWORD@{closed}/?x=SECRET");
    let run = finish(&mut program(&["list", "--endpoint-url", &endpoint]));
    assert_eq!(run.code, 1);
    assert!(!run.err.contains("PASSWORD") && !run.err.contains("SECRET"), "{}", run.err);
}
