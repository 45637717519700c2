//! What an emulator is made with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Choices, Policy};

/// The account, instances, keys and limits of an emulator.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// The twelve digits of the AWS account that owns every instance.
    pub account: String,
    /// The instances, as (region, instance id). An instance answers only to requests signed for its region.
    pub instances: Vec<(String, String)>,
    /// The access keys that are known, as (key id, secret key). Any session token is accepted with them.
    pub credentials: Vec<(String, String)>,
    /// The identity-based policies of access keys, as (key id, policy); a key may have several. A key that has one may do
    /// what its policies allow and nothing else, one without may do everything.
    pub policies: Vec<(String, Policy)>,
    /// The request quota of each operation in each region; `None` lets everything through.
    pub quota: Option<Quota>,
    /// How long a write stays invisible to reads (Describe, the lists, Search, `ListTagsForResource`).
    pub read_lag: Duration,
    /// How doubts about the service are decided.
    pub choices: Choices,
    /// How many profiles an instance may have, its default ones included. Amazon Connect's quota is 100.
    pub profile_limit: usize,
    /// Gives every instance one more profile of this name, of the type `AWS_MANAGED`, which refuses writes.
    pub aws_managed_profile: Option<String>,
    /// The flow modules that a profile may name, each with the time until it is valid. Without any, none is checked.
    pub flow_modules: BTreeMap<String, Duration>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            account: "000000000000".to_owned(),
            instances: vec![("us-east-1".to_owned(), "11111111-2222-3333-4444-555555555555".to_owned())],
            credentials: vec![("test".to_owned(), "test".to_owned())],
            policies: Vec::new(),
            quota: None,
            read_lag: Duration::ZERO,
            choices: Choices::default(),
            profile_limit: 100,
            aws_managed_profile: None,
            flow_modules: BTreeMap::new(),
        }
    }
}

/// A request quota: a bucket of `burst` requests that fills at `rate` requests a second.
///
/// Amazon Connect's documented default for the operations here is a rate of 2 and a burst of 5, for each
/// operation, in each account and region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Requests a second.
    pub rate: f64,
    /// Requests that may come at once.
    pub burst: u32,
}
