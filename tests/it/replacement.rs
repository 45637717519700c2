//! Another name or instance: the old profile is never touched, and what fails half way leaves nothing behind.

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation, Profile};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::world::{INSTANCE, INSTANCE_ID, OWNER_TAG, PROFILE_ID, World, agents, event, ours, owner_tag};

fn named(name: &str, extra: Value) -> Value {
    let mut properties = agents(extra);
    properties["SecurityProfileName"] = json!(name);
    properties
}

/// A profile of nobody's that a rename runs into.
fn target() -> Profile {
    Profile::named("Target").described("Theirs").with_permission("X").tagged("cost", "7")
}

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

fn content(profile: Option<Profile>) -> Option<Profile> {
    profile.map(|profile| Profile { last_modified_time: 0.0, ..profile })
}

#[tokio::test]
async fn a_rename_onto_nobodys_profile_needs_adopt_and_takes_it_over_with_what_it_has() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    world.connect.put_profile(INSTANCE_ID, target());
    let (old, untouched) = (agents(json!({})), world.profile("Agents"));
    let refused = world.update(&arn(), named("Target", json!({"Permissions": ["Y"]})), old.clone()).await;
    for part in ["`Adopt: true`", "aws connect tag-resource", "=v1/adopted/"] {
        assert!(refused.why().contains(part), "{part}: {refused:?}");
    }
    assert_eq!(refused.physical_id, arn(), "a failed Update keeps the id it was given");
    assert_eq!(world.writes(), ["CreateSecurityProfile"], "the one that was refused");

    let adopting = named("Target", json!({"Adopt": true, "Description": "Ours"}));
    let answer = world.update(&arn(), adopting.clone(), old.clone()).await;
    assert_eq!(answer.data["Origin"], "adopted");
    let new_id = answer.id();
    let live = world.profile("Target").unwrap();
    assert!(new_id.ends_with(&live.id));
    assert_eq!((live.description.as_str(), live.permissions.len()), ("Ours", 1));
    assert_eq!(world.profile("Agents"), untouched);

    // The rollback comes with either id, then CloudFormation deletes the new one.
    assert_eq!(world.update(&new_id, old, adopting.clone()).await.id(), arn());
    world.delete(&new_id, adopting).await.id();
    assert_eq!(world.profile("Target").unwrap().tags.keys().collect::<Vec<_>>(), ["cost"]);
    assert_eq!(world.profile("Agents"), untouched);
}

#[tokio::test]
async fn a_rolled_back_rename_empties_nothing_of_the_profile_that_it_goes_back_to() {
    for carries_new_id in [false, true] {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, ours());
        let before = world.profile("Agents");
        // Only the new template states permissions and tags: the old profile's were given in the console.
        let stated = json!({"Permissions": [], "Tags": [{"Key": "team", "Value": "x"}]});
        let (old, new) = (agents(json!({})), named("Target", stated));
        let new_id = world.update(&arn(), new.clone(), old.clone()).await.id();
        let old_id = arn();
        let carried = if carries_new_id { &new_id } else { &old_id };
        assert_eq!(world.update(carried, old, new).await.id(), old_id);
        assert_eq!(world.profile("Agents"), before, "{carries_new_id}");
    }
}

#[tokio::test]
async fn a_rename_that_fails_after_the_claim_puts_back_and_releases_and_keeps_the_old() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    world.connect.put_profile(INSTANCE_ID, target());
    let before = (world.profile("Agents"), content(world.profile("Target")));
    world.connect.script(Fault::on(Operation::UpdateSecurityProfile).error(403, "AccessDeniedException"));
    let new = named("Target", json!({"Adopt": true, "Permissions": ["Y"]}));
    let answer = world.update(&arn(), new, agents(json!({}))).await;
    assert!(answer.why().contains("AccessDeniedException"));
    assert_eq!(answer.physical_id, arn());
    assert_eq!((world.profile("Agents"), content(world.profile("Target"))), before);
}

#[tokio::test(start_paused = true)]
async fn a_rename_whose_create_is_lost_to_the_end_removes_what_it_may_have_made() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    let before = bench.connect.profile(INSTANCE_ID, "Agents");
    bench.connect.script(Fault::on(Operation::CreateSecurityProfile).lose_after());
    bench.connect.script(Fault::on(Operation::ListSecurityProfiles).times(10_000).lose());
    let heal = async {
        tokio::time::sleep(Duration::from_secs(112)).await;
        bench.connect.clear_faults();
    };
    let old_id = arn();
    let update = bench.update(&old_id, named("Target", json!({})), agents(json!({})));
    let (result, ()) = tokio::join!(update, heal);
    result.unwrap_err();
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Target"), None);
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), before);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_whose_create_is_lost_to_the_end_never_removes_the_original() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, ours());
    let before = bench.connect.profile(INSTANCE_ID, "Agents");
    let (old, new) = (agents(json!({})), named("Target", json!({})));
    let new_id = bench.update(&arn(), new.clone(), old.clone()).await.unwrap().physical_id.to_string();
    // The stopped clock is not the one that profiles are dated by, by the second.
    std::thread::sleep(Duration::from_millis(1100));
    for operation in [Operation::CreateSecurityProfile, Operation::ListSecurityProfiles] {
        bench.connect.script(Fault::on(operation).times(10_000).lose());
    }
    let heal = async {
        tokio::time::sleep(Duration::from_secs(112)).await;
        bench.connect.clear_faults();
    };
    let (result, ()) = tokio::join!(bench.update(&new_id, old, new), heal);
    result.unwrap_err();
    assert_eq!(bench.connect.profile(INSTANCE_ID, "Agents"), before);
}

/// The rollback of a rename to `Target`, sent so long ago, and what there is of `Target` then.
async fn rolled_back(left: Profile, wanted: Value, ago: Duration) -> Option<Profile> {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    let before = world.profile("Agents");
    world.connect.put_profile(INSTANCE_ID, left);
    // It came to nothing, so CloudFormation goes on with the old id.
    let rollback = event("Update", Some(&arn()), &agents(json!({})), Some(&named("Target", wanted)));
    let rollback = world.sent(rollback, lambda_harness::Signature::V4, ago);
    assert_eq!(world.deliver(&rollback, Duration::from_secs(20)).await.id(), arn());
    assert_eq!(world.profile("Agents"), before);
    world.profile("Target")
}

/// What the create of a rename to `Target` makes.
fn made() -> Profile {
    Profile::named("Target").with_permission("X").tagged(OWNER_TAG, owner_tag("created", "Agents"))
}

#[tokio::test]
async fn what_a_rename_that_was_cut_off_left_is_removed_by_its_rollback() {
    let now = Duration::ZERO;
    let wanted = json!({"Permissions": ["X"]});
    assert_eq!(rolled_back(made(), wanted.clone(), now).await, None);
    let retained = json!({"Permissions": ["X"], "OnDelete": "Retain"});
    assert!(rolled_back(made(), retained, now).await.unwrap().tags.is_empty());
    let adopted = target().tagged(OWNER_TAG, owner_tag("adopted", "Agents"));
    let released = rolled_back(adopted, json!({"Adopt": true}), now).await.unwrap();
    assert_eq!(released.tags.keys().collect::<Vec<_>>(), ["cost"]);
}

#[tokio::test]
async fn what_the_failed_rename_cannot_have_made_is_left_by_its_rollback() {
    let wanted = || json!({"Permissions": ["X"]});
    let (now, late) = (Duration::ZERO, Duration::from_mins(1));
    let older = Profile { last_modified_time: 1_600_000_000.0, ..made() };
    for (case, left, wanted, ago) in [
        ("the event comes again late", made(), wanted(), late),
        ("it was kept by an UpdateReplacePolicy, before the old one was made", older, wanted(), now),
        ("somebody has changed it since", made().described("In use"), wanted(), now),
        ("somebody has tagged it since", made().tagged("cost", "7"), wanted(), now),
        ("the template was refused", made(), json!({"Permissionz": ["X"]}), now),
        (
            "it was adopted, and the template does not adopt",
            target().tagged(OWNER_TAG, owner_tag("adopted", "Agents")),
            wanted(),
            now,
        ),
    ] {
        let before = left.clone();
        let after = rolled_back(left, wanted, ago).await.expect(case);
        assert_eq!((after.tags, after.description), (before.tags, before.description), "{case}");
    }
}

#[tokio::test]
async fn strangers_under_the_name_that_a_failed_rename_wanted_are_left_alone_by_the_rollback() {
    for tag in [None, Some(owner_tag("created", "Others"))] {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, ours());
        let stranger = tag.iter().fold(target(), |target, tag| target.tagged(OWNER_TAG, tag));
        world.connect.put_profile(INSTANCE_ID, stranger);
        let before = world.connect.profiles(INSTANCE_ID);
        let (new, old) = (named("Target", json!({})), agents(json!({})));
        assert_eq!(world.update(&arn(), new.clone(), old.clone()).await.status, "FAILED");
        world.calls();
        assert_eq!(world.update(&arn(), old, new).await.id(), arn());
        assert_eq!(world.writes(), [""; 0]);
        assert_eq!(world.connect.profiles(INSTANCE_ID), before);
    }
}

#[tokio::test]
async fn a_profile_that_is_gone_is_found_by_its_name_or_made_again() {
    let world = World::start().await;
    let gone = format!("{INSTANCE}/security-profile/00000000-0000-0000-0000-000000000000");
    world.connect.put_profile(INSTANCE_ID, ours());
    let properties = agents(json!({"Description": "Takes calls"}));
    assert_eq!(world.update(&gone, properties.clone(), properties.clone()).await.id(), arn());
    assert_eq!(world.profile("Agents").unwrap().permissions.len(), 2, "never stated");
    world.connect.remove_profile(INSTANCE_ID, "Agents");
    let again = world.update(&gone, properties.clone(), properties.clone()).await.id();
    assert_ne!(again, arn());
    // CloudFormation cleans up what it takes for the old one.
    world.delete(&gone, properties).await.id();
    assert!(again.ends_with(&world.profile("Agents").unwrap().id));
}

#[tokio::test]
async fn what_another_has_taken_is_left_and_a_rollback_can_finish() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours().tagged(OWNER_TAG, owner_tag("adopted", "Others")));
    let before = world.profile("Agents");
    let (as_it_is, other) =
        (agents(json!({"Description": "Takes calls"})), agents(json!({"Description": "New"})));
    let refused = world.update(&arn(), other.clone(), as_it_is.clone()).await;
    for part in ["belongs to resource `Others` of this same stack now", &arn(), "aws connect untag-resource"]
    {
        assert!(refused.why().contains(part), "{part}: {refused:?}");
    }
    world.update(&arn(), as_it_is.clone(), other).await.id();
    world.delete(&arn(), as_it_is).await.id();
    assert_eq!(world.writes(), [""; 0]);
    assert_eq!(world.profile("Agents"), before);
}
