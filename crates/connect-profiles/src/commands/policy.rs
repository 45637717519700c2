//! `policy`: the IAM policy that is needed, and the denials that keep others from what is not theirs.

use std::collections::BTreeSet;

use anstream::eprintln;
use clap::{Args, ValueEnum};
use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::operation::Operation;
use connect_security_profile::owner::OWNER_TAG;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print_json;
use crate::surroundings::Surroundings;

const EXAMPLES: &str = "\
--verbs deploy is what the role of the Lambda needs; --verbs read-only is what this program needs for plan, drift and the \
inventory of these instances. To find the instances of a region takes connect:ListInstances on `*` besides. Denials may be attached on their own, to people and roles or as a service control policy.

Which resources Connect authorises each call on was taken from AWS's service authorization reference, and not checked \
against live AWS.

Examples:
  connect-profiles policy --instance-arn arn:aws:connect:…:instance/…
  connect-profiles policy --instance-arn … --verbs read-only
  connect-profiles policy --instance-arn … --forbid delete --forbid update
  connect-profiles policy --protect-profile arn:aws:connect:…:instance/…/security-profile/…
  connect-profiles policy --instance-arn … --protect-owner-tag arn:aws:iam::…:role/provider

Exit codes: 0 written, 1 mistakes.";

/// The most characters of a managed policy, without white space.
const LONGEST_POLICY: usize = 6144;

/// Write the IAM policy that is needed
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// An instance that it is about; repeatable
    #[arg(long, value_name = "ARN")]
    pub instance_arn: Vec<InstanceArn>,
    /// Of these instances, only the profile with this id; repeatable. Not for `--verbs deploy`, which makes profiles
    #[arg(long, value_name = "ID", requires = "instance_arn")]
    pub profile_id: Vec<String>,
    /// What it allows; `deploy` where nothing is denied either
    #[arg(long, value_enum)]
    pub verbs: Option<Verbs>,
    /// Deny this to everybody that it is attached to; repeatable
    #[arg(long, value_enum, requires = "instance_arn")]
    pub forbid: Vec<Forbidden>,
    /// Deny giving this profile to users and AI agents; repeatable
    #[arg(long, value_name = "PROFILE_ARN")]
    pub protect_profile: Vec<SecurityProfileArn>,
    /// Deny touching the owner tag to everybody but this role; repeatable
    #[arg(long, value_name = "ROLE_ARN", requires = "instance_arn", value_parser = role)]
    pub protect_owner_tag: Vec<String>,
}

/// What is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verbs {
    /// What the Lambda calls
    Deploy,
    /// What only reads of it
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
    let length = policy.to_string().len();
    print_json(&policy)?;
    if length > LONGEST_POLICY {
        eprintln!(
            "note: it has {length} characters, and a managed policy takes {LONGEST_POLICY}; split the instances"
        );
    }
    Ok(Exit::Done)
}

/// The policy document.
pub fn policy(arguments: &Arguments) -> Result<Value, Failure> {
    let Arguments { instance_arn, profile_id, forbid, protect_profile, protect_owner_tag, .. } = arguments;
    let denies = !(forbid.is_empty() && protect_profile.is_empty() && protect_owner_tag.is_empty());
    let verbs = arguments.verbs.or((!denies).then_some(Verbs::Deploy));
    let mut statements = Vec::new();
    if let Some(verbs) = verbs {
        if instance_arn.is_empty() {
            return Err(Failure::new("there is no instance to allow anything on")
                .hint("say it with `--instance-arn`; `connect-profiles list` shows what there is"));
        }
        if verbs == Verbs::Deploy && !profile_id.is_empty() {
            return Err(Failure::new("`--profile-id` does not go with what a deployment may do: it makes profiles, whose ids nobody knows before")
                .hint("leave `--profile-id` out, or say `--verbs read-only`"));
        }
        statements.extend(allowed(verbs, instance_arn, profile_id));
    }
    let profiles = profiles(instance_arn, profile_id);
    if !forbid.is_empty() {
        let forbid: BTreeSet<Forbidden> = forbid.iter().copied().collect();
        let actions: Vec<String> = forbid.into_iter().map(|it| action(it.operation())).collect();
        statements.push(statement("Deny", "Forbidden", &actions, &profiles));
    }
    if !protect_profile.is_empty() {
        let given = ["AssociateSecurityProfiles", "CreateUser", "UpdateUserSecurityProfiles"];
        let actions: Vec<String> = given.iter().map(|name| format!("connect:{name}")).collect();
        let profiles: Vec<String> = protect_profile.iter().map(ToString::to_string).collect();
        statements.push(statement("Deny", "ProtectedProfiles", &actions, &profiles));
    }
    if !protect_owner_tag.is_empty() {
        let actions = [action(Operation::TagResource), action(Operation::UntagResource)];
        let mut deny = statement("Deny", "OwnerTag", &actions, &profiles);
        deny["Condition"] = json!({
            "ForAnyValue:StringEquals": { "aws:TagKeys": [OWNER_TAG] },
            "ArnNotEquals": { "aws:PrincipalArn": protect_owner_tag },
        });
        statements.push(deny);
    }
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The same statements as the role of `template.yaml` has, so far as the verbs go.
fn allowed(verbs: Verbs, instances: &[InstanceArn], ids: &[String]) -> Vec<Value> {
    let is_wanted = |operation: &Operation| verbs == Verbs::Deploy || is_read(*operation);
    let actions = |operations: &dyn Fn(Operation) -> bool| -> Vec<String> {
        let mut names: Vec<String> =
            Operation::ALL.into_iter().filter(is_wanted).filter(|it| operations(*it)).map(action).collect();
        names.sort();
        names
    };
    let on_profiles = |operation| is_read(operation) && operation != Operation::ListSecurityProfiles;
    let reads = actions(&|it| on_profiles(it) || it == Operation::CreateSecurityProfile);
    let owned = actions(&|it| !is_read(it) && it != Operation::CreateSecurityProfile);
    let of_instance = actions(&|it| on_profiles(it) || it == Operation::CreateSecurityProfile);
    let list = actions(&|it| it == Operation::ListSecurityProfiles);
    let arns: Vec<String> = instances.iter().map(ToString::to_string).collect();
    let profiles = profiles(instances, ids);
    [
        ("Profiles", reads, &profiles),
        ("OwnedProfiles", owned, &profiles),
        ("FindByName", list, &arns),
        ("OfTheInstance", of_instance, &arns),
    ]
    .into_iter()
    .filter(|(_, actions, _)| !actions.is_empty())
    .map(|(sid, actions, resources)| statement("Allow", sid, &actions, resources))
    .collect()
}

fn profiles(instances: &[InstanceArn], ids: &[String]) -> Vec<String> {
    let every = ["*".to_owned()];
    let ids = if ids.is_empty() { &every[..] } else { ids };
    let of = |instance: &InstanceArn| {
        ids.iter().map(move |id| format!("{instance}/security-profile/{id}")).collect::<Vec<_>>()
    };
    instances.iter().flat_map(of).collect()
}

fn statement(effect: &str, sid: &str, actions: &[String], resources: &[String]) -> Value {
    json!({ "Sid": sid, "Effect": effect, "Action": actions, "Resource": resources })
}

fn action(operation: Operation) -> String {
    operation.to_string()
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
        ["arn", _, "iam", "", account, resource]
            if account.len() == 12 && resource.starts_with("role/") && resource.len() > 5 =>
        {
            Ok(text.to_owned())
        }
        _ => Err("it is not a role's ARN: arn:<partition>:iam::<account>:role/<name>".to_owned()),
    }
}
