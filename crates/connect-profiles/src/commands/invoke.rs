//! `invoke`: events through the real handler, and what CloudFormation would get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anstream::{eprintln, println};
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
use crate::files::{is_event, print_json, read_json};
use crate::outcome::writes;
use crate::rehearsal::{TIME, instances_of};
use crate::surroundings::Surroundings;

const EXAMPLES: &str = "\
The event goes the whole way that it goes in the Lambda: envelope, records of SNS, guards from the same environment \
variables, calls. Only the answer is printed in place of being sent, unless --respond is given.

Without --endpoint-url, --profile or --aws it goes to an embedded Connect that has the instances which the events name, with \
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
    let is_far = arguments.aws || surroundings.is_elsewhere();
    let embedded = (!is_far).then(|| embedded(payloads.iter().map(|(_, payload)| payload)));
    let config = match &embedded {
        Some(embedded) => embedded.sdk_config(),
        None => surroundings.sdk_config().await,
    };
    let Environment { guards, misconfiguration, settings, .. } =
        Environment::read(|name| std::env::var(name).ok());
    let provider = SecurityProfiles::new(Connect::new(config), guards, misconfiguration, |_| {});
    let handler = Handler::on_this_runtime(provider, settings);
    // Nothing outside this process is waited for, so what the provider waits for need take no time.
    if embedded.is_some() && !arguments.respond {
        tokio::time::pause();
    }
    let mut run =
        Run { arguments, handler, embedded, last: BTreeMap::new(), answers: Vec::new(), exit: Exit::Done };
    for (file, payload) in payloads {
        run.send(file, payload).await;
    }
    if arguments.format == Format::Json {
        print_json(&json!(run.answers))?;
    }
    Ok(run.exit)
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
}

impl Run<'_> {
    async fn send(&mut self, file: &Path, mut payload: Value) {
        self.set_physical_id(&mut payload);
        let first = custom_resource::events(payload.clone()).into_iter().find_map(Result::ok);
        let account = first.as_ref().map(account_of).unwrap_or_default();
        let arn = format!("arn:aws:lambda:us-east-1:{account}:function:connect-profiles");
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
            for call in self.embedded.iter().flat_map(|it| writes(&it.journal())) {
                println!("  {dim}{} {} {} {}{dim:#}", call.operation, call.method, call.uri, call.input);
            }
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
            println!("{style}{}{style:#} {}", text("Status"), file.display());
            let rest = ["PhysicalResourceId", "Reason"].map(|name| (name.to_owned(), text(name)));
            let data = answer["Data"].as_object().into_iter().flatten();
            let data =
                data.map(|(name, it)| (format!("Data.{name}"), it.as_str().unwrap_or_default().to_owned()));
            for (name, value) in rest.into_iter().chain(data).filter(|(_, value)| !value.is_empty()) {
                println!("  {name}: {}", crate::shown::visible(&value));
            }
        }
        self.answers.push(answer);
    }

    /// Puts in the id that is asked for; what came in records stays as it is.
    fn set_physical_id(&self, event: &mut Value) {
        if !matches!(event["RequestType"].as_str(), Some("Update" | "Delete")) {
            return;
        }
        let written = event["PhysicalResourceId"].as_str().filter(|id| *id == PREVIOUS);
        let Some(wanted) = self.arguments.physical_id.as_deref().or(written) else { return };
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let id = match wanted {
            PREVIOUS => match self.last.get(&(text("StackId"), text("LogicalResourceId"))) {
                Some(id) => id.clone(),
                None => return,
            },
            id => id.to_owned(),
        };
        event["PhysicalResourceId"] = json!(id);
    }
}
