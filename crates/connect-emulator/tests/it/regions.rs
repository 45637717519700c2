//! Several instances in several regions.

use connect_emulator::Configuration;
use serde_json::json;

use crate::caller::Caller;

fn caller() -> Caller {
    let instances = [("us-east-1", "instance-a"), ("us-east-1", "instance-b"), ("eu-west-2", "instance-c")];
    Caller::new(Configuration {
        instances: instances.map(|(region, id)| (region.to_owned(), id.to_owned())).into(),
        ..Configuration::default()
    })
}

#[tokio::test]
async fn an_instance_answers_in_its_own_region_only() {
    let caller = caller();
    let london = caller.in_region("eu-west-2");
    let path = "/security-profiles-summary/instance-c";
    assert_eq!(caller.get(path).await.error(), (404, "ResourceNotFoundException"));
    assert_eq!(london.get(path).await.status, 200);
    let paris = caller.in_region("eu-west-3");
    assert_eq!(paris.get(path).await.error(), (403, "InvalidSignatureException"));

    let arn = london.emulator.profile_arn("instance-c", "Agent").unwrap();
    assert!(arn.starts_with("arn:aws:connect:eu-west-2:"));
    assert_eq!(london.tags(&arn).await.status, 200);
    assert_eq!(caller.tags(&arn).await.error(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn an_instance_knows_no_profile_of_another() {
    let caller = caller();
    let agent = caller.emulator.profile("instance-a", "Agent").unwrap().id;
    assert_eq!(caller.get(&format!("/security-profiles/instance-a/{agent}")).await.status, 200);
    assert_eq!(caller.get(&format!("/security-profiles/instance-b/{agent}")).await.status, 404);
}

#[tokio::test]
async fn instances_are_listed_by_region_and_described() {
    let caller = caller();
    let first = caller.get("/instance?maxResults=1").await.ok();
    assert_eq!(first["InstanceSummaryList"][0]["Id"], "instance-a");
    let token = first["NextToken"].as_str().unwrap();
    let second = caller.get(&format!("/instance?maxResults=1&nextToken={token}")).await.ok();
    assert_eq!(second["InstanceSummaryList"][0]["Id"], "instance-b");
    assert_eq!(second.get("NextToken"), None);

    let instance = caller.get("/instance/instance-b").await.ok()["Instance"].clone();
    assert_eq!(instance["Arn"], "arn:aws:connect:us-east-1:000000000000:instance/instance-b");
    assert_eq!(instance["InstanceStatus"], json!("ACTIVE"));
}
