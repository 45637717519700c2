//! `list`

use connect_emulator::{Configuration, Fault, Operation, Profile};
use serde_json::json;

use super::{INSTANCE_ARN, OWNER, World, finish, full, owned_by, program};

#[test]
fn the_handy_columns_take_one_call_for_the_instance() {
    let world = World::new();
    let run = world.run(&["list", "--instance-arn", INSTANCE_ARN]);
    assert_eq!((run.code, run.out.lines().count()), (0, 5), "{}", run.err);
    assert!(run.out.starts_with("name               type              modified"), "{}", run.out);
    assert_eq!(world.called(), ["ListSecurityProfiles"]);
}

#[test]
fn only_the_calls_that_the_columns_need_are_made() {
    let world = World::new();
    let run = world.run(&["list", "--columns", "name,permissions", "--format", "json"]);
    assert_eq!(run.json()["rows"].as_array().unwrap().len(), 4);
    assert_eq!(world.called(), ["ListInstances", "ListSecurityProfilePermissions", "ListSecurityProfiles"]);
    world.connect.clear_journal();
    assert_eq!(world.run(&["list", "--columns", "description"]).code, 0);
    assert_eq!(world.called(), ["DescribeSecurityProfile", "ListInstances", "ListSecurityProfiles"]);
}

#[test]
fn every_column_has_what_the_profile_has() {
    let world = World::new();
    world.put(full().tagged(OWNER, owned_by("contact-centre", "Agents")));
    let run = world.run(&["list", "--all-columns", "--name", "everything*", "--format", "json"]);
    let mut row = run.json()["rows"][0].clone();
    let id = row["id"].as_str().unwrap().to_owned();
    assert_eq!(row["arn"], json!(format!("{INSTANCE_ARN}/security-profile/{id}")));
    assert_eq!(row["arn"], row["security_profile_arn"]);
    for varying in ["id", "arn", "security_profile_arn", "last_modified_time"] {
        assert!(row[varying].is_string(), "{varying}");
        row[varying] = json!("…");
    }
    insta::assert_json_snapshot!(row);
}

#[test]
fn the_formats_are_for_people_programs_and_spreadsheets() {
    let world = World::new();
    world.put(Profile::named("-1 Comma").described("a, \"b\"\nc"));
    let columns =
        ["list", "--name", "-1*", "--name", "agent", "--columns", "name,description,permissions,tags"];
    let shown: Vec<String> = ["table", "json", "ndjson", "csv"]
        .iter()
        .map(|format| world.run(&[&columns[..], &["--format", format]].concat()).shown())
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn profiles_are_found_by_tag_and_owner() {
    let world = World::new();
    world.put(Profile::named("A").tagged("team", "one").tagged(OWNER, owned_by("contact-centre", "Agents")));
    world.put(Profile::named("B").tagged("team", "two").tagged(OWNER, "somebody"));
    let names = |arguments: &[&str]| {
        let run = world.run(&[&["list", "--columns", "name", "--format", "csv"], arguments].concat());
        run.out.lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&["--tag", "team"]), "A B");
    assert_eq!(names(&["--tag", "team=two"]), "B");
    assert_eq!(names(&["--owner", "contact-*"]), "A");
    assert_eq!(names(&["--owner", "contact-centre/Other"]), "");
    assert_eq!(names(&["--name", "?", "--tag", "team=one"]), "A");
}

#[test]
fn all_instances_of_the_region_are_read_and_told_apart() {
    let instances = [("us-east-1", "one"), ("us-east-1", "two"), ("eu-west-2", "three")];
    let instances = instances.map(|(region, id)| (region.to_owned(), id.to_owned())).to_vec();
    let world = World::with(Configuration { instances, ..Configuration::default() });
    let run = world.run(&["list", "--name", "Agent"]);
    assert_eq!(run.out.lines().count(), 3, "{}", run.out);
    assert!(run.out.starts_with("instance  instance_id  name"), "{}", run.out);
    assert_eq!(world.run(&["list", "--instance", "two"]).out.lines().count(), 5);
    let european =
        world.run(&["list", "--region", "eu-west-2", "--columns", "instance_id", "--format", "csv"]);
    assert_eq!(european.out.lines().last(), Some("three"));
    assert_eq!(
        world.run(&["list", "--instance", "twoo"]).shown(),
        "-- 1 --\nerror: there is no instance with the id or alias `twoo`\nhint: did you mean `two`?\n"
    );
}

#[test]
fn a_part_is_never_shown_as_the_whole() {
    let world = World::new();
    let denied = || Fault::on(Operation::DescribeSecurityProfile).nth(2).error(403, "AccessDeniedException");
    let columns = ["list", "--columns", "name,description", "--format", "json"];
    world.connect.script(denied());
    let run = world.run(&columns);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("AccessDeniedException") && run.err.contains("--partial"), "{}", run.err);
    world.connect.clear_faults();
    world.connect.script(denied());
    let run = world.run(&[&columns[..], &["--partial"]].concat());
    let document = run.json();
    assert_eq!((run.code, &document["complete"]), (1, &json!(false)));
    assert_eq!(document["rows"].as_array().unwrap().len(), 3);
    assert_eq!(document["failures"][0]["code"], "AccessDeniedException");
}

#[test]
fn an_instance_that_cannot_be_read_is_named() {
    let world = World::new();
    let missing = INSTANCE_ARN.replace('1', "9");
    let run = world.run(&["list", "--instance-arn", INSTANCE_ARN, "--instance-arn", &missing, "--partial"]);
    assert_eq!((run.code, run.out.lines().count()), (1, 5));
    assert!(run.err.contains(&missing), "{}", run.err);
}

#[test]
fn a_profile_that_vanishes_while_it_is_read_is_left_out() {
    let world = World::new();
    let gone = || Fault::on(Operation::DescribeSecurityProfile).error(404, "ResourceNotFoundException");
    world.connect.script(gone());
    let list = || {
        Fault::on(Operation::ListSecurityProfilePermissions).nth(4).error(404, "ResourceNotFoundException")
    };
    world.connect.script(list());
    let run = world.run(&["list", "--columns", "name,description,permissions", "--format", "json"]);
    assert_eq!((run.code, &run.json()["complete"]), (0, &json!(true)));
    assert!((2..=3).contains(&run.json()["rows"].as_array().unwrap().len()));
}

#[test]
fn what_goes_wrong_is_told_with_the_way_out() {
    let world = World::new();
    world
        .connect
        .script(Fault::on(Operation::ListSecurityProfiles).error(403, "AccessDeniedException").message("no"));
    let mut texts = Vec::new();
    let mut tell = |run: super::Run| texts.push(run.shown().replace(INSTANCE_ARN, "<instance>"));
    let without_id = |text: &str| text.split(" (request id").next().unwrap_or_default().to_owned();
    let denied = world.run(&["list"]);
    assert!(without_id(&denied.err).ends_with("connect:ListSecurityProfiles: AccessDeniedException: no"));
    tell(world.run(&["list", "--columns", "permision"]));
    tell(world.run(&["list", "--columns", "x"]));
    tell(world.run(&["list", "--instance-arn", "arn:aws:connect:us-east-1:1:instance/i"]));
    tell(world.run(&["list", "--rate", "0"]));
    tell(finish(program(&["list"]).env_remove("AWS_REGION")));
    let mut nobody = world.command(&["list"]);
    tell(finish(nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY")));
    tell(finish(&mut program(&["list", "--local", "--name", "nobody*"])));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn without_an_account_everything_is_there_locally() {
    let european = ["--local", "--region", "eu-west-2"];
    for command in [
        &["list", "--all-columns"][..],
        &["list", "--orphans"],
        &["get", "Admin"],
        &["query", "SELECT * FROM security_profiles WHERE region = 'eu-west-2'"],
        &["export"],
        &["permissions", "--diff", "Agent", "Admin"],
    ] {
        let mut nobody = program(&[command, &european[..]].concat());
        let run = finish(nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_REGION"));
        assert_eq!(run.code, 0, "{command:?}: {}", run.err);
    }
    let regions =
        finish(&mut program(&[&["list", "--columns", "region", "--format", "csv"], &european[..]].concat()));
    assert_eq!(regions.out, "region\neu-west-2\neu-west-2\neu-west-2\neu-west-2\n");
}
