//! `get`

use connect_emulator::Configuration;

use super::{INSTANCE_ARN, World, full};

fn shown(world: &World, arguments: &[&str]) -> String {
    let shown = world.run(arguments).shown();
    let lines = shown.lines().filter(|line| !line.starts_with("  modified"));
    lines.collect::<Vec<_>>().join("\n").replace(INSTANCE_ARN, "<instance>") + "\n"
}

#[test]
fn a_profile_is_laid_out_for_a_person_or_as_properties() {
    let world = World::new();
    world.put(full());
    let name = "Everything @ 1st";
    let texts = ["text", "yaml", "json"].map(|format| shown(&world, &["get", name, "--format", format]));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_profile_is_found_by_name_id_and_arn() {
    let world = World::new();
    let list = world.run(&["list", "--name", "Agent", "--columns", "id,arn", "--format", "json"]).json();
    for column in ["id", "arn"] {
        let text = list["rows"][0][column].as_str().unwrap();
        assert!(world.run(&["get", text]).out.starts_with("Agent\n"), "{text}");
    }
    world.connect.clear_journal();
    let arn = list["rows"][0]["arn"].as_str().unwrap();
    assert_eq!(world.run(&["get", arn]).code, 0);
    assert!(!world.called().contains(&"ListSecurityProfiles"));
}

#[test]
fn a_name_that_is_not_there_or_means_two_is_refused() {
    let instances = ["one", "two"].map(|id| ("us-east-1".to_owned(), id.to_owned())).to_vec();
    let world = World::with(Configuration { instances, ..Configuration::default() });
    let texts = [
        shown(&world, &["get", "agent"]),
        shown(&world, &["get", "xyzzy"]),
        shown(&world, &["get", "Agent"]),
        shown(&world, &["get", "arn:aws:connect:us-east-1:000000000000:instance/one/security-profile/gone"]),
        shown(&world, &["get", "arn:aws:connect:x"]),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}
