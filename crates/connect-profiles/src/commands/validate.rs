//! `validate`: every mistake in templates, before anything is deployed.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use anstream::eprintln;
use clap::Args;
use connect_security_profile::arn::is_account;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::lint::{Known, Severity, compare, lint_of, ours};
use crate::report::{self, Format, Report};
use crate::surroundings::Surroundings;
use crate::template::{Template, Values};

/// Find every mistake in templates, offline
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  connect-profiles validate template.yaml
  connect-profiles validate --strict stacks/*.yaml cdk.out/*.template.json
  connect-profiles validate --parameter Stage=prod --account 123456789012 template.yaml
  connect-profiles validate --old deployed.yaml template.yaml
  cdk synth | connect-profiles validate -
  connect-profiles validate --format sarif template.yaml > findings.sarif

Reads CloudFormation in YAML and JSON, SAM, and what the CDK synthesizes. Mistakes are what the provider would refuse, in \
its own words, and what CloudFormation would. A value that only a deployment knows is never a mistake: give \
parameters, --account and --region to have more of it checked.

JSON has `files`, `profiles`, `mistakes`, `warnings` (counts) and `findings`, each with `file`, `line`, `column`, `endLine`, \
`endColumn`, `severity` (mistake, warning), `rule`, `resource`, `path`, `message` and `help`.

Exit codes:
  0  no mistakes (with --strict: no warnings either)
  1  mistakes, a file that cannot be read, or the command line is wrong")]
pub struct Arguments {
    /// The templates; `-` is standard input
    #[arg(required = true, value_name = "TEMPLATE")]
    pub templates: Vec<String>,
    /// The template before it: also warn of what is dropped, replaced and removed
    #[arg(long, visible_alias = "against", value_name = "TEMPLATE")]
    pub old: Option<String>,
    /// A parameter's value; otherwise its Default, and without one it is unknown
    #[arg(long = "parameter", short = 'p', value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// The account of the stack and the provider; otherwise instances of any account pass
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// How to write what is found
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Let warnings count as mistakes in the exit code
    #[arg(long)]
    pub strict: bool,
}

/// Runs it.
pub fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let known = known(arguments, surroundings)?;
    if arguments.old.is_some() && arguments.templates.len() != 1 {
        return Err(Failure::new("`--old` goes with one template").hint("validate the others by themselves"));
    }
    let old = arguments.old.as_ref().map(|path| read_template(path)).transpose()?;
    let mut reports = Vec::new();
    let mut declared = BTreeSet::new();
    for path in &arguments.templates {
        let text = read(path)?;
        let template = match Template::read(shown(path), text.clone()) {
            Ok(template) => template,
            Err(error) => {
                reports.push(Report::unreadable(&error, text));
                continue;
            }
        };
        // Of several templates each takes the parameters that it has.
        let own: BTreeSet<String> =
            template.parameters().into_iter().map(|parameter| parameter.name).collect();
        let mut known = known.clone();
        known.values.parameters.retain(|name, _| own.contains(name));
        declared.extend(own);
        let resources = ours(&template, &known.values);
        let mut findings = lint_of(&template, &resources, &known);
        if let Some(old) = &old {
            findings.extend(compare(old, &template, &known));
        }
        reports.push(Report::new(&template, findings, resources.len()));
    }
    let stranger = known.values.parameters.keys().find(|name| !declared.contains(*name));
    if let Some(stranger) =
        stranger.filter(|_| !declared.is_empty() || reports.iter().all(|one| one.resources > 0))
    {
        let hint = declared.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let failure = Failure::new(format!("no template has a parameter `{stranger}`"));
        return Err(if hint.is_empty() { failure } else { failure.hint(format!("there are {hint}")) });
    }
    report::write(&reports, arguments.format)?;
    eprintln!("{}", report::summary(&reports));
    let count = |severity| reports.iter().map(|report| report.count(severity)).sum::<usize>();
    let is_refused = count(Severity::Mistake) > 0 || (arguments.strict && count(Severity::Warning) > 0);
    Ok(if is_refused { Exit::Mistakes } else { Exit::Done })
}

fn known(arguments: &Arguments, surroundings: &Surroundings) -> Result<Known, Failure> {
    let values = Values::of_pairs(&arguments.parameters).map_err(|pair| {
        Failure::new(format!("`{pair}` is not NAME=VALUE")).hint("such as `--parameter Stage=prod`")
    })?;
    if let Some(account) = arguments.account.as_deref().filter(|account| !is_account(account)) {
        return Err(Failure::new(format!("`{account}` is not an account: twelve digits")));
    }
    let region = surroundings.stated_region().map(str::to_owned);
    let values = Values { region, account: arguments.account.clone(), ..values };
    Ok(Known { values, provider_account: arguments.account.clone() })
}

/// A template that must be readable.
pub(super) fn read_template(path: &str) -> Result<Template, Failure> {
    Template::read(shown(path), read(path)?).map_err(Failure::new)
}

fn shown(path: &str) -> &str {
    if path == "-" { "stdin" } else { path }
}

fn read(path: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|error| Failure::new(format!("`{path}` cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::new(format!("`{path}` is not text in UTF-8")))
}
