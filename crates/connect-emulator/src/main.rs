//! The emulator on a port of the loopback interface.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail"))]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to its user")]

mod arguments;

use std::io::Write;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use connect_emulator::{Emulator, Profile, serve};
use tokio::net::TcpListener;

use arguments::{Arguments, USAGE, parse};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if std::env::args().skip(1).any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match parse(std::env::args().skip(1)) {
        Ok(arguments) => run(arguments).await,
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

async fn run(Arguments { port, profiles, configuration }: Arguments) -> ExitCode {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            eprintln!(
                "error: port {port} is in use by another program; choose another, or 0 for any free one"
            );
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("error: port {port} cannot be served: {error}");
            return ExitCode::FAILURE;
        }
    };
    let emulator = Emulator::new(configuration);
    for instance in emulator.instance_ids() {
        for number in 1..=profiles {
            emulator.put_profile(&instance, Profile::named(format!("Seeded {number:04}")));
        }
    }
    let server = serve(emulator, listener).await;
    println!("listening on {}", server.endpoint());
    // Whoever waits for the line reads it from a pipe.
    let _ = std::io::stdout().flush();
    server.finished().await;
    ExitCode::SUCCESS
}
