//! `export`

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use connect_emulator::{Configuration, Emulator, Profile};
use connect_profiles::template::{Template, Values};
use connect_security_profile::connect::Connect;
use connect_security_profile::guards::Guards;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Create, Invocation, Properties, Provider, Resource};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{INSTANCE, INSTANCE_ARN, OWNER, World, finish, full, owned_by, program};

const STACK: &str =
    "arn:aws:cloudformation:us-east-1:000000000000:stack/exported/bbbbbbbb-0000-4000-8000-000000000002";

/// What the provider of a deployed template does on a Create of one resource.
fn create(emulator: &Emulator, logical_id: &str, properties: Value) -> String {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(connect_emulator::sdk::http_client(emulator))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .build();
    let provider = SecurityProfiles::new(Connect::new(config), Guards::default(), None, |_| {});
    let resource = Resource {
        request_id: "r".to_owned(),
        stack: STACK.parse().unwrap(),
        logical_id: logical_id.to_owned(),
        resource_type: "Custom::ConnectSecurityProfile".to_owned(),
    };
    let properties: Properties = serde_json::from_value(properties).unwrap();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let deadline = Instant::now() + Duration::from_mins(2);
        let function = "arn:aws:lambda:us-east-1:000000000000:function:provider";
        let invocation = Invocation::new(deadline, function, SystemTime::now());
        provider.create(Create { resource, properties }, invocation).await.unwrap().physical_id.to_string()
    })
}

fn writes(emulator: &Emulator) -> Vec<&'static str> {
    let journal = emulator.journal();
    journal.iter().filter(|call| call.effect).map(|call| call.operation.name()).collect()
}

#[test]
fn what_is_exported_claims_each_profile_by_its_tag_and_changes_nothing_else() {
    let world = World::new();
    world.put(full());
    let before = world.connect.profiles(INSTANCE);
    let template = world.run(&["export", "--format", "json"]).json();
    let resources = template["Resources"].as_object().unwrap();
    assert_eq!(resources.len(), 4);
    for (logical_id, resource) in resources {
        let mut properties = resource["Properties"].clone();
        let stated = properties.as_object_mut().unwrap();
        stated.remove("ServiceToken");
        stated.remove("ServiceTimeout");
        stated.insert("InstanceArn".to_owned(), template["Parameters"]["InstanceArn"]["Default"].clone());
        world.connect.clear_journal();
        let arn = create(&world.connect, logical_id, properties.clone());
        assert_eq!(writes(&world.connect), ["TagResource"], "{logical_id}");
        world.connect.clear_journal();
        assert_eq!(create(&world.connect, logical_id, properties), arn);
        assert_eq!(writes(&world.connect), [""; 0], "{logical_id}");
    }
    for mut after in world.connect.profiles(INSTANCE) {
        let old = before.iter().find(|old| old.id == after.id).unwrap();
        after.tags.remove(OWNER);
        assert_eq!(
            (&after.tags, &after.permissions, &after.description),
            (&old.tags, &old.permissions, &old.description)
        );
        assert!((after.last_modified_time - old.last_modified_time).abs() < f64::EPSILON);
    }
}

#[test]
fn the_template_says_what_is_left_out_and_why() {
    let configuration =
        Configuration { aws_managed_profile: Some("Agentic".to_owned()), ..Configuration::default() };
    let world = World::with(configuration);
    for name in ["CallCenterManager", "QualityAnalyst"] {
        world.connect.remove_profile(INSTANCE, name);
    }
    world.put(full());
    world.put(Profile::named("Owned").tagged(OWNER, owned_by("contact-centre", "Agents")));
    let mut odd = Profile::named("everything 1ST").with_permission("Some.New.Permission");
    odd.allowed_access_control_tags.insert("site".to_owned(), "north".to_owned());
    world.put(odd);
    let run = world.run(&["export"]);
    insta::assert_snapshot!(run.shown().replace(INSTANCE_ARN, "<instance>"));
}

#[test]
fn named_profiles_alone_are_exported() {
    let world = World::new();
    let run = world.run(&["export", "Agent", "QualityAnalyst", "--format", "json"]);
    let names: Vec<Value> =
        run.json()["Resources"].as_object().unwrap().keys().map(|key| json!(key)).collect();
    assert_eq!(names, ["Agent", "QualityAnalyst"]);
    let gone = format!("{INSTANCE_ARN}/security-profile/99999999-0000-4000-8000-000000000009");
    let run = world.run(&["export", "Agent", &gone]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains(&format!("`{gone}` is gone")), "{}", run.err);
    let texts = [&["export", "Admin"][..], &["export", "Agnt"], &["export", "--partial"]]
        .map(|arguments| world.run(arguments).err);
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_yaml_is_the_json_and_validate_finds_nothing_in_it() {
    let world = World::new();
    world.put(full());
    let path = std::env::temp_dir().join(format!("exported-{}.yaml", std::process::id()));
    let yaml = world.run(&["export"]).out;
    std::fs::write(&path, &yaml).unwrap();
    let arguments = ["validate", "--strict", "--account", "000000000000", path.to_str().unwrap()];
    let validated = finish(&mut program(&arguments));
    std::fs::remove_file(&path).unwrap();
    assert!(validated.code == 0 || validated.out.contains("warning"), "{}{}", validated.out, validated.err);
    assert!(!validated.out.contains("error"), "{}{}", validated.out, validated.err);
    let json = world.run(&["export", "--format", "json"]).out;
    let resolved = |text: String| {
        let template = Template::read("t", text).unwrap();
        let values = Values::default();
        let resources = template.resolve(&values);
        resources.into_iter().map(|it| (it.logical_id, it.properties)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(resolved(yaml), resolved(json));
}

proptest! {
    #[test]
    fn every_text_is_read_from_yaml_as_it_was_written(texts in prop::collection::vec(".{0,12}|[ -~]{0,8}|[0-9eE.xo:_+-]{1,6}", 1..6)) {
        let value = json!({ "A": texts[0], "B": texts, "C": [{ "Key": texts[0], "Value": [texts[0]] }] });
        let mut text = "Resources:\n  R:\n    Type: T\n    Properties:\n".to_owned();
        connect_profiles::yaml::block(&value, 6, &mut text);
        let template = Template::read("t", text.clone()).unwrap();
        let read = template.resolve(&Values::default()).remove(0);
        prop_assert_eq!(Value::Object(read.properties), value, "{}", text);
    }
}
