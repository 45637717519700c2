//! What a profile of the AWS configuration says: roles, each on the credentials of another profile, down to a base.
//!
//! The order in which settings are looked at is the SDK's. What it would not accept is an error here already, because it goes
//! on with another source where a profile that is named as `source_profile` is missing.

use aws_config::profile::Profile;

use super::Files;
use super::source::{Base, Role, flag};
use crate::failure::Failure;

/// The roles, the first to be assumed last, and what the last is assumed with. None, if the profile has no credentials.
pub(super) fn resolve(files: &Files) -> Result<Option<(Vec<Role>, Base)>, Failure> {
    let mut name = files.wanted().to_owned();
    let (mut visited, mut roles): (Vec<String>, Vec<Role>) = (Vec::new(), Vec::new());
    loop {
        let Some(profile) = files.profile(&name) else {
            let Some(by) = visited.last() else { return Ok(None) };
            return Err(files.no_profile(&name, &format!("`source_profile` of profile `{by}`")));
        };
        if visited.contains(&name) {
            visited.push(name);
            return Err(wrong(
                &visited[0],
                format_args!("`source_profile` goes in a circle: {}", visited.join(" → ")),
            )
            .hint("let the last one name a profile that has credentials"));
        }
        visited.push(name.clone());
        // A profile that a role is assumed with is asked for keys first.
        let is_source = visited.len() > 1;
        if is_source && KEYS.iter().all(|key| profile.get(key).is_some()) {
            return Ok(Some((roles, Base::Keys { profile: name })));
        }
        let is_role = profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none();
        if !is_role {
            return match base(files, profile)? {
                Some(base) => Ok(Some((roles, base))),
                None if !is_source => Ok(None),
                None => {
                    let by = &visited[visited.len() - 2];
                    let by = format!("which `source_profile` of profile `{by}` names");
                    let name_flag = flag(&name);
                    Err(wrong(&name, format_args!("{by}, has no credentials")).hint(format_args!(
                        "run `aws configure {name_flag}` or `aws configure sso {name_flag}`"
                    )))
                }
            };
        }
        roles.push(Role::of(profile));
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(wrong(&name, "has both `source_profile` and `credential_source`")
                    .hint("remove one of them"));
            }
            (None, None) => {
                return Err(wrong(&name, "has `role_arn`, but not what to assume the role with")
                    .hint("add `source_profile` or `credential_source`"));
            }
            (Some(source), None) if source != name => source.clone_into(&mut name),
            _ => {
                let Some(base) = base(files, profile)? else {
                    return Err(wrong(&name, "names itself as `source_profile`, and has no keys")
                        .hint("name another profile, or add keys"));
                };
                return Ok(Some((roles, base)));
            }
        }
    }
}

const KEYS: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

/// What a profile has besides a role on another's credentials.
fn base(files: &Files, profile: &Profile) -> Result<Option<Base>, Failure> {
    let name = profile.name().to_owned();
    if let Some(source) = profile.get("credential_source") {
        return match source.to_ascii_lowercase().as_str() {
            "environment" => Ok(Some(Base::Environment)),
            "ec2instancemetadata" => Ok(Some(Base::InstanceMetadata)),
            "ecscontainer" => Ok(Some(Base::Container)),
            _ => Err(wrong(&name, format_args!("has the unknown `credential_source` `{source}`"))
                .hint("expected `Environment`, `Ec2InstanceMetadata` or `EcsContainer`")),
        };
    }
    if let Some(file) = profile.get("web_identity_token_file") {
        return match profile.get("role_arn") {
            Some(role_arn) => Ok(Some(Base::WebIdentity {
                profile: Some(name),
                file: file.to_owned(),
                role_arn: role_arn.to_owned(),
            })),
            None => Err(wrong(&name, "has `web_identity_token_file`, but not `role_arn`")
                .hint("add the ARN of the role that the token is for")),
        };
    }
    if let Some(base) = sso(files, profile)? {
        return Ok(Some(base));
    }
    let name_flag = flag(&name);
    if profile.get("login_session").is_some() {
        return Err(wrong(&name, "uses `aws login` (`login_session`), which is not supported").hint(
            format_args!("run `eval \"$(aws configure export-credentials {name_flag} --format env)\"`, and leave `--profile` out"),
        ));
    }
    if profile.get("credential_process").is_some() {
        return Ok(Some(Base::Process { profile: name }));
    }
    match KEYS.map(|key| profile.get(key).is_some()) {
        [true, true] => Ok(Some(Base::Keys { profile: name })),
        [false, false] if profile.get("aws_session_token").is_none() => Ok(None),
        [has_id, _] => {
            let missing = if has_id { KEYS[1] } else { KEYS[0] };
            Err(wrong(&name, format_args!("has keys, but not `{missing}`"))
                .hint(format_args!("run `aws configure {name_flag}`")))
        }
    }
}

fn sso(files: &Files, profile: &Profile) -> Result<Option<Base>, Failure> {
    let name = profile.name();
    let has = |key: &str| profile.get(key).is_some();
    let [account, role, session, url, region] =
        ["sso_account_id", "sso_role_name", "sso_session", "sso_start_url", "sso_region"];
    if ![account, role, session, url, region].into_iter().any(has) {
        return Ok(None);
    }
    let again = || format!("run `aws configure sso {}`", flag(name));
    if let Some(session) = profile.get(session) {
        if !files.has_sso_session(session) {
            return Err(wrong(
                name,
                format_args!("names the SSO session `{session}`, which is not in the file"),
            )
            .hint(format_args!("add the section `[sso-session {session}]`, or {}", again())));
        }
        if let Some(other) = [url, region].into_iter().find(|key| has(key)) {
            return Err(wrong(name, format_args!("has `{other}` beside `sso_session`"))
                .hint(format_args!("move `{other}` to the section `[sso-session {session}]`")));
        }
    } else if let Some(missing) = [url, region].into_iter().find(|key| !has(key)) {
        return Err(wrong(name, format_args!("uses SSO, but has no `{missing}`")).hint(again()));
    }
    if let Some(missing) = [account, role].into_iter().find(|key| !has(key)) {
        return Err(wrong(name, format_args!("uses SSO, but has no `{missing}`")).hint(again()));
    }
    let session = profile.get(session).map(ToOwned::to_owned);
    Ok(Some(Base::Sso { profile: name.to_owned(), session }))
}

fn wrong(profile: &str, what: impl std::fmt::Display) -> Failure {
    Failure::new(format_args!("AWS profile `{profile}` {what}"))
}
