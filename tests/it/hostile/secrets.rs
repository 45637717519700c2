//! What nobody may read: written back by the service in every way that it may be written.

use std::fmt::Write as _;

use connect_emulator::{Configuration, Fault, Operation, Profile};
use lambda_harness::Signature;
use serde_json::{Value, json};

use super::shown;
use crate::world::{INSTANCE_ID, World, agents, event, ours};

/// Each begins alike, so that what is cut short is found too, and holds what encodings change.
const DESCRIPTION: &str = "CANARY \"desc\" é/+&<%>=";
const TAG_VALUE: &str = "CANARY tag/é+@=";
const ACCESS_VALUE: &str = "CANARY access\\é";
const GRANULAR: &str = "CANARY granular\t\"ä\"";
const EXTERNAL_ID: &str = "CANARY+external=,.@:/-";
const REVISION: &str = "CANARY revision \"7\"";
const TOKEN: &str = "CANARYtoken//+abcDEF0123==";
const SECRET_KEY: &str = "CANARYkey/+wJalrXUtnFEMI";

const ALL: [&str; 8] =
    [DESCRIPTION, TAG_VALUE, ACCESS_VALUE, GRANULAR, EXTERNAL_ID, REVISION, TOKEN, SECRET_KEY];

fn properties() -> Value {
    agents(json!({
        "Description": DESCRIPTION, "Revision": REVISION, "ExternalId": EXTERNAL_ID, "Permissions": ["A"],
        "Tags": [{"Key": "k", "Value": TAG_VALUE}],
        "AllowedAccessControlTags": [{"Key": "a", "Value": ACCESS_VALUE}], "TagRestrictedResources": ["User"],
        "GranularAccessControlConfiguration": {"DataTableAccessControlConfiguration": {
            "PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": [
                {"AttributeName": "x", "Values": [GRANULAR]}]}}}}))
}

async fn world() -> World {
    let credentials = vec![("AKIATEST".to_owned(), SECRET_KEY.to_owned())];
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIATEST".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_SESSION_TOKEN", TOKEN.to_owned()),
    ];
    World::with(Configuration { credentials, ..Configuration::default() }, &environment).await
}

/// The ways in which a message may hold a text.
fn writings(text: &str) -> Vec<String> {
    let percent = |plain: &str, upper: bool| {
        text.bytes().fold(String::new(), |mut all, byte| {
            if byte.is_ascii_alphanumeric() || plain.contains(char::from(byte)) {
                all.push(char::from(byte));
            } else if upper {
                let _ = write!(all, "%{byte:02X}");
            } else {
                let _ = write!(all, "%{byte:02x}");
            }
            all
        })
    };
    let escaped: String = text
        .encode_utf16()
        .map(|unit| match char::from_u32(unit.into()) {
            Some('"') => "\\\"".to_owned(),
            Some('\\') => "\\\\".to_owned(),
            Some(plain @ ' '..='~') => plain.to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let json = json!(text).to_string();
    let mut writings = vec![
        text.to_owned(),
        text.to_uppercase(),
        text.to_lowercase(),
        json[1..json.len() - 1].to_owned(),
        json!(json).to_string(),
        escaped,
        percent("-_.~", true),
        percent("-_.~", false),
        percent("-_.~/", true),
        percent("-_.~", true).replace("%20", "+"),
    ];
    for before in ["", "x", "xy"] {
        writings.push(base64(&format!("{before}{text}"), *b"+/"));
        writings.push(base64(&format!("{before}{text} and more"), *b"-_"));
    }
    writings
}

fn base64(text: &str, last: [u8; 2]) -> String {
    let alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(last).collect();
    let mut written = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits =
            chunk.iter().chain(&[0; 3]).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for index in 0..4 {
            let is_padding = index > chunk.len();
            written.push(if is_padding { '=' } else { char::from(alphabet[bits >> (18 - 6 * index) & 63]) });
        }
    }
    written
}

/// What would give a secret away: its word, or the middle of it in base64, whatever was before it.
fn marks() -> Vec<String> {
    let mut marks = vec!["canary".to_owned()];
    for secret in ALL {
        for before in ["", "x", "xy"] {
            let written = base64(&format!("{before}{secret}"), *b"+/").to_lowercase();
            marks.push(written[4..16].to_owned());
        }
    }
    marks
}

#[track_caller]
fn hides_all(shown: &str) {
    let shown = shown.to_lowercase();
    for mark in marks() {
        let context = shown.find(&mark).map(|at| shown[..at].chars().rev().take(300).collect::<Vec<_>>());
        let context: Option<String> = context.map(|context| context.into_iter().rev().collect());
        assert_eq!(context, None, "{mark}");
    }
    assert!(!shown.contains("x-amz-signature=") && !shown.contains("?x-amz-"), "the query of a URL");
}

#[tokio::test]
async fn what_the_service_writes_back_is_shown_in_no_writing() {
    let world = world().await;
    // The other two are not sent to it.
    let sent = ALL.iter().filter(|secret| ![EXTERNAL_ID, REVISION].contains(secret));
    let writings: Vec<String> = sent.flat_map(|secret| writings(secret)).collect();
    for (status, code) in [(400, "InvalidParameterException"), (403, "InvalidSignatureException")] {
        for message in writings.chunks(20) {
            let message = format!("not good: {} end", message.join("' or '"));
            world
                .connect
                .script(Fault::on(Operation::CreateSecurityProfile).error(status, code).message(message));
            let why = world.create(properties()).await;
            assert!(why.why().contains("not good") && why.why().contains("end"), "{why:?}");
        }
    }
    let id = world.create(properties()).await.id();
    let all = format!("not good: {}", writings.join(" "));
    let changed = |mut properties: Value| {
        properties["Permissions"] = json!([]);
        properties["Tags"][0]["Key"] = json!("other");
        properties
    };
    for operation in
        [Operation::DescribeSecurityProfile, Operation::TagResource, Operation::UpdateSecurityProfile]
    {
        world.connect.script(Fault::on(operation).error(400, "InvalidParameterException").message(&all));
        let answer = world.update(&id, changed(properties()), properties()).await;
        assert!(answer.why().contains("not good"), "{answer:?}");
    }
    world.connect.script(
        Fault::on(Operation::DeleteSecurityProfile).error(400, "InvalidParameterException").message(&all),
    );
    world.delete(&id, properties()).await.why();
    hides_all(&shown(&world, &[]).await);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_quoted() {
    let world = world().await;
    let id = world.create(properties()).await.id();
    for body in [
        format!("{{\"SecurityProfile\":{{\"Description\":\"{TOKEN}\",\"LastModifiedTime\":\"{TOKEN}\"}}}}"),
        format!("{{\"SecurityProfile\":\"{TOKEN}\"}}"),
        format!("{{\"SecurityProfile\":{{\"Tags\":{{\"{TOKEN}\":7}}}}}}"),
        TOKEN.to_owned(),
        format!("<html>{TOKEN}</html>"),
    ] {
        for status in [200, 400, 403] {
            let odd = Fault::on(Operation::DescribeSecurityProfile).times(9).raw(
                status,
                "application/json",
                body.as_str(),
            );
            world.connect.script(odd);
            let update = event("Update", Some(&id), &agents(json!({})), Some(&properties()));
            let event = world.addressed(update, Signature::V4);
            world.deliver(&event, std::time::Duration::from_secs(2)).await.why();
            world.connect.clear_faults();
        }
    }
    hides_all(&shown(&world, &[]).await);
}

#[tokio::test]
async fn what_was_live_before_is_as_secret_as_what_is_stated() {
    let world = world().await;
    let live =
        Profile::named("Agents").described(DESCRIPTION).tagged("k", TAG_VALUE).tagged("team", TAG_VALUE);
    world.connect.put_profile(INSTANCE_ID, live);
    // The claim and the description get through, the tags do not; then putting it back is refused, too.
    let refuse = |operation, nth| {
        let message = format!("not good: {DESCRIPTION} {TAG_VALUE}");
        Fault::on(operation).nth(nth).times(9).error(400, "InvalidParameterException").message(message)
    };
    world.connect.script(refuse(Operation::UpdateSecurityProfile, 1));
    world.connect.script(refuse(Operation::TagResource, 2));
    world.connect.script(refuse(Operation::UntagResource, 1));
    let adopt = agents(json!({"Adopt": true, "Description": "new", "Tags": [{"Key": "k", "Value": "new"}]}));
    assert!(world.create(adopt).await.why().contains("not good"));
    world.connect.remove_profile(INSTANCE_ID, "Agents");
    world.connect.put_profile(INSTANCE_ID, ours().described(DESCRIPTION).tagged("k", TAG_VALUE));
    let id = world.connect.profile_arn(INSTANCE_ID, "Agents").unwrap();
    let update = world
        .update(&id, agents(json!({"Description": ""})), agents(json!({"Description": DESCRIPTION})))
        .await;
    assert!(update.why().contains("not good"), "{update:?}");
    hides_all(&shown(&world, &[]).await);
}

#[tokio::test]
async fn what_the_event_itself_gives_away_is_not_passed_on() {
    let world = world().await;
    let mut outcomes = Vec::new();
    for url in [
        "https://evil.example/?X-Amz-Signature=CANARY",
        "https://CANARY:CANARY@evil.example/",
        "https://127.0.0.1:9/#CANARY",
        "http://[CANARY",
        "CANARY",
        "data:CANARY",
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com:CANARY/",
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com?X-Amz-Signature=CANARY",
        "https:evil.example?X-Amz-Signature=CANARY",
        "https://evil.example\\?X-Amz-Signature=CANARY",
    ] {
        let mut event = event("Create", None, &properties(), None);
        event["ResponseURL"] = json!(url);
        let outcome = world.runtime_api.invoke(event, std::time::Duration::from_secs(5)).await;
        assert!(matches!(outcome, lambda_harness::Outcome::Error { .. }), "{url} {outcome:?}");
        outcomes.push(outcome);
    }
    // Secrets where they do not belong: no mistake quotes a value that may be one.
    let mut odd = properties();
    odd["Description"] = json!({"CANARY": 1}).to_string().repeat(99).into();
    odd["Tags"] =
        json!([{"Key": "k", "Value": TAG_VALUE.repeat(99)}, {"Key": "k", "Value": [TAG_VALUE]}, TAG_VALUE]);
    odd["AllowedAccessControlTags"] =
        json!([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": ACCESS_VALUE}]);
    odd["GranularAccessControlConfiguration"] = json!({"DataTableAccessControlConfiguration": {
        "PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": [
            {"AttributeName": "x", "Values": [GRANULAR.replace('ä', "\u{0}"), GRANULAR.repeat(99)]}]}}});
    odd["ExternalId"] = json!([EXTERNAL_ID]);
    odd["Revision"] = json!({"a": REVISION});
    world.create(odd.clone()).await.why();
    world.update("connect-security-profile:none", odd.clone(), odd).await.why();
    hides_all(&shown(&world, &outcomes).await);
}
