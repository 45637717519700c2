//! `migrate` as it is used: the steps, their templates, and that what comes of it is fine.

use std::fs;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};

const NATIVE: &str = include_str!("templates/native.yaml");

fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::cargo_bin("connect-profiles").unwrap();
    command.args(arguments).write_stdin(input).output().unwrap()
}

fn migrated(arguments: &[&str], input: &str) -> String {
    let output = run(&[&["migrate", "-"], arguments].concat(), input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The template passes `validate` without a word.
fn assert_fine(template: &str) {
    let output = run(&["validate", "--strict", "-"], template);
    assert!(output.status.success(), "{}\n{template}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_steps_are_written_out() {
    insta::assert_snapshot!("migrate_steps", migrated(&[], NATIVE));
}

#[test]
fn the_first_template_only_retains() {
    insta::assert_snapshot!("migrate_step_1", migrated(&["--step", "1"], NATIVE));
}

#[test]
fn the_second_template_adopts_and_keeps_what_else_there_is() {
    let second = migrated(&["--step", "2", "--stack-tag", "CostCenter=42", "--stack-tag", "team=y"], NATIVE);
    insta::assert_snapshot!("migrate_step_2", second);
    assert_fine(&second);
}

#[test]
fn line_ends_stay_what_they_are() {
    let second = migrated(&["--step", "2", "--stack-tag", "a=b"], &NATIVE.replace('\n', "\r\n"));
    assert_eq!(second.matches('\n').count(), second.matches("\r\n").count());
    assert_eq!(second.replace("\r\n", "\n"), migrated(&["--step", "2", "--stack-tag", "a=b"], NATIVE));
}

#[test]
fn json_stays_json_whether_it_has_lines_or_not() {
    let profile = |name: &str, tags: Value| {
        json!({"Type": "AWS::Connect::SecurityProfile", "DeletionPolicy": "Retain", "Properties": {
            "InstanceArn": "arn:aws:connect:eu-west-2:123456789012:instance/i", "SecurityProfileName": name, "Tags": tags}})
    };
    let template = json!({"Resources": {
        "A": profile("A", json!([])),
        "B": profile("B", json!([{"Key": "team", "Value": "x"}])),
        "C": {"Type": "AWS::Connect::SecurityProfile", "DependsOn": "A", "Properties": {"SecurityProfileName": "C",
            "InstanceArn": {"Fn::GetAtt": ["B", "InstanceArn"]}}},
    }});
    for text in [template.to_string(), format!("{template:#}")] {
        let first: Value = serde_json::from_str(&migrated(&["--step", "1"], &text)).unwrap();
        for id in ["A", "B", "C"] {
            assert_eq!(first["Resources"][id]["DeletionPolicy"], "Retain");
            assert_eq!(first["Resources"][id]["UpdateReplacePolicy"], "Retain");
        }
        let second = migrated(&["--step", "2", "--stack-tag", "k=\"v\""], &text);
        assert_fine(&second);
        let second: Value = serde_json::from_str(&second).unwrap();
        let resources = &second["Resources"];
        assert_eq!(second["Parameters"]["ServiceToken"]["Type"], "String");
        assert_eq!(resources["AManaged"]["Properties"]["Tags"], json!([{"Key": "k", "Value": "\"v\""}]));
        assert_eq!(resources["BManaged"]["Properties"]["Tags"][1]["Value"], "x");
        assert_eq!(resources["CManaged"]["DependsOn"], "AManaged");
        assert_eq!(resources["CManaged"]["Properties"]["InstanceArn"]["Fn::GetAtt"][0], "BManaged");
        assert_eq!(resources["CManaged"]["Properties"]["Adopt"], true);
        assert_eq!(resources["AManaged"].get("DeletionPolicy"), None);
    }
}

#[test]
fn one_resource_may_be_moved_alone_to_a_provider_by_its_arn() {
    let arn = "arn:aws:lambda:eu-west-2:123456789012:function:provider";
    let second =
        migrated(&["--step", "2", "--resource", "Flow", "--service-token", arn, "--suffix", "Ours"], NATIVE);
    assert!(
        second.contains("FlowOurs: {Type: Custom::ConnectSecurityProfile") && second.contains(arn),
        "{second}"
    );
    assert!(
        second.contains("  Agents:\n    Type: AWS::Connect::SecurityProfile ")
            && !second.contains("Parameters")
    );
}

#[test]
fn a_folder_gets_both_templates_and_nothing_is_overwritten() {
    let folder = std::env::temp_dir().join(format!("connect-profiles-migrate-{}", std::process::id()));
    let arguments = ["migrate", "-", "--out", folder.to_str().unwrap()];
    assert!(run(&arguments, NATIVE).status.success());
    let written = fs::read_to_string(folder.join("template.step-2.yaml")).unwrap();
    assert_eq!(written, migrated(&["--step", "2"], NATIVE));
    let again = run(&arguments, NATIVE);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("template.step-1.yaml` is there already"));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_moved_is_told() {
    let with = |properties: &str| {
        format!("Resources:\n  A:\n    Type: AWS::Connect::SecurityProfile\n    Properties: {properties}\n")
    };
    for (arguments, template, expected) in [
        (
            &[][..],
            "Resources: {}\n".to_owned(),
            "nothing to move: no resource of type AWS::Connect::SecurityProfile\n",
        ),
        (
            &["--resource", "B"],
            with("{}"),
            "error: `B` is no resource of type AWS::Connect::SecurityProfile in this template\n",
        ),
        (&[], with("!Ref X"), "error: `A` is written in a way that cannot be edited in place\n"),
        (
            &[],
            "a: &a 1\nb: *a\nResources: {}\n".to_owned(),
            "error: a template with aliases cannot be edited in place\n",
        ),
        (
            &[],
            r#"{"Resources": {"A": {"Type": "AWS\u003a:Connect::SecurityProfile", "Properties": {"InstanceArn": "i"}}}}"#.to_owned(),
            "error: `AWS::Connect::SecurityProfile` is written with escapes\nhint: write it plainly first\n",
        ),
        (&["--suffix=-x"], with("{}"), "error: `--suffix` must be letters and digits"),
        (
            &["--service-token", "a b"],
            with("{}"),
            "error: `--service-token` is neither an ARN nor a parameter's name\n",
        ),
        (
            &["--stack-tag", "x"],
            with("{}"),
            "error: `x` is not KEY=VALUE\nhint: such as `--stack-tag Team=support`\n",
        ),
        (
            &["--step", "1"],
            with("{InstanceArn: i-1, SecurityProfileName: A}"),
            "step 2:9:77: `AManaged`: InstanceArn `i-1` is not",
        ),
    ] {
        let output = run(&[&["migrate", "-"], arguments].concat(), &template);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(output.status.code(), Some(i32::from(!told.starts_with("nothing"))), "{told}");
    }
}
