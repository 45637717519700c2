//! Reads for people who ask what there is: the instances of a region, and the profiles of an instance. No event asks for
//! these.

use std::time::SystemTime;

use aws_sdk_connect::types::{self, SecurityProfileType};

use super::Session;
use super::pages::{Pages, Room};
use crate::arn::{InstanceArn, SecurityProfileArn};
use crate::connect_error::ConnectError;
use crate::operation::Operation;

/// The most that a page of instances may hold.
const INSTANCES: i32 = 10;

/// An instance, as `ListInstances` tells of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Instance {
    /// Its ARN.
    pub arn: InstanceArn,
    /// Its alias, if it has one.
    pub alias: Option<String>,
}

/// A profile, as `ListSecurityProfiles` tells of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Its ARN.
    pub arn: SecurityProfileArn,
    /// Its name.
    pub name: String,
    /// Whether its `Type` is `AWS_MANAGED`, if the service said.
    pub is_aws_managed: Option<bool>,
    /// When and in which region it was last modified, if the service said.
    pub last_modified: (Option<SystemTime>, Option<String>),
}

impl Session {
    /// The instances of the account in the session's region.
    pub async fn instances(&self) -> Result<Vec<Instance>, ConnectError> {
        let request = self.reached.client.list_instances().max_results(INSTANCES);
        let (mut instances, mut pages, mut room) = (Vec::new(), Pages::default(), Room::for_an_instance());
        let endless = |error| ConnectError::too_large(Operation::ListInstances, "*", error);
        loop {
            let send = || request.clone().set_next_token(pages.token()).send();
            let page = self.repeat(Operation::ListInstances, "*", send).await?;
            room.take(&page.instance_summary_list).map_err(endless)?;
            instances.extend(page.instance_summary_list().iter().filter_map(instance));
            if !pages.turn(page.next_token).map_err(endless)? {
                return Ok(instances);
            }
        }
    }

    /// All profiles of an instance, without what only Describe and the lists tell.
    pub async fn profiles(&self, instance: &InstanceArn) -> Result<Vec<Summary>, ConnectError> {
        let mut summaries = Vec::new();
        let every = |summary: &types::SecurityProfileSummary| -> Option<()> {
            summaries.extend(self::summary(instance, summary));
            None
        };
        self.summaries(instance, every).await?;
        Ok(summaries)
    }
}

fn instance(summary: &types::InstanceSummary) -> Option<Instance> {
    let alias = summary.instance_alias().filter(|alias| !alias.is_empty()).map(ToOwned::to_owned);
    Some(Instance { arn: summary.arn()?.parse().ok()?, alias })
}

fn summary(instance: &InstanceArn, summary: &types::SecurityProfileSummary) -> Option<Summary> {
    let arn = summary.arn().and_then(|arn| arn.parse().ok());
    let is_aws_managed = summary.r#type().map(|kind| *kind == SecurityProfileType::AwsManaged);
    let modified = summary.last_modified_time().and_then(|time| SystemTime::try_from(*time).ok());
    Some(Summary {
        arn: arn.or_else(|| instance.profile(summary.id()?))?,
        name: summary.name().unwrap_or_default().to_owned(),
        is_aws_managed,
        last_modified: (modified, summary.last_modified_region().map(ToOwned::to_owned)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use tokio::time::Instant;

    use crate::connect::{Access, Connect};
    use crate::settings::Member;
    use crate::tally::Tally;

    #[tokio::test]
    async fn instances_summaries_and_single_lists_are_read_without_describe() {
        let emulator = connect_emulator::Emulator::new(connect_emulator::Configuration::default());
        let credentials = aws_credential_types::Credentials::new("test", "test", None, None, "test");
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(connect_emulator::sdk::http_client(&emulator))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
            .build();
        let access = Access { region: "us-east-1".to_owned(), role: None };
        let deadline = Instant::now() + Duration::from_secs(5);
        let session =
            Connect::new(config).session(access, deadline, std::iter::empty(), Tally::default()).await;
        let instances = session.instances().await.unwrap();
        assert_eq!(instances.len(), 1);
        let profiles = session.profiles(&instances[0].arn).await.unwrap();
        assert_eq!(profiles.len(), 4);
        let agent = profiles.iter().find(|profile| profile.name == "Agent").unwrap();
        assert_eq!(agent.is_aws_managed, Some(false));
        let lists = session.lists(&agent.arn, &BTreeSet::from([Member::Permissions])).await.unwrap();
        assert_eq!(lists.members(), BTreeSet::from([Member::Permissions]));
        let called: Vec<_> = emulator.journal().iter().map(|call| call.operation.name()).collect();
        assert_eq!(called, ["ListInstances", "ListSecurityProfiles", "ListSecurityProfilePermissions"]);
    }
}
