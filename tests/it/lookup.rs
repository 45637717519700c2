//! The lookup: what it finds, what it says when there is nothing, and that it never writes, whatever the event says.

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::world::{INSTANCE, INSTANCE_ID, PROFILE_ID, World, agents, event, ours};

fn lookup(kind: &str, physical_id: Option<&str>, properties: &Value) -> Value {
    let old = (kind == "Update").then(|| agents(json!({})));
    let mut event = event(kind, physical_id, properties, old.as_ref());
    event["ResourceType"] = json!("Custom::ConnectSecurityProfileLookup");
    event
}

fn named(name: &str) -> Value {
    json!({"InstanceArn": INSTANCE, "SecurityProfileName": name})
}

#[tokio::test]
async fn a_lookup_gives_the_arn_and_the_attributes_of_an_existing_profile_by_its_exact_name() {
    let world = World::start().await;
    let answer = world.send(&lookup("Create", None, &named("Agent"))).await;
    assert_eq!(world.calls(), ["DescribeSecurityProfile", "ListSecurityProfiles"]);
    let profile = world.profile("Agent").unwrap();
    let data = answer.data.clone();
    assert_eq!(data.as_object().unwrap().len(), 8);
    assert_eq!(data["Origin"], "found");
    assert_eq!(data["SecurityProfileId"], json!(profile.id));
    assert_eq!(data["SecurityProfileName"], "Agent");
    let id = answer.id();
    assert_eq!(id, format!("{INSTANCE}/security-profile/{}", profile.id));

    let again = world.send(&lookup("Update", Some(&id), &named("Agent"))).await;
    assert_eq!(again.data, data);
    assert_eq!(again.id(), id);
    let other = world.send(&lookup("Update", Some(&id), &named("Admin"))).await.id();
    assert_ne!(other, id);
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test]
async fn a_lookup_never_writes_whatever_the_event_says() {
    let world = World::start().await;
    // The profile is this very stack's and logical id's: whoever went by the tag alone would delete it.
    world.connect.put_profile(INSTANCE_ID, ours());
    let before = world.connect.profiles(INSTANCE_ID);
    let arn = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
    let tempting = agents(json!({"Permissions": [], "Adopt": true, "OnDelete": "Delete"}));
    let events = [
        lookup("Create", None, &named("Agents")),
        lookup("Create", None, &tempting),
        lookup("Update", Some(&arn), &named("Agents")),
        lookup("Update", Some(&arn), &tempting),
        lookup("Update", Some("connect-security-profile:none"), &named("Agents")),
        lookup("Update", Some("contact-centre-Agents-17SKXEL5JB7FZ"), &named("Agents")),
    ];
    for event in &events {
        world.send(event).await;
    }
    assert_eq!(world.writes(), [""; 0]);
    for id in
        [&arn, "connect-security-profile:unknown", "connect-security-profile:none", "contact-centre-Agents-1"]
    {
        for properties in [named("Agents"), tempting.clone(), json!({})] {
            assert_eq!(world.send(&lookup("Delete", Some(id), &properties)).await.id(), id);
        }
    }
    assert_eq!(world.calls(), [""; 0], "a Delete makes no call at all");
    assert_eq!(world.connect.profiles(INSTANCE_ID), before);
}

#[tokio::test]
async fn a_lookup_without_a_match_fails_and_names_the_nearest() {
    let world = World::start().await;
    for (name, nearest) in
        [("agent", Some("Agent")), ("QualityAnalist", Some("QualityAnalyst")), ("Zzz", None)]
    {
        let event = lookup("Create", None, &named(name));
        // It is looked for as long as reads may lag; a deadline that comes before ends that.
        let event = world.addressed(event, lambda_harness::Signature::V4);
        let answer = world.deliver(&event, Duration::from_secs(4)).await;
        assert!(answer.why().contains(&format!("has no profile called exactly `{name}`")), "{answer:?}");
        if let Some(nearest) = nearest {
            assert!(answer.why().contains(&format!("the nearest name is `{nearest}`")), "{answer:?}");
        }
        assert_eq!(answer.physical_id, "connect-security-profile:none");
    }
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test]
async fn a_lookup_reports_every_mistake_before_any_call() {
    let world = World::start().await;
    let properties = json!({"InstanceArn": "x", "SecurityProfileNme": "Agent", "Permissions": []});
    let answer = world.send(&lookup("Create", None, &properties)).await;
    for part in ["InstanceArn", "SecurityProfileName is required", "did you mean", "Permissions"] {
        assert!(answer.why().contains(part), "{part}: {answer:?}");
    }
    assert_eq!(world.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_profile_made_a_moment_ago_is_found_when_reads_show_it() {
    let bench = Bench::new(Configuration { read_lag: Duration::from_secs(5), ..Configuration::default() });
    bench.create(agents(json!({}))).await.0.unwrap();
    bench.connect.script(Fault::on(Operation::ListSecurityProfiles).lose());
    let found = bench.look_up(named("Agents")).await.unwrap();
    assert_eq!(found.data["Origin"], "found");
}
