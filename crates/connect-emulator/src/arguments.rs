//! The arguments of the binary.

use std::collections::BTreeSet;
use std::time::Duration;

use connect_emulator::{Configuration, Policy, Quota};

/// How to use the binary.
pub(crate) const USAGE: &str = "\
usage: connect-emulator [options]

  --port N               the port on 127.0.0.1; 0, the default, takes any free one
  --account DIGITS       the account (default 000000000000)
  --region REGION        the region of the `--instance ID`s that follow (default us-east-1)
  --instance ID          an instance, may be repeated; also REGION:ID
  --quota RATE/BURST     requests a second and at once, for each operation (default: none)
  --read-lag-ms N        how long writes stay invisible to reads (default 0)
  --profiles N           seeds each instance with N customer profiles
  --key ID:SECRET        an access key besides test:test, may be repeated
  --policy KEY=FILE      an IAM policy of an access key, which may then do only what its policies allow; may be
                         repeated, for one key too (default: every key may do everything)
  --aws-managed NAME     gives each instance a profile that AWS manages
  --flow-module ID[:MS]  a flow module that profiles may name, valid after MS milliseconds; may be
                         repeated. Without any, flow modules are not checked";

/// What the arguments ask for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) profiles: usize,
    pub(crate) configuration: Configuration,
}

/// A mistake in the arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("`{0}` needs a value")]
    NoValue(String),
    #[error("`{argument}`: `{value}` is not {wanted}")]
    BadValue { argument: String, value: String, wanted: &'static str },
    #[error("there is no argument `{0}`")]
    Unknown(String),
    #[error("the instance `{0}` is given twice")]
    Twice(String),
    #[error("`--policy`: `{file}`: {message}")]
    Policy { file: String, message: String },
    #[error("`--policy`: the access key `{0}` is not known: give it with `--key`")]
    UnknownKey(String),
}

/// Reads the arguments, without the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Arguments, ArgumentError> {
    let mut configuration = Configuration::default();
    let (mut port, mut profiles) = (0, 0);
    let mut region: Option<String> = None;
    let mut instances: Vec<(String, String)> = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let known = [
            "--port",
            "--account",
            "--region",
            "--instance",
            "--quota",
            "--read-lag-ms",
            "--profiles",
            "--key",
            "--policy",
            "--aws-managed",
            "--flow-module",
        ];
        if !known.contains(&argument.as_str()) {
            return Err(ArgumentError::Unknown(argument));
        }
        let value = arguments.next().ok_or_else(|| ArgumentError::NoValue(argument.clone()))?;
        let bad =
            |wanted| ArgumentError::BadValue { argument: argument.clone(), value: value.clone(), wanted };
        match argument.as_str() {
            "--port" => port = value.parse().map_err(|_| bad("a port: 0 to 65535"))?,
            "--account" => {
                if value.len() != 12 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(bad("an account: twelve digits"));
                }
                configuration.account.clone_from(&value);
            }
            "--region" => {
                if !is_name(&value) {
                    return Err(bad("a region, such as `eu-west-2`"));
                }
                region = Some(value);
            }
            "--instance" => {
                let own_region = region.as_deref().unwrap_or("us-east-1");
                let (region, id) = value.split_once(':').unwrap_or((own_region, &value));
                if !is_name(region) || !is_name(id) {
                    return Err(bad("an instance: `<id>` or `<region>:<id>`"));
                }
                instances.push((region.to_owned(), id.to_owned()));
            }
            "--quota" => {
                configuration.quota = Some(parse_quota(&value).ok_or_else(|| bad("a quota, such as `2/5`"))?);
            }
            "--read-lag-ms" => {
                let milliseconds = value.parse().map_err(|_| bad("a number of milliseconds"))?;
                configuration.read_lag = Duration::from_millis(milliseconds);
            }
            "--profiles" => profiles = value.parse().map_err(|_| bad("a number of profiles"))?,
            "--key" => {
                let key = value.split_once(':').filter(|(id, secret)| !id.is_empty() && !secret.is_empty());
                let (id, secret) = key.ok_or_else(|| bad("an access key, `<id>:<secret>`"))?;
                configuration.credentials.push((id.to_owned(), secret.to_owned()));
            }
            "--flow-module" => {
                let module = parse_module(&value);
                let (id, delay) =
                    module.ok_or_else(|| bad("a flow module, `<id>` or `<id>:<milliseconds>`"))?;
                configuration.flow_modules.insert(id, delay);
            }
            "--policy" => {
                let policy = value.split_once('=').filter(|(key, file)| !key.is_empty() && !file.is_empty());
                let (key, file) = policy.ok_or_else(|| bad("a policy of a key, `<key id>=<file>`"))?;
                configuration.policies.push((key.to_owned(), read_policy(file)?));
            }
            _ => configuration.aws_managed_profile = Some(value),
        }
    }
    for (key, _) in &configuration.policies {
        if !configuration.credentials.iter().any(|(id, _)| id == key) {
            return Err(ArgumentError::UnknownKey(key.clone()));
        }
    }
    let mut ids = BTreeSet::new();
    for (_, id) in &instances {
        if !ids.insert(id) {
            return Err(ArgumentError::Twice(id.clone()));
        }
    }
    if !instances.is_empty() {
        configuration.instances = instances;
    } else if let (Some(region), Some((default, _))) = (region, configuration.instances.first_mut()) {
        *default = region;
    }
    Ok(Arguments { port, profiles, configuration })
}

fn read_policy(file: &str) -> Result<Policy, ArgumentError> {
    let told = |message: String| ArgumentError::Policy { file: file.to_owned(), message };
    let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
    text.parse().map_err(|error: connect_emulator::PolicyError| told(error.to_string()))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn parse_quota(value: &str) -> Option<Quota> {
    let (rate, burst) = value.split_once('/')?;
    let quota = Quota { rate: rate.parse().ok()?, burst: burst.parse().ok()? };
    (quota.rate.is_finite() && quota.rate > 0.0 && quota.burst > 0).then_some(quota)
}

fn parse_module(value: &str) -> Option<(String, Duration)> {
    let (id, milliseconds) = value.split_once(':').unwrap_or((value, "0"));
    let delay = Duration::from_millis(milliseconds.parse().ok()?);
    (!id.is_empty()).then(|| (id.to_owned(), delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, ArgumentError> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn without_arguments_the_defaults_hold() {
        let expected = Arguments { port: 0, profiles: 0, configuration: Configuration::default() };
        assert_eq!(parsed(""), Ok(expected));
    }

    #[test]
    fn every_argument_is_read() {
        let arguments = parsed(
            "--port 4600 --account 123456789012 --region eu-west-2 --instance a --instance ap-south-1:b \
             --quota 2/5 --read-lag-ms 250 --profiles 7 --aws-managed Agentic \
             --flow-module a --flow-module b:1500",
        )
        .unwrap();
        assert_eq!((arguments.port, arguments.profiles), (4600, 7));
        let configuration = arguments.configuration;
        assert_eq!(configuration.account, "123456789012");
        let instances = [("eu-west-2", "a"), ("ap-south-1", "b")];
        assert_eq!(configuration.instances, instances.map(|(region, id)| (region.to_owned(), id.to_owned())));
        assert_eq!(configuration.quota, Some(Quota { rate: 2.0, burst: 5 }));
        assert_eq!(configuration.read_lag, Duration::from_millis(250));
        assert_eq!(configuration.aws_managed_profile.as_deref(), Some("Agentic"));
        let modules =
            [("a", 0), ("b", 1500)].map(|(id, delay)| (id.to_owned(), Duration::from_millis(delay)));
        assert_eq!(configuration.flow_modules, modules.into());
    }

    #[test]
    fn a_region_alone_moves_the_default_instance() {
        let region = parsed("--region eu-west-2").unwrap().configuration.instances[0].0.clone();
        assert_eq!(region, "eu-west-2");
    }

    #[test]
    fn each_mistake_is_told() {
        let mistakes = [
            "--port",
            "--port 70000",
            "--account 123",
            "--region eu/west",
            "--instance eu-west-2:",
            "--quota 2",
            "--quota 0/5",
            "--read-lag-ms soon",
            "--profiles -1",
            "--key alone",
            "--flow-module a:soon",
            "--policy test",
            "--policy test=/nowhere/policy.json",
            "--policy other=/dev/null",
            "--verbose",
            "--instance a --instance eu-west-2:a",
        ]
        .map(|line| parsed(line).unwrap_err().to_string());
        insta::assert_snapshot!(mistakes.join("\n"), @r"
        `--port` needs a value
        `--port`: `70000` is not a port: 0 to 65535
        `--account`: `123` is not an account: twelve digits
        `--region`: `eu/west` is not a region, such as `eu-west-2`
        `--instance`: `eu-west-2:` is not an instance: `<id>` or `<region>:<id>`
        `--quota`: `2` is not a quota, such as `2/5`
        `--quota`: `0/5` is not a quota, such as `2/5`
        `--read-lag-ms`: `soon` is not a number of milliseconds
        `--profiles`: `-1` is not a number of profiles
        `--key`: `alone` is not an access key, `<id>:<secret>`
        `--flow-module`: `a:soon` is not a flow module, `<id>` or `<id>:<milliseconds>`
        `--policy`: `test` is not a policy of a key, `<key id>=<file>`
        `--policy`: `/nowhere/policy.json`: No such file or directory (os error 2)
        `--policy`: `/dev/null`: the policy cannot be read: EOF while parsing a value at line 1 column 0
        there is no argument `--verbose`
        the instance `a` is given twice
        ");
    }
}
