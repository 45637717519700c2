//! The ARN of every resource that a call names, of the types that its action is authorised on.

use serde_json::Value;

use super::request::Caller;
use super::table::{Authorisation, ResourceType, authorisation};
use crate::route::Route;
use crate::store::Store;
use crate::{Operation, arn};

/// A resource that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) arn: String,
    pub(super) tags: Vec<(String, String)>,
}

/// A request on its way to the resources that it names.
pub(super) struct Named<'call> {
    pub(super) store: &'call Store,
    pub(super) caller: &'call Caller<'call>,
    pub(super) route: &'call Route,
    pub(super) instance_id: Option<&'call str>,
    pub(super) body: &'call Value,
}

/// The resources, in the order in which AWS lists their types.
pub(super) fn resources(named: &Named<'_>) -> Vec<Resource> {
    let Authorisation { resources: types, .. } = authorisation(named.route.operation);
    if types.is_empty() {
        return vec![Resource { arn: "*".to_owned(), tags: Vec::new() }];
    }
    // These name their resource by its ARN, of whatever type it is.
    if named.instance_id.is_none() && named.route.operation != Operation::SearchSecurityProfiles {
        return vec![named.profile_by_arn(named.route.label(0).to_owned())];
    }
    types.iter().flat_map(|resource| named.of_type(*resource)).collect()
}

impl Named<'_> {
    fn of_type(&self, resource: ResourceType) -> Vec<Resource> {
        let instance = self.instance_arn();
        let untagged = |arn: String| Resource { arn, tags: Vec::new() };
        let members = |list: &str, member: &str| -> Vec<String> {
            let items = self.body[list].as_array().into_iter().flatten();
            items.filter_map(|item| item[member].as_str().map(str::to_owned)).collect()
        };
        match resource {
            ResourceType::Instance => vec![untagged(instance)],
            ResourceType::SecurityProfile => match self.route.operation {
                // It has no identifier yet.
                Operation::CreateSecurityProfile => vec![untagged(arn::profile(&instance, "*"))],
                Operation::UpdateUserSecurityProfiles => {
                    let ids = self.body["SecurityProfileIds"].as_array().into_iter().flatten();
                    ids.filter_map(Value::as_str)
                        .map(|id| self.profile_by_arn(arn::profile(&instance, id)))
                        .collect()
                }
                _ => vec![self.profile_by_arn(arn::profile(&instance, self.route.label(1)))],
            },
            ResourceType::User => vec![untagged(arn::user(&instance, self.route.label(1)))],
            ResourceType::Application => members("Applications", "Namespace")
                .into_iter()
                .chain(members("AllowedAIAgents", "Arn"))
                .map(|name| untagged(self.application_arn(&name)))
                .collect(),
            ResourceType::ContactFlowModule => members("AllowedFlowModules", "FlowModuleId")
                .into_iter()
                .map(|id| untagged(arn::flow_module(&instance, &id)))
                .collect(),
            ResourceType::HierarchyGroup => self.body["AllowedAccessControlHierarchyGroupId"]
                .as_str()
                .filter(|id| !id.is_empty())
                .map(|id| untagged(arn::hierarchy_group(&instance, id)))
                .into_iter()
                .collect(),
        }
    }

    /// The label as it stands, an ARN where an identifier belongs as well.
    fn instance_arn(&self) -> String {
        let Caller { account, region, .. } = self.caller;
        arn::instance(region, account, self.instance_id.unwrap_or_default())
    }

    fn application_arn(&self, name: &str) -> String {
        let Caller { account, region, .. } = self.caller;
        if name.starts_with("arn:") { name.to_owned() } else { arn::application(region, account, name) }
    }

    /// The profile of an ARN, with the tags that it truly has.
    fn profile_by_arn(&self, arn: String) -> Resource {
        let profile =
            self.store.tagged(&arn, self.caller.region).ok().and_then(|(instance, profile)| {
                self.store.instances.get(&instance)?.true_profile(&profile).ok()
            });
        let tags = profile.map(|profile| profile.tags.clone().into_iter().collect()).unwrap_or_default();
        Resource { arn, tags }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::Configuration;
    use crate::iam::Requested;
    use crate::route::route;

    const INSTANCE: &str =
        "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
    const CALLER: Caller<'_> = Caller { account: "000000000000", access_key_id: "AKIA", region: "us-east-1" };

    fn named(method: &str, path: &str, body: &Value) -> Vec<String> {
        let path = path.replace("<i>", "11111111-2222-3333-4444-555555555555");
        let route = route(&Method::from_bytes(method.as_bytes()).unwrap(), &path).unwrap();
        let store = Store::new(&Configuration::default());
        let requested = Requested::read(&store, &CALLER, &route, &[], body.to_string().as_bytes());
        requested.resources().iter().map(|it| it.arn.replace(INSTANCE, "<instance>")).collect()
    }

    #[test]
    fn every_resource_that_a_request_names_is_authorised() {
        let everything = json!({
            "SecurityProfileName": "x",
            "Applications": [{"Namespace": "crm"}, {"ApplicationPermissions": ["ACCESS"]}],
            "AllowedAIAgents": [{"Arn": "arn:aws:app-integrations:eu-west-2:000000000000:application/a"}],
            "AllowedFlowModules": [{"FlowModuleId": "m"}],
            "AllowedAccessControlHierarchyGroupId": "g",
        });
        let others = [
            "arn:aws:app-integrations:us-east-1:000000000000:application/crm",
            "arn:aws:app-integrations:eu-west-2:000000000000:application/a",
            "<instance>/flow-module/m",
            "<instance>/agent-group/g",
        ];
        let with = |profile: &'static str| [&others[..], &[profile]].concat();
        assert_eq!(
            named("PUT", "/security-profiles/<i>", &everything),
            with("<instance>/security-profile/*")
        );
        assert_eq!(
            named("POST", "/security-profiles/<i>/p", &everything),
            with("<instance>/security-profile/p")
        );
        for (method, path, body, expected) in [
            (
                "POST",
                "/security-profiles/<i>/p",
                json!({"AllowedAccessControlHierarchyGroupId": ""}),
                &["<instance>/security-profile/p"][..],
            ),
            ("GET", "/security-profiles/<i>/p", json!(null), &["<instance>/security-profile/p"]),
            (
                "GET",
                "/security-profiles-flow-modules/<i>/p",
                json!(null),
                &["<instance>", "<instance>/security-profile/p"],
            ),
            ("GET", "/security-profiles-summary/<i>", json!(null), &["<instance>"]),
            (
                "POST",
                "/search-security-profiles",
                json!({"InstanceId": "x"}),
                &["arn:aws:connect:us-east-1:000000000000:instance/x"],
            ),
            (
                "POST",
                "/users/<i>/u/security-profiles",
                json!({"SecurityProfileIds": ["p", "q"]}),
                &["<instance>/security-profile/p", "<instance>/security-profile/q", "<instance>/agent/u"],
            ),
            ("POST", "/tags/arn%3Aaws%3Aconnect%3Ax", json!({"tags": {"a": "b"}}), &["arn:aws:connect:x"]),
            ("GET", "/instance", json!(null), &["*"]),
        ] {
            assert_eq!(named(method, path, &body), expected, "{method} {path}");
        }
    }

    #[test]
    fn an_arn_where_an_identifier_belongs_is_authorised_as_it_stands() {
        let label = "arn%3Aaws%3Aconnect%3Aus-east-1%3A000000000000%3Ainstance%2Fx";
        assert_eq!(
            named("GET", &format!("/security-profiles-summary/{label}"), &json!(null)),
            [
                "arn:aws:connect:us-east-1:000000000000:instance/arn:aws:connect:us-east-1:000000000000:instance/x"
            ]
        );
    }
}
