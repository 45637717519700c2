//! A key with policies may do what they allow and nothing else.

use connect_emulator::{Configuration, Policy};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, INSTANCE, REGION, path, signed_by};

const ARN: &str = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";

fn policy(statements: &Value) -> Policy {
    Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

/// A caller whose key has one policy.
fn allowed(statements: &Value) -> Caller {
    let policies = vec![("test".to_owned(), policy(statements))];
    Caller::new(Configuration { policies, ..Configuration::default() })
}

fn allow(actions: &Value, resources: &Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

fn is_denied(answer: &Answer) -> bool {
    answer.error() == (403, "AccessDeniedException")
}

#[tokio::test]
async fn a_refusal_names_who_what_and_why_and_changes_nothing() {
    let profiles = format!("{ARN}/security-profile/*");
    let statements = json!([
        allow(&json!("connect:*"), &json!(profiles)),
        {"Effect": "Deny", "Action": "connect:Delete*", "Resource": "*"},
    ]);
    let caller = allowed(&statements);
    let id = caller.created("Dispatcher", json!({})).await;
    let mut told = Vec::new();
    for answer in [
        caller.get(&format!("/security-profiles-summary/{INSTANCE}")).await,
        caller.get(&format!("/security-profiles-flow-modules/{INSTANCE}/{id}")).await,
        caller.delete(&id).await,
        caller.update(&id, json!({"Applications": [{"Namespace": "crm"}]})).await,
        caller.create("Other", json!({"AllowedAccessControlHierarchyGroupId": "g"})).await,
    ] {
        assert!(is_denied(&answer), "{answer:?}");
        told.push(answer.body["Message"].as_str().unwrap().replace(&id, "<id>"));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    User: arn:aws:iam::000000000000:user/test is not authorized to perform: connect:ListSecurityProfiles on resource: arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555 because no identity-based policy allows the connect:ListSecurityProfiles action
    User: arn:aws:iam::000000000000:user/test is not authorized to perform: connect:ListSecurityProfileFlowModules on resource: arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555 because no identity-based policy allows the connect:ListSecurityProfileFlowModules action
    User: arn:aws:iam::000000000000:user/test is not authorized to perform: connect:DeleteSecurityProfile on resource: arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555/security-profile/<id> with an explicit deny in an identity-based policy
    User: arn:aws:iam::000000000000:user/test is not authorized to perform: connect:UpdateSecurityProfile on resource: arn:aws:app-integrations:us-east-1:000000000000:application/crm because no identity-based policy allows the connect:UpdateSecurityProfile action
    User: arn:aws:iam::000000000000:user/test is not authorized to perform: connect:CreateSecurityProfile on resource: arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555/agent-group/g because no identity-based policy allows the connect:CreateSecurityProfile action
    ");
    let profile = caller.emulator.profile(INSTANCE, "Dispatcher").unwrap();
    assert!(profile.applications.is_empty());
    assert_eq!(caller.emulator.profile(INSTANCE, "Other"), None);
    let calls = caller.emulator.journal();
    assert!(calls.iter().all(|call| call.caller.ends_with(":user/test") && call.region == REGION));
    assert_eq!(calls.iter().filter(|call| call.effect).count(), 1, "the create");
}

#[tokio::test]
async fn a_refusal_comes_before_what_else_is_wrong_with_the_request() {
    let caller = allowed(&json!([allow(&json!("lambda:InvokeFunction"), &json!("*"))]));
    assert!(is_denied(&caller.describe("nowhere").await));
    assert!(is_denied(&caller.create("", json!({})).await));
    assert!(is_denied(&caller.call("PUT", &format!("/security-profiles/{INSTANCE}"), json!("text")).await));
}

#[tokio::test]
async fn conditions_see_tags_of_the_request_and_of_the_profile_in_any_case() {
    let owned = json!([
        allow(&json!(["connect:CreateSecurityProfile", "connect:TagResource"]), &json!("*")),
        {"Effect": "Allow", "Action": "connect:UpdateSecurityProfile", "Resource": "*",
         "Condition": {"StringLike": {"aws:ResourceTag/owner": "v1/*"}}},
        {"Effect": "Deny", "Action": ["connect:TagResource", "connect:CreateSecurityProfile"], "Resource": "*",
         "Condition": {"Null": {"aws:RequestTag/secret": "false"}}},
    ]);
    let caller = allowed(&owned);
    let id = caller.created("Dispatcher", json!({"Tags": {"team": "red"}})).await;
    assert!(is_denied(&caller.update(&id, json!({"Description": "x"})).await));
    assert!(is_denied(&caller.create("Other", json!({"Tags": {"SECRET": "x"}})).await));
    let arn = caller.arn("Dispatcher");
    assert!(is_denied(&caller.tag(&arn, json!({"Secret": "x"})).await));
    caller.tag(&arn, json!({"Owner": "v1/created"})).await.ok();
    caller.update(&id, json!({"Description": "x"})).await.ok();
}

#[tokio::test]
async fn a_condition_on_a_key_that_aws_does_not_list_for_the_action_never_holds() {
    let statements = json!([
        {"Effect": "Allow", "Action": ["connect:TagResource", "connect:ListSecurityProfiles"], "Resource": "*",
         "Condition": {"StringLike": {"aws:ResourceTag/team": "*"}}},
        {"Effect": "Allow", "Action": "connect:UntagResource", "Resource": "*",
         "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
        allow(&json!("connect:CreateSecurityProfile"), &json!("*")),
    ]);
    let caller = allowed(&statements);
    caller.created("Dispatcher", json!({"Tags": {"team": "red", "site": "north"}})).await;
    let arn = caller.arn("Dispatcher");
    assert!(is_denied(&caller.tag(&arn, json!({"a": "b"})).await));
    assert!(is_denied(&caller.get(&format!("/security-profiles-summary/{INSTANCE}")).await));
    assert!(is_denied(&caller.untag(&arn, &["team", "site"]).await));
    caller.untag(&arn, &["team"]).await.ok();
}

#[tokio::test]
async fn policies_belong_to_a_key_and_a_key_without_any_may_do_everything() {
    let list = allow(&json!("connect:ListInstances"), &json!("*"));
    let describe = allow(&json!("connect:DescribeInstance"), &json!(ARN));
    let session = |it: &Value| ("ASIASESSION".to_owned(), policy(it));
    let caller = Caller::new(Configuration {
        credentials: [("test", "test"), ("ASIASESSION", "secret")]
            .map(|(id, secret)| (id.to_owned(), secret.to_owned()))
            .into(),
        policies: vec![session(&list), session(&describe)],
        ..Configuration::default()
    });
    let status = async |path: &str| {
        let request = signed_by("ASIASESSION", "secret", REGION, "GET", path, b"");
        caller.emulator.handle(request).await.unwrap().status().as_u16()
    };
    assert_eq!(status("/instance").await, 200);
    assert_eq!(status(&format!("/instance/{INSTANCE}")).await, 200);
    assert_eq!(status(&format!("/security-profiles-summary/{INSTANCE}")).await, 403);
    let session = caller.emulator.journal().pop().unwrap();
    assert_eq!(session.caller, "arn:aws:sts::000000000000:assumed-role/emulated/ASIASESSION");
    let id = caller.created("Dispatcher", json!({})).await;
    caller.describe(&id).await.ok();

    caller.emulator.set_policies("test", Vec::new());
    assert!(is_denied(&caller.get(&path(&id)).await));
}

#[tokio::test]
async fn an_identifier_that_is_an_arn_is_not_the_resource_of_a_scoped_policy() {
    let profiles = format!("{ARN}/security-profile/*");
    let caller = allowed(&json!([allow(&json!("connect:*"), &json!([ARN, profiles]))]));
    let id = caller.created("Dispatcher", json!({})).await;
    caller.describe(&id).await.ok();
    let by_arn = format!("/security-profiles-summary/{}", crate::caller::encode(ARN));
    assert!(is_denied(&caller.get(&by_arn).await));
}

/// Whether a key may list the profiles when that is allowed under this condition alone.
async fn may_list(key: &str, condition: &Value) -> bool {
    let statement = json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]);
    let caller = Caller::new(Configuration {
        credentials: [(key.to_owned(), "secret".to_owned())].into(),
        policies: vec![(key.to_owned(), policy(&statement))],
        ..Configuration::default()
    });
    let list = format!("/security-profiles-summary/{INSTANCE}");
    let answer = caller.emulator.handle(signed_by(key, "secret", REGION, "GET", &list, b"")).await.unwrap();
    answer.status().as_u16() == 200
}

#[tokio::test]
async fn policies_see_who_calls_and_how() {
    let session = "arn:aws:sts::000000000000:assumed-role/emulated/ASIASESSION";
    for (condition, of_user, of_session) in [
        (json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/emulated"}}), false, true),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ann"}}), true, false),
        (json!({"ArnEquals": {"aws:PrincipalArn": session}}), false, false),
        (json!({"StringEquals": {"aws:PrincipalType": "User"}}), true, false),
        (json!({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}), false, true),
        (json!({"StringEquals": {"aws:username": "ann"}}), true, false),
        (json!({"Null": {"aws:username": "true"}}), false, true),
        (json!({"Bool": {"aws:SecureTransport": "false"}}), true, true),
        (json!({"Bool": {"aws:ViaAWSService": true}}), false, false),
        (json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}), true, true),
        (json!({"Null": {"aws:PrincipalTag/team": "true"}}), true, true),
    ] {
        assert_eq!(may_list("ann", &condition).await, of_user, "a user: {condition}");
        assert_eq!(may_list("ASIASESSION", &condition).await, of_session, "a session: {condition}");
    }
}

#[tokio::test]
async fn a_denial_of_all_but_a_role_is_none_for_its_session() {
    let tags = ["custom-connect-security-profile:owner"];
    let statements = json!([
        allow(&json!("connect:*"), &json!("*")),
        {"Effect": "Deny", "Action": "connect:TagResource", "Resource": "*", "Condition": {
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/emulated"},
            "ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": tags}}},
    ]);
    let caller = Caller::new(Configuration {
        credentials: [("test", "test"), ("ASIASESSION", "secret")]
            .map(|(id, secret)| (id.to_owned(), secret.to_owned()))
            .into(),
        policies: ["test", "ASIASESSION"].map(|key| (key.to_owned(), policy(&statements))).into(),
        ..Configuration::default()
    });
    caller.created("Dispatcher", json!({})).await;
    let arn = caller.arn("Dispatcher");
    let owner = json!({"custom-connect-security-profile:owner": "v1/created"});
    assert!(is_denied(&caller.tag(&arn, owner.clone()).await));
    let path = format!("/tags/{}", crate::caller::encode(&arn));
    let body = json!({"tags": owner}).to_string();
    let request = signed_by("ASIASESSION", "secret", REGION, "POST", &path, body.as_bytes());
    assert_eq!(caller.emulator.handle(request).await.unwrap().status().as_u16(), 200);
}
