//! `validate` says of any properties what the Lambda says of them, and of unknown ones nothing that may not be so.

mod random;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use connect_security_profile::properties::{Desired, PropertyMistakes, Sought};
use proptest::prelude::*;
use serde_json::{Value, json};

use random::properties;

use super::*;
use crate::migration::{Wishes, migrate};

const ACCOUNT: &str = "123456789012";

/// A mistake by its path and rule.
type Said = BTreeSet<String>;

/// What the Lambda says of properties as CloudFormation delivers them.
fn by_lambda(kind: &str, properties: &Value, account: &str) -> Said {
    let delivered = delivered(properties);
    let properties = delivered.as_object().unwrap();
    let refused = if kind == LOOKUP_TYPE {
        Sought::read(properties, account).err()
    } else {
        Desired::read(properties, account).err()
    };
    let mistakes = refused.map(|PropertyMistakes(mistakes)| mistakes).unwrap_or_default();
    mistakes.iter().map(ToString::to_string).collect()
}

/// What `validate` says of them in a template.
fn by_validate(text: &str, account: &str) -> Said {
    let template = Template::read("t", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let known = Known { provider_account: Some(account.to_owned()), ..Known::default() };
    let findings = lint(&template, &known);
    let said = findings.iter().filter(|finding| finding.rule == "property");
    said.map(|finding| match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    })
    .collect()
}

fn delivered(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!(flag.to_string()),
        Value::Number(number) => json!(number.to_string()),
        Value::Array(items) => items.iter().map(delivered).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), delivered(value))).collect())
        }
        other => other.clone(),
    }
}

fn in_json(kind: &str, properties: &Value) -> String {
    json!({"Parameters": {"Unknown": {"Type": "String"}}, "Resources": {"R": {"Type": kind, "Properties": properties}}})
        .to_string()
}

fn in_yaml(kind: &str, properties: &Value) -> String {
    let mut text = format!(
        "Parameters:\n  Unknown: {{Type: String}}\nResources:\n  R:\n    Type: {kind}\n    Properties:"
    );
    write_yaml(&mut text, properties, 6);
    text
}

fn write_yaml(text: &mut String, value: &Value, indent: usize) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("Ref") => {
            text.push_str(" !Ref Unknown\n");
        }
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            for (key, value) in members {
                write!(text, "{pad}{}:", json!(key)).unwrap();
                write_yaml(text, value, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                write!(text, "{pad}-").unwrap();
                write_yaml(text, item, indent + 2);
            }
        }
        Value::String(word)
            if word != "FALSE"
                && word.len() > 1
                && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'.') =>
        {
            writeln!(text, " {word}").unwrap();
        }
        other => writeln!(text, " {other}").unwrap(),
    }
}

/// The value with one part of it unknown, chosen by the number.
fn with_unknown(value: &Value, chosen: usize, part: &mut Value) -> Value {
    let count = |value: &Value| {
        let mut value = value.clone();
        let mut left = usize::MAX;
        hide(&mut value, &mut left, &mut json!(null));
        usize::MAX - left
    };
    let mut value = value.clone();
    let mut left = chosen % count(&value).max(1);
    hide(&mut value, &mut left, part);
    value
}

/// The value with another in place of what is unknown.
fn replaced(value: &Value, by: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| replaced(item, by)).collect(),
        Value::Object(members) if members.contains_key("Ref") => by.clone(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), replaced(value, by))).collect())
        }
        other => other.clone(),
    }
}

fn hide(value: &mut Value, left: &mut usize, part: &mut Value) {
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
        _ => return,
    };
    for child in children {
        if *left == 0 {
            *part = child.clone();
            *child = json!({"Ref": "Unknown"});
            *left = usize::MAX;
            return;
        }
        *left -= 1;
        hide(child, left, part);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn validate_says_what_the_lambda_says(properties in properties(), is_lookup in prop::bool::weighted(0.2)) {
        let kind = if is_lookup { LOOKUP_TYPE } else { RESOURCE_TYPE };
        let expected = by_lambda(kind, &properties, ACCOUNT);
        prop_assert_eq!(&by_validate(&in_json(kind, &properties), ACCOUNT), &expected);
        let yaml = in_yaml(kind, &properties);
        prop_assert_eq!(&by_validate(&yaml, ACCOUNT), &expected, "{}", yaml);
    }

    #[test]
    fn what_is_chosen_by_a_condition_makes_no_mistakes_of_its_own(
        properties in properties(), chosen in any::<usize>(), is_decided in any::<bool>(),
    ) {
        let mut chosen_part = json!(null);
        let unknown = with_unknown(&properties, chosen, &mut chosen_part);
        let absent = replaced(&unknown, &json!(null));
        let choice = json!({"Fn::If": ["C", chosen_part, {"Ref": "AWS::NoValue"}]});
        let mut template: Value = serde_json::from_str(&in_json(RESOURCE_TYPE, &replaced(&unknown, &choice))).unwrap();
        template["Conditions"] = json!({"C": {"Fn::Equals": [if is_decided { json!("x") } else { json!({"Ref": "Unknown"}) }, "x"]}});
        let rule = |said: String| said.split("; ").next().unwrap_or_default().to_owned();
        let possible = by_lambda(RESOURCE_TYPE, &properties, ACCOUNT).into_iter();
        let possible: Said = possible.chain(by_lambda(RESOURCE_TYPE, &absent, ACCOUNT)).map(rule).collect();
        let said: Said = by_validate(&template.to_string(), ACCOUNT).into_iter().map(rule).collect();
        // What follows an item that is left out is counted from where it moves to.
        if !unknown.to_string().contains(r#"{"Ref":"Unknown"},"#) {
            let false_ones: Vec<_> = said.difference(&possible).collect();
            prop_assert!(false_ones.is_empty(), "{:?} of {}", false_ones, template);
        }
    }

    #[test]
    fn what_is_unknown_makes_no_mistakes(properties in properties(), chosen in any::<(usize, usize)>()) {
        let rule = |said: &String| said.split("; did you mean").next().unwrap_or_default().to_owned();
        let possible: Said = by_lambda(RESOURCE_TYPE, &properties, ACCOUNT).iter().map(rule).collect();
        let unknown = with_unknown(&properties, chosen.0, &mut json!(null));
        let unknown = with_unknown(&unknown, chosen.1, &mut json!(null));
        let said: Said = by_validate(&in_yaml(RESOURCE_TYPE, &unknown), ACCOUNT).iter().map(rule).collect();
        let false_ones: Vec<_> = said.difference(&possible).collect();
        prop_assert!(false_ones.is_empty(), "{:?} of {}", false_ones, unknown);
    }
}

#[test]
fn every_event_of_the_repository_is_judged_as_the_lambda_judges_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let (mut judged, mut refused) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let event: Value = serde_json::from_str(&text).unwrap();
        let Some(properties) = event.get("ResourceProperties") else { continue };
        let kind = event["ResourceType"].as_str().unwrap_or_default();
        if kind != RESOURCE_TYPE && kind != LOOKUP_TYPE {
            continue;
        }
        let expected = by_lambda(kind, properties, "000000000000");
        assert_eq!(by_validate(&in_json(kind, properties), "000000000000"), expected);
        assert_eq!(by_validate(&in_yaml(kind, properties), "000000000000"), expected);
        judged += 1;
        refused += usize::from(!expected.is_empty());
    }
    assert!(judged > 40 && refused > 2, "{judged} {refused}");
}

fn large_template() -> String {
    let mut text = "Parameters: {I: {Type: String}, T: {Type: String}, S: {Type: String, Default: dev}}\nConditions: {P: !Equals [!Ref S, prod]}\nResources:\n".to_owned();
    for index in 0..500 {
        write!(
            text,
            "  R{index}:\n    Type: Custom::ConnectSecurityProfile\n    Properties:\n      ServiceToken: !Ref T\n      InstanceArn: !Ref I\n      SecurityProfileName: !Sub 'Profile {index} ${{S}}'\n      Description: The profile of that number\n      Permissions:\n        - BasicAgentAccess\n        - OutboundCallAccess\n        - !If [P, Users.View, Queues.View]\n        - ContactSearch.View\n        - Unknown.Permission\n      Tags:\n        - Key: team\n          Value: support\n        - Key: cost\n          Value: '42'\n      AllowedAccessControlTags: [{{Key: team, Value: !Ref S}}]\n      TagRestrictedResources: [User]\n"
        )
        .unwrap();
    }
    text
}

#[test]
fn five_hundred_resources_are_judged_in_an_instant() {
    let text = large_template();
    let judge = || {
        let start = Instant::now();
        let template = Template::read("t", text.clone()).unwrap();
        let findings = lint(&template, &Known::default());
        (start.elapsed(), findings.len())
    };
    let (fastest, findings) = (0..3).map(|_| judge()).min().unwrap();
    assert_eq!(findings, 1000);
    // Optimised it takes some 50 ms; this is without, on a machine that does other things.
    assert!(fastest < Duration::from_secs(10), "{fastest:?}");
}

/// A template with a few pieces of it replaced by others.
fn damaged(text: &str, damages: &[(usize, usize, &str)]) -> String {
    let mut text = text.to_owned();
    for (at, length, piece) in damages {
        let boundary =
            |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let start = boundary(at % (text.len() + 1));
        let end = boundary((start + length).min(text.len()));
        text.replace_range(start..end, piece);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_a_template_makes_the_judge_panic(
        damages in prop::collection::vec((any::<usize>(), 0_usize..30, prop::sample::select(vec![
            "", "\n", "  ", ": ", "- ", "!If [IsProd, 1]", "{", "}", "[", "]", "é", "\u{0}", "\t", "'", "\"", "&a ", "*a", "Fn::If: ",
            "${", "!Ref A", "!Sub [x, {a: 1}]", "<<: ", "\r\n", "Resources:\n", "Properties: [", "|\n", "# ", "!GetAtt .", "null",
        ])), 1..6),
    ) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/templates");
        for name in ["wrong.yaml", "native.yaml"] {
            let text = damaged(&fs::read_to_string(folder.join(name)).unwrap(), &damages);
            let Ok(template) = Template::read(name, text.clone()) else { continue };
            for finding in lint(&template, &Known::default()).into_iter().chain(compare(&template, &template, &Known::default())) {
                prop_assert!(text.get(finding.span.range()).is_some(), "{:?}", finding);
            }
            let wishes = Wishes {
                service_token: "T".to_owned(),
                suffix: "Managed".to_owned(),
                stack_tags: [("k".to_owned(), "v".to_owned())].into(),
                only: Vec::new(),
            };
            if let Ok(migration) = migrate(&template, &wishes) && !migration.renamed.is_empty() {
                for text in [migration.first, migration.second] {
                    prop_assert!(Template::read(name, text.clone()).is_ok(), "{}", text);
                }
            }
        }
    }
}

const APPLICATIONS: &str = include_str!("../../../../examples/applications.yaml");

/// What is said of dependencies, of a template: whose, on which property, and the help.
fn dependencies(text: &str) -> Vec<(String, String, String)> {
    let template = Template::read("t", text).unwrap();
    let findings = lint(&template, &Known::default()).into_iter();
    let findings = findings.filter(|finding| finding.rule == "missing-dependency");
    findings.map(|it| (it.resource.unwrap(), it.path.unwrap(), it.help.unwrap())).collect()
}

#[test]
fn a_profile_depends_on_the_association_of_what_it_grants() {
    let said = |resource: &str, property: &str, id: &str| {
        vec![(resource.to_owned(), property.to_owned(), format!("add `DependsOn: {id}`"))]
    };
    let without = |line: &str, by: &str| {
        assert!(APPLICATIONS.contains(line));
        APPLICATIONS.replace(line, by)
    };
    let (orders, agent) = ("    DependsOn: OrdersAssociation\n", "    DependsOn: ExternalAgentAssociation\n");
    assert_eq!(dependencies(APPLICATIONS), []);
    // By the namespace of an application of the template, and by an ARN that is written the same way.
    assert_eq!(dependencies(&without(orders, "")), said("OrderDesk", "Applications", "OrdersAssociation"));
    let expected = said("OrderAgent", "AllowedAIAgents", "ExternalAgentAssociation");
    assert_eq!(dependencies(&without(agent, "")), expected);
    // By a reference to an application of the template.
    let referred =
        without(agent, "").replace("- Arn: !Ref ExternalAgentArn", "- Arn: !GetAtt Orders.ApplicationArn");
    let of_orders = referred.replace(
        "IntegrationArn: !GetAtt Orders.ApplicationArn",
        "IntegrationArn: !Sub '${Orders.ApplicationArn}'",
    );
    assert_eq!(dependencies(&of_orders), said("OrderAgent", "AllowedAIAgents", "OrdersAssociation"));

    // A reference is a dependency, and so is one by way of another resource.
    let by_reference = without(orders, "").replace("Order desk", "!Sub '${OrdersAssociation} desk'");
    assert_eq!(dependencies(&by_reference), []);
    assert_eq!(
        dependencies(
            &without(orders, "    DependsOn: [OrderAgent]\n")
                .replace(agent, "    DependsOn: [ExternalAgentAssociation, OrdersAssociation]\n")
        ),
        []
    );
    // What another template associates, nobody can tell here.
    let elsewhere = without(orders, "")
        .replace("Namespace: shop.orders\n          App", "Namespace: other\n          App");
    assert_eq!(dependencies(&elsewhere), []);
}

#[test]
fn kinds_of_resources_that_are_restricted_have_their_permission_to_view() {
    let group = |kind: &str| advice::group_of(kind);
    for kind in connect_security_profile::properties::definition::TAG_RESTRICTED_RESOURCES {
        assert!(group(kind).is_some(), "{kind}");
    }
    assert_eq!(group("OperatingHours").as_deref(), Some("HoursOfOperation"));
    assert_eq!(group("EmailAddress").as_deref(), Some("EmailAddresses"));
    assert_eq!(group("TransferDestination").as_deref(), Some("TransferDestinations"));
    assert_eq!(group("Nothing"), None);
}

#[test]
fn a_reference_that_is_never_resolved_is_refused_in_the_words_of_the_lambda_and_one_that_is_passes() {
    let template = |extra: &str| {
        format!(
            "Resources:\n  Desk:\n    Type: {RESOURCE_TYPE}\n    Properties:\n      ServiceToken: '{{{{resolve:ssm:/token}}}}'\n      \
             ServiceTimeout: 60\n      InstanceArn: arn:aws:connect:eu-west-2:{ACCOUNT}:instance/i\n      \
             SecurityProfileName: Desk\n      {extra}\n"
        )
    };
    let secret = "{{resolve:secretsmanager:desk:SecretString:id}}";
    for (extra, path, service) in [
        (format!("Description: '{secret}'"), "Description", "secretsmanager"),
        ("Description: '{{resolve:ssm-secure:/desk:1}}'".to_owned(), "Description", "ssm-secure"),
        (format!("Tags: [{{Key: team, Value: '{secret}'}}]"), "Tags[0].Value", "secretsmanager"),
        (format!("Description: !Sub 'a ${{AWS::StackName}} {secret}'"), "Description", "secretsmanager"),
        (
            "Description: !Join ['', ['{{resolve:secretsmanager:', !Ref AWS::StackName, '}}']]".to_owned(),
            "Description",
            "secretsmanager",
        ),
        (format!("Description: !If [NoSuch, '{secret}', '']"), "Description", "secretsmanager"),
        (format!("ExternalId: '{secret}'"), "ExternalId", "secretsmanager"),
    ] {
        let said = by_validate(&template(&extra), ACCOUNT);
        let rule = format!(
            "{path} holds the dynamic reference `{{{{resolve:{service}:…}}}}`, which CloudFormation does not"
        );
        assert!(said.iter().any(|line| line.starts_with(&rule)), "{extra}: {said:?}");
        assert!(!said.iter().any(|line| line.contains("SecretString")), "{said:?}");
    }
    for extra in ["Description: '{{resolve:ssm:/desk}}'", "Revision: '{{resolve:ssm-secures:/desk:1}}'"] {
        assert_eq!(by_validate(&template(extra), ACCOUNT), Said::new(), "{extra}");
    }
    // The same text, as the Lambda refuses it.
    let properties = json!({"InstanceArn": format!("arn:aws:connect:eu-west-2:{ACCOUNT}:instance/i"),
        "SecurityProfileName": "Desk", "Description": secret});
    assert_eq!(
        by_lambda(RESOURCE_TYPE, &properties, ACCOUNT),
        by_validate(&template(&format!("Description: '{secret}'")), ACCOUNT)
    );
}
