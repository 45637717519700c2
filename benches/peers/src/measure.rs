//! A run of a rival: its process from the start to the first answer, and then for many events more.

use std::time::{Duration, Instant};

use connect_emulator::Call;
use lambda_harness::{Answer, Function, Outcome};
use serde_json::Value;

use crate::bare;
use crate::process::{peak_memory, processor_time};
use crate::rivals::{Program, Request, Rival};
use crate::statistics::quantile;
use crate::world::World;
use lambda_harness::Authority;

/// The function's. crhelper sleeps before it answers a Delete if there is much time left.
const TIMEOUT: Duration = Duration::from_mins(1);

const SETTLING: Duration = Duration::from_millis(20);

/// What came of the runs over one transport. Times are in milliseconds, memory is in MiB; one figure a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// From the start of the process to its first request for an event.
    pub(crate) polled: Vec<f64>,
    /// From the start of the process until S3 has its first answer.
    pub(crate) answered: Vec<f64>,
    /// From the start of the process until Lambda has the first event back.
    pub(crate) returned: Vec<f64>,
    /// The processor time of the start and the first event.
    pub(crate) first_processor: Vec<f64>,
    /// The peak memory after the first event.
    pub(crate) first_memory: Vec<f64>,
    /// From when an event was handed out until S3 has its answer, for each event of the warm runs.
    pub(crate) warm: Vec<Vec<f64>>,
    /// The processor time of an event of the warm runs.
    pub(crate) processor: Vec<f64>,
    /// The peak memory after the warm runs.
    pub(crate) memory: Vec<f64>,
    /// The calls of a create, an update, an update that changes nothing, and a delete.
    pub(crate) calls: [Vec<String>; 4],
    /// What a client that does nothing else needs for the calls of an update and the answer.
    pub(crate) bare: Option<f64>,
}

/// A figure for each run.
pub(crate) type Measure = fn(&Figures) -> Vec<f64>;

impl Figures {
    /// Of each warm run the time that this share of its events does not exceed.
    pub(crate) fn of_warm_runs(&self, share: f64) -> Vec<f64> {
        self.warm.iter().filter_map(|run| quantile(run, share)).collect()
    }
}

struct Running<'world> {
    world: &'world World,
    function: Function,
    id: u32,
    begun: Instant,
    /// How many events it has had.
    events: usize,
}

struct Answered {
    answer: Option<Answer>,
    returned: Instant,
}

impl Answered {
    fn physical_id(&self) -> String {
        let answer = self.answer.as_ref().map(Answer::json).unwrap_or_default();
        answer["PhysicalResourceId"].as_str().unwrap_or_default().to_owned()
    }
}

/// Starts the process with an event waiting for it. With `warm`, so many updates follow, after a tenth that do not count.
pub(crate) async fn run(
    figures: &mut Figures,
    rival: Rival,
    program: &Program,
    world: &World,
    warm: Option<usize>,
) {
    let mut running = Running::start(program, world);
    let first = running.deliver(rival, rival.event(world, Request::Create)).await;
    let since = |at: Instant| milliseconds(at - running.begun);
    figures.polled.push(since(world.runtime_api.polled(1).await));
    figures.answered.extend(first.answer.as_ref().map(|it| since(it.at)));
    figures.returned.push(since(first.returned));
    figures.first_processor.push(processor_time(running.id));
    figures.first_memory.push(peak_memory(running.id));

    if let Some(events) = warm {
        go_on(figures, rival, &mut running, &first.physical_id(), events).await;
    }
    running.end().await;
}

async fn go_on(figures: &mut Figures, rival: Rival, running: &mut Running<'_>, id: &str, events: usize) {
    let world = running.world;
    let mut times = Vec::with_capacity(events);
    let mut before = 0.0;
    let uncounted = events.div_ceil(10);
    for number in 0..uncounted + events {
        if number == uncounted {
            before = processor_time(running.id);
        }
        let event = rival.event(world, Request::Update { id, more: number % 2 == 0 });
        let handed_out = Instant::now();
        let answered = running.deliver(rival, event).await;
        if number >= uncounted {
            let at = answered.answer.map_or(answered.returned, |it| it.at);
            times.push(milliseconds(at - handed_out));
        }
    }
    let spent = processor_time(running.id) - before;
    #[expect(clippy::cast_precision_loss, reason = "there are some hundreds of events")]
    figures.processor.push(spent / events as f64);
    figures.warm.push(times);
    figures.memory.push(peak_memory(running.id));
}

/// The life of a resource, for its calls. Nothing of it is timed: it is also what warms the machine's caches.
pub(crate) async fn life(
    figures: &mut Figures,
    rival: Rival,
    program: &Program,
    world: &World,
    authority: &Authority,
) {
    let mut running = Running::start(program, world);
    let calls = || -> Vec<Call> {
        let calls = world.connect.journal();
        world.connect.clear_journal();
        calls
    };
    let names = |calls: Vec<Call>| calls.iter().map(|call| call.operation.to_string()).collect();
    let id = running.deliver(rival, rival.event(world, Request::Create)).await.physical_id();
    figures.calls[0] = names(calls());
    let updated = running.deliver(rival, rival.event(world, Request::Update { id: &id, more: true })).await;
    let update = calls();
    if let Some(answer) = updated.answer {
        figures.bare = Some(bare::time(world, authority, &update, &answer).await);
        world.connect.clear_journal();
    }
    figures.calls[1] = names(update);
    running.deliver(rival, rival.event(world, Request::NoChange { id: &id })).await;
    figures.calls[2] = names(calls());
    running.deliver(rival, rival.event(world, Request::Delete { id: &id })).await;
    figures.calls[3] = names(calls());
    running.end().await;
}

impl<'world> Running<'world> {
    fn start(program: &Program, world: &'world World) -> Self {
        let mut environment = vec![
            ("AWS_ENDPOINT_URL_CONNECT", world.endpoint.clone()),
            ("RESPONSE_URL_ALLOWED_ORIGINS", world.bucket.origin()),
        ];
        environment.extend(program.environment.iter().cloned());
        let begun = Instant::now();
        let function =
            Function::spawn_with(&program.path, &program.arguments, &world.runtime_api, &environment);
        let id = function.id().expect("the process is running");
        Self { world, function, id, begun, events: 0 }
    }

    /// Ends the process, and waits until the kernel has done away with it: whoever is next is not to wait for that.
    async fn end(self) {
        self.function.kill().await;
        tokio::time::sleep(SETTLING).await;
    }

    /// Hands the event out, and waits until the function has answered it and asks for the next.
    async fn deliver(&mut self, rival: Rival, event: Value) -> Answered {
        let request_id = event["RequestId"].clone();
        let outcome = self.world.runtime_api.invoke(event, TIMEOUT).await;
        let returned = Instant::now();
        self.events += 1;
        let answer = rival.answers().then(|| self.world.bucket.answers().pop()).flatten();
        let is_good = |answer: &Answer| {
            let json = answer.json();
            answer.delivered() && json["Status"] == "SUCCESS" && json["RequestId"] == request_id
        };
        let ended_well = matches!(outcome, Outcome::Response(_));
        assert!(
            ended_well && answer.as_ref().is_some_and(is_good) == rival.answers(),
            "{}: {outcome:?}, {answer:?}\n{}",
            rival.name(),
            self.function.logs()
        );
        self.world.runtime_api.polled(self.events + 1).await;
        Answered { answer, returned }
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
