//! What a profile holds besides its name and tags: the ten members that `CreateSecurityProfile` and `UpdateSecurityProfile`
//! take, each of which may be stated, read or changed on its own.
//!
//! One type serves the template's statement, the live profile and a change, because all three are "some of the members".
//! Lists whose order means nothing are sets and maps, so that order can never cause an update.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::names::{Permission, ResourceName, TagKey};
use crate::undisclosed::Undisclosed;

/// Tags by key.
pub type Tags = BTreeMap<TagKey, Undisclosed>;

/// Some of a profile's members. `None` is "nothing said"; an empty value is "empty".
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// `Description`
    pub description: Option<Undisclosed>,
    /// `Permissions`
    pub permissions: Option<BTreeSet<Permission>>,
    /// `AllowedAccessControlTags`
    pub access_control_tags: Option<Tags>,
    /// `TagRestrictedResources`
    pub tag_restricted_resources: Option<BTreeSet<ResourceName>>,
    /// `HierarchyRestrictedResources`
    pub hierarchy_restricted_resources: Option<BTreeSet<ResourceName>>,
    /// `AllowedAccessControlHierarchyGroupId`
    pub hierarchy_group_id: Option<String>,
    /// `Applications`, by namespace
    pub applications: Option<BTreeMap<String, Application>>,
    /// `AllowedFlowModules`: the kind by id
    pub flow_modules: Option<BTreeMap<String, Kind>>,
    /// `AllowedAIAgents`: the kind by the ARN of the external agent's `AppIntegrations` application
    pub ai_agents: Option<BTreeMap<String, Kind>>,
    /// `GranularAccessControlConfiguration`: the primary attributes by name
    pub granular_access_control: Option<BTreeMap<String, AttributeAccess>>,
}

/// The `Type` of an application, flow module or AI agent: text, as the service may add to its few words. A statement
/// without one agrees with whatever is live.
pub type Kind = Option<String>;

/// What one application may be used for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Application {
    /// `ApplicationPermissions`
    pub permissions: BTreeSet<String>,
    /// `Type`
    pub kind: Kind,
}

/// Access to data-table rows by one primary attribute. `AccessType` has the single value `ALLOW`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AttributeAccess {
    /// `Values`
    pub values: BTreeSet<Undisclosed>,
}

/// A member of [`Settings`], by the name of its property in a template.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Member {
    /// `Description`
    Description,
    /// `Permissions`
    Permissions,
    /// `AllowedAccessControlTags`
    AllowedAccessControlTags,
    /// `TagRestrictedResources`
    TagRestrictedResources,
    /// `HierarchyRestrictedResources`
    HierarchyRestrictedResources,
    /// `AllowedAccessControlHierarchyGroupId`
    AllowedAccessControlHierarchyGroupId,
    /// `Applications`
    Applications,
    /// `AllowedFlowModules`
    AllowedFlowModules,
    /// `AllowedAIAgents`
    AllowedAiAgents,
    /// `GranularAccessControlConfiguration`
    GranularAccessControlConfiguration,
}

impl Member {
    /// Every member, in the order in which templates and people name them.
    pub const ALL: [Self; 10] = [
        Self::Description,
        Self::Permissions,
        Self::AllowedAccessControlTags,
        Self::TagRestrictedResources,
        Self::HierarchyRestrictedResources,
        Self::AllowedAccessControlHierarchyGroupId,
        Self::Applications,
        Self::AllowedFlowModules,
        Self::AllowedAiAgents,
        Self::GranularAccessControlConfiguration,
    ];

    /// The property's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Description => "Description",
            Self::Permissions => "Permissions",
            Self::AllowedAccessControlTags => "AllowedAccessControlTags",
            Self::TagRestrictedResources => "TagRestrictedResources",
            Self::HierarchyRestrictedResources => "HierarchyRestrictedResources",
            Self::AllowedAccessControlHierarchyGroupId => "AllowedAccessControlHierarchyGroupId",
            Self::Applications => "Applications",
            Self::AllowedFlowModules => "AllowedFlowModules",
            Self::AllowedAiAgents => "AllowedAIAgents",
            Self::GranularAccessControlConfiguration => "GranularAccessControlConfiguration",
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Settings {
    /// Every member said to be empty: a profile that was just made with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            description: Some(Undisclosed::default()),
            permissions: Some(BTreeSet::new()),
            access_control_tags: Some(Tags::new()),
            tag_restricted_resources: Some(BTreeSet::new()),
            hierarchy_restricted_resources: Some(BTreeSet::new()),
            hierarchy_group_id: Some(String::new()),
            applications: Some(BTreeMap::new()),
            flow_modules: Some(BTreeMap::new()),
            ai_agents: Some(BTreeMap::new()),
            granular_access_control: Some(BTreeMap::new()),
        }
    }

    /// The members that are said, an empty one included.
    #[must_use]
    pub fn members(&self) -> BTreeSet<Member> {
        Member::ALL.into_iter().filter(|member| self.says(*member)).collect()
    }

    /// Whether nothing is said at all.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.members().is_empty()
    }

    fn says(&self, member: Member) -> bool {
        match member {
            Member::Description => self.description.is_some(),
            Member::Permissions => self.permissions.is_some(),
            Member::AllowedAccessControlTags => self.access_control_tags.is_some(),
            Member::TagRestrictedResources => self.tag_restricted_resources.is_some(),
            Member::HierarchyRestrictedResources => self.hierarchy_restricted_resources.is_some(),
            Member::AllowedAccessControlHierarchyGroupId => self.hierarchy_group_id.is_some(),
            Member::Applications => self.applications.is_some(),
            Member::AllowedFlowModules => self.flow_modules.is_some(),
            Member::AllowedAiAgents => self.ai_agents.is_some(),
            Member::GranularAccessControlConfiguration => self.granular_access_control.is_some(),
        }
    }

    /// The texts that no log and no answer may show.
    pub fn undisclosed(&self) -> impl Iterator<Item = &Undisclosed> {
        let values = self.granular_access_control.iter().flat_map(BTreeMap::values);
        self.description
            .iter()
            .chain(self.access_control_tags.iter().flat_map(BTreeMap::values))
            .chain(values.flat_map(|attribute| &attribute.values))
    }

    /// The members that must be set for `live` to become `self`, with the members of `cleared` emptied. A live member that
    /// was not read counts as different.
    #[must_use]
    pub fn changes(&self, live: &Self, cleared: &BTreeSet<Member>) -> Self {
        let clears = |member| cleared.contains(&member);
        let applications = self.applications.as_ref().map(|stated| with_live_kinds(stated, live));
        let flow_modules = self.flow_modules.as_ref().map(|stated| kinds(stated, live.flow_modules.as_ref()));
        let ai_agents = self.ai_agents.as_ref().map(|stated| kinds(stated, live.ai_agents.as_ref()));
        Self {
            description: change(
                self.description.as_ref(),
                live.description.as_ref(),
                clears(Member::Description),
            ),
            permissions: change(
                self.permissions.as_ref(),
                live.permissions.as_ref(),
                clears(Member::Permissions),
            ),
            access_control_tags: change(
                self.access_control_tags.as_ref(),
                live.access_control_tags.as_ref(),
                clears(Member::AllowedAccessControlTags),
            ),
            tag_restricted_resources: change(
                self.tag_restricted_resources.as_ref(),
                live.tag_restricted_resources.as_ref(),
                clears(Member::TagRestrictedResources),
            ),
            hierarchy_restricted_resources: change(
                self.hierarchy_restricted_resources.as_ref(),
                live.hierarchy_restricted_resources.as_ref(),
                clears(Member::HierarchyRestrictedResources),
            ),
            hierarchy_group_id: change(
                self.hierarchy_group_id.as_ref(),
                live.hierarchy_group_id.as_ref(),
                clears(Member::AllowedAccessControlHierarchyGroupId),
            ),
            applications: change(
                applications.as_ref(),
                live.applications.as_ref(),
                clears(Member::Applications),
            ),
            flow_modules: change(
                flow_modules.as_ref(),
                live.flow_modules.as_ref(),
                clears(Member::AllowedFlowModules),
            ),
            ai_agents: change(ai_agents.as_ref(), live.ai_agents.as_ref(), clears(Member::AllowedAiAgents)),
            granular_access_control: change(
                self.granular_access_control.as_ref(),
                live.granular_access_control.as_ref(),
                clears(Member::GranularAccessControlConfiguration),
            ),
        }
    }

    /// The members of which `self` and `other` do not say the same.
    #[must_use]
    pub fn differing(&self, other: &Self) -> BTreeSet<Member> {
        let is_same = |member| {
            let member = BTreeSet::from([member]);
            self.only(&member) == other.only(&member)
        };
        Member::ALL.into_iter().filter(|member| !is_same(*member)).collect()
    }

    /// Of `self`, the `members` named and no others.
    #[must_use]
    pub fn only(&self, members: &BTreeSet<Member>) -> Self {
        fn keep<T: Clone>(value: Option<&T>, kept: bool) -> Option<T> {
            value.filter(|_| kept).cloned()
        }
        let has = |member| members.contains(&member);
        Self {
            description: keep(self.description.as_ref(), has(Member::Description)),
            permissions: keep(self.permissions.as_ref(), has(Member::Permissions)),
            access_control_tags: keep(
                self.access_control_tags.as_ref(),
                has(Member::AllowedAccessControlTags),
            ),
            tag_restricted_resources: keep(
                self.tag_restricted_resources.as_ref(),
                has(Member::TagRestrictedResources),
            ),
            hierarchy_restricted_resources: keep(
                self.hierarchy_restricted_resources.as_ref(),
                has(Member::HierarchyRestrictedResources),
            ),
            hierarchy_group_id: keep(
                self.hierarchy_group_id.as_ref(),
                has(Member::AllowedAccessControlHierarchyGroupId),
            ),
            applications: keep(self.applications.as_ref(), has(Member::Applications)),
            flow_modules: keep(self.flow_modules.as_ref(), has(Member::AllowedFlowModules)),
            ai_agents: keep(self.ai_agents.as_ref(), has(Member::AllowedAiAgents)),
            granular_access_control: keep(
                self.granular_access_control.as_ref(),
                has(Member::GranularAccessControlConfiguration),
            ),
        }
    }

    /// `self` after `changes` were made to it.
    #[must_use]
    pub fn after(self, changes: &Self) -> Self {
        let changes = changes.clone();
        Self {
            description: changes.description.or(self.description),
            permissions: changes.permissions.or(self.permissions),
            access_control_tags: changes.access_control_tags.or(self.access_control_tags),
            tag_restricted_resources: changes.tag_restricted_resources.or(self.tag_restricted_resources),
            hierarchy_restricted_resources: changes
                .hierarchy_restricted_resources
                .or(self.hierarchy_restricted_resources),
            hierarchy_group_id: changes.hierarchy_group_id.or(self.hierarchy_group_id),
            applications: changes.applications.or(self.applications),
            flow_modules: changes.flow_modules.or(self.flow_modules),
            ai_agents: changes.ai_agents.or(self.ai_agents),
            granular_access_control: changes.granular_access_control.or(self.granular_access_control),
        }
    }
}

fn change<T: Clone + Default + PartialEq>(stated: Option<&T>, live: Option<&T>, clear: bool) -> Option<T> {
    let wanted = match stated {
        Some(value) => value.clone(),
        None if clear => T::default(),
        None => return None,
    };
    (live != Some(&wanted)).then_some(wanted)
}

fn with_live_kinds(stated: &BTreeMap<String, Application>, live: &Settings) -> BTreeMap<String, Application> {
    let live = live.applications.as_ref();
    let kind = |namespace| live.and_then(|live: &BTreeMap<_, Application>| live.get(namespace)?.kind.clone());
    stated
        .iter()
        .map(|(namespace, application)| {
            let kind = application.kind.clone().or_else(|| kind(namespace));
            (namespace.clone(), Application { kind, ..application.clone() })
        })
        .collect()
}

fn kinds(stated: &BTreeMap<String, Kind>, live: Option<&BTreeMap<String, Kind>>) -> BTreeMap<String, Kind> {
    let kind = |id| live.and_then(|live| live.get(id)?.clone());
    stated.iter().map(|(id, stated)| (id.clone(), stated.clone().or_else(|| kind(id)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(kind: Kind) -> Settings {
        let application =
            Application { permissions: BTreeSet::from(["orders___get_order".to_owned()]), kind };
        Settings {
            applications: Some(BTreeMap::from([("gateway".to_owned(), application)])),
            ..Settings::default()
        }
    }

    #[test]
    fn an_unstated_kind_agrees_with_whatever_is_live() {
        let live = application(Some("MCP".to_owned()));
        assert!(application(None).changes(&live, &BTreeSet::new()).is_silent());
        let other = application(Some("THIRD_PARTY_APPLICATION".to_owned()));
        assert_eq!(other.changes(&live, &BTreeSet::new()), other);
    }

    #[test]
    fn an_unstated_kind_keeps_the_live_one_when_the_list_is_sent_for_another_reason() {
        let live = application(Some("MCP".to_owned()));
        let mut stated = application(None);
        let applications = stated.applications.as_mut().unwrap();
        applications.get_mut("gateway").unwrap().permissions.insert("orders___list_orders".to_owned());
        let changes = stated.changes(&live, &BTreeSet::new());
        assert_eq!(changes.applications.unwrap()["gateway"].kind, Some("MCP".to_owned()));
    }

    #[test]
    fn what_is_empty_already_is_not_cleared_again() {
        let live = Settings { description: Some(Undisclosed::default()), ..Settings::default() };
        let cleared = BTreeSet::from([Member::Description]);
        assert!(Settings::default().changes(&live, &cleared).is_silent());
    }

    #[test]
    fn a_member_that_was_not_read_counts_as_different() {
        let stated = Settings { permissions: Some(BTreeSet::new()), ..Settings::default() };
        assert_eq!(stated.changes(&Settings::default(), &BTreeSet::new()), stated);
    }
}
