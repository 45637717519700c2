//! The experiments, each a few calls.

use serde_json::{Value, json};

use super::lab::encoded;
use super::{Answer, Experiment, Finding, Lab, Seen};

const CLEARS: &str = "it clears";
const ACCEPTED: &str = "it is accepted";

macro_rules! experiments {
    ($($run:ident: $question:literal => $assumed:expr;)+) => {
        /// Every experiment, in the order in which they are made.
        pub const EXPERIMENTS: &[Experiment] =
            &[$(Experiment { key: stringify!($run), question: $question, assumed: $assumed }),+];

        /// Makes one experiment.
        pub async fn run(experiment: Experiment, lab: &Lab) -> Finding {
            let seen = match experiment.key {
                $(stringify!($run) => Box::pin($run(lab)).await,)+
                other => Err(format!("there is no experiment `{other}`")),
            };
            Finding::of(experiment, seen)
        }
    };
}

experiments! {
    empty_description_clears: "What does an update with Description \"\" do?" => CLEARS;
    empty_hierarchy_group_clears: "What does an update with AllowedAccessControlHierarchyGroupId \"\" do?" => CLEARS;
    empty_access_control_tags_clear: "What does an update with AllowedAccessControlTags {} do?" => CLEARS;
    empty_granular_configuration_clears: "What does an update with an empty GranularAccessControlConfiguration do?" => CLEARS;
    tags_without_resources: "Access-control tags without restricted resources?" => ACCEPTED;
    group_without_resources: "A hierarchy group without restricted resources?" => ACCEPTED;
    omitted_member_stays: "What becomes of a member that an update omits?" => "it stays";
    empty_members_in_describe: "Does Describe show an empty description and empty lists?" => "it leaves them out";
    unseen_profile: "What does a read say of a profile made a moment ago?" => "ResourceNotFoundException 404";
    error_member: "Is the error document's member `Message` or `message`?" => "Message";
    error_type_suffix: "Does x-amzn-ErrorType carry a suffix?" => "no";
    not_found: "What does a read of a profile say that never was?" => "ResourceNotFoundException 404";
    no_such_instance: "What does a list say of an instance that never was?" => "ResourceNotFoundException 404";
    default_profiles_type: "Of which type are the four default profiles?" => "CUSTOMER_MANAGED";
    aws_managed_profiles: "Which profiles are AWS_MANAGED?" => "none";
    unknown_permission: "A permission that nobody ever heard of?" => ACCEPTED;
    implied_permissions: "Does the API add the permissions that the console adds?" => "no";
    unknown_tag_restricted_resource: "A TagRestrictedResources name that nobody ever heard of?" => ACCEPTED;
    undocumented_tag_restricted_resources: "The TagRestrictedResources OperatingHours, TransferDestination and EmailAddress?" => ACCEPTED;
    unknown_flow_module: "A flow module that does not exist?" => "InvalidParameterException 400";
    unknown_flow_module_is_named: "Does that error hold the module's id and \"not valid\"?" => "yes";
    unknown_hierarchy_group: "A hierarchy group that does not exist?" => ACCEPTED;
    application_not_associated: "An application that is not associated with the instance?" => ACCEPTED;
    mcp_application_with_access: "ACCESS as a permission of an application of the type MCP?" => ACCEPTED;
    third_party_application_with_a_tool: "A tool as a permission of a third-party application?" => ACCEPTED;
    ai_agent_not_associated: "An AI agent whose AppIntegrations application does not exist?" => ACCEPTED;
    ai_agent_that_is_no_application: "An AI agent's ARN that is not that of an application?" => ACCEPTED;
    repeated_permission: "A permission that stands twice?" => "it is held once";
    name_by_case: "Are names that differ in case two names?" => "yes";
    taken_name: "What does a create say of a name that is taken?" => "DuplicateResourceException 409";
    taken_name_tells_holder: "Does that error name the profile that has it?" => "no";
    name_free_after_delete: "Is the name free at once after a delete?" => "yes";
    bad_name: "A name with a character outside the pattern?" => "InvalidParameterException 400";
    too_many_access_control_tags: "Five access-control tags?" => "InvalidParameterException 400";
    third_attribute_value: "A third value of a granular attribute?" => "InvalidParameterException 400";
    not_json: "A body that is not JSON?" => "InvalidRequestException 400";
    unknown_member: "A member that the model does not have, and a null?" => ACCEPTED;
    bad_token: "A page token that is none?" => "InvalidParameterException 400";
    search_shows_members: "Does a search show description, tags and type?" => "yes";
    instance_by_arn: "Is an instance's ARN taken for its identifier?" => "yes";
    profile_by_arn: "Is a profile's ARN taken for its identifier?" => "yes";
    tag_in_create: "Is a tag of the create call on the profile when it is first seen?" => "yes";
    tagging_modifies: "Does tagging change LastModifiedTime?" => "no";
    untag_what_is_not_there: "Untagging a key that is not there?" => "no error";
    delete_twice: "What does a second delete say?" => "ResourceNotFoundException 404";
    list_ai_agents: "May a profile's AI agents be listed with the action of that name?" => "yes";
    application_type_kept: "Is an application without Type shown with one?" => "no";
}

async fn empty_description_clears(lab: &Lab) -> Seen {
    cleared(lab, "description", json!({ "Description": "x" }), json!({ "Description": "" }), "Description")
        .await
}

async fn empty_hierarchy_group_clears(lab: &Lab) -> Seen {
    let member = "AllowedAccessControlHierarchyGroupId";
    let full =
        json!({ member: "11111111-2222-3333-4444-555555555555", "HierarchyRestrictedResources": ["User"] });
    cleared(lab, "group", full, json!({ member: "" }), member).await
}

async fn empty_access_control_tags_clear(lab: &Lab) -> Seen {
    let member = "AllowedAccessControlTags";
    let full = json!({ member: { "probe": "x" }, "TagRestrictedResources": ["User"] });
    cleared(lab, "tags", full, json!({ member: {}, "TagRestrictedResources": [] }), member).await
}

async fn empty_granular_configuration_clears(lab: &Lab) -> Seen {
    let member = "GranularAccessControlConfiguration";
    cleared(lab, "granular", json!({ member: granular(&["a"]) }), json!({ member: {} }), member).await
}

async fn cleared(lab: &Lab, word: &str, full: Value, empty: Value, member: &str) -> Seen {
    let id = lab.create(word, full).await?;
    if is_empty(&lab.describe(&id).await?[member]) {
        return Err("it was not there before it was cleared".to_owned());
    }
    let answer = lab.update(&id, empty).await?;
    if !answer.is_ok() {
        return refused(&answer);
    }
    let stays = !is_empty(&lab.describe(&id).await?[member]);
    Ok(if stays { "it changes nothing" } else { CLEARS }.to_owned())
}

async fn tags_without_resources(lab: &Lab) -> Seen {
    accepted(&lab.try_create("only-tags", json!({ "AllowedAccessControlTags": { "probe": "x" } })).await?)
}

async fn group_without_resources(lab: &Lab) -> Seen {
    let group = "11111111-2222-3333-4444-555555555555";
    accepted(&lab.try_create("only-group", json!({ "AllowedAccessControlHierarchyGroupId": group })).await?)
}

async fn omitted_member_stays(lab: &Lab) -> Seen {
    let id = lab.create("omitted", json!({ "Description": "x" })).await?;
    let answer = lab.update(&id, json!({ "Permissions": ["BasicAgentAccess"] })).await?;
    if !answer.is_ok() {
        return refused(&answer);
    }
    let stays = lab.describe(&id).await?["Description"] == "x";
    Ok(if stays { "it stays" } else { "it is cleared" }.to_owned())
}

async fn empty_members_in_describe(lab: &Lab) -> Seen {
    let id = lab.create("empty", json!({})).await?;
    let profile = lab.describe(&id).await?;
    let members =
        ["Description", "AllowedAccessControlTags", "TagRestrictedResources", "HierarchyRestrictedResources"];
    let shown: Vec<&str> = members.into_iter().filter(|member| !profile[member].is_null()).collect();
    Ok(if shown.is_empty() {
        "it leaves them out".to_owned()
    } else {
        format!("it shows {}", shown.join(", "))
    })
}

async fn unseen_profile(lab: &Lab) -> Seen {
    let id = lab.create("unseen", json!({})).await?;
    let answer = lab.call("GET", &lab.path("security-profiles", &id), None).await?;
    if answer.is_ok() { Err("it was seen at once".to_owned()) } else { Ok(answer.error()) }
}

async fn missing(lab: &Lab) -> Result<Answer, String> {
    let answer =
        lab.call("GET", &lab.path("security-profiles", &uuid::Uuid::new_v4().to_string()), None).await?;
    if answer.is_ok() { Err("it was found".to_owned()) } else { Ok(answer) }
}

async fn error_member(lab: &Lab) -> Seen {
    let answer = missing(lab).await?;
    let member = ["Message", "message"].into_iter().find(|member| answer.body[member].is_string());
    member.map(ToOwned::to_owned).ok_or_else(|| "neither".to_owned())
}

async fn error_type_suffix(lab: &Lab) -> Seen {
    let answer = missing(lab).await?;
    let header = answer.headers.get("x-amzn-errortype").ok_or("there is no such header")?;
    Ok(if header.contains([':', '#']) { "yes" } else { "no" }.to_owned())
}

async fn not_found(lab: &Lab) -> Seen {
    Ok(missing(lab).await?.error())
}

async fn no_such_instance(lab: &Lab) -> Seen {
    let path = format!("/security-profiles-summary/{}", uuid::Uuid::new_v4());
    error(&lab.call("GET", &path, None).await?)
}

async fn default_profiles_type(lab: &Lab) -> Seen {
    let defaults = ["Admin", "Agent", "CallCenterManager", "QualityAnalyst"];
    let profiles = lab.list().await?;
    let found = profiles.iter().filter(|it| defaults.iter().any(|name| it["Name"] == *name));
    let mut types: Vec<&str> = found.filter_map(|it| it["Type"].as_str()).collect();
    types.sort_unstable();
    types.dedup();
    if types.is_empty() {
        Err("none of them is there, or none tells".to_owned())
    } else {
        Ok(types.join(", "))
    }
}

async fn aws_managed_profiles(lab: &Lab) -> Seen {
    let profiles = lab.list().await?;
    let managed = profiles.iter().filter(|it| it["Type"] == "AWS_MANAGED");
    let names: Vec<&str> = managed.filter_map(|it| it["Name"].as_str()).collect();
    Ok(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
}

async fn unknown_permission(lab: &Lab) -> Seen {
    accepted(
        &lab.try_create("unknown-permission", json!({ "Permissions": ["Probe.NoSuchPermission"] })).await?,
    )
}

async fn permissions(lab: &Lab, id: &str) -> Result<Vec<String>, String> {
    lab.settled().await;
    let answer = lab.call("GET", &lab.path("security-profiles-permissions", id), None).await?;
    if !answer.is_ok() {
        return Err(format!("they cannot be listed: {}", answer.error()));
    }
    let names = answer.body["Permissions"].as_array().into_iter().flatten();
    Ok(names.filter_map(Value::as_str).map(ToOwned::to_owned).collect())
}

async fn implied_permissions(lab: &Lab) -> Seen {
    let id = lab.create("implied", json!({ "Permissions": ["Users.Edit"] })).await?;
    let held = permissions(lab, &id).await?;
    Ok(if held == ["Users.Edit"] { "no".to_owned() } else { format!("it holds {}", held.join(", ")) })
}

async fn unknown_tag_restricted_resource(lab: &Lab) -> Seen {
    let members =
        json!({ "AllowedAccessControlTags": { "probe": "x" }, "TagRestrictedResources": ["ProbeNothing"] });
    accepted(&lab.try_create("unknown-resource", members).await?)
}

async fn undocumented_tag_restricted_resources(lab: &Lab) -> Seen {
    for name in ["OperatingHours", "TransferDestination", "EmailAddress"] {
        let members =
            json!({ "AllowedAccessControlTags": { "probe": "x" }, "TagRestrictedResources": [name] });
        let answer = lab.try_create(&format!("restricted-{name}"), members).await?;
        if !answer.is_ok() {
            return refused(&answer).map(|seen| format!("{name}: {seen}"));
        }
    }
    Ok(ACCEPTED.to_owned())
}

/// The answer to a create that names a flow module which nobody has, and the module's id.
async fn create_with_unknown_module(lab: &Lab, word: &str) -> Result<(Answer, String), String> {
    let id = uuid::Uuid::new_v4().to_string();
    let members = json!({ "AllowedFlowModules": [{ "Type": "MCP", "FlowModuleId": id }] });
    Ok((lab.try_create(word, members).await?, id))
}

async fn unknown_flow_module(lab: &Lab) -> Seen {
    error(&create_with_unknown_module(lab, "unknown-module").await?.0)
}

async fn unknown_flow_module_is_named(lab: &Lab) -> Seen {
    let (answer, id) = create_with_unknown_module(lab, "named-module").await?;
    if answer.is_ok() {
        return Err("it was accepted".to_owned());
    }
    error(&answer)?;
    let message = answer.message();
    Ok(if message.contains(&id) && message.contains("not valid") {
        "yes".to_owned()
    } else {
        format!("no: {message}")
    })
}

async fn unknown_hierarchy_group(lab: &Lab) -> Seen {
    let group = uuid::Uuid::new_v4().to_string();
    let members =
        json!({ "AllowedAccessControlHierarchyGroupId": group, "HierarchyRestrictedResources": ["User"] });
    accepted(&lab.try_create("unknown-group", members).await?)
}

async fn application(lab: &Lab, word: &str, permission: &str, kind: &str) -> Seen {
    let application = json!({ "Namespace": "probe", "ApplicationPermissions": [permission], "Type": kind });
    accepted(&lab.try_create(word, json!({ "Applications": [application] })).await?)
}

async fn application_not_associated(lab: &Lab) -> Seen {
    application(lab, "application-unknown", "ACCESS", "THIRD_PARTY_APPLICATION").await
}

async fn mcp_application_with_access(lab: &Lab) -> Seen {
    application(lab, "application-mcp", "ACCESS", "MCP").await
}

async fn third_party_application_with_a_tool(lab: &Lab) -> Seen {
    application(lab, "application-tool", "probe___tool", "THIRD_PARTY_APPLICATION").await
}

async fn ai_agent(lab: &Lab, word: &str, arn: String) -> Seen {
    let members = json!({ "AllowedAIAgents": [{ "Arn": arn, "Type": "THIRD_PARTY" }] });
    accepted(&lab.try_create(word, members).await?)
}

async fn ai_agent_not_associated(lab: &Lab) -> Seen {
    ai_agent(lab, "ai-agent-unknown", lab.arn_of("app-integrations", "application")).await
}

async fn ai_agent_that_is_no_application(lab: &Lab) -> Seen {
    ai_agent(lab, "ai-agent-other", lab.arn_of("wisdom", "ai-agent")).await
}

async fn repeated_permission(lab: &Lab) -> Seen {
    let twice = json!({ "Permissions": ["BasicAgentAccess", "BasicAgentAccess"] });
    let answer = lab.try_create("repeated", twice).await?;
    let Some(id) = answer.body["SecurityProfileId"].as_str() else { return refused(&answer) };
    let held = permissions(lab, id).await?;
    Ok(match held.len() {
        1 => "it is held once".to_owned(),
        count => format!("it is held {count} times"),
    })
}

async fn name_by_case(lab: &Lab) -> Seen {
    lab.create("case", json!({})).await?;
    let upper = lab.name("case").to_ascii_uppercase();
    let answer = lab.try_create("case", json!({ "SecurityProfileName": upper })).await?;
    if answer.is_ok() { Ok("yes".to_owned()) } else { refused(&answer) }
}

async fn taken_name(lab: &Lab) -> Seen {
    lab.create("taken", json!({})).await?;
    error(&lab.try_create("taken", json!({})).await?)
}

async fn taken_name_tells_holder(lab: &Lab) -> Seen {
    let id = lab.create("holder", json!({})).await?;
    let answer = lab.try_create("holder", json!({})).await?;
    Ok(if answer.body.to_string().contains(&id) { "yes" } else { "no" }.to_owned())
}

async fn name_free_after_delete(lab: &Lab) -> Seen {
    let id = lab.create("free", json!({})).await?;
    let answer = lab.delete(&id).await?;
    if !answer.is_ok() {
        return refused(&answer);
    }
    let answer = lab.try_create("free", json!({})).await?;
    if answer.is_ok() { Ok("yes".to_owned()) } else { refused(&answer) }
}

async fn bad_name(lab: &Lab) -> Seen {
    error(&lab.try_create("bad", json!({ "SecurityProfileName": format!("{}!", lab.name("bad")) })).await?)
}

async fn too_many_access_control_tags(lab: &Lab) -> Seen {
    let tags: serde_json::Map<String, Value> =
        (0..5).map(|index| (format!("k{index}"), json!("x"))).collect();
    let members = json!({ "AllowedAccessControlTags": tags, "TagRestrictedResources": ["User"] });
    error(&lab.try_create("many-tags", members).await?)
}

async fn third_attribute_value(lab: &Lab) -> Seen {
    let members = json!({ "GranularAccessControlConfiguration": granular(&["a", "b", "c"]) });
    error(&lab.try_create("third-value", members).await?)
}

async fn not_json(lab: &Lab) -> Seen {
    error(&lab.call_with("PUT", &format!("/security-profiles/{}", lab.instance_id()), "{").await?)
}

async fn unknown_member(lab: &Lab) -> Seen {
    accepted(&lab.try_create("unknown-member", json!({ "ProbeMember": 1, "Description": null })).await?)
}

async fn bad_token(lab: &Lab) -> Seen {
    let path = format!("/security-profiles-summary/{}?nextToken=probe", lab.instance_id());
    error(&lab.call("GET", &path, None).await?)
}

async fn search_shows_members(lab: &Lab) -> Seen {
    lab.create("search", json!({ "Description": "x", "Tags": { "probe": "x" } })).await?;
    lab.settled().await;
    // The name has less than the 25 characters that a search may have.
    let name = lab.name("search");
    let condition = json!({ "FieldName": "name", "Value": name, "ComparisonType": "EXACT" });
    let body = json!({ "InstanceId": lab.instance_id(), "SearchCriteria": { "StringCondition": condition } });
    let answer = lab.call("POST", "/search-security-profiles", Some(body)).await?;
    if !answer.is_ok() {
        return refused(&answer);
    }
    let found = answer.body["SecurityProfiles"].as_array().into_iter().flatten();
    let Some(profile) = found.into_iter().find(|it| it["SecurityProfileName"] == name.as_str()) else {
        return Err("the search does not find it yet".to_owned());
    };
    let is_shown =
        [("Description", profile["Description"] == "x"), ("Tags", profile["Tags"]["probe"] == "x")];
    let missing = is_shown.into_iter().filter(|(_, is_shown)| !is_shown).map(|(member, _)| member);
    let missing: Vec<&str> = missing.chain(profile["Type"].is_null().then_some("Type")).collect();
    Ok(if missing.is_empty() { "yes".to_owned() } else { format!("not {}", missing.join(", ")) })
}

async fn instance_by_arn(lab: &Lab) -> Seen {
    let path = format!("/security-profiles-summary/{}", encoded(&lab.instance_arn()));
    let answer = lab.call("GET", &path, None).await?;
    // A policy that names the instance denies it all the same, which says something of how it is authorised.
    Ok(if answer.is_ok() { "yes".to_owned() } else { format!("no: {}", answer.error()) })
}

async fn profile_by_arn(lab: &Lab) -> Seen {
    let id = lab.create("by-arn", json!({})).await?;
    lab.settled().await;
    let path = lab.path("security-profiles", &encoded(&lab.arn(&id)));
    let answer = lab.call("GET", &path, None).await?;
    Ok(if answer.is_ok() { "yes".to_owned() } else { format!("no: {}", answer.error()) })
}

async fn tag_in_create(lab: &Lab) -> Seen {
    let id = lab.create("tag", json!({ "Tags": { "probe": "x" } })).await?;
    let is_there = lab.describe(&id).await?["Tags"]["probe"] == "x";
    Ok(if is_there { "yes" } else { "no" }.to_owned())
}

async fn tagging_modifies(lab: &Lab) -> Seen {
    let id = lab.create("tagging", json!({})).await?;
    let before = lab.describe(&id).await?;
    let path = format!("/tags/{}", encoded(&lab.arn(&id)));
    let answer = lab.call("POST", &path, Some(json!({ "tags": { "probe": "x" } }))).await?;
    if !answer.is_ok() {
        return refused(&answer);
    }
    let after = lab.describe(&id).await?;
    let is_same = before["LastModifiedTime"] == after["LastModifiedTime"];
    Ok(if is_same { "no" } else { "yes" }.to_owned())
}

async fn untag_what_is_not_there(lab: &Lab) -> Seen {
    let id = lab.create("untag", json!({})).await?;
    let path = format!("/tags/{}?tagKeys=probe", encoded(&lab.arn(&id)));
    let answer = lab.call("DELETE", &path, None).await?;
    if answer.is_ok() { Ok("no error".to_owned()) } else { refused(&answer) }
}

async fn delete_twice(lab: &Lab) -> Seen {
    let id = lab.create("twice", json!({})).await?;
    let answer = lab.delete(&id).await?;
    if !answer.is_ok() {
        return refused(&answer);
    }
    error(&lab.delete(&id).await?)
}

async fn list_ai_agents(lab: &Lab) -> Seen {
    let id = lab.create("ai-agents", json!({})).await?;
    lab.settled().await;
    let path = format!("/security-profiles-ai-agents/{}/{id}", lab.instance_id());
    let answer = lab.call("GET", &path, None).await?;
    Ok(if answer.is_ok() {
        "yes".to_owned()
    } else {
        format!("no: {}: {}", answer.error(), answer.message())
    })
}

async fn application_type_kept(lab: &Lab) -> Seen {
    let members = json!({ "Applications": [{ "Namespace": "probe", "ApplicationPermissions": ["ACCESS"] }] });
    let id = lab.create("application", members).await?;
    lab.settled().await;
    let answer = lab.call("GET", &lab.path("security-profiles-applications", &id), None).await?;
    match answer.body["Applications"][0]["Type"].as_str() {
        Some(kind) => Ok(format!("with {kind}")),
        None if answer.is_ok() => Ok("no".to_owned()),
        None => refused(&answer),
    }
}

fn granular(values: &[&str]) -> Value {
    let attribute = json!({ "AccessType": "ALLOW", "AttributeName": "probe", "Values": values });
    json!({ "DataTableAccessControlConfiguration": { "PrimaryAttributeAccessControlConfiguration": {
        "PrimaryAttributeValues": [attribute] } } })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

fn accepted(answer: &Answer) -> Seen {
    if answer.is_ok() { Ok(ACCEPTED.to_owned()) } else { refused(answer) }
}

fn error(answer: &Answer) -> Seen {
    if answer.is_ok() {
        return Ok(ACCEPTED.to_owned());
    }
    match answer.status {
        401 | 403 | 429 => Err(format!("{}: {}", answer.error(), answer.message())),
        _ => Ok(answer.error()),
    }
}

/// A denial says nothing of the service.
fn refused(answer: &Answer) -> Seen {
    match answer.status {
        401 | 403 | 429 | 500.. => Err(format!("{}: {}", answer.error(), answer.message())),
        _ => Ok(format!("it is refused: {}", answer.error())),
    }
}
