//! `completions` for every shell.

use assert_cmd::Command;

#[test]
fn each_shell_has_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let mut command = Command::cargo_bin("connect-profiles").unwrap();
        let output = command.args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for word in ["validate", "migrate", "completions", "service-token"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let output =
        Command::cargo_bin("connect-profiles").unwrap().args(["completions", "dos"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
