//! `invoke`: events through the real handler, and what CloudFormation would get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use clap::Args;
use connect_emulator::Configuration;
use connect_security_profile::arn::InstanceArn;
use connect_security_profile::connect::Connect;
use connect_security_profile::environment::Environment;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Handler, Sending};
use serde_json::{Value, json};

use super::plan::{Format, account_of};
use crate::embedded::Embedded;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{is_event, print, print_json, read_json};
use crate::outcome::writes;
use crate::rehearsal::{TIME, function_arn, instances_of};
use crate::surroundings::Surroundings;

const EXAMPLES: &str = "\
The event goes the whole way that it goes in the Lambda: envelope, records of SNS, guards from the same environment \
variables, calls. Only the answer is printed in place of being sent, unless --respond is given.

Without --endpoint-url or --aws it goes to an embedded Connect that has the instances which the events name, with \
their default profiles; what one event did is there for the next.

A file's PhysicalResourceId `previous` stands for the id that the resource was answered last in this run.

Examples:
  connect-profiles invoke events/create.json
  connect-profiles invoke create.json update.json delete.json --physical-id previous
  connect-profiles invoke - --aws --region eu-west-2 < event.json

Exit codes: 0 every event succeeded, 1 one FAILED or was not answered.";

/// Send events through the real handler
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Files with one event each, as JSON; `-` is standard input
    #[arg(required = true, value_name = "EVENT")]
    pub files: Vec<PathBuf>,
    /// Act on AWS, with the ordinary credential chain: this writes
    #[arg(long, conflicts_with = "local")]
    pub aws: bool,
    /// Give every Update and Delete this id; `previous` is what the resource was answered last in this run
    #[arg(long, value_name = "ID|previous")]
    pub physical_id: Option<String>,
    /// Send the answers to the events' `ResponseURL`, too: a stack that waits for one goes on
    #[arg(long)]
    pub respond: bool,
    /// Show the calls to Connect that change something; only of the embedded one
    #[arg(long)]
    pub calls: bool,
    /// How to show it; `json` is an array of the answers
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// The word for the id that was answered last.
const PREVIOUS: &str = "previous";

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let mut payloads = Vec::new();
    for file in &arguments.files {
        let payload = read_json(file)?;
        if !is_event(&payload) {
            return Err(Failure::new(format!("`{}` is no event of CloudFormation's", file.display()))
                .hint("an event has a `RequestType`; `plan` takes templates"));
        }
        payloads.push((file, payload));
    }
    let is_far = arguments.aws || surroundings.has_endpoint();
    // What writes to an account is never meant by the way.
    if let Some(profile) = surroundings.profile().filter(|_| !is_far) {
        return Err(Failure::new(format_args!(
            "`--profile {profile}` has no meaning for the embedded Connect"
        ))
        .hint("add `--aws` to act on that account: this writes"));
    }
    let embedded = (!is_far).then(|| embedded(payloads.iter().map(|(_, payload)| payload)));
    let config = match &embedded {
        Some(embedded) => embedded.sdk_config(),
        None => surroundings.sdk_config().await?,
    };
    let Environment { guards, misconfiguration, settings, .. } =
        Environment::read(|name| std::env::var(name).ok());
    let provider = SecurityProfiles::new(Connect::new(config), guards, misconfiguration, |_| {});
    let handler = Handler::on_this_runtime(provider, settings);
    // Nothing outside this process is waited for, so what the provider waits for need take no time.
    if embedded.is_some() && !arguments.respond {
        tokio::time::pause();
    }
    let mut run = Run {
        arguments,
        handler,
        embedded,
        last: BTreeMap::new(),
        answers: Vec::new(),
        exit: Exit::Done,
        unwritten: None,
    };
    for (file, payload) in payloads {
        run.send(file, payload).await;
    }
    if arguments.format == Format::Json {
        print_json(&json!(run.answers))?;
    }
    run.unwritten.map_or(Ok(run.exit), Err)
}

/// A Connect with every instance that the events name.
fn embedded<'a>(payloads: impl Iterator<Item = &'a Value>) -> Embedded {
    let events = payloads.flat_map(|payload| custom_resource::events(payload.clone())).flatten();
    let instances: BTreeSet<InstanceArn> = events.flat_map(|event| instances_of(&event)).collect();
    Embedded::new(&instances, &BTreeSet::new(), &Configuration::default())
}

struct Run<'a> {
    arguments: &'a Arguments,
    handler: Handler<SecurityProfiles>,
    embedded: Option<Embedded>,
    /// The last answered id, by stack and logical id.
    last: BTreeMap<(String, String), String>,
    answers: Vec<Value>,
    exit: Exit,
    /// Why nothing more is shown. The events are sent all the same.
    unwritten: Option<Failure>,
}

impl Run<'_> {
    async fn send(&mut self, file: &Path, mut payload: Value) {
        if let Err(failure) = self.set_physical_id(&mut payload) {
            self.exit = Exit::Mistakes;
            failure.show();
            self.answers.push(json!({ "error": failure.to_string() }));
            return;
        }
        let first = custom_resource::events(payload.clone()).into_iter().find_map(Result::ok);
        let account = first.as_ref().map(account_of).unwrap_or_default();
        let arn = function_arn(first.as_ref().unwrap_or(&Value::Null), &account);
        let sending = if self.arguments.respond { Sending::Send } else { Sending::Keep };
        if let Some(embedded) = &self.embedded {
            embedded.clear_journal();
        }
        let answers = Box::pin(self.handler.rehearse(payload, &arn, TIME, sending)).await;
        for answer in answers {
            match answer {
                Ok(answer) => self.take(file, answer),
                Err(error) => {
                    self.exit = Exit::Mistakes;
                    let (red, file) = (AnsiColor::Red.on_default().bold(), file.display());
                    eprintln!("{red}error{red:#}: {file}: nobody was answered: {error}");
                    self.answers.push(json!({ "error": error.to_string() }));
                }
            }
        }
        if self.arguments.calls && self.arguments.format == Format::Text {
            let dim = Style::new().dimmed();
            let calls: Vec<_> = self.embedded.iter().flat_map(|it| writes(&it.journal())).collect();
            for call in calls {
                self.say(&format!(
                    "  {dim}{} {} {} {}{dim:#}",
                    call.operation, call.method, call.uri, call.input
                ));
            }
        }
    }

    fn say(&mut self, line: &str) {
        if self.unwritten.is_none() {
            self.unwritten = print(&format!("{line}\n")).err();
        }
    }

    fn take(&mut self, file: &Path, answer: Value) {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        self.last.insert((text("StackId"), text("LogicalResourceId")), text("PhysicalResourceId"));
        let is_success = answer["Status"] == "SUCCESS";
        if !is_success {
            self.exit = Exit::Mistakes;
        }
        if self.arguments.format == Format::Text {
            let style = if is_success { AnsiColor::Green } else { AnsiColor::Red }.on_default().bold();
            self.say(&format!("{style}{}{style:#} {}", text("Status"), file.display()));
            let rest = ["PhysicalResourceId", "Reason"].map(|name| (name.to_owned(), text(name)));
            let data = answer["Data"].as_object().into_iter().flatten();
            let data =
                data.map(|(name, it)| (format!("Data.{name}"), it.as_str().unwrap_or_default().to_owned()));
            for (name, value) in rest.into_iter().chain(data).filter(|(_, value)| !value.is_empty()) {
                self.say(&format!("  {name}: {}", crate::shown::visible(&value)));
            }
        }
        self.answers.push(answer);
    }

    /// Puts in the id that is asked for; what came in records stays as it is.
    fn set_physical_id(&self, event: &mut Value) -> Result<(), Failure> {
        if !matches!(event["RequestType"].as_str(), Some("Update" | "Delete")) {
            return Ok(());
        }
        let written = event["PhysicalResourceId"].as_str().filter(|id| *id == PREVIOUS);
        let Some(wanted) = self.arguments.physical_id.as_deref().or(written) else { return Ok(()) };
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let id = if wanted == PREVIOUS {
            let resource = text("LogicalResourceId");
            self.last.get(&(text("StackId"), resource.clone())).cloned().ok_or_else(|| {
                Failure::new(format_args!("`{resource}` was answered nothing before in this run")).hint(
                    "`previous` needs an event of the same stack and resource before it; else say the id",
                )
            })?
        } else {
            wanted.to_owned()
        };
        event["PhysicalResourceId"] = json!(id);
        Ok(())
    }
}
