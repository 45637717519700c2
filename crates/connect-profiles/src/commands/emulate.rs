//! `emulate`: the embedded Connect on a port of the loopback interface.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use clap::Args;
use connect_emulator::{Configuration, Emulator, Policy, PolicyError, Profile, Quota, serve};
use connect_security_profile::arn::InstanceArn;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::surroundings::{LOCAL_REGION, Surroundings};

const EXAMPLES: &str = "\
Any AWS SDK can use it, with the access key `test` and the secret `test`. Ctrl-C ends it.

Examples:
  connect-profiles emulate --port 8110
  connect-profiles emulate --quota 2/5               throttle as Connect does
  connect-profiles emulate --state connect.json      keep what is there from run to run
  connect-profiles emulate --policy test=role.json   refuse what this IAM policy does not allow

Exit codes: 0 ended with Ctrl-C, 1 it could not be served.";

/// The file that keeps what is there: profiles by the ARN of their instance.
type State = BTreeMap<String, Vec<Profile>>;

/// Serve the embedded Connect
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The port; 0 is any that is free
    #[arg(long, default_value_t = 8110)]
    pub port: u16,
    /// Requests a second for each operation, and how many may come at once, as `2/5`; without it none is throttled
    #[arg(long, value_name = "RATE/BURST", value_parser = quota)]
    pub quota: Option<Quota>,
    /// An instance; without any there is one, in us-east-1
    #[arg(long, value_name = "ARN")]
    pub instance_arn: Vec<String>,
    /// An access key besides `test`; repeatable
    #[arg(long, value_name = "ID:SECRET", value_parser = key)]
    pub key: Vec<(String, String)>,
    /// An IAM policy of an access key, which may then do only what its policies allow; repeatable
    #[arg(long, value_name = "KEY=FILE", value_parser = key_and_file)]
    pub policy: Vec<(String, PathBuf)>,
    /// Where what is there is read from, if the file exists, and written to at the end
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// Runs it.
pub async fn run(arguments: &Arguments, _: &Surroundings) -> Result<Exit, Failure> {
    let state = arguments.state.as_deref().map_or_else(|| Ok(State::new()), read)?;
    let emulator = emulator(arguments, state)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await.map_err(|error| {
        Failure::new(format!("port {} cannot be served: {error}", arguments.port))
            .hint("choose another with `--port`; `--port 0` is any that is free")
    })?;
    // A file that cannot be written is told now, and not when there is something to lose.
    if let Some(path) = &arguments.state {
        write(path, &emulator)?;
    }
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::new)?;
    let server = serve(emulator.clone(), listener).await;
    let arns: Vec<String> =
        emulator.instance_ids().iter().filter_map(|id| emulator.instance_arn(id)).collect();
    let endpoint = server.endpoint();
    print(&format!("listening on {endpoint}\n"))?;
    eprintln!("\nIts instances, each with Connect's default profiles:");
    for arn in &arns {
        eprintln!("  {arn}");
    }
    eprintln!("\nTry it from another terminal:");
    eprintln!("  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION={LOCAL_REGION}");
    if let Some(arn) = arns.first() {
        eprintln!("  connect-profiles list --endpoint-url {endpoint} --instance-arn {arn}");
    }
    eprintln!("\nCtrl-C ends it.");
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Failure::new)?,
        _ = terminated.recv() => {}
        () = server.finished() => {}
    }
    if let Some(path) = &arguments.state {
        write(path, &emulator)?;
    }
    Ok(Exit::Done)
}

fn emulator(arguments: &Arguments, state: State) -> Result<Emulator, Failure> {
    let instances: Result<Vec<InstanceArn>, Failure> = arguments
        .instance_arn
        .iter()
        .chain(state.keys())
        .map(|arn| arn.parse().map_err(|error| Failure::new(format!("`{arn}`: {error}"))))
        .collect();
    let instances = instances?;
    let mut configuration = Configuration { quota: arguments.quota, ..Configuration::default() };
    configuration.credentials.extend(arguments.key.iter().cloned());
    for (key, path) in &arguments.policy {
        if !configuration.credentials.iter().any(|(id, _)| id == key) {
            return Err(Failure::new(format!("`--policy`: the access key `{key}` is not known"))
                .hint(format!("add it with `--key {key}:SECRET`")));
        }
        configuration.policies.push((key.clone(), policy(path)?));
    }
    if let Some(first) = instances.first() {
        first.account().clone_into(&mut configuration.account);
        if let Some(other) = instances.iter().find(|it| it.account() != first.account()) {
            return Err(Failure::new(format!("{first} and {other} are in different accounts"))
                .hint("one embedded Connect is one account; serve the other on another port"));
        }
        configuration.instances =
            instances.iter().map(|it| (it.region().to_owned(), it.id().to_owned())).collect();
    }
    let emulator = Emulator::new(configuration);
    for (arn, profiles) in state {
        let Some(instance) = instances.iter().find(|it| it.to_string() == arn) else { continue };
        for default in emulator.profiles(instance.id()) {
            emulator.remove_profile(instance.id(), &default.name);
        }
        for profile in profiles {
            if emulator.profile(instance.id(), &profile.name).is_some() {
                return Err(Failure::new(format!("two profiles of {arn} are called `{}`", profile.name)));
            }
            emulator.put_profile(instance.id(), profile);
        }
    }
    Ok(emulator)
}

fn policy(path: &Path) -> Result<Policy, Failure> {
    crate::files::read(path)?.parse().map_err(|error: PolicyError| {
        Failure::new(format!("`{}` is not an IAM policy that can be followed: {error}", path.display()))
    })
}

fn read(path: &Path) -> Result<State, Failure> {
    if path.try_exists().is_ok_and(|exists| !exists) {
        return Ok(State::new());
    }
    serde_json::from_str(&crate::files::read(path)?)
        .map_err(|error| Failure::new(format!("`{}` is no state of `emulate`: {error}", path.display())))
}

fn write(path: &Path, emulator: &Emulator) -> Result<(), Failure> {
    let of = |id: &String| Some((emulator.instance_arn(id)?, emulator.profiles(id)));
    let state: State = emulator.instance_ids().iter().filter_map(of).collect();
    let text = serde_json::to_string_pretty(&state).map_err(Failure::new)?;
    let beside = path.with_added_extension("new");
    std::fs::write(&beside, text + "\n")
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))
}

fn key(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok((id.to_owned(), secret.to_owned())),
        _ => Err("it is written ID:SECRET".to_owned()),
    }
}

fn key_and_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((key, file)) if !key.is_empty() && !file.is_empty() => Ok((key.to_owned(), PathBuf::from(file))),
        _ => Err("it is written KEY=FILE, such as test=role.json".to_owned()),
    }
}

fn quota(text: &str) -> Result<Quota, String> {
    let (rate, burst) = text.split_once('/').ok_or("it is written RATE/BURST, such as 2/5")?;
    let rate: f64 = rate.parse().map_err(|_| "the rate is a number of requests a second, such as 2")?;
    let burst: u32 = burst.parse().map_err(|_| "the burst is a whole number of requests, such as 5")?;
    if rate.is_finite() && rate > 0.0 && burst > 0 {
        Ok(Quota { rate, burst })
    } else {
        Err("rate and burst must be more than 0".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_a_policy_are_written_in_two_parts() {
        assert_eq!(key("AKIA:a:b"), Ok(("AKIA".to_owned(), "a:b".to_owned())));
        assert_eq!(key_and_file("AKIA=a=b"), Ok(("AKIA".to_owned(), PathBuf::from("a=b"))));
        for bad in ["AKIA", ":x", "x:"] {
            assert!(key(bad).is_err(), "{bad}");
        }
        for bad in ["AKIA", "=x", "x="] {
            assert!(key_and_file(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_quota_is_a_rate_and_a_burst() {
        assert_eq!(quota("2/5"), Ok(Quota { rate: 2.0, burst: 5 }));
        assert_eq!(quota("0.5/1"), Ok(Quota { rate: 0.5, burst: 1 }));
        for bad in ["2", "2/0", "-1/5", "NaN/5", "x/5", "2/x"] {
            assert!(quota(bad).is_err(), "{bad}");
        }
    }
}
