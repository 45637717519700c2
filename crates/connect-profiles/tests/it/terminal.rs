//! What is shown on a terminal: colours, and lines that fit.

use std::io::{Read as _, Write as _};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// What `validate` writes on a terminal so wide.
fn on_a_terminal(width: u16, no_color: bool, arguments: &[&str], template: &str) -> String {
    let mut file = tempfile(template);
    let pair = native_pty_system()
        .openpty(PtySize { rows: 40, cols: width, pixel_width: 0, pixel_height: 0 })
        .unwrap();
    let mut command = CommandBuilder::new(assert_cmd::cargo::cargo_bin("connect-profiles"));
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    if no_color {
        command.env("NO_COLOR", "1");
    }
    command.args(arguments);
    command.arg(file.path());
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut shown = Vec::new();
    // The terminal's end reads as an error on Linux.
    let _ = reader.read_to_end(&mut shown);
    child.wait().unwrap();
    file.remove();
    String::from_utf8(shown).unwrap()
}

struct File(std::path::PathBuf);

fn tempfile(text: &str) -> File {
    let name = format!("connect-profiles-{}-{}.yaml", std::process::id(), text.len());
    let path = std::env::temp_dir().join(name);
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    File(path)
}

impl File {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn remove(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_terminal_has_colours_and_long_lines_are_cut_to_it() {
    let long = format!(
        "Resources: {{A: {{Type: Custom::ConnectSecurityProfile, Properties: {{x: {}}}}}}}",
        "y".repeat(300)
    );
    let shown = on_a_terminal(70, false, &["validate"], &long);
    assert!(shown.contains("\u{1b}["), "{shown}");
    let plain = on_a_terminal(70, false, &["validate", "--color", "never"], &long);
    assert!(!plain.contains("\u{1b}["), "{plain}");
    assert_eq!(on_a_terminal(70, true, &["validate"], &long), plain);
    let source = plain.lines().find(|line| line.contains("Custom::")).unwrap();
    assert!(source.trim_end().chars().count() <= 78, "{source}");
}
