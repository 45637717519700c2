//! The SDK's types to ours and back. No decisions: what an absent member means is said here and nowhere else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

use aws_sdk_connect::types::{self, SecurityProfile, SecurityProfileType};

use crate::arn::SecurityProfileArn;
use crate::names::{ResourceName, TagKey};
use crate::observed::Observed;
use crate::settings::{Application, AttributeAccess, Kind, Settings, Tags};
use crate::undisclosed::Undisclosed;

pub(super) fn observed(arn: &SecurityProfileArn, profile: SecurityProfile) -> Observed {
    let names = |names: Option<Vec<String>>| {
        Some(names.unwrap_or_default().into_iter().map(ResourceName::from).collect())
    };
    let granular = profile
        .granular_access_control_configuration
        .and_then(|it| it.data_table_access_control_configuration)
        .and_then(|it| it.primary_attribute_access_control_configuration)
        .and_then(|it| it.primary_attribute_values)
        .unwrap_or_default();
    let attribute = |it: types::PrimaryAttributeValue| {
        let values = it.values.unwrap_or_default().into_iter().map(Undisclosed::from).collect();
        (it.attribute_name.unwrap_or_default(), AttributeAccess { values })
    };
    let settings = Settings {
        description: Some(Undisclosed::from(profile.description.unwrap_or_default())),
        access_control_tags: Some(tags(profile.allowed_access_control_tags)),
        tag_restricted_resources: names(profile.tag_restricted_resources),
        hierarchy_restricted_resources: names(profile.hierarchy_restricted_resources),
        hierarchy_group_id: Some(profile.allowed_access_control_hierarchy_group_id.unwrap_or_default()),
        granular_access_control: Some(granular.into_iter().map(attribute).collect()),
        ..Settings::default()
    };
    Observed {
        arn: arn.clone(),
        name: profile.security_profile_name.unwrap_or_default(),
        organization_resource_id: profile.organization_resource_id,
        is_aws_managed: profile.r#type == Some(SecurityProfileType::AwsManaged),
        tags: tags(profile.tags),
        settings,
        last_modified: (
            profile.last_modified_time.and_then(|time| SystemTime::try_from(time).ok()),
            profile.last_modified_region,
        ),
    }
}

fn tags(tags: Option<HashMap<String, String>>) -> Tags {
    let tags = tags.unwrap_or_default().into_iter();
    tags.map(|(key, value)| (TagKey::from(key), Undisclosed::from(value))).collect()
}

pub(super) fn tag_map(tags: &Tags) -> HashMap<String, String> {
    tags.iter().map(|(key, value)| (key.as_str().to_owned(), value.reveal().to_owned())).collect()
}

pub(super) fn texts<T: ToString>(names: &BTreeSet<T>) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

pub(super) fn applications(applications: BTreeMap<String, Application>) -> Vec<types::Application> {
    let application = |(namespace, Application { permissions, kind })| {
        types::Application::builder()
            .namespace(namespace)
            .set_application_permissions(Some(permissions.into_iter().collect()))
            .set_type(kind.as_deref().map(types::ApplicationType::from))
            .build()
    };
    applications.into_iter().map(application).collect()
}

pub(super) fn flow_modules(modules: BTreeMap<String, Kind>) -> Vec<types::FlowModule> {
    let module = |(id, kind): (String, Kind)| {
        let kind = kind.as_deref().map(types::FlowModuleType::from);
        types::FlowModule::builder().flow_module_id(id).set_type(kind).build()
    };
    modules.into_iter().map(module).collect()
}

pub(super) fn ai_agents(agents: BTreeMap<String, Kind>) -> Vec<types::AiAgent> {
    let agent = |(arn, kind): (String, Kind)| {
        types::AiAgent::builder().arn(arn).set_type(kind.as_deref().map(types::AiAgentType::from)).build()
    };
    agents.into_iter().map(agent).collect()
}

/// The native nesting; an empty configuration is the empty object.
pub(super) fn granular(
    attributes: BTreeMap<String, AttributeAccess>,
) -> types::GranularAccessControlConfiguration {
    if attributes.is_empty() {
        return types::GranularAccessControlConfiguration::builder().build();
    }
    let attribute = |(name, AttributeAccess { values }): (String, AttributeAccess)| {
        types::PrimaryAttributeValue::builder()
            .access_type(types::AccessType::Allow)
            .attribute_name(name)
            .set_values(Some(values.iter().map(|value| value.reveal().to_owned()).collect()))
            .build()
    };
    let attributes = types::PrimaryAttributeAccessControlConfigurationItem::builder()
        .set_primary_attribute_values(Some(attributes.into_iter().map(attribute).collect()))
        .build();
    let tables = types::DataTableAccessControlConfiguration::builder()
        .primary_attribute_access_control_configuration(attributes)
        .build();
    types::GranularAccessControlConfiguration::builder()
        .data_table_access_control_configuration(tables)
        .build()
}
