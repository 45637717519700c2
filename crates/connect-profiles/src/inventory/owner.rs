//! Whose a profile is, as its owner tag says.

use connect_security_profile::owner::Claim;
use serde_json::{Value, json};
use wildmatch::WildMatch;

/// An owner tag's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Owned {
    /// One of ours in form.
    By(Claim),
    /// Something else, as it is.
    Unreadable(String),
}

impl Owned {
    /// Reads the tag's value.
    #[must_use]
    pub fn read(value: &str) -> Self {
        Claim::read(value).map_or_else(|| Self::Unreadable(value.to_owned()), Self::By)
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::By(Claim { origin, region, account, stack_id, logical_id, stack_name, .. }) => json!({
                "stack_name": stack_name, "logical_id": logical_id, "origin": origin.name(), "region": region,
                "account": account, "stack_id": stack_id,
            }),
            Self::Unreadable(value) => json!({ "unreadable": value }),
        }
    }

    /// For people: the stack and the resource in it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::By(claim) => format!("{}/{} ({})", claim.stack_name, claim.logical_id, claim.origin),
            Self::Unreadable(_) => "unreadable".to_owned(),
        }
    }

    /// Whether the owner is of this stack: its name, a glob of it, or its UUID; after a slash, also the logical id.
    #[must_use]
    pub fn is_of(&self, wanted: &str) -> bool {
        let Self::By(Claim { stack_id, logical_id, stack_name, .. }) = self else { return false };
        let (stack, resource) = wanted.split_once('/').unwrap_or((wanted, "*"));
        let matches = |pattern: &str, text: &str| WildMatch::new(pattern).matches(text);
        (stack == stack_id || matches(stack, stack_name)) && matches(resource, logical_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_found_by_its_stack_and_resource() {
        let owned = Owned::read("v1/adopted/us-east-1/123456789012/a-b/Agents/contact-centre");
        assert_eq!(owned.text(), "contact-centre/Agents (adopted)");
        for wanted in ["contact-centre", "contact-*", "a-b", "*", "contact-centre/Agents", "a-b/Ag*"] {
            assert!(owned.is_of(wanted), "{wanted}");
        }
        for wanted in ["contact", "a-c", "contact-centre/Other"] {
            assert!(!owned.is_of(wanted), "{wanted}");
        }
        assert!(!Owned::read("somebody").is_of("*"));
    }
}
