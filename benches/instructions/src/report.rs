//! The counts as a table, for people and for `docs/performance.md`.

use std::fmt::Write as _;

use crate::cases::CASES;
use crate::law::further;

/// Where the figures stand on the page.
pub(crate) const MARKS: [&str; 2] = [
    "<!-- instructions -->
",
    "<!-- /instructions -->
",
];

/// In thousands of instructions.
pub(crate) fn table(counts: &[[u64; 3]]) -> String {
    let mut text = String::from(
        "| thousand instructions | with 10 permissions | 100 | 500 | each further one, to 100 | to 500 | growth |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (counts, case) in counts.iter().zip(&CASES) {
        let [few, some, many] = counts.map(thousands);
        let slopes = further(*counts);
        let [before, after] = slopes.map(|slope| format!("{:.2}", slope / 1000.0));
        let _ = writeln!(
            text,
            "| {}: {} | {few} | {some} | {many} | {before} | {after} | {:.2} |",
            case.step,
            case.name,
            slopes[1] / slopes[0]
        );
    }
    text
}

fn thousands(count: u64) -> String {
    format!("{}", count.div_ceil(1000))
}
