//! What CloudFormation knows of a stack: its template as deployed, its parameters, and its resources' physical ids.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{ResourceStatus, TemplateStage};
use connect_security_profile::connect::Pages;
use custom_resource::StackArn;

use crate::endpoint::{Endpoint, unanswered};
use crate::failure::{Cause, Failure};
use crate::surroundings::Surroundings;
use crate::template::{Template, Values};

/// What CloudFormation shows in place of a value that is not to be echoed.
const NOT_ECHOED: &str = "****";

/// A stack as it is deployed.
#[derive(Clone, Debug)]
pub struct DeployedStack {
    /// Its ARN.
    pub id: StackArn,
    /// Its template, with transforms carried out.
    pub template: Template,
    /// Its parameters, and where it is.
    pub values: Values,
    /// Physical ids by logical id.
    pub physical_ids: BTreeMap<String, String>,
}

impl DeployedStack {
    /// Whether it has a resource of that logical id.
    #[must_use]
    pub fn has(&self, logical_id: &str) -> bool {
        self.physical_ids.contains_key(logical_id)
    }
}

/// The stack of that name, if one is named.
pub async fn of(surroundings: &Surroundings, name: Option<&str>) -> Result<Option<DeployedStack>, Failure> {
    let Some(name) = name else { return Ok(None) };
    if surroundings.local().is_some() {
        return Err(Failure::new("with `--local` there is no CloudFormation that could know a stack")
            .hint("leave `--stack` out, or `--local`"));
    }
    if surroundings.region().await?.is_none() {
        return Err(Failure::new(format!("no region is known to look for the stack `{name}` in"))
            .hint("name one with `--region`, set `AWS_REGION`, or add `region` to the AWS profile"));
    }
    let config = surroundings.cloudformation_config(None).await?;
    Box::pin(stack(&config, name)).await.map(Some)
}

/// Reads a stack by its name or ARN.
async fn stack(config: &SdkConfig, name: &str) -> Result<DeployedStack, Failure> {
    let client = Client::new(config);
    let described = client.describe_stacks().stack_name(name).send().await;
    let described = described.map_err(|error| unreadable(name, &error, config))?;
    let stack =
        described.stacks().first().ok_or_else(|| Failure::new(format!("there is no stack `{name}`")))?;
    let id: StackArn = stack
        .stack_id()
        .unwrap_or_default()
        .parse()
        .map_err(|error| Failure::new(format!("the stack `{name}`: {error}")))?;
    let mut values = Values {
        region: Some(id.region().to_owned()),
        account: Some(id.account().to_owned()),
        stack_name: Some(id.name().to_owned()),
        stack_id: Some(id.to_string()),
        ..Values::default()
    };
    for parameter in stack.parameters() {
        let value = parameter.resolved_value().or(parameter.parameter_value());
        match (parameter.parameter_key(), value) {
            (Some(name), Some(NOT_ECHOED)) => values.withhold(name),
            (Some(name), Some(value)) => drop(values.parameters.insert(name.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    let template =
        client.get_template().stack_name(name).template_stage(TemplateStage::Processed).send().await;
    let template = template.map_err(|error| unreadable(name, &error, config))?;
    let text = template.template_body().unwrap_or_default();
    let template = Template::read(format!("the template of stack {name}"), text).map_err(Failure::new)?;
    let mut physical_ids = BTreeMap::new();
    let mut pages = Pages::default();
    loop {
        let request = client.list_stack_resources().stack_name(name).set_next_token(pages.token());
        let page = request.send().await.map_err(|error| unreadable(name, &error, config))?;
        let there = page.stack_resource_summaries().iter();
        for resource in there.filter(|it| it.resource_status() != Some(&ResourceStatus::DeleteComplete)) {
            if let (Some(logical), Some(physical)) =
                (resource.logical_resource_id(), resource.physical_resource_id())
            {
                physical_ids.insert(logical.to_owned(), physical.to_owned());
            }
        }
        let turned = pages.turn(page.next_token);
        if !turned.map_err(|error| Failure::new(format!("the stack `{name}` cannot be read: {error}")))? {
            break;
        }
    }
    Ok(DeployedStack { id, template, values, physical_ids })
}

fn unreadable<E, R>(name: &str, error: &SdkError<E, R>, config: &SdkConfig) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let why = match error {
        SdkError::ServiceError(service) => {
            service.err().message().or(service.err().code()).unwrap_or("no reason was given").to_owned()
        }
        error => {
            let why = unanswered(error).unwrap_or_else(|| "the answer cannot be read".to_owned());
            let endpoint = Endpoint::of("AWS CloudFormation", "CloudFormation", config);
            let failure =
                format!("the stack `{name}` cannot be read: cannot reach {}: {why}", endpoint.place());
            return Failure::new(failure).hint(endpoint.way_out());
        }
    };
    let failure = Failure::new(format!("the stack `{name}` cannot be read: {why}"));
    match error.code() {
        Some("AccessDenied" | "AccessDeniedException") => failure.hint(
            "it takes cloudformation:DescribeStacks, cloudformation:GetTemplate and cloudformation:ListStackResources",
        ),
        Some("ExpiredToken" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException") => {
            failure.because(Cause::Credentials)
        }
        _ => failure.hint("see that the name, the region and the account are right"),
    }
}
