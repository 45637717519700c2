//! Lists, searches and their pages.

use std::collections::BTreeSet;

use connect_emulator::{Configuration, Operation, Profile};
use serde_json::{Value, json};

use crate::caller::{Caller, INSTANCE, encode};

/// All items of a list by pages of a size, and how many pages there were.
async fn pages(caller: &Caller, path: &str, member: &str, size: usize) -> (Vec<Value>, usize) {
    let (mut items, mut token, mut count) = (Vec::new(), String::new(), 0);
    loop {
        let page = caller.get(&format!("{path}?maxResults={size}{token}")).await.ok();
        items.extend(page[member].as_array().unwrap().clone());
        count += 1;
        match page["NextToken"].as_str() {
            Some(next) => token = format!("&nextToken={}", encode(next)),
            None => return (items, count),
        }
    }
}

#[tokio::test]
async fn pages_joined_are_the_whole_list() {
    let caller = Caller::default();
    for number in 0..31 {
        caller.emulator.put_profile(INSTANCE, Profile::named(format!("Seeded {number}")));
    }
    let admin = caller.emulator.profile(INSTANCE, "Admin").unwrap();
    for (path, member, total) in [
        (format!("/security-profiles-summary/{INSTANCE}"), "SecurityProfileSummaryList", 35),
        (format!("/security-profiles-permissions/{INSTANCE}/{}", admin.id), "Permissions", 290),
    ] {
        let (whole, count) = pages(&caller, &path, member, 1000).await;
        assert_eq!((whole.len(), count), (total, 1));
        for size in [1, 7, 35, 100, 290] {
            let (items, count) = pages(&caller, &path, member, size).await;
            assert_eq!(items, whole, "pages of {size}");
            assert_eq!(count, total.div_ceil(size), "pages of {size}");
        }
    }
}

#[tokio::test]
async fn a_page_has_a_hundred_items_by_default() {
    let caller = Caller::default();
    let admin = caller.emulator.profile(INSTANCE, "Admin").unwrap();
    let page = caller.get(&format!("/security-profiles-permissions/{INSTANCE}/{}", admin.id)).await.ok();
    assert_eq!(page["Permissions"].as_array().unwrap().len(), 100);
    assert!(page["NextToken"].is_string());
}

#[tokio::test]
async fn each_list_of_members_has_pages() {
    let caller = Caller::default();
    let numbers = 0..7;
    let members = json!({
        "Applications": numbers.clone().map(|n| json!({ "Namespace": format!("n{n}") })).collect::<Vec<_>>(),
        "AllowedFlowModules": numbers.clone().map(|n| json!({ "FlowModuleId": format!("m{n}") })).collect::<Vec<_>>(),
        "AllowedAIAgents": numbers.map(|n| json!({ "Arn": format!("a{n}") })).collect::<Vec<_>>(),
    });
    let id = caller.created("Dispatcher", members.clone()).await;
    for (path, member) in [
        ("applications", "Applications"),
        ("flow-modules", "AllowedFlowModules"),
        ("ai-agents", "AllowedAIAgents"),
    ] {
        let path = format!("/security-profiles-{path}/{INSTANCE}/{id}");
        let (items, count) = pages(&caller, &path, member, 3).await;
        assert_eq!((json!(items), count), (members[member].clone(), 3));
    }
}

#[tokio::test]
async fn a_bad_token_or_page_size_is_refused() {
    let caller = Caller::default();
    let first = caller.get(&format!("/security-profiles-summary/{INSTANCE}?maxResults=1")).await.ok();
    let token = first["NextToken"].as_str().unwrap();
    let admin = caller.emulator.profile(INSTANCE, "Admin").unwrap().id;
    for path in [
        format!("/security-profiles-summary/{INSTANCE}?nextToken=made-up"),
        format!("/security-profiles-permissions/{INSTANCE}/{admin}?nextToken={token}"),
        format!("/security-profiles-summary/{INSTANCE}?maxResults=0"),
        format!("/security-profiles-summary/{INSTANCE}?maxResults=1001"),
        format!("/security-profiles-ai-agents/{INSTANCE}/{admin}?maxResults=ten"),
    ] {
        assert_eq!(caller.get(&path).await.error(), (400, "InvalidParameterException"), "{path}");
    }
    assert_eq!(caller.get("/instance?maxResults=11").await.error(), (400, "InvalidRequestException"));
}

#[tokio::test]
async fn a_list_shows_the_default_profiles_and_their_types() {
    let caller =
        Caller::new(Configuration { aws_managed_profile: Some("AI".to_owned()), ..Configuration::default() });
    let list = caller.get(&format!("/security-profiles-summary/{INSTANCE}")).await.ok();
    let shown: BTreeSet<(&str, &str)> = list["SecurityProfileSummaryList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|summary| (summary["Name"].as_str().unwrap(), summary["Type"].as_str().unwrap()))
        .collect();
    let customers = ["Admin", "Agent", "CallCenterManager", "QualityAnalyst"];
    let mut expected: BTreeSet<_> = customers.map(|name| (name, "CUSTOMER_MANAGED")).into();
    expected.insert(("AI", "AWS_MANAGED"));
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_search_finds_by_name_and_tag_in_pages() {
    let caller = Caller::default();
    for number in 0..5 {
        let profile = Profile::named(format!("Team {number}")).tagged("team", "red").described("found");
        caller.emulator.put_profile(INSTANCE, profile);
    }
    let mut body = json!({
        "InstanceId": INSTANCE,
        "MaxResults": 2,
        "SearchCriteria": { "StringCondition": { "FieldName": "name", "Value": "TEAM", "ComparisonType": "STARTS_WITH" } },
        "SearchFilter": { "TagFilter": { "TagCondition": { "TagKey": "team", "TagValue": "red" } } },
    });
    let mut names = BTreeSet::new();
    loop {
        let page = caller.call("POST", "/search-security-profiles", body.clone()).await.ok();
        assert_eq!(page["ApproximateTotalCount"], 5);
        for summary in page["SecurityProfiles"].as_array().unwrap() {
            assert_eq!(summary["Tags"], json!({ "team": "red" }));
            assert_eq!(
                (&summary["Description"], &summary["Type"]),
                (&json!("found"), &json!("CUSTOMER_MANAGED"))
            );
            names.insert(summary["SecurityProfileName"].as_str().unwrap().to_owned());
        }
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(names.len(), 5);
    assert!(caller.emulator.journal().iter().all(|call| call.operation == Operation::SearchSecurityProfiles));
}
