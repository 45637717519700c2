//! The built program, run as its users run it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod completions;
mod invoke;
mod live;
mod migrate;
mod plan;
mod policy;
mod probe;
mod program;
mod reader;
mod same;
mod served;
mod terminal;
mod validate;

#[test]
fn help_lists_every_command() {
    let output = assert_cmd::Command::cargo_bin("connect-profiles").unwrap().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for command in ["validate", "plan", "drift", "list", "query", "export", "migrate", "policy", "probe"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
}
