//! Adoption: what is taken over keeps what it has, and what cannot be taken over is put back as it was.

use std::time::Duration;

use connect_emulator::{Choices, Configuration, Fault, Operation, Profile};
use serde_json::json;

use crate::bench::Bench;
use crate::world::{
    INSTANCE, INSTANCE_ID, OWNER_TAG, PROFILE_ID, World, agents, anothers, nobodys, owner_tag,
};

const NONE: &str = "connect-security-profile:none";

fn arn() -> String {
    format!("{INSTANCE}/security-profile/{PROFILE_ID}")
}

/// All but the times, which a change that was taken back leaves behind.
fn content(profile: Option<Profile>) -> Option<Profile> {
    profile.map(|profile| Profile { last_modified_time: 0.0, last_modified_region: String::new(), ..profile })
}

#[tokio::test]
async fn what_is_adopted_keeps_what_is_not_stated_and_is_claimed_before_it_is_changed() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, nobodys());
    let properties = agents(json!({"Adopt": true, "Description": "Ours now",
        "Tags": [{"Key": "team", "Value": "sales"}, {"Key": "cost", "Value": "7"}]}));
    let answer = world.create(properties.clone()).await;
    assert_eq!(answer.data["Origin"], "adopted");
    assert_eq!(
        world.calls(),
        [
            "CreateSecurityProfile",
            "DescribeSecurityProfile",
            "ListSecurityProfiles",
            "TagResource",
            "DescribeSecurityProfile",
            "TagResource",
            "UpdateSecurityProfile",
            "DescribeSecurityProfile",
        ]
    );
    let id = answer.id();
    assert_eq!(id, arn());
    let live = world.profile("Agents").unwrap();
    assert_eq!(live.permissions, nobodys().permissions, "never stated");
    assert_eq!(live.description, "Ours now");
    let tags = [("cost", "7"), ("team", "sales"), (OWNER_TAG, &owner_tag("adopted", "Agents"))];
    assert_eq!(live.tags, tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into());

    let fewer = agents(json!({"Adopt": true}));
    world.update(&id, fewer.clone(), properties).await.id();
    assert_eq!(world.writes(), [""; 0], "what is stated no more stays, as others live on it");
    assert!(world.function.logs().contains("Description is no longer stated and stays as it is"));
    let emptied = agents(json!({"Description": "", "Permissions": []}));
    world.update(&id, emptied, fewer.clone()).await.id();
    assert!(world.profile("Agents").unwrap().permissions.is_empty(), "stated empty, it is emptied");
    world.calls();

    world.delete(&id, fewer).await.id();
    assert_eq!(world.calls(), ["DescribeSecurityProfile", "UntagResource"]);
    let released = world.profile("Agents").unwrap();
    assert_eq!(released.tags.keys().collect::<Vec<_>>(), ["cost", "team"]);
}

#[tokio::test]
async fn what_is_adopted_as_it_is_gets_one_write_the_claim() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, nobodys());
    let same = json!({"Adopt": true, "Description": "Takes calls",
        "Permissions": ["OutboundCallAccess", "BasicAgentAccess"]});
    world.create(agents(same)).await.id();
    assert_eq!(world.writes(), ["CreateSecurityProfile", "TagResource"]);
    let claim = world.journal();
    assert_eq!(claim.len(), 0, "nothing follows");
}

#[tokio::test]
async fn the_same_adoption_twice_is_one_adoption() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, nobodys());
    let properties = agents(json!({"Adopt": true, "Permissions": ["X"]}));
    let event = crate::world::event("Create", None, &properties, None);
    let first = world.send(&event).await;
    world.calls();
    let second = world.send(&event).await;
    assert_eq!(world.writes(), ["CreateSecurityProfile"], "the name is taken, and all is as stated");
    assert_eq!(first.data, second.data);
    assert_eq!(first.id(), second.id());
    assert_eq!(world.profile("Agents").unwrap().description, "Takes calls", "merged, not made as new");
}

#[tokio::test]
async fn what_aws_manages_and_what_has_no_room_for_the_tag_is_refused_before_any_write() {
    let full = (0..50).fold(nobodys(), |profile, index| profile.tagged(format!("k{index}"), ""));
    let mut full = Profile { tags: full.tags, ..nobodys() };
    full.tags.remove("team");
    let one_less = {
        let mut profile = full.clone();
        profile.tags.remove("k0");
        profile
    };
    let cases = [
        (nobodys().aws_managed(), json!({"Adopt": true}), Some("AWS_MANAGED")),
        (full.clone(), json!({"Adopt": true}), Some("51 tags, the owner tag among them")),
        (one_less.clone(), json!({"Adopt": true, "Tags": [{"Key": "k0", "Value": ""}]}), Some("51 tags")),
        (one_less.clone(), json!({"Adopt": true, "Tags": [{"Key": "k1", "Value": "other"}]}), None),
        (one_less, json!({"Adopt": true}), None),
    ];
    for (profile, properties, refused) in cases {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, profile);
        let before = world.profile("Agents");
        let answer = world.create(agents(properties.clone())).await;
        let Some(reason) = refused else {
            answer.id();
            assert_eq!(world.profile("Agents").unwrap().tags.len(), 50);
            continue;
        };
        assert!(answer.why().contains(reason), "{properties}: {answer:?}");
        assert_eq!(answer.physical_id, NONE);
        assert_eq!(world.writes(), ["CreateSecurityProfile"], "the one that was refused");
        assert_eq!(world.profile("Agents"), before);
    }
}

#[tokio::test]
async fn a_failure_after_the_claim_puts_back_what_was_read_and_takes_the_tag_off() {
    let stated = json!({"Adopt": true, "Description": "Ours now", "Permissions": ["X"],
        "Applications": [{"Namespace": "n", "ApplicationPermissions": ["ACCESS"]}],
        "Tags": [{"Key": "team", "Value": "sales"}, {"Key": "new", "Value": ""}]});
    let denied = |operation| Fault::on(operation).error(403, "AccessDeniedException");
    let cases = [
        ("the claim itself", denied(Operation::TagResource), vec!["TagResource"]),
        (
            "reading it back",
            denied(Operation::DescribeSecurityProfile).nth(2),
            vec!["TagResource", "UntagResource"],
        ),
        (
            "the lists",
            denied(Operation::ListSecurityProfilePermissions),
            vec!["TagResource", "UntagResource"],
        ),
        (
            "the stated tags",
            denied(Operation::TagResource).nth(2),
            vec!["TagResource", "TagResource", "UntagResource"],
        ),
        (
            "the update",
            denied(Operation::UpdateSecurityProfile),
            vec![
                "TagResource",
                "TagResource",
                "UpdateSecurityProfile",
                "TagResource",
                "UntagResource",
                "UntagResource",
            ],
        ),
    ];
    for (case, fault, writes) in cases {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, nobodys());
        let before = world.profile("Agents");
        world.connect.script(fault);
        let answer = world.create(agents(stated.clone())).await;
        assert!(answer.why().contains("AccessDeniedException"), "{case}: {answer:?}");
        assert_eq!(answer.physical_id, NONE, "{case}: {answer:?}");
        assert_eq!(world.writes()[1..], writes, "{case}");
        assert_eq!(content(world.profile("Agents")), content(before), "{case}");
        world.delete(&answer.physical_id, agents(json!({"Adopt": true}))).await.id();
        assert_eq!(world.calls(), [""; 0], "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_lost_to_the_end_is_put_back_in_the_time_that_was_spared() {
    for fault in [
        Fault::on(Operation::UpdateSecurityProfile).lose_after(),
        Fault::on(Operation::UpdateSecurityProfile).error_after(500, "InternalServiceException"),
        Fault::on(Operation::UpdateSecurityProfile).delay_after(Duration::from_secs(9)).lose_after(),
    ] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, nobodys());
        let before = bench.connect.profile(INSTANCE_ID, "Agents");
        // As many tries as there are until the time for undoing begins; from then on Connect is well again.
        bench.connect.script(fault.times(10_000));
        let heal = async {
            tokio::time::sleep(Duration::from_secs(110)).await;
            bench.connect.clear_faults();
        };
        let create = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"], "Description": "y"})));
        let ((result, id), ()) = tokio::join!(create, heal);
        result.unwrap_err();
        assert_eq!(id.as_deref(), Some(NONE));
        assert_eq!(content(bench.connect.profile(INSTANCE_ID, "Agents")), content(before));
    }
}

#[tokio::test]
async fn where_the_tag_cannot_be_taken_off_the_arn_is_answered_and_its_delete_releases() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, nobodys());
    let before = world.profile("Agents");
    let denied = |operation| Fault::on(operation).error(403, "AccessDeniedException");
    world.connect.script(denied(Operation::UpdateSecurityProfile));
    world.connect.script(denied(Operation::UntagResource));
    let properties = agents(json!({"Adopt": true, "Permissions": ["X"]}));
    let answer = world.create(properties.clone()).await;
    for part in ["connect:UpdateSecurityProfile", "connect:UntagResource", "putting it back"] {
        assert!(answer.why().contains(part), "{part}: {answer:?}");
    }
    assert_eq!(answer.physical_id, arn(), "it carries our tag");
    world.delete(&answer.physical_id, properties).await.id();
    assert_eq!(content(world.profile("Agents")), content(before));
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_another_overwrites_is_lost_and_nothing_of_the_other_is_touched() {
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, nobodys());
    bench.connect.script(Fault::on(Operation::TagResource).delay_after(Duration::from_secs(1)));
    let other = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        bench.connect.put_profile(INSTANCE_ID, anothers());
    };
    let create = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"]})));
    let ((result, id), ()) = tokio::join!(create, other);
    let reason = result.unwrap_err().to_string();
    assert!(reason.contains("belongs to resource `Others`"), "{reason}");
    assert_eq!(id.as_deref(), Some(NONE));
    assert_eq!(bench.calls(Operation::UntagResource), 0, "the tag is the other's");
    let live = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
    assert_eq!(live.permissions, anothers().permissions);
    assert_eq!(live.tags, anothers().tags);
}

#[tokio::test(start_paused = true)]
async fn a_claim_is_waited_for_where_reads_lag_and_given_up_where_it_never_shows() {
    for (lag, adopted) in [(4, true), (60, false)] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, nobodys());
        let before = bench.connect.profile(INSTANCE_ID, "Agents");
        bench.connect.set_read_lag(Duration::from_secs(lag));
        let (result, id) = bench.create(agents(json!({"Adopt": true, "Permissions": ["X"]}))).await;
        bench.connect.set_read_lag(Duration::ZERO);
        tokio::time::sleep(Duration::from_mins(2)).await;
        let live = bench.connect.profile(INSTANCE_ID, "Agents");
        if adopted {
            assert_eq!(result.unwrap().physical_id.to_string(), arn());
            assert_eq!(live.unwrap().tags[OWNER_TAG], owner_tag("adopted", "Agents"));
        } else {
            let reason = result.unwrap_err().to_string();
            assert!(reason.contains("did not show within 10 s"), "{reason}");
            assert_eq!(id.as_deref(), Some(NONE));
            assert_eq!(content(live), content(before));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_adoption_at_the_same_time_makes_one_owner() {
    for lag in [0, 3] {
        let bench = Bench::new(Configuration::default());
        bench.connect.put_profile(INSTANCE_ID, nobodys());
        bench.connect.set_read_lag(Duration::from_secs(lag));
        let properties = agents(json!({"Adopt": true, "Permissions": ["X"]}));
        let (first, second) = tokio::join!(bench.create(properties.clone()), bench.create(properties));
        let (first, second) = (first.0.unwrap(), second.0.unwrap());
        assert_eq!(first.physical_id, second.physical_id);
        assert_eq!(first.data["Origin"], "adopted");
        assert_eq!(second.data["Origin"], "adopted");
        let live = bench.connect.profile(INSTANCE_ID, "Agents").unwrap();
        assert_eq!(live.tags[OWNER_TAG], owner_tag("adopted", "Agents"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_instance_still_lets_its_own_profiles_be_adopted() {
    // Whether Connect checks the quota or the name first is not known.
    let bench = Bench::new(Configuration::default());
    bench.connect.put_profile(INSTANCE_ID, nobodys());
    bench.connect.script(Fault::on(Operation::CreateSecurityProfile).error(429, "LimitExceededException"));
    let (result, _) = bench.create(agents(json!({"Adopt": true}))).await;
    assert_eq!(result.unwrap().physical_id.to_string(), arn());
}

#[tokio::test]
async fn adoption_expands_permissions_like_any_create_and_takes_them_back() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, nobodys());
    let with = |expand: bool| {
        agents(json!({"Adopt": true, "Permissions": ["Users.Edit"], "ExpandPermissions": expand}))
    };
    let id = world.create(with(true)).await.id();
    let expanded = world.profile("Agents").unwrap().permissions;
    assert!(expanded.len() > 1 && expanded.contains("Users.View"), "{expanded:?}");
    world.update(&id, with(false), with(true)).await.id();
    assert_eq!(world.profile("Agents").unwrap().permissions.len(), 1);
    world.update(&id, with(true), with(false)).await.id();
    assert_eq!(world.profile("Agents").unwrap().permissions, expanded);
}

#[tokio::test]
async fn the_type_of_the_default_profiles_decides_whether_they_can_be_adopted() {
    for (default_profiles_type, adopted) in [
        (connect_emulator::ProfileType::CustomerManaged, true),
        (connect_emulator::ProfileType::AwsManaged, false),
    ] {
        let choices = Choices { default_profiles_type, ..Choices::default() };
        let world = World::with(Configuration { choices, ..Configuration::default() }, &[]).await;
        let properties = json!({"InstanceArn": INSTANCE, "SecurityProfileName": "Agent", "Adopt": true});
        let before = world.profile("Agent").unwrap().permissions;
        assert_eq!(world.create(properties).await.status == "SUCCESS", adopted);
        assert_eq!(world.profile("Agent").unwrap().permissions, before);
    }
}
