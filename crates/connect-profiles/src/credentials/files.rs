//! The AWS configuration files: where they are, whether they can be read, and whether the wanted profile is in them.

use std::borrow::Cow;
use std::error::Error as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aws_config::profile::{Profile, ProfileFileLoadError, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use connect_security_profile::catalogue::nearest;

use super::variable;
use crate::failure::Failure;

/// The two files as the SDK reads them, and the profile that is wanted of them.
#[derive(Debug)]
pub struct Files {
    config: PathBuf,
    credentials: PathBuf,
    profiles: ProfileSet,
    wanted: String,
}

impl Files {
    /// Reads them, for the profile that the command line names, else the one that `AWS_PROFILE` names, else `default`.
    pub async fn read(flag: Option<&str>) -> Result<Self, Failure> {
        let config = path("AWS_CONFIG_FILE", "config");
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        // The SDK takes a file that it cannot read for an empty one.
        for path in [&config, &credentials] {
            match std::fs::read(path) {
                Ok(bytes) if std::str::from_utf8(&bytes).is_err() => {
                    return Err(Failure::new(format_args!("`{}` is not valid UTF-8", path.display()))
                        .hint("save the file as UTF-8"));
                }
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Failure::new(format_args!(
                        "`{}` cannot be read: {}",
                        path.display(),
                        without_number(&error.to_string())
                    ))
                    .hint(
                        "correct the permissions of the file, or name another by `AWS_CONFIG_FILE` or \
                         `AWS_SHARED_CREDENTIALS_FILE`",
                    ));
                }
                _ => {}
            }
        }
        let named = flag.map(ToOwned::to_owned).or_else(|| std::env::var("AWS_PROFILE").ok());
        let wanted = named.clone().unwrap_or_else(|| "default".to_owned());
        let (fs, env, both) = (Fs::real(), Env::real(), EnvConfigFiles::default());
        let profiles = aws_config::profile::load(&fs, &env, &both, Some(Cow::Owned(wanted.clone()))).await;
        let profiles = profiles.map_err(|error| malformed(&error))?;
        let files = Self { config, credentials, profiles, wanted };
        if named.is_some() && files.profile(&files.wanted).is_none() {
            let by = if flag.is_some() { "`--profile`" } else { "`AWS_PROFILE`" };
            return Err(files.no_profile(&files.wanted, by));
        }
        Ok(files)
    }

    /// The profile of that name.
    pub(super) fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get_profile(name)
    }

    pub(super) fn has_sso_session(&self, name: &str) -> bool {
        self.profiles.sso_session(name).is_some()
    }

    /// The region that the wanted profile names.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.profile(&self.wanted)?.get("region")
    }

    /// The name of the wanted profile.
    #[must_use]
    pub fn wanted(&self) -> &str {
        &self.wanted
    }

    /// The path of `~/.aws/config`, or what stands for it.
    pub(super) fn config_path(&self) -> String {
        self.config.display().to_string()
    }

    /// That a profile which something names is in neither file.
    pub(super) fn no_profile(&self, name: &str, named_by: &str) -> Failure {
        let failure = Failure::new(format_args!(
            "AWS profile `{name}`, named by {named_by}, not found in `{}` or `{}`",
            self.config.display(),
            self.credentials.display()
        ));
        if self.has_bare_section(name) {
            let config = self.config.display();
            return failure
                .hint(format_args!("in `{config}` write `[profile {name}]` instead of `[{name}]`"));
        }
        if has_section(&self.credentials, &format!("profile {name}")) {
            let credentials = self.credentials.display();
            return failure
                .hint(format_args!("in `{credentials}` write `[{name}]` instead of `[profile {name}]`"));
        }
        let mut names: Vec<&str> = self.profiles.profiles().collect();
        names.sort_unstable();
        match nearest(name, names.iter().copied()) {
            Some(nearest) => failure.hint(format_args!("did you mean `{nearest}`?")),
            None if names.is_empty() => {
                failure.hint("the files have no profiles: run `aws configure` or `aws configure sso`")
            }
            None => failure.hint(format_args!("the profiles are `{}`", names.join("`, `"))),
        }
    }

    /// Whether the config file has the profile as a section without the word `profile`, which no AWS tool reads.
    fn has_bare_section(&self, name: &str) -> bool {
        has_section(&self.config, name)
    }
}

fn has_section(path: &Path, name: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().any(|line| line.trim() == format!("[{name}]"))
}

/// The path that the variable names, else the file of that name in `~/.aws`.
fn path(variable_name: &str, file: &str) -> PathBuf {
    let home = || PathBuf::from(std::env::var("HOME").unwrap_or_else(|_| "~".to_owned()));
    let Some(named) = variable(variable_name) else { return home().join(".aws").join(file) };
    match named.strip_prefix("~/") {
        Some(rest) => home().join(rest),
        None => PathBuf::from(named),
    }
}

/// The SDK's parser has file and line in its words only: `error parsing <file> on line <line>:\n  <what>`.
fn malformed(error: &ProfileFileLoadError) -> Failure {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let parts = said.strip_prefix("error parsing ").and_then(|rest| rest.rsplit_once(" on line "));
    let place = parts.and_then(|(file, rest)| Some((file, rest.split_once(':')?)));
    let failure = match place {
        Some((file, (line, what))) => {
            let mut what = what.trim().chars();
            let first = what.next().map(|it| it.to_ascii_lowercase());
            let what: String = first.into_iter().chain(what).collect();
            Failure::new(format_args!("`{file}` is malformed: line {line}: {what}"))
        }
        None => Failure::new("an AWS configuration file is malformed"),
    };
    failure.hint("a file has sections such as `[profile name]`, and below each lines of `name = value`")
}

/// "Permission denied (os error 13)" in the words of our messages.
pub(super) fn without_number(error: &str) -> String {
    error.split(" (os error").next().unwrap_or_default().to_lowercase()
}
