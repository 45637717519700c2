"""The apps of the CDK page: synthesized from the text of the page with the built constructs, and deployed."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest
from conftest import named
from documents import blocks, blocks_of
from stack_engine import Engine
from synthesis import PAGE, Synthesis

# Blocks that are no apps, with what shows that they are right.
PARTS = {"cdk/README.md": "parts of an app; the examples beside it are whole, and deployed by cdk/test"}

Json = dict[str, Any]


def test_each_app_that_is_shown_is_tried() -> None:
    assert {block.document for block in blocks("ts", "python")} == {PAGE, *PARTS}


@pytest.fixture
def synthesized(synthesis: Synthesis) -> dict[str, Json]:
    """The templates of both apps in TypeScript."""
    return synthesis.templates()


def test_the_app_brings_a_profile_and_a_provider_for_this_instance(synthesized: dict[str, Json]) -> None:
    stated = profile(synthesized["account"])
    assert stated["SecurityProfileName"] == "Support agents"
    resources = synthesized["account"]["Resources"].values()
    [function] = [it for it in resources if it["Properties"].get("Handler") == "bootstrap"]
    allowed = function["Properties"]["Environment"]["Variables"]["ALLOWED_INSTANCE_ARNS"]
    assert allowed == stated["InstanceArn"]


def test_the_local_app_is_deployed(engine: Engine, synthesized: dict[str, Json]) -> None:
    local = synthesized["local"]
    types = {it["Type"] for it in local["Resources"].values()}
    assert types <= {"Custom::ConnectSecurityProfile", "AWS::CDK::Metadata"}
    assert engine.create("cdk", json.dumps(local)).status == "CREATE_COMPLETE"
    assert engine.profiles()["Support agents"]["Permissions"] == ["BasicAgentAccess", "OutboundCallAccess"]
    engine.delete("cdk")


def test_the_app_in_python_says_what_that_in_typescript_says(synthesized: dict[str, Json]) -> None:
    """Held to the generated package's signatures: synthesis takes ten seconds, and cdk/test does it with another app."""
    [block] = [it for it in blocks_of(PAGE) if it.language == "python"]
    [call] = [it for it in ast.walk(ast.parse(block.text)) if called(it) == "SecurityProfile"]
    source = named("CDK") / "dist/code/python/src/connect_security_profile_cdk/__init__.py"
    body = ast.parse(source.read_text(encoding="utf-8")).body
    classes = {it.name: it for it in body if isinstance(it, ast.ClassDef)}
    [init] = [it for it in classes["SecurityProfile"].body if getattr(it, "name", "") == "__init__"]
    stated = {keyword.arg: keyword.value for keyword in call.keywords}
    assert set(stated) <= {argument.arg for argument in init.args.kwonlyargs}
    constants = [it.attr for it in stated["permissions"].elts]
    assert set(constants) <= {getattr(it, "name", "") for it in classes["Permission"].body}
    shown = next(it.text for it in blocks_of(PAGE) if it.language == "ts")
    assert re.findall(r"Permission\.(\w+)", shown) == constants
    told = profile(synthesized["account"])
    assert (stated["instance_arn"].value, stated["security_profile_name"].value) == (
        told["InstanceArn"],
        told["SecurityProfileName"],
    )


def called(node: ast.AST) -> str | None:
    """What a call calls by its name."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def profile(template: Json) -> Json:
    """The properties of the one profile."""
    [found] = [it for it in template["Resources"].values() if it["Type"] == "Custom::ConnectSecurityProfile"]
    return {name: value for name, value in found["Properties"].items() if name != "ServiceToken"}
