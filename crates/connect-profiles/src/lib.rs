//! The command line over the provider's library: what it shows is what the Lambda will do.
//!
//! [`arguments`] reads the command line, one module of [`commands`] a command does its work, and [`run`] turns what comes
//! of it into text and an exit code.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail"))]

pub mod arguments;
pub mod cloudformation;
pub mod commands;
pub mod credentials;
pub mod deployment;
pub mod difference;
pub mod embedded;
pub mod endpoint;
pub mod exit;
pub mod failure;
pub mod files;
pub mod lint;
pub mod migration;
pub mod outcome;
pub mod probe;
pub mod region;
pub mod rehearsal;
pub mod report;
pub mod shown;
pub mod surroundings;
pub mod template;

pub mod inventory;

pub mod catalogue;
pub mod exported;
pub mod iam_policy;
pub mod interrupt;
pub mod orphans;
pub mod sheet;
pub mod sql;
pub mod yaml;

use arguments::Arguments;
use exit::Exit;
use failure::Failure;
use surroundings::Surroundings;

/// Runs the command that was asked for.
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let surroundings = Surroundings::of(arguments.connection);
    match Box::pin(arguments.command.run(&surroundings)).await {
        Err(failure) => Err(surroundings.completed(failure).await),
        done => done,
    }
}
