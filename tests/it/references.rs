//! Dynamic references that CloudFormation delivered as they were written: they never reach Connect.

use serde_json::{Value, json};

use crate::world::{INSTANCE, INSTANCE_ID, PROFILE_ID, World, agents, event, ours};

const SECRET: &str = "{{resolve:secretsmanager:CANARY:SecretString:id}}";

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

fn places() -> Vec<(&'static str, Value)> {
    let granular = json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
        {"PrimaryAttributeValues": [{"AttributeName": "x", "Values": [SECRET]}]}}});
    vec![
        ("Description", json!({"Description": SECRET})),
        ("Description", json!({"Description": "before {{resolve:ssm-secure:/x:1}} behind"})),
        ("Description", json!({"Description": "{{resolve:ssm:/not-resolved}}"})),
        ("SecurityProfileName", json!({"SecurityProfileName": SECRET})),
        ("ExternalId", json!({"ExternalId": SECRET})),
        ("Revision", json!({"Revision": SECRET})),
        ("Permissions[1]", json!({"Permissions": ["A", SECRET]})),
        ("Tags[0].Value", json!({"Tags": [{"Key": "team", "Value": SECRET}]})),
        (
            "GranularAccessControlConfiguration.DataTableAccessControlConfiguration.\
             PrimaryAttributeAccessControlConfiguration.PrimaryAttributeValues[0].Values[0]",
            json!({ "GranularAccessControlConfiguration": granular }),
        ),
    ]
}

#[tokio::test]
async fn a_reference_that_was_not_resolved_is_refused_wherever_it_stands_without_a_call() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    for (path, properties) in places() {
        let properties = agents(properties);
        let answers = [
            world.create(properties.clone()).await,
            world.update(&arn(), properties.clone(), agents(json!({}))).await,
        ];
        for answer in answers {
            assert!(answer.why().contains(&format!("{path} holds ")), "{path}: {answer:?}");
            assert!(!answer.why().contains("CANARY"), "{answer:?}");
        }
    }
    let mut lookup = event("Create", None, &agents(json!({"Revision": SECRET})), None);
    lookup["ResourceType"] = json!("Custom::ConnectSecurityProfileLookup");
    assert!(world.send(&lookup).await.why().contains("Revision holds "));
    assert_eq!(world.calls(), [""; 0]);
    assert!(!world.function.logs().contains("CANARY"));
}

#[tokio::test]
async fn a_reference_that_a_stack_had_already_is_warned_about_and_its_delete_is_not_hindered() {
    let world = World::start().await;
    let mut profile = ours();
    SECRET.clone_into(&mut profile.description);
    world.connect.put_profile(INSTANCE_ID, profile);
    let held = agents(json!({"Description": SECRET}));
    let changed = agents(json!({"Description": SECRET, "Permissions": ["A"]}));
    world.update(&arn(), changed, held.clone()).await.id();
    let logs = world.function.logs();
    let warning = logs.lines().find(|line| line.contains("declared before")).expect("a warning");
    assert!(
        warning.contains("Description holds the dynamic reference `{{resolve:secretsmanager:"),
        "{warning}"
    );
    assert!(!logs.contains("CANARY"), "{logs}");
    world.delete(&arn(), held).await.id();
    assert_eq!(world.profile("Agents"), None);
}

#[tokio::test]
async fn however_many_texts_a_stack_had_already_they_are_one_warning() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    let many: Vec<String> = (0..30).map(|index| format!("{{{{resolve:ssm:p{index}}}}}")).collect();
    let (held, new) =
        (agents(json!({ "Permissions": many })), agents(json!({ "Permissions": many, "Revision": "2" })));
    world.update(&arn(), new, held).await.id();
    let logs = world.function.logs();
    let warnings: Vec<&str> = logs.lines().filter(|line| line.contains("declared before")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains(" and 10 more") && warnings[0].contains("\"property_count\":30"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn an_external_id_that_sts_does_not_take_is_refused_before_it_is_asked() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    let long = "x".repeat(1225);
    for id in ["x", "CANARY id", "CANARY\u{e9}", "CANARY*", &long] {
        let answer = world.create(agents(json!({"ExternalId": id}))).await;
        assert!(answer.why().contains("ExternalId must have 2 to 1224 characters"), "{answer:?}");
        assert!(!answer.why().contains("CANARY"), "{answer:?}");
        // A new rule on an old stack.
        let (held, new) =
            (agents(json!({"ExternalId": id})), agents(json!({"ExternalId": id, "Revision": "2"})));
        world.update(&arn(), new, held).await.id();
    }
    assert!(!world.function.logs().contains("CANARY"));
    world.create(agents(json!({"ExternalId": "a_+=,.@:/-9", "SecurityProfileName": "New"}))).await.id();
}
