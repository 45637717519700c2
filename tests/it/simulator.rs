//! A small CloudFormation: stacks, the events it sends for them, how they are delivered, and the laws that hold after each.
//!
//! A [`History`] says what happens; [`run`] plays it against a [`Function`] and gives an [`Outcome`]. What CloudFormation does
//! is taken from what AWS documents and what was reported of it; nothing was checked against live AWS. Where the reports say
//! nothing, this one sends its events one after the other, a second apart.

mod answers;
mod function;
mod history;
mod laws;
mod operations;
mod outcome;
mod stack;
mod template;

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use connect_emulator::{Configuration, Emulator, Profile};
use tokio::time::{Instant, timeout};

use crate::world::{Answer, INSTANCE_ID, OWNER_TAG};
pub(crate) use function::{Function, LATENCY};
pub(crate) use history::{
    Carries, Delivery, Fate, History, Kind, Outage, Outside, StackName, Step, Trouble, delete, deploy,
    deploy_as,
};
pub(crate) use laws::Stray;
use laws::{Circumstances, Ledger};
pub(crate) use outcome::{Outcome, Sent};
use stack::{Event, Stack};
pub(crate) use template::{Stated, Template, Text, stated, template};

/// CloudFormation takes its time between one event and the next.
const BETWEEN_EVENTS: Duration = Duration::from_secs(1);
/// People take longer between one operation and the next than reads lag behind writes.
const BETWEEN_OPERATIONS: Duration = Duration::from_secs(5);
/// A search by name gives up after some twenty seconds, give or take its last wait.
const A_SEARCH_THAT_GAVE_UP: Duration = Duration::from_secs(14);
/// What Lambda leaves to act on an event while nothing works: as much as shows what is tried to the end, and no more.
pub(crate) const TIME_IN_AN_OUTAGE: Duration = Duration::from_mins(1);

pub(crate) struct Simulator {
    function: Function,
    stacks: BTreeMap<StackName, Stack>,
    stacks_made: usize,
    deliveries: BTreeMap<usize, Delivery>,
    outages: BTreeMap<usize, Outage>,
    troubles: Vec<Trouble>,
    told: Vec<String>,
    /// The name of each profile that there ever was.
    names: BTreeMap<String, String>,
    began: Instant,
    sent: Vec<Sent>,
    ledger: Ledger,
}

/// Plays a history in this process, on the clock of the runtime, which should be stopped.
pub(crate) async fn run(history: &History) -> Outcome {
    let configuration = configuration(history);
    // The provider's jitter is the same in each run of a history, so that its calls come in the same order.
    fastrand::seed(1);
    play(history, Function::in_process(configuration, history.denied)).await
}

/// Plays a history through the built `bootstrap`; what it waits for takes its time.
pub(crate) async fn run_processes(history: &History) -> Outcome {
    play(history, Function::processes(configuration(history), history.denied).await).await
}

fn configuration(history: &History) -> Configuration {
    let aws_managed_profile = Some("Managed".to_owned());
    Configuration { read_lag: history.read_lag, aws_managed_profile, ..Configuration::default() }
}

async fn play(history: &History, function: Function) -> Outcome {
    let (connect, began) = (function.connect().clone(), Instant::now());
    shorten_the_longest(&connect);
    for profile in &history.before {
        connect.put_profile(INSTANCE_ID, profile.clone());
    }
    for trouble in &history.troubles {
        connect.script(trouble.fault());
    }
    let ledger = Ledger::of(connect.profiles(INSTANCE_ID), history.denied);
    let stacks = [StackName::First, StackName::Second].map(|name| (name, Stack::absent(name))).into();
    let (deliveries, outages) = (history.deliveries.clone(), history.outages.clone());
    let mut simulator = Simulator {
        function,
        stacks,
        stacks_made: 0,
        deliveries,
        outages,
        troubles: history.troubles.clone(),
        told: Vec::new(),
        names: BTreeMap::new(),
        began,
        sent: Vec::new(),
        ledger,
    };
    for step in &history.steps {
        simulator.step(step).await;
    }
    simulator.end()
}

/// Two default profiles that no stack asks for hold hundreds of permissions, which would be copied before and after each event.
fn shorten_the_longest(connect: &Emulator) {
    for name in ["Admin", "CallCenterManager"] {
        if let Some(profile) = connect.profile(INSTANCE_ID, name) {
            let permissions = profile.permissions.iter().take(3).cloned().collect();
            connect.put_profile(INSTANCE_ID, Profile { permissions, ..profile });
        }
    }
}

impl Simulator {
    async fn step(&mut self, step: &Step) {
        self.function.pause(BETWEEN_OPERATIONS).await;
        let stack = match step {
            Step::Deploy { stack, template, fate, rollback_carries } => {
                self.deploy(*stack, template, *fate, *rollback_carries).await
            }
            Step::Delete { stack } => self.delete_stack(*stack).await,
            Step::ContinueRollback { stack, skip_resources } => {
                self.continue_rollback(*stack, *skip_resources).await
            }
            Step::Outside(hand) => return self.interfere(hand),
        };
        self.tell(format!("{:?}: {:?}", stack.name, stack.status));
        self.stacks.insert(stack.name, stack);
        let now = self.truth();
        self.ledger.judge(self.stacks.values(), &now);
    }

    /// Sends an event and takes its answer; none, if there was none to hear.
    async fn send(&mut self, event: Event) -> Option<Answer> {
        self.function.pause(BETWEEN_EVENTS).await;
        let outage = self.outages.get(&self.sent.len()).copied();
        let delivery = self.next_delivery(&event, false);
        let before = self.truth();
        let answers = self.deliver_in(outage, &event, delivery).await;
        let now = self.truth();
        let has_failed = answers.iter().any(|answer| !answer.is_success());
        let calls = if has_failed { self.function.connect().journal() } else { Vec::new() };
        let is_cut_short = outage.is_some() || matches!(delivery, Delivery::CutOff(_));
        let last = self.sent.last_mut().expect("it was sent");
        (last.until, last.answer) = (self.began.elapsed(), answers.first().cloned());
        let circumstances = Circumstances {
            calls: calls.into_iter().filter(|call| call.at >= last.at).collect(),
            is_repeated: delivery.is_repeated(),
            is_cut_short,
        };
        self.ledger.hear(&event, &answers, &before, &now, &circumstances);
        self.tell_answer(&event, answers.first());
        if answers.is_empty() {
            self.wait_in_vain().await;
        }
        answers.into_iter().next()
    }

    /// Sends a Create and, while it runs, a Delete with an id that CloudFormation made up. Whether the Delete succeeded.
    async fn send_and_cancel(&mut self, create: Event, delete: Event, after: Duration) -> bool {
        self.function.pause(BETWEEN_EVENTS).await;
        // Another delivery of the Create would come after the Delete, and there is nothing to tell it by.
        let of_create = match self.next_delivery(&create, true) {
            Delivery::Never => Delivery::Never,
            _ => Delivery::Once,
        };
        // Nor is there a right answer of a Delete that has no time to wait for what the Create makes.
        let of_delete = match self.next_delivery(&delete, false) {
            Delivery::CutOff(_) => Delivery::Once,
            other => other,
        };
        let before = self.truth();
        let (_, (deleted, took, seen)) = tokio::join!(self.deliver(&create, of_create), async {
            tokio::time::sleep(after).await;
            let begun = Instant::now();
            let deleted = self.deliver(&delete, of_delete).await;
            (deleted, begun.elapsed(), self.truth())
        });
        let now = self.truth();
        let last = self.sent.last_mut().expect("it was sent");
        (last.until, last.answer) = (self.began.elapsed(), deleted.first().cloned());
        let gave_up = took >= A_SEARCH_THAT_GAVE_UP;
        self.ledger.hear_cancelled(&create, [&before, &seen, &now], gave_up);
        // Nobody listens to what the Create has to say.
        self.tell(format!("Create {} was cancelled", create.logical_id));
        self.tell_answer(&delete, deleted.first());
        deleted.first().is_some_and(Answer::is_success)
    }

    /// As [`deliver`](Self::deliver), with an outage that begins meanwhile.
    async fn deliver_in(&self, outage: Option<Outage>, event: &Event, delivery: Delivery) -> Vec<Answer> {
        let Some(outage) = outage else { return self.deliver(event, delivery).await };
        let mut delivering = pin!(self.deliver_within(event, delivery, Some(TIME_IN_AN_OUTAGE)));
        if let Ok(answers) = timeout(outage.after, &mut delivering).await {
            return answers;
        }
        self.function.begin(outage);
        let answers = delivering.await;
        self.function.end_outage(&self.troubles);
        answers
    }

    async fn deliver(&self, event: &Event, delivery: Delivery) -> Vec<Answer> {
        self.deliver_within(event, delivery, None).await
    }

    /// The answers that got through, in the order in which they came.
    async fn deliver_within(&self, event: &Event, delivery: Delivery, time: Option<Duration>) -> Vec<Answer> {
        let mut message = self.function.address(event.json());
        if let Some(time) = time {
            message = message.within(time);
        }
        let function = &self.function;
        let answers = match delivery {
            Delivery::Once => vec![function.deliver(&message).await],
            Delivery::Twice => vec![function.deliver(&message).await, function.deliver(&message).await],
            Delivery::AtOnce(apart) => function.deliver_at_once(&message, apart).await.into(),
            Delivery::AnswerLost => {
                function.deliver_unheard(&message).await;
                vec![function.deliver(&message).await]
            }
            Delivery::Killed(after) => {
                function.deliver_and_kill(&message, after).await;
                vec![function.deliver(&message).await]
            }
            Delivery::KilledTwice(after) => {
                function.deliver_and_kill(&message, after).await;
                function.deliver_and_kill(&message, after).await;
                vec![function.deliver(&message).await]
            }
            Delivery::KilledForGood(after) => {
                for _ in 0..3 {
                    function.deliver_and_kill(&message, after).await;
                }
                Vec::new()
            }
            Delivery::CutOff(time) => {
                message = message.within(time);
                vec![function.deliver(&message).await]
            }
            Delivery::Unheard => {
                function.deliver_unheard(&message).await;
                Vec::new()
            }
            Delivery::Never => Vec::new(),
        };
        if let Some(count) = function.answers_to(&message) {
            assert_eq!(count, answers.len(), "one answer for each delivery");
        }
        answers
    }

    fn interfere(&mut self, hand: &Outside) {
        let connect = self.function.connect().clone();
        let change = |name: Text, change: &dyn Fn(Profile) -> Profile| {
            if let Some(profile) = connect.profile(INSTANCE_ID, name) {
                connect.put_profile(INSTANCE_ID, change(profile));
            }
        };
        match *hand {
            Outside::Uses(name) if connect.profile(INSTANCE_ID, name).is_some() => {
                connect.assign("user", INSTANCE_ID, &[name]);
            }
            Outside::LetsGo(name, after) if connect.profile(INSTANCE_ID, name).is_some() => {
                let connect = connect.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    connect.assign("user", INSTANCE_ID, &["Agent"]);
                });
            }
            Outside::Uses(_) | Outside::LetsGo(..) => {}
            Outside::Removes(name) => drop(connect.remove_profile(INSTANCE_ID, name)),
            Outside::TakesOwnerTagOff(name) => change(name, &|mut profile| {
                profile.tags.remove(OWNER_TAG);
                profile
            }),
            Outside::HandsOver(name) => change(name, &|profile| profile.tagged(OWNER_TAG, ANOTHER_OWNER)),
            Outside::Renames(name, to) => change(name, &|profile| Profile { name: to.to_owned(), ..profile }),
            Outside::Empowers(name, permission) => {
                change(name, &|profile| profile.with_permission(permission));
            }
            Outside::Edits(name) => {
                change(name, &|profile| profile.described("by hand").tagged("by", "hand"));
            }
        }
        self.tell(format!("Outside: {hand:?}"));
        let now = self.truth();
        self.ledger.excuse(&now);
    }

    fn next_delivery(&mut self, event: &Event, is_cancelled: bool) -> Delivery {
        let delivery = self.deliveries.get(&self.sent.len()).copied().unwrap_or(Delivery::Once);
        let at = self.began.elapsed();
        let scene = self.scene(event);
        self.sent.push(Sent { at, until: at, is_cancelled, scene, answer: None });
        delivery
    }

    fn next_stack(&mut self) -> usize {
        self.stacks_made += 1;
        self.stacks_made
    }

    fn stack(&self, name: StackName) -> Stack {
        self.stacks[&name].clone()
    }

    fn truth(&self) -> Vec<Profile> {
        self.function.connect().profiles(INSTANCE_ID)
    }
}

/// The owner tag of a stack that is not played.
pub(crate) const ANOTHER_OWNER: &str =
    "v1/created/us-east-1/000000000000/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/Others/contact-centre";
