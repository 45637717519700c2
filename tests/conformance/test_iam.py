"""The emulator's reading of IAM and the one here agree, on calls that boto3 makes and policies drawn at random."""

import json
import os
import random

import pytest
from botocore.exceptions import ClientError

from emulator_boto3 import Emulator
from iam_reading import ALLOWED, DENIED, NOT_ALLOWED, decide, of_call
from validate_journal import load_model

MODEL = load_model()
SEED = int(os.environ.get("POLICIES_SEED", "1"))
POLICIES = int(os.environ.get("POLICIES", "60"))
CALLS = 8
INSTANCE, OTHER = "11111111-2222-3333-4444-555555555555", "22222222-2222-3333-4444-555555555555"
ACCOUNT = "000000000000"
ARN = f"arn:aws:connect:us-east-1:{ACCOUNT}:instance/{INSTANCE}"
OWNER = "custom-connect-security-profile:owner"
# By access key: who calls, as a refusal names it.
CALLERS = {
    "test": f"arn:aws:iam::{ACCOUNT}:user/test",
    "ASIASESSION": f"arn:aws:sts::{ACCOUNT}:assumed-role/emulated/ASIASESSION",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emulated"


def document(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def test_the_reading_here_follows_the_documentation():
    """Examples of AWS's pages on policy elements, variables, operators and set operators."""
    cases = [
        # Deny before Allow; no case in actions.
        ([{"Effect": "Allow", "Action": "CONNECT:list*", "Resource": "arn:aws:connect:*:*:*"}], ALLOWED),
        ([{"Effect": "Allow", "NotAction": "connect:L*", "Resource": "*"}], NOT_ALLOWED),
        (
            [
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "*", "NotResource": f"{ARN}/agent/*"},
            ],
            DENIED,
        ),
        # The wildcard of a part does not reach into the next.
        ([{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:connect:*:instance/*"}], NOT_ALLOWED),
        ([{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:connect:*:*:*profile/p"}], ALLOWED),
    ]
    conditions = [
        ({"StringEquals": {"aws:ResourceTag/TEAM": ["blue", "red"]}}, True),
        ({"StringNotEquals": {"aws:ResourceTag/team": ["blue", "red"]}}, False),
        ({"StringNotLike": {"aws:ResourceTag/none": "*"}}, True),
        ({"StringLike": {"aws:ResourceTag/none": "*"}}, False),
        ({"StringLikeIfExists": {"aws:ResourceTag/none": "x"}}, True),
        ({"Null": {"aws:ResourceTag/none": "true", "aws:ResourceTag/team": False}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, True),
        ({"ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:iam::*:role/x", "arn:aws:iam::*:role/r"]}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, False),
        ({"ForAllValues:StringEquals": {"aws:none": "a"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:none": "a"}}, False),
        ({"ForAllValues:StringNotEquals": {"aws:TagKeys": "b"}}, False),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "b"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "${aws:none, 'red'}"}}, True),
        ({"StringNotEquals": {"aws:ResourceTag/team": "${aws:none}"}}, False),
        ({"StringLike": {"aws:star": "${*}"}}, True),
    ]
    cases += [
        ([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": it}], ALLOWED if holds else NOT_ALLOWED)
        for it, holds in conditions
    ]
    context = {
        "aws:ResourceTag/team": ["red"],
        "aws:PrincipalTag/team": ["red"],
        "aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/r"],
        "aws:TagKeys": ["a", "b"],
        "aws:star": ["*"],
    }
    for statements, expected in cases:
        policies = [document(*statements)]
        assert decide(policies, "connect:ListUsers", f"{ARN}/security-profile/p", context) == expected, statements


class Draw:
    """Calls and policies that have something to do with each other."""

    def __init__(self, seed, profiles):
        self.random, self.profiles = random.Random(seed), profiles

    def one(self, *values):
        return self.random.choice(values)

    def some(self, values, most=3):
        return self.random.sample(values, self.random.randint(1, min(most, len(values))))

    def policy(self):
        statements = [self.statement() for _ in range(self.random.randint(1, 4))]
        # Mostly allowed at first, so that conditions and denials decide.
        if self.one(True, False):
            statements.append({"Effect": "Allow", "Action": "connect:*", "Resource": "*"})
        self.random.shuffle(statements)
        return document(*statements, version=self.one("2012-10-17", "2012-10-17", "2008-10-17"))

    def statement(self):
        actions = ["connect:*", "Connect:list*", "connect:*SecurityProfile", "connect:*Resource", "connect:Update?*", "*"]
        actions += [f"connect:{name}" for name in ("CreateSecurityProfile", "TagResource", "ListSecurityProfiles")]
        apps, modules = f"arn:aws:app-integrations:*:{ACCOUNT}:application/*", f"{ARN}/flow-module/*"
        resources = [ARN, f"{ARN}/*", f"{ARN}/security-profile/*", f"{ARN}/agent-group/g*", apps, modules, "*"]
        resources += ["arn:aws:connect:*:*:*", "arn:aws:connect:*:*:instance/?1111111-*", "arn:*:connect:*:*:*/p0"]
        resources += ["arn:aws:connect:${aws:RequestedRegion}:*:*", f"{ARN}/security-profile/${{aws:PrincipalTag/none, '*'}}"]
        resources += [f"{ARN}/*/${{aws:PrincipalTag/none}}", "arn:aws-cn:connect:*:*:*"]
        resources += [f"{ARN}/security-profile/{it}" for it in self.profiles]
        statement = {
            "Effect": self.one("Allow", "Allow", "Deny"),
            self.one("Action", "Action", "Action", "NotAction"): self.some(actions),
            self.one("Resource", "Resource", "Resource", "NotResource"): self.some(resources),
        }
        if self.one(True, False):
            statement["Condition"] = dict(self.condition() for _ in range(self.random.randint(1, 2)))
        return statement

    def condition(self):
        texts = ["String" + it for it in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")]
        kind = self.one("tag", "keys", "null", "arn", "instance", "caller", "flag")
        suffix = self.one("", "", "IfExists")
        tag = f"aws:{self.one('ResourceTag', 'RequestTag')}/{self.one(OWNER, OWNER.upper(), 'team', 'none')}"
        if kind == "null":
            return "Null", {self.one(tag, "aws:TagKeys", "connect:InstanceId"): self.one("true", "false", True, False)}
        if kind == "keys":
            name = f"{self.one('ForAnyValue', 'ForAllValues')}:{self.one(*texts)}{suffix}"
            return name, {"aws:TagKeys": self.some([OWNER, "team", "TEAM", "t*", "custom-*", "x"])}
        if kind == "arn":
            name = f"Arn{self.one('Equals', 'Like', 'NotEquals', 'NotLike')}{suffix}"
            return name, {"aws:PrincipalArn": self.some([*CALLERS.values(), ROLE, "arn:aws:iam::*:user/*", "arn:aws:iam:*:user/test", "x"])}
        if kind == "caller":
            key = self.one("aws:username", "aws:PrincipalType", "aws:PrincipalAccount")
            return self.one(*texts) + suffix, {key: self.some(["test", "User", "AssumedRole", ACCOUNT, "${aws:username}"])}
        if kind == "flag":
            key = self.one("aws:SecureTransport", "aws:ViaAWSService", "aws:PrincipalIsAWSService")
            return f"Bool{suffix}", {key: self.one("true", "False", True, False)}
        if kind == "instance":
            return self.one(*texts) + suffix, {"connect:InstanceId": self.some([INSTANCE, OTHER, "1*", "${aws:PrincipalTag/none}"])}
        return self.one(*texts) + suffix, {tag: self.some(["v1/created", "V1/*", "v1/*", "red", "${aws:PrincipalTag/none, 'red'}", ""])}

    def tags(self):
        # Never two keys that differ in case alone: AWS promises nothing of those.
        keys = [self.one(OWNER, OWNER.title()), "team", "x"]
        return {key: self.one("v1/created", "red", "") for key in self.some(keys)}

    def call(self):
        """An operation of boto3's and its parameters."""
        instance, profile = self.one(INSTANCE, INSTANCE, OTHER), self.one(*self.profiles)
        resource = f"{ARN.replace(INSTANCE, instance)}/security-profile/{profile}"
        of_profile = {"InstanceId": instance, "SecurityProfileId": profile}
        members = {
            "Applications": [{"Namespace": "crm", "ApplicationPermissions": ["ACCESS"], "Type": "MCP"}],
            "AllowedFlowModules": [{"Type": "MCP", "FlowModuleId": "m"}],
            "AllowedAIAgents": [{"Type": "THIRD_PARTY", "Arn": f"arn:aws:app-integrations:eu-west-2:{ACCOUNT}:application/a"}],
            "AllowedAccessControlHierarchyGroupId": self.one("g1", "other", ""),
            "Description": "x",
        }
        named = {name: members[name] for name in self.some(list(members))}
        # It exists: what is allowed is refused for that, and so nothing changes from call to call.
        made = {"InstanceId": instance, "SecurityProfileName": "Admin", **named}
        operation = self.one(
            ("create_security_profile", made | self.one({}, {"Tags": self.tags()})),
            ("update_security_profile", of_profile | named),
            ("describe_security_profile", of_profile),
            ("list_security_profiles", {"InstanceId": instance}),
            ("list_security_profile_permissions", of_profile),
            ("list_security_profile_flow_modules", of_profile),
            ("search_security_profiles", {"InstanceId": instance}),
            ("tag_resource", {"resourceArn": resource, "tags": self.tags()}),
            ("untag_resource", {"resourceArn": resource, "tagKeys": list(self.tags())}),
            ("list_tags_for_resource", {"resourceArn": resource}),
            ("delete_security_profile", of_profile),
            ("list_instances", {}),
            ("update_user_security_profiles", {"InstanceId": instance, "UserId": "u", "SecurityProfileIds": [profile]}),
        )
        return operation


@pytest.fixture(scope="module")
def emulator():
    running = Emulator("--instance", INSTANCE, "--instance", f"eu-west-2:{OTHER}", "--key", "ASIASESSION:test")
    yield running
    running.stop()


@pytest.mark.parametrize("key", CALLERS)
def test_both_readings_agree_on_random_policies_and_calls(emulator, key):
    """What is refused, on which resource, and whether by a Deny; a failure says the seed to try again with."""
    client = emulator.client(key=key)
    profiles = [f"p{number}" for number in range(3)]

    def reset():
        seeds = [
            {"Id": it, "SecurityProfileName": it, "Tags": tags}
            for it, tags in zip(profiles, [{OWNER: "v1/created", "team": "red"}, {"Team": "red"}, {}])
        ]
        known = {it["Id"]: it for it in json.loads(emulator.control("GET", "profiles"))[INSTANCE]}
        if any(known.get(seed["Id"], {}).get("Tags") != seed["Tags"] for seed in seeds):
            emulator.control("PUT", "profiles", {"instance": INSTANCE, "profiles": seeds})
        return {f"{ARN}/security-profile/{seed['Id']}": seed["Tags"] for seed in seeds}

    tags = reset()
    seen = {ALLOWED: 0, NOT_ALLOWED: 0, DENIED: 0}
    for number in range(POLICIES):
        draw = Draw(SEED * 1_000_000 + number, profiles)
        policies = [draw.policy() for _ in range(draw.one(1, 1, 2))]
        emulator.control("PUT", "policies", {"key": key, "policies": policies})
        for operation, parameters in [draw.call() for _ in range(CALLS)]:
            emulator.control("DELETE", "journal")
            refused = ""
            try:
                getattr(client, operation)(**parameters)
            except ClientError as error:
                if error.response["Error"]["Code"] == "AccessDeniedException":
                    refused = error.response["Error"]["Message"]
            call = json.loads(emulator.control("GET", "journal"))
            request = of_call(MODEL, call, tags_of=lambda arn: tags.get(arn, {}))
            resource, decision = request.verdict(policies)
            seen[decision] += 1
            ending = {
                ALLOWED: "",
                NOT_ALLOWED: f" because no identity-based policy allows the {request.action} action",
                DENIED: " with an explicit deny in an identity-based policy",
            }[decision]
            who = f"User: {CALLERS[key]} is not authorized to perform: {request.action} on resource: {resource}"
            expected = f"{who}{ending}" if ending else ""
            # What was allowed may have changed what conditions look at.
            tags = reset() if call["effect"] else tags
            told = f"POLICIES_SEED={SEED}, policy {number}: {json.dumps(policies)}\n{operation} {parameters}\n{tags}"
            assert refused == expected, told
    # A draw that never allows or never denies would show nothing.
    assert min(seen.values()) > POLICIES // 2, seen
