//! What the operations that write do to the state. They see the truth at once, whatever reads see.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::flow_modules::FlowModules;
use crate::members::{Create, Members, check_pairs};
use crate::model::MOST_TAGS;
use crate::store::{Instance, Moment, Store};
use crate::{Choices, Profile, ProfileType, arn};

/// The body of `TagResource`.
#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    tags: BTreeMap<String, String>,
}

/// The body of `UpdateUserSecurityProfiles`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateUser {
    security_profile_ids: BTreeSet<String>,
}

/// `CreateSecurityProfile`. A name that is taken is said before that the instance is full.
pub(crate) fn create(
    instance: &mut Instance,
    body: Create,
    choices: &Choices,
    profile_limit: usize,
    modules: &FlowModules,
    moment: Moment,
) -> Result<Value, ServiceError> {
    let Create { security_profile_name: name, tags, members } = body;
    members.check_modules(modules, moment.now)?;
    let mut profile = Profile { tags, ..Profile::named(name) };
    members.write(&mut profile, choices);
    check_pairs(&profile, choices)?;
    if instance.truth().any(|other| other.name == profile.name) {
        return Err(ServiceError::DuplicateResource);
    }
    if instance.truth().count() >= profile_limit {
        return Err(ServiceError::LimitExceeded(format!("{profile_limit} security profiles in an instance")));
    }
    let answer = json!({
        "SecurityProfileId": profile.id,
        "SecurityProfileArn": instance.profile_arn(&profile.id),
    });
    instance.write(instance.completed(profile, moment), moment);
    Ok(answer)
}

/// `UpdateSecurityProfile`. An update without members still is a modification.
pub(crate) fn update(
    instance: &mut Instance,
    profile: &str,
    members: Members,
    choices: &Choices,
    modules: &FlowModules,
    moment: Moment,
) -> Result<(), ServiceError> {
    let mut profile = writable(instance, profile)?.clone();
    members.check_modules(modules, moment.now)?;
    members.write(&mut profile, choices);
    check_pairs(&profile, choices)?;
    profile.last_modified_time = moment.timestamp;
    profile.last_modified_region.clone_from(&instance.region);
    instance.write(profile, moment);
    Ok(())
}

/// `DeleteSecurityProfile`.
pub(crate) fn delete(
    instance: &mut Instance,
    profile: &str,
    choices: &Choices,
    moment: Moment,
) -> Result<(), ServiceError> {
    let id = writable(instance, profile)?.id.clone();
    if choices.in_use_counts_users
        && let Some(user) = instance.holder(&id)
    {
        return Err(ServiceError::ResourceInUse {
            resource_type: "USER",
            resource_id: arn::user(&instance.arn, user),
        });
    }
    instance.remove(&id, moment);
    Ok(())
}

/// `TagResource`. Tags with the prefix `aws:` do not count towards the limit.
pub(crate) fn tag(
    store: &mut Store,
    region: &str,
    resource_arn: &str,
    body: Tag,
    moment: Moment,
) -> Result<(), ServiceError> {
    let (instance, profile) = store.tagged(resource_arn, region)?;
    let instance = store.instance_mut(&instance, region)?;
    let mut profile = writable(instance, &profile)?.clone();
    profile.tags.extend(body.tags);
    let counted = profile.tags.keys().filter(|key| !key.starts_with("aws:")).count();
    if counted > MOST_TAGS {
        return Err(ServiceError::InvalidParameter(format!(
            "tags: the resource would have {counted} tags, the maximum is {MOST_TAGS}"
        )));
    }
    instance.write(profile, moment);
    Ok(())
}

/// `UntagResource`. A key that is not there is no mistake.
pub(crate) fn untag(
    store: &mut Store,
    region: &str,
    resource_arn: &str,
    keys: &[String],
    moment: Moment,
) -> Result<(), ServiceError> {
    let (instance, profile) = store.tagged(resource_arn, region)?;
    let instance = store.instance_mut(&instance, region)?;
    let mut profile = writable(instance, &profile)?.clone();
    profile.tags.retain(|key, _| !keys.contains(key));
    instance.write(profile, moment);
    Ok(())
}

/// `UpdateUserSecurityProfiles`: the user holds these profiles and no others.
pub(crate) fn update_user(
    instance: &mut Instance,
    user_id: &str,
    body: &UpdateUser,
) -> Result<(), ServiceError> {
    let ids = body
        .security_profile_ids
        .iter()
        .map(|label| instance.true_profile(label).map(|profile| profile.id.clone()))
        .collect::<Result<_, _>>()?;
    instance.assign(user_id, ids);
    Ok(())
}

/// The profile as it truly is, unless it is AWS's own.
fn writable<'instance>(
    instance: &'instance Instance,
    profile: &str,
) -> Result<&'instance Profile, ServiceError> {
    let profile = instance.true_profile(profile)?;
    match profile.profile_type {
        ProfileType::CustomerManaged => Ok(profile),
        ProfileType::AwsManaged => Err(ServiceError::AccessDenied(format!(
            "The security profile `{}` is managed by AWS and cannot be changed",
            profile.name
        ))),
    }
}
