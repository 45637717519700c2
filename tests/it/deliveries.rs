//! Each kind of event through the built `bootstrap`, with everything that can go wrong on the way of its answer, with a process
//! that dies at each of its calls, and with a Connect that hangs from each of its writes on.
//!
//! How an answer is delivered does not depend on what it says; so one event of each kind is enough, and one in place of all
//! where each run takes as long as Lambda gives it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_emulator::{Configuration, Fault, Operation, Profile};
use lambda_harness::{Bucket, Outcome, Reply, Signature};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::world::{
    Answer, INSTANCE, INSTANCE_ID, PROFILE_ID, World, adopted, agents, anothers, event, nobodys, ours,
};

/// What Lambda gives an event that ends well.
const LAMBDA_TIMEOUT: Duration = Duration::from_secs(30);
/// What it gives one that does not, because each of them takes all of it.
const SHORT: Duration = Duration::from_secs(3);
const PROCESSES_AT_ONCE: usize = 16;

/// One kind of event.
#[derive(Clone)]
struct Case {
    name: &'static str,
    /// What is there before.
    before: Option<Profile>,
    request: &'static str,
    properties: Value,
    old: Option<Value>,
    /// The event fails, as `DeleteSecurityProfile` is refused.
    is_refused: bool,
}

fn cases() -> Vec<Case> {
    let stated = || agents(json!({"Description": "x", "Permissions": ["BasicAgentAccess"]}));
    let renamed = || agents(json!({"SecurityProfileName": "Renamed", "Permissions": ["Users.View"]}));
    let adopt = || agents(json!({"Adopt": "true", "Permissions": ["Users.View"]}));
    let case = |name, before: Option<Profile>, request, properties, old| Case {
        name,
        before,
        request,
        properties,
        old,
        is_refused: false,
    };
    vec![
        case("create", None, "Create", stated(), None),
        case("create that adopts", Some(nobodys()), "Create", adopt(), None),
        case("create that fails", Some(anothers()), "Create", stated(), None),
        case("update", Some(ours()), "Update", stated(), Some(agents(json!({"Tags": []})))),
        case("update that replaces", Some(ours()), "Update", renamed(), Some(stated())),
        case("update that fails", Some(anothers()), "Update", stated(), Some(agents(json!({})))),
        case("delete", Some(ours()), "Delete", stated(), None),
        case("delete that releases", Some(adopted()), "Delete", adopt(), None),
        Case { is_refused: true, ..case("delete that fails", Some(ours()), "Delete", stated(), None) },
    ]
}

/// One of its calls.
#[derive(Clone, Copy, Debug)]
struct Step {
    operation: Operation,
    nth: u64,
    has_effect: bool,
}

impl Step {
    /// It hangs for good, before it takes effect or after.
    fn hangs(self, after: bool) -> Fault {
        let fault = Fault::on(self.operation).nth(self.nth);
        let hour = Duration::from_hours(1);
        if after { fault.delay_after(hour) } else { fault.delay(hour) }
    }

    /// Whether it can matter if it hangs before it takes effect or after.
    fn sides(self) -> &'static [bool] {
        if self.has_effect { &[false, true] } else { &[false] }
    }

    async fn is_reached(self, world: &World, after: bool) {
        let is_there = || {
            let calls = world.connect.journal();
            let mut same = calls.iter().filter(|call| call.operation == self.operation);
            same.nth(usize::try_from(self.nth).unwrap() - 1).is_some_and(|call| call.effect || !after)
        };
        while !is_there() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// What there is in the end, without ids and times.
type End = (String, Vec<String>);

impl Case {
    async fn world(&self) -> World {
        let world = World::with(Configuration::default(), &[]).await;
        if let Some(profile) = &self.before {
            world.connect.put_profile(INSTANCE_ID, profile.clone());
        }
        if self.is_refused {
            let fault = Fault::on(Operation::DeleteSecurityProfile).always();
            world.connect.script(fault.error(403, "AccessDeniedException"));
        }
        world
    }

    fn event(&self, world: &World, sent_ago: Duration) -> Value {
        let id = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
        let id = (self.request != "Create").then_some(id.as_str());
        let event = event(self.request, id, &self.properties, self.old.as_ref());
        world.sent(event, Signature::V4, sent_ago)
    }

    /// When it is delivered again it looks twenty seconds for what it has released, as reads might not show the claim yet. That
    /// it comes to the same is seen where time costs nothing.
    fn releases(&self) -> bool {
        self.name == "delete that releases"
    }

    /// The end of it when nothing goes wrong, and the operations in the order in which they were called.
    async fn meant(&self) -> (End, Vec<Step>) {
        let world = self.world().await;
        let event = self.event(&world, A_WHILE_AGO);
        let outcome = world.runtime_api.invoke(event, LAMBDA_TIMEOUT).await;
        assert!(matches!(outcome, Outcome::Response(_)), "{}: {outcome:?}", self.name);
        let mut steps = Vec::<Step>::new();
        for call in world.connect.journal() {
            let operation = call.operation;
            let nth = 1 + steps.iter().filter(|step| step.operation == operation).count() as u64;
            steps.push(Step { operation, nth, has_effect: call.effect });
        }
        (end(&world), steps)
    }
}

/// Long enough for what came before to show in all reads.
const A_WHILE_AGO: Duration = Duration::from_secs(10);

/// The answer that CloudFormation heard and what is there. It heard one, or the same twice.
#[track_caller]
fn end(world: &World) -> End {
    let answers = world.bucket.answers().into_iter().filter(lambda_harness::Answer::delivered);
    let answers: Vec<Value> = answers.map(|answer| answer.json()).collect();
    let answer = answers.last().expect("an answer");
    assert!(answers.iter().all(|other| other == answer), "{answers:#?}");
    let Answer { status, physical_id, data, .. } = Answer::read(answer);
    let live = world.connect.profiles(INSTANCE_ID);
    let name = |id: &str| live.iter().find(|live| id.ends_with(&live.id)).map(|live| live.name.clone());
    let heard = format!("{status} {:?} {}", name(&physical_id), data["Origin"]);
    let show = |profile: &Profile| {
        let Profile { name, description, permissions, tags, .. } = profile;
        format!("{name} {description} {permissions:?} {tags:?}")
    };
    (heard, live.iter().map(show).collect())
}

/// Runs them side by side, so many at once.
async fn all<T: Send + 'static>(
    runs: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let gate = Arc::new(Semaphore::new(PROCESSES_AT_ONCE));
    let mut set = JoinSet::new();
    for run in runs {
        let gate = Arc::clone(&gate);
        set.spawn(async move {
            let _permit = gate.acquire().await.unwrap();
            run.await
        });
    }
    set.join_all().await
}

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// The answer gets through after so many tries.
    Taken(usize),
    /// It is refused for good at the first try.
    Refused,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_gets_through_or_lambda_hears_of_it_and_the_next_delivery_comes_to_the_same() {
    let elsewhere = Bucket::start().await;
    let there = || format!("{}/elsewhere", elsewhere.origin());
    let late = Reply::Late(Duration::from_millis(300));
    let replies = [
        (vec![Reply::Status(500)], Fate::Taken(2)),
        (vec![Reply::SlowDown, Reply::SlowDown], Fate::Taken(3)),
        (vec![Reply::ResetEarly], Fate::Taken(2)),
        (vec![Reply::Reset], Fate::Taken(2)),
        (vec![Reply::TakenAndReset], Fate::Taken(2)),
        (vec![late], Fate::Taken(1)),
        (vec![Reply::Status(403)], Fate::Refused),
        (vec![Reply::Moved(there())], Fate::Refused),
        (vec![Reply::Redirect(there())], Fate::Refused),
    ];
    let mut runs = Vec::new();
    for case in cases() {
        let (meant, _) = case.meant().await;
        for (replies, fate) in replies.clone() {
            if fate == Fate::Refused && case.releases() {
                continue;
            }
            let (case, meant) = (case.clone(), meant.clone());
            runs.push(async move {
                let what = format!("{} {replies:?}", case.name);
                let world = case.world().await;
                let event = case.event(&world, A_WHILE_AGO);
                world.bucket.script(replies);
                let begun = Instant::now();
                let outcome = world.runtime_api.invoke(event.clone(), LAMBDA_TIMEOUT).await;
                assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", begun.elapsed());
                let tries = world.bucket.answers().len();
                let is_taken = matches!(outcome, Outcome::Response(_));
                let as_told = if is_taken { Fate::Taken(tries) } else { Fate::Refused };
                assert_eq!(as_told, fate, "{what}: {outcome:?}");
                if fate == Fate::Refused {
                    assert!(matches!(outcome, Outcome::Error { .. }), "{what}: {outcome:?}");
                    assert_eq!(tries, 1, "{what}");
                    let outcome = world.runtime_api.invoke(event, LAMBDA_TIMEOUT).await;
                    assert!(matches!(outcome, Outcome::Response(_)), "{what}: {outcome:?}");
                }
                assert_eq!(end(&world), meant, "{what}");
                assert!(world.function.is_running(), "{what}");
            });
        }
    }
    all(runs).await;
    assert_eq!(elsewhere.answers().len(), 0, "no redirect is followed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_never_gets_through_is_a_clean_error_before_lambdas_end() {
    let create = cases().remove(0);
    let (meant, _) = create.meant().await;
    let never = [Reply::Status(500), Reply::SlowDown, Reply::Stall, Reply::Reset, Reply::ResetEarly];
    let runs = never.map(|reply| {
        let (create, meant) = (create.clone(), meant.clone());
        async move {
            let world = create.world().await;
            let event = create.event(&world, A_WHILE_AGO);
            world.bucket.script(vec![reply.clone(); 500]);
            let outcome = world.runtime_api.invoke(event.clone(), SHORT).await;
            assert!(matches!(outcome, Outcome::Error { .. }), "{reply:?}: {outcome:?}");
            world.bucket.script(Vec::new());
            let outcome = world.runtime_api.invoke(event, LAMBDA_TIMEOUT).await;
            assert!(matches!(outcome, Outcome::Response(_)), "{reply:?}: {outcome:?}");
            assert_eq!(end(&world), meant, "{reply:?}");
        }
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_url_is_expired_is_not_acted_on_and_tried_to_answer_once() {
    let runs = cases().into_iter().map(|case| async move {
        let world = case.world().await;
        let event = case.event(&world, Duration::from_hours(3));
        let outcome = world.runtime_api.invoke(event, LAMBDA_TIMEOUT).await;
        assert!(matches!(outcome, Outcome::Error { .. }), "{}: {outcome:?}", case.name);
        assert_eq!((world.calls(), world.bucket.answers().len()), (Vec::new(), 1), "{}", case.name);
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_dies_at_any_call_is_followed_by_one_that_comes_to_the_same() {
    let mut runs = Vec::new();
    for case in cases() {
        let (meant, steps) = case.meant().await;
        let places = steps.iter().flat_map(|step| step.sides().iter().map(|after| (*step, *after)));
        for (step, after) in places {
            if after && case.releases() {
                continue;
            }
            let (case, meant) = (case.clone(), meant.clone());
            runs.push(async move {
                let what = format!("{} at {step:?}, after it: {after}", case.name);
                let mut world = case.world().await;
                world.connect.script(step.hangs(after));
                let event = case.event(&world, A_WHILE_AGO);
                tokio::select! {
                    outcome = world.runtime_api.invoke(event.clone(), LAMBDA_TIMEOUT) => panic!("{what}: {outcome:?}"),
                    () = step.is_reached(&world, after) => {}
                }
                world.restart().await;
                let outcome = world.runtime_api.invoke(event, LAMBDA_TIMEOUT).await;
                assert!(matches!(outcome, Outcome::Response(_)), "{what}: {outcome:?}");
                assert_eq!(end(&world), meant, "{what}");
            });
        }
    }
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_for_which_time_runs_out_at_any_write_is_answered_in_time() {
    let mut runs = Vec::new();
    for case in cases() {
        let (_, steps) = case.meant().await;
        let writes = steps.iter().filter(|step| step.has_effect);
        for (step, after) in writes.flat_map(|step| step.sides().iter().map(|after| (*step, *after))) {
            let case = case.clone();
            runs.push(async move {
                let what = format!("{} at {step:?}, after it: {after}", case.name);
                let world = case.world().await;
                world.connect.script(step.hangs(after).always());
                let event = case.event(&world, A_WHILE_AGO);
                let outcome = world.runtime_api.invoke(event, SHORT).await;
                assert!(matches!(outcome, Outcome::Response(_)), "{what}: {outcome:?}");
                let answers = world.bucket.answers();
                assert_eq!(answers.len(), 1, "{what}");
                let answer = Answer::read(&answers[0].json());
                let call = format!("connect:{}", step.operation);
                assert!(answer.why().contains(&call), "{what}: {answer:?}");
            });
        }
    }
    all(runs).await;
}
