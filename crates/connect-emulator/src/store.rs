//! The state: instances, the versions of their profiles, and the users that hold them.
//!
//! Writes see the truth; reads see each profile as it was a while ago. Knows nothing of requests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::error::ServiceError;
use crate::model::INSTANCE_ID;
use crate::{Configuration, Profile, arn, defaults};

/// All instances of an account, by their identifiers.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) account: String,
    pub(crate) instances: BTreeMap<String, Instance>,
}

/// An instance, its profiles and its users.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) region: String,
    pub(crate) arn: String,
    /// Seconds since the epoch.
    pub(crate) created: f64,
    profiles: BTreeMap<String, Vec<Version>>,
    /// The identifiers of the profiles that each user holds.
    users: BTreeMap<String, BTreeSet<String>>,
}

/// A profile as one write left it, `None` if the write deleted it.
#[derive(Debug)]
struct Version {
    visible_from: Instant,
    profile: Option<Profile>,
}

/// When a call happens, on both clocks, and when its write can be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) visible_from: Instant,
    /// Seconds since the epoch, to the millisecond.
    pub(crate) timestamp: f64,
}

impl Moment {
    /// Now, with a lag of reads behind writes.
    pub(crate) fn now(lag: Duration) -> Self {
        const LONGEST_LAG: Duration = Duration::from_hours(24 * 365);
        let now = Instant::now();
        Self { now, visible_from: now + lag.min(LONGEST_LAG), timestamp: timestamp(SystemTime::now()) }
    }
}

fn timestamp(time: SystemTime) -> f64 {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

impl Store {
    pub(crate) fn new(configuration: &Configuration) -> Self {
        let moment = Moment::now(Duration::ZERO);
        let account = configuration.account.clone();
        let instances = configuration
            .instances
            .iter()
            .map(|(region, id)| {
                let mut instance = Instance {
                    id: id.clone(),
                    region: region.clone(),
                    arn: arn::instance(region, &account, id),
                    created: moment.timestamp,
                    profiles: BTreeMap::new(),
                    users: BTreeMap::new(),
                };
                let managed =
                    configuration.aws_managed_profile.iter().map(|name| Profile::named(name).aws_managed());
                let defaults = defaults::profiles(configuration.choices.default_profiles_type);
                for profile in defaults.into_iter().chain(managed) {
                    instance.write(instance.completed(profile, moment), moment);
                }
                (id.clone(), instance)
            })
            .collect();
        Self { account, instances }
    }

    /// The instance that a label names, by its identifier or ARN, if it is in the region.
    pub(crate) fn instance(&self, label: &str, region: &str) -> Result<&Instance, ServiceError> {
        INSTANCE_ID
            .check(label, "InstanceId")
            .map_err(|violation| ServiceError::InvalidParameter(violation.to_string()))?;
        let prefix = format!("arn:{}:connect:{region}:{}:instance", arn::partition(region), self.account);
        arn::identifier(label, &prefix)
            .and_then(|id| self.instances.get(id))
            .filter(|instance| instance.region == region)
            .ok_or_else(|| {
                ServiceError::ResourceNotFound(format!("The instance `{label}` does not exist in {region}"))
            })
    }

    /// The same, to be changed.
    pub(crate) fn instance_mut(&mut self, label: &str, region: &str) -> Result<&mut Instance, ServiceError> {
        let id = self.instance(label, region)?.id.clone();
        self.instances.get_mut(&id).ok_or(ServiceError::ResourceNotFound(id))
    }

    /// The identifiers of the instance and the profile that an ARN names, if it is a profile's ARN in the region.
    pub(crate) fn tagged(&self, resource_arn: &str, region: &str) -> Result<(String, String), ServiceError> {
        if !resource_arn.starts_with("arn:") {
            return Err(ServiceError::InvalidParameter(format!(
                "resourceArn: `{resource_arn}` is not an ARN"
            )));
        }
        self.instances
            .values()
            .filter(|instance| instance.region == region)
            .find_map(|instance| {
                let id = arn::identifier(resource_arn, &instance.profiles_prefix())?;
                Some((instance.id.clone(), id.to_owned()))
            })
            .ok_or_else(|| {
                ServiceError::ResourceNotFound(format!("The resource `{resource_arn}` does not exist"))
            })
    }
}

impl Instance {
    pub(crate) fn profile_arn(&self, profile_id: &str) -> String {
        arn::profile(&self.arn, profile_id)
    }

    /// The identifier in a label that may be a profile's ARN.
    fn profile_id<'label>(&self, label: &'label str) -> Option<&'label str> {
        arn::identifier(label, &self.profiles_prefix())
    }

    fn profiles_prefix(&self) -> String {
        arn::profile(&self.arn, "").trim_end_matches('/').to_owned()
    }

    /// Every profile as it truly is.
    pub(crate) fn truth(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values().filter_map(|versions| versions.last()?.profile.as_ref())
    }

    /// Every profile as reads see it.
    pub(crate) fn seen(&self, now: Instant) -> impl Iterator<Item = &Profile> {
        self.profiles.values().filter_map(move |versions| seen(versions, now))
    }

    /// The profile that a label names, as it truly is.
    pub(crate) fn true_profile(&self, label: &str) -> Result<&Profile, ServiceError> {
        self.profile_id(label)
            .and_then(|id| self.profiles.get(id)?.last()?.profile.as_ref())
            .ok_or_else(|| no_profile(label))
    }

    /// The profile that a label names, as reads see it. `unseen` tells that of one that is not visible yet.
    pub(crate) fn seen_profile(
        &self,
        label: &str,
        now: Instant,
        unseen: fn(String) -> ServiceError,
    ) -> Result<&Profile, ServiceError> {
        let versions =
            self.profile_id(label).and_then(|id| self.profiles.get(id)).ok_or_else(|| no_profile(label))?;
        seen(versions, now).ok_or_else(|| {
            let exists = versions.last().is_some_and(|version| version.profile.is_some());
            if exists {
                unseen(format!("The security profile `{label}` does not exist"))
            } else {
                no_profile(label)
            }
        })
    }

    /// Makes a profile what it is given as.
    pub(crate) fn write(&mut self, profile: Profile, moment: Moment) {
        let versions = self.profiles.entry(profile.id.clone()).or_default();
        push(versions, Version { visible_from: moment.visible_from, profile: Some(profile) }, moment.now);
    }

    /// Removes a profile, also from the users that hold it.
    pub(crate) fn remove(&mut self, profile_id: &str, moment: Moment) {
        if let Some(versions) = self.profiles.get_mut(profile_id) {
            push(versions, Version { visible_from: moment.visible_from, profile: None }, moment.now);
        }
        for held in self.users.values_mut() {
            held.remove(profile_id);
        }
    }

    /// The same profile with what a seed may leave out.
    pub(crate) fn completed(&self, mut profile: Profile, moment: Moment) -> Profile {
        if profile.id.is_empty() {
            profile.id = uuid::Uuid::new_v4().to_string();
        }
        if profile.last_modified_time == 0.0 {
            profile.last_modified_time = moment.timestamp;
        }
        if profile.last_modified_region.is_empty() {
            profile.last_modified_region.clone_from(&self.region);
        }
        profile
    }

    /// Gives a user exactly these profiles. An unknown user is made on the fly.
    pub(crate) fn assign(&mut self, user_id: &str, profile_ids: BTreeSet<String>) {
        self.users.insert(user_id.to_owned(), profile_ids);
    }

    /// The first user that holds the profile.
    pub(crate) fn holder(&self, profile_id: &str) -> Option<&str> {
        self.users.iter().find(|(_, held)| held.contains(profile_id)).map(|(user, _)| user.as_str())
    }
}

fn no_profile(label: &str) -> ServiceError {
    ServiceError::ResourceNotFound(format!("The security profile `{label}` does not exist"))
}

/// The last write that can be read. A later write wins although an earlier one becomes visible after it.
fn seen(versions: &[Version], now: Instant) -> Option<&Profile> {
    versions.iter().rev().find(|version| version.visible_from <= now)?.profile.as_ref()
}

/// Adds a version and forgets those that no read can see any more.
fn push(versions: &mut Vec<Version>, version: Version, now: Instant) {
    versions.push(version);
    if let Some(oldest_seen) = versions.iter().rposition(|version| version.visible_from <= now) {
        versions.drain(..oldest_seen);
    }
}
