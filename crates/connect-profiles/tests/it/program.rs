//! The built program in a pipe.

use std::path::Path;

/// What a run wrote, and how it ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// All of it as one text, without what differs from run to run.
    pub(crate) fn all(&self) -> String {
        let Self { code, out, err } = self;
        let mut all = format!("exit {code}\n{out}");
        if !err.is_empty() {
            all = format!("{all}--- stderr\n{err}");
        }
        masked(&all)
    }
}

/// Runs it in the root of the workspace, with no account and nothing else in its environment that matters.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_with(arguments, &[])
}

pub(crate) fn run_with(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    run_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")), arguments, environment)
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = assert_cmd::Command::cargo_bin("connect-profiles").unwrap();
    for name in [
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_CONNECT",
        "AWS_REGION",
        "CI",
        "CLICOLOR_FORCE",
        "RUST_BACKTRACE",
    ] {
        command.env_remove(name);
    }
    let base = [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_CONFIG_FILE", "/dev/null")];
    let keys = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    command.current_dir(folder).envs(base).envs(keys).envs(environment.iter().copied()).args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A text in which ids that differ from run to run, and times, are masked.
pub(crate) fn masked(text: &str) -> String {
    let known = [
        "11111111-2222-3333-4444-555555555555",
        "0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4",
        "99999999-8888-7777-6666-555555555555",
    ];
    let text = without_ids(text, |id| known.contains(&id));
    let mut parts = text.split("LastModifiedTime: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |masked, part| {
        masked + "LastModifiedTime: [time]" + part.trim_start_matches(|it: char| it.is_ascii_digit())
    })
}

/// A text in which ids are masked, but for those that are known.
pub(crate) fn without_ids(text: &str, is_known: impl Fn(&str) -> bool) -> String {
    let is_id = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut masked = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let may_be = rest.as_bytes().get(8) == Some(&b'-');
        if may_be && rest.get(..36).is_some_and(|head| is_id(head) && !is_known(head)) {
            masked.push_str("[id]");
            rest = &rest[36..];
        } else {
            masked.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    masked
}
