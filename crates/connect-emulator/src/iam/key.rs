//! Condition keys that a policy may name. A global one must be known: AWS gives it a value, and passed over it would
//! turn a denial into none.

/// The global keys that are emulated, `/` before a tag's key. `aws:PrincipalTag/` is always absent: no caller has tags.
const GLOBAL: [&str; 13] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalTag/",
    "aws:PrincipalType",
    "aws:RequestTag/",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceTag/",
    "aws:SecureTransport",
    "aws:TagKeys",
    "aws:ViaAWSService",
    "aws:username",
];

/// A condition key that a policy may not name here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownKey {
    /// It is AWS's, and the emulator has no value for it.
    #[error("`{0}` is not an emulated global condition key: those are {known}", known = known())]
    Global(String),
    /// It does not begin with whose it is.
    #[error("`{0}` is not a condition key: those are `aws:<name>` and `<service>:<name>`")]
    NoService(String),
}

/// Refuses a key that no request here can be right about. Keys of services are absent unless a request has them.
pub(super) fn check(key: &str) -> Result<(), UnknownKey> {
    let is_known = |known: &str| match known.strip_suffix('/') {
        Some(prefix) => key
            .split_once('/')
            .is_some_and(|(name, tag)| name.eq_ignore_ascii_case(prefix) && !tag.is_empty()),
        None => key.eq_ignore_ascii_case(known),
    };
    match key.split_once(':') {
        Some((service, _)) if service.eq_ignore_ascii_case("aws") => {
            if GLOBAL.iter().any(|known| is_known(known)) {
                Ok(())
            } else {
                Err(UnknownKey::Global(key.to_owned()))
            }
        }
        Some((service, name)) if !service.is_empty() && !name.is_empty() => Ok(()),
        _ => Err(UnknownKey::NoService(key.to_owned())),
    }
}

fn known() -> String {
    let told = GLOBAL.map(|key| if key.ends_with('/') { format!("`{key}…`") } else { format!("`{key}`") });
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_key_must_be_known_and_a_key_of_a_service_need_not() {
        for key in [
            "aws:PrincipalArn",
            "AWS:principalarn",
            "aws:username",
            "aws:ResourceTag/custom-connect-security-profile:owner",
            "aws:requesttag/a/b",
            "connect:InstanceId",
            "connect:SearchTag/site",
            "lambda:SourceFunctionArn",
            "kms:EncryptionContext:aws:lambda:FunctionArn",
            "ec2:SourceInstanceARN",
        ] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
        for key in [
            "aws:SourceIp",
            "aws:userid",
            "aws:TagKey",
            "aws:ResourceTag/",
            "aws:ResourceTag",
            "aws:TagKeys/a",
        ] {
            assert_eq!(check(key), Err(UnknownKey::Global(key.to_owned())));
        }
        for key in ["", "TagKeys", ":a", "connect:"] {
            assert_eq!(check(key), Err(UnknownKey::NoService(key.to_owned())));
        }
        insta::assert_snapshot!(check("aws:SourceIp").unwrap_err(), @r"
        `aws:SourceIp` is not an emulated global condition key: those are `aws:PrincipalAccount`, `aws:PrincipalArn`, `aws:PrincipalIsAWSService`, `aws:PrincipalTag/…`, `aws:PrincipalType`, `aws:RequestTag/…`, `aws:RequestedRegion`, `aws:ResourceAccount`, `aws:ResourceTag/…`, `aws:SecureTransport`, `aws:TagKeys`, `aws:ViaAWSService`, `aws:username`
        ");
    }
}
