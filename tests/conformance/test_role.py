"""The provider's role allows each call that the provider makes, and no other, by a reader of IAM and by `parliament`."""

import copy
import json
import re

import parliament
import pytest
from role import ACCOUNT, ROOT, allows, characters, many, policies
from test_policy import UNKNOWN_TO_PARLIAMENT

INSTANCE = f"arn:aws:connect:eu-west-2:{ACCOUNT}:instance/11111111-2222-3333-4444-555555555555"
OWNER = "custom-connect-security-profile:owner"
VALUE = f"v1/created/eu-west-2/{ACCOUNT}/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/Agents/contact-centre"
PROFILE, ADMIN = (f"{INSTANCE}/security-profile/{name}" for name in ("agents", "admin"))
MODULE, GROUP = f"{INSTANCE}/flow-module/lookup", f"{INSTANCE}/agent-group/emea"
# In another region than the function's.
APPLICATION = f"arn:aws:app-integrations:us-west-2:{ACCOUNT}:application/crm"

PLAIN = {"InstanceArns": INSTANCE}
ONLY_OWNED = PLAIN | {"OnlyOwnedProfiles": "true"}
PROTECTED = PLAIN | {"ProtectedProfileArns": ADMIN}
EVERYTHING = {
    **ONLY_OWNED,
    **PROTECTED,
    "AllowedRoleArns": f"arn:aws:iam::{ACCOUNT}:role/connect",
    "SubnetIds": "subnet-1",
    "SecurityGroupIds": "sg-1",
}


def request_tags(**tags):
    """What AWS lists for Create and TagResource: the keys of the tags, and each with its value."""
    named = {key.replace("owner", OWNER): value for key, value in tags.items()}
    return {"aws:TagKeys": list(named)} | {f"aws:RequestTag/{key}": value for key, value in named.items()}


OWNED = {f"aws:ResourceTag/{OWNER}": VALUE}
UNMANAGED = {"aws:ResourceTag/team": "support"}

#: What the provider does: each needs every action on its resource, with what AWS lists as condition keys of the action.
CALLS = {
    "create": [
        ("CreateSecurityProfile", PROFILE, request_tags(owner=VALUE, team="support")),
        ("TagResource", PROFILE, request_tags(owner=VALUE, team="support")),
    ],
    "create with a module": [("CreateSecurityProfile", MODULE, request_tags(owner=VALUE))],
    "create with a hierarchy group": [("CreateSecurityProfile", GROUP, request_tags(owner=VALUE))],
    "create with an application": [("CreateSecurityProfile", APPLICATION, request_tags(owner=VALUE))],
    "find by name": [("ListSecurityProfiles", INSTANCE, {})],
    "describe": [("DescribeSecurityProfile", PROFILE, OWNED)],
    "describe an unmanaged one": [("DescribeSecurityProfile", PROFILE, UNMANAGED)],
    "read permissions": [("ListSecurityProfilePermissions", PROFILE, OWNED)],
    "read applications": [("ListSecurityProfileApplications", PROFILE, OWNED)],
    "read agents": [("ListSecurityProfileAIAgents", PROFILE, OWNED)],
    "read modules": [(f"ListSecurityProfileFlowModules", it, OWNED) for it in (PROFILE, INSTANCE)],
    "claim": [("TagResource", PROFILE, request_tags(owner=VALUE))],
    "tag": [("TagResource", PROFILE, request_tags(team="support"))],
    "untag": [("UntagResource", PROFILE, {"aws:TagKeys": ["team"]})],
    "release": [("UntagResource", PROFILE, {"aws:TagKeys": [OWNER]})],
    "update": [("UpdateSecurityProfile", PROFILE, OWNED)],
    # What a profile names carries no tag of ours.
    "update with a module": [("UpdateSecurityProfile", MODULE, {})],
    "update with a hierarchy group": [("UpdateSecurityProfile", GROUP, {})],
    "update with an application": [("UpdateSecurityProfile", APPLICATION, {})],
    "delete": [("DeleteSecurityProfile", PROFILE, OWNED)],
}

#: What `OnlyOwnedProfiles` denies.
NOT_OWNED = {
    "update an unmanaged profile": ("UpdateSecurityProfile", PROFILE, UNMANAGED),
    "update a profile without tags": ("UpdateSecurityProfile", PROFILE, {}),
    "update a profile whose tag is not the provider's": (
        "UpdateSecurityProfile",
        PROFILE,
        {f"aws:ResourceTag/{OWNER}": "team-a"},
    ),
    "delete an unmanaged profile": ("DeleteSecurityProfile", PROFILE, UNMANAGED),
    "claim with a value that is not the provider's": ("TagResource", PROFILE, request_tags(owner="team-a")),
}

#: What `ProtectedProfileArns` denies, also of a profile that carries the tag.
ON_PROTECTED = {
    "update": ("UpdateSecurityProfile", ADMIN, OWNED),
    "delete": ("DeleteSecurityProfile", ADMIN, OWNED),
    "claim": ("TagResource", ADMIN, request_tags(owner=VALUE)),
    "tag": ("TagResource", ADMIN, request_tags(team="support")),
    "release": ("UntagResource", ADMIN, {"aws:TagKeys": [OWNER]}),
}

#: The protected profile once more, by its ARN where an id belongs.
BY_ARN = {
    "update": ("UpdateSecurityProfile", f"{INSTANCE}/security-profile/{ADMIN}", OWNED),
    "delete": ("DeleteSecurityProfile", f"{INSTANCE}/security-profile/{ADMIN}", OWNED),
}

OTHER_INSTANCE = INSTANCE.replace("11111111", "22222222")
NEVER = {
    "a profile of another instance": ("UpdateSecurityProfile", f"{OTHER_INSTANCE}/security-profile/a", OWNED),
    "another instance": ("ListSecurityProfiles", OTHER_INSTANCE, {}),
    "a module of another instance": ("UpdateSecurityProfile", f"{OTHER_INSTANCE}/flow-module/a", {}),
    "a group of another instance": ("CreateSecurityProfile", f"{OTHER_INSTANCE}/agent-group/a", {}),
    "an instance of another account": ("ListSecurityProfiles", INSTANCE.replace(ACCOUNT, "210987654321"), {}),
    "an application of another account": (
        "UpdateSecurityProfile",
        APPLICATION.replace(ACCOUNT, "210987654321"),
        {},
    ),
    "a data integration": ("UpdateSecurityProfile", APPLICATION.replace("application/", "data-integration/"), {}),
    "tags of a user": ("TagResource", f"{INSTANCE}/agent/somebody", request_tags(team="support")),
    "tags of a module": ("TagResource", MODULE, request_tags(team="support")),
    "tags of the instance": ("UntagResource", INSTANCE, {"aws:TagKeys": ["team"]}),
    "profiles of users": ("UpdateUserSecurityProfiles", PROFILE, OWNED),
    "profiles of agents": ("AssociateSecurityProfiles", PROFILE, OWNED),
    "a module itself": ("DeleteContactFlowModule", MODULE, {}),
}


def statements(parameters):
    documents = policies("template.yaml", "ProviderRole", **parameters).values()
    return [statement for document in documents for statement in document["Statement"]]


def of_example():
    [document] = policies(
        "examples/other-account-role.yaml", "Role", InstanceArn=INSTANCE, ProviderRoleArn="", ExternalId=""
    ).values()
    return document["Statement"]


def decide(role, call):
    action, resource, context = call
    return allows(role, f"connect:{action}", resource, context)


def does(role, calls):
    return all(decide(role, call) for call in calls)


ROLES = {
    "plain": statements(PLAIN),
    "only owned": statements(ONLY_OWNED),
    "protected": statements(PROTECTED),
    "everything": statements(EVERYTHING),
    "other account": of_example(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ROLES)
def test_the_provider_may_make_each_of_its_calls(role, call):
    assert does(ROLES[role], CALLS[call])


@pytest.mark.parametrize("call", NEVER)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_instance_account_or_kind_is_allowed(role, call):
    assert not decide(ROLES[role], NEVER[call])


@pytest.mark.parametrize("call", NOT_OWNED)
def test_only_owned_profiles_denies_what_carries_no_ownership_tag(call):
    assert decide(ROLES["plain"], NOT_OWNED[call])
    assert not decide(ROLES["only owned"], NOT_OWNED[call])


def test_only_owned_profiles_does_not_stop_two_calls_and_the_documents_say_so():
    role = ROLES["only owned"]
    assert does(role, CALLS["claim"])
    assert does(role, CALLS["update"]), "of the profile that was claimed a moment before"
    for document in ("SECURITY.md", "docs/operations.md"):
        words = " ".join((ROOT / document).read_text(encoding="utf-8").split())
        assert "can still set the ownership tag on any profile" in words, document


@pytest.mark.parametrize("call", ON_PROTECTED)
def test_protected_profiles_are_denied_whatever_tags_they_carry(call):
    assert decide(ROLES["plain"], ON_PROTECTED[call])
    assert not decide(ROLES["protected"], ON_PROTECTED[call])
    other = tuple(it.replace("/admin", "/agents") if isinstance(it, str) else it for it in ON_PROTECTED[call])
    assert decide(ROLES["protected"], other)
    assert decide(ROLES["protected"], ("DescribeSecurityProfile", ADMIN, OWNED))


@pytest.mark.parametrize("call", BY_ARN)
def test_a_protected_profile_is_denied_by_its_arn_as_id_too(call):
    assert decide(ROLES["plain"], BY_ARN[call])
    assert not decide(ROLES["protected"], BY_ARN[call])
    action, _, context = BY_ARN[call]
    by_instance = f"{INSTANCE.rpartition('/')[0]}/{INSTANCE}/security-profile/admin"
    wide = statements(PROTECTED | {"InstanceArns": INSTANCE.rpartition("/")[0] + "/*"})
    assert not decide(wide, (action, by_instance, context))


def test_a_policy_that_is_attached_to_the_role_later_does_not_undo_the_denials():
    wide = {"Effect": "Allow", "Action": [f"connect:{it[0]}" for it in NOT_OWNED.values()], "Resource": "*"}
    for call in NOT_OWNED.values():
        assert not decide([wide, *ROLES["only owned"]], call)


@pytest.mark.parametrize("role", ROLES)
def test_every_action_resource_and_statement_of_connect_is_needed(role):
    """Without it a call of the provider fails, or one that it must not make passes."""

    def suffices(statements):
        forbidden = [*NEVER.values()]
        forbidden += NOT_OWNED.values() if role in ("only owned", "everything") else []
        forbidden += [*ON_PROTECTED.values(), *BY_ARN.values()] if role in ("protected", "everything") else []
        allowed = all(does(statements, calls) for calls in CALLS.values())
        return allowed and not any(decide(statements, call) for call in forbidden)

    connect = [it for it in ROLES[role] if many(it["Action"])[0].startswith("connect:")]
    assert suffices(connect)
    for number, statement in enumerate(connect):
        assert not suffices(connect[:number] + connect[number + 1 :]), statement["Sid"]
        for key in ("Action", "Resource"):
            for one in many(statement[key]):
                fewer = copy.deepcopy(connect)
                fewer[number][key] = [it for it in many(statement[key]) if it != one]
                assert not suffices(fewer), (statement["Sid"], one)
        for operator in statement.get("Condition", {}):
            fewer = copy.deepcopy(connect)
            del fewer[number]["Condition"][operator]
            assert not suffices(fewer), (statement["Sid"], operator)


def test_without_only_owned_profiles_no_allowance_has_a_condition():
    for role in ROLES.values():
        assert not [it["Sid"] for it in role if it["Effect"] == "Allow" and "Condition" in it]
    assert not [it for it in ROLES["plain"] if it["Effect"] == "Deny"]


@pytest.mark.parametrize("role", ROLES)
def test_parliament_finds_nothing_wrong(role):
    for statement in ROLES[role]:
        known = [it for it in many(statement["Action"]) if it.split(":")[1] not in UNKNOWN_TO_PARLIAMENT]
        one = {"Version": "2012-10-17", "Statement": [{**statement, "Action": known}]}
        findings = parliament.analyze_policy_string(json.dumps(one)).findings
        # Which resource each action is authorised on is checked by newer data: cdk/test/role.test.ts.
        told = [it for it in findings if it.issue not in ("RESOURCE_MISMATCH", "RESOURCE_STAR")]
        assert not told, [(statement.get("Sid"), it.issue, it.detail) for it in told]


def most_instances(parameters):
    def size(count):
        arns = [f"{INSTANCE[:-4]}{number:04}" for number in range(count)]
        documents = policies("template.yaml", "ProviderRole", **parameters | {"InstanceArns": ",".join(arns)})
        return characters(documents.values())

    return next(count for count in range(1, 100) if size(count + 1) > 10_240)


def test_the_documents_say_how_many_instances_a_role_has_room_for():
    document = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    [told] = re.findall(r"room for (\d+) instances, and for (\d+) with every parameter", document)
    ten = ",".join(f"{INSTANCE}/security-profile/99999999-8888-7777-6666-55555555555{digit}" for digit in range(10))
    everything = EVERYTHING | {"ProtectedProfileArns": ten}
    assert [int(it) for it in told] == [most_instances(PLAIN), most_instances(everything)]
