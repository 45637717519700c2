//! Hosts and names that look like others to people, and to a check that is not exact.

use std::time::Duration;

use connect_emulator::{Configuration, Profile};
use lambda_harness::Outcome;
use serde_json::{Value, json};

use super::shown;
use crate::world::{INSTANCE_ID, PROFILE_ID, World, agents, event, ours};

#[tokio::test]
async fn a_host_that_only_looks_like_cloudformations_is_told_nothing() {
    const BUCKET: &str = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com";
    let world = World::start().await;
    let origin = world.bucket.origin();
    let port = origin.rsplit(':').next().unwrap();
    let mut outcomes = Vec::new();
    for start in [
        format!("https://{}", BUCKET.replace("cloudformation", "cloudf\u{43e}rmation")),
        format!("https://{}", BUCKET.replace("cloudformation", "xn--cloudfrmation-vbi")),
        format!("https://{}", BUCKET.replace('-', "\u{2010}")),
        format!("https://{}", BUCKET.replace('.', "\u{3002}")),
        format!("https://{}", BUCKET.replace("amazonaws", "\u{ff41}mazonaws")),
        format!("https://{}", BUCKET.replace("amazonaws", "amazonaw\u{17f}")),
        format!("https://{}", BUCKET.replace("amazonaws", "amazon\u{ad}aws")),
        format!("https://{}", BUCKET.replace("amazonaws", "amazon\u{200b}aws")),
        format!("https://{BUCKET}."),
        format!("https://{BUCKET}.evil.example"),
        format!("https://{BUCKET}%2eevil.example"),
        format!("https://{BUCKET}%00.evil.example"),
        format!("https://{BUCKET}@evil.example"),
        format!("https://{BUCKET}:x@evil.example"),
        format!("https://evil@{BUCKET}"),
        format!("https://@{BUCKET}"),
        format!("https://evil.example\\@{BUCKET}"),
        format!("https://{BUCKET}\\.evil.example"),
        format!("https:\\\\{BUCKET}"),
        format!("https:/{BUCKET}"),
        format!("https:///{BUCKET}"),
        format!("https://{BUCKET}:443"),
        format!("https://{BUCKET}:8443"),
        format!("https://{BUCKET}:"),
        format!("https://{}", BUCKET.to_uppercase()),
        format!("HTTPS://{BUCKET}"),
        format!("http://{BUCKET}"),
        format!(" https://{BUCKET}"),
        format!("https://{BUCKET}\t"),
        format!("ht\ntps://{BUCKET}"),
        format!("https://{}", BUCKET.replace("us-east-1", "us-west-2").replace("useast1", "uswest2")),
        format!("https://{}", BUCKET.replace("us-east-1", "us-west-2")),
        format!("https://{}", BUCKET.replace("useast1", "uswest2")),
        format!("https://{}", BUCKET.replace("-response", "-respond")),
        format!("https://s3.us-east-1.amazonaws.com/{BUCKET}"),
        format!("https://{BUCKET}.cn"),
        "https://169.254.169.254".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
        format!("http://127.1:{port}"),
        format!("http://2130706433:{port}"),
        format!("http://0x7f.1:{port}"),
        format!("http://127.0.0.1.:{port}"),
        format!("http://localhost:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://127.0.0.1:0{port}"),
        format!("http://u@127.0.0.1:{port}"),
        format!("http:127.0.0.1:{port}"),
        format!("{origin}@evil.example"),
        format!("{origin}#"),
        format!("{origin}/.."),
        format!("{origin}\\x"),
        "file:///etc/passwd".to_owned(),
    ] {
        let mut event = event("Create", None, &agents(json!({})), None);
        event["ResponseURL"] = json!(format!("{start}/key?X-Amz-Signature=CANARY"));
        let outcome = world.runtime_api.invoke(event, Duration::from_secs(5)).await;
        let Outcome::Error { body } = &outcome else { panic!("{start} {outcome:?}") };
        assert_eq!(body["errorType"], "ResponseUrlRefused", "{start} {body}");
        outcomes.push(outcome);
    }
    assert_eq!(world.calls(), [""; 0]);
    assert!(world.bucket.answers().is_empty());
    assert!(!shown(&world, &outcomes).await.contains("CANARY"));
}

#[tokio::test]
async fn a_bucket_of_another_region_than_the_functions_is_told_nothing_whatever_stack_the_event_names() {
    let world = World::start().await;
    for (partition, region, end) in [
        ("aws", "us-west-2", "amazonaws.com"),
        ("aws", "xx-invented-7", "amazonaws.com"),
        ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
        ("aws-us-gov", "us-east-1", "amazonaws.com"),
    ] {
        let bucket = format!("cloudformation-custom-resource-response-{}", region.replace('-', ""));
        for kind in ["Create", "Delete"] {
            let mut event = event(kind, Some("connect-security-profile:unknown"), &agents(json!({})), None);
            let stack = event["StackId"].as_str().unwrap().to_owned();
            event["StackId"] =
                json!(stack.replace("us-east-1", region).replace("arn:aws:", &format!("arn:{partition}:")));
            event["ResponseURL"] =
                json!(format!("https://{bucket}.s3.{region}.{end}/key?X-Amz-Signature=CANARY"));
            let outcome = world.runtime_api.invoke(event, Duration::from_secs(5)).await;
            let Outcome::Error { body } = &outcome else { panic!("{region} {outcome:?}") };
            assert_eq!(body["errorType"], "ResponseUrlRefused", "{region} {body}");
            assert!(
                body["errorMessage"].as_str().unwrap().contains("the function is in us-east-1"),
                "{body}"
            );
        }
    }
    assert_eq!(world.calls(), [""; 0]);
}

/// Texts that look like this one, or that a service may take for it.
fn look_alikes(name: &str) -> Vec<String> {
    let with = |letter: &str, other: &str| name.replacen(letter, other, 1);
    let letter = &name[..1];
    let rest = &name[1..];
    vec![
        name.to_lowercase(),
        name.to_uppercase(),
        format!("{name} "),
        format!(" {name}"),
        format!("{name}\u{a0}"),
        format!("{name}\n"),
        format!("{name}\u{0}"),
        format!("\u{feff}{name}"),
        format!("{letter}\u{200b}{rest}"),
        format!("{letter}\u{200d}{rest}"),
        format!("{letter}\u{ad}{rest}"),
        format!("{letter}\u{301}{rest}"),
        format!("\u{202e}{name}"),
        name.chars().filter_map(|it| char::from_u32(u32::from(it) + 0xfee0)).collect(),
        with("A", "\u{410}"),
        with("i", "\u{456}"),
        with("i", "\u{131}"),
        with("s", "\u{17f}"),
        with("e", "\u{435}"),
    ]
    .into_iter()
    .filter(|text| text != name)
    .collect()
}

#[tokio::test]
async fn a_name_that_looks_like_a_protected_one_is_not_made_or_taken_and_nothing_is_renamed_to_it() {
    let names = [("PROTECTED_PROFILE_NAMES", "Admin, Contact Centre*".to_owned())];
    let world = World::with(Configuration::default(), &names).await;
    world.connect.put_profile(INSTANCE_ID, ours());
    let arn = world.connect.profile_arn(INSTANCE_ID, "Agents").unwrap();
    let before = world.connect.profiles(INSTANCE_ID);
    let more = ["Contact  Centre", " contact centre Leads"].map(ToOwned::to_owned);
    for name in look_alikes("Admin").into_iter().chain(more) {
        for adopt in [false, true] {
            let mut properties = agents(json!({"Adopt": adopt}));
            properties["SecurityProfileName"] = json!(name);
            assert!(!world.create(properties).await.is_success(), "{name:?}");
        }
    }
    let mut properties = agents(json!({}));
    properties["SecurityProfileName"] = json!("Admin ");
    assert!(!world.update(&arn, properties, agents(json!({}))).await.is_success());
    assert_eq!(world.writes(), [""; 0]);
    assert_eq!(world.connect.profiles(INSTANCE_ID), before);

    // Nor is one changed that got such a name in the console.
    world.connect.remove_profile(INSTANCE_ID, "Agents");
    let mut renamed = Profile { name: "admin ".to_owned(), ..ours() };
    PROFILE_ID.clone_into(&mut renamed.id);
    world.connect.put_profile(INSTANCE_ID, renamed);
    let old = agents(json!({}));
    let update = world.update(&arn, agents(json!({"Description": "x"})), old).await;
    assert!(update.why().starts_with("PROTECTED_PROFILE_NAMES forbids"), "{update:?}");
}

#[tokio::test]
async fn a_permission_that_looks_like_a_denied_one_is_added_in_no_way() {
    let denied = [("DENIED_PERMISSIONS", "Users.Delete,Security*".to_owned())];
    let world = World::with(Configuration::default(), &denied).await;
    world.connect.put_profile(INSTANCE_ID, ours());
    let arn = world.connect.profile_arn(INSTANCE_ID, "Agents").unwrap();
    world.connect.put_profile(INSTANCE_ID, Profile::named("Theirs").with_permission("Users.Delete "));
    let before = world.connect.profiles(INSTANCE_ID);
    for name in look_alikes("Users.Delete").into_iter().chain(look_alikes("SecurityProfiles.Edit")) {
        let with = |profile: &str| {
            let mut properties = agents(json!({"Permissions": [name]}));
            properties["SecurityProfileName"] = json!(profile);
            properties
        };
        let refused = |answer: crate::world::Answer| {
            assert!(
                answer.why().starts_with("DENIED_PERMISSIONS forbids the permissions `"),
                "{name:?} {answer:?}"
            );
        };
        refused(world.create(with("New")).await);
        refused(world.update(&arn, with("Agents"), agents(json!({}))).await);
    }
    let mut theirs = agents(json!({"Adopt": true}));
    theirs["SecurityProfileName"] = json!("Theirs");
    assert_eq!(world.writes(), [""; 0]);
    assert!(!world.create(theirs).await.is_success());
    assert_eq!(world.connect.profiles(INSTANCE_ID), before);
    // What holds such a name already is in the way of nothing else.
    let held = Profile { permissions: ["Users.Delete ".to_owned()].into(), ..ours() };
    world.connect.put_profile(INSTANCE_ID, held);
    let kept =
        |description: &str| agents(json!({"Permissions": ["Users.Delete "], "Description": description}));
    world.update(&arn, kept("x"), kept("")).await.id();
}

/// An account, role or instance is compared letter by letter.
#[tokio::test]
async fn what_is_allowed_is_not_what_looks_like_it() {
    let environment = [
        ("ALLOWED_ROLE_ARNS", "arn:aws:iam::000000000000:role/Deploy".to_owned()),
        ("ALLOWED_INSTANCE_ARNS", "arn:aws:connect:us-east-1:000000000000:instance/11111111-*".to_owned()),
    ];
    let world = World::with(Configuration::default(), &environment).await;
    let with = |name: &str, value: &str| agents(json!({ name: value }));
    let role = "arn:aws:iam::000000000000:role/Deploy";
    let instance = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
    let refused: Vec<Value> = look_alikes(role)
        .iter()
        .chain(
            &["arn:aws:iam::000000000000:role/x/Deploy", "arn:aws-cn:iam::000000000000:role/Deploy"]
                .map(ToOwned::to_owned),
        )
        .map(|text| with("RoleArn", text))
        .chain(look_alikes(instance).iter().map(|text| with("InstanceArn", text)))
        .collect();
    for properties in refused {
        assert!(!world.create(properties.clone()).await.is_success(), "{properties}");
    }
    assert_eq!(world.calls(), [""; 0]);
}
