//! `validate` as it is used: what is shown, what programs read, and the exit codes.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const WRONG: &str = include_str!("templates/wrong.yaml");

fn validate(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("connect-profiles").unwrap();
    let output = command.arg("validate").args(arguments).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_mistake_is_shown_with_its_line_its_rule_and_the_way_out() {
    let (code, shown, summary) = validate(&["-"], WRONG);
    insta::assert_snapshot!("validate_wrong", shown);
    assert_eq!((code, summary.as_str()), (1, "14 mistakes, 9 warnings in 4 profiles of 1 file\n"));
}

#[test]
fn programs_read_json_and_sarif() {
    let (code, json, _) = validate(&["--format", "json", "-"], WRONG);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, json["mistakes"].as_u64(), json["warnings"].as_u64()), (1, Some(14), Some(9)));
    insta::assert_snapshot!(format!("{:#}", json["findings"][2]), @r#"
    {
      "column": 7,
      "endColumn": 25,
      "endLine": 17,
      "file": "stdin",
      "help": "did you mean `SecurityProfileName`?",
      "line": 17,
      "message": "SecurityProfileNme is not a known property",
      "path": "SecurityProfileNme",
      "resource": "Agents",
      "rule": "property",
      "severity": "mistake"
    }
    "#);
    let (_, sarif, _) = validate(&["--format", "sarif", "-"], WRONG);
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 23);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    insta::assert_snapshot!(results[2]["locations"][0], @r#"{"logicalLocations":[{"kind":"resource","name":"Agents"}],"physicalLocation":{"artifactLocation":{"uri":"stdin"},"region":{"endColumn":25,"endLine":17,"startColumn":7,"startLine":17}}}"#);
}

#[test]
fn the_repositorys_own_examples_have_nothing_wrong() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let files: Vec<String> =
        fs::read_dir(examples).unwrap().map(|file| file.unwrap().path().display().to_string()).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).filter(|file| file.ends_with("yaml")).collect();
    let (code, shown, summary) = validate(&[&["--strict"], &files[..]].concat(), "");
    assert_eq!((code, shown.as_str()), (0, ""));
    assert!(summary.starts_with("nothing wrong in "), "{summary}");
}

const FINE: &str = "
Parameters: {Name: {Type: String, AllowedValues: [Agents, Clerks]}}
Resources:
  A:
    Type: Custom::ConnectSecurityProfile
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-2:123456789012:function:provider
      InstanceArn: !Sub 'arn:${AWS::Partition}:connect:${AWS::Region}:${AWS::AccountId}:instance/i'
      SecurityProfileName: !Ref Name
      Permissions: [Custom.Permission]
";

#[test]
fn warnings_count_only_when_that_is_asked_for() {
    assert_eq!(validate(&["-"], FINE).0, 0);
    assert_eq!(validate(&["--strict", "-"], FINE).0, 1);
}

#[test]
fn parameters_region_and_account_make_more_known() {
    let (code, _, _) =
        validate(&["-p", "Name=Agents", "--region", "eu-west-2", "--account", "123456789012", "-"], FINE);
    assert_eq!(code, 0);
    let (code, shown, _) = validate(&["-p", "Name=Agent!", "-"], FINE);
    assert_eq!(code, 1);
    assert!(
        shown.contains("error[parameter]: parameter `Name` is `Agent!`; allowed are `Agents`, `Clerks`"),
        "{shown}"
    );
    assert!(shown.contains("error[property]: SecurityProfileName `Agent!` may hold only"), "{shown}");
    let other = FINE.replace("${AWS::AccountId}", "999999999999");
    let (_, shown, _) = validate(&["--region", "eu-west-2", "-"], &other);
    assert!(shown.contains("error[property]: InstanceArn is in account 999999999999"), "{shown}");
}

#[test]
fn against_an_old_template_what_is_lost_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/templates");
    let (old, new) = (folder.join("old.yaml"), folder.join("new.yaml"));
    let (code, shown, _) =
        validate(&["--old", old.to_str().unwrap(), "-"], &fs::read_to_string(new).unwrap());
    assert_eq!(code, 1);
    insta::assert_snapshot!("validate_old", shown);
}

#[test]
fn what_is_no_template_is_shown_at_its_line() {
    let (code, shown, _) = validate(&["-"], "Resources:\n  A: [1\n");
    insta::assert_snapshot!(shown);
    assert_eq!(code, 1);
    let (code, shown, _) = validate(&["-"], "Parameters: {}\n");
    assert_eq!(code, 1);
    assert!(shown.contains("has no `Resources`"), "{shown}");
}

#[test]
fn bad_arguments_are_refused_with_a_way_out() {
    for (arguments, expected) in [
        (&["nowhere.yaml"][..], "error: `nowhere.yaml` cannot be read: No such file"),
        (&["-p", "x", "-"], "error: `x` is not NAME=VALUE\nhint: such as `--parameter Stage=prod`"),
        (&["-p", "Nmae=x", "-"], "error: no template has a parameter `Nmae`\nhint: there are `Name`"),
        (&["--account", "12", "-"], "error: `12` is not an account: twelve digits"),
        (&["--old", "a", "b", "c"], "error: `--old` goes with one template"),
    ] {
        let (code, shown, told) = validate(arguments, FINE);
        assert_eq!((code, shown.as_str()), (1, ""));
        assert!(told.starts_with(expected), "{told}");
    }
    assert_eq!(validate(&["--format", "xml", "-"], "").0, 1);
    assert_eq!(validate(&[], "").0, 1);
}

#[test]
fn what_is_no_mapping_and_what_is_missing_is_told() {
    let template =
        |properties: &str| format!("Resources: {{A: {{Type: Custom::ConnectSecurityProfile{properties}}}}}");
    for (properties, expected) in [
        ("", &["InstanceArn is required", "SecurityProfileName is required", "ServiceToken is required"][..]),
        (", Properties: text", &["Properties must be a mapping"]),
        (", Properties: [a]", &["Properties must be a mapping"]),
        (", Properties: {SecurityProfileName: admin}", &["profiles called `admin` are protected"]),
    ] {
        let (code, shown, _) = validate(&["-"], &template(properties));
        assert_eq!(code, 1);
        for text in expected {
            assert!(shown.contains(text), "{text}: {shown}");
        }
    }
}

#[test]
fn the_line_of_an_external_id_is_not_shown() {
    let template = "Resources:\n  A:\n    Type: Custom::ConnectSecurityProfile\n    Properties:\n      ServiceToken: !Ref T\n      \
        InstanceArn: !Ref I\n      SecurityProfileName: A\n      ExternalId:\n        a: TOPSECRET\n      \
        RoleArn: {b: c, ExternalId: TOPSECRET}\nParameters:\n  I: {Type: String}\n  T: {Type: String}\n";
    let (code, shown, _) = validate(&["-"], template);
    assert_eq!(code, 1);
    assert!(shown.contains("ExternalId") && shown.contains("stdin:9") && shown.contains("in `A`"), "{shown}");
    assert!(!shown.contains("TOPSECRET"), "{shown}");
    for (written, frame) in [
        ("ExternalId: 'TOP SECRET'", "8 |       ExternalId: (redacted)"),
        ("\"ExternalId\" : 'TOP SECRET'", "8 |       \"ExternalId\" : (redacted)"),
        ("ExternalId: |\n        TOP SECRET", "9 |         (redacted)"),
    ] {
        let template = template.replace("ExternalId:\n        a: TOPSECRET", written);
        let template = template.replace("RoleArn: {b: c, ExternalId: TOPSECRET}", "RoleArn: ''");
        let (_, shown, _) = validate(&["-"], &template);
        assert!(shown.contains(frame) && shown.contains("in `A`"), "{shown}");
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}

#[test]
fn an_ai_agent_is_an_application_and_the_permissions_of_mcp_are_tools() {
    let template = |agent: &str, kind: &str, permission: &str| {
        format!(
            "Conditions:\n  C: !Equals [!Ref AWS::Region, x]\nResources:\n  A:\n    Type: Custom::ConnectSecurityProfile\n    \
             Properties:\n      ServiceToken: arn:aws:lambda:us-east-1:000000000000:function:f\n      ServiceTimeout: 60\n      \
             InstanceArn: arn:aws:connect:us-east-1:000000000000:instance/i\n      SecurityProfileName: A\n      \
             AllowedAIAgents:\n        - Arn: {agent}\n      Applications:\n        - Namespace: n\n          Type: {kind}\n          \
             ApplicationPermissions: [{permission}]\n"
        )
    };
    let application =
        "arn:aws:app-integrations:us-east-1:000000000000:application/11111111-2222-3333-4444-555555555555";
    let warnings = |template: &str| -> Vec<(String, String)> {
        let (code, json, _) = validate(&["--format", "json", "-"], template);
        let json: Value = serde_json::from_str(&json).unwrap();
        let findings = json["findings"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = findings.filter(|it| it["rule"] == "ai-agent-arn" || it["rule"] == "mcp-permission");
        let of: Vec<_> = of.map(|it| (text(&it["rule"]), text(&it["path"]))).collect();
        assert_eq!((code, json["mistakes"].as_u64()), (0, Some(0)), "{json:#}");
        let (strict, ..) = validate(&["--strict", "-"], template);
        assert!(strict == 1 || of.is_empty(), "{json:#}");
        of
    };
    let agent = ("ai-agent-arn".to_owned(), "AllowedAIAgents[0].Arn".to_owned());
    let tool = ("mcp-permission".to_owned(), "Applications[0].ApplicationPermissions[0]".to_owned());
    for arn in [
        "arn:aws:wisdom:us-east-1:000000000000:ai-agent/a/b",
        "arn:aws:connect:us-east-1:000000000000:instance/i/ai-agent/a",
        "arn:aws:app-integrations:us-east-1:0:application/a",
        "agent",
        "!If [C, agent, !Ref AWS::StackId]",
    ] {
        assert_eq!(warnings(&template(arn, "MCP", "a___b")), std::slice::from_ref(&agent), "{arn}");
    }
    assert_eq!(warnings(&template(application, "MCP", "ACCESS")), [tool]);
    for (arn, kind, permission) in [
        (application, "MCP", "orders___find"),
        (application, "THIRD_PARTY_APPLICATION", "ACCESS"),
        ("!Sub arn:aws:app-integrations:us-east-1:000000000000:application/${AWS::StackName}", "MCP", "a"),
        ("!ImportValue x", "MCP", "a"),
    ] {
        assert_eq!(warnings(&template(arn, kind, permission)), [], "{arn}");
    }
}
