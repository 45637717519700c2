//! The embedded Connect with whatever instances are needed, in as many accounts, and an STS that gives every role away.
//!
//! An emulator is one account; here a call goes to the one that has the instance it names. Roles are assumed without a
//! question: whether that is allowed is for the guards and IAM, and nobody is kept out of an empty room.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use connect_emulator::{Call, Configuration, Emulator, Profile};
use connect_security_profile::arn::InstanceArn;

/// An id that no instance has: a region without any instance would answer as a wrong signature does.
const NO_INSTANCE: &str = "00000000-0000-0000-0000-000000000000";

/// The default profiles that an emulator gives every instance.
const DEFAULT_PROFILES: [&str; 4] = ["Admin", "Agent", "CallCenterManager", "QualityAnalyst"];

/// Instances, in memory. Clones are the same.
#[derive(Clone, Debug)]
pub struct Embedded {
    accounts: Vec<Account>,
}

#[derive(Clone, Debug)]
struct Account {
    emulator: Emulator,
    instances: BTreeSet<InstanceArn>,
}

impl Embedded {
    /// With these instances, each with its default profiles. Regions of instances that are `missing` are known.
    #[must_use]
    pub fn new(
        instances: &BTreeSet<InstanceArn>,
        missing: &BTreeSet<InstanceArn>,
        configuration: &Configuration,
    ) -> Self {
        let mut accounts: BTreeMap<&str, BTreeSet<InstanceArn>> = BTreeMap::new();
        for instance in instances {
            accounts.entry(instance.account()).or_default().insert(instance.clone());
        }
        for instance in missing {
            accounts.entry(instance.account()).or_default();
        }
        let account = |(account, instances): (&str, BTreeSet<InstanceArn>)| {
            let here = instances.iter().map(|it| (it.region().to_owned(), it.id().to_owned()));
            let gone =
                missing.iter().map(|it| (it.region().to_owned(), format!("{NO_INSTANCE}-{}", it.region())));
            let configuration = Configuration {
                account: account.to_owned(),
                instances: here.chain(gone).collect(),
                ..configuration.clone()
            };
            Account { emulator: Emulator::new(configuration), instances }
        };
        Self { accounts: accounts.into_iter().map(account).collect() }
    }

    /// Takes the default profiles away.
    pub fn clear(&self, instance: &InstanceArn) {
        if let Some(emulator) = self.of(instance) {
            for name in DEFAULT_PROFILES {
                emulator.remove_profile(instance.id(), name);
            }
        }
    }

    /// Puts a profile in, unless another has the name.
    pub fn put(&self, instance: &InstanceArn, profile: Profile) {
        let Some(emulator) = self.of(instance) else { return };
        if emulator.profile(instance.id(), &profile.name).is_none_or(|other| other.id == profile.id) {
            emulator.put_profile(instance.id(), profile);
        }
    }

    /// Everything there is, by instance, whole.
    #[must_use]
    pub fn profiles(&self) -> BTreeMap<InstanceArn, BTreeMap<String, Profile>> {
        let of = |account: &Account, instance: &InstanceArn| {
            let profiles = account.emulator.profiles(instance.id());
            profiles.into_iter().map(|profile| (profile.id.clone(), profile)).collect()
        };
        self.accounts
            .iter()
            .flat_map(|account| account.instances.iter().map(move |it| (it.clone(), of(account, it))))
            .collect()
    }

    /// Every call so far, in the order in which they came.
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = self.accounts.iter().flat_map(|it| it.emulator.journal()).collect();
        calls.sort_by_key(|call| call.at);
        calls
    }

    /// Forgets the calls so far.
    pub fn clear_journal(&self) {
        self.accounts.iter().for_each(|account| account.emulator.clear_journal());
    }

    /// What the SDK needs to call these instances and no others.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "local");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(SharedHttpClient::new(Wire(self.clone())))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .region(Region::new(crate::surroundings::LOCAL_REGION))
            .time_source(SystemTimeSource::new())
            .build()
    }

    fn of(&self, instance: &InstanceArn) -> Option<&Emulator> {
        self.accounts.iter().find(|account| account.instances.contains(instance)).map(|it| &it.emulator)
    }

    /// The emulator of the instance that the path names; any, where there is none of it.
    fn at(&self, path: &str) -> Option<&Emulator> {
        // The tags' path names a profile by its ARN, in which both are percent-encoded; nothing else of an ARN is.
        let is_of = |instance: &InstanceArn| match path.strip_prefix("/tags/") {
            Some(arn) => {
                let arn = arn.replace("%3A", ":").replace("%2F", "/");
                arn.strip_prefix(&instance.to_string())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            // The instance's id is the first in a path, after what is asked for.
            None => path.split('/').nth(2) == Some(instance.id()),
        };
        let has = |account: &&Account| account.instances.iter().any(is_of);
        self.accounts.iter().find(has).or(self.accounts.first()).map(|account| &account.emulator)
    }
}

/// The SDK's HTTP client over it.
#[derive(Clone, Debug)]
struct Wire(Embedded);

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let embedded = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            if parts.uri.host().is_some_and(|host| host.starts_with("sts.")) {
                return answer(http::Response::new(Bytes::from_static(EVERY_ROLE.as_bytes())));
            }
            let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let Some(emulator) = embedded.at(parts.uri.path()) else {
                return Err(ConnectorError::user("there is no instance".into()));
            };
            let handled = emulator.handle(http::Request::from_parts(parts, body)).await;
            answer(handled.map_err(|lost| ConnectorError::io(lost.into()))?)
        })
    }
}

fn answer(response: http::Response<Bytes>) -> Result<HttpResponse, ConnectorError> {
    HttpResponse::try_from(response.map(SdkBody::from))
        .map_err(|error| ConnectorError::other(error.into(), None))
}

/// What STS says to `AssumeRole`, with the key that every emulator knows.
const EVERY_ROLE: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
    <Credentials><AccessKeyId>test</AccessKeyId><SecretAccessKey>test</SecretAccessKey>\
    <SessionToken>rehearsal</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
    </AssumeRoleResult></AssumeRoleResponse>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_instance_whose_whole_id_it_names() {
        let instance = |account: &str, id: &str| -> InstanceArn {
            format!("arn:aws:connect:us-east-1:{account}:instance/{id}").parse().unwrap()
        };
        let (short, long) = (instance("111111111111", "1"), instance("222222222222", "11"));
        let here = BTreeSet::from([short.clone(), long.clone()]);
        let tags = |instance: &InstanceArn| {
            let arn = format!("{instance}/security-profile/1").replace(':', "%3A").replace('/', "%2F");
            format!("/tags/{arn}")
        };
        for (path, wanted) in [
            ("/security-profiles-summary/1".to_owned(), &short),
            ("/security-profiles-summary/11".to_owned(), &long),
            ("/security-profiles/11/1".to_owned(), &long),
            ("/security-profiles/1/11".to_owned(), &short),
            (tags(&short), &short),
            (tags(&long), &long),
        ] {
            let embedded = Embedded::new(&here, &BTreeSet::new(), &Configuration::default());
            embedded.at(&path).unwrap().put_profile(wanted.id(), Profile::named("Found"));
            let found = embedded.profiles()[wanted].values().any(|profile| profile.name == "Found");
            assert!(found, "{path}");
        }
    }
}
