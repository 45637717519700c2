//! What the commands that only read run under: the policy that `policy` writes for a reader of these instances.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use connect_emulator::{Call, Configuration, Emulator, Policy};
use serde_json::json;

use crate::program::run;

/// The reader's session.
pub(crate) const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "ASIAREADER"), ("AWS_SECRET_ACCESS_KEY", "of-the-reader")];

/// The configuration with the reader's key in it. The reader may read its instances and these others.
pub(crate) fn with_reader(mut configuration: Configuration, others: &[&str]) -> Configuration {
    let [(_, key), (_, secret)] = KEYS;
    configuration.credentials.push((key.to_owned(), secret.to_owned()));
    let arns = Emulator::new(configuration.clone());
    let mut arns: Vec<String> = arns.instance_ids().iter().filter_map(|id| arns.instance_arn(id)).collect();
    arns.extend(others.iter().map(|arn| (*arn).to_owned()));
    configuration.policies =
        [written(&arns), finds_instances()].map(|policy| (key.to_owned(), policy)).into();
    configuration
}

/// What `policy` writes for these instances.
fn written(arns: &[String]) -> Policy {
    static WRITTEN: Mutex<BTreeMap<Vec<String>, Policy>> = Mutex::new(BTreeMap::new());
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let policy = written.entry(arns.to_vec()).or_insert_with(|| {
        let mut arguments = vec!["policy", "--verbs", "read-only"];
        arguments.extend(arns.iter().flat_map(|arn| ["--instance-arn", arn]));
        run(&arguments).out.parse().unwrap()
    });
    policy.clone()
}

/// What it takes besides to find the instances of a region, as the help of `policy` says.
fn finds_instances() -> Policy {
    let statement = json!({"Effect": "Allow", "Action": "connect:ListInstances", "Resource": "*"});
    Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statement})).unwrap()
}

/// Whether IAM refused a call, and no test that plays a service which does.
pub(crate) fn is_refused(call: &Call) -> bool {
    call.status == 403 && call.response_body.to_string().contains("is not authorized to perform")
}
