"""What the CDK synthesizes, deployed: by `cdk deploy` where that is what is tested, else as a template."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from conftest import PYTHON, Assembly, Toolkit
from stack_engine import BUCKET, INSTANCE_ARN, INSTANCE_ID, Engine

OWNER_TAG = "custom-connect-security-profile:owner"
Json = dict[str, Any]


def outputs(engine: Engine, stack: str) -> dict[str, str]:
    """The outputs of a stack."""
    described = engine.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def tags(profile: Json) -> dict[str, str]:
    """A profile's tags, without the owner's."""
    return {key: value for key, value in profile["Tags"].items() if key != OWNER_TAG}


def test_python_and_typescript_say_the_same(assemblies: dict[str, Assembly]) -> None:
    one, other = (assemblies[language].template("ContactCentre") for language in ("typescript", "python"))
    assert one == other
    assert any(it["Type"] == "Custom::ConnectSecurityProfileLookup" for it in one["Resources"].values())


def test_cfn_lint_finds_nothing(assemblies: dict[str, Assembly]) -> None:
    templates = [str(path) for assembly in assemblies.values() for path in assembly.templates()]
    # W3005: a dependency that a reference implies already; the CDK states it all the same.
    found = subprocess.run([PYTHON / "cfn-lint", "--ignore-checks", "W3005", "--", *templates], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_a_contact_centre_is_deployed_changed_and_deleted(
    engine: Engine, assemblies: dict[str, Assembly], deployed: Json
) -> None:
    before, live = deployed, engine.profiles()
    agents = live["CDK agents"]
    assert agents["Permissions"] == ["BasicAgentAccess"]
    assert agents["Description"] == "Takes calls"
    assert agents["AllowedAccessControlTags"] == {"team": "support"}
    assert agents["TagRestrictedResources"] == agents["HierarchyRestrictedResources"] == ["User"]
    assert [it["Namespace"] for it in agents["Applications"]] == ["shop.orders"]
    assert [it["FlowModuleId"] for it in agents["AllowedFlowModules"]] == ["module"]
    assert len(agents["AllowedAIAgents"]) == 1
    assert "north" in json.dumps(agents["GranularAccessControlConfiguration"])
    assert tags(agents) == {"team": "support"}
    assert "/cdk-centre" in agents["Tags"][OWNER_TAG]
    assert live["Agent"]["Permissions"] == before["Agent"]["Permissions"]

    arn = f"{INSTANCE_ARN}/security-profile/{agents['Id']}"
    stated = outputs(engine, "cdk-centre")
    assert int(stated.pop("AgentsTime")) == int(agents["LastModifiedTime"])
    assert stated == {
        "AgentsArn": arn,
        "AgentsId": agents["Id"],
        "AgentsName": "CDK agents",
        "AgentsInstanceId": INSTANCE_ID,
        "AgentsOrigin": "created",
        "AgentsRegion": "us-east-1",
        "KeptArn": f"{INSTANCE_ARN}/security-profile/{live['CDK kept']['Id']}",
        "AdoptedOrigin": "adopted",
        "FoundArn": f"{INSTANCE_ARN}/security-profile/{live['QualityAnalyst']['Id']}",
        "FoundId": live["QualityAnalyst"]["Id"],
    }

    # The command line looks only every five seconds whether it is done, so what follows goes without it.
    updated = engine.update("cdk-centre", json.dumps(assemblies["tests"].template("Changed")))
    assert updated.status == "UPDATE_COMPLETE"
    changed = engine.profiles()["CDK agents"]
    assert changed["Id"] == agents["Id"]
    assert changed["Permissions"] == ["BasicAgentAccess", "Users.Edit", "Users.View"]
    assert tags(changed) == changed["AllowedAccessControlTags"] == {"team": "sales"}

    assert engine.delete("cdk-centre").status == "DELETE_COMPLETE"
    after = engine.profiles()
    assert "CDK agents" not in after
    for name in ("CDK kept", "Agent"):
        assert OWNER_TAG not in after[name]["Tags"], "it is free for another stack"
    assert tags(after["CDK kept"]) == {"team": "sales"}
    assert after["QualityAnalyst"] == before["QualityAnalyst"]


def test_a_guard_that_is_a_prop_holds(engine: Engine, assemblies: dict[str, Assembly], deployed: Json) -> None:
    before = engine.profiles()
    outcome = engine.create("cdk-denied", json.dumps(assemblies["tests"].template("Denied")))
    assert outcome.status == "ROLLBACK_COMPLETE"
    reason = next(event.reason for event in outcome.events if event.status == "CREATE_FAILED")
    assert "DENIED_PERMISSIONS forbids the permissions `SecurityProfiles.Edit` (by `SecurityProfiles.*`)" in reason
    assert engine.profiles() == before


def test_what_python_synthesized_works(
    engine: Engine, toolkit: Toolkit, assemblies: dict[str, Assembly], deployed: Json
) -> None:
    template = assemblies["python"].template("ContactCentre")
    # It is for AWS as it is: here it needs the endpoints of the engine, and the package where this bucket has it.
    handler = next(
        it["Properties"] for it in template["Resources"].values() if it["Properties"].get("Handler") == "bootstrap"
    )
    engine.client("s3").put_object(Bucket=BUCKET, Key="example.zip", Body=toolkit.package.read_bytes())
    handler["Code"] = {"S3Bucket": BUCKET, "S3Key": "example.zip"}
    handler["Environment"]["Variables"] |= {
        "AWS_ENDPOINT_URL_CONNECT": engine.connect_url,
        "RESPONSE_URL_ALLOWED_ORIGINS": engine.url,
    }
    for part in ("Parameters", "Rules"):
        template.pop(part, None)
    outcome = engine.create("cdk-python", json.dumps(template))
    assert outcome.status == "CREATE_COMPLETE"
    live = engine.profiles()
    assert outcome.outputs["AgentsArn"].endswith(live["Contact centre agents"]["Id"])
    assert outcome.outputs["StandardArn"].endswith(live["Agent"]["Id"])
    assert tags(live["Contact centre supervisors"]) == {"team": "support"}
    assert engine.delete("cdk-python").status == "DELETE_COMPLETE"
    after = engine.profiles()
    assert "Contact centre agents" not in after
    assert OWNER_TAG not in after["Contact centre supervisors"]["Tags"]
