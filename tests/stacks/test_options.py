"""What the options of the provider's template make: a key, a topic, no dashboard, and logs that outlive the stack."""

from __future__ import annotations

import time

import pytest
from stack_engine import ACCOUNT, REGION, Engine, EngineError, Json, Outcome

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def function_of(engine: Engine, name: str) -> Json:
    """The provider's function, as Lambda has it."""
    return engine.client("lambda").get_function_configuration(FunctionName=f"{name}-provider")


def log_groups(engine: Engine, word: str) -> dict[str, Json]:
    """The log groups whose names hold a word."""
    pages = engine.client("logs").get_paginator("describe_log_groups").paginate()
    groups = [group for page in pages for group in page["logGroups"]]
    return {group["logGroupName"]: group for group in groups if word in group["logGroupName"]}


def types(outcome: Outcome) -> set[str]:
    return {event.resource_type for event in outcome.events}


def test_with_every_option_the_stack_has_what_they_ask_for(engine: Engine) -> None:
    options = {
        "KmsKeyArn": KEY,
        "CreateDashboard": "false",
        "RetainLogs": "true",
        "StackTopic": "true",
        "AllowedStackAccounts": ACCOUNT,
    }
    made = engine.deploy_provider("options", **options)
    assert made.status == "CREATE_COMPLETE"
    assert "AWS::CloudWatch::Dashboard" not in types(made)
    assert "Dashboard" not in made.outputs

    function = function_of(engine, "options")
    assert "RetainedProviderLogGroup" in function["LoggingConfig"]["LogGroup"]
    fallback = engine.client("lambda").get_function_configuration(FunctionName=made.outputs["LastResortFunction"])
    assert fallback["Runtime"] == "python3.13"
    assert "RetainedFallbackLogGroup" in fallback["LoggingConfig"]["LogGroup"]
    assert function["LoggingConfig"]["LogGroup"] in fallback["Environment"]["Variables"]["REASON"]

    groups = log_groups(engine, "options")
    assert len(groups) == 4
    assert {group["kmsKeyId"] for group in groups.values()} == {KEY}
    assert {group["retentionInDays"] for group in groups.values()} == {90}

    made_of = {event.logical_id for event in made.events if event.status == "CREATE_COMPLETE"}
    assert {"Topic", "TopicDeliveryAlarm"} < made_of

    role = made.outputs["ProviderRoleArn"].rpartition("/")[2]
    found = engine.client("iam").get_role_policy(RoleName=role, PolicyName="EnvironmentVariables")
    [statement] = found["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", KEY)
    found = engine.client("iam").get_role_policy(RoleName=role, PolicyName="Logs")
    assert len(found["PolicyDocument"]["Statement"][0]["Resource"]) == 2

    assert engine.delete("options").status == "DELETE_COMPLETE"
    assert set(log_groups(engine, "options")) == {
        name for name in groups if "Retained" in name
    }
    # What is retained does not stand in the way of the next stack of the same name.
    assert engine.deploy_provider("options", **options).status == "CREATE_COMPLETE"
    assert engine.delete("options").status == "DELETE_COMPLETE"


def lines_of(engine: Engine, group: str) -> list[str]:
    """What a log group holds."""
    return [event["message"] for event in engine.client("logs").filter_log_events(logGroupName=group)["events"]]


def write(engine: Engine, group: str, line: str) -> None:
    """Writes a line into a log group, as a function does."""
    logs = engine.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=line)
    event = {"timestamp": int(time.time() * 1000), "message": line}
    logs.put_log_events(logGroupName=group, logStreamName=line, logEvents=[event])


def test_no_update_of_a_deployed_stack_loses_logs(engine: Engine) -> None:
    assert engine.deploy_provider("keeping").status == "CREATE_COMPLETE"
    own = "/aws/lambda/keeping-provider"
    assert function_of(engine, "keeping")["LoggingConfig"]["LogGroup"] == own
    write(engine, own, "before")

    assert engine.update_provider("keeping", RetainLogs="true").status == "UPDATE_COMPLETE"
    retained = function_of(engine, "keeping")["LoggingConfig"]["LogGroup"]
    assert retained != own
    assert lines_of(engine, own) == ["before"]
    write(engine, retained, "retained")

    assert engine.update_provider("keeping").status == "UPDATE_COMPLETE"
    assert function_of(engine, "keeping")["LoggingConfig"]["LogGroup"] == own
    assert lines_of(engine, own) == ["before"]
    assert lines_of(engine, retained) == ["retained"]

    assert engine.delete("keeping").status == "DELETE_COMPLETE"
    assert set(log_groups(engine, "keeping")) & {own, retained} == {retained}
    assert lines_of(engine, retained) == ["retained"]


@pytest.mark.parametrize(
    "key",
    [
        f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/logs",
        "alias/logs",
        "*",
    ],
)
def test_a_key_is_named_by_its_arn(engine: Engine, key: str) -> None:
    with pytest.raises(EngineError, match="must be the ARN of a KMS key"):
        engine.deploy_provider("half-a-key", KmsKeyArn=key)
