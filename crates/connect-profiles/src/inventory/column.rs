//! What can be known of a profile: the columns of StackQL's and Datadog's tables, and the members that are newer than these.
//! Each says which call tells it, so that no call is made for what nobody asked.

use std::time::SystemTime;

use connect_security_profile::catalogue::nearest;
use connect_security_profile::settings::Member;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Profile, Wanted, properties};
use crate::failure::Failure;

/// Which call tells a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// `ListSecurityProfiles`, and the ARNs in it.
    Summary,
    /// `DescribeSecurityProfile`
    Describe,
    /// The list of that member.
    List(Member),
}

/// A column: its name, its short name for people, and which call tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// The name, as StackQL and Datadog have it where they have it.
    pub name: &'static str,
    /// Another name, which `--columns` takes as well.
    pub short: Option<&'static str>,
    /// Which call tells it.
    pub source: Source,
}

const fn column(name: &'static str, short: Option<&'static str>, source: Source) -> Column {
    Column { name, short, source }
}

/// Every column, in the order in which `--all-columns` shows them.
pub const COLUMNS: [Column; 25] = [
    column("region", None, Source::Summary),
    column("account_id", Some("account"), Source::Summary),
    column("instance_arn", None, Source::Summary),
    column("instance_id", None, Source::Summary),
    column("instance_alias", Some("instance"), Source::Summary),
    column("security_profile_name", Some("name"), Source::Summary),
    column("id", None, Source::Summary),
    column("arn", None, Source::Summary),
    column("security_profile_arn", None, Source::Summary),
    column("type", None, Source::Summary),
    column("last_modified_time", Some("modified"), Source::Summary),
    column("last_modified_region", None, Source::Summary),
    column("organization_resource_id", None, Source::Describe),
    column("description", None, Source::Describe),
    column("owner", None, Source::Describe),
    column("tags", None, Source::Describe),
    column("allowed_access_control_tags", Some("access_control_tags"), Source::Describe),
    column("tag_restricted_resources", None, Source::Describe),
    column("hierarchy_restricted_resources", None, Source::Describe),
    column("allowed_access_control_hierarchy_group_id", Some("hierarchy_group"), Source::Describe),
    column("granular_access_control_configuration", Some("granular_access_control"), Source::Describe),
    column("permissions", None, Source::List(Member::Permissions)),
    column("applications", None, Source::List(Member::Applications)),
    column("allowed_flow_modules", Some("flow_modules"), Source::List(Member::AllowedFlowModules)),
    column("allowed_ai_agents", Some("ai_agents"), Source::List(Member::AllowedAiAgents)),
];

/// What `list` shows unless it is told otherwise: what one call for a whole instance tells.
pub const HANDY: [&str; 4] = ["security_profile_name", "type", "last_modified_time", "id"];

impl Column {
    /// The column of that name, or of that short name.
    pub fn named(name: &str) -> Result<Self, Failure> {
        let wanted = name.trim().to_lowercase().replace('-', "_");
        let found = COLUMNS.iter().find(|column| column.name == wanted || column.short == Some(&wanted));
        found.copied().ok_or_else(|| {
            let names = COLUMNS.iter().flat_map(|column| [Some(column.name), column.short]).flatten();
            let failure = Failure::new(format_args!("there is no column `{}`", name.trim()));
            match nearest(&wanted, names) {
                Some(nearest) => failure.hint(format_args!("did you mean `{nearest}`?")),
                None => failure.hint(format_args!("the columns are {}", every_name())),
            }
        })
    }

    /// What the profile has there. Null where nothing is said, and where it was not read.
    #[must_use]
    pub fn of(self, profile: &Profile) -> Value {
        let arn = &profile.summary.arn;
        let instance = arn.instance();
        match self.name {
            "region" => Value::from(instance.region()),
            "account_id" => Value::from(instance.account()),
            "instance_arn" => Value::from(instance.to_string()),
            "instance_id" => Value::from(instance.id()),
            "instance_alias" => profile.instance.alias.clone().map_or(Value::Null, Value::from),
            "security_profile_name" => Value::from(profile.name()),
            "id" => Value::from(arn.id()),
            "arn" | "security_profile_arn" => Value::from(arn.to_string()),
            "type" => profile.is_aws_managed().map_or(Value::Null, |is_aws_managed| {
                Value::from(if is_aws_managed { "AWS_MANAGED" } else { "CUSTOMER_MANAGED" })
            }),
            "last_modified_time" => last_modified(profile).0,
            "last_modified_region" => last_modified(profile).1,
            "organization_resource_id" => {
                let id = profile.described.as_ref().and_then(|it| it.organization_resource_id.clone());
                id.map_or(Value::Null, Value::from)
            }
            "owner" => profile.owner().map_or(Value::Null, |owner| owner.json()),
            "tags" => profile.described.as_ref().map_or(Value::Null, |it| properties::by_key(&it.tags)),
            name => properties::member(&profile.settings(), name),
        }
    }
}

/// The names of all columns, for people.
#[must_use]
pub fn every_name() -> String {
    COLUMNS.map(|column| column.name).join(", ")
}

/// What must be read for these columns.
#[must_use]
pub fn wanted<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Wanted {
    columns.into_iter().fold(Wanted::default(), |mut wanted, column| {
        match column.source {
            Source::Summary => {}
            Source::Describe => wanted.describe = true,
            Source::List(member) => {
                wanted.lists.insert(member);
            }
        }
        wanted
    })
}

fn last_modified(profile: &Profile) -> (Value, Value) {
    let newer = profile.described.as_ref().map(|it| &it.last_modified);
    let (time, region) = newer.filter(|(time, _)| time.is_some()).unwrap_or(&profile.summary.last_modified);
    let time = time.and_then(written).map_or(Value::Null, Value::from);
    (time, region.clone().map_or(Value::Null, Value::from))
}

/// `2026-11-20T08:30:00Z`: whole seconds, so that it sorts as text and SQLite's functions read it.
fn written(time: SystemTime) -> Option<String> {
    OffsetDateTime::from(time).replace_nanosecond(0).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_is_found_by_its_name_and_its_short_one() {
        for column in COLUMNS {
            for name in [Some(column.name), column.short].into_iter().flatten() {
                assert_eq!(Column::named(&name.to_uppercase()), Ok(column));
            }
        }
        insta::assert_snapshot!(Column::named("permisions").unwrap_err(), @"there is no column `permisions`");
    }

    #[test]
    fn what_the_summary_tells_takes_no_other_call() {
        let handy: Vec<Column> = HANDY.iter().map(|name| Column::named(name).unwrap()).collect();
        assert_eq!(wanted(&handy), Wanted::default());
        let columns = [Column::named("name").unwrap(), Column::named("permissions").unwrap()];
        let lists = BTreeSet::from([Member::Permissions]);
        assert_eq!(wanted(&columns), Wanted { describe: false, lists });
    }
}
