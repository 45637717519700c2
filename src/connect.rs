//! The only module that names `aws_sdk_connect`: each operation once, domain types in and out.
//!
//! Decides nothing but when to try again. A call that is safe to repeat is tried until the deadline; a create is not, as it
//! has no client token: its caller has to look first.

mod call;
mod configuration;
mod credentials;
mod flow_modules;
mod inventory;
mod pages;
mod read;
mod response_limits;
mod role;
mod transport;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_connect::Client;
use aws_sdk_connect::config::{Builder, IdentityCache, Region};
use aws_sdk_connect::operation::RequestId;
use tokio::time::Instant;

use crate::arn::SecurityProfileArn;
use crate::connect_error::ConnectError;
use crate::operation::Operation;
use crate::plan::{NewProfile, Step};
use crate::properties::AssumedRole;
use crate::retry::may_try_again;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::undisclosed::{Undisclosed, redact};
use call::Repeat;
pub use configuration::configuration;
use credentials::{Secrets, remembered};
use flow_modules::NamedModules;
pub use inventory::{Instance, Summary};
pub use pages::{Endless, Pages};
pub use response_limits::{Limited, OversizedResponse};
use role::Assumption;
use wire::{ai_agents, applications, flow_modules, granular, tag_map, texts};

/// Connect in every region and as every role. Clients are made when first needed: those of the function's own role are kept, those
/// of an assumed role, with its credentials, as long as the request that they are for. Connections belong to the configuration
/// and are kept in any case.
#[derive(Debug)]
pub struct Connect {
    config: SdkConfig,
    /// What is secret in the function's own credentials.
    secrets: Secrets,
    /// Those of the function's own role, by region.
    own: Mutex<BTreeMap<String, Arc<Reached>>>,
    /// Those of assumed roles. Each session has the name of one request, so no other request can use them.
    assumed: Mutex<BTreeMap<Access, Weak<Reached>>>,
}

/// A client, and the role that it calls as.
#[derive(Debug)]
struct Reached {
    client: Client,
    role: Option<Assumption>,
}

/// Where Connect is called, and as whom.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Access {
    /// The region.
    pub region: String,
    /// The role to be assumed and the name of its session; none for the function's own role.
    pub role: Option<(AssumedRole, String)>,
}

/// More clients than this are not kept: a region is a name that an event may have invented.
const MOST_CLIENTS: usize = 50;

/// Connect in one region for the time of one event.
#[derive(Clone, Debug)]
pub struct Session {
    reached: Arc<Reached>,
    deadline: Instant,
    /// What no error may show: what is stated, and what was read.
    undisclosed: Arc<Mutex<BTreeSet<Undisclosed>>>,
    secrets: Secrets,
    tally: Tally,
    gives_way: bool,
}

impl Connect {
    /// Over the SDK's configuration: its credentials, HTTP client and endpoint; not its retries, and its region only for
    /// assuming roles.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        let secrets = Secrets::default();
        let config = match config.credentials_provider() {
            None => config,
            Some(own) => config.to_builder().credentials_provider(remembered(own, &secrets)).build(),
        };
        Self { config, secrets, own: Mutex::default(), assumed: Mutex::default() }
    }

    /// Calls until `deadline`, counted by the `tally`, with the `undisclosed` texts kept out of every error, and with them
    /// what is read of profiles that is as little to be shown, and the credentials.
    pub async fn session<'a>(
        &self,
        access: Access,
        deadline: Instant,
        undisclosed: impl Iterator<Item = &'a Undisclosed>,
        tally: Tally,
    ) -> Session {
        let external_id = access.role.as_ref().and_then(|(role, _)| role.external_id.clone());
        let undisclosed = Arc::new(Mutex::new(undisclosed.cloned().chain(external_id).collect()));
        let reached = self.reach(access).await;
        let secrets = self.secrets.clone();
        Session { reached, deadline, undisclosed, secrets, tally, gives_way: false }
    }

    async fn reach(&self, access: Access) -> Arc<Reached> {
        let Access { region, role } = &access;
        let Some((role, session_name)) = role else {
            let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            if own.len() >= MOST_CLIENTS {
                own.clear();
            }
            let made = || {
                let client = Client::from_conf(self.config(region).build());
                Arc::new(Reached { client, role: None })
            };
            return Arc::clone(own.entry(region.clone()).or_insert_with(made));
        };
        let assumed = || self.assumed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reached) = assumed().get(&access).and_then(Weak::upgrade) {
            return reached;
        }
        let (role, credentials) = Assumption::of(role, session_name, &self.config).await;
        let client = Client::from_conf(self.config(region).credentials_provider(credentials).build());
        let made = Arc::new(Reached { client, role: Some(role) });
        let mut assumed = assumed();
        assumed.retain(|_, reached| reached.strong_count() > 0);
        assumed.insert(access, Arc::downgrade(&made));
        made
    }

    fn config(&self, region: &str) -> Builder {
        Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled())
            // The SDK would give up on a role's credentials by a limit of its own, which is shorter than a try, and its error
            // would not tell that nothing was sent.
            .identity_cache(IdentityCache::lazy().load_timeout(call::LONGEST_TRY * 2).build())
    }
}

/// Sets the ten members on a fluent builder. Create and update have the same setters and no common type.
macro_rules! with_settings {
    ($request:expr, $settings:expr) => {{
        let settings: Settings = $settings;
        $request
            .set_description(settings.description.map(|text| text.reveal().to_owned()))
            .set_permissions(settings.permissions.as_ref().map(texts))
            .set_allowed_access_control_tags(settings.access_control_tags.map(|tags| tag_map(&tags)))
            .set_tag_restricted_resources(settings.tag_restricted_resources.as_ref().map(texts))
            .set_hierarchy_restricted_resources(settings.hierarchy_restricted_resources.as_ref().map(texts))
            .set_allowed_access_control_hierarchy_group_id(settings.hierarchy_group_id)
            .set_applications(settings.applications.map(applications))
            .set_allowed_flow_modules(settings.flow_modules.map(flow_modules))
            .set_allowed_ai_agents(settings.ai_agents.map(ai_agents))
            .set_granular_access_control_configuration(settings.granular_access_control.map(granular))
    }};
}

impl Session {
    /// The same session with an earlier end, `time` from now.
    #[must_use]
    pub fn within(&self, time: Duration) -> Self {
        let end = Instant::now().checked_add(time);
        Self { deadline: end.map_or(self.deadline, |end| end.min(self.deadline)), ..self.clone() }
    }

    /// The same session with an end so much earlier that `time`, or a third of what is left, is spared for what has to be
    /// done after a failure.
    #[must_use]
    pub fn sparing(&self, time: Duration) -> Self {
        let left = self.deadline.saturating_duration_since(Instant::now());
        Self { deadline: self.deadline - time.min(left / 3), ..self.clone() }
    }

    /// The same session with an end earlier by `time`, but not before half of what is left.
    #[must_use]
    pub fn ending_earlier(&self, time: Duration) -> Self {
        let left = self.deadline.saturating_duration_since(Instant::now());
        Self { deadline: self.deadline - time.min(left / 2), ..self.clone() }
    }

    /// Keeps these texts, too, out of every error.
    fn hide<'a>(&self, texts: impl Iterator<Item = &'a Undisclosed>) {
        self.undisclosed.lock().unwrap_or_else(PoisonError::into_inner).extend(texts.cloned());
    }

    /// A message of the service without what it may quote.
    fn redacted(&self, message: &str) -> String {
        let mut hidden = self.undisclosed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hidden.extend(self.secrets.texts());
        hidden.extend(self.reached.role.iter().flat_map(Assumption::secrets));
        redact(message, &hidden)
    }

    /// The same session for calls that can be done without: one that is throttled leaves the quota to those that cannot.
    #[must_use]
    pub fn giving_way(&self) -> Self {
        Self { gives_way: true, ..self.clone() }
    }

    /// Whether any call of the event has been throttled: others wait for the same quota.
    #[must_use]
    pub fn was_throttled(&self) -> bool {
        self.tally.was_throttled()
    }

    /// When the session ends.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Makes the profile, once: [`Class::Lost`](crate::operation::Class::Lost) means that it may exist now.
    pub async fn create(&self, profile: NewProfile) -> Result<SecurityProfileArn, ConnectError> {
        let NewProfile { instance, name, settings, tags } = profile;
        let modules = NamedModules::of(&settings);
        let request = self
            .reached
            .client
            .create_security_profile()
            .instance_id(instance.id())
            .security_profile_name(name.as_str())
            .set_tags(Some(tag_map(&tags)));
        let request = with_settings!(request, settings);
        let operation = Operation::CreateSecurityProfile;
        let answer = self
            .call_naming(&modules, operation, &instance.to_string(), Repeat::WhenThrottled, || {
                request.clone().send()
            })
            .await?;
        let arn = answer.security_profile_arn().and_then(|arn| arn.parse().ok());
        let arn = arn.or_else(|| instance.profile(answer.security_profile_id()?));
        arn.ok_or_else(|| {
            let subject = instance.to_string();
            ConnectError::lost(operation, &subject, "the answer named no profile", answer.request_id())
        })
    }

    /// Carries out a step on a profile that exists.
    pub async fn apply(&self, step: &Step) -> Result<(), ConnectError> {
        match step {
            Step::Create(profile) => self.create(profile.clone()).await.map(drop),
            Step::Update { arn, changes, .. } => {
                let (instance_id, id) = (arn.instance().id(), arn.id());
                let request = self
                    .reached
                    .client
                    .update_security_profile()
                    .instance_id(instance_id)
                    .security_profile_id(id);
                let request = with_settings!(request, changes.clone());
                let (modules, repeat) = (NamedModules::of(changes), Repeat::WhenThrottledOrLost);
                let send = || request.clone().send();
                self.call_naming(&modules, Operation::UpdateSecurityProfile, &arn.to_string(), repeat, send)
                    .await
                    .map(drop)
            }
            Step::Tag { arn, tags, .. } => {
                let request = self
                    .reached
                    .client
                    .tag_resource()
                    .resource_arn(arn.to_string())
                    .set_tags(Some(tag_map(tags)));
                let send = || request.clone().send();
                self.repeat(Operation::TagResource, &arn.to_string(), send).await.map(drop)
            }
            Step::Untag { arn, keys } => {
                let keys = keys.iter().map(|key| key.as_str().to_owned()).collect();
                let request = self
                    .reached
                    .client
                    .untag_resource()
                    .resource_arn(arn.to_string())
                    .set_tag_keys(Some(keys));
                let send = || request.clone().send();
                self.repeat(Operation::UntagResource, &arn.to_string(), send).await.map(drop)
            }
            Step::Delete { arn } => {
                let (instance_id, id) = (arn.instance().id(), arn.id());
                let request = self
                    .reached
                    .client
                    .delete_security_profile()
                    .instance_id(instance_id)
                    .security_profile_id(id);
                let send = || request.clone().send();
                self.repeat(Operation::DeleteSecurityProfile, &arn.to_string(), send).await.map(drop)
            }
        }
    }

    /// Waits before another try, or gives the error back when there is no time for one.
    pub async fn pause(&self, attempt: u32, error: ConnectError) -> Result<(), ConnectError> {
        if may_try_again(attempt, self.deadline).await { Ok(()) } else { Err(error) }
    }
}
