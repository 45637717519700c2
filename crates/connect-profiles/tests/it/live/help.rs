//! What `--help` says.

use super::{finish, program};

#[test]
fn help_has_examples_and_exit_codes() {
    for command in ["list", "get", "query", "export", "permissions"] {
        let help = finish(&mut program(&[command, "--help"])).out;
        assert!(help.contains("Exit codes: 0 "), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        insta::assert_snapshot!(command, help);
    }
}
