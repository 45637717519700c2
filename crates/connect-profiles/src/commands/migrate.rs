//! `migrate`

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// Move native `AWS::Connect::SecurityProfile` resources to ours
#[derive(Args, Clone, Debug)]
pub struct Arguments {}

/// Runs it.
pub async fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let _ = (arguments, surroundings);
    Err(Failure::new("not made yet"))
}
