//! Whether the region that is settled on can be one, and where it was named.

use aws_config::Region;

use crate::credentials::Files;
use crate::failure::Failure;

/// That region, if it can be part of a host name.
pub fn checked(region: Option<&Region>, flag: Option<&str>, files: &Files) -> Result<(), Failure> {
    let Some(region) = region.map(AsRef::as_ref).filter(|region| !is_label(region)) else { return Ok(()) };
    let variable = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(|name| std::env::var(name).is_ok());
    let place = match (flag, variable, files.region()) {
        (Some(_), ..) => "`--region`".to_owned(),
        (None, Some(name), _) => format!("`{name}`"),
        (None, None, Some(_)) => format!("`region` of profile `{}`", files.wanted()),
        (None, None, None) => "the EC2 instance metadata service".to_owned(),
    };
    Err(Failure::new(format_args!("the region `{region}`, named by {place}, is not valid"))
        .hint("expected letters, digits and `-` only, such as `us-east-1`"))
}

/// A region becomes one part of a host name: with other characters it would be another host.
fn is_label(region: &str) -> bool {
    (1..=63).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-')
}
