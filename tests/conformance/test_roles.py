"""The roles, as their templates render them, allow what the provider calls and nothing else; each denial is needed."""

import copy
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from check_roles import FUNCTIONS, of_connect, role
from emulator_boto3 import INSTANCE, Emulator
from iam_reading import ALLOWED, DENIED, REFERENCE, decide, listed

ACCOUNTS = {"provider": "000000000000", "provider-guarded": "000000000000", "other-account": "111111111111"}
OWNER = "custom-connect-security-profile:owner"
PROTECTED = "aaaaaaaa-0000-4000-8000-000000000001"
CALLED = {
    "connect:CreateSecurityProfile",
    "connect:DeleteSecurityProfile",
    "connect:DescribeSecurityProfile",
    "connect:ListSecurityProfileAIAgents",
    "connect:ListSecurityProfileApplications",
    "connect:ListSecurityProfileFlowModules",
    "connect:ListSecurityProfilePermissions",
    "connect:ListSecurityProfiles",
    "connect:TagResource",
    "connect:UntagResource",
    "connect:UpdateSecurityProfile",
}
# What would do harm, beside what the reference here lists.
OTHERS = {"connect:CreateUser", "connect:DeleteInstance", "connect:DeleteUser", "connect:UpdateUserIdentityInfo"}


def arns(account, instance=INSTANCE, partition="aws", region="us-east-1"):
    """An ARN of each kind."""
    ids = {"Partition": partition, "Region": region, "Account": account, "InstanceId": instance, "Version": "1"}
    made = {}
    for kind, resource in REFERENCE["resourceTypes"].items():
        arn = resource["arn"]
        for name in set(part.split("}")[0] for part in arn.split("${")[1:]):
            arn = arn.replace("${%s}" % name, ids.get(name, "x"))
        made[kind] = arn
    base = made["instance"]
    return made | {"queue": f"{base}/queue/x", "flow": f"{base}/contact-flow/x", "other": "arn:aws:s3:::x", "any": "*"}


@pytest.mark.parametrize("name", ["provider", "other-account"])
def test_a_role_allows_what_is_called_on_what_it_is_authorised_on_and_nothing_else(name):
    """By action and by kind of resource, as AWS's service authorization reference has them."""
    policies = role(name)
    right = arns(ACCOUNTS[name])
    for action, (kind, arn) in itertools.product(CALLED | OTHERS | set(REFERENCE["actions"]), right.items()):
        authorised_on = {it["name"] for it in REFERENCE["actions"].get(action, {}).get("resourceTypes", [])}
        expected = action in CALLED and kind in authorised_on - {"user"}
        assert (decide(policies, action, arn, {}) == ALLOWED) == expected, (action, arn)
        if not expected:
            continue
        wrong = [arns("222222222222"), arns(ACCOUNTS[name], partition="aws-cn")]
        if kind != "application":
            # Applications of the account are allowed, whatever their region and instance.
            wrong += [arns(ACCOUNTS[name], instance="x"), arns(ACCOUNTS[name], region="eu-west-1")]
        for other in wrong:
            assert decide(policies, action, other[kind], {}) != ALLOWED, (action, other[kind])


def attempts(client, ids):
    """What each denial is there to prevent, by the statement."""
    arn = f"arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/security-profile"

    def of(profile):
        return {"InstanceId": INSTANCE, "SecurityProfileId": ids[profile]}

    return {
        "OnlyOwnedProfiles": [
            lambda: client.update_security_profile(**of("unmanaged"), Description="x"),
            lambda: client.delete_security_profile(**of("unmanaged")),
        ],
        "OwnershipTagValue": [
            lambda: client.tag_resource(resourceArn=f"{arn}/{ids['managed']}", tags={OWNER.upper(): "mine"}),
        ],
        "ProtectedProfiles": [
            lambda: client.update_security_profile(**of("protected"), Description="x"),
            lambda: client.delete_security_profile(**of("protected")),
            lambda: client.tag_resource(resourceArn=f"{arn}/{ids['protected']}", tags={"team": "x"}),
            lambda: client.untag_resource(resourceArn=f"{arn}/{ids['protected']}", tagKeys=["team"]),
        ],
        "ProfilesNamedByArn": [
            lambda: client.update_security_profile(
                InstanceId=INSTANCE, SecurityProfileId=f"{arn}/{ids['protected']}", Description="x"
            ),
            lambda: client.delete_security_profile(InstanceId=INSTANCE, SecurityProfileId=f"{arn}/{ids['protected']}"),
        ],
    }


def test_each_denial_of_the_guarded_role_is_needed():
    """With the statement the attempt is refused by it; without it the attempt gets through."""
    policies = role("provider-guarded")
    ids = {"managed": "m", "unmanaged": "u", "protected": PROTECTED}
    owned = {OWNER: "v1/created"}
    seeds = [
        {"Id": ids["managed"], "SecurityProfileName": "Managed", "Tags": owned},
        {"Id": ids["unmanaged"], "SecurityProfileName": "Unmanaged", "Tags": {"team": "red"}},
        {"Id": ids["protected"], "SecurityProfileName": "Protected", "Tags": owned},
    ]
    running = Emulator("--instance", INSTANCE)
    try:
        client = running.client()
        tried = attempts(client, ids)
        assert set(tried) == {it["Sid"] for it in of_connect(policies) if it["Effect"] == "Deny"}

        def run(attempt, allowed):
            running.control("PUT", "policies", {"key": "test", "policies": allowed})
            running.control("PUT", "profiles", {"instance": INSTANCE, "profiles": seeds})
            try:
                attempt()
            except ClientError as error:
                return error.response["Error"]["Message"]
            return ""

        for statement, all_attempts in tried.items():
            without = copy.deepcopy(policies)
            for policy in without:
                policy["Statement"] = [it for it in policy["Statement"] if it.get("Sid") != statement]
            for attempt in all_attempts:
                assert run(attempt, policies).endswith("with an explicit deny in an identity-based policy"), statement
                assert run(attempt, without) == "", statement
        # What the provider does to profiles that it manages passes all of them.
        managed = {"InstanceId": INSTANCE, "SecurityProfileId": ids["managed"]}
        arn = f"arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/security-profile/{ids['unmanaged']}"
        assert run(lambda: client.update_security_profile(**managed, Description="x"), policies) == ""
        assert run(lambda: client.delete_security_profile(**managed), policies) == ""
        assert run(lambda: client.tag_resource(resourceArn=arn, tags={OWNER: "v1/adopted"}), policies) == ""
    finally:
        running.stop()


@pytest.mark.parametrize("name", ACCOUNTS)
def test_no_statement_allows_what_another_allows(name):
    """Of any service: without the statement nothing that it allows is allowed."""
    policies = role(name)
    statements = [it for policy in policies for it in policy["Statement"] if it["Effect"] == "Allow"]
    assert len(statements) > 2
    for statement in statements:
        without = [it | {"Statement": [other for other in it["Statement"] if other != statement]} for it in policies]
        for action, resource in itertools.product(listed(statement["Action"]), listed(statement["Resource"])):
            one = resource if resource == "*" else resource.replace("*", "x")
            context = {f"aws:ResourceTag/{OWNER}": ["v1/created"]}
            assert decide(policies, action, one, context) == ALLOWED, (action, one)
            assert decide(without, action, one, context) != ALLOWED, (action, one)


def test_the_code_itself_may_not_touch_network_interfaces():
    """Lambda does it with the rights of the role, and the key is there when the function's own code does."""
    policies = role("provider-guarded")
    without = [it | {"Statement": [other for other in it["Statement"] if other.get("Sid") != "NotByTheCode"]} for it in policies]
    by_the_code = {"lambda:SourceFunctionArn": ["arn:aws:lambda:us-east-1:000000000000:function:provider"]}
    for action, resource in {
        "ec2:CreateNetworkInterface": "arn:aws:ec2:us-east-1:000000000000:subnet/x",
        "ec2:DescribeSubnets": "*",
    }.items():
        assert decide(policies, action, resource, {}) == ALLOWED
        assert decide(policies, action, resource, by_the_code) == DENIED
        assert decide(without, action, resource, by_the_code) == ALLOWED


def line(operation, uri, caller=None, **members):
    """A line of a journal."""
    call = {"operation": operation, "uri": uri, "caller": caller or min(FUNCTIONS), "region": "us-east-1"}
    return json.dumps(call | {"request_body": members or None}) + "\n"


def checked(folder, lines, *arguments):
    """What the check of a journal says, and its exit code."""
    (folder / "journal.jsonl").write_text(lines, encoding="utf-8")
    script = Path(__file__).with_name("check_roles.py")
    command = [sys.executable, script, *arguments, folder / "journal.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout, done.returncode


def test_a_call_that_the_role_does_not_allow_is_reported(tmp_path):
    fine = line("ListSecurityProfiles", f"/security-profiles-summary/{INSTANCE}")
    assert checked(tmp_path, fine) == ("", 0)
    strangers = line("ListSecurityProfiles", "/security-profiles-summary/x", "arn:aws:iam::000000000000:user/test")
    assert checked(tmp_path, fine + strangers) == ("", 0)
    assert checked(tmp_path, strangers, "--needed")[1] == 1, "without calls of the function nothing is needed"
    said, code = checked(tmp_path, fine + line("ListSecurityProfiles", "/security-profiles-summary/x"))
    assert code == 1
    arn = "arn:aws:connect:us-east-1:000000000000:instance/x"
    assert said.endswith(f"journal.jsonl:2: connect:ListSecurityProfiles on {arn} is not allowed\n")


def test_what_no_call_needs_is_reported(tmp_path):
    said, code = checked(tmp_path, line("ListSecurityProfiles", f"/security-profiles-summary/{INSTANCE}"), "--needed")
    assert code == 1
    assert "no call needs connect:DeleteSecurityProfile in the statement Profiles\n" in said
    assert "no call needs <instance>/flow-module/* in the statement NamedByProfiles\n" in said
    assert "needs connect:ListSecurityProfiles " not in said
    statements = {it["Sid"]: it for it in of_connect(role("provider"))}
    assert said.count("\n") > sum(len(listed(it["Action"])) for it in statements.values())
