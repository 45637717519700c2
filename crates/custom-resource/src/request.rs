//! What a provider is asked to do: one type for each kind of request, so that an impossible one cannot be written.
//!
//! Reading is strict where a Create or an Update would act on a misunderstanding, and lenient where a Delete only has
//! to find what is there. `null` is absent; unknown fields are ignored, because CloudFormation adds some now and then.

use serde_json::{Map, Value};

use crate::envelope::Ids;
use crate::physical_id::{PhysicalId, PhysicalIdError};
use crate::stack_arn::{StackArn, StackArnError};

/// The properties as the template states them, without CloudFormation's own `ServiceToken` and `ServiceTimeout`.
/// CloudFormation turns every scalar into a string.
pub type Properties = Map<String, Value>;

/// Which resource of which stack a request is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource {
    /// The request's id. CloudFormation has been seen to use one again when a deployment is tried again.
    pub request_id: String,
    /// The stack.
    pub stack: StackArn,
    /// The name that the template gives the resource.
    pub logical_id: String,
    /// `Custom::Something` or `AWS::CloudFormation::CustomResource`. Empty for a Delete that does not say.
    pub resource_type: String,
}

/// Make the resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Create {
    /// The resource.
    pub resource: Resource,
    /// What it shall be.
    pub properties: Properties,
}

/// Make the resource something else, or replace it by one with another physical id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Update {
    /// The resource.
    pub resource: Resource,
    /// The id that an earlier answer gave.
    pub physical_id: String,
    /// What it shall be.
    pub properties: Properties,
    /// What it was to be before. In a rollback this may describe a state that was never reached.
    pub old_properties: Properties,
}

/// Remove the resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delete {
    /// The resource.
    pub resource: Resource,
    /// The id that an earlier answer gave; one that CloudFormation made up, when it never got an answer.
    pub physical_id: String,
    /// What it was to be. Empty when absent or unreadable: a Delete must not fail on what older versions accepted.
    pub properties: Properties,
}

/// A request that can be acted on.
pub(crate) enum Request {
    Create(Create),
    Update(Update),
    Delete(Delete),
    /// A Delete without an id: there is nothing to find it by.
    DeleteOfNothing,
}

/// What is wrong with a request that can be answered.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` is not a JSON object")]
    NotAnObject(&'static str),
    #[error("`{0}` is not a string")]
    NotAString(&'static str),
    #[error("the request type `{0}` is unknown; expected `Create`, `Update` or `Delete`")]
    UnknownRequestType(String),
    #[error("`StackId`: {0}")]
    StackId(#[from] StackArnError),
    #[error("`PhysicalResourceId`: {0}")]
    PhysicalId(#[from] PhysicalIdError),
}

impl Request {
    pub(crate) fn read(event: &Value, ids: &Ids) -> Result<Self, Mistake> {
        let resource = |resource_type| {
            Ok::<_, Mistake>(Resource {
                request_id: ids.request_id.clone(),
                stack: ids.stack_id.parse()?,
                logical_id: ids.logical_id.clone(),
                resource_type,
            })
        };
        match string(event, "RequestType")? {
            "Create" => Ok(Self::Create(Create {
                resource: resource(string(event, "ResourceType")?.to_owned())?,
                properties: properties(event, "ResourceProperties")?,
            })),
            "Update" => Ok(Self::Update(Update {
                resource: resource(string(event, "ResourceType")?.to_owned())?,
                physical_id: PhysicalId::parse(string(event, "PhysicalResourceId")?)?.to_string(),
                properties: properties(event, "ResourceProperties")?,
                old_properties: properties(event, "OldResourceProperties")?,
            })),
            "Delete" => {
                let physical_id = match string(event, "PhysicalResourceId") {
                    Ok("") | Err(_) => return Ok(Self::DeleteOfNothing),
                    Ok(text) => PhysicalId::parse(text)?.to_string(),
                };
                Ok(Self::Delete(Delete {
                    resource: resource(string(event, "ResourceType").unwrap_or_default().to_owned())?,
                    physical_id,
                    properties: properties(event, "ResourceProperties").unwrap_or_default(),
                }))
            }
            other => Err(Mistake::UnknownRequestType(other.to_owned())),
        }
    }
}

/// The id that the event came with, where it can be answered.
pub(crate) fn physical_id_of(event: &Value) -> Option<PhysicalId> {
    string(event, "PhysicalResourceId").ok().and_then(|text| PhysicalId::parse(text).ok())
}

fn field<'a>(event: &'a Value, name: &'static str) -> Result<&'a Value, Mistake> {
    event.get(name).filter(|value| !value.is_null()).ok_or(Mistake::Missing(name))
}

fn string<'a>(event: &'a Value, name: &'static str) -> Result<&'a str, Mistake> {
    field(event, name)?.as_str().ok_or(Mistake::NotAString(name))
}

fn properties(event: &Value, name: &'static str) -> Result<Properties, Mistake> {
    let mut properties = field(event, name)?.as_object().cloned().ok_or(Mistake::NotAnObject(name))?;
    properties.remove("ServiceToken");
    properties.remove("ServiceTimeout");
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids() -> Ids {
        Ids {
            stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/u".to_owned(),
            request_id: "r".to_owned(),
            logical_id: "Thing".to_owned(),
        }
    }

    #[test]
    fn a3_cloudformations_own_keys_are_taken_out_and_unknown_fields_ignored() {
        let event = json!({
            "RequestType": "Create", "ResourceType": "Custom::Thing", "ServiceToken": "arn", "ServiceTimeout": "30",
            "SomethingNew": {"a": 1},
            "ResourceProperties": {"ServiceToken": "arn", "ServiceTimeout": "30", "Name": "n"},
        });
        let Request::Create(create) = Request::read(&event, &ids()).unwrap() else { panic!("not a Create") };
        assert_eq!(Value::Object(create.properties), json!({"Name": "n"}));
    }

    #[test]
    fn a2_every_mistake_is_named() {
        let good = json!({
            "RequestType": "Update", "ResourceType": "Custom::Thing", "PhysicalResourceId": "id",
            "ResourceProperties": {}, "OldResourceProperties": {},
        });
        for (name, value, expected) in [
            (
                "RequestType",
                json!("Read"),
                "the request type `Read` is unknown; expected `Create`, `Update` or `Delete`",
            ),
            ("RequestType", json!(null), "`RequestType` is missing"),
            ("RequestType", json!(7), "`RequestType` is not a string"),
            ("ResourceType", json!(null), "`ResourceType` is missing"),
            ("PhysicalResourceId", json!(""), "`PhysicalResourceId`: the physical id is empty"),
            ("PhysicalResourceId", json!(null), "`PhysicalResourceId` is missing"),
            ("ResourceProperties", json!(null), "`ResourceProperties` is missing"),
            ("ResourceProperties", json!([]), "`ResourceProperties` is not a JSON object"),
            ("OldResourceProperties", json!(null), "`OldResourceProperties` is missing"),
            ("OldResourceProperties", json!("{}"), "`OldResourceProperties` is not a JSON object"),
        ] {
            let mut event = good.clone();
            event[name] = value;
            let mistake = Request::read(&event, &ids()).err().map(|mistake| mistake.to_string());
            assert_eq!(mistake.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a7_a_delete_needs_its_id_and_nothing_else() {
        for event in [
            json!({"RequestType": "Delete", "PhysicalResourceId": "id"}),
            json!({"RequestType": "Delete", "PhysicalResourceId": "id", "ResourceProperties": null}),
            json!({"RequestType": "Delete", "PhysicalResourceId": "id", "ResourceProperties": ["odd"], "ResourceType": 3}),
        ] {
            let Request::Delete(delete) = Request::read(&event, &ids()).unwrap() else { panic!("{event}") };
            assert!(delete.properties.is_empty() && delete.resource.resource_type.is_empty());
        }
    }
}
