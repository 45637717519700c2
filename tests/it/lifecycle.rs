//! Lives of a profile, event after event: which writes are made, and what the ids and attributes are.

use std::time::Duration;

use connect_emulator::{Fault, Operation, Profile};
use lambda_harness::{Outcome, Signature};
use serde_json::{Value, json};

use crate::world::{
    INSTANCE, INSTANCE_ID, OWNER_TAG, PROFILE_ID, World, agents, anothers, event, ours, owner_tag,
};

#[tokio::test]
async fn a_profile_lives_from_create_to_delete_under_one_id() {
    let world = World::start().await;
    let first = agents(json!({"Description": "Takes calls", "Permissions": ["BasicAgentAccess"],
        "Tags": [{"Key": "team", "Value": "support"}]}));
    let answer = world.create(first.clone()).await;
    assert_eq!(world.calls(), ["CreateSecurityProfile", "DescribeSecurityProfile"]);
    let created = answer.data.clone();
    let id = answer.id();
    assert_eq!(created["SecurityProfileArn"], json!(id));
    assert_eq!(created["Origin"], json!("created"));
    assert_eq!(created["InstanceArn"], json!(INSTANCE));
    assert_eq!(world.profile("Agents").unwrap().tags[OWNER_TAG], owner_tag("created", "Agents"));

    let second = agents(json!({"Permissions": ["BasicAgentAccess", "Users.View"]}));
    let answer = world.update(&id, second.clone(), first.clone()).await;
    assert_eq!(answer.id(), id);
    assert_eq!(world.writes(), ["UpdateSecurityProfile", "UntagResource"]);
    let profile = world.profile("Agents").unwrap();
    assert_eq!(profile.description, "", "stated before and not now: cleared");
    assert_eq!(profile.tags.keys().collect::<Vec<_>>(), [OWNER_TAG]);

    assert_eq!(world.update(&id, first, second).await.id(), id, "a rollback");
    let profile = world.profile("Agents").unwrap();
    assert_eq!((profile.description.as_str(), profile.permissions.len()), ("Takes calls", 1));
    world.calls();

    assert_eq!(world.delete(&id, agents(json!({}))).await.id(), id);
    assert_eq!(world.calls(), ["DescribeSecurityProfile", "DeleteSecurityProfile"]);
    assert_eq!(world.profile("Agents"), None);
    assert_eq!(world.delete(&id, agents(json!({}))).await.id(), id, "a second delete succeeds too");
}

#[tokio::test]
async fn b10_every_update_gives_all_attributes_again() {
    let world = World::start().await;
    let created = world.create(agents(json!({"Permissions": ["A"]}))).await;
    let mut old = agents(json!({"Permissions": ["A"]}));
    for new in [
        agents(json!({"Permissions": ["A"], "Tags": [{"Key": "k", "Value": "v"}]})),
        agents(json!({"Permissions": ["B"]})),
        agents(json!({"Permissions": ["B"], "Revision": "2"})),
        agents(json!({"SecurityProfileName": "Agents B"})),
    ] {
        let answer = world.update(&created.physical_id, new.clone(), old).await;
        assert_eq!(keys(&answer.data), keys(&created.data), "{new}");
        assert!(answer.data.as_object().unwrap().values().all(Value::is_string), "{answer:?}");
        old = new;
    }
}

#[tokio::test]
async fn an_update_that_changes_nothing_writes_nothing_and_reads_only_what_is_managed() {
    let world = World::start().await;
    let properties = agents(json!({"Description": "x", "Permissions": ["B", "A"], "AllowedFlowModules": [],
        "Tags": [{"Key": "k", "Value": "v"}]}));
    let id = world.create(properties).await.id();
    world.calls();
    let same = agents(json!({"Description": "x", "Permissions": ["A", "B", "A"], "AllowedFlowModules": [],
        "Tags": [{"Key": "k", "Value": "v"}], "ServiceTimeout": "60"}));
    world.update(&id, same.clone(), same).await.id();
    assert_eq!(
        world.calls(),
        ["DescribeSecurityProfile", "ListSecurityProfileFlowModules", "ListSecurityProfilePermissions"]
    );
    world.update(&id, agents(json!({})), agents(json!({}))).await.id();
    assert_eq!(world.calls(), ["DescribeSecurityProfile"]);
}

#[tokio::test]
async fn a_change_of_tags_alone_calls_the_tag_operations_alone() {
    let world = World::start().await;
    let tags = |list: Value| agents(json!({"Description": "x", "Tags": list}));
    let old = tags(json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]));
    let id = world.create(old.clone()).await.id();
    world.calls();
    let new = tags(json!([{"Key": "b", "Value": "3"}, {"Key": "ç é", "Value": "請"}]));
    world.update(&id, new.clone(), old).await.id();
    assert_eq!(world.writes(), ["TagResource", "UntagResource"]);
    let expected = [("b", "3"), ("ç é", "請"), (OWNER_TAG, &owner_tag("created", "Agents"))];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(world.profile("Agents").unwrap().tags, expected.into());
    world.update(&id, new.clone(), new).await.id();
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test]
async fn a_rename_replaces_and_leaves_the_old_profile_to_the_clean_up() {
    let world = World::start().await;
    let old = agents(json!({"Permissions": ["A"]}));
    let id = world.create(old.clone()).await.id();
    let new = agents(json!({"Permissions": ["A"], "SecurityProfileName": "Agents B"}));
    let new_id = world.update(&id, new.clone(), old.clone()).await.id();
    assert_ne!(new_id, id);
    assert!(world.profile("Agents").is_some() && world.profile("Agents B").is_some());
    assert_eq!(world.delete(&id, old).await.id(), id);
    assert_eq!(world.profile("Agents"), None);
    assert!(world.profile("Agents B").is_some());
}

#[tokio::test]
async fn a_rolled_back_rename_finds_the_old_profile_with_either_id_in_the_event() {
    for carries_new_id in [false, true] {
        let world = World::start().await;
        let old = agents(json!({}));
        let new = agents(json!({"SecurityProfileName": "Agents B"}));
        let old_id = world.create(old.clone()).await.id();
        let new_id = world.update(&old_id, new.clone(), old.clone()).await.id();
        let carried = if carries_new_id { &new_id } else { &old_id };
        assert_eq!(world.update(carried, old, new.clone()).await.id(), old_id, "{carries_new_id}");
        world.delete(&new_id, new).await.id();
        assert!(world.profile("Agents").is_some() && world.profile("Agents B").is_none());
    }
}

#[tokio::test]
async fn a_create_whose_name_is_taken_leaves_the_other_alone_and_so_does_its_delete() {
    for (taken, owner) in [
        (Profile::named("Agents").with_permission("X"), "carries no owner tag, so it is nobody's"),
        (anothers(), "belongs to resource `Others` of this same stack"),
    ] {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, taken);
        let before = world.profile("Agents").unwrap();
        let answer = world.create(agents(json!({"Permissions": ["Y"]}))).await;
        assert!(answer.why().contains(owner), "{answer:?}");
        assert_eq!(answer.physical_id, "connect-security-profile:none");
        world.calls();
        world.delete(&answer.physical_id, agents(json!({}))).await.id();
        assert_eq!(world.calls(), [""; 0], "nothing was made, so nothing is called");
        assert_eq!(world.profile("Agents").unwrap(), before);
    }
}

#[tokio::test]
async fn the_same_create_twice_makes_one_profile_and_gives_one_answer() {
    let world = World::start().await;
    let event = event("Create", None, &agents(json!({"Permissions": ["A"]})), None);
    let (first, second) = (world.send(&event).await, world.send(&event).await);
    assert_eq!(world.bucket.answers().len(), 2);
    assert_eq!(first.data, second.data);
    assert_eq!(first.id(), second.id());
    assert_eq!(world.writes(), ["CreateSecurityProfile", "CreateSecurityProfile"], "the second is refused");
}

#[tokio::test]
async fn a_profile_of_five_hundred_permissions_takes_one_read() {
    let world = World::start().await;
    let permissions: Vec<String> = (0..500).map(|index| format!("Permission{index}")).collect();
    let properties = agents(json!({"Permissions": permissions}));
    let id = world.create(properties.clone()).await.id();
    world.calls();
    world.update(&id, properties.clone(), properties).await.id();
    assert_eq!(world.calls(), ["DescribeSecurityProfile", "ListSecurityProfilePermissions"]);
}

#[tokio::test]
async fn a_name_is_found_behind_a_full_page_of_others() {
    let configuration =
        connect_emulator::Configuration { profile_limit: 2000, ..connect_emulator::Configuration::default() };
    let world = World::with(configuration, &[]).await;
    for index in 0..1100 {
        world.connect.put_profile(INSTANCE_ID, Profile::named(format!("A{index:04}")));
    }
    // Lists are in the order of ids.
    let last = Profile { id: "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(), ..ours() };
    world.connect.put_profile(INSTANCE_ID, last);
    world.create(agents(json!({"Permissions": ["A"]}))).await.id();
    let lists = world.calls().into_iter().filter(|name| name == "ListSecurityProfiles").count();
    assert_eq!(lists, 2);
}

#[tokio::test]
async fn e1_the_id_stays_the_same_in_fresh_processes() {
    let mut world = World::start().await;
    let id = world.create(agents(json!({"Permissions": ["A"]}))).await.id();
    for number in 0..3 {
        world.restart().await;
        let (new, old) = (json!({"Revision": number + 1}), json!({"Revision": number}));
        assert_eq!(world.update(&id, agents(new), agents(old)).await.id(), id);
    }
}

#[tokio::test]
async fn f2_a_request_id_that_failed_before_runs_again() {
    let world = World::start().await;
    world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(403, "AccessDeniedException"));
    let event = event("Create", None, &agents(json!({})), None);
    assert_eq!(world.send(&event).await.status, "FAILED");
    world.send(&event).await.id();
    assert!(world.profile("Agents").is_some());
}

#[tokio::test]
async fn f6_fifty_events_in_one_process_get_fifty_answers_each_with_its_own_ids() {
    let world = World::start().await;
    let events: Vec<Value> = (0..50)
        .map(|number| {
            let properties = agents(json!({"SecurityProfileName": format!("Agents {number}")}));
            let mut event = event("Create", None, &properties, None);
            event["LogicalResourceId"] = json!(format!("Agents{number}"));
            world.addressed(event, Signature::V4)
        })
        .collect();
    let batch = lambda_harness::sns_event(&events);
    let outcome = world.runtime_api.invoke(batch, Duration::from_secs(30)).await;
    assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}");
    let answers: Vec<Value> = world.bucket.answers().iter().map(lambda_harness::Answer::json).collect();
    assert_eq!(answers.len(), 50);
    for event in &events {
        let own = answers.iter().find(|answer| answer["RequestId"] == event["RequestId"]).unwrap();
        assert_eq!(own["Status"], "SUCCESS");
        assert_eq!(own["LogicalResourceId"], event["LogicalResourceId"]);
        let name = event["ResourceProperties"]["SecurityProfileName"].as_str().unwrap();
        assert_eq!(own["Data"]["SecurityProfileName"], name);
        assert_eq!(own["Data"]["SecurityProfileId"], json!(world.profile(name).unwrap().id));
    }
}

#[tokio::test]
async fn a_refused_create_whose_earlier_delivery_made_the_profile_is_a_success() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(403, "AccessDeniedException"));
    let same = agents(
        json!({"Description": "Takes calls", "Permissions": ["BasicAgentAccess", "OutboundCallAccess"]}),
    );
    let answer = world.create(same).await;
    assert!(answer.id().ends_with(PROFILE_ID));
}

fn keys(data: &Value) -> Vec<&String> {
    data.as_object().unwrap().keys().collect()
}
