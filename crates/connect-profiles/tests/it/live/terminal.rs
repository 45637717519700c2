//! On a terminal: colours, width, the bar, and Ctrl-C.

use std::io::{Read, Write};

use connect_emulator::Profile;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::World;

/// Runs the program on a terminal of 60 columns; presses Ctrl-C once the text is seen.
fn on_terminal(
    world: &World,
    arguments: &[&str],
    variables: &[(&str, &str)],
    until: Option<&str>,
) -> (u32, String) {
    let size = PtySize { rows: 30, cols: 60, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let plain = world.command(arguments);
    let mut command = CommandBuilder::new(plain.get_program());
    command.args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    for (name, value) in variables {
        command.env(name, value);
    }
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let mut seen = String::new();
    let mut bytes = [0; 4096];
    let mut is_pressed = until.is_none();
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        if !is_pressed && until.is_some_and(|until| seen.contains(until)) {
            writer.write_all(b"\x03").unwrap();
            is_pressed = true;
        }
    }
    (child.wait().unwrap().exit_code(), seen)
}

#[test]
fn a_table_fits_the_terminal_and_has_colours_unless_they_are_refused() {
    let world = World::new();
    let arguments = ["list", "--columns", "name,description,permissions"];
    let (code, seen) = on_terminal(&world, &arguments, &[], None);
    assert_eq!(code, 0);
    assert!(seen.contains("\u{1b}[1m"), "{seen:?}");
    for line in anstream::adapter::strip_str(&seen).to_string().lines() {
        assert!(line.chars().count() <= 60, "{line}");
    }
    let (_, seen) = on_terminal(&world, &arguments, &[("NO_COLOR", "1")], None);
    assert!(!seen.contains("\u{1b}[1m"), "{seen:?}");
}

#[test]
fn the_handy_columns_take_one_line_each_also_where_there_is_little_room() {
    let world = World::new();
    let (_, seen) = on_terminal(&world, &["list"], &[], None);
    let lines: Vec<String> =
        anstream::adapter::strip_str(&seen).to_string().lines().map(ToOwned::to_owned).collect();
    assert_eq!(lines.len(), 5, "{seen}");
    assert!(lines[0].trim_end().ends_with("modified"), "{seen}");
}

#[test]
fn a_long_reading_shows_its_progress_and_ends_by_ctrl_c() {
    let world = World::new();
    for number in 0..40 {
        world.put(Profile::named(format!("Profile {number}")));
    }
    let arguments = ["list", "--columns", "description", "--rate", "4/4"];
    let (code, seen) = on_terminal(&world, &arguments, &[], Some(" s left"));
    assert_eq!(code, 130, "{seen}");
    assert!(seen.contains(" of 4") && seen.contains("calls"), "{seen}");
}

#[test]
fn in_a_pipe_there_is_no_bar() {
    let world = World::new();
    for number in 0..8 {
        world.put(Profile::named(format!("Profile {number}")));
    }
    let run = world.run(&["list", "--columns", "description", "--rate", "10/2"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}
