//! `connect-profiles`: reads the command line, runs, and says in its exit code what came of it.

use std::process::ExitCode;

use clap::Parser;
use connect_profiles::arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // What cannot be written, say to a pipe that is closed, is not worth an end of its own.
            let _ = error.print();
            // Not the usual 2, which means changes here.
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    arguments.color.write_global();
    match connect_profiles::run(arguments).await {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.show();
            ExitCode::FAILURE
        }
    }
}
