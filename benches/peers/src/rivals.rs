//! Who is compared: how each is started, and what CloudFormation sends it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lambda_harness::{Signature, create_event, delete_event, request_id, update_event};
use serde_json::{Value, json};

use crate::options::Options;
use crate::world::World;
use lambda_harness::Authority;

const INSTANCE_ID: &str = "11111111-2222-3333-4444-555555555555";
const INSTANCE_ARN: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";

/// The limits that Lambda's own start script gives Node's heap in a function of 512 MB, which is what the CDK asks for:
/// without them it grows as far as the machine allows. That of Node 18 also had `--expose-gc`, which makes the start slower;
/// whether that of Node 24 has it is not known here.
const NODE: [&str; 4] =
    ["--max-http-header-size", "81920", "--max-semi-space-size=25", "--max-old-space-size=461"];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Rival {
    Ours,
    /// The CDK's `AwsCustomResource`.
    Cdk,
    /// crhelper with boto3.
    Crhelper,
    /// A function of `lambda_runtime` that does nothing.
    Empty,
}

impl FromStr for Rival {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ours" => Ok(Self::Ours),
            "cdk" => Ok(Self::Cdk),
            "crhelper" => Ok(Self::Crhelper),
            "empty" => Ok(Self::Empty),
            _ => Err(format!("`{text}` is not `ours`, `cdk`, `crhelper` or `empty`")),
        }
    }
}

/// What is started, and what is shipped.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// The file or the folder of the deployment package.
    pub(crate) package: PathBuf,
}

/// What an event asks for.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    Create,
    /// To a permission more, or back.
    Update {
        id: &'a str,
        more: bool,
    },
    /// To what is there.
    NoChange {
        id: &'a str,
    },
    Delete {
        id: &'a str,
    },
}

impl Rival {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "this provider",
            Self::Cdk => "CDK `AwsCustomResource`",
            Self::Crhelper => "crhelper, boto3",
            Self::Empty => "empty function",
        }
    }

    /// Whether it answers CloudFormation.
    pub(crate) fn answers(self) -> bool {
        self != Self::Empty
    }

    pub(crate) fn program(self, options: &Options, authority: &Authority) -> Program {
        let peers = std::path::absolute(&options.peers).expect("a path");
        let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
        let task_root = |folder: &str| ("LAMBDA_TASK_ROOT", text(&peers.join(folder)));
        match self {
            Self::Ours | Self::Empty => {
                let path = if self == Self::Ours { &options.bootstrap } else { &options.empty };
                Program {
                    path: std::path::absolute(path).expect("a path"),
                    arguments: Vec::new(),
                    environment: vec![
                        ("SSL_CERT_FILE", text(&authority.with_the_systems)),
                        ("ALLOWED_INSTANCE_ARNS", INSTANCE_ARN.to_owned()),
                        ("AWS_LAMBDA_LOG_LEVEL", "INFO".to_owned()),
                        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
                    ],
                    package: path.clone(),
                }
            }
            Self::Cdk => {
                let modules = peers.join("node/node_modules");
                let client = text(&modules.join("aws-lambda-ric/index.mjs"));
                Program {
                    path: modules.join("node/bin/node"),
                    arguments: NODE
                        .into_iter()
                        .chain([&*client, "index.handler"])
                        .map(str::to_owned)
                        .collect(),
                    environment: vec![
                        task_root("cdk"),
                        ("_HANDLER", "index.handler".to_owned()),
                        ("AWS_EXECUTION_ENV", "AWS_Lambda_nodejs24.x".to_owned()),
                        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512".to_owned()),
                        // As on Lambda, the SDK is beside the runtime.
                        ("NODE_PATH", text(&modules)),
                        ("NODE_EXTRA_CA_CERTS", text(&authority.alone)),
                    ],
                    package: peers.join("cdk"),
                }
            }
            Self::Crhelper => Program {
                path: peers.join("python/bin/python"),
                arguments: vec!["-m".to_owned(), "awslambdaric".to_owned(), "handler.handler".to_owned()],
                environment: vec![
                    task_root("crhelper"),
                    ("_HANDLER", "handler.handler".to_owned()),
                    ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.11".to_owned()),
                    ("PYTHONPATH", text(&peers.join("crhelper"))),
                    ("AWS_CA_BUNDLE", text(&authority.with_the_systems)),
                    ("SSL_CERT_FILE", text(&authority.with_the_systems)),
                ],
                package: peers.join("crhelper"),
            },
        }
    }

    /// The event, as a template that uses the rival makes it.
    pub(crate) fn event(self, world: &World, request: Request<'_>) -> Value {
        let (stack, logical_id) = (lambda_harness::STACK_ID, "Profile");
        let url = world.bucket.url(Signature::V4, stack, logical_id, &request_id());
        let mut event = match request {
            Request::Create => create_event(&url, self.properties(false)),
            Request::Update { id, more } => {
                update_event(&url, id, self.properties(more), self.properties(!more))
            }
            Request::NoChange { id } => update_event(&url, id, self.properties(true), self.properties(true)),
            Request::Delete { id } => delete_event(&url, id, self.properties(true)),
        };
        event["ResourceType"] = json!(match self {
            Self::Cdk => "Custom::AWS",
            Self::Ours | Self::Crhelper | Self::Empty => "Custom::ConnectSecurityProfile",
        });
        event
    }

    fn properties(self, more: bool) -> Value {
        let permissions: &[&str] =
            if more { &["BasicAgentAccess", "OutboundCallAccess"] } else { &["BasicAgentAccess"] };
        let (name, description) = ("Agents", "Takes calls");
        let stated = json!({
            "SecurityProfileName": name, "Description": description, "Permissions": permissions,
        });
        let with = |member: &str, value: &str| {
            let mut stated = stated.clone();
            stated[member] = json!(value);
            stated
        };
        match self {
            Self::Ours | Self::Empty => with("InstanceArn", INSTANCE_ARN),
            Self::Crhelper => with("InstanceId", INSTANCE_ID),
            // What `cdk synth` makes of `onCreate`, `onUpdate` and `onDelete`.
            Self::Cdk => {
                let id = "PHYSICAL:RESOURCEID:";
                let call = |action: &str, parameters: Value| json!({ "service": "connect", "action": action, "parameters": parameters, "logApiResponseData": true });
                let mut create = call("CreateSecurityProfile", with("InstanceId", INSTANCE_ID));
                create["physicalResourceId"] = json!({ "responsePath": "SecurityProfileId" });
                let update = call(
                    "UpdateSecurityProfile",
                    json!({
                        "InstanceId": INSTANCE_ID, "SecurityProfileId": id,
                        "Description": description, "Permissions": permissions,
                    }),
                );
                let delete = call(
                    "DeleteSecurityProfile",
                    json!({ "InstanceId": INSTANCE_ID, "SecurityProfileId": id }),
                );
                json!({
                    "Create": create.to_string(), "Update": update.to_string(), "Delete": delete.to_string(),
                    "InstallLatestAwsSdk": "false",
                })
            }
        }
    }
}
