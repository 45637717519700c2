//! `plan` and `drift`, in a pipe and on a terminal.

mod stacks;

use std::path::PathBuf;

use connect_emulator::Profile;

use crate::program::{masked, run, run_with};
use crate::served::{INSTANCE, OWNER_TAG, PROFILE_ID, Served, cloudformation, ours};

const TEMPLATE: &str = "tests/it/templates/agents.yaml";

fn template() -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(TEMPLATE).display().to_string()
}

fn deployed() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(folder.join("tests/it/templates/deployed.yaml")).unwrap()
}

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

#[test]
fn an_event_is_planned_value_by_value_with_its_calls() {
    let served = Served::with([ours()]);
    let run = served.read_only(&["plan", "events/update-permissions.json", "--calls"], &[]);
    insta::assert_snapshot!(run.all());
    let run = served.read_only(&["plan", "events/update-permissions.json", "--format", "json"], &[]);
    insta::assert_snapshot!(run.all());
}

#[test]
fn a_plan_warns_of_what_allows_more_and_of_a_guard_that_matches_nothing() {
    let served = Served::with([ours()]);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("events/update-permissions.json")).unwrap();
    let mut event: serde_json::Value = serde_json::from_str(&text).unwrap();
    event["ResourceProperties"]["Permissions"] =
        serde_json::json!(["BasicAgentAccess", "SecurityProfiles.Edit"]);
    event["ResourceProperties"]["AllowedFlowModules"] =
        serde_json::json!([{"FlowModuleId": "m-1", "Type": "MCP"}]);
    let file = std::env::temp_dir().join(format!("widening-{}.json", std::process::id()));
    std::fs::write(&file, event.to_string()).unwrap();
    let denied = [("DENIED_PERMISSIONS", "SecurtyProfiles.*")];
    let shown = served.read_only(&["plan", file.to_str().unwrap()], &denied).all();
    std::fs::remove_file(file).unwrap();
    for warning in [
        "Permissions: added SecurityProfiles.Edit; the profile may allow more than before",
        "AllowedFlowModules: added m-1; the profile may allow more than before",
        "`SecurtyProfiles.*` matches no permission of the catalogue",
    ] {
        assert!(shown.contains(warning), "{warning}: {shown}");
    }
}

#[test]
fn what_the_lambda_refuses_the_plan_refuses_in_the_same_words() {
    let served = Served::with([Profile::named("Agents").with_permission("BasicAgentAccess")]);
    insta::assert_snapshot!(served.read_only(&["plan", "events/create.json"], &[]).all());
    let denied = [("DENIED_PERMISSIONS", "Basic*")];
    insta::assert_snapshot!(served.read_only(&["plan", "events/create-adopt.json"], &denied).all());
    insta::assert_snapshot!(served.read_only(&["plan", "events/create-mistakes.json"], &[]).all());
}

#[test]
fn nothing_to_do_is_code_0_and_a_delete_says_what_is_not_known() {
    let served = Served::with([ours()]);
    let run = served.read_only(&["plan", "events/update-no-change.json"], &[]);
    assert_eq!((run.code, run.out.as_str()), (0, "  Agents  no change\nPlan: 1 without change\n"));
    insta::assert_snapshot!(served.read_only(&["plan", "events/delete.json"], &[]).all());
}

#[test]
fn values_can_be_hidden() {
    let run = run(&["plan", "events/create-everything.json", "--local", "--hide-values", "--calls"]);
    for secret in ["Takes calls", "support", "north"] {
        assert!(!run.out.contains(secret), "{}", run.out);
    }
    assert!(run.out.contains("team: …"), "{}", run.out);
}

#[test]
fn a_template_without_a_stack_is_matched_by_the_owner_tag() {
    let served = Served::with([ours()]);
    let run =
        served.read_only(&["plan", &template(), "--parameter", &format!("InstanceArn={INSTANCE}")], &[]);
    insta::assert_snapshot!(run.all());
    insta::assert_snapshot!(served.read_only(&["plan", &template()], &[]).all());
}

#[test]
fn a_template_against_its_stack_knows_what_is_new_changed_unchanged_and_gone() {
    let mut chat = ours().tagged(OWNER_TAG, ours().tags[OWNER_TAG].replace("/Agents/", "/Gone/"));
    (chat.id, chat.name) = ("aaaaaaaa-8888-7777-6666-555555555555".to_owned(), "Chat".to_owned());
    let served = Served::with([ours(), chat.clone()]);
    let physical = [("Agents", arn()), ("Gone", arn().replace(PROFILE_ID, &chat.id))];
    let physical: Vec<(&str, &str)> = physical.iter().map(|(name, id)| (*name, id.as_str())).collect();
    let endpoint = cloudformation(&deployed(), &[("InstanceArn", INSTANCE), ("Secret", "****")], &physical);
    let environment = [("AWS_ENDPOINT_URL_CLOUDFORMATION", endpoint.as_str())];
    let run = served.read_only(&["plan", &template(), "--stack", "contact-centre"], &environment);
    insta::assert_snapshot!(run.all());
    let run = served.read_only(&["drift", "--stack", "contact-centre"], &environment);
    insta::assert_snapshot!(run.all());
    let run = served.read_only(&["drift", "--stack", "other"], &environment);
    insta::assert_snapshot!(run.all());
}

#[test]
fn a_rename_is_a_replacement_with_its_clean_up_and_what_is_unchanged_gets_no_event() {
    let served = Served::with([ours().described("By hand")]);
    let endpoint = cloudformation(&deployed(), &[("InstanceArn", INSTANCE)], &[("Agents", &arn())]);
    let environment = [("AWS_ENDPOINT_URL_CLOUDFORMATION", endpoint.as_str())];
    let folder = std::env::temp_dir().join(format!("connect-profiles-rename-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("template.yaml").display().to_string();
    std::fs::write(&file, deployed()).unwrap();
    let unchanged = served.read_only(&["plan", &file, "--stack", "contact-centre"], &environment);
    std::fs::write(&file, deployed().replace("Name: Agents", "Name: Advisers")).unwrap();
    let renamed = served.read_only(&["plan", &file, "--stack", "contact-centre"], &environment);
    std::fs::remove_dir_all(folder).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", unchanged.all(), renamed.all()));
}

#[test]
fn drift_is_what_differs_from_what_is_stated_and_whose_it_is() {
    let given = ["--instance-arn", INSTANCE];
    let drift = |served: &Served, more: &[&str]| {
        served.read_only(&[&["drift", &template()], &given[..], more].concat(), &[]).all()
    };
    let stated = ours().with_permission("Users.View");
    insta::assert_snapshot!(drift(&Served::with([stated.clone()]), &[]));
    let edited = stated.clone().described("By hand").tagged("team", "x").with_permission("Users.Edit");
    insta::assert_snapshot!(drift(&Served::with([edited.clone()]), &["--format", "json"]));
    let another = edited.tagged(OWNER_TAG, ours().tags[OWNER_TAG].replace("/Agents/", "/Others/"));
    insta::assert_snapshot!(drift(&Served::with([another]), &[]));
}

#[test]
fn a_profile_that_is_gone_or_renamed_has_drifted() {
    let endpoint = cloudformation(&deployed(), &[("InstanceArn", INSTANCE)], &[("Agents", &arn())]);
    let environment = [("AWS_ENDPOINT_URL_CLOUDFORMATION", endpoint.as_str())];
    let renamed = Served::with([Profile { name: "Agents (old)".to_owned(), ..ours() }]);
    insta::assert_snapshot!(renamed.read_only(&["drift", "--stack", "contact-centre"], &environment).all());
    let gone = Served::new();
    insta::assert_snapshot!(gone.read_only(&["drift", "--stack", "contact-centre"], &environment).all());
}

#[test]
fn an_error_of_a_read_is_an_error_of_the_plan() {
    let served = Served::with([ours()]);
    let fault = connect_emulator::Fault::on(connect_emulator::Operation::ListSecurityProfileApplications);
    served.emulator.script(fault.always().error(403, "AccessDeniedException"));
    let denied = served.read_only(&["plan", "events/update-permissions.json"], &[]);
    insta::assert_snapshot!(denied.all());
    let throttle = connect_emulator::Fault::on(connect_emulator::Operation::DescribeSecurityProfile);
    let served = Served::with([ours()]);
    served.emulator.script(throttle.error(429, "TooManyRequestsException"));
    assert_eq!(served.read_only(&["plan", "events/update-permissions.json"], &[]).code, 2, "it waits");
    let unread = run(&["plan", "no-such-file.yaml"]);
    insta::assert_snapshot!(unread.all());
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let run = run_with(&["plan", "events/create.json", "--endpoint-url", "http://127.0.0.1:1"], &none);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("credentials"), "{}", run.err);
}

#[test]
fn colours_are_for_terminals() {
    let on_terminal = terminal(&["plan", "events/create.json", "--local"], &[]);
    assert!(on_terminal.contains("\u{1b}[32m"), "{on_terminal:?}");
    for environment in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        let plain = terminal(&["plan", "events/create.json", "--local"], &environment);
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
    }
    let in_pipe = run(&["plan", "events/create.json", "--local"]).out;
    assert!(!in_pipe.contains('\u{1b}'), "{in_pipe:?}");
    assert!(run(&["plan", "events/create.json", "--local", "--color", "always"]).out.contains('\u{1b}'));
}

/// What the program writes on a terminal.
fn terminal(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut command = portable_pty::CommandBuilder::new(assert_cmd::cargo::cargo_bin("connect-profiles"));
    command.cwd(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    command.args(arguments);
    command.env("TERM", "xterm-256color");
    // What a build server or a user says of colours, too: `CI` alone colours a dumb terminal.
    for name in ["NO_COLOR", "CI", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    for (name, value) in environment {
        command.env(name, value);
    }
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut bytes = Vec::new();
    // A terminal whose other end is gone is an error on Linux.
    let _ = std::io::Read::read_to_end(&mut reader, &mut bytes);
    child.wait().unwrap();
    masked(&String::from_utf8_lossy(&bytes))
}

#[test]
fn a_template_that_would_be_refused_is_no_plan_and_no_drift() {
    let folder = std::env::temp_dir().join(format!("refused-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let of = |properties: &str| {
        format!("Resources:\n  A:\n    Type: Custom::ConnectSecurityProfile\n{properties}")
    };
    for (text, message) in [
        ("Resources: {A: {Type: Custom::ConnectSecurityProfil}}".to_owned(), "Custom::ConnectSecurityProfil"),
        ("foo: bar".to_owned(), "has no `Resources`"),
        (
            of(&format!(
                "    Condition: Nowhere\n    Properties: {{InstanceArn: '{INSTANCE}', SecurityProfileName: A, ServiceToken: x}}\n"
            )),
            "Nowhere",
        ),
    ] {
        let file = folder.join("template.yaml");
        std::fs::write(&file, text).unwrap();
        for command in ["plan", "drift"] {
            let run = run(&[command, file.to_str().unwrap(), "--local"]);
            assert_eq!((run.code, run.out.as_str()), (1, ""), "{command}: {}", run.err);
            assert!(
                run.err.contains(message) && run.err.contains("template.yaml:"),
                "{command}: {}",
                run.err
            );
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let event = run(&["drift", "events/create.json", "--local"]);
    assert_eq!(event.code, 1, "{}{}", event.out, event.err);
}

#[test]
fn locally_an_event_is_planned_wherever_its_instance_is() {
    let folder = std::env::temp_dir().join(format!("elsewhere-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let event =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/create.json")).unwrap();
    let file = folder.join("event.json");
    std::fs::write(&file, event.replace("arn:aws:connect:us-east-1", "arn:aws:connect:eu-west-2")).unwrap();
    let run = run(&["plan", file.to_str().unwrap(), "--local"]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("create `Agents`"), "{}", run.out);
}

#[test]
fn a_plan_refuses_a_reference_that_is_never_resolved_in_the_words_of_validate() {
    let file = std::env::temp_dir().join(format!("never-resolved-{}.yaml", std::process::id()));
    let template = |text: &str| {
        format!(
            "Resources:\n  Desk:\n    Type: Custom::ConnectSecurityProfile\n    Properties:\n      ServiceToken: \
             arn:aws:lambda:us-east-1:000000000000:function:f\n      ServiceTimeout: 60\n      InstanceArn: {INSTANCE}\n      \
             SecurityProfileName: Desk\n      Description: !Sub 'x {{{{resolve:{text}}}}} y'\n"
        )
    };
    for service in ["ssm-secure", "secretsmanager"] {
        std::fs::write(&file, template(&format!("{service}:/a/b:1"))).unwrap();
        let planned = run(&["plan", "--local", "--format", "json", file.to_str().unwrap()]);
        let planned_json: serde_json::Value = serde_json::from_str(&planned.out).unwrap();
        let resource = &planned_json["resources"][0];
        let words = format!(
            "Description holds the dynamic reference `{{{{resolve:{service}:…}}}}`, which CloudFormation does not"
        );
        assert_eq!(
            (planned.code, &resource["action"]),
            (1, &serde_json::json!("refuse")),
            "{planned_json:#}"
        );
        assert!(resource["reason"].as_str().unwrap().contains(&words), "{planned_json:#}");
        assert_eq!(resource["unknown"], serde_json::json!([]));
        let validated = run(&["validate", file.to_str().unwrap()]);
        assert!(validated.all().contains(&words), "{}", validated.all());
    }
    std::fs::write(&file, template("ssm:/a/b")).unwrap();
    let planned = run(&["plan", "--local", file.to_str().unwrap()]).all();
    std::fs::remove_file(file).unwrap();
    assert!(planned.contains("+ Desk") && planned.contains("Description: (known after deploy)"), "{planned}");
}
