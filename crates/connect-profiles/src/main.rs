//! `connect-profiles`: reads the command line, runs, and says in its exit code what came of it.

use std::process::ExitCode;

use clap::Parser;
use connect_profiles::arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.write_global();
    match connect_profiles::run(arguments).await {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.show();
            ExitCode::FAILURE
        }
    }
}
