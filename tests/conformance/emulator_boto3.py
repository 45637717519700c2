"""Drives every operation of the built emulator with boto3.

The binary is named by the environment variable CONNECT_EMULATOR; it is started on a free port.
"""

import json
import os
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

INSTANCE = "11111111-2222-3333-4444-555555555555"
OTHER = "22222222-2222-3333-4444-555555555555"
NAMES = {"Admin", "Agent", "CallCenterManager", "QualityAnalyst"}

EVERYTHING = {
    "Description": "Dispatches",
    "AllowedAccessControlTags": {"team": "red"},
    "TagRestrictedResources": ["User"],
    "HierarchyRestrictedResources": ["User"],
    "AllowedAccessControlHierarchyGroupId": "group",
    "GranularAccessControlConfiguration": {
        "DataTableAccessControlConfiguration": {
            "PrimaryAttributeAccessControlConfiguration": {
                "PrimaryAttributeValues": [{"AccessType": "ALLOW", "AttributeName": "region", "Values": ["eu"]}]
            }
        }
    },
}
LISTED = {
    "Permissions": ["BasicAgentAccess", "Users.View"],
    "Applications": [{"Namespace": "n", "ApplicationPermissions": ["orders___get_order"], "Type": "MCP"}],
    "AllowedFlowModules": [{"Type": "MCP", "FlowModuleId": "m"}],
    "AllowedAIAgents": [{"Arn": "arn:aws:app-integrations:us-east-1:000000000000:application/a", "Type": "THIRD_PARTY"}],
}


class Emulator:
    """A running emulator."""

    def __init__(self, *arguments):
        command = [os.environ["CONNECT_EMULATOR"], "--port", "0", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = self.process.stdout.readline().strip().removeprefix("listening on ")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def client(self, region="us-east-1", secret="test", token=None, key="test"):
        return boto3.client(
            "connect",
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10),
        )

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_emulator/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()


@pytest.fixture
def emulator():
    running = Emulator("--instance", INSTANCE, "--instance", f"eu-west-2:{OTHER}", "--aws-managed", "AI")
    yield running
    running.stop()


@pytest.fixture
def connect(emulator):
    return emulator.client()


def create(connect, name="Dispatcher", **members):
    return connect.create_security_profile(InstanceId=INSTANCE, SecurityProfileName=name, **members)


def described(connect, profile):
    answer = connect.describe_security_profile(InstanceId=INSTANCE, SecurityProfileId=profile)
    return answer["SecurityProfile"]


def listed(connect, profile):
    target = {"InstanceId": INSTANCE, "SecurityProfileId": profile}
    return {
        "Permissions": connect.list_security_profile_permissions(**target)["Permissions"],
        "Applications": connect.list_security_profile_applications(**target)["Applications"],
        "AllowedFlowModules": connect.list_security_profile_flow_modules(**target)["AllowedFlowModules"],
        "AllowedAIAgents": connect.list_security_profile_ai_agents(**target)["AllowedAIAgents"],
    }


def refused(call, *arguments, **keywords):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **keywords)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def by_name(name, comparison="EXACT"):
    return {"StringCondition": {"FieldName": "name", "Value": name, "ComparisonType": comparison}}


def test_what_is_created_is_what_is_read(connect):
    created = create(connect, Tags={"team": "red"}, **EVERYTHING, **LISTED)
    profile = created["SecurityProfileId"]
    arn = f"arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/security-profile/{profile}"
    assert created["SecurityProfileArn"] == arn
    shown = described(connect, profile)
    assert {name: shown[name] for name in EVERYTHING} == EVERYTHING
    assert shown["Tags"] == {"team": "red"}
    assert shown["Type"] == "CUSTOMER_MANAGED"
    assert shown["OrganizationResourceId"] == INSTANCE
    assert shown["LastModifiedTime"].year >= 2024
    assert listed(connect, profile) == LISTED
    assert described(connect, arn) == shown


def test_an_update_changes_only_what_it_carries_and_empty_clears(connect):
    profile = create(connect, **EVERYTHING, **LISTED)["SecurityProfileId"]
    target = {"InstanceId": INSTANCE, "SecurityProfileId": profile}
    connect.update_security_profile(**target, Permissions=["X"], Description="")
    shown = described(connect, profile)
    assert "Description" not in shown
    assert shown["TagRestrictedResources"] == ["User"]
    assert listed(connect, profile) == {**LISTED, "Permissions": ["X"]}
    connect.update_security_profile(
        **target,
        Permissions=[],
        Applications=[],
        AllowedFlowModules=[],
        AllowedAIAgents=[],
        AllowedAccessControlTags={},
        TagRestrictedResources=[],
        HierarchyRestrictedResources=[],
        AllowedAccessControlHierarchyGroupId="",
        GranularAccessControlConfiguration={},
    )
    assert not any(name in described(connect, profile) for name in EVERYTHING)
    assert listed(connect, profile) == dict.fromkeys(LISTED, [])
    connect.update_security_profile(**target)


def test_tags_are_added_listed_and_removed(connect):
    arn = create(connect)["SecurityProfileArn"]
    connect.tag_resource(resourceArn=arn, tags={"a b/c+é@": "1", "plain": ""})
    assert connect.list_tags_for_resource(resourceArn=arn)["tags"] == {"a b/c+é@": "1", "plain": ""}
    connect.untag_resource(resourceArn=arn, tagKeys=["a b/c+é@", "absent"])
    assert connect.list_tags_for_resource(resourceArn=arn)["tags"] == {"plain": ""}
    invalid = (400, "InvalidParameterException")
    assert refused(connect.tag_resource, resourceArn=arn, tags={"aws:x": "y"}) == invalid
    assert refused(connect.tag_resource, resourceArn=arn, tags={f"k{n}": "" for n in range(50)}) == invalid


@pytest.mark.parametrize("size", [1, 3, 100, 1000])
def test_paginators_walk_every_list(emulator, connect, size):
    seeds = [{"SecurityProfileName": f"Seeded {number}", "Tags": {"seeded": "yes"}} for number in range(8)]
    emulator.control("PUT", "profiles", {"instance": INSTANCE, "profiles": seeds})
    config = {"PageSize": size}

    def items(operation, member, **arguments):
        pages = connect.get_paginator(operation).paginate(PaginationConfig=config, **arguments)
        return [item for page in pages for item in page[member]]

    names = [item["Name"] for item in items("list_security_profiles", "SecurityProfileSummaryList", InstanceId=INSTANCE)]
    assert sorted(names) == sorted({*NAMES, "AI", *(seed["SecurityProfileName"] for seed in seeds)})
    if size <= 100:
        found = items(
            "search_security_profiles",
            "SecurityProfiles",
            InstanceId=INSTANCE,
            SearchFilter={"TagFilter": {"TagCondition": {"TagKey": "seeded", "TagValue": "yes"}}},
        )
        assert len({summary["Id"] for summary in found}) == 8
    profile = create(connect, Permissions=[f"P{number:03}" for number in range(40)])["SecurityProfileId"]
    target = {"InstanceId": INSTANCE, "SecurityProfileId": profile}
    permissions = items("list_security_profile_permissions", "Permissions", **target)
    assert permissions == [f"P{number:03}" for number in range(40)]


def test_a_search_is_by_name(connect):
    found = connect.search_security_profiles(InstanceId=INSTANCE, SearchCriteria=by_name("a", "STARTS_WITH"))
    assert {summary["SecurityProfileName"] for summary in found["SecurityProfiles"]} == {"Admin", "Agent", "AI"}
    assert found["ApproximateTotalCount"] == 3
    wrong = by_name("x" * 26, "CONTAINS")
    assert refused(connect.search_security_profiles, InstanceId=INSTANCE, SearchCriteria=wrong)[0] == 400


def test_each_error_has_its_status_and_code(connect):
    profile = create(connect)["SecurityProfileId"]
    assert refused(create, connect) == (409, "DuplicateResourceException")
    assert refused(create, connect, "a.b") == (400, "InvalidParameterException")
    assert refused(described, connect, "unknown") == (404, "ResourceNotFoundException")
    list_profiles = connect.list_security_profiles
    assert refused(list_profiles, InstanceId=INSTANCE, NextToken="made-up") == (400, "InvalidParameterException")
    assert refused(list_profiles, InstanceId=OTHER) == (404, "ResourceNotFoundException")
    managed = connect.search_security_profiles(InstanceId=INSTANCE, SearchCriteria=by_name("AI"))
    target = {"InstanceId": INSTANCE, "SecurityProfileId": managed["SecurityProfiles"][0]["Id"]}
    assert managed["SecurityProfiles"][0]["Type"] == "AWS_MANAGED"
    assert refused(connect.delete_security_profile, **target) == (403, "AccessDeniedException")
    for number in range(94):
        create(connect, f"Profile {number}")
    assert refused(create, connect, "One too many") == (429, "LimitExceededException")
    connect.delete_security_profile(InstanceId=INSTANCE, SecurityProfileId=profile)
    assert refused(described, connect, profile) == (404, "ResourceNotFoundException")


def test_a_profile_that_a_user_holds_is_in_use(connect):
    profile = create(connect)["SecurityProfileId"]
    agent = connect.search_security_profiles(InstanceId=INSTANCE, SearchCriteria=by_name("Agent"))
    agent = agent["SecurityProfiles"][0]["Id"]
    user = {"InstanceId": INSTANCE, "UserId": "user-1"}
    connect.update_user_security_profiles(SecurityProfileIds=[profile], **user)
    with pytest.raises(connect.exceptions.ResourceInUseException) as caught:
        connect.delete_security_profile(InstanceId=INSTANCE, SecurityProfileId=profile)
    assert caught.value.response["ResourceType"] == "USER"
    assert caught.value.response["ResourceId"].endswith("/agent/user-1")
    connect.update_user_security_profiles(SecurityProfileIds=[agent], **user)
    connect.delete_security_profile(InstanceId=INSTANCE, SecurityProfileId=profile)


def test_signatures_are_verified(emulator, connect):
    list_instances = emulator.client(secret="wrong").list_instances
    assert refused(list_instances) == (403, "InvalidSignatureException")
    assert refused(emulator.client(region="ap-south-1").list_instances) == (403, "InvalidSignatureException")
    assert emulator.client(token="a/session+token==").list_instances()["InstanceSummaryList"]


def test_instances_answer_in_their_region(emulator, connect):
    assert [instance["Id"] for instance in connect.list_instances()["InstanceSummaryList"]] == [INSTANCE]
    london = emulator.client(region="eu-west-2")
    assert london.describe_instance(InstanceId=OTHER)["Instance"]["InstanceStatus"] == "ACTIVE"
    assert refused(london.describe_instance, InstanceId=INSTANCE) == (404, "ResourceNotFoundException")


def test_faults_are_scripted_over_the_control_path(emulator, connect):
    error = {"status": 500, "code": "InternalServiceException"}
    fault = {"operation": "CreateSecurityProfile", "action": {"error_after": error}}
    emulator.control("POST", "faults", fault)
    assert refused(create, connect) == (500, "InternalServiceException")
    emulator.control("POST", "faults", {"operation": "CreateSecurityProfile", "action": "lose_after"})
    with pytest.raises(ConnectionClosedError):
        create(connect, "Lost")
    names = {profile["SecurityProfileName"] for profile in json.loads(emulator.control("GET", "profiles"))[INSTANCE]}
    assert {"Dispatcher", "Lost"} <= names
    statuses = [json.loads(line)["status"] for line in emulator.control("GET", "journal").splitlines()]
    assert statuses == [500, 0]


def test_a_quota_throttles():
    running = Emulator("--quota", "1/2")
    try:
        connect = running.client()
        connect.list_instances()
        connect.list_instances()
        assert refused(connect.list_instances) == (429, "ThrottlingException")
    finally:
        running.stop()


def test_the_journal_of_a_session_is_valid(emulator, connect, tmp_path):
    from validate_journal import main

    profile = create(connect, Tags={"a b": "c"}, **EVERYTHING, **LISTED)
    described(connect, profile["SecurityProfileArn"])
    listed(connect, profile["SecurityProfileId"])
    connect.untag_resource(resourceArn=profile["SecurityProfileArn"], tagKeys=["a b", "x"])
    connect.list_tags_for_resource(resourceArn=profile["SecurityProfileArn"])
    connect.search_security_profiles(InstanceId=INSTANCE, SearchCriteria=by_name("Agent"), MaxResults=1)
    connect.list_security_profiles(InstanceId=INSTANCE, MaxResults=2)
    connect.list_instances()
    connect.describe_instance(InstanceId=INSTANCE)
    refused(create, connect)
    connect.update_user_security_profiles(
        InstanceId=INSTANCE, UserId="u", SecurityProfileIds=[profile["SecurityProfileId"]]
    )
    target = {"InstanceId": INSTANCE, "SecurityProfileId": profile["SecurityProfileId"]}
    refused(connect.delete_security_profile, **target)
    connect.update_security_profile(**target, Permissions=[])
    journal = tmp_path / "journal.jsonl"
    journal.write_text(emulator.control("GET", "journal"))
    assert len(journal.read_text().splitlines()) >= 16
    assert main([str(journal)]) == 0
