//! The ARNs of instances and of what profiles name, and the partition that a region is in.

/// The partition of a region, by the region's name.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

pub(crate) fn instance(region: &str, account: &str, instance_id: &str) -> String {
    format!("arn:{}:connect:{region}:{account}:instance/{instance_id}", partition(region))
}

pub(crate) fn profile(instance_arn: &str, profile_id: &str) -> String {
    format!("{instance_arn}/security-profile/{profile_id}")
}

/// Amazon Connect calls a user an agent in ARNs.
pub(crate) fn user(instance_arn: &str, user_id: &str) -> String {
    format!("{instance_arn}/agent/{user_id}")
}

pub(crate) fn flow_module(instance_arn: &str, module_id: &str) -> String {
    format!("{instance_arn}/flow-module/{module_id}")
}

/// Amazon Connect calls a hierarchy group an agent group in ARNs.
pub(crate) fn hierarchy_group(instance_arn: &str, group_id: &str) -> String {
    format!("{instance_arn}/agent-group/{group_id}")
}

/// An application of `AppIntegrations`.
pub(crate) fn application(region: &str, account: &str, application_id: &str) -> String {
    format!("arn:{}:app-integrations:{region}:{account}:application/{application_id}", partition(region))
}

/// What stands after `ARN + prefix` in a label that may be an identifier or its ARN.
///
/// `None` when it is an ARN of something else.
pub(crate) fn identifier<'label>(label: &'label str, prefix: &str) -> Option<&'label str> {
    if label.starts_with("arn:") { label.strip_prefix(prefix)?.strip_prefix('/') } else { Some(label) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_decides_the_partition_of_an_arn() {
        for (region, expected) in [
            ("eu-west-2", "arn:aws:connect:eu-west-2:1:instance/i"),
            ("cn-north-1", "arn:aws-cn:connect:cn-north-1:1:instance/i"),
            ("us-gov-west-1", "arn:aws-us-gov:connect:us-gov-west-1:1:instance/i"),
        ] {
            assert_eq!(instance(region, "1", "i"), expected);
        }
    }

    #[test]
    fn an_identifier_may_be_given_as_its_arn() {
        let prefix = "arn:aws:connect:us-east-1:1:instance/i/security-profile";
        assert_eq!(identifier("p", prefix), Some("p"));
        assert_eq!(identifier(&format!("{prefix}/p"), prefix), Some("p"));
        assert_eq!(identifier("arn:aws:connect:us-east-1:1:instance/other/security-profile/p", prefix), None);
    }
}
