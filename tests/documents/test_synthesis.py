"""The apps of the CDK page: synthesized from the text of the page with the built constructs, and deployed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from documents import blocks
from stack_engine import Engine
from synthesis import PAGE, Synthesis

# Blocks that are no apps, with what shows that they are right.
PARTS = {"cdk/README.md": "parts of an app; the examples beside it are whole, and deployed by cdk/test"}

Json = dict[str, Any]


def test_each_app_that_is_shown_is_tried() -> None:
    assert {block.document for block in blocks("ts", "python")} == {PAGE, *PARTS}


@pytest.fixture
def synthesized(synthesis: Synthesis) -> dict[str, Json]:
    """The templates of the apps."""
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


def test_the_app_in_python_is_the_same_as_that_in_typescript(synthesized: dict[str, Json]) -> None:
    assert synthesized["python"] == synthesized["account"]


def profile(template: Json) -> Json:
    """The properties of the one profile."""
    [found] = [it for it in template["Resources"].values() if it["Type"] == "Custom::ConnectSecurityProfile"]
    return {name: value for name, value in found["Properties"].items() if name != "ServiceToken"}
