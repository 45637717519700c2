//! `policy`: the IAM policy that the provider, a reader or a deployer needs, and the denials that keep others from what is
//! not theirs. What it allows the provider is what the role of `template.yaml` allows it.

mod instances;
mod service_token;

use std::collections::BTreeSet;

use anstream::eprintln;
use clap::{Args, ValueEnum};
use connect_security_profile::arn::SecurityProfileArn;
use connect_security_profile::operation::Operation;
use connect_security_profile::owner::OWNER_TAG;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::iam_policy::{Effect, MANAGED_QUOTA, Policy, ROLE_QUOTA, Statement};
use crate::surroundings::Surroundings;
use instances::Instances;
use service_token::ServiceToken;

const EXAMPLES: &str = "\
--for provider is what the role of the function needs. --for reader is what this program needs for plan, drift and the \
inventory of these instances, with `--stack` too. Finding the instances of a region takes connect:ListInstances on `*` besides. \
--for deployer is what a person, a pipeline or a stack's service role needs to deploy stacks whose only resources are those \
of this provider: CloudFormation sends their requests with the deployer's rights. Stacks with other resources need the rights for \
those as well, `sam deploy` and `cdk deploy` those of their own buckets and roles, and a service role takes iam:PassRole.

Denials may be attached on their own, to people and roles or as a service control policy.

Which resources and condition keys each action is authorized on was taken from AWS's Service Authorization Reference, and not \
checked against live AWS.

Examples:
  connect-profiles policy --instance-arn arn:aws:connect:…:instance/…
  connect-profiles policy --for reader --instance-arn …
  connect-profiles policy --for deployer --service-token arn:aws:lambda:…:function:… --stack-name 'contact-centre*'
  connect-profiles policy --instance-arn … --forbid delete --forbid update
  connect-profiles policy --protect-profile arn:aws:connect:…:instance/…/security-profile/…
  connect-profiles policy --instance-arn … --protect-owner-tag arn:aws:iam::…:role/provider

Exit codes: 0 written, 1 errors.";

/// Write the IAM policy that is needed
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// An instance that the policy covers; the id may hold `*`. Repeatable
    #[arg(long, value_name = "ARN")]
    pub instance_arn: Vec<Instances>,
    /// Of these instances, only the profile with this id; repeatable. Only for a reader and for denials
    #[arg(long, value_name = "ID", requires = "instance_arn", value_parser = profile_id)]
    pub profile_id: Vec<String>,
    /// Who the policy is for; `provider` where nothing is denied either
    #[arg(long = "for", value_enum)]
    pub audience: Option<Audience>,
    /// What it allows: `deploy` is `--for provider`, `read-only` is `--for reader`
    #[arg(long, value_enum, conflicts_with = "audience")]
    pub verbs: Option<Verbs>,
    /// The `ServiceToken` of the provider that the deployer's stacks use: the ARN of its function or topic
    #[arg(long, value_name = "ARN")]
    pub service_token: Option<ServiceToken>,
    /// The stacks that the deployer deploys or the reader reads; may hold `*`
    #[arg(long, value_name = "NAME", default_value = "*", value_parser = stack_name)]
    pub stack_name: String,
    /// The account of these stacks, if it is not that of the instance or of the `ServiceToken`
    #[arg(long, value_name = "ID", value_parser = account)]
    pub stack_account: Option<String>,
    /// Deny this to everybody that it is attached to; repeatable
    #[arg(long, value_enum, requires = "instance_arn")]
    pub forbid: Vec<Forbidden>,
    /// Deny giving this profile to users and AI agents; repeatable
    #[arg(long, value_name = "PROFILE_ARN")]
    pub protect_profile: Vec<SecurityProfileArn>,
    /// Deny setting and removing the ownership tag to everybody but this role; repeatable
    #[arg(long, value_name = "ROLE_ARN", requires = "instance_arn", value_parser = role)]
    pub protect_owner_tag: Vec<String>,
}

/// Who the policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Audience {
    /// The role of the provider's function, or one that `RoleArn` names
    Provider,
    /// Who runs `plan`, `drift`, `list`, `get`, `query` and `export`
    Reader,
    /// Who deploys stacks with profiles, or the service role of such stacks
    Deployer,
}

/// What is allowed, as the first version had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verbs {
    /// What the Lambda calls
    Deploy,
    /// What only reads
    ReadOnly,
}

/// What is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Forbidden {
    /// `DeleteSecurityProfile`
    Delete,
    /// `UpdateSecurityProfile`
    Update,
}

/// Runs it.
pub fn run(arguments: &Arguments, _: &Surroundings) -> Result<Exit, Failure> {
    let policy = policy(arguments)?;
    let length = policy.length();
    if length > ROLE_QUOTA {
        return Err(Failure::new(format_args!(
            "the policy has {length} characters, and IAM allows {ROLE_QUOTA} for all inline policies of a role together"
        ))
        .hint("name fewer instances: deploy one provider for each part of them, or write a policy for each"));
    }
    print(&format!("{}\n", policy.text()))?;
    if length > MANAGED_QUOTA {
        eprintln!(
            "warning: the policy has {length} characters, and IAM allows {MANAGED_QUOTA} for a managed policy; make it an inline \
             policy of a role, or name fewer instances in each of several policies"
        );
    }
    Ok(Exit::Done)
}

/// The policy document.
pub fn policy(arguments: &Arguments) -> Result<Policy, Failure> {
    let arguments = &Arguments {
        instance_arn: once(&arguments.instance_arn),
        profile_id: once(&arguments.profile_id),
        protect_profile: once(&arguments.protect_profile),
        protect_owner_tag: once(&arguments.protect_owner_tag),
        ..arguments.clone()
    };
    let Arguments { instance_arn, profile_id, forbid, protect_profile, protect_owner_tag, .. } = arguments;
    let denies = !(forbid.is_empty() && protect_profile.is_empty() && protect_owner_tag.is_empty());
    let audience = audience(arguments, denies);
    misplaced(arguments, audience)?;
    let mut statements = match audience {
        None => Vec::new(),
        Some(Audience::Deployer) => of_deployer(arguments)?,
        Some(_) if instance_arn.is_empty() => {
            return Err(Failure::new("there is no instance to allow anything on")
                .hint("specify it with `--instance-arn`; `connect-profiles list` shows what there is"));
        }
        Some(Audience::Provider) if !profile_id.is_empty() => {
            return Err(Failure::new("`--profile-id` does not go with what the provider may do: it creates profiles, whose ids are not known before")
                .hint("leave `--profile-id` out, or say `--for reader`"));
        }
        Some(Audience::Provider) => of_provider(instance_arn),
        Some(Audience::Reader) => of_reader(arguments),
    };
    let profiles = profiles(instance_arn, profile_id);
    if !forbid.is_empty() {
        let forbid: BTreeSet<Forbidden> = forbid.iter().copied().collect();
        let actions = forbid.into_iter().map(|it| it.operation().to_string()).collect();
        statements.push(Statement::new(Effect::Deny, "Forbidden", actions, profiles.clone()));
    }
    if !protect_profile.is_empty() {
        let actions =
            of_service("connect", &["AssociateSecurityProfiles", "CreateUser", "UpdateUserSecurityProfiles"]);
        let arns = protect_profile.iter().map(ToString::to_string).collect();
        statements.push(Statement::new(Effect::Deny, "ProtectedProfiles", actions, arns));
    }
    if !protect_owner_tag.is_empty() {
        let actions =
            [Operation::CreateSecurityProfile, Operation::TagResource, Operation::UntagResource].map(action);
        // IAM reads the keys of tags in any case.
        let tag = [OWNER_TAG.to_owned()];
        let deny = Statement::new(Effect::Deny, "OwnerTag", actions.to_vec(), profiles)
            .when("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", &tag)
            .when("ArnNotEquals", "aws:PrincipalArn", protect_owner_tag);
        statements.push(deny);
    }
    Ok(Policy::new(statements))
}

fn audience(arguments: &Arguments, denies: bool) -> Option<Audience> {
    let by_verbs = arguments.verbs.map(|verbs| match verbs {
        Verbs::Deploy => Audience::Provider,
        Verbs::ReadOnly => Audience::Reader,
    });
    arguments.audience.or(by_verbs).or((!denies).then_some(Audience::Provider))
}

/// An option that says nothing of this audience was meant for another.
fn misplaced(arguments: &Arguments, audience: Option<Audience>) -> Result<(), Failure> {
    let Arguments { service_token, stack_name, stack_account, .. } = arguments;
    if service_token.is_some() && audience != Some(Audience::Deployer) {
        return Err(Failure::new("`--service-token` is only for a deployer's policy")
            .hint("say `--for deployer`, or leave `--service-token` out"));
    }
    let names_stacks = stack_name != "*" || stack_account.is_some();
    if names_stacks && !matches!(audience, Some(Audience::Deployer | Audience::Reader)) {
        return Err(Failure::new(
            "`--stack-name` and `--stack-account` are only for a policy that allows stacks",
        )
        .hint("say `--for deployer` or `--for reader`, or leave them out"));
    }
    Ok(())
}

/// The statements of the role of `template.yaml` without parameters that add to it.
fn of_provider(instances: &[Instances]) -> Vec<Statement> {
    let on_profiles = Operation::ALL.into_iter().filter(|it| *it != Operation::ListSecurityProfiles);
    let naming = [Operation::CreateSecurityProfile, Operation::UpdateSecurityProfile].map(action);
    let each = |suffix: &'static str| instances.iter().map(move |arn| format!("{arn}/{suffix}/*"));
    let applications =
        distinct(instances.iter().map(|arn| {
            format!("arn:{}:app-integrations:*:{}:application/*", arn.partition(), arn.account())
        }));
    let named = each("flow-module").chain(each("agent-group")).chain(applications).collect();
    vec![
        Statement::new(Effect::Allow, "Profiles", sorted(on_profiles), profiles(instances, &[])),
        Statement::new(Effect::Allow, "NamedByProfiles", naming.to_vec(), named),
        of_instances(instances),
    ]
}

/// What only reads of the provider's calls, and what `--stack` reads.
fn of_reader(arguments: &Arguments) -> Vec<Statement> {
    let Arguments { instance_arn, profile_id, stack_name, stack_account, .. } = arguments;
    let reads =
        Operation::ALL.into_iter().filter(|it| is_read(*it) && *it != Operation::ListSecurityProfiles);
    // A stack is in its provider's region, which may be another than the instance's.
    let stacks = distinct(instance_arn.iter().map(|arn| {
        let account = stack_account.as_deref().unwrap_or(arn.account());
        format!("arn:{}:cloudformation:*:{account}:stack/{stack_name}/*", arn.partition())
    }));
    let of_stacks = of_service(
        "cloudformation",
        &["DescribeStackResource", "DescribeStacks", "GetTemplate", "ListStackResources"],
    );
    vec![
        Statement::new(Effect::Allow, "Profiles", sorted(reads), profiles(instance_arn, profile_id)),
        of_instances(instance_arn),
        Statement::new(Effect::Allow, "Stacks", of_stacks, stacks),
    ]
}

/// What CloudFormation asks of whoever deploys a stack, and of whom it sends the requests as.
fn of_deployer(arguments: &Arguments) -> Result<Vec<Statement>, Failure> {
    let Some(token) = &arguments.service_token else {
        return Err(Failure::new("there is no provider to deploy stacks with").hint(
            "specify it with `--service-token`: the output `ServiceToken` or `Topic` of the provider's stack",
        ));
    };
    if !arguments.profile_id.is_empty()
        && arguments.forbid.is_empty()
        && arguments.protect_owner_tag.is_empty()
    {
        return Err(Failure::new(
            "`--profile-id` does not go with what a deployer may do: the provider makes the calls to Connect",
        )
        .hint("leave `--profile-id` out, or say `--for reader`"));
    }
    let actions = of_service(
        "cloudformation",
        &[
            "ContinueUpdateRollback",
            "CreateChangeSet",
            "CreateStack",
            "DeleteChangeSet",
            "DeleteStack",
            "DescribeChangeSet",
            "DescribeStackEvents",
            "DescribeStacks",
            "ExecuteChangeSet",
            "GetTemplate",
            "GetTemplateSummary",
            "ListStackResources",
            "UpdateStack",
        ],
    );
    let stacks = token.stacks(arguments.stack_account.as_deref(), &arguments.stack_name);
    Ok(vec![
        Statement::new(Effect::Allow, "Stacks", actions, vec![stacks]),
        Statement::new(Effect::Allow, "Provider", vec![token.action().to_owned()], vec![token.to_string()]),
    ])
}

/// What Connect authorizes on the instance. The flow modules of a profile take both the profile and the instance.
fn of_instances(instances: &[Instances]) -> Statement {
    let actions = [Operation::ListSecurityProfileFlowModules, Operation::ListSecurityProfiles].map(action);
    let arns = instances.iter().map(ToString::to_string).collect();
    Statement::new(Effect::Allow, "Instances", actions.to_vec(), arns)
}

fn profiles(instances: &[Instances], ids: &[String]) -> Vec<String> {
    let every = ["*".to_owned()];
    let ids = if ids.is_empty() { &every[..] } else { ids };
    let of = |instance: &Instances| {
        ids.iter().map(move |id| format!("{instance}/security-profile/{id}")).collect::<Vec<_>>()
    };
    instances.iter().flat_map(of).collect()
}

/// Each item once, in the order in which they were named.
fn once<T: Clone + PartialEq>(items: &[T]) -> Vec<T> {
    items.iter().enumerate().filter(|(at, it)| !items[..*at].contains(it)).map(|(_, it)| it.clone()).collect()
}

fn distinct(arns: impl Iterator<Item = String>) -> Vec<String> {
    arns.collect::<BTreeSet<_>>().into_iter().collect()
}

fn sorted(operations: impl Iterator<Item = Operation>) -> Vec<String> {
    distinct(operations.map(action))
}

fn action(operation: Operation) -> String {
    operation.to_string()
}

fn of_service(service: &str, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{service}:{name}")).collect()
}

fn is_read(operation: Operation) -> bool {
    operation.name().starts_with("Describe") || operation.name().starts_with("List")
}

impl Forbidden {
    const fn operation(self) -> Operation {
        match self {
            Self::Delete => Operation::DeleteSecurityProfile,
            Self::Update => Operation::UpdateSecurityProfile,
        }
    }
}

fn role(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "iam", "", digits, resource]
            if is_partition(partition)
                && account(digits).is_ok()
                && resource.strip_prefix("role/").is_some_and(is_role_name) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("it is not a role's ARN: arn:<partition>:iam::<account>:role/<name>".to_owned()),
    }
}

fn is_partition(text: &str) -> bool {
    let rest = text.strip_prefix("aws");
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

/// With its path. Neither `*` nor a policy variable names one role.
fn is_role_name(text: &str) -> bool {
    let is_of = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@/-".contains(&byte);
    !text.is_empty() && !text.ends_with('/') && text.bytes().all(is_of)
}

fn profile_id(text: &str) -> Result<String, String> {
    let is_of = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_one = (1..=100).contains(&text.len()) && text.bytes().all(is_of);
    is_one.then(|| text.to_owned()).ok_or_else(|| {
        "specify the id alone, as in the last part of the profile's ARN: letters, digits and `-`".to_owned()
    })
}

fn stack_name(text: &str) -> Result<String, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-*".contains(&byte);
    let is_one = (1..=128).contains(&text.len()) && text.bytes().all(is_name);
    is_one.then(|| text.to_owned()).ok_or_else(|| "expected letters, digits, `-` and `*`".to_owned())
}

fn account(text: &str) -> Result<String, String> {
    let is_one = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| text.to_owned()).ok_or_else(|| "expected the twelve digits of an account".to_owned())
}
