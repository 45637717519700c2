//! `template.yaml` and the code say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use connect_security_profile::operation::Operation;

fn template() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("template.yaml")).unwrap()
}

#[test]
fn the_role_allows_exactly_the_operations_that_the_code_calls() {
    let template = template();
    let allowed: BTreeSet<&str> = template
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").split("Action: ").last())
        .collect();
    let allowed: BTreeSet<&str> = allowed.into_iter().filter(|word| word.starts_with("connect:")).collect();
    let called: Vec<String> = Operation::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, called.iter().map(String::as_str).collect());
}

#[test]
fn no_action_is_allowed_on_everything() {
    for line in template().lines() {
        let line = line.trim();
        assert!(!matches!(line, "Resource: \"*\"" | "Resource: '*'" | "- \"*\""), "{line}");
    }
}

#[test]
fn h2_the_release_profile_unwinds() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    assert!(
        release.lines().take_while(|line| !line.starts_with('[')).any(|line| line == "panic = \"unwind\"")
    );
    assert!(!manifest.lines().any(|line| line.starts_with("default-members")), "it would unify features");
}

#[test]
fn h6_the_function_is_in_no_vpc_and_the_readme_says_what_one_needs() {
    assert!(!template().contains("VpcConfig"));
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains("VPC") && readme.contains("cloudformation-custom-resource-response-"));
}

#[test]
fn h7_the_permissions_are_part_of_the_role_so_they_outlive_the_function() {
    let template = template();
    assert!(!template.contains("AWS::IAM::Policy") && !template.contains("AWS::IAM::ManagedPolicy"));
    assert!(template.contains("Role: !GetAtt ProviderRole.Arn"));
}

#[test]
fn f3_h5_retries_event_age_and_time_are_set_on_purpose() {
    let template = template();
    let number = |name: &str| -> u32 {
        let (_, rest) = template.split_once(&format!("{name}: ")).unwrap();
        rest.lines().next().unwrap().parse().unwrap()
    };
    assert_eq!(number("MaximumRetryAttempts"), 2);
    assert_eq!(number("MaximumEventAgeInSeconds"), 3600);
    assert!((60..=900).contains(&number("\n      Timeout")));
}
