//! The stage: the handler over the copy, on a thread whose clock is stopped.

use connect_emulator::Call;
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Handler, Sending, Settings, StackArn};
use serde_json::Value;
use tokio::runtime::Builder;

use super::copy::Copy;
use super::warnings::collected;
use super::{NOWHERE, Profiles, TIME};
use crate::failure::Failure;

/// As large as the handler's own thread: futures over the SDK are large.
const STACK_SIZE: usize = 8 << 20;

/// What is to be acted on, by whom.
pub(super) struct Stage<'a> {
    pub(super) event: &'a Value,
    pub(super) own_account: &'a str,
    pub(super) environment: &'a Environment,
}

/// What came of it.
pub(super) struct Acted {
    pub(super) answer: Result<Value, String>,
    pub(super) after: Profiles,
    pub(super) calls: Vec<Call>,
    pub(super) warnings: Vec<String>,
}

/// Acts on the event. The clock jumps over whatever is waited for, which it can as nothing here is outside this process; the
/// caller's clock goes on, and the caller waits.
pub(super) fn on_a_stopped_clock(copy: &Copy, stage: &Stage<'_>) -> Result<Acted, Failure> {
    std::thread::scope(|scope| {
        let act = || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
            let ((answer, embedded), warnings) = collected(|| {
                runtime.block_on(async {
                    let embedded = copy.embedded();
                    (Box::pin(answer(stage, embedded.sdk_config())).await, embedded)
                })
            });
            Ok(Acted { answer, after: embedded.profiles(), calls: embedded.journal(), warnings })
        };
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, act);
        let failed =
            |error: std::io::Error| Failure::new(format!("the rehearsal could not be started: {error}"));
        let acted = thread.map_err(failed)?.join();
        acted.map_err(|_| Failure::new("the rehearsal panicked, which is a defect in it"))?.map_err(failed)
    })
}

/// A function in that account where CloudFormation would look for one: in the partition and region of the stack.
pub(crate) fn function_arn(event: &Value, account: &str) -> String {
    let stack = event["StackId"].as_str().and_then(|id| id.parse::<StackArn>().ok());
    let (partition, region) =
        stack.as_ref().map_or(("aws", "us-east-1"), |stack| (stack.partition(), stack.region()));
    format!("arn:{partition}:lambda:{region}:{account}:function:rehearsal")
}

async fn answer(stage: &Stage<'_>, config: aws_config::SdkConfig) -> Result<Value, String> {
    let Environment { guards, misconfiguration, .. } = stage.environment;
    let provider =
        SecurityProfiles::new(Connect::new(config), guards.clone(), misconfiguration.clone(), |_| {});
    // The constant is an origin.
    let allowed_origins = NOWHERE.parse().into_iter().collect();
    let settings = Settings { allowed_origins, ..Settings::default() };
    let handler = Handler::on_this_runtime(provider, settings);
    let arn = function_arn(stage.event, stage.own_account);
    let mut answers = handler.rehearse(stage.event.clone(), &arn, TIME, Sending::Keep).await;
    match answers.pop() {
        Some(answer) => answer.map_err(|error| error.to_string()),
        None => Err("there is no event".to_owned()),
    }
}
