//! What nobody may read: written back by the service in every way that it may be written.

use std::fmt::Write as _;

use std::time::Duration;

use connect_emulator::{Configuration, Fault, Operation, Profile};
use lambda_harness::{Reply, Signature};
use serde_json::{Value, json};

use super::shown;
use crate::iam::{self, Role};
use crate::sts::{self, Sts};
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

/// Those of the role that is assumed.
const ROLE_TOKEN: &str = "CANARYroleTOKEN/abc+DEF4567890==";
const ROLE_KEY: &str = "CANARYroleKEY+uvw/XYZ987";

const ALL: [&str; 10] = [
    DESCRIPTION,
    TAG_VALUE,
    ACCESS_VALUE,
    GRANULAR,
    EXTERNAL_ID,
    REVISION,
    TOKEN,
    SECRET_KEY,
    ROLE_TOKEN,
    ROLE_KEY,
];

const ROLE: &str = "arn:aws:iam::111111111111:role/connect-profiles";

/// Lambda's levels of the log.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

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

/// A world in which Connect is called as a role, with what is secret in everything.
async fn world_with_a_role(sts: &Sts, level: &str) -> World {
    let credentials = vec![("ASIAROLE".to_owned(), ROLE_KEY.to_owned())];
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIATEST".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_SESSION_TOKEN", TOKEN.to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL", level.to_owned()),
        ("AWS_ENDPOINT_URL_STS", sts.endpoint.clone()),
        ("ALLOWED_ROLE_ARNS", "*".to_owned()),
    ];
    let account = "111111111111".to_owned();
    let policies = iam::of_key("ASIAROLE", Role::OtherAccount);
    World::with(Configuration { account, credentials, policies, ..Configuration::default() }, &environment)
        .await
}

fn properties_with_a_role() -> Value {
    let mut properties = properties();
    properties["RoleArn"] = json!(ROLE);
    properties["InstanceArn"] = json!(crate::world::INSTANCE.replace("000000000000", "111111111111"));
    properties
}

/// The ways in which a message may hold a text: those of [`once`], what a service makes of them again, and less than all of it.
fn writings(text: &str) -> Vec<String> {
    let mut all = once(text);
    let again: Vec<String> = all.iter().flat_map(|written| [xml(written), json_text(written)]).collect();
    all.extend(again);
    all.push(base64(&base64(text, *b"+/"), *b"+/"));
    all.push(base64(&percent(text), *b"-_"));
    all.push(percent(&base64(text, *b"+/")));
    all.push(text.bytes().fold(String::new(), |all, byte| all + &format!("{byte:02x}")));
    let trimmed = text.trim_end_matches(|character: char| !character.is_alphanumeric());
    all.push(trimmed.to_owned());
    for written in [text.to_owned(), xml(text), percent(text), json_text(text)] {
        let end = written.floor_char_boundary(written.len() / 2 + 3);
        all.push(format!("{}…", &written[..end]));
        all.push(format!("[{}]...", &written[..end]));
    }
    all
}

fn xml(text: &str) -> String {
    let references =
        [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;"), ('é', "&eacute;")];
    references
        .iter()
        .fold(text.to_owned(), |text, (character, reference)| text.replace(*character, reference))
}

fn json_text(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| match char::from(byte) {
        plain if plain.is_ascii_alphanumeric() => all + &plain.to_string(),
        _ => all + &format!("%{byte:02X}"),
    })
}

fn once(text: &str) -> Vec<String> {
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
    let hex = |text: &str| text.bytes().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
    let mut marks = vec!["canary".to_owned(), hex("CANARY")];
    for secret in ALL {
        for before in ["", "x", "xy"] {
            let written = base64(&format!("{before}{secret}"), *b"+/").to_lowercase();
            marks.push(written[4..16].to_owned());
        }
        let twice = base64(&base64(secret, *b"+/"), *b"+/").to_lowercase();
        marks.push(twice[4..20].to_owned());
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
    // The others are not sent to it.
    let sent = ALL.iter().filter(|secret| ![EXTERNAL_ID, REVISION, ROLE_TOKEN, ROLE_KEY].contains(secret));
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
async fn a_value_that_is_written_back_as_a_code_or_an_id_is_not_shown_either() {
    let world = world().await;
    for secret in [DESCRIPTION, TAG_VALUE, ACCESS_VALUE, GRANULAR, TOKEN, SECRET_KEY] {
        for written in [secret.to_owned(), percent(secret), base64(secret, *b"-_")] {
            world.connect.script(Fault::on(Operation::CreateSecurityProfile).error(400, written));
            world.create(properties()).await.why();
        }
    }
    hides_all(&shown(&world, &[]).await);
}

/// Side by side, as they wait for a clock.
async fn at_every_level<F: Future<Output = ()> + Send + 'static>(run: fn(&'static str) -> F) {
    let mut runs = tokio::task::JoinSet::new();
    for level in LEVELS {
        runs.spawn(run(level));
    }
    runs.join_all().await;
}

#[tokio::test]
async fn what_sts_writes_back_is_shown_at_no_level_of_the_log() {
    at_every_level(what_sts_writes_back_is_not_shown_at).await;
}

async fn what_sts_writes_back_is_not_shown_at(level: &'static str) {
    let sts = Sts::start((403, String::new())).await;
    // What STS is sent: the function's own credentials, and the word that the role asks for.
    let writings: Vec<String> = [EXTERNAL_ID, TOKEN, SECRET_KEY].into_iter().flat_map(writings).collect();
    let world = world_with_a_role(&sts, level).await;
    for message in writings.chunks(25) {
        let message = xml(&format!("not good: {} end", message.join("' or '")));
        sts.answers(403, sts::error("AccessDenied", &message));
        let why = world.create(properties_with_a_role()).await;
        assert!(why.why().contains("could not be assumed"), "{why:?}");
        assert!(why.why().contains("not good") && why.why().contains("end"), "{why:?}");
    }
    let code = xml(&format!("{EXTERNAL_ID}{TOKEN}"));
    for (status, body) in [
        (403, sts::error(&code, "no")),
        (400, sts::error("ValidationError", &xml(&format!("'{EXTERNAL_ID}' is not good")))),
        (403, format!("<ErrorResponse><Error><Message>{}", xml(EXTERNAL_ID))),
        (403, EXTERNAL_ID.to_owned()),
        (200, format!("<AssumeRoleResponse>{}", xml(EXTERNAL_ID))),
        (200, sts::credentials(ROLE_KEY, ROLE_TOKEN).replace("2099-01-01", EXTERNAL_ID)),
        (200, sts::credentials(ROLE_KEY, ROLE_TOKEN).replace("<AccessKeyId>ASIAROLE</AccessKeyId>", "")),
        (200, String::new()),
        (503, EXTERNAL_ID.to_owned()),
    ] {
        sts.answers(status, body);
        let create = event("Create", None, &properties_with_a_role(), None);
        let create = world.addressed(create, Signature::V4);
        world.deliver(&create, Duration::from_millis(1700)).await.why();
    }
    hides_all(&shown(&world, &[]).await);
}

#[tokio::test]
async fn what_connect_and_s3_write_back_to_a_role_is_shown_at_no_level_of_the_log() {
    at_every_level(what_connect_and_s3_write_back_is_not_shown_at).await;
}

async fn what_connect_and_s3_write_back_is_not_shown_at(level: &'static str) {
    let sts = Sts::start((200, sts::credentials(ROLE_KEY, ROLE_TOKEN))).await;
    let world = world_with_a_role(&sts, level).await;
    let id = world.create(properties_with_a_role()).await.id();
    let sent = ALL.iter().filter(|secret| ![REVISION, TOKEN, SECRET_KEY].contains(secret));
    let all: Vec<String> = sent.flat_map(|secret| writings(secret)).collect();
    for message in all.chunks(25) {
        let message = format!("not good: {} end", message.join("' or '"));
        let fault = Fault::on(Operation::DescribeSecurityProfile);
        world.connect.script(fault.error(400, "InvalidParameterException").message(message));
        let why = world.update(&id, properties_with_a_role(), properties_with_a_role()).await;
        assert!(why.why().contains("not good") && why.why().contains("end"), "{why:?}");
    }
    // S3 is sent the URL and the document, and may write back of the one its signature.
    let mut outcomes = Vec::new();
    for cut in [usize::MAX, 64, 40, 12] {
        let update = event("Update", Some(&id), &properties_with_a_role(), Some(&properties_with_a_role()));
        let update = world.addressed(update, Signature::V4);
        let url = update["ResponseURL"].as_str().unwrap();
        let (_, signature) = url.split_once("X-Amz-Signature=").unwrap();
        let code: String = signature.chars().take(cut).collect();
        world.bucket.script(vec![Reply::Code(403, code.clone())]);
        let outcome = world.runtime_api.invoke(update, Duration::from_secs(20)).await;
        assert!(matches!(outcome, lambda_harness::Outcome::Error { .. }), "{outcome:?}");
        outcomes.push((code, outcome));
    }
    let (codes, outcomes): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
    let shown = shown(&world, &outcomes).await;
    hides_all(&shown);
    for code in codes {
        assert!(!shown.contains(&code), "{level} {code}");
    }
}

#[tokio::test]
async fn no_library_says_a_word_at_trace_however_much_it_is_given_to_say() {
    let sts = Sts::start((403, sts::error("AccessDenied", "no"))).await;
    let world = world_with_a_role(&sts, "TRACE").await;
    world.create(properties_with_a_role()).await.why();
    sts.answers(200, sts::credentials(ROLE_KEY, ROLE_TOKEN));
    world.connect.script(Fault::on(Operation::DescribeSecurityProfile).lose());
    let id = world.create(properties_with_a_role()).await.id();
    world.bucket.script(vec![Reply::Reset, Reply::Status(503)]);
    world.delete(&id, properties_with_a_role()).await.id();
    let outcome = world.runtime_api.invoke_raw("not JSON".to_owned(), Duration::from_secs(5)).await;
    assert!(matches!(outcome, lambda_harness::Outcome::Error { .. }));
    world.function.kill().await;
    let logs = world.function.logs();
    super::is_a_log(&logs);
    let mut lines = 0;
    for line in logs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if let Some(target) = line["target"].as_str() {
            lines += 1;
            let of = target.split("::").next().unwrap();
            let ours = ["bootstrap", "connect_security_profile", "custom_resource"];
            assert!(ours.contains(&of), "{line}");
        }
    }
    assert!(lines > 10, "{logs}");
    hides_all(&logs);
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
            world.deliver(&event, Duration::from_secs(2)).await.why();
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
        let outcome = world.runtime_api.invoke(event, Duration::from_secs(5)).await;
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

/// Takes out what shows nothing of itself, as it stands in the log and in a reason, whose JSON escapes it.
fn without_unseen(shown: &str) -> String {
    ["\u{200b}", "\u{ad}", "\\u200b", "\\u00ad"]
        .iter()
        .fold(shown.to_owned(), |text, it| text.replace(it, ""))
}

#[tokio::test]
async fn what_is_written_back_with_something_unseen_between_is_not_shown_once_that_is_taken_out() {
    let sts = Sts::start((200, sts::credentials(ROLE_KEY, ROLE_TOKEN))).await;
    let world = world_with_a_role(&sts, "TRACE").await;
    let id = world.create(properties_with_a_role()).await.id();
    let separators = [
        "\u{202c}",
        "\u{2069}",
        "\u{1b}[0m",
        "\u{9b}0m",
        "\u{1b}]0;x\u{7}",
        "\u{1b}M",
        "\u{200b}",
        "\u{ad}",
        "\u{0}",
    ];
    for separator in separators {
        let between = |text: &str| text.chars().map(String::from).collect::<Vec<_>>().join(separator);
        for secret in [DESCRIPTION, TAG_VALUE, ACCESS_VALUE, GRANULAR, EXTERNAL_ID, REVISION, ROLE_TOKEN] {
            let fault = Fault::on(Operation::DescribeSecurityProfile);
            let message = format!("not good: {} end", between(secret));
            world.connect.script(fault.error(400, "InvalidParameterException").message(message));
            let why = world.update(&id, properties_with_a_role(), properties_with_a_role()).await;
            assert!(why.why().contains("not good") && why.why().contains("end"), "{why:?}");
        }
    }
    // XML holds no control characters, so STS can write these alone.
    for separator in ["\u{202c}", "\u{2069}", "\u{200b}", "\u{ad}", "\u{9b}0m"] {
        let between = EXTERNAL_ID.chars().map(String::from).collect::<Vec<_>>().join(separator);
        sts.answers(403, sts::error("AccessDenied", &xml(&format!("not good: {between} end"))));
        let why = world.create(properties_with_a_role()).await;
        assert!(why.why().contains("not good") && why.why().contains("end"), "{why:?}");
    }
    hides_all(&without_unseen(&shown(&world, &[]).await));
}

#[tokio::test]
async fn what_the_event_states_is_not_shown_whatever_the_request_and_whichever_properties_hold_it() {
    let world = world().await;
    let id = world.create(agents(json!({}))).await.id();
    let bare = || agents(json!({"Revision": "8"}));
    let stated = [DESCRIPTION, TAG_VALUE, ACCESS_VALUE, GRANULAR, EXTERNAL_ID, REVISION];
    let message = format!("not good: {} end", stated.join("' or '"));
    let refuse = |operation| {
        let fault = Fault::on(operation).error(400, "InvalidParameterException").message(&message);
        world.connect.script(fault);
    };
    refuse(Operation::DeleteSecurityProfile);
    let mut answers = vec![world.delete(&id, properties()).await];
    // In the properties before alone, in those after alone, and where they cannot be read.
    let mut odd = properties();
    odd["Description"] = json!([DESCRIPTION]);
    odd["Tags"] = json!({"k": TAG_VALUE});
    for (new, old) in [(bare(), properties()), (properties(), bare()), (bare(), odd)] {
        refuse(Operation::DescribeSecurityProfile);
        answers.push(world.update(&id, new, old).await);
    }
    refuse(Operation::CreateSecurityProfile);
    let mut other = properties();
    other["SecurityProfileName"] = json!("Others");
    answers.push(world.create(other).await);
    for kind in ["Create", "Update"] {
        let sought = agents(json!({"Revision": REVISION}));
        let mut event = event(kind, (kind == "Update").then_some(id.as_str()), &sought, Some(&properties()));
        event["ResourceType"] = json!("Custom::ConnectSecurityProfileLookup");
        let message = if kind == "Create" { format!("not good: {REVISION} end") } else { message.clone() };
        let fault = Fault::on(Operation::SearchSecurityProfiles).times(9);
        world.connect.script(fault.error(400, "InvalidParameterException").message(&message));
        let fault = Fault::on(Operation::ListSecurityProfiles).times(9);
        world.connect.script(fault.error(400, "InvalidParameterException").message(&message));
        let event = world.addressed(event, Signature::V4);
        answers.push(world.deliver(&event, Duration::from_secs(20)).await);
        world.connect.clear_faults();
    }
    for answer in answers {
        assert!(answer.why().contains("not good") && answer.why().contains("end"), "{answer:?}");
    }
    hides_all(&shown(&world, &[]).await);
}
