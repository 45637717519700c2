//! A security profile as the emulator holds it: the truth, whole, whatever reads show of it.
//!
//! Serialised with the API's member names, so that a seed can be written as the API would show it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A security profile. What has no order in the service has none here, so two profiles compare as the service
/// would compare them; an empty member is the same as an absent one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Profile {
    /// The identifier: a UUID. An empty one is replaced by a fresh one when the profile is put.
    pub id: String,
    /// The name, unique within the instance, by case.
    #[serde(rename = "SecurityProfileName")]
    pub name: String,
    /// The description.
    pub description: String,
    /// Whose it is. AWS's own refuses writes.
    #[serde(rename = "Type")]
    pub profile_type: ProfileType,
    /// The names of the permissions.
    pub permissions: BTreeSet<String>,
    /// The tags on the profile itself.
    pub tags: BTreeMap<String, String>,
    /// The tags that restricted resources must carry.
    pub allowed_access_control_tags: BTreeMap<String, String>,
    /// The kinds of resource that the tags restrict.
    pub tag_restricted_resources: BTreeSet<String>,
    /// The kinds of resource that the hierarchy restricts.
    pub hierarchy_restricted_resources: BTreeSet<String>,
    /// The hierarchy group that restricts; empty for the user's own.
    pub allowed_access_control_hierarchy_group_id: String,
    /// The applications.
    pub applications: BTreeSet<Application>,
    /// The flow modules that an AI agent may call.
    pub allowed_flow_modules: BTreeSet<FlowModule>,
    /// The external AI agents that may be called.
    #[serde(rename = "AllowedAIAgents")]
    pub allowed_ai_agents: BTreeSet<AiAgent>,
    /// The access to rows of data tables.
    pub granular_access_control_configuration: GranularAccess,
    /// Seconds since the epoch. Zero is replaced by the time at which the profile is put.
    pub last_modified_time: f64,
    /// The region of the last change. Empty is replaced by the instance's region.
    pub last_modified_region: String,
}

impl Profile {
    /// A customer-managed profile with this name and nothing else.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { id: uuid::Uuid::new_v4().to_string(), name: name.into(), ..Self::default() }
    }

    /// The same, with this description.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The same, with this permission too.
    #[must_use]
    pub fn with_permission(mut self, permission: impl Into<String>) -> Self {
        self.permissions.insert(permission.into());
        self
    }

    /// The same, with this tag too.
    #[must_use]
    pub fn tagged(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The same, as one that AWS manages.
    #[must_use]
    pub fn aws_managed(mut self) -> Self {
        self.profile_type = ProfileType::AwsManaged;
        self
    }
}

/// Who manages a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProfileType {
    /// AWS does; writes are refused.
    AwsManaged,
    /// The customer does.
    #[default]
    CustomerManaged,
}

/// An application that users with the profile may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Application {
    /// The namespace of the application, or the identifier of the gateway to an MCP server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What may be done with it: `ACCESS`, or tools of an MCP server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_permissions: Option<BTreeSet<String>>,
    /// `MCP` or `THIRD_PARTY_APPLICATION`.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
}

/// A flow module that an AI agent may call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FlowModule {
    /// `MCP`.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub module_type: Option<String>,
    /// The identifier of the module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_module_id: Option<String>,
}

/// An external AI agent that the AI agent holding the profile may call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AiAgent {
    /// The ARN of its `AppIntegrations` application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `THIRD_PARTY`.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
}

/// The API's `GranularAccessControlConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct GranularAccess {
    /// The access to data tables.
    pub data_table_access_control_configuration: DataTableAccess,
}

impl GranularAccess {
    /// One that allows these attribute values.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = PrimaryAttributeValue>) -> Self {
        Self {
            data_table_access_control_configuration: DataTableAccess {
                primary_attribute_access_control_configuration: PrimaryAttributeAccess {
                    primary_attribute_values: values.into_iter().collect(),
                },
            },
        }
    }

    /// Whether it holds no attribute value, at whatever level it ends.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data_table_access_control_configuration
            .primary_attribute_access_control_configuration
            .primary_attribute_values
            .is_empty()
    }
}

/// The API's `DataTableAccessControlConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct DataTableAccess {
    /// The access by primary attributes.
    pub primary_attribute_access_control_configuration: PrimaryAttributeAccess,
}

/// The API's `PrimaryAttributeAccessControlConfigurationItem`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PrimaryAttributeAccess {
    /// The values that may be reached.
    pub primary_attribute_values: BTreeSet<PrimaryAttributeValue>,
}

/// The values of one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrimaryAttributeValue {
    /// `ALLOW`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_type: Option<String>,
    /// The name of the attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_name: Option<String>,
    /// Its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<BTreeSet<String>>,
}
