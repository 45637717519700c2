//! From a Lambda event to an answer: the shell around a provider.

use std::collections::HashMap;
use std::sync::Arc;

use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tokio::task::{JoinError, JoinSet};
use tracing::{Instrument as _, Span, error, field, info, warn};

use crate::clock;
use crate::code::ProtocolCode;
use crate::deadline::{Bounds, Deadlines, service_timeout};
use crate::delivery::{Client, Persistence, deliver};
use crate::envelope::{Envelope, Unanswerable};
use crate::error::HandlerError;
use crate::event::Event;
use crate::failure::Failure;
use crate::https::Https;
use crate::invocation::Invocation;
use crate::operation::{Ending, Operations};
use crate::origin::Origin;
use crate::outcome::{Outcome, uncounted};
use crate::physical_id::PhysicalId;
use crate::provider::{Provider, Success};
use crate::records::{self, Arrival, unwrap};
use crate::rehearsal::Sending;
use crate::request::{Request, physical_id_of};
use crate::response::{Document, MAX_BYTES, Status, render, see};
use crate::response_url::ResponseUrl;
use crate::span::span_of;
use crate::text::{presentable, shorten};

/// What an operator may set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Origins that an answer may be sent to besides CloudFormation's own buckets in the function's region and
    /// partition: for local runs, for partitions whose buckets are not known here, and for topics of other regions.
    pub allowed_origins: Vec<Origin>,
    /// How answers reach S3. A provider that calls a service over `hyper` does well to share it.
    pub https: Https,
}

/// A provider, ready to be given to `lambda_runtime`. Clones share the provider and its connections.
///
/// # Guarantees
/// - Each delivery of an event that can be answered is answered exactly once: success, mistake, panic or deadline.
/// - Nothing is called for an event that cannot be answered: no `ResponseURL`, one that is not CloudFormation's, or
///   no HTTP client to answer with.
/// - An event that CloudFormation has given up on is not acted on; it gets one try at a `FAILED`.
/// - The answer is sent before [`Handler::handle`] returns.
/// - The query of a `ResponseURL`, the properties and the attributes are in no log line and in no error.
/// - Each response `FAILED`, and each event without a response, is one line of the log with its [`Code`](crate::Code). Every line of a
///   request carries its ids, whatever the level of the log.
pub struct Handler<P> {
    inner: Arc<Inner<P>>,
}

impl<P> Clone for Handler<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

struct Inner<P> {
    provider: Arc<P>,
    settings: Settings,
    client: Client,
    operations: Operations,
}

impl<P: Provider> Handler<P> {
    /// Does nothing that can fail: what fails before the first event can be answered by nobody.
    pub fn new(provider: P, settings: Settings) -> Self {
        Self::with(provider, settings, Operations::default())
    }

    pub(crate) fn with(provider: P, settings: Settings, operations: Operations) -> Self {
        let provider = Arc::new(provider);
        let client = Client::new(settings.https.clone());
        Self { inner: Arc::new(Inner { provider, settings, client, operations }) }
    }

    /// Handles one event of Lambda's: a CloudFormation request, or a batch of them from SNS, which run side by side.
    ///
    /// # Errors
    /// Only when an event was not answered. An operation that failed and was answered so is `Ok`: Lambda would run
    /// it again behind CloudFormation's back.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<(), HandlerError> {
        let LambdaEvent { payload, context } = event;
        self.handle_arrival(unwrap(payload), &context).await
    }

    /// The same from the bytes that Lambda delivered. What no JSON reader takes is `FAILED` where it says whom to tell.
    ///
    /// # Errors
    /// As of [`handle`](Self::handle).
    pub async fn handle_payload(&self, payload: &[u8], context: &Context) -> Result<(), HandlerError> {
        self.handle_arrival(records::read(payload), context).await
    }

    async fn handle_arrival(&self, arrival: Arrival, context: &Context) -> Result<(), HandlerError> {
        let answers = self.answers(arrival, context, Sending::Send).await;
        let total = answers.len();
        let errors: Vec<HandlerError> = answers.into_iter().filter_map(Result::err).collect();
        let failed = errors.len();
        match errors.into_iter().next() {
            None => Ok(()),
            Some(first) if total == 1 => Err(first),
            Some(first) => Err(HandlerError::Batch { failed, total, first: Box::new(first) }),
        }
    }

    /// The documents that answer an event, one for each of a batch, in the order in which they came about.
    pub(crate) async fn answers(
        &self,
        arrival: Arrival,
        context: &Context,
        sending: Sending,
    ) -> Vec<Result<String, HandlerError>> {
        let records = match arrival {
            Arrival::Alone(event) => {
                let span = span_of(&event.members);
                let answer = Arc::clone(&self.inner).answer(Ok(event), context.clone(), sending);
                return vec![answer.instrument(span).await];
            }
            Arrival::Batch(records) if records.is_empty() => vec![Err(Unanswerable::Empty)],
            Arrival::Batch(records) if records.len() > MOST_RECORDS => {
                vec![Err(Unanswerable::TooManyRecords(records.len()))]
            }
            Arrival::Batch(records) => records,
        };
        let (mut tasks, mut spans) = (JoinSet::new(), HashMap::new());
        for record in records {
            let span = record.as_ref().map_or_else(|_| Span::none(), |event| span_of(&event.members));
            let answer = Arc::clone(&self.inner).answer(record, context.clone(), sending);
            let task = tasks.spawn(answer.instrument(span.clone()));
            spans.insert(task.id(), span);
        }
        let mut answers = Vec::new();
        while let Some(ended) = tasks.join_next_with_id().await {
            let interrupted = |end: JoinError| {
                let span = spans.get(&end.id()).cloned().unwrap_or_else(Span::none);
                let error = HandlerError::Interrupted;
                span.in_scope(|| self.inner.log(&error, context));
                Err(error)
            };
            answers.push(ended.map_or_else(interrupted, |(_, answered)| answered));
        }
        answers
    }
}

/// The largest batch that Lambda takes from a queue; a topic's has one record.
const MOST_RECORDS: usize = 10_000;

impl<P: Provider> Inner<P> {
    async fn answer(
        self: Arc<Self>,
        event: Result<Event, Unanswerable>,
        context: Context,
        sending: Sending,
    ) -> Result<String, HandlerError> {
        let answered = match event {
            Err(unanswerable) => Err(unanswerable.into()),
            Ok(event) => match Envelope::read(&event.members) {
                Err(unanswerable) => Err(unanswerable.into()),
                Ok(envelope) => Arc::clone(&self).answer_to(envelope, event, context.clone(), sending).await,
            },
        };
        answered.inspect_err(|error| self.log(error, &context))
    }

    /// Writes that an event got no response, within the span of its request.
    fn log(&self, error: &HandlerError, context: &Context) {
        let code = error.code();
        error!(code = %code, error_type = error.error_type(), %error, "an event was not answered");
        self.provider.failed_without(code, &context.invoked_function_arn);
    }

    async fn answer_to(
        self: Arc<Self>,
        envelope: Envelope,
        event: Event,
        context: Context,
        sending: Sending,
    ) -> Result<String, HandlerError> {
        let obstacle = event.obstacle();
        let event = event.members;
        let stack = envelope.ids.stack_id.parse().ok();
        let function = context.invoked_function_arn.parse().ok();
        let origins = &self.settings.allowed_origins;
        let url = ResponseUrl::check(&envelope.response_url, stack.as_ref(), function.as_ref(), origins)?;
        // Before anything is done: what cannot be answered must not be acted on.
        if sending == Sending::Send {
            self.client.prepare_for(&url)?;
        }

        let now = clock::now();
        // An answer that is kept is in time whenever the event was written.
        let (signed_at, expires) = match sending {
            Sending::Send => (url.signed_at(), url.expires_at()),
            Sending::Keep => (None, None),
        };
        let bounds = Bounds {
            lambda: context.deadline(),
            sent: signed_at.unwrap_or(now),
            service_timeout: service_timeout(
                event
                    .get("ServiceTimeout")
                    .or_else(|| event.get("ResourceProperties")?.get("ServiceTimeout")),
            ),
            expires,
        };
        let deadlines = Deadlines::of(&bounds, now);
        let log_stream = &context.env_config.log_stream;
        let (outcome, persistence) = if let Some(obstacle) = obstacle {
            let is_late = deadlines.operation.is_none();
            let persistence = if is_late { Persistence::OneTry } else { Persistence::UntilDeadline };
            (self.unread(&event, &obstacle), persistence)
        } else if let Some(deadline) = deadlines.operation {
            let invocation = Invocation::new(deadline, context.invoked_function_arn.clone(), bounds.sent);
            (self.act(&event, &envelope, invocation, log_stream).await, Persistence::UntilDeadline)
        } else {
            warn!("the event came too late and is not acted on");
            let reason = "the request came too late: there was no time left to act on it and to answer, so nothing \
                          was done; a longer ServiceTimeout leaves more";
            let failure = Failure::coded(ProtocolCode::RequestTooLate, reason);
            let outcome = match physical_id_of(&event) {
                None if is_create(&event) => {
                    Outcome::Failed { physical_id: self.provider.perhaps_created(), failure }
                }
                _ => self.failed(&event, failure),
            };
            (outcome, Persistence::OneTry)
        };

        let (answer, failure) = outcome.into_answer();
        let document = render(&envelope.ids, &answer, log_stream);
        self.log_response(&document, failure, &event, &context);
        if sending == Sending::Send {
            deliver(&self.client, &url, &document.body, deadlines.delivery, persistence).await?;
        }
        Ok(document.body)
    }

    async fn act(
        &self,
        event: &Value,
        envelope: &Envelope,
        invocation: Invocation,
        log_stream: &str,
    ) -> Outcome {
        let provider = Arc::clone(&self.provider);
        let call = Call { invocation: invocation.clone(), log_stream };
        match Request::read(event, &envelope.ids) {
            Err(mistake) => {
                let reason = format!("the request cannot be read: {mistake}");
                self.failed(event, Failure::coded(ProtocolCode::MalformedRequest, reason))
            }
            Ok(Request::DeleteOfNothing) => Outcome::Success(without_data(nothing_to_delete())),
            Ok(Request::Create(request)) => {
                let operation = async move { provider.create(request, invocation).await };
                self.run("Create", &call, operation).await.map_or_else(
                    |failure| Outcome::Failed {
                        physical_id: call
                            .invocation
                            .recorded()
                            .unwrap_or_else(|| self.provider.nothing_created()),
                        failure,
                    },
                    Outcome::Success,
                )
            }
            Ok(Request::Update(request)) => {
                let operation = async move { provider.update(request, invocation).await };
                self.run("Update", &call, operation)
                    .await
                    .map_or_else(|failure| self.failed(event, failure), Outcome::Success)
            }
            Ok(Request::Delete(request)) => {
                let physical_id = physical_id_of(event).unwrap_or_else(nothing_to_delete);
                let operation = async move { provider.delete(request, invocation).await };
                self.run("Delete", &call, operation).await.map_or_else(
                    |failure| self.failed(event, failure),
                    |()| Outcome::Success(without_data(physical_id)),
                )
            }
        }
    }

    /// Runs an operation; what is wrong comes back as the failure to respond with.
    async fn run<T: Send + 'static>(
        &self,
        kind: &str,
        call: &Call<'_>,
        operation: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let allowed = call.invocation.remaining();
        info!(kind, allowed_ms = allowed.as_millis(), "acting on a request");
        match self.operations.run(call.invocation.deadline(), operation).await {
            Ending::Returned(returned) => returned,
            Ending::Panicked => {
                error!(kind, "the provider panicked");
                let reason = format!(
                    "the provider panicked during the {kind}, which is a defect in it; {}",
                    call.see()
                );
                Err(Failure::coded(ProtocolCode::ProviderPanicked, reason))
            }
            Ending::Abandoned => {
                error!(kind, allowed_ms = allowed.as_millis(), "the operation was not finished in time");
                let reason = format!(
                    "timed out after {:.1} s: the {kind} was not finished in the time there was, and may have taken \
                     effect in part; {}",
                    allowed.as_secs_f64(),
                    call.see()
                );
                Err(Failure::coded(ProtocolCode::DeadlineExceeded, reason))
            }
            Ending::NotStarted(problem) => {
                error!(kind, %problem, "the operation could not be started");
                let reason = format!(
                    "the {kind} could not be started and nothing was done: {problem}; {}",
                    call.see()
                );
                Err(Failure::coded(ProtocolCode::OperationNotStarted, reason))
            }
        }
    }

    /// The failure of a request that cannot be read whole. Which resource an Update or a Delete is of may be among what was not
    /// read: then there may be one.
    fn unread(&self, event: &Value, obstacle: &str) -> Outcome {
        let reason = format!("the request cannot be read, so nothing was done: {obstacle}");
        let failure = Failure::coded(ProtocolCode::MalformedRequest, reason);
        match physical_id_of(event) {
            None if !is_create(event) => {
                Outcome::Failed { physical_id: self.provider.perhaps_created(), failure }
            }
            _ => self.failed(event, failure),
        }
    }

    /// A failure of a request that keeps the id it came with.
    fn failed(&self, event: &Value, failure: Failure) -> Outcome {
        let physical_id = physical_id_of(event).unwrap_or_else(|| self.provider.nothing_created());
        Outcome::Failed { physical_id, failure }
    }

    /// Writes the line of the response: of a failure all that an operator has to see of the attempt.
    fn log_response(&self, document: &Document, failure: Option<Failure>, event: &Value, context: &Context) {
        let bytes = document.body.len();
        if document.status == Status::Success {
            return info!(bytes, "responding SUCCESS");
        }
        let too_long = || Failure::coded(ProtocolCode::ResponseTooLong, document.reason.clone());
        let failure = failure.unwrap_or_else(too_long);
        let failure = match event.get("ResourceProperties").and_then(Value::as_object) {
            Some(properties) => self.provider.describe(failure, properties),
            None => failure,
        };
        let reason = match failure.summary() {
            "" => document.reason.clone(),
            summary => shorten(&presentable(summary), MAX_BYTES),
        };
        let details = failure.has_details().then(|| field::display(failure.details()));
        warn!(code = %failure.code(), reason, details, bytes, "responding FAILED");
        if let Some(code) = uncounted(failure.code()) {
            self.provider.failed_without(code, &context.invoked_function_arn);
        }
    }
}

/// What the text of a failure needs to know of the call.
struct Call<'a> {
    invocation: Invocation,
    log_stream: &'a str,
}

impl Call<'_> {
    fn see(&self) -> String {
        see(self.log_stream)
    }
}

fn is_create(event: &Value) -> bool {
    event.get("RequestType").and_then(Value::as_str) == Some("Create")
}

/// The id answered for a Delete that came without one.
fn nothing_to_delete() -> PhysicalId {
    PhysicalId::parse("nothing-to-delete").expect("a constant of 17 letters is a physical id")
}

fn without_data(physical_id: PhysicalId) -> Success {
    Success { physical_id, data: std::collections::BTreeMap::new(), no_echo: false }
}
