//! Ctrl-C: what is under way is dropped, the terminal is left as it was found, and the exit code is 130.

use std::future::Future;

use crate::exit::Exit;
use crate::failure::Failure;

/// Runs the work until it is done or Ctrl-C is pressed.
pub async fn until_interrupted(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    tokio::select! {
        result = Box::pin(work) => result,
        Ok(()) = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
    }
}
