//! `query`

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// Ask in SQL
#[derive(Args, Clone, Debug)]
pub struct Arguments {}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let _ = (arguments, surroundings);
    Err(Failure::new("not made yet"))
}
