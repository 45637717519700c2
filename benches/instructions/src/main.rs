//! Counts instructions of the pure core under valgrind's callgrind, with 10, 100 and 500 permissions: `make instructions`.
//!
//! Fails where work grows out of proportion to the number of permissions. How many instructions there are depends on the
//! compiler and is compared with nothing.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
// The SDK's futures nest deeply.
#![recursion_limit = "256"]

mod cases;
mod law;
#[path = "../../page/mod.rs"]
mod page;
mod report;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use cases::CASES;
use law::{SIZES, holds};

/// Says to count, to the process that valgrind runs.
const COUNTED: &str = "INSTRUCTIONS_COUNTED";

#[expect(clippy::print_stdout, reason = "a benchmark's own figures")]
fn main() -> ExitCode {
    if std::env::var_os(COUNTED).is_some() {
        run();
        return ExitCode::SUCCESS;
    }
    let counts = count();
    println!("{}", report::table(&counts));
    if std::env::var_os("WRITE").is_some() {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
        page::insert(&document, report::MARKS, &report::table(&counts)).unwrap();
    }
    let mut fails = counts.iter().zip(&CASES).filter(|(counts, _)| !holds(**counts)).peekable();
    if fails.peek().is_none() {
        return ExitCode::SUCCESS;
    }
    for (counts, case) in fails {
        let [before, after] = law::further(*counts);
        println!(
            "{}, {}: one further permission costs {after:.0} instructions from 100 to 500 on, and {before:.0} before",
            case.step, case.name
        );
    }
    ExitCode::FAILURE
}

/// Does each case once for what is done the first time only, and then once of each size to be counted.
fn run() {
    for case in &CASES {
        (case.prepare)(SIZES[0])();
        for size in SIZES {
            counted_work(&mut *(case.prepare)(size));
        }
    }
}

/// What valgrind counts, and nothing else: it knows the function by [`NAME`].
#[inline(never)]
fn counted_work(work: &mut dyn FnMut()) {
    work();
    // Keeps the call from being the last thing, which would be a jump.
    std::hint::black_box(());
}

/// Of [`counted_work`]; callgrind wants it whole.
const NAME: &str = "instructions::counted_work";

/// Runs this program under callgrind, which writes a file after each call of `counted_work`.
fn count() -> Vec<[u64; 3]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/instructions");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .args([format!("--toggle-collect={NAME}"), format!("--dump-after={NAME}")])
        .arg(format!("--callgrind-out-file={}", folder.join("counts").display()))
        .arg(std::env::current_exe().unwrap())
        .env(COUNTED, "1")
        .output()
        .expect("valgrind can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let total = |number: usize| {
        let path = folder.join(format!("counts.{number}"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let line =
            text.lines().find_map(|line| line.strip_prefix("summary:")).expect("a file of callgrind's");
        line.trim().parse::<u64>().unwrap()
    };
    let totals: Vec<u64> = (1..=CASES.len() * SIZES.len()).map(total).collect();
    totals.chunks_exact(SIZES.len()).map(|counts| [counts[0], counts[1], counts[2]]).collect()
}
