//! The copy of what is live: every profile's name, and whole those that matter.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use connect_emulator::{
    AiAgent, Application, Call, FlowModule, GranularAccess, PrimaryAttributeValue, Profile, ProfileType,
};
use connect_security_profile::arn::{InstanceArn, SecurityProfileArn};
use connect_security_profile::connect::{Access, Connect, Session, Summary};
use connect_security_profile::connect_error::ConnectError;
use connect_security_profile::observed::Observed;
use connect_security_profile::operation::Class;
use connect_security_profile::settings::{Kind, Member};
use connect_security_profile::tally::Tally;
use tokio::time::Instant;

use super::Profiles;
use crate::embedded::Embedded;
use crate::endpoint::plain;
use crate::failure::{Cause, Failure};

/// How long a read may be tried again while the quota is short.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long it takes at most to find out that nobody answers.
const TO_REACH: Duration = Duration::from_secs(5);

/// What is known of the live side.
#[derive(Debug, Default)]
pub(super) struct Copy {
    profiles: Profiles,
    /// Those that were read whole, or are known to be gone.
    read: BTreeSet<SecurityProfileArn>,
    /// The instances that are not there.
    missing: BTreeSet<InstanceArn>,
}

impl Copy {
    pub(super) async fn list(&mut self, live: &Connect, instance: InstanceArn) -> Result<(), Failure> {
        let session = session(live, &instance).await;
        let listed = match Box::pin(session.within(TO_REACH).profiles(&instance)).await {
            Err(error) if error.class == Class::Throttled => Box::pin(session.profiles(&instance)).await,
            listed => listed,
        };
        match listed {
            Ok(listed) => {
                let stub = |summary: Summary| {
                    let id = summary.arn.id().to_owned();
                    (id.clone(), Profile { id, ..Profile::named(summary.name) })
                };
                self.profiles.insert(instance, listed.into_iter().map(stub).collect());
            }
            Err(error) if error.class == Class::Gone => {
                self.missing.insert(instance);
            }
            Err(error) => return Err(unreadable(&error)),
        }
        Ok(())
    }

    /// An embedded Connect that is as the copy is.
    pub(super) fn embedded(&self) -> Embedded {
        let here = self.profiles.keys().cloned().collect();
        let configuration =
            connect_emulator::Configuration { profile_limit: usize::MAX, ..Default::default() };
        let embedded = Embedded::new(&here, &self.missing, &configuration);
        for (instance, profiles) in &self.profiles {
            embedded.clear(instance);
            // What was read whole goes first: a list may show names that were changed since.
            let (whole, stubs): (Vec<_>, Vec<_>) =
                profiles.values().partition(|profile| self.is_whole(instance, &profile.id));
            for profile in whole.into_iter().chain(stubs) {
                embedded.put(instance, profile.clone());
            }
        }
        embedded
    }

    /// The profiles of which a call was about, and of which no more than the name is known.
    pub(super) fn unread_in(&self, calls: &[Call]) -> Vec<SecurityProfileArn> {
        let mut unread = Vec::new();
        for (instance, profiles) in &self.profiles {
            for id in profiles.keys().filter(|id| !self.is_whole(instance, id)) {
                if calls.iter().any(|call| call.uri.contains(id.as_str())) {
                    unread.extend(instance.profile(id));
                }
            }
        }
        unread
    }

    pub(super) fn become_as(&mut self, after: &Profiles) {
        for (instance, profiles) in after {
            let new = profiles.keys().filter(|id| !self.profiles[instance].contains_key(*id));
            let new: Vec<_> = new.filter_map(|id| instance.profile(id)).collect();
            self.read.extend(new);
        }
        self.profiles.clone_from(after);
    }

    pub(super) fn profiles(&self) -> Profiles {
        self.profiles.clone()
    }

    pub(super) fn profile(&self, arn: &SecurityProfileArn) -> Option<Profile> {
        self.profiles.get(arn.instance())?.get(arn.id()).cloned()
    }

    pub(super) fn named(&self, instance: &InstanceArn, name: &str) -> Option<SecurityProfileArn> {
        let profile = self.profiles.get(instance)?.values().find(|profile| profile.name == name)?;
        instance.profile(&profile.id)
    }

    pub(super) fn put(&mut self, arn: &SecurityProfileArn, profile: Option<Profile>) {
        if let Some(profiles) = self.profiles.get_mut(arn.instance()) {
            match profile {
                Some(profile) => profiles.insert(arn.id().to_owned(), profile),
                None => profiles.remove(arn.id()),
            };
        }
        self.read.insert(arn.clone());
    }

    pub(super) fn is_read(&self, arn: &SecurityProfileArn) -> bool {
        self.read.contains(arn) || self.missing.contains(arn.instance())
    }

    pub(super) fn knows(&self, instance: &InstanceArn) -> bool {
        self.profiles.contains_key(instance)
    }

    fn is_whole(&self, instance: &InstanceArn, id: &str) -> bool {
        instance.profile(id).is_some_and(|arn| self.read.contains(&arn))
    }
}

/// The live profile with all that it holds; `None` when it is gone.
pub(super) async fn read_whole(live: &Connect, arn: &SecurityProfileArn) -> Result<Option<Profile>, Failure> {
    let session = session(live, arn.instance()).await;
    let members = Member::ALL.into_iter().collect();
    let observed = Box::pin(session.observe(arn, &members)).await.map_err(|error| unreadable(&error))?;
    Ok(observed.as_ref().map(profile_of))
}

async fn session(live: &Connect, instance: &InstanceArn) -> Session {
    let access = Access { region: instance.region().to_owned(), role: None };
    Box::pin(live.session(access, Instant::now() + PATIENCE, std::iter::empty(), Tally::default())).await
}

fn unreadable(error: &ConnectError) -> Failure {
    // The error's own advice is for the operator of the function.
    let ConnectError { operation, subject, code, message, .. } = error;
    let code = code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
    let message = if error.code.is_none() { plain(message) } else { message.clone() };
    let said = format!("what is live cannot be read: {operation} on {subject}");
    let failure = match error.class {
        Class::Unreachable => Failure::new(said).unreachable(message),
        Class::BadCredentials => {
            Failure::new(format_args!("{said}: {code}{message}")).because(Cause::Credentials)
        }
        _ => Failure::new(format_args!("{said}: {code}{message}")),
    };
    let hint = match error.class {
        Class::Denied => {
            "`connect-profiles policy --verbs read-only --instance-arn …` writes the IAM policy that reading needs"
        }
        Class::BadCredentials => {
            "say which credentials with `--profile`, or try it on the embedded Connect with `--local`"
        }
        Class::Unreachable => "see that the endpoint and the region are right",
        _ => return failure,
    };
    failure.hint(hint)
}

/// A profile as it was read, as the embedded Connect holds it.
#[must_use]
pub fn profile_of(observed: &Observed) -> Profile {
    let settings = &observed.settings;
    let kind = |kind: &Kind| kind.clone();
    let texts = |tags: &connect_security_profile::settings::Tags| {
        tags.iter().map(|(key, value)| (key.as_str().to_owned(), value.reveal().to_owned())).collect()
    };
    let granular = settings.granular_access_control.iter().flatten().map(|(name, access)| {
        let values = access.values.iter().map(|value| value.reveal().to_owned()).collect();
        PrimaryAttributeValue {
            access_type: Some("ALLOW".to_owned()),
            attribute_name: Some(name.clone()),
            values: Some(values),
        }
    });
    let (time, region) = &observed.last_modified;
    let time = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    Profile {
        id: observed.arn.id().to_owned(),
        name: observed.name.clone(),
        description: settings.description.as_ref().map(|it| it.reveal().to_owned()).unwrap_or_default(),
        profile_type: if observed.is_aws_managed {
            ProfileType::AwsManaged
        } else {
            ProfileType::CustomerManaged
        },
        permissions: settings.permissions.iter().flatten().map(ToString::to_string).collect(),
        tags: texts(&observed.tags),
        allowed_access_control_tags: settings.access_control_tags.as_ref().map(texts).unwrap_or_default(),
        tag_restricted_resources: settings
            .tag_restricted_resources
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect(),
        hierarchy_restricted_resources: settings
            .hierarchy_restricted_resources
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect(),
        allowed_access_control_hierarchy_group_id: settings.hierarchy_group_id.clone().unwrap_or_default(),
        applications: settings
            .applications
            .iter()
            .flatten()
            .map(|(namespace, application)| Application {
                namespace: Some(namespace.clone()),
                application_permissions: Some(application.permissions.clone()),
                application_type: kind(&application.kind),
            })
            .collect(),
        allowed_flow_modules: settings
            .flow_modules
            .iter()
            .flatten()
            .map(|(id, it)| FlowModule { flow_module_id: Some(id.clone()), module_type: kind(it) })
            .collect(),
        allowed_ai_agents: settings
            .ai_agents
            .iter()
            .flatten()
            .map(|(arn, it)| AiAgent { arn: Some(arn.clone()), agent_type: kind(it) })
            .collect(),
        granular_access_control_configuration: GranularAccess::of(granular),
        // None is replaced by the present; what is not said must not look new.
        last_modified_time: time.map_or(1.0, |time| time.as_secs_f64()),
        last_modified_region: region.clone().unwrap_or_default(),
    }
}
