//! `query`

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use connect_profiles::sql::database::{Database, Query};
use connect_profiles::sql::narrowing::narrowing;
use connect_profiles::sql::tables::Table;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{INSTANCE, INSTANCE_ARN, World, full};

#[test]
fn the_statements_of_stackqls_pages_run_as_they_stand() {
    let world = World::new();
    let all = "SELECT
region,
allowed_access_control_tags,
description,
instance_arn,
permissions,
security_profile_arn,
security_profile_name,
tag_restricted_resources,
hierarchy_restricted_resources,
allowed_access_control_hierarchy_group_id,
applications,
tags,
last_modified_region,
last_modified_time
FROM aws.connect.security_profiles
WHERE region = 'us-east-1'";
    let run = world.run(&["query", &format!("{all};"), "--format", "json"]);
    let rows = run.json()["rows"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert!(rows[0]["permissions"].is_array() && rows[0]["tags"].is_object(), "{}", rows[0]);
    let arn = rows[0]["security_profile_arn"].as_str().unwrap();
    world.connect.clear_journal();
    let one = world.run(&["query", &format!("{all} AND data__Identifier = '{arn}';"), "--format", "json"]);
    assert_eq!(one.json()["rows"], serde_json::json!([rows[0]]));
    let described = world
        .connect
        .journal()
        .iter()
        .filter(|call| call.operation.name() == "DescribeSecurityProfile")
        .count();
    assert_eq!(described, 1);
    assert!(!world.called().contains(&"ListInstances"));

    let list = "SELECT
Arn,
Id,
LastModifiedRegion,
LastModifiedTime,
Name
FROM aws.connect.security_profiles
WHERE instance_id = '11111111-2222-3333-4444-555555555555' -- required
AND region = 'us-east-1' -- required
AND nextToken = '{{ nextToken }}'
AND maxResults = '{{ maxResults }}'
;";
    world.connect.clear_journal();
    let listed = world.run(&["query", list, "--format", "csv"]);
    assert_eq!(listed.out.lines().count(), 5, "{}", listed.err);
    assert_eq!(world.called(), ["ListInstances", "ListSecurityProfiles"]);
}

#[test]
fn the_statements_of_stackqls_newer_page_run_with_values_in_their_places() {
    let world = World::new();
    world.put(full());
    let id = world.run(&["list", "--name", "every*", "--columns", "id", "--format", "csv"]).out;
    let id = id.lines().last().unwrap();
    let describe = format!(
        "SELECT
AllowedAccessControlHierarchyGroupId,
AllowedAccessControlTags,
Arn,
Description,
GranularAccessControlConfiguration,
HierarchyRestrictedResources,
Id,
LastModifiedRegion,
LastModifiedTime,
OrganizationResourceId,
SecurityProfileName,
TagRestrictedResources,
Tags
FROM aws.connect.security_profiles
WHERE security_profile_id = '{id}' -- required
AND instance_id = '{INSTANCE}' -- required
AND region = 'us-east-1' -- required
;"
    );
    world.connect.clear_journal();
    let rows = world.run(&["query", &describe, "--format", "json"]).json()["rows"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(
        (&rows[0]["SecurityProfileName"], &rows[0]["AllowedAccessControlTags"]["site"]),
        (&"Everything @ 1st".into(), &"north".into())
    );
    assert_eq!(world.connect.journal().len(), 3);
    let search = "SELECT
Arn,
Description,
Id,
OrganizationResourceId,
SecurityProfileName,
Tags
FROM aws.connect.security_profiles
WHERE region = 'us-east-1' -- required
;";
    assert_eq!(world.run(&["query", search, "--format", "csv"]).out.lines().count(), 6);
    // As it stands, with its placeholders, it asks for a region that is none.
    let placeholder = search.replace("us-east-1", "{{ region }}");
    assert_eq!(world.run(&["query", &placeholder, "--format", "csv"]).out.lines().count(), 1);
    let identifier = "SELECT region, security_profile_arn FROM awscc.connect.security_profiles_list_only WHERE region = 'us-east-1';";
    assert_eq!(world.run(&["query", identifier, "--format", "csv"]).out.lines().count(), 6);
}

#[test]
fn who_may_edit_users_is_one_line_in_the_help() {
    let help = World::new().run(&["query", "--help"]).out;
    let line = help.lines().find(|line| line.contains("'Users.Edit'")).unwrap();
    let sql = line.split('"').nth(1).unwrap();
    let run = World::new().run(&["query", sql]);
    assert_eq!(run.out, "name\nAdmin\n", "{}", run.err);
}

#[test]
fn tables_join_and_the_names_of_others_mean_the_same() {
    let world = World::new();
    world.put(full());
    let value = |sql: &str| {
        let run = world.run(&["query", sql, "--format", "ndjson"]);
        assert_eq!(run.code, 0, "{sql}: {}", run.err);
        run.out.trim().to_owned()
    };
    for table in ["aws.connect_security_profile", "aws_connect_security_profile", "security_profiles"] {
        assert_eq!(value(&format!("SELECT count(*) AS n FROM {table}")), r#"{"n":5}"#);
    }
    assert_eq!(
        value("SELECT t.tag_value FROM security_profiles p JOIN aws.connect.security_profile_tags t USING (security_profile_arn)
               WHERE p.tag_restricted_resources <> '[]' AND t.tag_key = 'team'"),
        r#"{"tag_value":"on"}"#
    );
    assert_eq!(
        value("SELECT c.label FROM security_profile_permissions p JOIN permission_catalogue c USING (permission)
               WHERE p.security_profile_name LIKE 'Every%' AND permission LIKE 'Basic%'"),
        r#"{"label":"Access Contact Control Panel"}"#
    );
    assert_eq!(
        value(
            "SELECT namespace, application_permission, type FROM security_profile_applications ORDER BY 2 LIMIT 1"
        ),
        r#"{"application_permission":"orders___get_order","namespace":"orders-gateway","type":"MCP"}"#
    );
    assert_eq!(value("SELECT instance_id FROM instances WHERE region = 'us-east-1'").len(), 54);
    assert_eq!(
        value("SELECT tags ->> 'Cost Center' AS cost FROM security_profiles WHERE tags <> '{}'"),
        r#"{"cost":"0042"}"#
    );
}

#[test]
fn what_needs_no_call_makes_none() {
    let world = World::new();
    assert_eq!(world.run(&["query", "SELECT 1"]).out, "1\n1\n");
    assert_eq!(world.run(&["query", "SELECT count(*) AS n FROM permission_catalogue"]).out, "n\n327\n");
    assert_eq!(world.run(&["query", "--tables"]).code, 0);
    assert!(world.called().is_empty());
}

#[test]
fn mistakes_are_shown_with_their_place() {
    let world = World::new();
    let texts = [
        "SELECT nme, id\nFROM security_profiles",
        "SELECT zzz FROM instances",
        "SELECT * FROM security_profile_permission",
        "SELECT * FROM aws.connect.profiles",
        "SELECT name FROM security_profiles WHERE region = \"us-east-1\"",
        "SELEC 1",
        "SELECT (",
        "DELETE FROM aws.connect.security_profiles WHERE data__Identifier = 'x'",
        "ATTACH 'x.db' AS y",
        "INSERT INTO aws.connect.security_profiles (InstanceArn, region) SELECT 'a', 'b';",
        "EXEC aws.connect.security_profiles.disassociate_security_profiles @instance_id='i' @@json='{}';",
        "SELECT 1; SELECT 2",
        "",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    ]
    .map(|sql| world.run(&["query", sql, "--timeout", "0"]).shown());
    assert!(world.called().is_empty());
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_query_over_a_part_has_no_answer_unless_that_is_asked() {
    let world = World::new();
    let missing = INSTANCE_ARN.replace('1', "9");
    let sql = format!(
        "SELECT count(*) AS n FROM security_profiles WHERE instance_arn IN ('{INSTANCE_ARN}', '{missing}')"
    );
    let run = world.run(&["query", &sql]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    let run = world.run(&["query", &sql, "--partial", "--format", "json"]);
    assert_eq!(
        (run.code, &run.json()["complete"], &run.json()["rows"][0]["n"]),
        (1, &false.into(), &4.into())
    );
}

/// The rows that a query gives over profiles, of which only those are there that are within the limits, if it is limited.
fn answer(sql: &str, is_limited: bool) -> Vec<Vec<Value>> {
    let mut database = Database::new().unwrap();
    let query = Query::read(sql).unwrap();
    database.reads(&query).unwrap();
    let limits = narrowing(&query.tokens, &query.named);
    let is_within = |limit: &Option<BTreeSet<String>>, value: &str| {
        !is_limited || limit.as_ref().is_none_or(|it| it.contains(value))
    };
    let rows = ["a", "b", "c"].iter().flat_map(|id| ["x", "y"].map(|name| (*id, name)));
    let rows = rows.filter(|(id, name)| is_within(&limits.ids, id) && is_within(&limits.names, name));
    let rows = rows.map(|(id, name)| vec![json!(id), json!(name)]);
    database.fill(Table::Profiles, &["id", "security_profile_name"], rows).unwrap();
    database.run(&query, Duration::from_secs(5), Arc::default()).unwrap().rows
}

fn condition() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "id = 'a'",
        "p.id == 'b'",
        "'c' = id",
        "id IN ('a', 'b')",
        "\"id\" = 'a'",
        "name = 'x'",
        "p.security_profile_name = 'y'",
        "id <> 'a'",
        "id NOT IN ('a')",
        "id = 'a' = 1",
        "id = 'A' COLLATE NOCASE",
        "1 BETWEEN 0 AND id = 'a'",
        "length(id) = 1",
        "id = 'a' /* OR 1 */",
    ]);
    let leaf = atom.prop_map(ToOwned::to_owned);
    leaf.prop_recursive(3, 12, 2, |inner| {
        let operator = prop::sample::select(vec!["AND", "OR", "and", "\nAND"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(one, operator, other)| format!("{one} {operator} {other}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("NOT {inner}")),
            inner.prop_map(|inner| format!("CASE WHEN {inner} THEN 1 ELSE 0 END")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_not_read_would_not_have_changed_the_answer(
        condition in condition(),
        end in prop::sample::select(vec!["", " ORDER BY 1, 2", " GROUP BY 1, 2", " LIMIT 100", ";"]),
        from in prop::sample::select(vec!["aws.connect.security_profiles p", "security_profiles AS p"]),
    ) {
        let sql = format!("SELECT id, name FROM {from} WHERE {condition}{end}");
        prop_assert_eq!(answer(&sql, true), answer(&sql, false), "{}", sql);
    }
}
