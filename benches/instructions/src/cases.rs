//! What is counted: the steps between an event and its answer that do no IO, each with so many permissions.

use std::hint::black_box;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use connect_security_profile::arn::SecurityProfileArn;
use connect_security_profile::catalogue::known_permissions;
use connect_security_profile::connect::{Access, Connect, Session};
use connect_security_profile::guards::{Guards, Pattern};
use connect_security_profile::names::Permission;
use connect_security_profile::observed::Observed;
use connect_security_profile::owner::{Origin, Owner};
use connect_security_profile::ownership::Wish;
use connect_security_profile::plan::{Plan, plan_create, plan_existing};
use connect_security_profile::previous::Previous;
use connect_security_profile::properties::Desired;
use connect_security_profile::settings::Settings;
use connect_security_profile::tally::Tally;
use custom_resource::{
    Create, Delete, Failure, Handler, Invocation, PhysicalId, Provider, Resource, Sending, Success, Update,
};
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

const ACCOUNT: &str = "123456789012";
const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:123456789012:stack/s/99999999-2222-3333-4444-555555555555";
const MOST_TAGS: usize = 49;

/// Work that was prepared, to be done any number of times.
type Work = Box<dyn FnMut()>;

/// A case: the step it is of, what it does, and how it is prepared for a number of permissions.
pub(crate) struct Case {
    pub(crate) step: &'static str,
    pub(crate) name: &'static str,
    pub(crate) prepare: fn(usize) -> Work,
}

/// All cases, in the order of the way through.
pub(crate) const CASES: [Case; 14] = [
    Case { step: "validating", name: "names that are known", prepare: |n| validate(&stated(&names(n))) },
    Case {
        step: "validating",
        name: "each name three times",
        prepare: |n| validate(&stated(&[names(n), names(n), names(n)].concat())),
    },
    Case {
        step: "validating",
        name: "with what the console adds",
        prepare: |n| {
            let mut properties = stated(&names(n));
            properties.insert("ExpandPermissions".to_owned(), json!(true));
            validate(&properties)
        },
    },
    Case {
        step: "validating",
        name: "each name a mistake",
        prepare: |n| validate(&stated(&(0..n).map(|index| format!("{index:0>129}")).collect::<Vec<_>>())),
    },
    Case { step: "validating", name: "as many misspelt properties", prepare: misspelt_properties },
    Case { step: "validating", name: "misspelt names, for a warning each", prepare: misspelt_names },
    Case { step: "merging", name: "what was stated before", prepare: previous },
    Case { step: "merging", name: "into a profile that was adopted", prepare: adopted },
    Case { step: "planning", name: "a create", prepare: create },
    Case { step: "planning", name: "an update of half of them", prepare: |n| plan(n, Origin::Created) },
    Case { step: "planning", name: "within guards", prepare: guards },
    Case { step: "rendering", name: "the plan, for the log", prepare: plan_text },
    Case { step: "rendering", name: "a reason of as many mistakes, answered", prepare: answer },
    Case { step: "sending", name: "an update, written and signed by the SDK", prepare: send },
];

/// Names of the catalogue and made-up ones, as it has not enough: in any number the same mixture, and in no order.
fn names(count: usize) -> Vec<String> {
    const MOST: usize = 500;
    let made_up = (0..).map(|index| format!("Made.Up.Permission.{index}"));
    let all: Vec<String> = known_permissions().map(ToOwned::to_owned).chain(made_up).take(MOST).collect();
    // Has no divisor in common with 500, so that each name comes once.
    (0..count).map(|index| all[index * 191 % MOST].clone()).collect()
}

/// Properties with all tags that there may be, each as long as it may be.
fn stated(permissions: &[String]) -> Map<String, Value> {
    let tag = |index| json!({"Key": format!("{index:0>128}"), "Value": format!("{index:0>256}")});
    let properties = json!({
        "ServiceToken": "token", "InstanceArn": INSTANCE, "SecurityProfileName": "Agents",
        "Description": "For agents", "Permissions": permissions,
        "Tags": (0..MOST_TAGS).map(tag).collect::<Vec<_>>(),
    });
    properties.as_object().cloned().unwrap_or_default()
}

fn desired(permissions: &[String]) -> Desired {
    Desired::read(&stated(permissions), ACCOUNT).unwrap()
}

fn validate(properties: &Map<String, Value>) -> Work {
    let properties = properties.clone();
    Box::new(move || drop(black_box(Desired::read(black_box(&properties), ACCOUNT))))
}

fn misspelt_properties(count: usize) -> Work {
    let mut properties = stated(&names(10));
    properties.extend((0..count).map(|index| (format!("Permisions{index}"), json!("x"))));
    validate(&properties)
}

/// A catalogue's name without its last letter, with a number where there are more than it has names.
fn misspelt_names(count: usize) -> Work {
    let known: Vec<&str> = known_permissions().collect();
    let misspell = |index: usize| {
        let name = known[index % known.len()];
        let (round, shorter) = (index / known.len(), &name[..name.len() - 1]);
        if round == 0 { format!("{shorter}~") } else { format!("{shorter}{round}") }
    };
    let desired = desired(&(0..count).map(misspell).collect::<Vec<_>>());
    Box::new(move || {
        black_box(&desired).unknown_permissions().for_each(|it| {
            black_box(it);
        });
    })
}

fn previous(count: usize) -> Work {
    let before = stated(&names(count));
    let desired = desired(&names(count).into_iter().rev().collect::<Vec<_>>());
    Box::new(move || drop(black_box(Previous::read(black_box(&before), &desired))))
}

fn owner() -> Owner {
    Owner::of(&Resource {
        request_id: "request".to_owned(),
        stack: STACK.parse().unwrap(),
        logical_id: "Agents".to_owned(),
        resource_type: "Custom::ConnectSecurityProfile".to_owned(),
    })
}

fn arn() -> SecurityProfileArn {
    format!("{INSTANCE}/security-profile/99999999-2222-3333-4444-555555555555").parse().unwrap()
}

/// A profile of ours that holds other permissions for half of those that are stated.
fn live(count: usize, origin: Origin) -> Observed {
    let half = names(count).into_iter().enumerate();
    let other = half.map(|(index, name)| if index % 2 == 0 { name } else { format!("{name}.Other") });
    let desired = desired(&names(10));
    let mut tags = desired.tags.unwrap_or_default();
    tags.extend([owner().tag(origin)]);
    // One of those that are stated is missing: with the owner's there may be fifty.
    tags.pop_first();
    Observed {
        arn: arn(),
        name: "Agents".to_owned(),
        organization_resource_id: None,
        is_aws_managed: false,
        tags,
        settings: Settings { permissions: Some(other.map(Permission::from).collect()), ..desired.settings },
        last_modified: (None, None),
    }
}

/// Desired, stated before, live and whose.
fn update(count: usize, origin: Origin) -> (Desired, Previous, Observed, Owner) {
    let desired = desired(&names(count));
    let previous = Previous::read(&stated(&names(count / 2)), &desired);
    (desired, previous, live(count, origin), owner())
}

fn planned(count: usize, origin: Origin) -> (Plan, Observed) {
    let (desired, previous, live, owner) = update(count, origin);
    (plan_existing(Wish::Update, &desired, &previous, &live, &owner).unwrap(), live)
}

fn plan(count: usize, origin: Origin) -> Work {
    let (desired, previous, live, owner) = update(count, origin);
    Box::new(move || {
        let plan = plan_existing(Wish::Update, black_box(&desired), &previous, &live, &owner).unwrap();
        black_box(plan.rests_on_a_reading(&desired, &previous, &live, &owner));
    })
}

fn adopted(count: usize) -> Work {
    plan(count, Origin::Adopted)
}

fn create(count: usize) -> Work {
    let (desired, owner) = (desired(&names(count)), owner());
    Box::new(move || drop(black_box(plan_create(black_box(&desired), &owner))))
}

fn guards(count: usize) -> Work {
    let (plan, live) = planned(count, Origin::Created);
    let denied = ["Admin*", "*.Delete.Everything", "SecurityProfiles.Forbidden", "Users.*.Never"];
    let guards = Guards { denied_permissions: denied.map(Pattern::any_case).into(), ..Guards::default() };
    let name = "Agents".parse().unwrap();
    Box::new(move || guards.admit_update(black_box(&plan), &name, &live).unwrap())
}

fn plan_text(count: usize) -> Work {
    let (plan, _) = planned(count, Origin::Created);
    Box::new(move || drop(black_box(black_box(&plan).to_string())))
}

/// Fails every Create with the mistakes of its properties.
struct Mistaken;

impl Provider for Mistaken {
    fn nothing_created(&self) -> PhysicalId {
        PhysicalId::parse("none").unwrap()
    }

    fn perhaps_created(&self) -> PhysicalId {
        PhysicalId::parse("unknown").unwrap()
    }

    async fn create(&self, request: Create, _: Invocation) -> Result<Success, Failure> {
        match Desired::read(&request.properties, ACCOUNT) {
            Ok(_) => Err(Failure::new("no mistake")),
            Err(mistakes) => Err(Failure::new(mistakes.to_string())),
        }
    }

    async fn update(&self, _: Update, _: Invocation) -> Result<Success, Failure> {
        Err(Failure::new("not asked for"))
    }

    async fn delete(&self, _: Delete, _: Invocation) -> Result<(), Failure> {
        Ok(())
    }
}

/// From the event to the document that answers it.
fn answer(count: usize) -> Work {
    let properties = stated(&(0..count).map(|index| format!("{index:0>129}")).collect::<Vec<_>>());
    let event = json!({
        "RequestType": "Create", "RequestId": "request", "LogicalResourceId": "Agents", "StackId": STACK,
        "ResourceType": "Custom::ConnectSecurityProfile", "ResourceProperties": properties,
        "ResponseURL": "https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/key\
            ?X-Amz-Date=20260101T000000Z&X-Amz-Expires=7200&X-Amz-Signature=0",
    });
    let handler = Handler::on_this_runtime(Mistaken, custom_resource::Settings::default());
    let runtime = runtime();
    let time = Duration::from_mins(5);
    Box::new(move || {
        let answers = handler.rehearse(black_box(&event).clone(), "function", time, Sending::Keep);
        assert_eq!(black_box(runtime.block_on(answers)).len(), 1);
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Takes every request and answers with nothing.
#[derive(Debug)]
struct Nothing;

impl HttpConnector for Nothing {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        black_box(request.body().bytes());
        let answer = http::Response::builder().status(200).body(SdkBody::from("{}")).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(answer).unwrap()))
    }
}

fn no_connect() -> SharedHttpClient {
    http_client_fn(|_, _| SharedHttpConnector::new(Nothing))
}

async fn session() -> Session {
    let credentials = Credentials::new("key", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .http_client(no_connect())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let access = Access { region: "us-east-1".to_owned(), role: None };
    let deadline = tokio::time::Instant::now() + Duration::from_hours(1);
    Connect::new(config).session(access, deadline, std::iter::empty(), Tally::default()).await
}

fn send(count: usize) -> Work {
    let (plan, _) = planned(count, Origin::Created);
    let step = plan.steps.into_iter().find(|step| format!("{step}").starts_with("update")).unwrap();
    let runtime = runtime();
    let session = runtime.block_on(session());
    // Endpoint and credentials are found out once.
    runtime.block_on(session.apply(&step)).unwrap();
    Box::new(move || runtime.block_on(session.apply(black_box(&step))).unwrap())
}
