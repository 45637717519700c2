//! Where events go: the real process, or the provider in this one, on a clock that is stopped.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use connect_emulator::{Configuration, Emulator, Fault, Operation};
use connect_security_profile::guards::{Guards, Pattern};
use lambda_harness::{Function as Process, Outcome, Reply, Signature};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::history::{Outage, Trouble};
use super::template::Text;
use crate::bench::{Bench, LAMBDA_TIMEOUT};
use crate::world::{Answer, World};

/// Lambda waits a minute before it runs an event again.
const BEFORE_A_RETRY: Duration = Duration::from_mins(1);
/// One way of a call in process. Without it, one event would be over before another that comes at the same time begins.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// An event on its way.
pub(crate) struct Message {
    event: Value,
    sent: Instant,
    /// What Lambda leaves to act on it.
    time: Duration,
}

pub(crate) enum Function {
    InProcess { bench: Bench, paused_ms: AtomicU64 },
    Processes { world: World, _second: Process },
}

impl Function {
    pub(crate) fn in_process(configuration: Configuration, denied: Option<Text>) -> Self {
        let denied_permissions = denied.map(Pattern::any_case).into_iter().collect();
        let guards = Guards { denied_permissions, ..Guards::default() };
        let bench = Bench::with(configuration, guards);
        let function = Self::InProcess { bench, paused_ms: AtomicU64::new(0) };
        function.script_latency();
        function
    }

    fn script_latency(&self) {
        if let Self::InProcess { bench, .. } = self {
            for operation in Operation::ALL {
                bench.connect.script(Fault::on(*operation).always().delay(LATENCY).delay_after(LATENCY));
            }
        }
    }

    pub(crate) fn begin(&self, outage: Outage) {
        outage.faults().for_each(|fault| self.connect().script(fault));
    }

    /// Ends an outage; the troubles that are still to come are scripted anew.
    pub(crate) fn end_outage(&self, troubles: &[Trouble]) {
        let calls = self.connect().journal();
        self.connect().clear_faults();
        self.script_latency();
        for trouble in troubles {
            let seen = calls.iter().filter(|call| call.operation == trouble.operation).count() as u64;
            if trouble.nth > seen {
                self.connect().script(Trouble { nth: trouble.nth - seen, ..*trouble }.fault());
            }
        }
    }

    /// Two processes, so that two events can be handled at once.
    pub(crate) async fn processes(configuration: Configuration, denied: Option<Text>) -> Self {
        let guards = denied.map(|denied| ("DENIED_PERMISSIONS", denied.to_owned()));
        let world = World::with(configuration, guards.as_slice()).await;
        let second = world.one_more_process();
        Self::Processes { world, _second: second }
    }

    pub(crate) fn connect(&self) -> &Emulator {
        match self {
            Self::InProcess { bench, .. } => &bench.connect,
            Self::Processes { world, .. } => &world.connect,
        }
    }

    /// The event with a place for its answer; all its deliveries have the same.
    pub(crate) fn address(&self, event: Value) -> Message {
        let event = match self {
            Self::InProcess { .. } => event,
            Self::Processes { world, .. } => world.addressed(event, Signature::V4),
        };
        Message { event, sent: Instant::now(), time: LAMBDA_TIMEOUT }
    }

    /// One delivery, answered.
    pub(crate) async fn deliver(&self, message: &Message) -> Answer {
        match self {
            Self::InProcess { bench, .. } => {
                bench.deliver(&message.event, message.sent(), message.time).await
            }
            Self::Processes { world, .. } => world.deliver(&message.event, Duration::from_mins(1)).await,
        }
    }

    /// Two deliveries, the second a while after the first; the answers in the order in which they came.
    pub(crate) async fn deliver_at_once(&self, message: &Message, apart: Duration) -> [Answer; 2] {
        match self {
            Self::InProcess { bench, .. } => {
                let timed = async |wait| {
                    sleep(wait).await;
                    let answer = bench.deliver(&message.event, message.sent(), message.time).await;
                    (Instant::now(), answer)
                };
                let mut answers: [_; 2] = tokio::join!(timed(Duration::ZERO), timed(apart)).into();
                answers.sort_by_key(|(at, _)| *at);
                answers.map(|(_, answer)| answer)
            }
            Self::Processes { world, .. } => {
                let invoke = async |wait| {
                    sleep(wait).await;
                    world.runtime_api.invoke(message.event.clone(), Duration::from_mins(1)).await
                };
                let outcomes = tokio::join!(invoke(Duration::ZERO), invoke(apart));
                assert!(matches!(outcomes, (Outcome::Response(_), Outcome::Response(_))), "{outcomes:?}");
                let answers: Vec<Answer> = answers(world, message).iter().map(Answer::read).collect();
                answers.try_into().unwrap_or_else(|answers| panic!("two deliveries, {answers:?}"))
            }
        }
    }

    /// Acts upon the event; the answer does not get through.
    pub(crate) async fn deliver_unheard(&self, message: &Message) {
        match self {
            Self::InProcess { bench, .. } => {
                drop(bench.deliver(&message.event, message.sent(), message.time).await);
            }
            Self::Processes { world, .. } => {
                world.bucket.script(vec![Reply::Status(403)]);
                let outcome = world.runtime_api.invoke(message.event.clone(), Duration::from_mins(1)).await;
                assert!(matches!(outcome, Outcome::Error { .. }), "{outcome:?}");
            }
        }
        self.pause(BEFORE_A_RETRY).await;
    }

    /// Begins to act upon the event and ends in the midst of it, if it is not done by then.
    pub(crate) async fn deliver_and_kill(&self, message: &Message, after: Duration) {
        match self {
            Self::InProcess { bench, .. } => {
                drop(timeout(after, bench.deliver(&message.event, message.sent(), message.time)).await);
            }
            Self::Processes { .. } => panic!("only in process is it known where a time falls"),
        }
        self.pause(BEFORE_A_RETRY).await;
    }

    /// Time passes, where it costs none.
    pub(crate) async fn pause(&self, time: Duration) {
        if let Self::InProcess { paused_ms, .. } = self {
            paused_ms.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
            sleep(time).await;
        }
    }

    /// How much time passed that would cost none.
    pub(crate) fn paused(&self) -> Duration {
        match self {
            Self::InProcess { paused_ms, .. } => Duration::from_millis(paused_ms.load(Ordering::Relaxed)),
            Self::Processes { .. } => Duration::ZERO,
        }
    }

    /// How many answers got through, where that can be counted.
    pub(crate) fn answers_to(&self, message: &Message) -> Option<usize> {
        match self {
            Self::InProcess { .. } => None,
            Self::Processes { world, .. } => Some(answers(world, message).len()),
        }
    }
}

impl Message {
    /// When it was sent, by the second, as a response URL tells it. The provider reads a clock that does not jump, so it is put
    /// back by what has passed on the one that does.
    fn sent(&self) -> SystemTime {
        let sent = SystemTime::now() - self.sent.elapsed();
        let since_epoch = sent.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs())
    }

    pub(crate) fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }
}

fn answers(world: &World, message: &Message) -> Vec<Value> {
    let delivered = world.bucket.answers().into_iter().filter(lambda_harness::Answer::delivered);
    let documents = delivered.map(|answer| answer.json());
    documents.filter(|document| document["RequestId"] == message.event["RequestId"]).collect()
}
