//! What each action is authorised on and which condition keys its context has: AWS's service authorization reference.
//!
//! The only place that knows it. A test holds it against `data/iam-connect.json`.

use crate::Operation;

/// A type of resource that a request of these operations may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceType {
    Application,
    ContactFlowModule,
    HierarchyGroup,
    Instance,
    SecurityProfile,
    User,
}

/// A condition key that belongs to an action, besides those that every request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConditionKey {
    InstanceId,
    RequestTag,
    ResourceTag,
    SearchTag,
    TagKeys,
}

/// What AWS lists for one action.
pub(crate) struct Authorisation {
    pub(crate) resources: &'static [ResourceType],
    pub(crate) keys: &'static [ConditionKey],
}

/// What AWS lists for the action of an operation. Each action has its operation's name.
pub(crate) const fn authorisation(operation: Operation) -> Authorisation {
    use ConditionKey as K;
    use Operation as O;
    use ResourceType as R;

    const ON_THE_RESOURCE: &[K] = &[K::ResourceTag, K::InstanceId];

    let (resources, keys): (&'static [R], &'static [K]) = match operation {
        O::CreateSecurityProfile => (
            &[R::Application, R::ContactFlowModule, R::HierarchyGroup, R::SecurityProfile],
            &[K::RequestTag, K::TagKeys, K::InstanceId],
        ),
        O::UpdateSecurityProfile => {
            (&[R::Application, R::ContactFlowModule, R::HierarchyGroup, R::SecurityProfile], ON_THE_RESOURCE)
        }
        O::DeleteSecurityProfile
        | O::DescribeSecurityProfile
        | O::ListSecurityProfilePermissions
        | O::ListSecurityProfileApplications
        | O::ListSecurityProfileAIAgents => (&[R::SecurityProfile], ON_THE_RESOURCE),
        O::ListSecurityProfileFlowModules => (&[R::Instance, R::SecurityProfile], ON_THE_RESOURCE),
        O::UpdateUserSecurityProfiles => (&[R::SecurityProfile, R::User], ON_THE_RESOURCE),
        O::TagResource => (&[R::SecurityProfile, R::User], &[K::RequestTag, K::TagKeys]),
        O::UntagResource => (&[R::SecurityProfile, R::User], &[K::TagKeys]),
        O::ListTagsForResource => (&[R::SecurityProfile, R::User], &[K::ResourceTag]),
        O::ListSecurityProfiles => (&[R::Instance], &[K::InstanceId]),
        O::SearchSecurityProfiles => (&[R::Instance], &[K::InstanceId, K::SearchTag]),
        O::DescribeInstance => (&[R::Instance], ON_THE_RESOURCE),
        O::ListInstances => (&[], &[]),
    };
    Authorisation { resources, keys }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn reference() -> Value {
        serde_json::from_str(include_str!("../../data/iam-connect.json")).unwrap()
    }

    const fn reference_name(resource: ResourceType) -> &'static str {
        match resource {
            ResourceType::Application => "application",
            ResourceType::ContactFlowModule => "contact-flow-module",
            ResourceType::HierarchyGroup => "hierarchy-group",
            ResourceType::Instance => "instance",
            ResourceType::SecurityProfile => "security-profile",
            ResourceType::User => "user",
        }
    }

    const fn reference_key(key: ConditionKey) -> &'static str {
        match key {
            ConditionKey::InstanceId => "connect:InstanceId",
            ConditionKey::RequestTag => "aws:RequestTag/${TagKey}",
            ConditionKey::ResourceTag => "aws:ResourceTag/${TagKey}",
            ConditionKey::SearchTag => "connect:SearchTag/${TagKey}",
            ConditionKey::TagKeys => "aws:TagKeys",
        }
    }

    #[test]
    fn the_table_says_what_the_service_authorization_reference_says() {
        let reference = reference();
        for operation in Operation::ALL {
            let listed = &reference["actions"][format!("connect:{operation}")];
            let names = |values: &Value, member: Option<&str>| -> BTreeSet<String> {
                let values = values.as_array().unwrap_or_else(|| panic!("{operation} is not listed"));
                let texts = values.iter().map(|value| member.map_or(value, |member| &value[member]));
                texts.map(|text| text.as_str().unwrap().to_owned()).collect()
            };
            let Authorisation { resources, keys } = authorisation(*operation);
            let own: BTreeSet<String> = resources.iter().map(|it| reference_name(*it).to_owned()).collect();
            assert_eq!(own, names(&listed["resourceTypes"], Some("name")), "{operation}");
            let own: BTreeSet<String> = keys.iter().map(|it| reference_key(*it).to_owned()).collect();
            assert_eq!(own, names(&listed["conditionKeys"], None), "{operation}");
        }
    }
}
