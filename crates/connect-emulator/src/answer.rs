//! One call, from its route and body to its answer: reads the request by its shape and calls the operation.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ServiceError;
use crate::flow_modules::FlowModules;
use crate::members::{Create, Members};
use crate::model;
use crate::page::PageRequest;
use crate::route::Route;
use crate::search::Search;
use crate::shape::Shape;
use crate::store::{Moment, Store};
use crate::writes::{Tag, UpdateUser};
use crate::{Choices, Operation, reads, writes};

/// A call whose signature was verified.
pub(crate) struct Verified<'call> {
    pub(crate) route: &'call Route,
    /// The region that it was signed for.
    pub(crate) region: &'call str,
    pub(crate) query: &'call [(String, String)],
    pub(crate) body: &'call [u8],
}

/// What holds for every call.
pub(crate) struct Rules<'rules> {
    pub(crate) choices: &'rules Choices,
    pub(crate) profile_limit: usize,
    pub(crate) flow_modules: &'rules FlowModules,
}

/// The answer's document; `None` for the operations that have no output.
pub(crate) fn answer(
    store: &mut Store,
    call: &Verified<'_>,
    rules: &Rules<'_>,
    moment: Moment,
) -> Result<Option<Value>, ServiceError> {
    let answer = if call.route.operation.is_write() {
        write(store, call, rules, moment)
    } else {
        read(store, call, rules, moment).map(Some)
    };
    answer.map_err(|error| match (call.route.operation, error) {
        // The instance operations do not declare the other error.
        (Operation::ListInstances | Operation::DescribeInstance, ServiceError::InvalidParameter(message)) => {
            ServiceError::InvalidRequest(message)
        }
        (_, error) => error,
    })
}

fn write(
    store: &mut Store,
    call: &Verified<'_>,
    rules: &Rules<'_>,
    moment: Moment,
) -> Result<Option<Value>, ServiceError> {
    let Verified { route, region, .. } = *call;
    let choices = rules.choices;
    let nothing = |()| None;
    match route.operation {
        Operation::CreateSecurityProfile => {
            let body: Create = call.body(&model::CREATE)?;
            let instance = store.instance_mut(route.label(0), region)?;
            writes::create(instance, body, choices, rules.profile_limit, rules.flow_modules, moment).map(Some)
        }
        Operation::UpdateSecurityProfile => {
            let members: Members = call.body(&model::UPDATE)?;
            let instance = store.instance_mut(route.label(0), region)?;
            writes::update(instance, route.label(1), members, choices, rules.flow_modules, moment)
                .map(nothing)
        }
        Operation::DeleteSecurityProfile => {
            let instance = store.instance_mut(route.label(0), region)?;
            writes::delete(instance, route.label(1), choices, moment).map(nothing)
        }
        Operation::TagResource => {
            let body: Tag = call.body(&model::TAG)?;
            writes::tag(store, region, route.label(0), body, moment).map(nothing)
        }
        Operation::UntagResource => {
            writes::untag(store, region, route.label(0), &call.tag_keys()?, moment).map(nothing)
        }
        _ => {
            let body: UpdateUser = call.body(&model::UPDATE_USER)?;
            let instance = store.instance_mut(route.label(0), region)?;
            writes::update_user(instance, route.label(1), &body).map(nothing)
        }
    }
}

fn read(
    store: &Store,
    call: &Verified<'_>,
    rules: &Rules<'_>,
    moment: Moment,
) -> Result<Value, ServiceError> {
    let Verified { route, region, .. } = *call;
    let unseen = if rules.choices.unseen_is_invalid_request {
        ServiceError::InvalidRequest
    } else {
        ServiceError::ResourceNotFound
    };
    match route.operation {
        Operation::SearchSecurityProfiles => {
            let body: Search = call.body(&model::SEARCH)?;
            reads::search(store.instance(&body.instance_id, region)?, &body, moment.now)
        }
        Operation::ListTagsForResource => {
            let (instance, profile) = store.tagged(route.label(0), region)?;
            let instance = store.instance(&instance, region)?;
            Ok(reads::list_tags(instance.seen_profile(&profile, moment.now, unseen)?))
        }
        Operation::ListInstances => {
            reads::list_instances(store, region, &call.page(model::INSTANCES_PAGE, 10)?)
        }
        Operation::DescribeInstance => Ok(reads::describe_instance(store.instance(route.label(0), region)?)),
        Operation::ListSecurityProfiles => {
            let page = call.page(model::LIST_PAGE, 100)?;
            reads::list(store.instance(route.label(0), region)?, &page, moment.now)
        }
        Operation::DescribeSecurityProfile => {
            let instance = store.instance(route.label(0), region)?;
            let profile = instance.seen_profile(route.label(1), moment.now, unseen)?;
            Ok(reads::describe(instance, profile, rules.choices))
        }
        operation => {
            let page = call.page(model::LIST_PAGE, 100)?;
            let instance = store.instance(route.label(0), region)?;
            let profile = instance.seen_profile(route.label(1), moment.now, unseen)?;
            reads::list_members(operation, instance, profile, &page)
        }
    }
}

impl Verified<'_> {
    /// The body, if it has the shape. An empty one is an empty object.
    fn body<T: DeserializeOwned>(&self, shape: &Shape) -> Result<T, ServiceError> {
        let document = if self.body.is_empty() { b"{}" } else { self.body };
        let value: Value = serde_json::from_slice(document).map_err(|error| {
            ServiceError::InvalidRequest(format!("the request body is not JSON: {error}"))
        })?;
        let value = shape
            .read(value, "")
            .map_err(|violation| ServiceError::InvalidParameter(violation.to_string()))?;
        serde_json::from_value(value).map_err(|error| ServiceError::InvalidParameter(error.to_string()))
    }

    fn page(&self, limits: (usize, usize), default_size: usize) -> Result<PageRequest, ServiceError> {
        PageRequest::from_query(self.query, limits, default_size)
    }

    /// `UntagResource` has its keys in the query.
    fn tag_keys(&self) -> Result<Vec<String>, ServiceError> {
        let keys: Vec<String> =
            self.query.iter().filter(|(name, _)| name == "tagKeys").map(|(_, key)| key.clone()).collect();
        if keys.is_empty() || keys.len() > model::MOST_TAGS {
            return Err(ServiceError::InvalidParameter(format!(
                "tagKeys: 1 to {} keys are needed, not {}",
                model::MOST_TAGS,
                keys.len()
            )));
        }
        for key in &keys {
            model::TAG_KEY
                .check(key, &format!("tagKeys `{key}`"))
                .map_err(|violation| ServiceError::InvalidParameter(violation.to_string()))?;
        }
        Ok(keys)
    }
}
