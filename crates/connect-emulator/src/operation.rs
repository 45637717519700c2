//! The operations that are emulated, by their names in the API.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        /// An operation of Amazon Connect's API. Displayed, parsed and serialised by its name in the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names are the API's own")]
        pub enum Operation {
            $($name),+
        }

        impl Operation {
            /// Every operation, writes first.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name in the API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }
        }
    };
}

operations! {
    CreateSecurityProfile,
    UpdateSecurityProfile,
    DeleteSecurityProfile,
    TagResource,
    UntagResource,
    UpdateUserSecurityProfiles,
    DescribeSecurityProfile,
    ListSecurityProfiles,
    ListSecurityProfilePermissions,
    ListSecurityProfileApplications,
    ListSecurityProfileFlowModules,
    ListSecurityProfileAIAgents,
    SearchSecurityProfiles,
    ListTagsForResource,
    ListInstances,
    DescribeInstance,
}

impl Operation {
    /// Whether a successful call changes something.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(
            self,
            Self::CreateSecurityProfile
                | Self::UpdateSecurityProfile
                | Self::DeleteSecurityProfile
                | Self::TagResource
                | Self::UntagResource
                | Self::UpdateUserSecurityProfiles
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A name that is none of [`Operation::ALL`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an emulated operation")]
pub struct UnknownOperation(pub String);

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|operation| operation.name() == name)
            .ok_or_else(|| UnknownOperation(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_its_operation() {
        for operation in Operation::ALL {
            assert_eq!(operation.to_string().parse(), Ok(*operation));
            assert_eq!(serde_json::to_value(operation).unwrap(), operation.name());
        }
        assert_eq!(
            "Other".parse::<Operation>().unwrap_err().to_string(),
            "`Other` is not an emulated operation"
        );
    }
}
