"""The built Lambda behind real stacks: what becomes of the profiles that they create."""

from __future__ import annotations

import json

import pytest
from stack import OWNER_TAG, Stack, reason, statuses, written
from stack_engine import ACCOUNT, INSTANCE_ARN, INSTANCE_ID, PROVIDER_STACK, Engine, EngineError, Json, Outcome

MANY_WORDS = "x" * 300


def test_the_project_s_template_deploys_the_function_with_its_settings(
    engine: Engine, provider: Outcome
) -> None:
    assert provider.status == "CREATE_COMPLETE"
    assert {event.resource_type for event in provider.events} == {
        "AWS::CloudFormation::Stack",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::SSM::Parameter",
    }
    function = engine.client("lambda").get_function_configuration(
        FunctionName=provider.outputs["ServiceToken"]
    )
    assert function["FunctionArn"] == provider.outputs["ServiceToken"]
    assert (function["Runtime"], function["Architectures"], function["Timeout"]) == (
        "provided.al2023",
        ["x86_64"],
        600,
    )
    assert function["Environment"]["Variables"] == {
        "ALLOWED_INSTANCE_ARNS": INSTANCE_ARN,
        "AWS_ENDPOINT_URL_CONNECT": engine.connect_url,
        "PROTECTED_PROFILE_NAMES": "Admin",
        "RESPONSE_URL_ALLOWED_ORIGINS": engine.url,
    }
    name = provider.outputs["ServiceTokenParameter"]
    assert name == f"/connect-security-profiles/{PROVIDER_STACK}/ServiceToken"
    stored = engine.client("ssm").get_parameter(Name=name)["Parameter"]
    assert (stored["Type"], stored["Value"]) == ("String", provider.outputs["ServiceToken"])
    assert function["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{PROVIDER_STACK}-provider"
    exports = engine.client("cloudformation").list_exports()["Exports"]
    assert {export["Name"] for export in exports} == {f"{PROVIDER_STACK}-ServiceToken"}


def role_of(engine: Engine, provider: Outcome, policy: str = "SecurityProfiles") -> dict[str, Json]:
    """The statements of one policy of the provider's role, by their ids."""
    role = provider.outputs["ProviderRoleArn"].rpartition("/")[2]
    found = engine.client("iam").get_role_policy(RoleName=role, PolicyName=policy)
    return {statement["Sid"]: statement for statement in found["PolicyDocument"]["Statement"]}


def test_the_role_is_bound_to_the_instances_that_were_named(engine: Engine) -> None:
    other = INSTANCE_ARN.replace("1111", "2222")
    outcome = engine.deploy_provider("two", f"{INSTANCE_ARN},{other}")
    assert outcome.status == "CREATE_COMPLETE"
    statements = role_of(engine, outcome)
    kinds = ("security-profile", "flow-module", "agent-group")
    profiles, modules, groups = ([f"{it}/{kind}/*" for it in (INSTANCE_ARN, other)] for kind in kinds)
    assert {name: statement["Resource"] for name, statement in statements.items()} == {
        "Profiles": profiles,
        "NamedByProfiles": [*modules, *groups, f"arn:aws:app-integrations:*:{ACCOUNT}:application/*"],
        "Instances": [INSTANCE_ARN, other],
    }
    assert not any("Condition" in statement for statement in statements.values())
    role = outcome.outputs["ProviderRoleArn"].rpartition("/")[2]
    policies = engine.client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    assert sorted(policies) == ["LastResort", "Logs", "SecurityProfiles"]
    assert engine.delete("two").status == "DELETE_COMPLETE"


def test_what_an_operator_states_reaches_the_function_and_its_role(engine: Engine) -> None:
    roles = [f"arn:aws:iam::{number}:role/profiles" for number in ("111111111111", "222222222222")]
    outcome = engine.deploy_provider(
        "strict",
        AllowedRoleArns=",".join(roles),
        AllowedStackAccounts="111111111111",
        DeniedPermissions="SecurityProfiles.* , Users.Delete",
        ProtectedProfileNames="Admin,Qualit*",
        ProtectedProfileArns=f"{INSTANCE_ARN}/security-profile/admin,{INSTANCE_ARN}/security-profile/audit",
        OnlyOwnedProfiles="true",
        SubnetIds="subnet-11111111,subnet-22222222",
        SecurityGroupIds="sg-11111111",
    )
    assert outcome.status == "CREATE_COMPLETE"
    function = engine.client("lambda").get_function_configuration(
        FunctionName=outcome.outputs["ServiceToken"]
    )
    guards = {
        "ALLOWED_INSTANCE_ARNS": INSTANCE_ARN,
        "ALLOWED_ROLE_ARNS": ",".join(roles),
        "ALLOWED_STACK_ACCOUNTS": "111111111111",
        "DENIED_PERMISSIONS": "SecurityProfiles.* , Users.Delete",
        "PROTECTED_PROFILE_NAMES": "Admin,Qualit*",
    }
    assert guards.items() <= function["Environment"]["Variables"].items()
    network = role_of(engine, outcome, "NetworkInterfaces")
    assert network["Manage"]["Resource"] == "arn:aws:ec2:us-east-1:*:*/*"
    asked = {*network["Manage"]["Action"], *network["Look"]["Action"]}
    assert set(network["NotByTheCode"]["Action"]) == asked
    statements = role_of(engine, outcome)
    assert statements["AllowedRoles"]["Action"] == "sts:AssumeRole"
    assert statements["AllowedRoles"]["Resource"] == roles
    denied = {name: it for name, it in statements.items() if it["Effect"] == "Deny"}
    of_profile, of_request = (f"aws:{kind}/{OWNER_TAG}" for kind in ("ResourceTag", "RequestTag"))
    assert {name: statement.get("Condition") for name, statement in denied.items()} == {
        "OnlyOwnedProfiles": {"StringNotLike": {of_profile: "v1/*"}},
        "OwnershipTagValue": {"Null": {of_request: "false"}, "StringNotLike": {of_request: "v1/*"}},
        "ProfilesNamedByArn": None,
        "ProtectedProfiles": None,
    }
    assert denied["ProtectedProfiles"]["Resource"] == [
        f"{INSTANCE_ARN}/security-profile/{name}" for name in ("admin", "audit")
    ]
    for name in ("OnlyOwnedProfiles", "OwnershipTagValue"):
        assert denied[name]["Resource"] == "arn:aws:connect:*:*:instance/*/security-profile/*"
    assert not any("Condition" in it for it in statements.values() if it["Effect"] == "Allow")
    assert engine.delete("strict").status == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"SubnetIds": "subnet-11111111"}, "state both, or neither"),
        ({"SecurityGroupIds": "sg-11111111"}, "state both, or neither"),
        ({"StackTopic": "true"}, "and there are none"),
        ({"AllowedStackAccounts": "111111111111, 222222222222"}, "without spaces"),
        ({"AllowedRoleArns": "*"}, "must be ARNs of roles"),
        ({"DeniedPermissions": "SecurityProfiles.*;Users.Delete"}, "must be permissions or globs"),
        ({"DeniedPermissions": "SecurityProfiles.* Users.Delete"}, "separated by commas"),
        ({"ProtectedProfileNames": "Admin\nAuditor"}, "must be names or globs"),
        ({"ProtectedProfileArns": "Admin"}, "must be at most ten ARNs"),
    ],
    ids=str,
)
def test_a_provider_with_half_a_setting_is_refused_before_anything_is_made(
    engine: Engine, parameters: dict[str, str], words: str
) -> None:
    with pytest.raises(EngineError, match=words):
        engine.deploy_provider("half", **parameters)


def test_a_create_makes_the_profile_in_one_write_and_answers_ref_and_every_attribute(stack: Stack) -> None:
    names = [
        "SecurityProfileArn",
        "SecurityProfileId",
        "SecurityProfileName",
        "InstanceArn",
        "InstanceId",
        "LastModifiedTime",
        "LastModifiedRegion",
        "Origin",
    ]
    outcome = stack.create(
        {"Ref": {"Ref": "A"}} | {name: {"Fn::GetAtt": ["A", name]} for name in names},
        A=stack.profile("a", Permissions=["BasicAgentAccess"], Tags=[{"Key": "team", "Value": "red"}]),
    )
    assert outcome.status == "CREATE_COMPLETE"
    assert outcome.writes == ["CreateSecurityProfile"]
    live = stack.live("a")
    assert live is not None
    assert live["Permissions"] == ["BasicAgentAccess"]
    assert live["Tags"].keys() == {"team", OWNER_TAG}
    arn = f"{INSTANCE_ARN}/security-profile/{live['Id']}"
    assert outcome.outputs.pop("LastModifiedTime").isdigit()
    assert outcome.outputs == {
        "Ref": arn,
        "SecurityProfileArn": arn,
        "SecurityProfileId": live["Id"],
        "SecurityProfileName": stack.named("a"),
        "InstanceArn": INSTANCE_ARN,
        "InstanceId": INSTANCE_ID,
        "LastModifiedRegion": "us-east-1",
        "Origin": "created",
    }


def test_an_update_changes_the_same_profile_and_writes_only_what_differs(stack: Stack) -> None:
    created = stack.create(
        {"Id": {"Ref": "A"}}, A=stack.profile("a", Description="old", Permissions=["Users.View"])
    )
    updated = stack.update(
        {"Id": {"Ref": "A"}}, A=stack.profile("a", Description="old", Permissions=["AccessMetrics"])
    )
    assert updated.status == "UPDATE_COMPLETE"
    assert updated.outputs == created.outputs
    assert updated.writes == ["UpdateSecurityProfile"]
    assert written(updated, "UpdateSecurityProfile") == [{"Permissions": ["AccessMetrics"]}]


def test_a_change_of_tags_alone_makes_only_tag_calls(stack: Stack) -> None:
    def tags(**pairs: str) -> list[Json]:
        return [{"Key": key, "Value": value} for key, value in pairs.items()]

    stack.create(A=stack.profile("a", Tags=tags(kept="1", changed="1", dropped="1")))
    outcome = stack.update(A=stack.profile("a", Tags=tags(kept="1", changed="2", added="1")))
    assert outcome.status == "UPDATE_COMPLETE"
    assert outcome.writes == ["TagResource", "UntagResource"]
    assert written(outcome, "TagResource") == [{"tags": {"added": "1", "changed": "2"}}]
    live = stack.live("a")
    assert live is not None
    del live["Tags"][OWNER_TAG]
    assert live["Tags"] == {"kept": "1", "changed": "2", "added": "1"}


def test_an_update_without_a_change_writes_nothing(stack: Stack) -> None:
    stack.create(A=stack.profile("a", Permissions=["Users.View", "AccessMetrics"], Revision="1"))
    outcome = stack.update(A=stack.profile("a", Permissions=["AccessMetrics", "Users.View"], Revision="2"))
    assert outcome.status == "UPDATE_COMPLETE"
    assert outcome.plans == [("A", "nothing to do")]
    assert outcome.calls
    assert not outcome.writes


def test_a_new_revision_puts_right_what_the_console_changed(stack: Stack, engine: Engine) -> None:
    stack.create(A=stack.profile("a", Permissions=["Users.View"], Revision="1"))
    stated = stack.live("a")
    assert stated is not None
    engine.seed(stated | {"Permissions": ["Users.View", "Users.Edit"]})
    outcome = stack.update(A=stack.profile("a", Permissions=["Users.View"], Revision="2"))
    assert outcome.writes == ["UpdateSecurityProfile"]
    assert stack.live("a") == stated


def test_a_rename_makes_another_profile_and_then_deletes_the_old_one(stack: Stack) -> None:
    created = stack.create({"Ref": {"Ref": "A"}}, A=stack.profile("old"))
    renamed = stack.update({"Ref": {"Ref": "A"}}, A=stack.profile("new"))
    assert renamed.status == "UPDATE_COMPLETE"
    assert renamed.writes == ["CreateSecurityProfile", "DeleteSecurityProfile"]
    assert renamed.outputs["Ref"] != created.outputs["Ref"]
    assert stack.live("old") is None
    assert stack.live("new") is not None


def test_a_refused_update_names_every_mistake_and_touches_nothing(stack: Stack) -> None:
    stack.create(A=stack.profile("a", Description="old"))
    before = stack.live("a")
    outcome = stack.update(A=stack.profile("a", Description=MANY_WORDS, Permisions=["Users.View"]))
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Description" in reason(outcome)
    assert "`Permissions`" in reason(outcome)
    assert not outcome.writes
    assert stack.live("a") == before


def test_an_update_that_fails_half_way_is_rolled_back_to_the_old_state(stack: Stack, engine: Engine) -> None:
    stack.create(A=stack.profile("a", Description="old", Tags=[{"Key": "team", "Value": "red"}]))
    before = stack.live("a")
    engine.fail_next("UpdateSecurityProfile", 400, "InvalidParameterException")
    outcome = stack.update(A=stack.profile("a", Description="new", Tags=[{"Key": "team", "Value": "blue"}]))
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "InvalidParameterException" in reason(outcome)
    assert outcome.writes == ["TagResource", "UpdateSecurityProfile", "TagResource"]
    assert stack.live("a") == before


def test_a_refused_create_leaves_nothing_and_calls_nothing(stack: Stack) -> None:
    outcome = stack.create(A=stack.profile("a", Description=MANY_WORDS))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert "Description" in reason(outcome)
    assert not outcome.calls
    assert not stack.delete().calls


def test_a_create_of_a_name_that_is_taken_fails_and_the_stranger_stays(stack: Stack, engine: Engine) -> None:
    engine.seed({"SecurityProfileName": stack.named("a"), "Description": "made by hand"})
    before = stack.live("a")
    assert before is not None
    outcome = stack.create(A=stack.profile("a"))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert before["Id"] in reason(outcome)
    assert outcome.writes == ["CreateSecurityProfile"]
    assert not stack.delete().writes
    assert stack.live("a") == before


def test_the_delete_that_follows_a_create_of_nothing_makes_no_call(stack: Stack, engine: Engine) -> None:
    # CloudFormation sends it, with the id that the failed create answered. MiniStack does not.
    log, calls = engine.invoke(
        {
            "RequestType": "Delete",
            "RequestId": "1",
            "ResponseURL": f"{engine.url}/_ministack/cfn-response/nobody",
            "StackId": f"arn:aws:cloudformation:us-east-1:000000000000:stack/{stack.name}/1",
            "ResourceType": "Custom::ConnectSecurityProfile",
            "LogicalResourceId": "A",
            "PhysicalResourceId": "connect-security-profile:none",
            "ResourceProperties": stack.profile("a")["Properties"],
        }
    )
    assert "responding SUCCESS" in [line["message"] for line in log]
    assert not calls


def test_profiles_are_made_after_what_they_need_and_deleted_before_it(stack: Stack) -> None:
    resources = {
        "A": stack.profile("a", depends_on="B"),
        "B": stack.profile(
            "b", Tags=[{"Key": "beside", "Value": {"Fn::GetAtt": ["C", "SecurityProfileId"]}}]
        ),
        "C": stack.profile("c"),
    }
    created = stack.create(**resources)
    assert created.status == "CREATE_COMPLETE"
    made = [body["SecurityProfileName"] for body in written(created, "CreateSecurityProfile")]
    assert made == [stack.named(word) for word in "cba"]
    first, second = stack.live("c"), stack.live("b")
    assert first is not None
    assert second is not None
    assert second["Tags"]["beside"] == first["Id"]
    deleted = stack.delete()
    assert [logical_id for logical_id, _ in deleted.plans] == ["A", "B", "C"]


def test_a_sibling_s_failed_create_takes_ours_away_again(stack: Stack) -> None:
    outcome = stack.create(A=stack.profile("a"), B=stack.profile("b", depends_on="A", Description=MANY_WORDS))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert outcome.writes == ["CreateSecurityProfile", "DeleteSecurityProfile"]
    assert statuses(outcome, "A")[-1] == "DELETE_COMPLETE"
    assert stack.live("a") is None


def test_a_sibling_s_failed_update_puts_ours_back(stack: Stack) -> None:
    stack.create(A=stack.profile("a", Description="old"), B=stack.profile("b", depends_on="A"))
    before = stack.live("a")
    outcome = stack.update(
        A=stack.profile("a", Description="new"), B=stack.profile("b", depends_on="A", Description=MANY_WORDS)
    )
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert outcome.writes == ["UpdateSecurityProfile"] * 2
    assert stack.live("a") == before


def test_a_replacement_that_is_rolled_back_removes_the_new_and_keeps_the_old(stack: Stack) -> None:
    stack.create(A=stack.profile("old"), B=stack.profile("b", depends_on="A"))
    before = stack.live("old")
    outcome = stack.update(
        A=stack.profile("new"), B=stack.profile("b", depends_on="A", Description=MANY_WORDS)
    )
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert outcome.writes == ["CreateSecurityProfile", "DeleteSecurityProfile"]
    assert stack.live("new") is None
    assert stack.live("old") == before


def test_a_resource_that_leaves_the_template_takes_its_profile_along(stack: Stack) -> None:
    stack.create(A=stack.profile("a"), B=stack.profile("b"))
    outcome = stack.update(A=stack.profile("a"))
    assert outcome.status == "UPDATE_COMPLETE"
    assert outcome.writes == ["DeleteSecurityProfile"]
    assert stack.live("a") is not None
    assert stack.live("b") is None


def test_a_delete_removes_the_profile(stack: Stack) -> None:
    stack.create(A=stack.profile("a"))
    outcome = stack.delete()
    assert outcome.status == "DELETE_COMPLETE"
    assert outcome.writes == ["DeleteSecurityProfile"]
    assert stack.live("a") is None


def test_a_delete_of_what_is_gone_already_succeeds(stack: Stack, engine: Engine) -> None:
    stack.create(A=stack.profile("a"))
    live = stack.live("a")
    assert live is not None
    engine.client("connect").delete_security_profile(InstanceId=INSTANCE_ID, SecurityProfileId=live["Id"])
    assert stack.delete().status == "DELETE_COMPLETE"


def test_a_delete_leaves_a_profile_that_has_lost_its_owner_s_tag(stack: Stack, engine: Engine) -> None:
    stack.create(A=stack.profile("a"))
    live = stack.live("a")
    assert live is not None
    engine.seed(live | {"Tags": {}})
    outcome = stack.delete()
    assert outcome.status == "DELETE_COMPLETE"
    assert not outcome.writes
    assert stack.live("a") == live | {"Tags": {}}


def test_the_last_resort_is_where_lambda_hands_failures_to_and_it_answers(
    engine: Engine, provider: Outcome
) -> None:
    functions = engine.client("lambda")
    last_resort = functions.get_function_configuration(FunctionName=provider.outputs["LastResortFunction"])
    wired = functions.get_function_event_invoke_config(
        FunctionName=provider.outputs["ServiceToken"], Qualifier="$LATEST"
    )
    assert wired["DestinationConfig"] == {"OnFailure": {"Destination": last_resort["FunctionArn"]}}
    record = {
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3, "requestId": "1"},
        "requestPayload": {
            "RequestType": "Create",
            "RequestId": "1",
            "ResponseURL": f"{engine.url}/_ministack/cfn-response/nobody",
            "StackId": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/s/1",
            "LogicalResourceId": "A",
        },
    }
    answered = functions.invoke(FunctionName=last_resort["FunctionName"], Payload=json.dumps(record))
    assert "FunctionError" not in answered, answered["Payload"].read()
