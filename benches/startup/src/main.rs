//! Where the time goes between a Lambda's start and its first answer: `make bench-startup` measures, prints, and writes the
//! figures of `docs/performance.md`.
//!
//! `startup BOOTSTRAP [EMPTY]` measures; RUNS says how often. It starts itself again, too, for the parts of a start.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
// The SDK's futures nest deeply.
#![recursion_limit = "256"]

mod gauge;
#[path = "../../../src/logging.rs"]
#[allow(dead_code, reason = "the provider's own, of which the start is used")]
mod logging;
#[path = "../../page/mod.rs"]
mod page;
mod parts;
mod report;
mod surroundings;
mod whole;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gauge::{Gauge, clock};
use parts::{SEQUENCES, Told};
use surroundings::Surroundings;
use whole::{Whole, loader, once};

const SEQUENCE: &str = "STARTUP_SEQUENCE";
const BEGUN: &str = "STARTUP_BEGUN";
const BUCKET: &str = "STARTUP_BUCKET";

/// All that was measured.
struct Measured {
    runs: usize,
    sequences: Vec<Vec<(String, Gauge)>>,
    bootstrap: Vec<Whole>,
    empty: Vec<Whole>,
    loader: Option<(f64, f64)>,
}

#[expect(clippy::print_stdout, reason = "a benchmark's own figures")]
fn main() {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(sequence) = variable(SEQUENCE) {
        let bucket = variable(BUCKET).unwrap();
        let event = surroundings::event(&bucket);
        let begun = variable(BEGUN).and_then(|text| text.parse().ok()).unwrap();
        println!("{}", parts::run(&sequence, &Told { begun, bucket, event }));
        // Threads that still serve connections are not waited for.
        std::process::exit(0);
    }
    let mut programs =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let bootstrap = programs.next().expect("the path of a bootstrap");
    let empty = programs.next();
    let runs = variable("RUNS").and_then(|text| text.parse().ok()).unwrap_or(30);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/startup");
    std::fs::create_dir_all(&folder).unwrap();
    let system = variable("ROOTS").unwrap_or_else(|| "/etc/ssl/certs/ca-certificates.crt".to_owned());
    let surroundings = Surroundings::start(Path::new(&system), &folder);

    let measured = measure(&bootstrap, empty.as_deref(), &surroundings, runs);
    let figures = report::figures(&measured);
    println!("{figures}");
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    if variable("WRITE").is_some() {
        page::insert(&document, report::MARKS, &figures).unwrap();
    }
}

/// One of each in turn, so that what else the machine does meets them all; the first round is not counted.
fn measure(bootstrap: &Path, empty: Option<&Path>, surroundings: &Surroundings, runs: usize) -> Measured {
    let mut sequences = vec![Vec::new(); SEQUENCES.len()];
    let (mut bootstraps, mut empties) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let parts = SEQUENCES.map(|sequence| parts::read(&itself(sequence, surroundings)));
        let whole = once(bootstrap, surroundings, true);
        let nothing = empty.map(|empty| once(empty, surroundings, false));
        if run > 0 {
            sequences.iter_mut().zip(parts).for_each(|(runs, parts)| runs.push(parts));
            bootstraps.push(whole);
            empties.extend(nothing);
        }
    }
    Measured {
        runs,
        sequences: sequences.iter().map(|runs| parts::medians(runs)).collect(),
        bootstrap: bootstraps,
        empty: empties,
        loader: loader(bootstrap, runs),
    }
}

/// Starts this program again for one sequence.
fn itself(sequence: &str, surroundings: &Surroundings) -> String {
    let runtime_api = surroundings.runtime_api();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env_clear().envs(surroundings.environment(&runtime_api));
    command.env(SEQUENCE, sequence).env(BUCKET, &surroundings.bucket);
    command.env("AWS_LAMBDA_LOG_LEVEL", "ERROR");
    let output = command
        .env(BEGUN, clock().to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the sequence `{sequence}`");
    String::from_utf8(output.stdout).unwrap()
}
