//! `permissions`

use super::{World, finish, program};

#[test]
fn the_catalogue_is_searched_by_name_group_and_label() {
    let texts =
        [&["users.*"][..], &["Amazon q"], &["xyzzy"], &["Users.Edti"], &["Users.View", "--format", "json"]]
            .map(|arguments| finish(program(&["permissions"]).args(arguments)).shown());
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn two_profiles_are_compared_by_name_or_from_files() {
    let world = World::new();
    let agent = world.run(&["get", "Agent", "--format", "json"]).out;
    let path = std::env::temp_dir().join(format!("agent-{}.json", std::process::id()));
    std::fs::write(&path, agent).unwrap();
    let file = path.to_str().unwrap();
    let same = world.run(&["permissions", "--diff", "Agent", file, "--format", "json"]).json();
    std::fs::remove_file(&path).unwrap();
    assert_eq!((&same["only_in_a"], &same["only_in_b"]), (&serde_json::json!([]), &serde_json::json!([])));
    let texts = [
        world.run(&["permissions", "--diff", "Agent", "QualityAnalyst"]).shown(),
        world.run(&["permissions", "--diff", "Agent", "./no-such-file"]).shown(),
        world.run(&["permissions", "--diff", "Agent", "Nobody"]).shown(),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}
