//! Reads profiles side by side, each call in its turn.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::{Access, Connect, Instance, Session, Summary};
use connect_security_profile::connect_error::ConnectError;
use connect_security_profile::operation::{Class, Operation};
use connect_security_profile::settings::{Member, Settings};
use connect_security_profile::tally::Tally;
use tokio::sync::Mutex;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::progress::Progress;
use super::quota::{Pace, Quota};
use super::{Profile, Trouble};
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// How long one call is tried again, from its turn on: whoever waits wants to know.
const PATIENCE: Duration = Duration::from_secs(6);

/// How many turns a call gets that is throttled for so long: others use the same quota.
const TURNS: u32 = 100;

/// Longer than any reading.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// What is to be read of each profile besides its summary.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Everything but the lists.
    pub describe: bool,
    /// The lists of these members.
    pub lists: BTreeSet<Member>,
}

impl Wanted {
    /// All there is.
    #[must_use]
    pub fn everything() -> Self {
        Self { describe: true, lists: LISTS.iter().map(|(member, _)| *member).collect() }
    }

    /// With what another wants too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.describe |= other.describe;
        self.lists.extend(other.lists);
        self
    }
}

const LISTS: [(Member, Operation); 4] = [
    (Member::Permissions, Operation::ListSecurityProfilePermissions),
    (Member::Applications, Operation::ListSecurityProfileApplications),
    (Member::AllowedFlowModules, Operation::ListSecurityProfileFlowModules),
    (Member::AllowedAiAgents, Operation::ListSecurityProfileAiAgents),
];

/// What was read, sorted by instance and name, and what could not be.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The profiles, each as far as it was wanted.
    pub profiles: Vec<Profile>,
    /// The calls that failed. Where there is one, profiles are missing.
    pub troubles: Vec<Trouble>,
}

/// Which profiles to keep, by what is known of them: first by the summary alone, then, if it is wanted, with Describe.
pub trait Sieve: Send + Sync + 'static {
    /// Whether the profile may be wanted, by its summary.
    fn may_want(&self, summary: &Summary) -> bool;
    /// Whether Describe has to be waited for before the lists are read.
    fn asks_describe(&self) -> bool;
    /// Whether the described profile is wanted.
    fn wants(&self, profile: &Profile) -> bool;
}

/// Takes every profile.
#[derive(Clone, Copy, Debug)]
pub struct All;

impl Sieve for All {
    fn may_want(&self, _: &Summary) -> bool {
        true
    }

    fn asks_describe(&self) -> bool {
        false
    }

    fn wants(&self, _: &Profile) -> bool {
        true
    }
}

/// Reads at the pace of a quota. Clones are the same.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connect: Connect,
    pace: Pace,
    progress: Progress,
    sessions: Mutex<BTreeMap<String, Session>>,
}

impl Reader {
    /// Over what the surroundings call Connect.
    pub async fn new(surroundings: &Surroundings, quota: Quota) -> Result<Self, Failure> {
        let connect = Connect::new(surroundings.sdk_config().await?);
        let (pace, progress) = (Pace::new(quota), Progress::new());
        Ok(Self(Arc::new(Shared { connect, pace, progress, sessions: Mutex::default() })))
    }

    /// The instances of a region.
    pub async fn instances(&self, region: &str) -> Result<Vec<Instance>, Trouble> {
        self.expect(region, Operation::ListInstances, 1);
        let call = |session: Session| async move { session.instances().await };
        Ok(self.call(region, region, Operation::ListInstances, call).await?)
    }

    /// The profiles of an instance, by their summaries.
    pub async fn summaries(&self, instance: &InstanceArn) -> Result<Vec<Summary>, Trouble> {
        let operation = Operation::ListSecurityProfiles;
        self.expect(&place(instance), operation, 1);
        let call = |session: Session| async move { session.profiles(instance).await };
        Ok(self.call(&place(instance), instance.region(), operation, call).await?)
    }

    /// The profiles of all instances that the sieve lets through. Unless `partial`, the first call that fails ends it.
    pub async fn read(
        &self,
        instances: &[Instance],
        wanted: &Wanted,
        sieve: Arc<dyn Sieve>,
        partial: bool,
    ) -> Inventory {
        let mut tasks = JoinSet::new();
        for instance in instances {
            let (reader, instance) = (self.clone(), instance.clone());
            tasks.spawn(async move {
                let summaries = reader.summaries(&instance.arn).await;
                (instance, summaries)
            });
        }
        let mut inventory = Inventory::default();
        let mut found = Vec::new();
        while let Some(joined) = tasks.join_next().await {
            match joined {
                Ok((instance, Ok(summaries))) => {
                    found.extend(summaries.into_iter().map(|summary| (instance.clone(), summary)));
                }
                Ok((_, Err(trouble))) => inventory.troubles.push(trouble),
                Err(error) => gone_wrong(error),
            }
        }
        if inventory.troubles.is_empty() || partial {
            found.retain(|(_, summary)| sieve.may_want(summary));
            let further = self.read_these(found, wanted, sieve, partial).await;
            inventory.profiles = further.profiles;
            inventory.troubles.extend(further.troubles);
        }
        let key = |profile: &Profile| (profile.summary.arn.instance().clone(), profile.name().to_owned());
        inventory.profiles.sort_by_key(key);
        inventory
    }

    /// These profiles, as far as they are wanted, in no order.
    pub async fn read_these(
        &self,
        found: Vec<(Instance, Summary)>,
        wanted: &Wanted,
        sieve: Arc<dyn Sieve>,
        partial: bool,
    ) -> Inventory {
        let mut inventory = Inventory::default();
        let places: BTreeSet<String> = found.iter().map(|(instance, _)| place(&instance.arn)).collect();
        for here in &places {
            let count = found.iter().filter(|(instance, _)| place(&instance.arn) == *here).count();
            operations(wanted).for_each(|operation| self.expect(here, operation, count));
        }
        let mut tasks = JoinSet::new();
        for (instance, summary) in found {
            let (reader, wanted, sieve) = (self.clone(), wanted.clone(), Arc::clone(&sieve));
            tasks.spawn(async move {
                let name = summary.name.clone();
                let read = Box::pin(reader.read_one(instance, summary, &wanted, &*sieve));
                read.await.map_err(|trouble| trouble.of(&name))
            });
        }
        while let Some(joined) = tasks.join_next().await {
            match joined {
                Ok(Ok(Some(profile))) => inventory.profiles.push(profile),
                Ok(Ok(None)) => {}
                Err(error) => gone_wrong(error),
                Ok(Err(trouble)) => {
                    inventory.troubles.push(trouble);
                    if !partial {
                        tasks.abort_all();
                    }
                }
            }
        }
        inventory
    }

    /// One profile. None, if it is gone or not wanted.
    async fn read_one(
        &self,
        instance: Instance,
        summary: Summary,
        wanted: &Wanted,
        sieve: &dyn Sieve,
    ) -> Result<Option<Profile>, Trouble> {
        let arn = summary.arn.clone();
        let mut profile = Profile { instance, summary, described: None, lists: Settings::default() };
        let place = place(arn.instance());
        if wanted.describe && sieve.asks_describe() {
            let Some(described) = self.describe(&arn).await? else { return Ok(None) };
            profile.described = Some(described);
            if !sieve.wants(&profile) {
                for (_, operation) in LISTS.iter().filter(|(member, _)| wanted.lists.contains(member)) {
                    self.0.progress.done(&place, *operation, &self.0.pace);
                }
                return Ok(None);
            }
        }
        let arn = &arn;
        let describe = async {
            let is_missing = wanted.describe && profile.described.is_none();
            if is_missing { self.describe(arn).await.map(Some) } else { Ok(None) }
        };
        let list = |index: usize| async move {
            let (member, operation) = LISTS[index];
            if wanted.lists.contains(&member) { self.list(arn, member, operation).await } else { Ok(None) }
        };
        let (described, one, two, three, four) =
            tokio::try_join!(describe, list(0), list(1), list(2), list(3))?;
        match described {
            Some(None) => return Ok(None),
            Some(described) => profile.described = described,
            None => {}
        }
        for settings in [one, two, three, four].into_iter().flatten() {
            let Some(settings) = settings else { return Ok(None) };
            profile.lists = profile.lists.after(&settings);
        }
        Ok(sieve.wants(&profile).then_some(profile))
    }

    async fn describe(
        &self,
        arn: &SecurityProfileArn,
    ) -> Result<Option<connect_security_profile::observed::Observed>, Trouble> {
        let instance = arn.instance();
        let call = |session: Session| async move { session.look(arn).await };
        let operation = Operation::DescribeSecurityProfile;
        Ok(self.call(&place(instance), instance.region(), operation, call).await?)
    }

    /// One list. `Some(None)`, if the profile is gone.
    async fn list(
        &self,
        arn: &SecurityProfileArn,
        member: Member,
        operation: Operation,
    ) -> Result<Option<Option<Settings>>, Trouble> {
        let (instance, members) = (arn.instance(), BTreeSet::from([member]));
        let members = &members;
        let call = |session: Session| async move { session.lists(arn, members).await };
        match self.call(&place(instance), instance.region(), operation, call).await {
            Ok(settings) => Ok(Some(Some(settings))),
            Err(error) if error.class == Class::Gone => Ok(Some(None)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes one call in its turn.
    async fn call<T, F>(
        &self,
        place: &str,
        region: &str,
        operation: Operation,
        call: impl Fn(Session) -> F,
    ) -> Result<T, ConnectError>
    where
        F: Future<Output = Result<T, ConnectError>>,
    {
        let Shared { pace, progress, .. } = &*self.0;
        let session = self.session(region).await;
        let mut turns = 0;
        loop {
            turns += 1;
            pace.turn(place, operation).await;
            // One that is throttled all the same waits for its turn again: the quota is the Lambda's, too.
            match call(session.within(PATIENCE).giving_way()).await {
                Err(error) if error.class == Class::Throttled && turns < TURNS => {}
                result => {
                    progress.done(place, operation, pace);
                    return result;
                }
            }
        }
    }

    fn expect(&self, place: &str, operation: Operation, calls: usize) {
        self.0.progress.expect(place, operation, calls, &self.0.pace);
    }

    async fn session(&self, region: &str) -> Session {
        let mut sessions = self.0.sessions.lock().await;
        if let Some(session) = sessions.get(region) {
            return session.clone();
        }
        let access = Access { region: region.to_owned(), role: None };
        let end = Instant::now() + FOREVER;
        let session = self.0.connect.session(access, end, std::iter::empty(), Tally::default()).await;
        sessions.insert(region.to_owned(), session.clone());
        session
    }
}

/// A task that panicked takes its profile along; that must not look as if there were none. One that was stopped is not missed.
fn gone_wrong(error: JoinError) {
    if let Ok(panic) = error.try_into_panic() {
        std::panic::resume_unwind(panic);
    }
}

/// Where a quota holds: one account in one region.
fn place(instance: &InstanceArn) -> String {
    format!("{}/{}", instance.account(), instance.region())
}

fn operations(wanted: &Wanted) -> impl Iterator<Item = Operation> {
    let describe = wanted.describe.then_some(Operation::DescribeSecurityProfile);
    let lists = LISTS.iter().filter(|(member, _)| wanted.lists.contains(member));
    describe.into_iter().chain(lists.map(|(_, operation)| *operation))
}
