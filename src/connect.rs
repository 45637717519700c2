//! The only module that names `aws_sdk_connect`: each operation once, domain types in and out.
//!
//! Decides nothing but when to try again. A call that is safe to repeat is tried until the deadline; a create is not, as it
//! has no client token: its caller has to look first.

mod call;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_connect::Client;
use aws_sdk_connect::config::{Builder, Region};
use aws_sdk_connect::operation::RequestId;
use aws_sdk_connect::types;
use tokio::time::{Instant, sleep_until};

use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::connect_error::ConnectError;
use crate::names::Permission;
use crate::observed::Observed;
use crate::operation::{Class, Operation};
use crate::plan::{NewProfile, Step};
use crate::retry::backoff;
use crate::settings::{Application, Kind, Member, Settings};
use crate::undisclosed::Undisclosed;
use call::Repeat;
use wire::{ai_agents, applications, flow_modules, granular, observed, tag_map, texts};

/// The most that a page may hold; with the default of 100, an administrator's permissions would take four calls.
const PAGE: i32 = 1000;

/// How long a read is made again that fails as it does for what was made a moment ago: reads lag by seconds.
const LONGEST_LAG: Duration = Duration::from_secs(10);

/// Connect in every region; clients are made when first needed and kept, connections with them.
#[derive(Debug)]
pub struct Connect {
    config: SdkConfig,
    clients: Mutex<BTreeMap<String, Client>>,
}

/// Connect in one region for the time of one event.
#[derive(Clone, Debug)]
pub struct Session {
    client: Client,
    deadline: Instant,
    undisclosed: Arc<Vec<Undisclosed>>,
}

impl Connect {
    /// Over the SDK's configuration: its credentials, HTTP client and endpoint; not its region or retries.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self { config, clients: Mutex::default() }
    }

    /// Calls in `region` until `deadline`, with the `undisclosed` texts kept out of every error.
    #[must_use]
    pub fn session<'a>(
        &self,
        region: &str,
        deadline: Instant,
        undisclosed: impl Iterator<Item = &'a Undisclosed>,
    ) -> Session {
        let undisclosed = Arc::new(undisclosed.filter(|text| !text.is_empty()).cloned().collect());
        Session { client: self.client(region), deadline, undisclosed }
    }

    fn client(&self, region: &str) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let config = Builder::from(&self.config)
                .region(Region::new(region.to_owned()))
                .retry_config(RetryConfig::disabled())
                .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).build());
            Client::from_conf(config.build())
        };
        clients.entry(region.to_owned()).or_insert_with(make).clone()
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
        Self { deadline: self.deadline.min(Instant::now() + time), ..self.clone() }
    }

    /// When the session ends.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Makes the profile, once: [`Class::Lost`] means that it may exist now.
    pub async fn create(&self, profile: NewProfile) -> Result<SecurityProfileArn, ConnectError> {
        let NewProfile { instance, name, settings, tags } = profile;
        let request = self
            .client
            .create_security_profile()
            .instance_id(instance.id())
            .security_profile_name(name.as_str())
            .set_tags(Some(tag_map(&tags)));
        let request = with_settings!(request, settings);
        let operation = Operation::CreateSecurityProfile;
        let answer = self
            .call(operation, &instance.to_string(), Repeat::WhenThrottled, || request.clone().send())
            .await?;
        let arn = answer.security_profile_arn().and_then(|arn| arn.parse().ok());
        let arn = arn.or_else(|| instance.profile(answer.security_profile_id()?));
        arn.ok_or_else(|| ConnectError {
            operation,
            subject: instance.to_string(),
            class: Class::Lost,
            code: None,
            message: "the answer named no profile".to_owned(),
            request_id: answer.request_id().map(ToOwned::to_owned),
            attempts: 1,
        })
    }

    /// Carries out a step on a profile that exists.
    pub async fn apply(&self, step: &Step) -> Result<(), ConnectError> {
        match step {
            Step::Create(profile) => self.create(profile.clone()).await.map(drop),
            Step::Update { arn, changes, .. } => {
                let (instance_id, id) = (arn.instance().id(), arn.id());
                let request =
                    self.client.update_security_profile().instance_id(instance_id).security_profile_id(id);
                let request = with_settings!(request, changes.clone());
                let send = || request.clone().send();
                self.repeat(Operation::UpdateSecurityProfile, &arn.to_string(), send).await.map(drop)
            }
            Step::Tag { arn, tags, .. } => {
                let request =
                    self.client.tag_resource().resource_arn(arn.to_string()).set_tags(Some(tag_map(tags)));
                let send = || request.clone().send();
                self.repeat(Operation::TagResource, &arn.to_string(), send).await.map(drop)
            }
            Step::Untag { arn, keys } => {
                let keys = keys.iter().map(|key| key.as_str().to_owned()).collect();
                let request =
                    self.client.untag_resource().resource_arn(arn.to_string()).set_tag_keys(Some(keys));
                let send = || request.clone().send();
                self.repeat(Operation::UntagResource, &arn.to_string(), send).await.map(drop)
            }
            Step::Delete { arn } => {
                let (instance_id, id) = (arn.instance().id(), arn.id());
                let request =
                    self.client.delete_security_profile().instance_id(instance_id).security_profile_id(id);
                let send = || request.clone().send();
                self.repeat(Operation::DeleteSecurityProfile, &arn.to_string(), send).await.map(drop)
            }
        }
    }

    /// The live profile with the `members` asked for, read side by side; `None` when it is gone.
    pub async fn observe(
        &self,
        arn: &SecurityProfileArn,
        members: &BTreeSet<Member>,
    ) -> Result<Option<Observed>, ConnectError> {
        match tokio::try_join!(self.describe(arn), self.lists(arn, members)) {
            Ok((observed, lists)) => Ok(Some(with_lists(observed, &lists))),
            Err(error)
                if error.class == Class::Gone && error.operation == Operation::DescribeSecurityProfile =>
            {
                Ok(None)
            }
            // Reads may lag one behind another: whether it is gone is for Describe to say.
            Err(error) if error.class == Class::Gone => match self.look(arn).await? {
                Some(observed) => self.complete(observed, members).await.map(Some),
                None => Ok(None),
            },
            Err(error) => Err(error),
        }
    }

    /// The live profile without its lists, which is enough to tell whose it is; `None` when it is gone.
    pub async fn look(&self, arn: &SecurityProfileArn) -> Result<Option<Observed>, ConnectError> {
        match self.describe(arn).await {
            Ok(observed) => Ok(Some(observed)),
            Err(error) if error.class == Class::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What [`look`](Self::look) saw, with the lists of the `members` asked for.
    pub async fn complete(
        &self,
        observed: Observed,
        members: &BTreeSet<Member>,
    ) -> Result<Observed, ConnectError> {
        let mut attempt = 0;
        let patience = self.within(LONGEST_LAG);
        loop {
            attempt += 1;
            match patience.lists(&observed.arn, members).await {
                Err(error) if error.class == Class::Gone => patience.pause(attempt, error).await?,
                lists => return Ok(with_lists(observed, &lists?)),
            }
        }
    }

    /// Waits before another try, or gives the error back when there is no time for one.
    pub async fn pause(&self, attempt: u32, error: ConnectError) -> Result<(), ConnectError> {
        let next = Instant::now() + backoff(attempt, fastrand::f64());
        if next >= self.deadline {
            return Err(error);
        }
        sleep_until(next).await;
        Ok(())
    }

    async fn lists(
        &self,
        arn: &SecurityProfileArn,
        members: &BTreeSet<Member>,
    ) -> Result<Settings, ConnectError> {
        let (permissions, applications, flow_modules, ai_agents) = tokio::try_join!(
            when(members.contains(&Member::Permissions), self.permissions(arn)),
            when(members.contains(&Member::Applications), self.applications(arn)),
            when(members.contains(&Member::AllowedFlowModules), self.flow_modules(arn)),
            when(members.contains(&Member::AllowedAiAgents), self.ai_agents(arn)),
        )?;
        Ok(Settings { permissions, applications, flow_modules, ai_agents, ..Settings::default() })
    }

    /// The profile of exactly this name, looked for over all pages.
    pub async fn find(
        &self,
        instance: &InstanceArn,
        name: &str,
    ) -> Result<Option<SecurityProfileArn>, ConnectError> {
        let request = self.client.list_security_profiles().instance_id(instance.id()).max_results(PAGE);
        let mut token = None;
        loop {
            let send = || request.clone().set_next_token(token.clone()).send();
            let page = self.repeat(Operation::ListSecurityProfiles, &instance.to_string(), send).await?;
            let found = page.security_profile_summary_list().iter().find(|it| it.name() == Some(name));
            if let Some(summary) = found {
                let arn = summary.arn().and_then(|arn| arn.parse().ok());
                return Ok(arn.or_else(|| instance.profile(summary.id()?)));
            }
            token = page.next_token;
            if token.is_none() {
                return Ok(None);
            }
        }
    }

    async fn describe(&self, arn: &SecurityProfileArn) -> Result<Observed, ConnectError> {
        let (instance_id, id) = (arn.instance().id(), arn.id());
        let request =
            self.client.describe_security_profile().instance_id(instance_id).security_profile_id(id);
        let operation = Operation::DescribeSecurityProfile;
        let patience = self.within(LONGEST_LAG);
        let mut attempt = 0;
        let answer = loop {
            attempt += 1;
            match self.repeat(operation, &arn.to_string(), || request.clone().send()).await {
                // AWS names this error, too, for what was made a moment ago.
                Err(error) if error.code.as_deref() == Some("InvalidRequestException") => {
                    patience.pause(attempt, error).await?;
                }
                answer => break answer?,
            }
        };
        let request_id = answer.request_id().map(ToOwned::to_owned);
        answer.security_profile.map(|profile| observed(arn, profile)).ok_or_else(|| ConnectError {
            operation,
            subject: arn.to_string(),
            class: Class::Lost,
            code: None,
            message: "the answer held no profile".to_owned(),
            request_id,
            attempts: 1,
        })
    }
}

fn with_lists(observed: Observed, lists: &Settings) -> Observed {
    Observed { settings: observed.settings.after(lists), ..observed }
}

async fn when<T>(
    asked: bool,
    read: impl Future<Output = Result<T, ConnectError>>,
) -> Result<Option<T>, ConnectError> {
    if asked { read.await.map(Some) } else { Ok(None) }
}

/// The four lists that Describe leaves out differ only in their names and items.
macro_rules! list {
    ($function:ident, $operation:ident, $request:ident, $items:ident, $convert:expr, $output:ty) => {
        async fn $function(&self, arn: &SecurityProfileArn) -> Result<$output, ConnectError> {
            let (instance_id, id) = (arn.instance().id(), arn.id());
            let request =
                self.client.$request().instance_id(instance_id).security_profile_id(id).max_results(PAGE);
            let mut items = Vec::new();
            let mut token = None;
            loop {
                let send = || request.clone().set_next_token(token.clone()).send();
                let page = self.repeat(Operation::$operation, &arn.to_string(), send).await?;
                items.extend(page.$items.unwrap_or_default());
                token = page.next_token;
                if token.is_none() {
                    return Ok(items.into_iter().map($convert).collect());
                }
            }
        }
    };
}

impl Session {
    list!(
        permissions,
        ListSecurityProfilePermissions,
        list_security_profile_permissions,
        permissions,
        Permission::from,
        BTreeSet<Permission>
    );
    list!(
        applications,
        ListSecurityProfileApplications,
        list_security_profile_applications,
        applications,
        |application: types::Application| {
            let permissions = application.application_permissions.unwrap_or_default().into_iter().collect();
            let kind = application.r#type.map(|kind| kind.as_str().to_owned());
            (application.namespace.unwrap_or_default(), Application { permissions, kind })
        },
        BTreeMap<String, Application>
    );
    list!(
        flow_modules,
        ListSecurityProfileFlowModules,
        list_security_profile_flow_modules,
        allowed_flow_modules,
        |module: types::FlowModule| {
            (module.flow_module_id.unwrap_or_default(), module.r#type.map(|kind| kind.as_str().to_owned()))
        },
        BTreeMap<String, Kind>
    );
    list!(
        ai_agents,
        ListSecurityProfileAiAgents,
        list_security_profile_ai_agents,
        allowed_ai_agents,
        |agent: types::AiAgent| {
            (agent.arn.unwrap_or_default(), agent.r#type.map(|kind| kind.as_str().to_owned()))
        },
        BTreeMap<String, Kind>
    );
}
