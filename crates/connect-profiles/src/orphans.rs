//! Whether the stack and the resource that own a profile are still there, as CloudFormation says.
//!
//! What cannot be looked at is unknown and never an orphan: somebody may delete by this.

use std::collections::BTreeMap;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{ResourceStatus, StackResourceDetail, StackStatus};
use connect_security_profile::arn::SecurityProfileArn;
use connect_security_profile::owner::Claim;

use crate::endpoint::unanswered;
use crate::failure::Failure;
use crate::inventory::Profile;
use crate::inventory::owner::Owned;
use crate::surroundings::Surroundings;

/// What became of a profile's owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is there and holds the profile, or there is no owner.
    Owned,
    /// It is gone.
    Orphan(String),
    /// It could not be looked at.
    Unknown(String),
}

/// A stack, as far as it was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Stack {
    There,
    /// Something is being done to it, and its resources may not be what they will be.
    Changing,
    Gone(String),
    Unknown(String),
}

/// A failed look: whether CloudFormation says that there is no such thing, and its words.
struct Unseen {
    is_gone: bool,
    message: String,
}

/// The fates of the owners, one for each profile. A stack is looked at once, however many profiles it owns.
pub async fn fates(
    profiles: &[Profile],
    surroundings: &Surroundings,
    endpoint: Option<&str>,
) -> Result<Vec<Fate>, Failure> {
    let mut clients = BTreeMap::new();
    let mut stacks = BTreeMap::new();
    let mut fates = Vec::new();
    for profile in profiles {
        let arn = &profile.summary.arn;
        let claim = match profile.owner() {
            Some(Owned::By(claim)) => claim,
            Some(Owned::Unreadable(_)) => {
                fates.push(Fate::Unknown("its owner tag cannot be read".to_owned()));
                continue;
            }
            None => {
                fates.push(Fate::Owned);
                continue;
            }
        };
        if let Some(reason) = out_of_sight(&claim, arn, surroundings, endpoint) {
            fates.push(Fate::Unknown(reason));
            continue;
        }
        if !clients.contains_key(&claim.region) {
            clients.insert(claim.region.clone(), client(surroundings, &claim.region, endpoint).await?);
        }
        let client = &clients[&claim.region];
        let id = claim.stack_arn(arn.instance().partition());
        if !stacks.contains_key(&id) {
            stacks.insert(id.clone(), stack(client, &id).await);
        }
        fates.push(match &stacks[&id] {
            Stack::Gone(reason) => Fate::Orphan(reason.clone()),
            Stack::Unknown(reason) => Fate::Unknown(reason.clone()),
            seen => resource(client, &id, &claim, arn, *seen == Stack::Changing).await,
        });
    }
    Ok(fates)
}

/// Why a stack is not even looked for.
fn out_of_sight(
    claim: &Claim,
    profile: &SecurityProfileArn,
    surroundings: &Surroundings,
    endpoint: Option<&str>,
) -> Option<String> {
    if claim.account != profile.instance().account() {
        return Some(format!("its stack is in account {}", claim.account));
    }
    if claim.may_be_cut {
        return Some("its owner tag is too long to hold the stack's whole name".to_owned());
    }
    let nowhere = surroundings.local().is_some() && endpoint.is_none();
    nowhere.then(|| "the embedded Connect has no CloudFormation beside it".to_owned())
}

/// CloudFormation in a region. Connect's own endpoint is not CloudFormation's.
async fn client(
    surroundings: &Surroundings,
    region: &str,
    endpoint: Option<&str>,
) -> Result<Client, Failure> {
    let config = surroundings.cloudformation_config(endpoint).await?;
    let config = Builder::from(&config)
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .build();
    Ok(Client::from_conf(config))
}

async fn stack(client: &Client, id: &str) -> Stack {
    let answer = match client.describe_stacks().stack_name(id).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let unseen = unseen(error.code(), error.message(), &causes(&error));
            return if unseen.is_gone {
                Stack::Gone("its stack is gone".to_owned())
            } else {
                Stack::Unknown(format!("its stack could not be looked at: {}", unseen.message))
            };
        }
    };
    let Some(stack) = answer.stacks().iter().find(|stack| stack.stack_id() == Some(id)) else {
        return Stack::Unknown("CloudFormation answered with another stack".to_owned());
    };
    match stack.stack_status().map(StackStatus::as_str) {
        Some("DELETE_COMPLETE") => Stack::Gone("its stack was deleted".to_owned()),
        Some(status) if status.ends_with("_IN_PROGRESS") => Stack::Changing,
        _ => Stack::There,
    }
}

async fn resource(
    client: &Client,
    stack: &str,
    claim: &Claim,
    profile: &SecurityProfileArn,
    is_changing: bool,
) -> Fate {
    let logical_id = &claim.logical_id;
    let request = client.describe_stack_resource().stack_name(stack).logical_resource_id(logical_id);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            let unseen = unseen(error.code(), error.message(), &causes(&error));
            return match (unseen.is_gone, is_changing) {
                // A logical id that is longer than its part of the tag is not known in full.
                (true, _) if logical_id.len() >= LONGEST_LOGICAL_ID => {
                    Fate::Unknown(format!("`{logical_id}` may be a shortened logical id"))
                }
                (true, false) => Fate::Orphan(format!("its stack has no resource `{logical_id}`")),
                (true, true) => Fate::Unknown("its stack is being changed".to_owned()),
                (false, _) => {
                    Fate::Unknown(format!("its resource could not be looked at: {}", unseen.message))
                }
            };
        }
    };
    let detail = answer.stack_resource_detail();
    let physical_id = detail.and_then(StackResourceDetail::physical_resource_id);
    let status = detail.and_then(StackResourceDetail::resource_status).map(ResourceStatus::as_str);
    match (status, physical_id) {
        _ if is_changing => Fate::Unknown("its stack is being changed".to_owned()),
        (Some("DELETE_COMPLETE"), _) => Fate::Orphan(format!("its resource `{logical_id}` was deleted")),
        (_, Some(physical_id)) if physical_id == profile.to_string() => Fate::Owned,
        (_, Some(physical_id)) => {
            Fate::Orphan(format!("its resource `{logical_id}` holds another profile: {physical_id}"))
        }
        (_, None) => Fate::Unknown(format!("its resource `{logical_id}` names no profile")),
    }
}

/// Tags keep logical ids of up to so many characters whole.
const LONGEST_LOGICAL_ID: usize = 96;

/// Why there was no answer, where there is none.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    unanswered(error).unwrap_or_else(|| "the answer cannot be read".to_owned())
}

/// CloudFormation has one code for all that it does not accept; only the message tells what is not there.
fn unseen(code: Option<&str>, message: Option<&str>, otherwise: &str) -> Unseen {
    let said = message.unwrap_or(otherwise);
    let is_gone = code == Some("ValidationError") && said.contains("does not exist");
    let message = code.map_or_else(|| said.to_owned(), |code| format!("{code}: {said}"));
    Unseen { is_gone, message: message.trim_end_matches('.').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cloudformation_says_does_not_exist_is_gone() {
        for (code, message, is_gone) in [
            (Some("ValidationError"), Some("Stack with id a does not exist"), true),
            (Some("ValidationError"), Some("Resource Agents does not exist for stack a"), true),
            (Some("ValidationError"), Some("1 validation error detected"), false),
            (Some("AccessDenied"), Some("a does not exist or you may not see it"), false),
            (None, None, false),
        ] {
            assert_eq!(unseen(code, message, "no connection").is_gone, is_gone, "{message:?}");
        }
    }
}
