//! Reads: the live profile whole or in part, and the profile of a name. What reads do not show yet is looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use aws_sdk_connect::operation::RequestId;
use aws_sdk_connect::types;

use super::Session;
use super::pages::{Pages, Room};
use super::wire::observed;
use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::connect_error::ConnectError;
use crate::names::Permission;
use crate::observed::Observed;
use crate::operation::{Class, Operation};
use crate::owner::OWNER_TAG;
use crate::settings::{Application, Kind, Member, Settings, Tags};
use crate::undisclosed::Undisclosed;

/// The most that a page may hold; with the default of 100, an administrator's permissions would take four calls.
const PAGE: i32 = 1000;

/// How long a read is made again that fails as it does for what was made a moment ago: reads lag by seconds.
const LONGEST_LAG: Duration = Duration::from_secs(10);

impl Session {
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
            match self.lists(&observed.arn, members).await {
                Err(error) if error.class == Class::Gone => patience.pause(attempt, error).await?,
                lists => return Ok(with_lists(observed, &lists?)),
            }
        }
    }

    /// The profile of exactly this name, looked for over all pages, without its lists.
    pub async fn look_by_name(
        &self,
        instance: &InstanceArn,
        name: &str,
    ) -> Result<Option<Observed>, ConnectError> {
        let found = self.summaries(instance, |summary| {
            let arn = summary.arn().and_then(|arn| arn.parse().ok());
            let arn = arn.or_else(|| instance.profile(summary.id()?));
            arn.filter(|_| summary.name() == Some(name))
        });
        match found.await? {
            // A list may show the name that a profile had before it was renamed in the console.
            Some(arn) => Ok(self.look(&arn).await?.filter(|live| live.name == name)),
            None => Ok(None),
        }
    }

    /// The names of all profiles.
    pub async fn names(&self, instance: &InstanceArn) -> Result<Vec<String>, ConnectError> {
        let mut names = Vec::new();
        let every = |summary: &types::SecurityProfileSummary| -> Option<()> {
            names.extend(summary.name().map(ToOwned::to_owned));
            None
        };
        self.summaries(instance, every).await?;
        Ok(names)
    }

    /// Goes through the list of an instance's profiles until `take` takes one.
    pub(super) async fn summaries<T>(
        &self,
        instance: &InstanceArn,
        take: impl FnMut(&types::SecurityProfileSummary) -> Option<T>,
    ) -> Result<Option<T>, ConnectError> {
        let request =
            self.reached.client.list_security_profiles().instance_id(instance.id()).max_results(PAGE);
        let (mut take, mut pages, mut room) = (take, Pages::default(), Room::for_an_instance());
        let (operation, subject) = (Operation::ListSecurityProfiles, instance.to_string());
        let endless = |error| ConnectError::too_large(operation, &subject, error);
        loop {
            let send = || request.clone().set_next_token(pages.token()).send();
            let page = self.repeat(operation, &subject, send).await?;
            room.take(&page.security_profile_summary_list).map_err(endless)?;
            let found = page.security_profile_summary_list().iter().find_map(&mut take);
            if found.is_some() || !pages.turn(page.next_token).map_err(endless)? {
                return Ok(found);
            }
        }
    }

    async fn describe(&self, arn: &SecurityProfileArn) -> Result<Observed, ConnectError> {
        let (instance_id, id) = (arn.instance().id(), arn.id());
        let request =
            self.reached.client.describe_security_profile().instance_id(instance_id).security_profile_id(id);
        let operation = Operation::DescribeSecurityProfile;
        let patience = self.within(LONGEST_LAG);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.repeat(operation, &arn.to_string(), || request.clone().send()).await {
                Ok(answer) => {
                    let request_id = answer.request_id().map(ToOwned::to_owned);
                    match answer.security_profile {
                        Some(profile) => {
                            let endless = |error| ConnectError::too_large(operation, &arn.to_string(), error);
                            Room::for_a_profile().take(&profile).map_err(endless)?;
                            let live = observed(arn, profile);
                            self.hide(live.settings.undisclosed().chain(values_of_others(&live.tags)));
                            return Ok(live);
                        }
                        None => ConnectError::lost(
                            operation,
                            &arn.to_string(),
                            "the answer held no profile",
                            request_id.as_deref(),
                        ),
                    }
                }
                // AWS names this error, too, for what was made a moment ago. Where it lasts, a write has to tell.
                Err(error) if error.code.as_deref() == Some("InvalidRequestException") => {
                    ConnectError { class: Class::Gone, ..error }
                }
                Err(error) => return Err(error),
            };
            patience.pause(attempt, error).await?;
        }
    }

    /// Of the profile, the lists of the `members` asked for and nothing else.
    pub async fn lists(
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
            let request = self
                .reached
                .client
                .$request()
                .instance_id(instance_id)
                .security_profile_id(id)
                .max_results(PAGE);
            let (mut items, mut pages, mut room) = (Vec::new(), Pages::default(), Room::for_a_profile());
            let endless = |error| ConnectError::too_large(Operation::$operation, &arn.to_string(), error);
            loop {
                let send = || request.clone().set_next_token(pages.token()).send();
                let page = self.repeat(Operation::$operation, &arn.to_string(), send).await?;
                room.take(&page.$items).map_err(endless)?;
                items.extend(page.$items.unwrap_or_default());
                if !pages.turn(page.next_token).map_err(endless)? {
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

/// The tags' values, but for the ownership tag's and AWS's own: those are no secrets, and hold what every message has, such as
/// the account and the region.
fn values_of_others(tags: &Tags) -> impl Iterator<Item = &Undisclosed> {
    let others = tags.iter().filter(|(key, _)| !key.is_of_aws() && key.as_str() != OWNER_TAG);
    others.map(|(_, value)| value)
}
