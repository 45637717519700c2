//! What else takes a profile, or lets people do more, than a template that says so: an update of one that lost its tag, a tag
//! that somebody set, the clean-up of a replacement, and changes that add no denied permission.

use super::*;

#[tokio::test]
async fn an_update_of_a_profile_without_its_tag_meets_the_guards_of_an_adoption() {
    let other = "arn:aws:connect:us-east-1:000000000000:instance/other";
    for (variable, value) in [
        // It holds `OutboundCallAccess`, which is not declared.
        ("DENIED_PERMISSIONS", "OutboundCall*"),
        ("PROTECTED_PROFILE_NAMES", "agents"),
        ("ALLOWED_INSTANCE_ARNS", other),
    ] {
        let world = guarded(variable, value).await;
        world.connect.put_profile(INSTANCE_ID, nobodys());
        let before = world.profile("Agents");
        let (new, same) =
            (agents(json!({"Description": "New"})), agents(json!({"Description": "Takes calls"})));
        let refused = world.update(&arn(), new, same.clone()).await;
        assert!(refused.why().starts_with(&format!("{variable} forbids")), "{refused:?}");
        // Where only the tag would be written, it is left out.
        world.update(&arn(), same.clone(), agents(json!({"Description": "New"}))).await.id();
        assert_eq!(world.writes(), [""; 0]);
        assert_eq!(world.profile("Agents"), before);
        let logs = world.function.logs();
        let warning = logs.lines().find(|line| line.contains("left without it")).expect("a warning");
        assert!(warning.contains("WARN") && warning.contains(variable), "{warning}");
        assert!(!logs.contains("is put back"), "{logs}");
        // A profile of ours is judged by what is added alone.
        world.connect.put_profile(INSTANCE_ID, ours());
        if variable == "DENIED_PERMISSIONS" {
            world.update(&arn(), agents(json!({"Description": "New"})), same).await.id();
        }
    }
}

#[tokio::test]
async fn an_update_that_adopts_passes_where_it_takes_away_what_is_denied_and_warns_of_what_it_widens() {
    let world = guarded("DENIED_PERMISSIONS", "OutboundCall*").await;
    let restricted = nobodys();
    let restricted = Profile {
        allowed_access_control_tags: [("site".to_owned(), "north".to_owned())].into(),
        tag_restricted_resources: ["User".to_owned()].into(),
        ..restricted
    };
    world.connect.put_profile(INSTANCE_ID, restricted);
    let new = agents(json!({"Permissions": ["BasicAgentAccess"], "AllowedAccessControlTags": [],
        "TagRestrictedResources": []}));
    let answer = world.update(&arn(), new, agents(json!({}))).await;
    assert_eq!(answer.data["Origin"], "adopted");
    let logs = world.function.logs();
    for warning in ["AllowedAccessControlTags: dropped site", "TagRestrictedResources: dropped User"] {
        let warned = logs.lines().filter(|line| line.contains("\"WARN\"") && line.contains(warning));
        assert_eq!(warned.count(), 1, "{warning}: {logs}");
    }
}

#[tokio::test]
async fn a_create_that_finds_its_own_tag_warns_and_an_adopted_one_meets_the_guards_of_an_adoption() {
    for (profile, origin) in [(ours(), "created"), (adopted(), "adopted")] {
        let world = World::start().await;
        world.connect.put_profile(INSTANCE_ID, profile.clone());
        let answer = world.create(agents(json!({"Description": "x"}))).await;
        assert_eq!(answer.data["Origin"], origin);
        let logs = world.function.logs();
        let warnings = logs.lines().filter(|line| line.contains("carries this resource's own ownership tag"));
        assert!(
            warnings.filter(|line| line.contains("WARN") && line.contains(&arn())).count() == 1,
            "{logs}"
        );
    }
    // Whoever may tag profiles can write the tag on one that holds more than any template may hand out.
    let world = guarded("DENIED_PERMISSIONS", "OutboundCall*").await;
    world.connect.put_profile(INSTANCE_ID, adopted());
    let before = world.profile("Agents");
    let refused = world.create(agents(json!({"Description": "x"}))).await;
    assert!(refused.why().starts_with("DENIED_PERMISSIONS forbids"), "{refused:?}");
    assert_eq!(refused.physical_id, arn(), "the Delete that follows releases it");
    assert_eq!(world.profile("Agents"), before);
    // What a Create makes anew holds nothing but what is declared.
    let world = guarded("DENIED_PERMISSIONS", "OutboundCall*").await;
    world.connect.put_profile(INSTANCE_ID, ours());
    world.create(agents(json!({"Permissions": ["BasicAgentAccess"]}))).await.id();
    assert_eq!(world.profile("Agents").unwrap().permissions.len(), 1);
}

#[tokio::test]
async fn a_physical_id_of_another_partition_is_called_by_no_event() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, ours());
    let before = world.profile("Agents");
    let elsewhere = arn().replace("arn:aws:", "arn:aws-cn:");
    let same = agents(json!({"Description": "Takes calls"}));
    let refused = world.update(&elsewhere, same.clone(), same.clone()).await;
    assert!(refused.why().contains("in the partition `aws-cn`"), "{refused:?}");
    let mut renamed = same.clone();
    renamed["SecurityProfileName"] = json!("New");
    let refused = world.update(&elsewhere, renamed, same.clone()).await;
    assert!(refused.why().contains("in the partition `aws-cn`"), "{refused:?}");
    world.delete(&elsewhere, same).await.id();
    assert_eq!(world.calls(), [""; 0]);
    assert_eq!(world.profile("Agents"), before);
    let logs = world.function.logs();
    let warning = logs.lines().find(|line| line.contains("is left as it is")).expect("a warning");
    assert!(warning.contains("WARN") && warning.contains(&elsewhere), "{warning}");
}

#[tokio::test]
async fn the_clean_up_of_a_replacement_writes_to_no_instance_that_is_not_allowed() {
    const OTHER: &str = "22222222-3333-4444-5555-666666666666";
    for (allowed, is_removed) in [("arn:aws:connect:*", true), (INSTANCE, false)] {
        let instances = vec![
            ("us-east-1".to_owned(), INSTANCE_ID.to_owned()),
            ("eu-west-2".to_owned(), OTHER.to_owned()),
        ];
        let configuration = Configuration { instances, ..Configuration::default() };
        let world = World::with(configuration, &[("ALLOWED_INSTANCE_ARNS", allowed.to_owned())]).await;
        world.connect.put_profile(INSTANCE_ID, ours());
        let made = Profile { id: String::new(), ..Profile::named("Agents") };
        let made = made.tagged(OWNER_TAG, crate::world::owner_tag("created", "Agents"));
        world.connect.put_profile(OTHER, made);
        let left = world.connect.profile_arn(OTHER, "Agents").unwrap();
        let failed = agents(
            json!({"InstanceArn": INSTANCE.replace(INSTANCE_ID, OTHER).replace("us-east-1", "eu-west-2")}),
        );
        let rollback = event("Update", Some(&arn()), &agents(json!({})), Some(&failed));
        let rollback = world.sent(rollback, lambda_harness::Signature::V4, std::time::Duration::ZERO);
        assert_eq!(world.deliver(&rollback, std::time::Duration::from_secs(30)).await.id(), arn());
        assert_eq!(world.connect.profile(OTHER, "Agents").is_none(), is_removed, "{allowed}");
        let logs = world.function.logs();
        let warned = logs.lines().any(|line| {
            line.contains("is not removed") && line.contains(&left) && line.contains("ALLOWED_INSTANCE_ARNS")
        });
        assert_eq!(warned, !is_removed, "{logs}");
    }
}

#[tokio::test]
async fn what_allows_more_is_one_warning_each_with_the_propertys_name() {
    const APPLICATION: &str = "arn:aws:app-integrations:us-east-1:000000000000:application/a";
    let world = World::start().await;
    let granular = |values: &[&str]| {
        json!({"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration":
            {"PrimaryAttributeValues": [{"AttributeName": "region", "Values": values}]}}})
    };
    let old = agents(json!({
        "Permissions": ["A"], "Tags": [{"Key": "team", "Value": "CANARY-a"}],
        "AllowedAccessControlTags": [{"Key": "site", "Value": "CANARY-b"}], "TagRestrictedResources": ["User"],
        "HierarchyRestrictedResources": ["User"], "AllowedAccessControlHierarchyGroupId": "g-1",
        "GranularAccessControlConfiguration": granular(&["CANARY-c"]),
    }));
    let new = agents(json!({
        "Permissions": ["A", "SecurityProfiles.Edit"],
        "Tags": [{"Key": "team", "Value": "CANARY-d"}, {"Key": "desk", "Value": "CANARY-e"}],
        "AllowedAccessControlTags": [{"Key": "site", "Value": "CANARY-f"}], "TagRestrictedResources": ["User"],
        "HierarchyRestrictedResources": ["User"], "AllowedAccessControlHierarchyGroupId": "g-2",
        "GranularAccessControlConfiguration": granular(&["CANARY-c", "CANARY-g"]),
        "Applications": [{"Namespace": "app", "ApplicationPermissions": ["ACCESS"]}],
        "AllowedFlowModules": [{"FlowModuleId": "m-1", "Type": "MCP"}],
        "AllowedAIAgents": [{"Arn": APPLICATION, "Type": "THIRD_PARTY"}],
    }));
    let id = world.create(old.clone()).await.id();
    let before = world.function.logs();
    assert!(!before.contains("more than before"), "a create widens nothing: {before}");
    world.update(&id, new, old).await.id();
    let logs = world.function.logs();
    let mut warnings: Vec<&str> = logs
        .lines()
        .filter(|line| line.contains("\"WARN\""))
        .filter_map(|line| line.split("\"message\":\"").nth(1)?.split(';').next())
        .filter(|line| line.contains(": "))
        .collect();
    warnings.sort_unstable();
    insta::assert_snapshot!(warnings.join("\n"), @r"
    AllowedAIAgents: added arn:aws:app-integrations:us-east-1:000000000000:application/a
    AllowedAccessControlHierarchyGroupId: changed g-1 -> g-2
    AllowedAccessControlTags: changed site
    AllowedFlowModules: added m-1
    Applications: added app
    GranularAccessControlConfiguration: added region
    Permissions: added SecurityProfiles.Edit
    Tags: added desk
    Tags: changed team
    ");
    assert!(!logs.contains("CANARY"), "{logs}");
}
