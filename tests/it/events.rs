//! Every file of `events/` through the real function: what is answered, which calls are made, what the profile is then.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use connect_emulator::{Fault, Operation, Profile};
use lambda_harness::Signature;
use serde_json::{Value, json};

use crate::world::{INSTANCE_ID, World, adopted, anothers, masked, nobodys, ours};

/// What there is before the event, for the files that need something.
fn given(case: &str, world: &World) {
    let profile = match case {
        "create-redelivered"
        | "update-permissions"
        | "update-tags-only"
        | "update-no-change"
        | "update-drops-properties"
        | "update-mistake"
        | "update-rename-replaces"
        | "update-rename-adopts"
        | "update-rename-onto-another-owner"
        | "update-rename-onto-nobodys"
        | "update-rename-rolled-back"
        | "update-rename-failed-rolled-back"
        | "update-old-schema"
        | "delete"
        | "delete-retain"
        | "delete-with-mistakes"
        | "delete-after-failed-create"
        | "delete-after-lost-create"
        | "delete-after-unanswered-create"
        | "delete-in-use"
        | "lookup-delete" => ours(),
        "create-leftover" | "update-repairs-drift" => {
            ours().described("Changed by hand").with_permission("Users.Edit")
        }
        "update-renamed-in-console" => Profile { name: "Agents (old)".to_owned(), ..ours() },
        "create-adopt" | "create-adopt-put-back" | "update-owner-tag-gone" | "delete-owner-tag-gone" => {
            nobodys()
        }
        "create-adopt-aws-managed" => nobodys().aws_managed(),
        "create-adopt-no-room-for-the-tag" => {
            (0..49).fold(nobodys(), |profile, index| profile.tagged(format!("k{index}"), ""))
        }
        "create-adopt-redelivered" | "update-adopted-drops-properties" | "delete-adopted" => adopted(),
        "create-of-another-owner"
        | "create-adopt-of-another-owner"
        | "update-of-another-owner"
        | "update-of-another-owner-no-change"
        | "delete-of-another-owner" => anothers(),
        _ => return,
    };
    world.connect.put_profile(INSTANCE_ID, profile);
    let target = |from: Profile| Profile { id: String::new(), name: "Agents B".to_owned(), ..from };
    match case {
        "delete-in-use" => {
            world.connect.assign("ffffffff-1111-2222-3333-444444444444", INSTANCE_ID, &["Agents"]);
        }
        "update-rename-adopts" | "update-rename-onto-nobodys" => {
            world.connect.put_profile(INSTANCE_ID, target(nobodys()));
        }
        "update-rename-onto-another-owner" => world.connect.put_profile(INSTANCE_ID, target(anothers())),
        "update-rename-failed-rolled-back" => world.connect.put_profile(INSTANCE_ID, target(ours())),
        "create-adopt-put-back" => {
            let fault = Fault::on(Operation::UpdateSecurityProfile).error(403, "AccessDeniedException");
            world.connect.script(fault.message("User: arn:aws:sts::000000000000:assumed-role/r/f may not"));
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_file_has_the_outcome_that_its_snapshot_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let cases: BTreeMap<String, Value> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap())
        })
        .collect();
    assert!(cases.len() > 30, "the folder is there");

    let tasks: Vec<_> = cases.into_iter().map(|(case, event)| tokio::spawn(outcome(case, event))).collect();
    for task in tasks {
        let (case, outcome) = task.await.unwrap();
        insta::assert_snapshot!(case, outcome);
    }
}

async fn outcome(case: String, event: Value) -> (String, String) {
    let world = World::start().await;
    given(&case, &world);
    let before: BTreeMap<String, Profile> = profiles(&world);
    let answer = if let Some(message) = event["Records"][0]["Sns"]["Message"].as_str() {
        let inner = world.sent(serde_json::from_str(message).unwrap(), Signature::V4, Duration::ZERO);
        let mut event = event.clone();
        event["Records"][0]["Sns"]["Message"] = json!(inner.to_string());
        event["RequestId"] = inner["RequestId"].clone();
        world.deliver(&event, Duration::from_mins(1)).await
    } else {
        let event = world.sent(event, Signature::V4, Duration::ZERO);
        world.deliver(&event, Duration::from_mins(1)).await
    };

    let mut text = format!("{} {}\n", answer.status, masked(&answer.physical_id));
    if !answer.reason.is_empty() {
        let _ = writeln!(text, "Reason: {}", masked(&answer.reason));
    }
    if let Value::Object(data) = &answer.data {
        let names: Vec<&str> = data.keys().map(String::as_str).collect();
        let _ = writeln!(text, "Data: {}; Origin {}", names.join(" "), data["Origin"]);
    }
    let _ = writeln!(text, "Calls:");
    let mut last = String::new();
    for call in world.journal() {
        let body =
            if call.request_body.is_null() { String::new() } else { format!(" {}", call.request_body) };
        let query = call.uri.split_once('?').filter(|_| call.operation.is_write());
        let query = query.map(|(_, query)| format!(" {query}")).unwrap_or_default();
        let line = format!("  {}{query}{} {}", call.operation, masked(&body), call.status);
        // How often something is tried or looked for in vain depends on the jitter.
        let may_repeat = call.status == 200 && call.operation != Operation::ListSecurityProfiles;
        if line != last || may_repeat {
            let _ = writeln!(text, "{line}");
            last = line;
        }
    }
    let after = profiles(&world);
    for (id, profile) in &before {
        match after.get(id) {
            None => {
                let _ = writeln!(text, "Gone: {}", profile.name);
            }
            Some(now) if now != profile => {
                let _ = writeln!(text, "Changed: {}", show(now));
            }
            Some(_) => {}
        }
    }
    for (_, profile) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
        let _ = writeln!(text, "New: {}", show(profile));
    }
    (case, text)
}

fn profiles(world: &World) -> BTreeMap<String, Profile> {
    world.connect.profiles(INSTANCE_ID).into_iter().map(|profile| (profile.id.clone(), profile)).collect()
}

fn show(profile: &Profile) -> String {
    let mut value = serde_json::to_value(profile).unwrap();
    let members = value.as_object_mut().unwrap();
    members.retain(|key, _| !key.starts_with("LastModified") && key != "Id");
    prune(&mut value);
    masked(&value.to_string())
}

/// Takes out what is empty, so that a snapshot shows what there is.
fn prune(value: &mut Value) {
    if let Value::Object(members) = value {
        members.values_mut().for_each(prune);
        members.retain(|_, value| !(*value == json!([]) || *value == json!({}) || *value == json!("")));
    }
}
