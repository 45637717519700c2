//! `migrate`: native resources to ours, with the steps written out.

use std::fs;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use clap::{Args, value_parser};

use super::validate::read_template;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::lint::{Finding, Known, Severity, lint};
use crate::migration::{Migration, NATIVE, Wishes, migrate};
use crate::surroundings::Surroundings;
use crate::template::{Template, Values};

/// Move native `AWS::Connect::SecurityProfile` resources to ours
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  connect-profiles migrate template.yaml
  connect-profiles migrate template.yaml --step 1 > step-1.yaml
  connect-profiles migrate template.yaml --out migration --stack-tag CostCenter=42
  connect-profiles migrate template.yaml --step 2 --service-token arn:aws:lambda:…:function:provider

Without --step and --out the steps are written out and nothing else. Comments and layout of the template stay; what refers \
to a resource that moves is rewritten.

Exit codes:
  0  done, also if there is nothing to move
  1  the template cannot be edited, what comes of it would still have mistakes,
     or the command line is wrong")]
pub struct Arguments {
    /// The template with native resources; `-` is standard input
    pub template: String,
    /// Write the template of this step to standard output
    #[arg(long, value_parser = value_parser!(u8).range(1..=2), conflicts_with = "out")]
    pub step: Option<u8>,
    /// Write the templates of both steps into this folder
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// A tag of the stack, which native resources take and custom ones do not
    #[arg(long = "stack-tag", value_name = "KEY=VALUE")]
    pub stack_tags: Vec<String>,
    /// The provider's ARN, or the name of the parameter that has it
    #[arg(long, value_name = "ARN|PARAMETER", default_value = "ServiceToken")]
    pub service_token: String,
    /// What is added to a logical id to make the new one
    #[arg(long, default_value = "Managed")]
    pub suffix: String,
    /// Only the resource of this logical id; may be given several times
    #[arg(long, value_name = "ID")]
    pub resource: Vec<String>,
}

/// Runs it.
pub fn run(arguments: &Arguments, _: &Surroundings) -> Result<Exit, Failure> {
    let template = read_template(&arguments.template)?;
    let migration = migrate(&template, &wishes(arguments)?)?;
    if migration.renamed.is_empty() {
        eprintln!("nothing to move: no resource of type {NATIVE}");
        if arguments.step.is_some() {
            print(template.text())?;
        }
        return Ok(Exit::Done);
    }
    match (arguments.step, &arguments.out) {
        (Some(1), _) => print(&migration.first)?,
        (Some(_), _) => print(&migration.second)?,
        (None, Some(folder)) => {
            let files = write(&template, &migration, folder)?;
            print(&steps(&migration, &files))?;
        }
        (None, None) => {
            let name = if arguments.template == "-" { "template.yaml" } else { &arguments.template };
            print(&steps(&migration, &file_names(name, Path::new(""))))?;
        }
    }
    for note in &migration.notes {
        eprintln!("note: {note}");
    }
    Ok(if is_refused(&migration)? { Exit::Mistakes } else { Exit::Done })
}

fn wishes(arguments: &Arguments) -> Result<Wishes, Failure> {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_word(&arguments.suffix) {
        return Err(Failure::new("`--suffix` must be letters and digits, as logical ids are"));
    }
    if !is_word(&arguments.service_token) && !arguments.service_token.starts_with("arn:") {
        return Err(Failure::new("`--service-token` is neither an ARN nor a parameter's name"));
    }
    let tags = Values::of_pairs(&arguments.stack_tags).map_err(|pair| {
        Failure::new(format!("`{pair}` is not KEY=VALUE")).hint("such as `--stack-tag Team=support`")
    })?;
    Ok(Wishes {
        service_token: arguments.service_token.clone(),
        suffix: arguments.suffix.clone(),
        stack_tags: tags.parameters,
        only: arguments.resource.clone(),
    })
}

/// Whether the second template has mistakes still; they are told.
fn is_refused(migration: &Migration) -> Result<bool, Failure> {
    let template = Template::read("step 2", migration.second.clone()).map_err(Failure::new)?;
    let ids: Vec<&String> = migration.renamed.iter().map(|(_, new)| new).collect();
    let of_ours = |finding: &Finding| finding.resource.as_ref().is_some_and(|id| ids.contains(&id));
    let mistakes: Vec<Finding> = lint(&template, &Known::default())
        .into_iter()
        .filter(|finding| finding.severity == Severity::Mistake && of_ours(finding))
        .collect();
    for mistake in &mistakes {
        let at = template.position(mistake.span.start);
        let resource = mistake.resource.as_deref().unwrap_or_default();
        eprintln!("step 2:{at}: `{resource}`: {}", mistake.message);
    }
    Ok(!mistakes.is_empty())
}

fn file_names(template: &str, folder: &Path) -> [PathBuf; 2] {
    let path = Path::new(template);
    let extension = path.extension().map_or("yaml".into(), |extension| extension.to_string_lossy());
    let stem = path.file_stem().map_or("template".into(), |stem| stem.to_string_lossy());
    [1, 2].map(|step| folder.join(format!("{stem}.step-{step}.{extension}")))
}

fn write(template: &Template, migration: &Migration, folder: &Path) -> Result<[PathBuf; 2], Failure> {
    let name = if template.path() == "stdin" { "template.yaml" } else { template.path() };
    let files = file_names(name, folder);
    if let Some(file) = files.iter().find(|file| file.exists()) {
        return Err(Failure::new(format!("`{}` is there already", file.display()))
            .hint("move it, or name another folder"));
    }
    let refused =
        |path: &Path, error| Failure::new(format!("`{}` cannot be written: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| refused(folder, error))?;
    for (file, text) in files.iter().zip([&migration.first, &migration.second]) {
        fs::write(file, text).map_err(|error| refused(file, error))?;
    }
    Ok(files)
}

fn steps(migration: &Migration, [first, second]: &[PathBuf; 2]) -> String {
    let pairs: Vec<String> =
        migration.renamed.iter().map(|(old, new)| format!("  {old} -> {new}\n")).collect();
    let (first, second) = (first.display(), second.display());
    format!(
        "\
Resources of type {NATIVE} that move:
{pairs}
Step 1: deploy {first}
  The native resources get DeletionPolicy and UpdateReplacePolicy `Retain`, and a mark in their Metadata, because
  CloudFormation takes changed policies alone for no update; nothing else changes. Check in the console that the
  deployed template has both before you go on: without them step 2 deletes the profiles.

Step 2: deploy {second}
  Each profile leaves its native resource, which is retained, and is adopted by a resource of ours under a new
  logical id, since CloudFormation refuses to change a type. It stays the same profile, with its ARN and its users.
  `Ref` is its ARN as before, and what refers to it is rewritten.
  `connect-profiles plan {second}` shows before what will change.

Step 3: look after it
  `connect-profiles drift {second}` says whether all is as stated. `Adopt: true` may stay.

What is different then:
  Tags of the stack do not reach custom resources: name each by --stack-tag to have it stated.
  An adopted profile is never deleted, whatever becomes of its resource and its stack.
  A property that is no longer stated is left as it is; state it empty to empty it.
",
        pairs = pairs.concat()
    )
}
