"""The stacks of `examples/`, as they are and with a mistake in them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from examples import ELSEWHERE, deployed, file_of, names, resource, text
from samtranslator.yaml_helper import yaml_parse
from stack import OWNER_TAG, arn_of, reason
from stack_engine import (
    ACCOUNT,
    INSTANCE_ARN,
    OTHER_INSTANCE_ARN,
    OTHER_INSTANCE_ID,
    OTHER_REGION,
    Engine,
    EngineError,
    Json,
    Outcome,
)

TEAMS, STRANGERS = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{TEAMS}:role/connect-profiles"
MANAGED = ("Agent", "CallCenterManager", "QualityAnalyst")


#: For the user, whom nothing here can make.
WORDS = dict.fromkeys(("RoutingProfileArn", "Username", "FirstName", "LastName"), "x")


def without_user(template: str) -> str:
    """The stack with the lookup and the profile only."""
    return re.sub(r"(?s:  # `!Ref` makes.*(?=Outputs:))|  UserArn:\n.*\n", "", template)


#: For the application and the associations, which nothing here can make either.
APPLICATIONS = {
    "GatewayId": "orders-gateway-a1b2c3d4e5",
    "ExternalAgentArn": f"arn:aws:app-integrations:us-east-1:{ACCOUNT}:application/33333333-4444-5555-6666-777777777777",
}
ASSOCIATIONS = ("OrdersAssociation", "ExternalAgentAssociation")


def with_stand_ins(template: str) -> str:
    """The stack with a parameter in place of each association, and without the application."""
    stand_in = "  {0}:\n    Type: AWS::SSM::Parameter\n    Properties: {{ Name: {0}, Type: String, Value: x }}\n\n"
    stand_ins = "".join(stand_in.format(logical_id) for logical_id in ASSOCIATIONS)
    return re.sub(r"(?s)  Orders:\n.*(?=  # For people)", stand_ins, template)


@pytest.fixture
def create(engine: Engine, provider: Outcome, request: pytest.FixtureRequest) -> Any:
    """Creates stacks of the examples with the provider's token, and deletes them when the test is over."""
    made: list[str] = []

    def deploy(name: str, template: str | None = None, **parameters: str) -> Outcome:
        stack = f"{name.removesuffix('.yaml')}-{len(made)}"
        template = template or text(name)
        known = {"ServiceToken": provider.outputs["ServiceToken"], "InstanceArn": INSTANCE_ARN}
        wanted = {key: value for key, value in known.items() if key in yaml_parse(template)["Parameters"]}
        outcome = engine.create(stack, template, **wanted | parameters)
        made.append(stack)
        return outcome

    yield deploy
    for stack in reversed(made):
        assert engine.delete(stack).status == "DELETE_COMPLETE"


def test_every_example_is_deployed_or_tried_elsewhere() -> None:
    """As it is, that is: the table of mistakes does not count."""
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    here = set(re.findall(r'\b(?:create|deployed|resource)\(\s*"([a-z-]+\.yaml)"', tests))
    assert here | ELSEWHERE.keys() == names()
    for name, test in ELSEWHERE.items():
        assert f'"{name}"' in file_of(test)
    assert {mistake[0] for mistake in MISTAKES} | {case[0] for case in NO_VALUES} == names()


def test_each_example_is_in_the_table_beside_them_and_says_why_in_comments() -> None:
    table = file_of("examples/README.md")
    assert set(re.findall(r"\]\(([a-z-]+\.yaml)\)", table)) == names()
    for name in names():
        assert re.search(r"^ *# \w", text(name), re.MULTILINE), name


def test_the_contact_centre_has_four_profiles_of_one_team(engine: Engine, create: Any) -> None:
    before = engine.profiles()
    outcome = create("contact-centre.yaml", Team="sales")
    assert outcome.status == "CREATE_COMPLETE"
    made = {name: it for name, it in engine.profiles().items() if name not in before}
    assert {arn_of(it) for it in made.values()} == {
        value for key, value in outcome.outputs.items() if key.endswith("Arn")
    }
    assert made["Contact centre agents"]["Id"] == outcome.outputs["AgentsId"]
    assert [it["Tags"]["team"] for it in made.values()] == ["sales"] * 4
    assert "Evaluation.View" in made["Contact centre analysts"]["Permissions"]

    administrators = made["Contact centre administrators"]
    assert administrators["AllowedAccessControlTags"] == {"team": "sales"}
    views = {"User": "Users", "RoutingProfile": "RoutingPolicies", "Queue": "Queues"}
    wanted = {f"{views.get(kind, f'{kind}s')}.View" for kind in administrators["TagRestrictedResources"]}
    assert len(wanted) == 4
    assert wanted <= set(administrators["Permissions"])
    # What would let them out of their team.
    assert not {"SecurityProfiles.Edit", "SecurityProfiles.Create"} & set(administrators["Permissions"])


def test_the_default_profiles_are_adopted_as_they_are_and_left_behind(engine: Engine, create: Any) -> None:
    before = engine.profiles()
    outcome = create("default-profiles.yaml")
    assert outcome.outputs == {f"{name}Origin": "adopted" for name in MANAGED}
    after = engine.profiles()
    for name in MANAGED:
        tags = after[name]["Tags"]
        assert (tags.pop("kept-by"), tags.pop(OWNER_TAG)[:11]) == ("contact-centre-team", "v1/adopted/")
        assert after[name] | {"LastModifiedTime": 0} == before[name] | {"LastModifiedTime": 0}
    assert after["Admin"] == before["Admin"]


def test_a_user_gets_the_default_profile_that_was_found_and_the_one_that_was_made(
    engine: Engine, create: Any
) -> None:
    # There are no users here: a parameter takes the user's place, and holds what the user would get.
    template = yaml_parse(text("user-with-default-profile.yaml"))
    given = template["Resources"]["User"]["Properties"]["SecurityProfileArns"]
    template["Resources"]["User"] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "given", "Type": "String", "Value": {"Fn::Join": [",", given]}},
    }
    outcome = create("user-with-default-profile.yaml", json.dumps(template), **WORDS)
    assert outcome.status == "CREATE_COMPLETE"
    profiles = engine.profiles()
    value = engine.client("ssm").get_parameter(Name="given")["Parameter"]["Value"]
    assert value.split(",") == [arn_of(profiles[name]) for name in ("Agent", "Reports")]
    assert outcome.outputs["AgentProfileArn"] == arn_of(profiles["Agent"])
    assert OWNER_TAG not in profiles["Agent"]["Tags"]


def test_applications_are_associated_before_and_dissociated_after_the_profiles_that_grant_them(
    engine: Engine, provider: Outcome
) -> None:
    template = yaml_parse(deployed("applications.yaml"))
    kinds = {it["Type"] for it in template["Resources"].values()}
    assert {"AWS::AppIntegrations::Application", "AWS::Connect::IntegrationAssociation"} <= kinds
    known = {"ServiceToken": provider.outputs["ServiceToken"], "InstanceArn": INSTANCE_ARN}
    created = engine.create("granting", with_stand_ins(text("applications.yaml")), **known | APPLICATIONS)
    assert created.status == "CREATE_COMPLETE", reason(created)
    agent, desk = (engine.profiles()[name] for name in ("Order agent", "Order desk"))
    assert [it["Arn"] for it in agent["AllowedAIAgents"]] == [APPLICATIONS["ExternalAgentArn"]]
    assert [it["ApplicationPermissions"] for it in agent["Applications"]] == [["orders___get_order", "orders___list_orders"]]
    assert [it["ApplicationPermissions"] for it in desk["Applications"]] == [["ACCESS"]]
    deleted = engine.delete("granting")
    assert deleted.status == "DELETE_COMPLETE"
    for association, profile in zip(ASSOCIATIONS, ("OrderDesk", "OrderAgent"), strict=True):
        assert when(created, association, "CREATE_COMPLETE") < when(created, profile, "CREATE_IN_PROGRESS")
        assert when(deleted, profile, "DELETE_COMPLETE") < when(deleted, association, "DELETE_IN_PROGRESS")


def when(outcome: Outcome, logical_id: str, status: str) -> int:
    """Where in the history of the operation the resource came to that status."""
    return [(event.logical_id, event.status) for event in outcome.events].index((logical_id, status))


def test_one_provider_serves_instances_in_two_regions(engine: Engine) -> None:
    both = f"{INSTANCE_ARN},{OTHER_INSTANCE_ARN}"
    outcome = engine.deploy_provider("regions", both)
    [function] = {outcome.outputs["ServiceToken"]}
    outcome = engine.create("two-regions", deployed("other-region.yaml"), ServiceToken=function, **BOTH)
    assert outcome.status == "CREATE_COMPLETE"
    assert outcome.outputs["ElsewhereRegion"] == OTHER_REGION
    name = "Follow-the-sun agents"
    here, there = engine.profiles()[name], engine.profiles(OTHER_INSTANCE_ID)[name]
    assert outcome.outputs["AtHomeArn"] == arn_of(here)
    assert outcome.outputs["ElsewhereArn"] == f"{OTHER_INSTANCE_ARN}/security-profile/{there['Id']}"
    assert here["Permissions"] == there["Permissions"]
    assert engine.delete("two-regions").status == "DELETE_COMPLETE"
    assert name not in {**engine.profiles(), **engine.profiles(OTHER_INSTANCE_ID)}
    assert engine.delete("regions").status == "DELETE_COMPLETE"


def test_stacks_of_other_accounts_reach_the_provider_by_its_topic_if_they_are_allowed(engine: Engine) -> None:
    outcome = engine.deploy_provider(
        "shared", StackTopic="true", AllowedStackAccounts=f"{ACCOUNT},{TEAMS}"
    )
    topic = outcome.outputs["Topic"]
    attributes = engine.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    [statement] = json.loads(attributes["Policy"])["Statement"]
    assert statement == {
        "Sid": "StackAccounts",
        "Effect": "Allow",
        "Principal": {"AWS": [ACCOUNT, TEAMS]},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    [subscription] = engine.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("lambda", outcome.outputs["ServiceToken"])
    policy = engine.client("lambda").get_policy(FunctionName=outcome.outputs["ServiceToken"])["Policy"]
    [permission] = json.loads(policy)["Statement"]
    assert permission["Principal"] == {"Service": "sns.amazonaws.com"}
    assert topic in json.dumps(permission["Condition"])

    # MiniStack takes no topic for a token, so what CloudFormation would publish is published here.
    made = requested(engine, topic, TEAMS)
    assert made == "responding SUCCESS"
    assert engine.profiles()["Sales agents"]["Tags"][OWNER_TAG].split("/")[3] == TEAMS
    assert requested(engine, topic, STRANGERS, RequestType="Delete") == "responding FAILED"
    assert requested(engine, topic, TEAMS, RequestType="Delete") == "responding SUCCESS"
    assert "Sales agents" not in engine.profiles()
    # By the function itself, as let-account-invoke.yaml has it, the same event is the same request.
    engine.client("lambda").invoke(
        FunctionName=outcome.outputs["ServiceToken"], Payload=json.dumps(event(engine, topic, STRANGERS))
    )
    assert answered(engine) == "responding FAILED"
    assert engine.delete("shared").status == "DELETE_COMPLETE"


def event(engine: Engine, topic: str, account: str, **members: str) -> Json:
    """What CloudFormation would send for the stack of that account."""
    stated = resource("stack-in-other-account.yaml", "Agents", ServiceToken=topic, InstanceArn=INSTANCE_ARN)
    stack = f"arn:aws:cloudformation:us-east-1:{account}:stack/sales/00000000-0000-4000-8000-000000000000"
    profile = engine.profiles().get("Sales agents")
    return {
        "RequestType": "Create",
        "RequestId": "1",
        "ResponseURL": f"{engine.url}/_ministack/cfn-response/nobody",
        "StackId": stack,
        "ResourceType": stated["Type"],
        "LogicalResourceId": "Agents",
        "ResourceProperties": stated["Properties"],
    } | ({"PhysicalResourceId": arn_of(profile)} if profile else {}) | members


def requested(engine: Engine, topic: str, account: str, **members: str) -> str:
    """What the provider does with an event that an account publishes."""
    message = json.dumps(event(engine, topic, account, **members))
    engine.client("sns", account).publish(TopicArn=topic, Message=message)
    return answered(engine)


def answered(engine: Engine) -> str:
    """The last line of the log about an answer."""
    for _ in range(400):
        lines = [line["message"] for line in engine.new_log("shared")]
        if found := [line for line in lines if line.startswith("responding")]:
            return found[-1]
        time.sleep(0.02)
    raise AssertionError("no answer")


def test_a_role_for_another_account_trusts_the_provider_and_may_what_the_provider_may(
    engine: Engine, provider: Outcome, create: Any
) -> None:
    trusted = provider.outputs["ProviderRoleArn"]
    outcome = create("other-account-role.yaml", ProviderRoleArn=trusted, ExternalId="one-of-many")
    iam = engine.client("iam")
    name = outcome.outputs["RoleArn"].rpartition("/")[2]
    [trust] = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Effect": "Allow",
        "Principal": {"AWS": trusted},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "one-of-many"}},
    }
    assert trusted.startswith(f"arn:aws:iam::{ACCOUNT}:role/")

    def statements(role: str) -> list[Json]:
        name = role.rpartition("/")[2]
        return iam.get_role_policy(RoleName=name, PolicyName="SecurityProfiles")["PolicyDocument"]["Statement"]

    def as_list(resource: Json) -> list[str]:
        return [resource] if isinstance(resource, str) else resource

    there = [it | {"Resource": as_list(it["Resource"])} for it in statements(outcome.outputs["RoleArn"])]
    assert there == statements(trusted)


def test_one_account_is_let_invoke_the_function(engine: Engine, provider: Outcome, create: Any) -> None:
    assert create("let-account-invoke.yaml", Account=TEAMS).status == "CREATE_COMPLETE"
    policy = engine.client("lambda").get_policy(FunctionName=provider.outputs["ServiceToken"])["Policy"]
    statements = json.loads(policy)["Statement"]
    [ours] = [it for it in statements if it["Action"] == "lambda:InvokeFunction"]
    assert TEAMS in json.dumps(ours["Principal"])
    assert ours["Resource"] == provider.outputs["ServiceToken"]


def test_the_token_is_found_by_the_parameter_too(engine: Engine, provider: Outcome, create: Any) -> None:
    name = provider.outputs["ServiceTokenParameter"]
    template = text("user-with-default-profile.yaml").replace(
        "!Ref ServiceToken", f'"{{{{resolve:ssm:{name}}}}}"'
    )
    outcome = create("user-with-default-profile.yaml", without_user(template), **WORDS)
    assert outcome.status == "CREATE_COMPLETE", reason(outcome)
    assert outcome.outputs["AgentProfileArn"] == arn_of(engine.profiles()["Agent"])


#: Examples with a mistake: what is written instead of what, with which parameters, and what the reason says.
ELSEWHERES = INSTANCE_ARN.replace(ACCOUNT, TEAMS)
BY_ROLE = {"InstanceArn": ELSEWHERES, "RoleArn": ROLE, "ExternalId": "one-of-many"}
BOTH = {"HomeInstanceArn": INSTANCE_ARN, "OtherInstanceArn": OTHER_INSTANCE_ARN}
MISTAKES: list[tuple[str, str, str, dict[str, str], str]] = [
    ("contact-centre.yaml", "      TagRestrictedResources:\n        - User\n", "", {}, "TagRestrictedResources beside"),
    ("default-profiles.yaml", ": QualityAnalyst\n", ": Admin\n", {}, "PROTECTED_PROFILE_NAMES forbids"),
    ("default-profiles.yaml", "Adopt: true", "Adopt: false", {}, "carries no owner tag"),
    ("adopt-default-profile.yaml", "Adopt: true", "Adopt: maybe", {}, "Adopt must be"),
    ("user-with-default-profile.yaml", "Name: Agent\n", "Name: Agent\n      Adopt: true\n", {}, "Adopt"),
    ("applications.yaml", "[ACCESS]", "[]", APPLICATIONS, "Applications[0].ApplicationPermissions"),
    ("other-region.yaml", "", "", BOTH, "ALLOWED_INSTANCE_ARNS forbids"),
    ("other-account-profiles.yaml", "", "", BY_ROLE, "ALLOWED_ROLE_ARNS forbids"),
    ("stack-in-other-account.yaml", "", "", {"InstanceArn": ELSEWHERES}, "the account of RoleArn or else of the provider"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda it: f"{it[0]}: {it[4]}")
def test_an_example_with_a_mistake_is_refused_and_leaves_nothing(
    engine: Engine, create: Any, mistake: tuple[str, str, str, dict[str, str], str]
) -> None:
    name, old, new, parameters, words = mistake
    example = text(name)
    assert old in example
    if name == "user-with-default-profile.yaml":
        example, parameters = without_user(example), WORDS
    if name == "applications.yaml":
        example = with_stand_ins(example)
    before = held(engine)
    outcome = create(name, example.replace(old, new, 1), **parameters)
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert words in reason(outcome)
    assert held(engine) == before


def held(engine: Engine) -> dict[str, list[str]]:
    """The permissions of each profile."""
    return {name: profile["Permissions"] for name, profile in engine.profiles().items()}


#: Values that a parameter does not take.
NO_VALUES: list[tuple[str, dict[str, str], str]] = [
    ("other-account-role.yaml", {"ProviderRoleArn": f"arn:aws:iam::{TEAMS}:root", "ExternalId": "xx"}, "ARN of a role"),
    ("other-account-role.yaml", {"ProviderRoleArn": ROLE, "ExternalId": ""}, "2 to 1224"),
    ("let-account-invoke.yaml", {"Account": "*"}, "twelve digits"),
    ("stack-in-other-account.yaml", {"ServiceToken": "arn:aws:sqs:us-east-1:1:q"}, "topic or function"),
]


@pytest.mark.parametrize("case", NO_VALUES, ids=lambda it: f"{it[0]}: {it[2]}")
def test_a_parameter_that_is_none_is_refused_before_anything_is_made(
    create: Any, case: tuple[str, dict[str, str], str]
) -> None:
    name, parameters, words = case
    with pytest.raises(EngineError, match=words):
        create(name, **parameters)
