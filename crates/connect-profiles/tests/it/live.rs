//! What reads live profiles, against an emulator on a port that the test holds.

mod credentials;
mod export;
mod get;
mod help;
mod list;
mod orphans;
mod pace;
mod permissions;
mod query;
mod terminal;

use std::process::Command;

use connect_emulator::{
    AiAgent, Application, Configuration, Emulator, FlowModule, GranularAccess, PrimaryAttributeValue, Profile,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::reader;

pub(crate) const INSTANCE: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const INSTANCE_ARN: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
pub(crate) const OWNER: &str = "custom-connect-security-profile:owner";

/// An emulator on a port, for as long as this is held.
pub(crate) struct World {
    pub(crate) connect: Emulator,
    endpoint: String,
    _runtime: Runtime,
}

/// What came of a run of the program.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }

    /// All of it, for a snapshot.
    pub(crate) fn shown(&self) -> String {
        let uuid = |text: &str| {
            let dashes = [8, 13, 18, 23];
            text.len() == 36 && text.char_indices().all(|(index, it)| (it == '-') == dashes.contains(&index))
        };
        let mut shown = format!("{}-- {} --\n{}", self.out, self.code, self.err);
        let ids: Vec<String> = shown
            .split(|it: char| !it.is_ascii_hexdigit() && it != '-')
            .filter(|word| uuid(word) && *word != INSTANCE)
            .map(ToOwned::to_owned)
            .collect();
        for id in ids {
            shown = shown.replace(&id, "<id>");
        }
        shown
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Configuration::default())
    }

    pub(crate) fn with(configuration: Configuration) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let connect = Emulator::new(reader::with_reader(configuration, &[]));
        let endpoint = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let server = connect_emulator::serve(connect.clone(), listener).await;
            let endpoint = server.endpoint();
            tokio::spawn(server.finished());
            endpoint
        });
        Self { connect, endpoint, _runtime: runtime }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.envs(reader::KEYS);
        command.args(["--endpoint-url", &self.endpoint]);
        if !arguments.contains(&"--rate") {
            command.args(["--rate", "1000/100"]);
        }
        command
    }

    /// Runs it as a reader, whose policy must allow all that it calls.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let run = finish(&mut self.command(arguments));
        let journal = self.connect.journal();
        assert!(!journal.iter().any(reader::is_refused), "{arguments:?}: {journal:#?}");
        run
    }

    pub(crate) fn put(&self, profile: Profile) {
        self.connect.put_profile(INSTANCE, profile);
    }

    /// The operations that were called, each once, in order of their names.
    pub(crate) fn called(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.connect.journal().iter().map(|call| call.operation.name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("connect-profiles"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .args(arguments);
    command
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A profile with something in every member.
pub(crate) fn full() -> Profile {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut profile = Profile::named("Everything @ 1st")
        .described("Line \"one\": # yes")
        .with_permission("Users.View")
        .with_permission("BasicAgentAccess")
        .tagged("team", "on")
        .tagged("Cost Center", "0042");
    profile.allowed_access_control_tags.insert("site".to_owned(), "north".to_owned());
    profile.tag_restricted_resources = set(&["User", "Queue"]);
    profile.hierarchy_restricted_resources = set(&["User"]);
    "group-1".clone_into(&mut profile.allowed_access_control_hierarchy_group_id);
    profile.applications.insert(Application {
        namespace: Some("orders-gateway".to_owned()),
        application_permissions: Some(set(&["orders___get_order", "orders___list_orders"])),
        application_type: Some("MCP".to_owned()),
    });
    let module =
        FlowModule { module_type: Some("MCP".to_owned()), flow_module_id: Some("module-1".to_owned()) };
    profile.allowed_flow_modules.insert(module);
    profile.allowed_ai_agents.insert(AiAgent {
        agent_type: Some("THIRD_PARTY".to_owned()),
        arn: Some("arn:aws:app-integrations:us-east-1:000000000000:application/a".to_owned()),
    });
    profile.granular_access_control_configuration = GranularAccess::of([PrimaryAttributeValue {
        access_type: Some("ALLOW".to_owned()),
        attribute_name: Some("country".to_owned()),
        values: Some(set(&["NO", "1e3"])),
    }]);
    profile
}

pub(crate) fn owned_by(stack: &str, logical_id: &str) -> String {
    format!("v1/created/us-east-1/000000000000/aaaaaaaa-0000-4000-8000-000000000001/{logical_id}/{stack}")
}
