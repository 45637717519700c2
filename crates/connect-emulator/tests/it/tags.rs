//! Tags of a profile.

use connect_emulator::Profile;
use serde_json::{Value, json};

use crate::caller::{Caller, INSTANCE};

fn many(count: usize) -> Value {
    (0..count).map(|number| (format!("key {number}"), json!("v"))).collect()
}

#[tokio::test]
async fn tags_are_added_replaced_and_removed_by_key() {
    let caller = Caller::default();
    let id = caller.created("Dispatcher", json!({ "Tags": { "a": "1", "b": "2" } })).await;
    let before = caller.described(&id).await;
    let arn = caller.arn("Dispatcher");
    assert_eq!(caller.tag(&arn, json!({ "b": "3", "c/d e+é": "" })).await.ok(), Value::Null);
    assert_eq!(caller.tags(&arn).await.ok(), json!({ "tags": { "a": "1", "b": "3", "c/d e+é": "" } }));
    assert_eq!(caller.untag(&arn, &["c/d e+é", "a", "never there"]).await.ok(), Value::Null);
    let after = caller.described(&id).await;
    assert_eq!(after["Tags"], json!({ "b": "3" }));
    assert_eq!(after["LastModifiedTime"], before["LastModifiedTime"], "tags are no modification");
    caller.untag(&arn, &["b"]).await.ok();
    assert_eq!(caller.tags(&arn).await.ok(), json!({ "tags": {} }));
    assert_eq!(caller.described(&id).await.get("Tags"), None);
}

#[tokio::test]
async fn fifty_tags_fit_and_aws_ones_do_not_count() {
    let caller = Caller::default();
    caller
        .emulator
        .put_profile(INSTANCE, Profile::named("Dispatcher").tagged("aws:cloudformation:stack-name", "s"));
    let arn = caller.arn("Dispatcher");
    caller.tag(&arn, many(50)).await.ok();
    caller.tag(&arn, json!({ "key 7": "changed" })).await.ok();
    assert_eq!(caller.tag(&arn, json!({ "one more": "" })).await.error(), (400, "InvalidParameterException"));
    assert_eq!(caller.emulator.profile(INSTANCE, "Dispatcher").unwrap().tags.len(), 51);
}

#[tokio::test]
async fn what_is_no_tag_or_no_profile_is_refused() {
    let caller = Caller::default();
    caller.created("Dispatcher", json!({})).await;
    let arn = caller.arn("Dispatcher");
    let invalid = (400, "InvalidParameterException");
    let unknown = (404, "ResourceNotFoundException");
    assert_eq!(caller.tag(&arn, json!({})).await.error(), invalid);
    assert_eq!(caller.tag(&arn, json!({ "aws:x": "" })).await.error(), invalid);
    assert_eq!(caller.tag(&arn, json!({ "a": 1 })).await.error(), invalid);
    assert_eq!(caller.untag(&arn, &[]).await.error(), invalid);
    assert_eq!(caller.untag(&arn, &["aws:x"]).await.error(), invalid);
    assert_eq!(caller.untag(&arn, &["k"; 51]).await.error(), invalid);
    assert_eq!(caller.tags("Dispatcher").await.error(), invalid);
    assert_eq!(caller.tags(&format!("{arn}0")).await.error(), unknown);
    assert_eq!(caller.tags(&caller.emulator.instance_arn(INSTANCE).unwrap()).await.error(), unknown);
    assert_eq!(
        caller.tag(&arn.replace("us-east-1", "eu-west-2"), json!({ "a": "b" })).await.error(),
        unknown
    );
}
