"""What synthesis says of mistakes is what the provider says of the same properties."""

from __future__ import annotations

import json
import os
import random
import subprocess
from typing import Any

from answers import Answers
from conftest import CDK
from stack_engine import ACCOUNT, INSTANCE_ARN, PROVIDER_STACK, REGION, Engine

Json = dict[str, Any]
CASES = int(os.environ.get("CDK_RULES_CASES", "50"))
SEED = int(os.environ.get("CDK_RULES_SEED", "1"))


def test_synthesis_and_the_provider_say_the_same_of_mistakes(
    engine: Engine, answers: Answers, deployed: Json
) -> None:
    source = random.Random(SEED)
    cases = [properties(source) for _ in range(CASES)]
    expected = by_synthesis(cases)
    said = [by_provider(engine, answers, number, case) for number, case in enumerate(cases)]
    differing = [row for row in zip(cases, expected, said, strict=True) if not agree(row[1], row[2])]
    assert not differing, f"with CDK_RULES_SEED={SEED}, {len(differing)} cases; the first: {differing[0][1:]}"
    assert 0.4 * CASES < sum(map(bool, expected)) < CASES


def agree(mistakes: list[str], reason: str) -> bool:
    """Whether the reason says just these mistakes."""
    if not mistakes:
        return "in the properties:" not in reason
    if len(mistakes) == 1:
        return reason.startswith(f"a mistake in the properties: {mistakes[0]}")
    numbered = " ".join(f"({index}) {mistake}" for index, mistake in enumerate(mistakes, 1))
    return f"{len(mistakes)} mistakes in the properties: {numbered}" in reason


def by_synthesis(cases: list[Json]) -> list[list[str]]:
    """The mistakes in each case that the constructs find."""
    script = (
        "const { mistakesIn } = require('./lib/private/rules');"
        "const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"console.log(JSON.stringify(cases.map((it) => mistakesIn(it, '{ACCOUNT}'))));"
    )
    command = ["node", "-e", script]
    found = subprocess.run(command, cwd=CDK, input=json.dumps(cases), check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


def by_provider(engine: Engine, answers: Answers, number: int, case: Json) -> str:
    """What the provider says to a Create with these properties."""
    path = f"/{number}"
    event = {
        "RequestType": "Create",
        "RequestId": f"request-{number}",
        "ResponseURL": answers.url + path,
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/rules/11111111-2222-3333-4444-{number:012}",
        "ResourceType": "Custom::ConnectSecurityProfile",
        "LogicalResourceId": "Mistaken",
        "ResourceProperties": {"ServiceToken": "token"} | case,
    }
    engine.client("lambda").invoke(FunctionName=f"{PROVIDER_STACK}-provider", Payload=json.dumps(event))
    return answers.take(path).get("Reason", "")


def properties(source: random.Random) -> Json:
    """Properties of which most are right and near a limit, and some are just beyond it."""

    def chance(share: float) -> bool:
        return source.random() < share

    def text(longest: int, *odd: str, shortest: int = 1) -> str:
        right = ["a", "x" * longest, "A b_c@d-1", *([""] if shortest == 0 else [])]
        wrong = ["x" * (longest + 1), "😀" * (longest + 1), *odd, *([""] if shortest else [])]
        return source.choice(wrong if chance(0.07) else right)

    def several(most: int, item: Any) -> list[Any]:
        counts = [0, 1, 1, 2, 2, 3] + ([most, most + 1] if most < 12 else [])
        return [item(index) for index in range(source.choice(counts))]

    def tags(most: int, own: bool) -> list[Json]:
        odd = ["aws:x", "custom-connect-security-profile:owner", "a,b", "k#", "tab\t"] if own else []
        return several(
            most,
            lambda index: {
                "Key": f"Schlüssel {index}" if chance(0.7) else text(128, *odd),
                "Value": text(256, shortest=0) if chance(0.3) else "v",
            },
        )

    def names(most: int) -> list[str]:
        return several(most, lambda index: f"N{index}" if chance(0.8) else text(128))

    def with_kind(key: str, longest: int, kinds: list[str]) -> Any:
        def item(index: int) -> Json:
            identity = {key: source.choice(["a", f"i{index}"]) if chance(0.9) else text(longest)}
            return identity | ({"Type": source.choice(kinds)} if chance(0.4) else {})

        return item

    def application(index: int) -> Json:
        kinds = ["MCP", "THIRD_PARTY_APPLICATION"]
        permissions = source.sample(["ACCESS", "SEARCH"], source.choice([1, 1, 2])) if chance(0.9) else names(3)
        return with_kind("Namespace", 128, kinds)(index) | {"ApplicationPermissions": permissions}

    def attribute(index: int) -> Json:
        odd = ["aws:a", "connect:b", "€"]
        values = [text(1000, "€", "\u0085") for _ in range(source.choice([1, 2, 2, 3] if chance(0.3) else [1]))]
        name = f"a{index}" if chance(0.7) else text(127, *odd)
        return {"AccessType": "ALLOW", "AttributeName": name, "Values": values if chance(0.95) else []}

    other = INSTANCE_ARN.replace(ACCOUNT, "999999999999")
    stated: Json = {
        "InstanceArn": source.choice(["i-1", other, INSTANCE_ARN + "/x", "y" * 80]) if chance(0.1) else INSTANCE_ARN,
        "SecurityProfileName": text(127, "A.b", "é"),
    }
    optional: dict[str, Any] = {
        "RoleArn": lambda: source.choice(["role", f"arn:aws:iam::{ACCOUNT}:role/a", "arn:aws:iam::999999999999:role/p/a", ""]),
        "Description": lambda: text(250, shortest=0),
        "Permissions": lambda: names(500) if chance(0.9) else [f"P{index}" for index in range(source.choice([499, 500, 501]))],
        "ExpandPermissions": lambda: chance(0.5),
        "HierarchyRestrictedResources": lambda: names(10),
        "AllowedAccessControlHierarchyGroupId": lambda: text(127, shortest=0),
        "Applications": lambda: several(10, application),
        "AllowedFlowModules": lambda: several(10, with_kind("FlowModuleId", 128, ["MCP"])),
        "AllowedAIAgents": lambda: several(100, with_kind("Arn", 2048, ["THIRD_PARTY"])),
        "Tags": lambda: tags(49, own=True),
        "Adopt": lambda: False,
    }
    stated |= {name: make() for name, make in optional.items() if chance(0.3)}
    if chance(0.3):
        keys = tags(4, own=False)
        stated["AllowedAccessControlTags"] = list({tag["Key"]: tag for tag in keys}.values())
    if chance(0.8) if "AllowedAccessControlTags" in stated else chance(0.05):
        stated["TagRestrictedResources"] = names(10)
    if chance(0.3):
        inner: Json = {"PrimaryAttributeValues": several(5, attribute)}
        stated["GranularAccessControlConfiguration"] = {
            "DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration": inner}
        }
    return stated
