//! `policy` says what `template.yaml` says; `tests/conformance` has it read by a parser of AWS's policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::program::{Run, run};

const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";

const ROLE: &str = "arn:aws:iam::000000000000:role/provider";

/// The actions by the kind of resource that they are allowed on.
type Allowed = BTreeMap<&'static str, BTreeSet<String>>;

/// The kinds of resource, by how their ARNs go on behind the instance's or the account's.
const KINDS: [(&str, &str); 4] = [
    ("/security-profile/", "profile"),
    ("/flow-module/", "module"),
    ("/agent-group/", "group"),
    (":application/", "application"),
];

/// The kinds that a text names; one without any names the instance itself.
fn kinds(text: &str) -> Vec<&'static str> {
    let named: Vec<_> = KINDS.iter().filter(|(part, _)| text.contains(part)).map(|(_, kind)| *kind).collect();
    if named.is_empty() { vec!["instance"] } else { named }
}

/// What the role of `template.yaml` allows whatever its parameters. The file is read by its shape: a list of actions, then
/// of resources.
fn of_template() -> Allowed {
    let text = include_str!("../../../../template.yaml");
    let (_, role) = text.split_once("PolicyName: SecurityProfiles").unwrap();
    let (role, _) = role.split_once("PolicyName: LastResort").unwrap();
    let mut allowed = Allowed::new();
    for statement in role.split("- Sid: ").skip(1).filter(|it| it.contains("Effect: Allow")) {
        let (actions, rest) = statement.split_once("Resource:").unwrap();
        let (resource, _) = rest.split_once("              #").unwrap_or((rest, ""));
        let words = actions.split_whitespace().filter(|word| word.starts_with("connect:"));
        for kind in kinds(resource) {
            allowed.entry(kind).or_default().extend(words.clone().map(ToOwned::to_owned));
        }
    }
    allowed
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

fn statements(arguments: &[&str]) -> Vec<Value> {
    let run = run(arguments);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let policy: Value = serde_json::from_str(&run.out).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

fn of_policy(arguments: &[&str]) -> Allowed {
    let mut allowed = Allowed::new();
    for statement in statements(arguments) {
        for kind in texts(&statement["Resource"]).into_iter().flat_map(kinds) {
            allowed
                .entry(kind)
                .or_default()
                .extend(texts(&statement["Action"]).into_iter().map(ToOwned::to_owned));
        }
    }
    allowed
}

#[test]
fn the_provider_needs_what_the_role_in_the_template_has() {
    let expected = of_template();
    assert_eq!(
        expected.keys().copied().collect::<Vec<_>>(),
        ["application", "group", "instance", "module", "profile"]
    );
    assert_eq!(of_policy(&["policy", "--instance-arn", INSTANCE]), expected);
    assert_eq!(of_policy(&["policy", "--instance-arn", INSTANCE, "--for", "provider"]), expected);
    assert_eq!(of_policy(&["policy", "--instance-arn", INSTANCE, "--verbs", "deploy"]), expected);
}

#[test]
fn the_provider_s_policy_names_applications_of_each_account_once() {
    let other = INSTANCE.replace("1111", "2222");
    let abroad = INSTANCE.replace("000000000000", "999999999999");
    let arguments =
        ["policy", "--instance-arn", INSTANCE, "--instance-arn", &other, "--instance-arn", &abroad];
    let statements = statements(&arguments);
    let named = statements.iter().find(|it| it["Sid"] == "NamedByProfiles").unwrap();
    let applications: Vec<_> =
        texts(&named["Resource"]).into_iter().filter(|it| it.contains("app-integrations")).collect();
    assert_eq!(
        applications,
        [
            "arn:aws:app-integrations:*:000000000000:application/*",
            "arn:aws:app-integrations:*:999999999999:application/*",
        ]
    );
    assert_eq!(texts(&named["Resource"]).len(), 3 + 3 + 2);
}

#[test]
fn a_reader_reads_profiles_and_stacks_and_writes_nothing() {
    let by_audience = run(&["policy", "--instance-arn", INSTANCE, "--for", "reader"]);
    let by_verbs = run(&["policy", "--instance-arn", INSTANCE, "--verbs", "read-only"]);
    assert_eq!(by_audience.all(), by_verbs.all());
    insta::assert_snapshot!(by_audience.all());
    for statement in statements(&["policy", "--instance-arn", INSTANCE, "--for", "reader"]) {
        for action in texts(&statement["Action"]) {
            let (_, name) = action.split_once(':').unwrap();
            assert!(["List", "Describe", "Get"].iter().any(|verb| name.starts_with(verb)), "{action}");
        }
    }
}

/// The calls to CloudFormation of the code behind `--stack` and `--orphans`, read by their shape.
#[test]
fn a_reader_may_make_every_call_to_cloudformation() {
    let source = concat!(include_str!("../../src/cloudformation.rs"), include_str!("../../src/orphans.rs"));
    let calls = source.split("client").filter_map(|it| it.trim_start().strip_prefix('.')?.split_once("()"));
    let calls: BTreeSet<String> =
        calls.map(|(name, _)| format!("cloudformation:{}", name.replace('_', ""))).collect();
    let statements = statements(&["policy", "--instance-arn", INSTANCE, "--for", "reader"]);
    let stacks = statements.iter().find(|it| it["Sid"] == "Stacks").unwrap();
    let allowed: BTreeSet<String> = texts(&stacks["Action"]).into_iter().map(str::to_lowercase).collect();
    assert_eq!(calls.len(), 4);
    assert_eq!(allowed, calls);
}

#[test]
fn a_deployer_needs_cloudformation_and_the_provider_and_nothing_of_connect() {
    let function = "arn:aws:lambda:eu-west-2:000000000000:function:connect-profiles-provider";
    let topic = "arn:aws:sns:eu-west-2:000000000000:connect-profiles-requests";
    let deployer = ["policy", "--for", "deployer", "--service-token", function];
    insta::assert_snapshot!(run(&deployer).all());
    let narrowed = ["--stack-name", "contact-*", "--stack-account", "111111111111"];
    let statements =
        statements(&[&["policy", "--for", "deployer", "--service-token", topic], &narrowed[..]].concat());
    assert_eq!(
        texts(&statements[0]["Resource"]),
        ["arn:aws:cloudformation:eu-west-2:111111111111:stack/contact-*/*"]
    );
    assert_eq!(
        (texts(&statements[1]["Action"]), texts(&statements[1]["Resource"])),
        (vec!["sns:Publish"], vec![topic])
    );
}

#[test]
fn a_deployer_s_policy_asks_for_what_it_cannot_know() {
    insta::assert_snapshot!(run(&["policy", "--for", "deployer"]).all(), @"
    exit 1
    --- stderr
    error: there is no provider to deploy stacks with
    hint: specify it with `--service-token`: the output `ServiceToken` or `Topic` of the provider's stack
    ");
    let refused = run(&["policy", "--for", "deployer", "--service-token", "provider"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("expected the ARN of a function"), "{}", refused.err);
    let both = run(&["policy", "--for", "reader", "--verbs", "read-only", "--instance-arn", INSTANCE]);
    assert!(both.code == 1 && both.err.contains("cannot be used with"), "{}", both.err);
    for (option, value) in [("--stack-name", "a b"), ("--stack-name", ""), ("--stack-account", "12")] {
        let refused = run(&["policy", "--for", "reader", "--instance-arn", INSTANCE, option, value]);
        assert!(refused.code == 1 && refused.out.is_empty(), "{option} {value}: {}", refused.all());
    }
}

#[test]
fn an_option_that_the_policy_has_no_use_for_is_refused() {
    let token = "arn:aws:lambda:eu-west-2:000000000000:function:provider";
    for (arguments, words) in [
        (
            ["--for", "provider", "--service-token", token],
            "`--service-token` is only for a deployer's policy",
        ),
        (["--for", "reader", "--service-token", token], "`--service-token` is only for a deployer's policy"),
        (["--verbs", "deploy", "--stack-name", "a"], "are only for a policy that allows stacks"),
        (
            ["--forbid", "delete", "--stack-account", "111111111111"],
            "are only for a policy that allows stacks",
        ),
    ] {
        let refused = run(&[&["policy", "--instance-arn", INSTANCE], &arguments[..]].concat());
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{arguments:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {}", refused.err);
    }
}

/// As reviewers are used to from AWS's documentation.
#[test]
fn the_keys_are_in_the_order_of_aws_s_documentation() {
    let run = run(&["policy", "--instance-arn", INSTANCE, "--verbs", "deploy", "--protect-owner-tag", ROLE]);
    let keys: Vec<&str> = run
        .out
        .lines()
        .filter_map(|line| {
            let depth = line.len() - line.trim_start().len();
            let key = line.trim().strip_prefix('"')?.split_once("\":")?.0;
            [2, 6].contains(&depth).then_some(key)
        })
        .collect();
    let statement = ["Sid", "Effect", "Action", "Resource"];
    let mut expected = vec!["Version", "Statement"];
    for _ in 0..4 {
        expected.extend(statement);
    }
    expected.push("Condition");
    assert_eq!(keys, expected);
}

fn of_instances(count: usize) -> Run {
    let arns: Vec<String> =
        (0..count).map(|it| INSTANCE.replace("1111-2222", &format!("{it:04}-2222"))).collect();
    let mut arguments = vec!["policy"];
    for arn in &arns {
        arguments.extend(["--instance-arn", arn.as_str()]);
    }
    run(&arguments)
}

fn counted(run: &Run) -> usize {
    run.out.chars().filter(|it| !it.is_whitespace()).count()
}

#[test]
fn a_policy_that_no_managed_policy_holds_is_warned_about_and_one_that_no_role_holds_is_refused() {
    let runs: Vec<Run> = (1..40).map(of_instances).collect();
    let small = runs.iter().rposition(|run| run.code == 0 && run.err.is_empty()).unwrap();
    let large = runs.iter().rposition(|run| run.code == 0).unwrap();
    assert!(counted(&runs[small]) <= 6_144 && counted(&runs[small + 1]) > 6_144);
    assert!(counted(&runs[large]) <= 10_240 && large + 1 < runs.len());
    assert!(runs[small + 1].err.starts_with("warning: the policy has "), "{}", runs[small + 1].err);
    let refused = &runs[large + 1];
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(
        refused.err.contains("IAM allows 10240 for all inline policies of a role together"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("hint: name fewer instances"), "{}", refused.err);
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
        ROLE,
    ]);
    insta::assert_snapshot!(run.all());
}

#[test]
fn what_is_no_arn_and_no_instance_is_said() {
    insta::assert_snapshot!(run(&["policy"]).all(), @"
    exit 1
    --- stderr
    error: there is no instance to allow anything on
    hint: specify it with `--instance-arn`; `connect-profiles list` shows what there is
    ");
    let run = run(&["policy", "--instance-arn", INSTANCE, "--protect-owner-tag", "provider"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("it is not a role's ARN"), "{}", run.err);
}

#[test]
fn the_provider_is_not_held_to_single_profiles_because_it_creates_new_ones() {
    let refused = run(&["policy", "--instance-arn", INSTANCE, "--profile-id", "p"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("`--profile-id` does not go with"), "{}", refused.err);
    assert!(refused.err.contains("--for reader"), "{}", refused.err);
}

#[test]
fn one_arn_names_every_instance_of_an_account_and_region() {
    let all = "arn:aws:connect:us-east-1:000000000000:instance/*";
    for audience in ["provider", "reader"] {
        let statements = statements(&["policy", "--instance-arn", all, "--for", audience]);
        let resources: Vec<&str> = statements.iter().flat_map(|it| texts(&it["Resource"])).collect();
        assert!(resources.contains(&format!("{all}/security-profile/*").as_str()), "{resources:?}");
        assert!(resources.contains(&all), "{resources:?}");
    }
    for elsewhere in [
        "arn:aws:connect:us-east-1:*:instance/i",
        "arn:aws:connect:*:000000000000:instance/i",
        "arn:*:connect:us-east-1:000000000000:instance/i",
        "arn:aws:connect:us-east-1:000000000000:instance/*/x",
    ] {
        let refused = run(&["policy", "--instance-arn", elsewhere]);
        assert!(
            refused.err.contains(&format!("`{elsewhere}` is not a Connect instance ARN")),
            "{}",
            refused.err
        );
    }
    // Elsewhere an instance is one.
    let planned = run(&["plan", "events/create.json", "--instance-arn", all]);
    assert!(planned.err.contains("is not a Connect instance ARN"), "{}", planned.err);
}

#[test]
fn what_names_no_profile_and_no_role_is_refused() {
    let arn = format!("{INSTANCE}/security-profile/p");
    let long = "a".repeat(101);
    for id in [arn.as_str(), "", "a/b\"c", "*", "p q", "${aws:username}", long.as_str()] {
        let refused = run(&["policy", "--for", "reader", "--instance-arn", INSTANCE, "--profile-id", id]);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{id}");
        assert!(refused.err.contains("specify the id alone") || id.is_empty(), "{}", refused.err);
    }
    for role in [
        "arn:aws:iam::abcdefghijkl:role/x",
        "arn:foo:iam::000000000000:role/x",
        "arn:aws:iam::000000000000:role/${aws:username}",
        "arn:aws:iam::000000000000:role/x y",
        "arn:aws:iam::000000000000:role/*",
        "arn:aws:iam::000000000000:role/path/",
        "arn:aws:iam::00000000000:role/x",
    ] {
        let refused = run(&["policy", "--instance-arn", INSTANCE, "--protect-owner-tag", role]);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{role}");
        assert!(refused.err.contains("it is not a role's ARN"), "{}", refused.err);
    }
    for role in [ROLE, "arn:aws-us-gov:iam::000000000000:role/path/to/a+b=c,d.e@f_g-h"] {
        let taken = run(&["policy", "--instance-arn", INSTANCE, "--protect-owner-tag", role]);
        assert_eq!(taken.code, 0, "{role}: {}", taken.err);
    }
}

#[test]
fn what_is_named_twice_is_in_the_policy_once() {
    for (audience, option, value) in [
        ("reader", "--profile-id", "p"),
        ("provider", "--protect-owner-tag", ROLE),
        ("provider", "--forbid", "delete"),
    ] {
        let once = ["policy", "--for", audience, "--instance-arn", INSTANCE, option, value];
        let twice = [&once[..], &["--instance-arn", INSTANCE, option, value]].concat();
        assert_eq!(statements(&twice), statements(&once), "{option}");
    }
}
