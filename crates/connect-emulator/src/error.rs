//! The errors of the service, named by its own codes, with the statuses of its model.

use serde_json::{Value, json};

/// An error answer. What it displays is its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error("{0}")]
    InvalidParameter(String),
    #[error("{0}")]
    InvalidRequest(String),
    #[error("{0}")]
    ResourceNotFound(String),
    /// The message names no identifier: the holder of the name has to be looked for.
    #[error("A resource with the specified name already exists.")]
    DuplicateResource,
    #[error("The allowed limit for the resource has been exceeded: {0}")]
    LimitExceeded(String),
    #[error(
        "That resource is already in use by {resource_id}. Remove its reference from related resources and then try again."
    )]
    ResourceInUse { resource_type: &'static str, resource_id: String },
    #[error("{0}")]
    AccessDenied(String),
    #[error("Rate exceeded")]
    Throttling,
    #[error("Missing Authentication Token")]
    MissingAuthenticationToken,
    #[error("{0}")]
    IncompleteSignature(String),
    #[error("The security token included in the request is invalid: the access key `{0}` is not known")]
    UnrecognizedClient(String),
    #[error("{0}")]
    InvalidSignature(String),
    #[error("no operation has the method `{method}` and the path `{path}`")]
    UnknownOperation { method: String, path: String },
}

impl ServiceError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::InvalidParameter(_) => "InvalidParameterException",
            Self::InvalidRequest(_) => "InvalidRequestException",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::DuplicateResource => "DuplicateResourceException",
            Self::LimitExceeded(_) => "LimitExceededException",
            Self::ResourceInUse { .. } => "ResourceInUseException",
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::Throttling => "ThrottlingException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::IncompleteSignature(_) => "IncompleteSignatureException",
            Self::UnrecognizedClient(_) => "UnrecognizedClientException",
            Self::InvalidSignature(_) => "InvalidSignatureException",
            Self::UnknownOperation { .. } => "UnknownOperationException",
        }
    }

    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::InvalidParameter(_) | Self::InvalidRequest(_) => 400,
            Self::ResourceNotFound(_) | Self::UnknownOperation { .. } => 404,
            Self::DuplicateResource | Self::ResourceInUse { .. } => 409,
            // Both are 429 in the model, and so every SDK retries a full instance as if it were throttled.
            Self::LimitExceeded(_) | Self::Throttling => 429,
            Self::AccessDenied(_)
            | Self::MissingAuthenticationToken
            | Self::IncompleteSignature(_)
            | Self::UnrecognizedClient(_)
            | Self::InvalidSignature(_) => 403,
        }
    }

    /// The members of the error document beside the message.
    pub(crate) fn members(&self) -> Value {
        match self {
            Self::ResourceInUse { resource_type, resource_id } => {
                json!({ "ResourceType": resource_type, "ResourceId": resource_id })
            }
            _ => json!({}),
        }
    }
}
