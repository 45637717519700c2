//! Whatever a template looks like, migrating it changes what it should and nothing else.

use std::fmt::Write as _;

use connect_security_profile::provider::RESOURCE_TYPE;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// How a resource of a generated template is written.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Sketch {
    is_flow: bool,
    is_quoted: bool,
    type_last: bool,
    has_comments: bool,
    policy: Option<&'static str>,
    tags: Option<Vec<(&'static str, bool)>>,
    refers: Option<usize>,
    has_metadata: bool,
}

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    let tags = prop::collection::vec((prop::sample::select(vec!["team", "cost", "x"]), any::<bool>()), 0..3);
    let one = (
        any::<(bool, bool, bool, bool, bool)>(),
        prop::option::of(prop::sample::select(vec!["Retain", "Delete"])),
        prop::option::of(tags),
        prop::option::of(0_usize..4),
    );
    let one = one.prop_map(
        |((is_flow, is_quoted, type_last, has_comments, has_metadata), policy, tags, refers)| Sketch {
            is_flow,
            is_quoted,
            type_last,
            has_comments,
            policy,
            tags,
            refers,
            has_metadata,
        },
    );
    prop::collection::vec(one, 1..4)
}

fn written(sketches: &[Sketch]) -> String {
    let mut text =
        "# head\nOutputs: {O: {Value: !Sub 'a ${R0.SecurityProfileArn} ${!R0} ${R0}'}}\nResources:\n"
            .to_owned();
    for (index, sketch) in sketches.iter().enumerate() {
        let kind = if sketch.is_quoted { format!("'{NATIVE}'") } else { NATIVE.to_owned() };
        let id = if sketch.is_quoted { format!("\"R{index}\"") } else { format!("R{index}") };
        let reference = sketch.refers.map(|other| format!("R{}", other % sketches.len()));
        let comment = if sketch.has_comments { " # Type: R0" } else { "" };
        if sketch.is_flow {
            let tags = sketch.tags.iter().map(|tags| {
                let tags: Vec<String> =
                    tags.iter().map(|(key, _)| format!("{{Key: {key}, Value: v}}")).collect();
                format!(", Tags: [{}]", tags.join(", "))
            });
            let policy = sketch.policy.map(|policy| format!("DeletionPolicy: {policy}, "));
            let metadata = if sketch.has_metadata { "Metadata: {}, " } else { "" };
            let reference =
                reference.map(|other| format!(", Description: !GetAtt {other}.SecurityProfileArn"));
            let properties = format!(
                "Properties: {{InstanceArn: !Ref I, SecurityProfileName: N{index}{}{}}}",
                tags.collect::<String>(),
                reference.unwrap_or_default()
            );
            let policy = policy.unwrap_or_default() + metadata;
            if sketch.type_last {
                writeln!(text, "  {id}: {{{policy}{properties}, Type: {kind}}}{comment}").unwrap();
            } else {
                writeln!(text, "  {id}: {{Type: {kind}, {policy}{properties}}}{comment}").unwrap();
            }
            continue;
        }
        writeln!(text, "  # one\n  {id}:{comment}").unwrap();
        if !sketch.type_last {
            writeln!(text, "    Type: {kind}{comment}").unwrap();
        }
        if let Some(policy) = sketch.policy {
            writeln!(text, "    DeletionPolicy: {policy}{comment}").unwrap();
        }
        if sketch.has_metadata {
            writeln!(text, "    Metadata:{comment}\n      a: b").unwrap();
        }
        writeln!(text, "    Properties:{comment}\n      # first\n      InstanceArn: !Ref I").unwrap();
        if let Some(other) = reference {
            writeln!(text, "      Description: |\n        a\n        b\n      Permissions: [!Ref {other}]")
                .unwrap();
        }
        if let Some(tags) = &sketch.tags {
            writeln!(text, "      Tags:{}", if tags.is_empty() { " []" } else { comment }).unwrap();
            for (key, is_flow) in tags {
                if *is_flow {
                    writeln!(text, "      - {{Key: {key}, Value: v}}").unwrap();
                } else {
                    writeln!(text, "      -   Key: {key}{comment}\n          Value: v").unwrap();
                }
            }
        }
        writeln!(text, "      SecurityProfileName: N{index}").unwrap();
        if sketch.type_last {
            writeln!(text, "    Type: {kind}{comment}").unwrap();
        }
    }
    text.push_str("Parameters:\n  I: {Type: String}\n");
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_migration_changes_what_it_should_and_nothing_else(sketches in sketches(), has_tags in any::<bool>()) {
        let text = written(&sketches);
        let template = Template::read("t", text.clone()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let stack_tags = if has_tags { BTreeMap::from([("team".to_owned(), "stack".to_owned())]) } else { BTreeMap::new() };
        let wishes =
            Wishes { service_token: "ServiceToken".to_owned(), suffix: "Managed".to_owned(), stack_tags, only: Vec::new() };
        let migration = migrate(&template, &wishes).map_err(|failure| TestCaseError::fail(format!("{failure}\n{text}")))?;
        let read = |text: &str| Template::read("t", text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")));
        let (first, second) = (read(&migration.first)?, read(&migration.second)?);
        let values = Values::default();
        let (before, kept, after) = (template.resolve(&values), first.resolve(&values), second.resolve(&values));
        prop_assert_eq!((before.len(), kept.len()), (after.len(), after.len()));
        for ((before, kept), after) in before.iter().zip(&kept).zip(&after) {
            prop_assert_eq!(&kept.properties, &before.properties);
            prop_assert_eq!(migration.first.matches(MARK.0).count(), sketches.len(), "{}", &migration.first);
            prop_assert!(!migration.second.contains(MARK.0), "{}", &migration.second);
            prop_assert_eq!((kept.deletion_policy.as_deref(), kept.update_replace_policy.as_deref()), (Some("Retain"), Some("Retain")));
            prop_assert_eq!((&after.deletion_policy, after.kind.as_str()), (&None, RESOURCE_TYPE), "{}", &migration.second);
            prop_assert_eq!(&after.logical_id, &format!("{}Managed", before.logical_id));
            let mut expected = before.properties.clone();
            expected.insert("ServiceToken".to_owned(), Value::Null);
            expected.insert("Adopt".to_owned(), json!("true"));
            if has_tags {
                let mut tags = expected.get("Tags").and_then(Value::as_array).cloned().unwrap_or_default();
                if tags.iter().all(|tag| tag["Key"] != "team") {
                    tags.insert(0, json!({"Key": "team", "Value": "stack"}));
                }
                expected.insert("Tags".to_owned(), tags.into());
            }
            prop_assert_eq!(&after.properties, &expected, "{}", &migration.second);
        }
        let comments = |text: &str| text.matches(" #").count();
        // The comment of a policy goes with its line.
        let gone = sketches.iter().filter(|sketch| !sketch.is_flow && sketch.has_comments && sketch.policy.is_some()).count();
        prop_assert_eq!(comments(&migration.second) + gone, comments(&text), "{}", &migration.second);
        prop_assert_eq!(comments(&migration.first), comments(&text));
        let names = second.references().into_iter().map(|reference| reference.name);
        for name in names.filter(|name| name.starts_with('R')) {
            prop_assert!(name.ends_with("Managed"), "{} in {}", name, &migration.second);
        }
    }
}
