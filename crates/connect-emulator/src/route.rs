//! Which operation a request is for, by its method and its raw path.
//!
//! Labels are percent-encoded whole, `/` included, so the path is split before anything is decoded.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::Operation;

/// An operation and the decoded labels of its path, in the order of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    labels: Vec<String>,
}

impl Route {
    /// The label at an index; empty beyond the last.
    pub(crate) fn label(&self, index: usize) -> &str {
        self.labels.get(index).map_or("", String::as_str)
    }
}

/// `None` when no operation has that method and path.
pub(crate) fn route(method: &Method, raw_path: &str) -> Option<Route> {
    use Operation as O;

    let segments: Vec<&str> = raw_path.strip_prefix('/')?.split('/').collect();
    let (operation, labels): (Operation, &[&str]) = match (method.as_str(), segments.as_slice()) {
        ("PUT", ["security-profiles", labels @ ..]) if labels.len() == 1 => {
            (O::CreateSecurityProfile, labels)
        }
        ("POST", ["security-profiles", labels @ ..]) if labels.len() == 2 => {
            (O::UpdateSecurityProfile, labels)
        }
        ("DELETE", ["security-profiles", labels @ ..]) if labels.len() == 2 => {
            (O::DeleteSecurityProfile, labels)
        }
        ("GET", ["security-profiles", labels @ ..]) if labels.len() == 2 => {
            (O::DescribeSecurityProfile, labels)
        }
        ("GET", ["security-profiles-summary", labels @ ..]) if labels.len() == 1 => {
            (O::ListSecurityProfiles, labels)
        }
        ("GET", [list, labels @ ..]) if labels.len() == 2 => (list_of(list)?, labels),
        ("POST", ["search-security-profiles"]) => (O::SearchSecurityProfiles, &[]),
        ("POST", ["tags", labels @ ..]) if labels.len() == 1 => (O::TagResource, labels),
        ("DELETE", ["tags", labels @ ..]) if labels.len() == 1 => (O::UntagResource, labels),
        ("GET", ["tags", labels @ ..]) if labels.len() == 1 => (O::ListTagsForResource, labels),
        ("POST", ["users", labels @ .., "security-profiles"]) if labels.len() == 2 => {
            (O::UpdateUserSecurityProfiles, labels)
        }
        ("GET", ["instance"]) => (O::ListInstances, &[]),
        ("GET", ["instance", labels @ ..]) if labels.len() == 1 => (O::DescribeInstance, labels),
        _ => return None,
    };
    Some(Route { operation, labels: labels.iter().map(|label| decoded(label)).collect() })
}

fn list_of(segment: &str) -> Option<Operation> {
    match segment {
        "security-profiles-permissions" => Some(Operation::ListSecurityProfilePermissions),
        "security-profiles-applications" => Some(Operation::ListSecurityProfileApplications),
        "security-profiles-flow-modules" => Some(Operation::ListSecurityProfileFlowModules),
        "security-profiles-ai-agents" => Some(Operation::ListSecurityProfileAIAgents),
        _ => None,
    }
}

/// The parameters of a raw query, decoded, in their order. `+` stands for itself: the SDKs send `%20`.
pub(crate) fn query(raw_query: Option<&str>) -> Vec<(String, String)> {
    raw_query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_its_method_and_path() {
        for (method, path, operation, labels) in [
            ("PUT", "/security-profiles/i", Operation::CreateSecurityProfile, &["i"][..]),
            ("POST", "/security-profiles/i/p", Operation::UpdateSecurityProfile, &["i", "p"]),
            ("DELETE", "/security-profiles/i/p", Operation::DeleteSecurityProfile, &["i", "p"]),
            ("GET", "/security-profiles/i/p", Operation::DescribeSecurityProfile, &["i", "p"]),
            ("GET", "/security-profiles-summary/i", Operation::ListSecurityProfiles, &["i"]),
            (
                "GET",
                "/security-profiles-permissions/i/p",
                Operation::ListSecurityProfilePermissions,
                &["i", "p"],
            ),
            (
                "GET",
                "/security-profiles-applications/i/p",
                Operation::ListSecurityProfileApplications,
                &["i", "p"],
            ),
            (
                "GET",
                "/security-profiles-flow-modules/i/p",
                Operation::ListSecurityProfileFlowModules,
                &["i", "p"],
            ),
            ("GET", "/security-profiles-ai-agents/i/p", Operation::ListSecurityProfileAIAgents, &["i", "p"]),
            ("POST", "/search-security-profiles", Operation::SearchSecurityProfiles, &[]),
            ("POST", "/tags/arn", Operation::TagResource, &["arn"]),
            ("DELETE", "/tags/arn", Operation::UntagResource, &["arn"]),
            ("GET", "/tags/arn", Operation::ListTagsForResource, &["arn"]),
            ("POST", "/users/i/u/security-profiles", Operation::UpdateUserSecurityProfiles, &["i", "u"]),
            ("GET", "/instance", Operation::ListInstances, &[]),
            ("GET", "/instance/i", Operation::DescribeInstance, &["i"]),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            assert_eq!(route(&method, path), Some(Route { operation, labels }), "{method} {path}");
        }
    }

    #[test]
    fn the_path_is_split_before_a_slash_in_a_label_is_decoded() {
        let route = route(&Method::GET, "/tags/arn%3Aaws%3Aconnect%3A%2Fsecurity-profile%2Fp").unwrap();
        assert_eq!(route.operation, Operation::ListTagsForResource);
        assert_eq!(route.label(0), "arn:aws:connect:/security-profile/p");
    }

    #[test]
    fn no_other_path_is_an_operation() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/tags/arn:aws:connect/unencoded"),
            ("POST", "/security-profiles/i"),
            ("PATCH", "/security-profiles/i/p"),
            ("GET", "/security-profiles-other/i/p"),
            ("GET", "/security-profiles/i/p/"),
        ] {
            assert_eq!(route(&Method::from_bytes(method.as_bytes()).unwrap(), path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_query_is_decoded_after_it_is_split() {
        assert_eq!(
            query(Some("tagKeys=a%26b&tagKeys=c%2Bd+%20e&flag")),
            [("tagKeys", "a&b"), ("tagKeys", "c+d+ e"), ("flag", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
