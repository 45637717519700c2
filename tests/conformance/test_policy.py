"""What `connect-profiles policy` writes is a policy that parsers of AWS's policies understand as it is meant."""

import fnmatch
import json
import os
import re
import subprocess

import parliament
import pytest
from policy_sentry.querying.actions import get_action_data

INSTANCE = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555"
OTHER = "arn:aws-us-gov:connect:us-gov-west-1:123456789012:instance/aaaaaaaa-2222-3333-4444-555555555555"
PROFILE = f"{INSTANCE}/security-profile/99999999-8888-7777-6666-555555555555"
ROLE = "arn:aws:iam::123456789012:role/provider"
FUNCTION = "arn:aws:lambda:eu-west-2:123456789012:function:connect-profiles-provider"
TOPIC = "arn:aws:sns:eu-west-2:123456789012:connect-profiles-requests"

CASES = {
    "deploy": ["--instance-arn", INSTANCE],
    "deploy, two instances": ["--instance-arn", INSTANCE, "--instance-arn", OTHER],
    "read one profile": ["--instance-arn", INSTANCE, "--profile-id", "99999999-8888-7777-6666-555555555555"]
    + ["--verbs", "read-only"],
    "read only": ["--instance-arn", INSTANCE, "--verbs", "read-only"],
    "provider": ["--instance-arn", INSTANCE, "--for", "provider"],
    "reader": ["--instance-arn", INSTANCE, "--for", "reader"],
    "reader of stacks": ["--instance-arn", INSTANCE, "--for", "reader", "--stack-name", "contact*"]
    + ["--stack-account", "210987654321"],
    "deployer": ["--for", "deployer", "--service-token", FUNCTION],
    "deployer by a topic": ["--for", "deployer", "--service-token", TOPIC, "--stack-account", "210987654321"],
    "forbid": ["--instance-arn", INSTANCE, "--forbid", "delete", "--forbid", "update"],
    "protect a profile": ["--protect-profile", PROFILE],
    "protect the owner tag": ["--instance-arn", INSTANCE, "--protect-owner-tag", ROLE],
    "everything": ["--instance-arn", INSTANCE, "--verbs", "deploy", "--forbid", "delete", "--protect-profile", PROFILE]
    + ["--protect-owner-tag", ROLE],
}

# Newer than what the one parser, or both, were made from.
UNKNOWN_TO_PARLIAMENT = {"AssociateSecurityProfiles", "ListSecurityProfileAIAgents", "ListSecurityProfileFlowModules"}
UNKNOWN_TO_POLICY_SENTRY = {"ListSecurityProfileAIAgents"}
# Resource types of a create and an update that its data does not have yet; `cdk/test/role.test.ts` has newer data.
NAMED_BY_PROFILES = {"instance/*/flow-module/*", "instance/*/agent-group/*", "application/*"}


def policy(arguments):
    command = [os.environ["CONNECT_PROFILES"], "policy", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("case", CASES)
def test_parliament_finds_nothing_wrong(case):
    document = json.loads(policy(CASES[case]))
    for statement in document["Statement"]:
        known = [it for it in statement["Action"] if it.split(":")[1] not in UNKNOWN_TO_PARLIAMENT]
        assert known
        one = {"Version": document["Version"], "Statement": [{**statement, "Action": known}]}
        findings = parliament.analyze_policy_string(json.dumps(one)).findings
        # Which resource each action is authorised on is checked below, by newer data.
        told = [it for it in findings if it.issue != "RESOURCE_MISMATCH"]
        assert not told, [(it.issue, it.detail) for it in told]


def test_parliament_would_find_what_is_wrong():
    """Otherwise the test above shows nothing."""
    broken = policy(CASES["protect the owner tag"]).replace("aws:TagKeys", "aws:TagKey").replace("Tag", "Tg", 1)
    assert parliament.analyze_policy_string(broken).findings


@pytest.mark.parametrize("case", CASES)
def test_every_action_is_one_of_aws_s_and_is_authorised_on_the_resource(case):
    for statement in json.loads(policy(CASES[case]))["Statement"]:
        for action in statement["Action"]:
            service, name = action.split(":")
            data = get_action_data(service, name)
            if name in UNKNOWN_TO_POLICY_SENTRY:
                assert not data, f"{name} is known now"
                continue
            formats = {row["resource_arn_format"].split(":", 5)[-1] for row in data[service]} - {"*"}
            kinds = {re.sub(r"\$\{\w+\}", "*", it) for it in formats}
            for resource in statement["Resource"]:
                path = resource.split(":", 5)[-1]
                of_statement = NAMED_BY_PROFILES if statement["Sid"] == "NamedByProfiles" else kinds
                assert any(fits(path, kind) for kind in of_statement), (name, resource, of_statement)


def test_the_condition_on_the_ownership_tag_is_one_that_aws_lists_for_each_action_and_reads_in_any_case():
    [statement] = json.loads(policy(CASES["protect the owner tag"]))["Statement"]
    assert statement["Action"] == ["connect:CreateSecurityProfile", "connect:TagResource", "connect:UntagResource"]
    for action in statement["Action"]:
        rows = get_action_data("connect", action.split(":")[1])["connect"]
        assert any("aws:TagKeys" in row["condition_keys"] for row in rows), action
    assert "aws:TagKeys" in statement["Condition"]["ForAnyValue:StringEqualsIgnoreCase"]


def test_the_keys_are_in_the_order_that_reviewers_expect():
    for case in CASES:
        document = json.loads(policy(CASES[case]))
        assert list(document) == ["Version", "Statement"]
        for statement in document["Statement"]:
            assert list(statement) == [it for it in ("Sid", "Effect", "Action", "Resource", "Condition") if it in statement]


def fits(path, kind):
    """Whether a path is of the kind, by their parts: `*` stands for one."""
    path, kind = path.split("/"), kind.split("/")
    return len(path) == len(kind) and all(fnmatch.fnmatchcase(a, b) for a, b in zip(path, kind))
