//! What a call asks to be allowed, and the context that conditions look at.

use serde_json::Value;

use super::condition::Context;
use super::resources::{Named, Resource, resources};
use super::table::{ConditionKey, authorisation};
use crate::route::Route;
use crate::store::Store;
use crate::{Operation, arn};

/// Who signed a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'call> {
    pub(crate) account: &'call str,
    pub(crate) access_key_id: &'call str,
    /// The region that the request was signed for.
    pub(crate) region: &'call str,
}

/// What a request names, read before anything of it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requested {
    operation: Operation,
    resources: Vec<Resource>,
    instance_id: Option<String>,
    request_tags: Vec<(String, String)>,
    /// The keys without values, of a request to untag.
    untagged_keys: Vec<String>,
    search_tags: Vec<(String, String)>,
}

impl Caller<'_> {
    /// A key of a session is a role's, any other a user's of its name.
    fn is_session(&self) -> bool {
        self.access_key_id.starts_with("ASIA")
    }

    /// The ARN of who calls, as errors name it: of a session its own.
    pub(crate) fn arn(&self) -> String {
        let Self { account, access_key_id, region } = self;
        let partition = arn::partition(region);
        if self.is_session() {
            format!("arn:{partition}:sts::{account}:assumed-role/emulated/{access_key_id}")
        } else {
            format!("arn:{partition}:iam::{account}:user/{access_key_id}")
        }
    }

    /// The ARN that policies compare: of a session that of its role.
    fn principal_arn(&self) -> String {
        if self.is_session() {
            format!("arn:{}:iam::{}:role/emulated", arn::partition(self.region), self.account)
        } else {
            self.arn()
        }
    }

    /// The condition keys of whatever this caller asks for. It speaks plain HTTP, and for itself.
    fn context(&self) -> Context {
        let context = Context::default()
            .with("aws:PrincipalAccount", [self.account])
            .with("aws:PrincipalArn", [self.principal_arn()])
            .with("aws:PrincipalIsAWSService", ["false"])
            .with("aws:PrincipalType", [if self.is_session() { "AssumedRole" } else { "User" }])
            .with("aws:RequestedRegion", [self.region])
            .with("aws:ResourceAccount", [self.account])
            .with("aws:SecureTransport", ["false"])
            .with("aws:ViaAWSService", ["false"]);
        if self.is_session() { context } else { context.with("aws:username", [self.access_key_id]) }
    }
}

impl Requested {
    /// Reads it out of a call. What the body does not say as the model has it is not named.
    pub(crate) fn read(
        store: &Store,
        caller: &Caller<'_>,
        route: &Route,
        query: &[(String, String)],
        body: &[u8],
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let instance_id = match route.operation {
            Operation::SearchSecurityProfiles => body["InstanceId"].as_str().map(str::to_owned),
            Operation::ListInstances
            | Operation::TagResource
            | Operation::UntagResource
            | Operation::ListTagsForResource => None,
            _ => Some(route.label(0).to_owned()),
        };
        let tags =
            if route.operation == Operation::CreateSecurityProfile { &body["Tags"] } else { &body["tags"] };
        let untagged =
            query.iter().filter(|(name, _)| route.operation == Operation::UntagResource && name == "tagKeys");
        let named = Named { store, caller, route, instance_id: instance_id.as_deref(), body: &body };
        Self {
            operation: route.operation,
            resources: resources(&named),
            request_tags: text_members(tags),
            untagged_keys: untagged.map(|(_, key)| key.clone()).collect(),
            search_tags: search_tags(&body["SearchFilter"]),
            instance_id,
        }
    }

    pub(crate) fn action(&self) -> String {
        format!("connect:{}", self.operation)
    }

    pub(crate) fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The condition keys: those that every request has, and those that AWS lists for the action.
    pub(crate) fn context(&self, caller: &Caller<'_>, resource: &Resource) -> Context {
        authorisation(self.operation).keys.iter().fold(caller.context(), |context, key| match key {
            ConditionKey::InstanceId => match &self.instance_id {
                Some(id) => context.with("connect:InstanceId", [id]),
                None => context,
            },
            ConditionKey::RequestTag => with_tags(context, "aws:RequestTag", &self.request_tags),
            ConditionKey::ResourceTag => with_tags(context, "aws:ResourceTag", &resource.tags),
            ConditionKey::SearchTag => with_tags(context, "connect:SearchTag", &self.search_tags),
            ConditionKey::TagKeys => {
                let keys: Vec<&String> =
                    self.request_tags.iter().map(|(key, _)| key).chain(&self.untagged_keys).collect();
                if keys.is_empty() { context } else { context.with("aws:TagKeys", keys) }
            }
        })
    }
}

fn with_tags(context: Context, key: &str, tags: &[(String, String)]) -> Context {
    tags.iter().fold(context, |context, (tag, value)| context.with(&format!("{key}/{tag}"), [value]))
}

/// The members of an object that are texts.
fn text_members(object: &Value) -> Vec<(String, String)> {
    let members = object.as_object().into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The tag conditions of a search, at whatever level they stand.
fn search_tags(filter: &Value) -> Vec<(String, String)> {
    match filter {
        Value::Object(members) => match (members.get("TagKey"), members.get("TagValue")) {
            (Some(Value::String(key)), value) => {
                let value = value.and_then(Value::as_str).unwrap_or_default();
                vec![(key.clone(), value.to_owned())]
            }
            _ => members.values().flat_map(search_tags).collect(),
        },
        Value::Array(items) => items.iter().flat_map(search_tags).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::route::route;
    use crate::{Configuration, Profile};

    const CALLER: Caller<'_> = Caller { account: "000000000000", access_key_id: "AKIA", region: "us-east-1" };

    /// The context of a call on a profile that is tagged, but for the keys that every request has.
    fn context(method: &str, path: &str, query: &[(&str, &str)], body: &Value) -> Context {
        let mut store = Store::new(&Configuration::default());
        let profile = Profile { id: "p".to_owned(), ..Profile::named("x").tagged("Team", "red") };
        let instance = store.instances.get_mut("11111111-2222-3333-4444-555555555555").unwrap();
        instance.write(profile, crate::store::Moment::now(std::time::Duration::ZERO));
        let path = path.replace("<i>", "11111111-2222-3333-4444-555555555555");
        let route = route(&Method::from_bytes(method.as_bytes()).unwrap(), &path).unwrap();
        let query: Vec<_> = query.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let requested = Requested::read(&store, &CALLER, &route, &query, body.to_string().as_bytes());
        let resource = requested.resources().last().unwrap();
        requested.context(&CALLER, resource)
    }

    #[test]
    fn a_context_has_the_keys_that_aws_lists_for_the_action_and_no_others() {
        let of_every_request = Context::default()
            .with("aws:PrincipalAccount", ["000000000000"])
            .with("aws:PrincipalArn", ["arn:aws:iam::000000000000:user/AKIA"])
            .with("aws:PrincipalIsAWSService", ["false"])
            .with("aws:PrincipalType", ["User"])
            .with("aws:RequestedRegion", ["us-east-1"])
            .with("aws:ResourceAccount", ["000000000000"])
            .with("aws:SecureTransport", ["false"])
            .with("aws:ViaAWSService", ["false"])
            .with("aws:username", ["AKIA"]);
        let base = || of_every_request.clone();
        let id = "11111111-2222-3333-4444-555555555555";
        let tagged = "/tags/arn%3Aaws%3Aconnect%3Aus-east-1%3A000000000000%3Ainstance%2F\
                      11111111-2222-3333-4444-555555555555%2Fsecurity-profile%2Fp";
        let tags = json!({"Tags": {"a": "1"}, "tags": {"b": "2"}});
        for (method, path, query, body, expected) in [
            (
                "PUT",
                "/security-profiles/<i>",
                &[][..],
                &tags,
                base()
                    .with("aws:RequestTag/a", ["1"])
                    .with("aws:TagKeys", ["a"])
                    .with("connect:InstanceId", [id]),
            ),
            ("PUT", "/security-profiles/<i>", &[], &json!({}), base().with("connect:InstanceId", [id])),
            (
                "POST",
                "/security-profiles/<i>/p",
                &[],
                &tags,
                base().with("aws:ResourceTag/team", ["red"]).with("connect:InstanceId", [id]),
            ),
            ("POST", tagged, &[], &tags, base().with("aws:RequestTag/b", ["2"]).with("aws:TagKeys", ["b"])),
            (
                "DELETE",
                tagged,
                &[("tagKeys", "k"), ("tagKeys", "l")],
                &json!(null),
                base().with("aws:TagKeys", ["k", "l"]),
            ),
            ("GET", tagged, &[], &json!(null), base().with("aws:ResourceTag/TEAM", ["red"])),
            (
                "GET",
                "/security-profiles-summary/<i>",
                &[],
                &json!(null),
                base().with("connect:InstanceId", [id]),
            ),
            (
                "POST",
                "/search-security-profiles",
                &[],
                &json!({"InstanceId": "x", "SearchFilter": {"TagFilter": {"OrConditions": [[
                    {"TagKey": "site", "TagValue": "north"}]]}}}),
                base().with("connect:InstanceId", ["x"]).with("connect:SearchTag/site", ["north"]),
            ),
            ("GET", "/instance", &[], &json!(null), base()),
        ] {
            assert_eq!(context(method, path, query, body), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_session_is_itself_in_what_a_refusal_says_and_its_role_to_policies() {
        let session = Caller { access_key_id: "ASIAX", region: "us-gov-west-1", ..CALLER };
        assert_eq!(session.arn(), "arn:aws-us-gov:sts::000000000000:assumed-role/emulated/ASIAX");
        let context = session.context();
        for (key, expected) in [
            ("aws:PrincipalArn", Some("arn:aws-us-gov:iam::000000000000:role/emulated")),
            ("aws:PrincipalType", Some("AssumedRole")),
            ("aws:username", None),
        ] {
            assert_eq!(context.get(key).map(|values| values[0].as_str()), expected, "{key}");
        }
    }
}
