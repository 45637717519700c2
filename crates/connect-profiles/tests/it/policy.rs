//! `policy` says what `template.yaml` says; `tests/conformance` has it read by a parser of AWS's policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::program::run;

const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";

/// The actions by the kind of resource that they are allowed on.
type Allowed = BTreeMap<&'static str, BTreeSet<String>>;

/// What the role of `template.yaml` allows. The file is read by its shape: a list of actions, then of resources.
fn of_template() -> Allowed {
    let text = include_str!("../../../../template.yaml");
    let (_, role) = text.split_once("PolicyName: SecurityProfiles").unwrap();
    let (role, _) = role.split_once("PolicyName: LastResort").unwrap();
    let mut allowed = Allowed::new();
    for statement in role.split("- Sid: ").skip(1) {
        let (actions, rest) = statement.split_once("Resource:").unwrap();
        let kind = if rest.contains("/security-profile/*") { "profile" } else { "instance" };
        let words = actions.split_whitespace().filter(|word| word.starts_with("connect:"));
        allowed.entry(kind).or_default().extend(words.map(ToOwned::to_owned));
    }
    allowed
}

fn of_policy(arguments: &[&str]) -> Allowed {
    let policy: Value = serde_json::from_str(&run(arguments).out).unwrap();
    let mut allowed = Allowed::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let resource = statement["Resource"][0].as_str().unwrap();
        let kind = if resource.contains("/security-profile/") { "profile" } else { "instance" };
        let actions =
            statement["Action"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned());
        allowed.entry(kind).or_default().extend(actions);
    }
    allowed
}

#[test]
fn deploying_needs_what_the_role_in_the_template_has_and_reading_no_write() {
    assert_eq!(of_policy(&["policy", "--instance-arn", INSTANCE]), of_template());
    let read_only = of_policy(&["policy", "--instance-arn", INSTANCE, "--verbs", "read-only"]);
    let all: BTreeSet<String> = read_only.into_values().flatten().collect();
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|action| action.contains(":List") || action.contains(":Describe")), "{all:?}");
}

#[test]
fn denials_stand_alone_and_name_what_they_protect() {
    let profile = format!("{INSTANCE}/security-profile/p");
    let run = run(&[
        "policy",
        "--instance-arn",
        INSTANCE,
        "--forbid",
        "delete",
        "--protect-profile",
        &profile,
        "--protect-owner-tag",
        "arn:aws:iam::000000000000:role/provider",
    ]);
    insta::assert_snapshot!(run.all());
}

#[test]
fn what_is_no_arn_and_no_instance_is_said() {
    insta::assert_snapshot!(run(&["policy"]).all(), @"
    exit 1
    --- stderr
    error: there is no instance to allow anything on
    hint: say it with `--instance-arn`; `connect-profiles list` shows what there is
    ");
    let run = run(&["policy", "--instance-arn", INSTANCE, "--protect-owner-tag", "provider"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("it is not a role's ARN"), "{}", run.err);
}

#[test]
fn a_deployment_is_not_held_to_single_profiles_because_it_makes_new_ones() {
    let refused = run(&["policy", "--instance-arn", INSTANCE, "--profile-id", "p"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("`--profile-id` does not go with"), "{}", refused.err);
    assert!(refused.err.contains("--verbs read-only"), "{}", refused.err);
}
