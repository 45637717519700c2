//! `ASSUMPTIONS.md` says what is so: the tests that it names exist, and it names every choice.

use std::fs;
use std::path::Path;

const ASSUMPTIONS: &str = include_str!("../../ASSUMPTIONS.md");

fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { sources(&path) } else { fs::read_to_string(path).unwrap() })
        .collect()
}

/// The words in backticks in the last column of the tables.
fn pinning_tests() -> Vec<&'static str> {
    ASSUMPTIONS
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| doubt"))
        .flat_map(|line| {
            line.trim_end_matches(" |").rsplit(" | ").next().unwrap().split('`').skip(1).step_by(2)
        })
        .collect()
}

#[test]
fn every_test_that_pins_an_assumption_exists() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(&package.join("src")) + &sources(&package.join("tests/it"));
    let tests = pinning_tests();
    assert!(tests.len() > 40);
    for test in tests {
        assert!(sources.contains(&format!("fn {test}(")), "no test `{test}`");
    }
}

#[test]
fn every_choice_is_in_the_table() {
    let choices = include_str!("../../src/choices.rs");
    let fields: Vec<_> =
        choices.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": ")).collect();
    assert_eq!(fields.len(), 12);
    for (field, _) in fields {
        assert!(ASSUMPTIONS.contains(&format!("| `{field}` |")), "`{field}` is not in the table");
    }
}
