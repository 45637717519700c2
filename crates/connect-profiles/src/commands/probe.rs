//! `probe`: what is assumed of Connect, tried on a sandbox instance.

use std::fmt::Write as _;
use std::time::Duration;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use clap::Args;
use connect_security_profile::arn::InstanceArn;
use serde_json::json;

use super::plan::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{print, print_json};
use crate::probe::{EXPERIMENTS, Finding, Lab, Raw, Verdict, run as experiment};
use crate::shown::visible;
use crate::surroundings::Surroundings;

const EXAMPLES: &str = "\
It makes some sixty profiles, one after the other, whose names begin with a random prefix, and removes them at the end, also \
after Ctrl-C. Profiles that it did not make are listed and never written to. It takes about five minutes.

Examples:
  connect-profiles probe --instance-arn arn:aws:connect:…:instance/… --i-know-this-writes
  connect-profiles probe --instance-arn … --i-know-this-writes --format json > report.json
  connect-profiles probe --local --instance-arn arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555 \\
      --i-know-this-writes --settle 0

Exit codes: 0 all as assumed or unknown, 2 something is other than assumed, 1 it could not be tried, or something could not be \
removed, 130 Ctrl-C.";

/// Find out on a sandbox instance what is not known of Connect
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The sandbox instance
    #[arg(long, value_name = "ARN")]
    pub instance_arn: InstanceArn,
    /// Without it nothing is done
    #[arg(long)]
    pub i_know_this_writes: bool,
    /// How many profiles the instance may have; one with more looks like one that is in use
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    pub most_profiles: usize,
    /// Only these experiments, by their keys; repeatable
    #[arg(long, value_name = "KEY")]
    pub only: Vec<String>,
    /// Seconds that reads are given to catch up with writes
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS", value_parser = seconds)]
    pub settle: f64,
    /// How to show it; `json` has a stable shape
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let Arguments { instance_arn, only, .. } = arguments;
    if !arguments.i_know_this_writes {
        return Err(Failure::new("the experiments make, change and delete profiles")
            .hint("on a sandbox instance, where that harms nobody, say so with `--i-know-this-writes`"));
    }
    if let Some(unknown) = only.iter().find(|key| EXPERIMENTS.iter().all(|it| it.key != key.as_str())) {
        let keys: Vec<&str> = EXPERIMENTS.iter().map(|it| it.key).collect();
        return Err(Failure::new(format!("there is no experiment `{unknown}`"))
            .hint(format!("there are {}", keys.join(", "))));
    }
    if let Some(embedded) = surroundings.local() {
        // With one that it knows, the embedded Connect refuses unknown flow modules, as Connect is known to do.
        embedded.release_flow_module("released", Duration::ZERO);
    }
    let raw = Raw::new(&surroundings.sdk_config().await?, instance_arn)?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    let prefix = format!("probe-{}", &id[..8]);
    let settle = Duration::from_secs_f64(arguments.settle);
    let lab = Lab::new(raw, instance_arn.clone(), prefix, settle);
    let there = lab.list().await.map_err(Failure::new)?.len();
    if there > arguments.most_profiles {
        return Err(Failure::new(format!(
            "{instance_arn} has {there} profiles, so it looks like one that is in use"
        ))
        .hint("if it is a sandbox all the same, say how many it may have with `--most-profiles`"));
    }
    let mut findings = Vec::new();
    let is_interrupted = tokio::select! {
        () = experiments(arguments, &lab, &mut findings) => false,
        _ = tokio::signal::ctrl_c() => true,
    };
    let left = lab.clean_up().await;
    report(arguments, &findings, &left)?;
    let has_other = findings.iter().any(|finding| finding.verdict == Verdict::Other);
    Ok(match () {
        () if !left.is_empty() => Exit::Mistakes,
        () if is_interrupted => Exit::Interrupted,
        () if has_other => Exit::Changes,
        () => Exit::Done,
    })
}

async fn experiments(arguments: &Arguments, lab: &Lab, findings: &mut Vec<Finding>) {
    let Arguments { only, format, .. } = arguments;
    for it in EXPERIMENTS.iter().filter(|it| only.is_empty() || only.iter().any(|key| key == it.key)) {
        let finding = experiment(*it, lab).await;
        if *format == Format::Text {
            // If it cannot be written, the summary cannot either, and says so once everything is removed.
            drop(print(&text(&finding)));
        }
        findings.push(finding);
    }
}

fn report(arguments: &Arguments, findings: &[Finding], left: &[String]) -> Result<(), Failure> {
    if arguments.format == Format::Json {
        print_json(&json!({ "findings": findings, "not_removed": left }))?;
    } else {
        let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
        print(&format!(
            "{} same, {} other, {} unknown\n",
            count(Verdict::Same),
            count(Verdict::Other),
            count(Verdict::Unknown)
        ))?;
    }
    if !left.is_empty() {
        eprintln!("These could not be removed:");
        for line in left {
            eprintln!("  {}", visible(line));
        }
    }
    Ok(())
}

fn text(Finding { experiment, seen, verdict }: &Finding) -> String {
    let (word, style) = match verdict {
        Verdict::Same => ("same   ", AnsiColor::Green.on_default()),
        Verdict::Other => ("other  ", AnsiColor::Red.on_default().bold()),
        Verdict::Unknown => ("unknown", AnsiColor::Yellow.on_default()),
    };
    let dim = Style::new().dimmed();
    let mut text =
        format!("{style}{word}{style:#}  {}  {dim}{}{dim:#}\n", experiment.question, experiment.key);
    if *verdict != Verdict::Same {
        let _ =
            writeln!(text, "         assumed: {}\n            seen: {}", experiment.assumed, visible(seen));
    }
    text
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is a number of seconds".to_owned())?;
    if (0.0..=600.0).contains(&seconds) { Ok(seconds) } else { Err("it is from 0 to 600".to_owned()) }
}
