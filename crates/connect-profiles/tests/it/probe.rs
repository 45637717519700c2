//! Each experiment says "same" of the embedded Connect as it is, and "other" where its choice is turned.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use connect_emulator::{Choices, Configuration, Emulator, ProfileType};
use connect_profiles::probe::{EXPERIMENTS, Finding, Lab, Raw, Verdict, run};

use crate::program::run as program;

const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";

/// What is found of an emulator whose reads lag, on a clock that jumps; and that nothing is left of it.
async fn findings(choices: Choices, only: Option<&str>) -> BTreeMap<&'static str, Finding> {
    let read_lag = Duration::from_millis(100);
    let emulator = Emulator::new(Configuration { choices, read_lag, ..Configuration::default() });
    emulator.release_flow_module("released", Duration::ZERO);
    tokio::time::sleep(read_lag * 2).await;
    let before = emulator.profiles("11111111-2222-3333-4444-555555555555");
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(connect_emulator::sdk::http_client(&emulator))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(Region::new("us-east-1"))
        .build();
    let instance = INSTANCE.parse().unwrap();
    let raw = Raw::new(&config, &instance).unwrap();
    let lab = Lab::new(raw, instance, "probe-test".to_owned(), Duration::from_secs(1));
    let mut findings = BTreeMap::new();
    for experiment in EXPERIMENTS.iter().filter(|it| only.is_none_or(|key| key == it.key)) {
        findings.insert(experiment.key, run(*experiment, &lab).await);
    }
    assert_eq!(lab.clean_up().await, Vec::<String>::new());
    assert_eq!(emulator.profiles("11111111-2222-3333-4444-555555555555"), before, "it is as it was");
    findings
}

#[tokio::test(start_paused = true)]
async fn the_embedded_connect_is_as_it_is_assumed_to_be() {
    let findings = findings(Choices::default(), None).await;
    assert_eq!(findings.len(), EXPERIMENTS.len(), "the keys differ");
    for finding in findings.values() {
        assert_eq!(finding.verdict, Verdict::Same, "{finding:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_choice_that_is_turned_is_found_out() {
    // Users are not to be touched, so what they keep from being deleted is not tried.
    let Choices {
        empty_description_clears,
        empty_hierarchy_group_clears,
        empty_access_control_tags_clear,
        empty_granular_configuration_clears,
        tag_pair_enforced,
        hierarchy_pair_enforced,
        in_use_counts_users: _,
        describe_shows_empty_members,
        unseen_is_invalid_request,
        lower_case_message,
        error_type_has_suffix,
        default_profiles_type: _,
    } = Choices::default();
    let as_is = Choices::default;
    for (key, choices) in [
        (
            "empty_description_clears",
            Choices { empty_description_clears: !empty_description_clears, ..as_is() },
        ),
        (
            "empty_hierarchy_group_clears",
            Choices { empty_hierarchy_group_clears: !empty_hierarchy_group_clears, ..as_is() },
        ),
        (
            "empty_access_control_tags_clear",
            Choices { empty_access_control_tags_clear: !empty_access_control_tags_clear, ..as_is() },
        ),
        (
            "empty_granular_configuration_clears",
            Choices { empty_granular_configuration_clears: !empty_granular_configuration_clears, ..as_is() },
        ),
        ("tags_without_resources", Choices { tag_pair_enforced: !tag_pair_enforced, ..as_is() }),
        ("group_without_resources", Choices { hierarchy_pair_enforced: !hierarchy_pair_enforced, ..as_is() }),
        (
            "empty_members_in_describe",
            Choices { describe_shows_empty_members: !describe_shows_empty_members, ..as_is() },
        ),
        ("unseen_profile", Choices { unseen_is_invalid_request: !unseen_is_invalid_request, ..as_is() }),
        ("error_member", Choices { lower_case_message: !lower_case_message, ..as_is() }),
        ("error_type_suffix", Choices { error_type_has_suffix: !error_type_has_suffix, ..as_is() }),
        ("default_profiles_type", Choices { default_profiles_type: ProfileType::AwsManaged, ..as_is() }),
    ] {
        let findings = findings(choices, Some(key)).await;
        assert_eq!(findings[key].verdict, Verdict::Other, "{:?}", findings[key]);
    }
}

#[test]
fn nothing_is_done_without_the_word_nor_where_it_looks_like_production() {
    insta::assert_snapshot!(program(&["probe", "--local", "--instance-arn", INSTANCE]).all(), @"
    exit 1
    --- stderr
    error: the experiments make, change and delete profiles
    hint: on a sandbox instance, where that harms nobody, say so with `--i-know-this-writes`
    ");
    let many =
        ["probe", "--local", "--instance-arn", INSTANCE, "--i-know-this-writes", "--most-profiles", "3"];
    insta::assert_snapshot!(program(&many).all(), @"
    exit 1
    --- stderr
    error: arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555 has 4 profiles, so it looks like one that is in use
    hint: if it is a sandbox all the same, say how many it may have with `--most-profiles`
    ");
}

#[test]
fn a_report_is_text_or_json() {
    let common = ["probe", "--local", "--instance-arn", INSTANCE, "--i-know-this-writes", "--settle", "0"];
    let only = ["--only", "unseen_profile", "--only", "bad_name"];
    insta::assert_snapshot!(program(&[&common[..], &only[..]].concat()).all());
    insta::assert_snapshot!(program(&[&common[..], &only[..], &["--format", "json"]].concat()).all());
}
