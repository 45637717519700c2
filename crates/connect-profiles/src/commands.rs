//! One module a command: its arguments, and what it does.

pub mod completions;
pub mod drift;
pub mod emulate;
pub mod export;
pub mod get;
pub mod invoke;
pub mod list;
pub mod migrate;
pub mod permissions;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod query;
pub mod validate;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// What can be asked for.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Find every mistake in templates, offline
    Validate(validate::Arguments),
    /// Show what a template or an event would change
    Plan(plan::Arguments),
    /// Compare what is live with what is stated
    Drift(drift::Arguments),
    /// List the profiles of instances
    List(list::Arguments),
    /// Show one profile
    Get(get::Arguments),
    /// Ask in SQL
    Query(query::Arguments),
    /// Write live profiles as a template that adopts them
    Export(export::Arguments),
    /// Move native `AWS::Connect::SecurityProfile` resources to ours
    Migrate(migrate::Arguments),
    /// Write the IAM policy that is needed
    Policy(policy::Arguments),
    /// Search the catalogue of permissions
    Permissions(permissions::Arguments),
    /// Serve the embedded Connect
    Emulate(emulate::Arguments),
    /// Send events through the real handler
    Invoke(invoke::Arguments),
    /// Find out on a sandbox instance what is not known of Connect
    Probe(probe::Arguments),
    /// Write the completions of a shell
    Completions(completions::Arguments),
}

impl Command {
    /// Runs the command.
    pub async fn run(&self, surroundings: &Surroundings) -> Result<Exit, Failure> {
        match self {
            Self::Validate(arguments) => validate::run(arguments, surroundings),
            Self::Plan(arguments) => plan::run(arguments, surroundings).await,
            Self::Drift(arguments) => drift::run(arguments, surroundings).await,
            Self::List(arguments) => list::run(arguments, surroundings).await,
            Self::Get(arguments) => get::run(arguments, surroundings).await,
            Self::Query(arguments) => query::run(arguments, surroundings).await,
            Self::Export(arguments) => export::run(arguments, surroundings).await,
            Self::Migrate(arguments) => migrate::run(arguments, surroundings),
            Self::Policy(arguments) => policy::run(arguments, surroundings),
            Self::Permissions(arguments) => permissions::run(arguments, surroundings).await,
            Self::Emulate(arguments) => emulate::run(arguments, surroundings).await,
            Self::Invoke(arguments) => invoke::run(arguments, surroundings).await,
            Self::Probe(arguments) => probe::run(arguments, surroundings).await,
            Self::Completions(arguments) => completions::run(arguments, surroundings),
        }
    }
}
