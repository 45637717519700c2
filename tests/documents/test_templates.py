"""Each template and part of one that the documents show does what they say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import named
from documents import ROOT, Block, blocks_of
from stack_engine import INSTANCE_ARN, Engine, Outcome
from templates import Json, is_ours, parts, template

OWNER_TAG = "custom-connect-security-profile:owner"
GETTING_STARTED = ("docs/getting-started-cloudformation.md", "docs/getting-started-sam.md")


def test_neither_cfn_lint_nor_validate_finds_anything(tmp_path: Path) -> None:
    for block in parts():
        name = str(block).replace("/", "_").replace(":", "_")
        (tmp_path / f"{name}.json").write_text(json.dumps(template(block), indent=1), encoding="utf-8")
    files = [*tmp_path.glob("*.json"), *ROOT.glob("examples/*.yaml")]
    options = ["--regions", "us-east-1", "--append-rules", ROOT / "schema"]
    for command in ([named("CFN_LINT"), *options, "--", *files], [named("CONNECT_PROFILES"), "validate", "--strict", *files]):
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout) == (0, "")


def test_a_native_resource_of_the_page_moves_by_the_program_as_it_does_by_hand(tmp_path: Path) -> None:
    native, by_hand = (template(it) for it in blocks_of("docs/migrating.md")[:3] if it.language == "yaml")
    (tmp_path / "template.json").write_text(json.dumps(native), encoding="utf-8")
    command = [named("CONNECT_PROFILES"), "migrate", "--step", "2", tmp_path / "template.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [moved], [stated] = (list(it["Resources"].values()) for it in (json.loads(done.stdout), by_hand))
    both = moved["Properties"], stated["Properties"]
    assert moved["Type"] == stated["Type"]
    ours, theirs = ({key: value for key, value in it.items() if not key.startswith("Service")} for it in both)
    assert ours == theirs


@pytest.mark.parametrize("block", [it for it in parts() if is_ours(template(it))], ids=str)
def test_each_block_is_deployed_and_goes_again(engine: Engine, block: Block) -> None:
    outcome = create(engine, "document", template(block))
    assert outcome.status == "CREATE_COMPLETE", [event.reason for event in outcome.events if event.reason]
    assert engine.delete("document").status == "DELETE_COMPLETE"


@pytest.mark.parametrize("document", GETTING_STARTED)
def test_the_first_profile_is_made_changed_and_removed(engine: Engine, document: str) -> None:
    [block] = [it for it in blocks_of(document) if it.language == "yaml"]
    assert create(engine, "profiles", template(block)).status == "CREATE_COMPLETE"
    first = engine.profiles()["Support agents"]
    assert first["Permissions"] == ["BasicAgentAccess", "OutboundCallAccess"]

    changed = block.text.replace("OutboundCallAccess]", "OutboundCallAccess, AccessMetrics]")
    outcome = engine.update("profiles", changed, InstanceArn=INSTANCE_ARN)
    assert outcome.outputs == {"AgentsArn": f"{INSTANCE_ARN}/security-profile/{first['Id']}"}
    assert "AccessMetrics" in engine.profiles()["Support agents"]["Permissions"]

    assert engine.delete("profiles").status == "DELETE_COMPLETE"
    assert "Support agents" not in engine.profiles()


def test_the_steps_of_an_adoption_keep_what_is_not_stated_and_let_go(engine: Engine) -> None:
    taken, stated, retained = (template(it) for it in blocks_of("docs/adoption.md") if it.language == "yaml")
    before = engine.profiles()["Agent"]
    assert create(engine, "adopting", with_origin(taken, "Agent")).outputs == {"Origin": "adopted"}
    assert unowned(engine.profiles()["Agent"]) == unowned(before)

    outcome = engine.update("adopting", json.dumps(stated), InstanceArn=INSTANCE_ARN)
    assert outcome.status == "UPDATE_COMPLETE"
    after = engine.profiles()["Agent"]
    assert after["Permissions"] == ["BasicAgentAccess", "OutboundCallAccess"]
    assert after["Tags"]["team"] == "support"
    assert after["Id"] == before["Id"]

    assert engine.delete("adopting").status == "DELETE_COMPLETE"
    assert OWNER_TAG not in engine.profiles()["Agent"]["Tags"]

    # The move of a profile that the stack created: it stays, and the next stack adopts it.
    create(engine, "old", retained)
    made = engine.profiles()["Support agents"]
    engine.delete("old")
    assert create(engine, "new", adopting(retained)).status == "CREATE_COMPLETE"
    assert engine.profiles()["Support agents"]["Id"] == made["Id"]
    engine.delete("new")


def test_what_a_native_resource_or_terraform_leaves_is_adopted_as_it_is(engine: Engine) -> None:
    adoptions = [template(it) for it in blocks_of("docs/migrating.md") if it.language == "yaml"]
    adoptions = [it for it in adoptions if is_ours(it)]
    assert len(adoptions) == 2
    for adoption in adoptions:
        [resource] = adoption["Resources"].values()
        left = {name: resource["Properties"][name] for name in ("SecurityProfileName", "Description", "Permissions")}
        engine.seed(left | {"Tags": {"team": "support"}, "HierarchyRestrictedResources": ["User"]})
        before = engine.profiles()["Support agents"]
        outcome = create(engine, "migrated", adoption)
        assert outcome.status == "CREATE_COMPLETE"
        assert outcome.writes[-2:] == ["CreateSecurityProfile", "TagResource"], "the try for the name, and the claim"
        assert unowned(engine.profiles()["Support agents"]) == unowned(before)
        engine.delete("migrated")
        engine.client("connect").delete_security_profile(
            InstanceId=INSTANCE_ARN.rpartition("/")[2], SecurityProfileId=before["Id"]
        )


def create(engine: Engine, name: str, stated: Json) -> Outcome:
    """Creates a stack, with the parameters that it has."""
    parameters = {"InstanceArn": INSTANCE_ARN} if "InstanceArn" in stated.get("Parameters", {}) else {}
    return engine.create(name, json.dumps(stated), **parameters)


def with_origin(stated: Json, resource: str) -> Json:
    return stated | {"Outputs": {"Origin": {"Value": {"Fn::GetAtt": [resource, "Origin"]}}}}


def adopting(stated: Json) -> Json:
    adopted = json.loads(json.dumps(stated))
    for resource in adopted["Resources"].values():
        resource["Properties"]["Adopt"] = True
    return adopted


def unowned(profile: Json) -> dict[str, Any]:
    """The profile without what an adoption changes: the owner's tag and the time."""
    kept = {name: value for name, value in profile.items() if name != "LastModifiedTime"}
    return kept | {"Tags": {key: value for key, value in profile["Tags"].items() if key != OWNER_TAG}}
