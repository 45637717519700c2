//! The tables that a query may read, their columns, and other names of these.

use std::fmt;

use crate::inventory::Wanted;
use crate::inventory::column::{COLUMNS, Column, wanted};
use connect_security_profile::settings::Member;

/// A table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Table {
    /// One row a profile.
    Profiles,
    /// One row for each permission of each profile.
    Permissions,
    /// One row for each tag of each profile.
    Tags,
    /// One row for each permission of each application of each profile.
    Applications,
    /// One row an instance.
    Instances,
    /// One row for each permission that is known.
    Catalogue,
}

/// What rows about a profile begin with.
pub const PROFILE: [&str; 6] = [
    "region",
    "account_id",
    "instance_arn",
    "instance_alias",
    "security_profile_arn",
    "security_profile_name",
];

const INSTANCE: [&str; 5] = ["region", "account_id", "instance_arn", "instance_id", "instance_alias"];

impl Table {
    /// Every table.
    pub const ALL: [Self; 6] =
        [Self::Profiles, Self::Permissions, Self::Tags, Self::Applications, Self::Instances, Self::Catalogue];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Profiles => "security_profiles",
            Self::Permissions => "profile_permissions",
            Self::Tags => "profile_tags",
            Self::Applications => "profile_applications",
            Self::Instances => "instances",
            Self::Catalogue => "permission_catalogue",
        }
    }

    /// The table of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name().eq_ignore_ascii_case(name))
    }

    /// Whether its rows are about profiles, which must be read for them.
    #[must_use]
    pub fn is_of_profiles(self) -> bool {
        !matches!(self, Self::Instances | Self::Catalogue)
    }

    /// The columns that `*` shows.
    #[must_use]
    pub fn columns(self) -> Vec<&'static str> {
        let more: &[&str] = match self {
            Self::Profiles => return COLUMNS.iter().map(|column| column.name).collect(),
            Self::Instances => return INSTANCE.to_vec(),
            Self::Catalogue => return vec!["permission", "permission_group", "label", "action", "implies"],
            Self::Permissions => &["permission", "permission_group", "label"],
            Self::Tags => &["tag_key", "tag_value"],
            Self::Applications => &["namespace", "application_permission", "type"],
        };
        PROFILE.iter().chain(more).copied().collect()
    }

    /// What must be read of each profile for a column of this table. The empty name stands for counting rows.
    #[must_use]
    pub fn wants(self, column: &str) -> Wanted {
        let list = |member| Wanted { lists: [member].into(), ..Wanted::default() };
        match self {
            Self::Profiles => {
                let column = other_name(column).map_or(column, |(canonical, _)| canonical);
                Column::named(column).map_or_else(|_| Wanted::default(), |column| wanted([&column]))
            }
            Self::Permissions => list(Member::Permissions),
            Self::Applications => list(Member::Applications),
            Self::Tags => Wanted { describe: true, ..Wanted::default() },
            Self::Instances | Self::Catalogue => Wanted::default(),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Whether a column of profiles holds JSON.
#[must_use]
pub fn holds_json(column: &str) -> bool {
    let bare = |name: &str| name.replace('_', "").to_lowercase();
    let names = [
        "owner",
        "tags",
        "allowed_access_control_tags",
        "tag_restricted_resources",
        "hierarchy_restricted_resources",
        "granular_access_control_configuration",
        "permissions",
        "applications",
        "allowed_flow_modules",
        "allowed_ai_agents",
        "implies",
    ];
    names.iter().any(|name| bare(name) == bare(column))
}

/// Names of columns that others have: what StackQL's pages call them, older and newer, and Datadog's. They are
/// there when a query names them, and `*` does not show them. With each, the column whose value it has.
pub const OTHER_NAMES: [(&str, &str); 9] = [
    ("name", "security_profile_name"),
    ("title", "security_profile_name"),
    ("_key", "arn"),
    ("identifier", "arn"),
    ("data__identifier", "arn"),
    ("security_profile_id", "id"),
    ("instance", "instance_alias"),
    ("account", "account_id"),
    ("modified", "last_modified_time"),
];

/// The column of profiles that another name stands for, and that name as it was written: one of others, or one of the API's
/// own, such as `AllowedAccessControlTags`.
#[must_use]
pub fn other_name(written: &str) -> Option<(&'static str, &str)> {
    let lower = written.to_lowercase();
    let listed = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, column)| *column);
    let by_api = || {
        let column =
            COLUMNS.iter().find(|column| column.name.replace('_', "") == lower && column.name != lower);
        column.map(|column| column.name)
    };
    listed.or_else(by_api).map(|column| (column, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_others_have_stand_for_columns() {
        for (written, column) in [
            ("Arn", None),
            ("Name", Some("security_profile_name")),
            ("AllowedAccessControlHierarchyGroupId", Some("allowed_access_control_hierarchy_group_id")),
            ("GranularAccessControlConfiguration", Some("granular_access_control_configuration")),
            ("LastModifiedTime", Some("last_modified_time")),
            ("data__Identifier", Some("arn")),
            ("instance_id", None),
            ("nonsense", None),
        ] {
            assert_eq!(other_name(written).map(|(column, _)| column), column, "{written}");
        }
    }

    #[test]
    fn a_column_wants_only_the_call_that_tells_it() {
        assert_eq!(Table::Profiles.wants("security_profile_name"), Wanted::default());
        assert_eq!(Table::Profiles.wants(""), Wanted::default());
        assert!(Table::Profiles.wants("AllowedAccessControlTags").describe);
        assert!(Table::Permissions.wants("security_profile_name").lists.contains(&Member::Permissions));
    }
}
