//! What `plan` says of an event is what the Lambda then does: the same answer, the same writes, the same profiles.
//!
//! `PLANS=<number>` and `PLANS_SEED=<number>` say how many cases and which; a failure prints the smallest that still fails.

mod some;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use connect_emulator::{Call, Configuration, Profile};
use connect_profiles::embedded::Embedded;
use connect_profiles::rehearsal::{Act, Profiles, Rehearsal};
use connect_security_profile::arn::InstanceArn;
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Handler, Sending, Settings};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::program::without_ids;
use some::{ACCOUNT, Case, INSTANCES, some_case};

/// As many as take some four seconds on two cores; tens of thousands were run.
const PLANS: u32 = 400;

#[test]
fn a_plan_is_what_the_lambda_then_does() {
    let number =
        |name: &str, default| std::env::var(name).ok().map_or(default, |text| text.parse::<u32>().unwrap());
    let (plans, seed) = (number("PLANS", PLANS), number("PLANS_SEED", 1));
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads = [0, 1].map(|thread| scope.spawn(move || search(plans / 2, seed ^ thread << 24).err()));
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "PLANS_SEED={seed}\n{}", failures.join("\n\n"));
}

fn search(number: u32, seed: u32) -> Result<(), String> {
    let config = Config { cases: number, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let played = TestRunner::new_with_rng(config, rng).run(&some_case(), |case| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(Box::pin(compare(&case))).map_err(TestCaseError::fail)
    });
    played.map_err(|error| match error {
        TestError::Fail(why, case) => format!("{why}\n\n{case:#?}"),
        TestError::Abort(why) => why.to_string(),
    })
}

async fn compare(case: &Case) -> Result<(), String> {
    let live =
        Embedded::new(&INSTANCES.iter().map(|arn| arn.parse().unwrap()).collect(), &BTreeSet::new(), &{
            Configuration { aws_managed_profile: Some("Managed".to_owned()), ..Configuration::default() }
        });
    for arn in INSTANCES {
        live.clear(&arn.parse().unwrap());
    }
    for (instance, profile) in &case.live {
        live.put(&instance.parse().unwrap(), profile.clone());
    }
    let before = live.profiles();
    let environment = || Environment::read(|name| case.environment.get(name).cloned());
    let connect = Connect::new(live.sdk_config());
    let events = case.events(&before);
    let mut rehearsal = Rehearsal::of(connect, &events).await.map_err(|error| error.to_string())?;
    let mut planned = Vec::new();
    for event in &events {
        planned.push(rehearsal.act(event, ACCOUNT, &environment()).await.map_err(|error| error.to_string())?);
    }
    same("planning writes nothing", &before, &live.profiles())?;
    for call in live.journal() {
        same("planning only reads", &false, &call.operation.is_write())?;
    }

    let Environment { guards, misconfiguration, .. } = environment();
    let provider = SecurityProfiles::new(Connect::new(live.sdk_config()), guards, misconfiguration, |_| {});
    let allowed_origins = vec!["http://127.0.0.1:9".parse().unwrap()];
    let settings = Settings { allowed_origins, ..Settings::default() };
    let handler = Handler::on_this_runtime(provider, settings);
    let arn = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:provider");
    for (index, (event, act)) in events.iter().zip(&planned).enumerate() {
        live.clear_journal();
        let was = live.profiles();
        let mut event = event.clone();
        event["ResponseURL"] = json!("http://127.0.0.1:9/k");
        let time = Duration::from_mins(10);
        let mut answers = Box::pin(handler.rehearse(event, &arn, time, Sending::Keep)).await;
        let answer = answers.pop().unwrap().map_err(|error| error.to_string());
        let known = ids(&before);
        let what = |what: &str| format!("{what} of event {index}");
        same(&what("the answer"), &masked(&known, &told(&act.answer)), &masked(&known, &told(&answer)))?;
        same(&what("the writes"), &writes(&known, act), &made(&known, &live.journal()))?;
        let planned = changes(&known, &act.before, &act.after);
        same(&what("the profiles"), &planned, &changes(&known, &was, &live.profiles()))?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, planned: &T, real: &T) -> Result<(), String> {
    if planned == real {
        Ok(())
    } else {
        Err(format!("{what} differs\nplanned: {planned:#?}\n   real: {real:#?}"))
    }
}

fn told(answer: &Result<Value, String>) -> String {
    let Ok(answer) = answer else { return format!("{answer:?}") };
    let mut answer = answer.clone();
    if let Some(data) = answer["Data"].as_object_mut() {
        data.remove("LastModifiedTime");
    }
    answer.to_string()
}

fn writes(known: &BTreeSet<String>, act: &Act) -> Vec<String> {
    made(known, &act.calls)
}

fn made(known: &BTreeSet<String>, calls: &[Call]) -> Vec<String> {
    let calls = calls.iter().filter(|call| call.operation.is_write());
    let line = |call: &Call| {
        format!("{} {} {} {} {}", call.operation, call.uri, call.request_body, call.status, call.effect)
    };
    calls.map(|call| masked(known, &line(call))).collect()
}

/// What became of each profile, without what differs from one copy to the next.
fn changes(
    known: &BTreeSet<String>,
    before: &Profiles,
    after: &Profiles,
) -> BTreeMap<String, Option<String>> {
    // By instance and name: ids that were made up on the way are masked, and nobody renames.
    let plain = |profiles: &Profiles| -> BTreeMap<String, String> {
        let of = |instance: &InstanceArn, profile: &Profile| {
            let (last_modified_time, last_modified_region) = (0.0, String::new());
            let plain = Profile { last_modified_time, last_modified_region, ..profile.clone() };
            let text = masked(known, &serde_json::to_string(&plain).unwrap());
            (format!("{instance} {}", profile.name), text)
        };
        let all = profiles.iter();
        all.flat_map(|(instance, profiles)| profiles.values().map(move |it| of(instance, it))).collect()
    };
    let (before, mut after) = (plain(before), plain(after));
    let gone: Vec<_> =
        before.keys().filter(|id| !after.contains_key(*id)).map(|id| (id.clone(), None)).collect();
    after.retain(|id, profile| before.get(id) != Some(profile));
    after.into_iter().map(|(id, profile)| (id, Some(profile))).chain(gone).collect()
}

fn ids(profiles: &Profiles) -> BTreeSet<String> {
    profiles.values().flat_map(BTreeMap::keys).cloned().collect()
}

/// A text in which the ids that were made up on the way are masked.
fn masked(known: &BTreeSet<String>, text: &str) -> String {
    without_ids(text, |id| known.contains(id))
}
