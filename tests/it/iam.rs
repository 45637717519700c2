//! The role that the function runs under in every test here, as its template renders it, and what fails without each statement.
//!
//! `scripts/rendered_roles.py` writes the files. That the role allows no more than it should is judged in `tests/conformance`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use connect_emulator::{Configuration, Policy};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::world::agents;

/// The session in which Lambda runs the function.
pub(crate) const KEY: &str = "ASIAPROVIDER";
pub(crate) const SECRET: &str = "of-the-provider";

/// A role as it is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// `ProviderRole` of `template.yaml`.
    Provider,
    /// `Role` of `examples/other-account-role.yaml`.
    OtherAccount,
}

impl Role {
    const fn file(self) -> &'static str {
        match self {
            Self::Provider => include_str!("roles/provider.json"),
            Self::OtherAccount => include_str!("roles/other-account.json"),
        }
    }

    /// The policy documents.
    fn documents(self) -> Vec<Value> {
        serde_json::from_str(self.file()).unwrap()
    }

    fn policies(self) -> Vec<Policy> {
        static READ: LazyLock<BTreeMap<Role, Vec<Policy>>> = LazyLock::new(|| {
            let read =
                |role: Role| role.documents().iter().map(|it| Policy::from_value(it).unwrap()).collect();
            [Role::Provider, Role::OtherAccount].map(|role| (role, read(role))).into()
        });
        READ[&self].clone()
    }
}

/// The policies of a role, for a key.
pub(crate) fn of_key(key: &str, role: Role) -> Vec<(String, Policy)> {
    role.policies().into_iter().map(|policy| (key.to_owned(), policy)).collect()
}

/// The configuration with the function's key in it, and the role for every key; with policies of its own it keeps those.
pub(crate) fn under_the_role(mut configuration: Configuration) -> Configuration {
    configuration.credentials.push((KEY.to_owned(), SECRET.to_owned()));
    if configuration.policies.is_empty() {
        configuration.policies =
            configuration.credentials.iter().flat_map(|(key, _)| of_key(key, Role::Provider)).collect();
    }
    configuration
}

/// The ids of a role's statements about Connect.
fn statements(role: Role) -> Vec<String> {
    let documents = role.documents();
    let statements = documents.iter().flat_map(|document| document["Statement"].as_array().unwrap());
    statements
        .filter(|it| it["Action"].to_string().contains("connect:"))
        .map(|it| it["Sid"].as_str().unwrap().to_owned())
        .collect()
}

/// A function whose role lacks a statement. The other account's role is taken as if it were deployed in the function's own
/// account, so that no other role has to be assumed.
fn without(role: Role, statement: &str) -> Bench {
    let policies = role.documents().into_iter().map(|mut document| {
        document["Statement"].as_array_mut().unwrap().retain(|it| it["Sid"] != statement);
        let text = document.to_string().replace(":111111111111:", ":000000000000:");
        (KEY.to_owned(), text.parse().unwrap())
    });
    Bench::new(Configuration { policies: policies.collect(), ..Configuration::default() })
}

/// What a template may state, by the statement without which it cannot be deployed.
fn scenarios() -> Vec<(&'static str, &'static str, Value)> {
    let named = |list: &str, member: &str, value: &str, more: Value| {
        let mut item = more;
        item[member] = json!(value);
        json!({ list: [item] })
    };
    let application = "arn:aws:app-integrations:us-east-1:000000000000:application/a";
    vec![
        ("Profiles", "a profile with a name alone", json!({})),
        (
            "NamedByProfiles",
            "an application",
            named("Applications", "Namespace", "crm", json!({"ApplicationPermissions": ["ACCESS"]})),
        ),
        (
            "NamedByProfiles",
            "a flow module",
            named("AllowedFlowModules", "FlowModuleId", "module", json!({"Type": "MCP"})),
        ),
        (
            "NamedByProfiles",
            "an AI agent",
            named("AllowedAIAgents", "Arn", application, json!({"Type": "THIRD_PARTY"})),
        ),
        (
            "NamedByProfiles",
            "a hierarchy group",
            json!({"AllowedAccessControlHierarchyGroupId": "group", "HierarchyRestrictedResources": ["User"]}),
        ),
        (
            "Instances",
            "a profile whose name is taken",
            json!({"SecurityProfileName": "Agent", "Adopt": true}),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_statement_of_the_role_is_needed() {
    for role in [Role::Provider, Role::OtherAccount] {
        let scenarios = scenarios();
        for statement in statements(role) {
            assert!(scenarios.iter().any(|(it, ..)| *it == statement), "{role:?}: nothing needs {statement}");
        }
        for (statement, told, properties) in scenarios {
            let properties = agents(properties);
            let bench = without(role, statement);
            let denied = bench.create(properties.clone()).await.0.unwrap_err().to_string();
            // It is no call under the whole role.
            bench.connect.clear_journal();
            let words = ["AccessDeniedException", "no identity-based policy allows"];
            assert!(words.iter().all(|it| denied.contains(it)), "{role:?} {told}: {denied}");
            without(role, "none")
                .create(properties)
                .await
                .0
                .unwrap_or_else(|it| panic!("{role:?} {told}: {it}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_role_says_what_a_template_names_that_is_not_of_its_account() {
    let agent = "arn:aws:app-integrations:us-east-1:222222222222:application/a";
    let properties = agents(json!({"AllowedAIAgents": [{"Arn": agent, "Type": "THIRD_PARTY"}]}));
    let bench = without(Role::Provider, "none");
    let denied = bench.create(properties).await.0.unwrap_err().to_string();
    let expected =
        format!("is not authorized to perform: connect:CreateSecurityProfile on resource: {agent}");
    assert!(denied.contains(&expected), "{denied}");
    // It is no call that the role allows.
    bench.connect.clear_journal();
}
