//! AI agents and MCP tools that Connect would not find: their form is known, and the provider passes on any (⚠).

use serde_json::Value;

use super::advice::texts_at;
use super::finding::{Finding, mark};
use crate::template::{Resource, Template, is_within};

pub(super) fn check(
    template: &Template,
    resource: &Resource,
    others: &[(Resource, String)],
    findings: &mut Vec<Finding>,
) {
    let first = findings.len();
    check_one(template, resource, "", findings);
    for (other, path) in others {
        let mut of_other = Vec::new();
        check_one(template, other, path, &mut of_other);
        of_other.retain(|finding| !findings[first..].contains(finding));
        findings.extend(of_other);
    }
}

/// What of the resource stands at the path or below.
fn check_one(template: &Template, resource: &Resource, within: &str, findings: &mut Vec<Finding>) {
    for (index, agent) in items(resource, "AllowedAIAgents") {
        let path = format!("AllowedAIAgents[{index}].Arn");
        let Some(arn) = agent.get("Arn").and_then(Value::as_str).filter(|_| is_within(&path, within)) else {
            continue;
        };
        if is_application(arn) || arn.is_empty() {
            continue;
        }
        let message = format!(
            "{path} is not the ARN of an application: expected `arn:<partition>:app-integrations:<region>:<account>:application/<id>`"
        );
        let span = mark(template, resource.place(&path));
        let finding = Finding::warning("ai-agent-arn", Some(resource), span, message).at(&path);
        findings.push(finding.help(
            "specify the ARN of the application that the AI agent is associated as; `aws appintegrations list-applications` lists them",
        ));
    }
    for (index, application) in items(resource, "Applications") {
        if application.get("Type").and_then(Value::as_str) != Some("MCP") {
            continue;
        }
        let list = format!("Applications[{index}].ApplicationPermissions");
        for (path, permission) in texts_at(application.get("ApplicationPermissions"), &list) {
            if permission != "ACCESS" || !is_within(&path, within) {
                continue;
            }
            let span = mark(template, resource.place(&path));
            let message = format!(
                "{path} is `ACCESS`, the permission of a third-party application; for `MCP`, the permissions are the ids of tools"
            );
            let finding = Finding::warning("mcp-permission", Some(resource), span, message).at(&path);
            findings.push(finding.help("list the ids of the tools instead, in practice `<target>___<tool>`"));
        }
    }
}

fn items<'a>(resource: &'a Resource, property: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    resource.properties.get(property).and_then(Value::as_array).into_iter().flatten().enumerate()
}

fn is_application(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "app-integrations", region, account, application] = parts[..] else {
        return false;
    };
    let id = application.strip_prefix("application/").unwrap_or_default();
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    is_name(partition) && is_name(region) && is_account && is_name(id)
}
