//! The members that Create and Update have in common, and what they do to a profile.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use tokio::time::Instant;

use crate::error::ServiceError;
use crate::flow_modules::FlowModules;
use crate::profile::{AiAgent, Application, FlowModule, GranularAccess};
use crate::{Choices, Profile};

/// The body of `CreateSecurityProfile`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    pub(crate) security_profile_name: String,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(crate) members: Members,
}

/// The body of `UpdateSecurityProfile`. What is absent stays as it is; what is present replaces the whole member.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Members {
    description: Option<String>,
    permissions: Option<BTreeSet<String>>,
    allowed_access_control_tags: Option<BTreeMap<String, String>>,
    tag_restricted_resources: Option<BTreeSet<String>>,
    applications: Option<BTreeSet<Application>>,
    hierarchy_restricted_resources: Option<BTreeSet<String>>,
    allowed_access_control_hierarchy_group_id: Option<String>,
    allowed_flow_modules: Option<BTreeSet<FlowModule>>,
    #[serde(rename = "AllowedAIAgents")]
    allowed_ai_agents: Option<BTreeSet<AiAgent>>,
    granular_access_control_configuration: Option<GranularAccess>,
}

impl Members {
    /// Refuses a flow module that is not valid at that time.
    pub(crate) fn check_modules(&self, modules: &FlowModules, now: Instant) -> Result<(), ServiceError> {
        modules.check(self.allowed_flow_modules.as_ref(), now)
    }

    /// Writes the members that are present into the profile.
    pub(crate) fn write(self, profile: &mut Profile, choices: &Choices) {
        let Choices {
            empty_description_clears,
            empty_access_control_tags_clear,
            empty_hierarchy_group_clears,
            empty_granular_configuration_clears,
            ..
        } = *choices;
        replace(
            &mut profile.description,
            self.description.filter(|value| empty_description_clears || !value.is_empty()),
        );
        replace(&mut profile.permissions, self.permissions);
        replace(
            &mut profile.allowed_access_control_tags,
            self.allowed_access_control_tags
                .filter(|value| empty_access_control_tags_clear || !value.is_empty()),
        );
        replace(&mut profile.tag_restricted_resources, self.tag_restricted_resources);
        replace(&mut profile.applications, self.applications);
        replace(&mut profile.hierarchy_restricted_resources, self.hierarchy_restricted_resources);
        replace(
            &mut profile.allowed_access_control_hierarchy_group_id,
            self.allowed_access_control_hierarchy_group_id
                .filter(|value| empty_hierarchy_group_clears || !value.is_empty()),
        );
        replace(&mut profile.allowed_flow_modules, self.allowed_flow_modules);
        replace(&mut profile.allowed_ai_agents, self.allowed_ai_agents);
        replace(
            &mut profile.granular_access_control_configuration,
            self.granular_access_control_configuration
                .filter(|value| empty_granular_configuration_clears || !value.is_empty()),
        );
    }
}

fn replace<T>(member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *member = value;
    }
}

/// The rules between the members of a whole profile, as far as the choices have them enforced.
pub(crate) fn check_pairs(profile: &Profile, choices: &Choices) -> Result<(), ServiceError> {
    let tags_without_resources =
        profile.allowed_access_control_tags.is_empty() != profile.tag_restricted_resources.is_empty();
    if choices.tag_pair_enforced && tags_without_resources {
        return Err(ServiceError::InvalidParameter(
            "AllowedAccessControlTags and TagRestrictedResources must both be specified, or neither"
                .to_owned(),
        ));
    }
    let group_without_resources = !profile.allowed_access_control_hierarchy_group_id.is_empty()
        && profile.hierarchy_restricted_resources.is_empty();
    if choices.hierarchy_pair_enforced && group_without_resources {
        return Err(ServiceError::InvalidParameter(
            "AllowedAccessControlHierarchyGroupId needs HierarchyRestrictedResources".to_owned(),
        ));
    }
    Ok(())
}
