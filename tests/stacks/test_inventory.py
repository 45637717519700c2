"""The command line beside a CloudFormation: whose stacks are gone, and what is exported is deployed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from stack import OWNER_TAG, Stack
from stack_engine import ACCOUNT, INSTANCE_ARN, REGION, Engine, Json, Outcome

PROGRAM = Path(os.environ.get("CONNECT_EMULATOR", "")).parent / "connect-profiles"


def run(engine: Engine, *arguments: str) -> str:
    """What the program writes to standard output."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
    files = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    endpoints = {"AWS_ENDPOINT_URL_CONNECT": engine.connect_url, "AWS_ENDPOINT_URL_CLOUDFORMATION": engine.url}
    environment = {"PATH": os.environ["PATH"]} | keys | files | endpoints
    done = subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def orphans(engine: Engine, stack: Stack) -> dict[str, str]:
    """Of the test's profiles, those that are orphans, or may be, with the reason."""
    text = run(
        engine,
        "list",
        "--instance-arn",
        INSTANCE_ARN,
        "--orphans",
        "--name",
        f"{stack.prefix} *",
        "--rate",
        "100/100",
        "--format",
        "json",
    )
    rows: list[Json] = json.loads(text)["rows"]
    names = {row["security_profile_name"]: f"{row['orphan']}: {row['reason']}" for row in rows}
    return {name.removeprefix(stack.prefix + " "): fate for name, fate in names.items()}


def test_orphans_are_the_profiles_of_stacks_and_resources_that_are_gone(engine: Engine, stack: Stack) -> None:
    assert stack.create(A=stack.profile("a")).status == "CREATE_COMPLETE"
    assert orphans(engine, stack) == {}

    tag = stack.existing("a")["Tags"][OWNER_TAG]
    stack.by_hand("resource", Tags={OWNER_TAG: tag.replace("/A/", "/Removed/")})
    stack.by_hand("other", Tags={OWNER_TAG: tag})
    unknown = f"v1/created/{REGION}/{ACCOUNT}/00000000-0000-4000-8000-000000000000/A/never"
    stack.by_hand("stack", Tags={OWNER_TAG: unknown})
    found = orphans(engine, stack)
    assert found.keys() == {"resource", "other", "stack"}
    assert found["resource"] == "orphan: its stack has no resource `Removed`"
    assert found["other"].startswith("orphan: its resource `A` holds another profile: ")
    assert found["stack"] == "orphan: its stack is gone"

    assert stack.delete().status == "DELETE_COMPLETE"
    assert orphans(engine, stack)["resource"] in {"orphan: its stack was deleted", "orphan: its stack is gone"}


def test_what_is_exported_is_deployed_and_changes_nothing_but_the_owner(
    engine: Engine, provider: Outcome, stack: Stack
) -> None:
    members: Json = {"Description": 'by "hand": #1', "Permissions": ["Users.View"], "Tags": {"team": "on"}}
    before = stack.by_hand("a", **members)
    template = run(engine, "export", stack.named("a"), "--instance-arn", INSTANCE_ARN, "--rate", "100/100")
    outcome = engine.create(stack.name, template, ServiceToken=provider.outputs["ServiceToken"])
    assert outcome.status == "CREATE_COMPLETE"
    assert outcome.writes == ["CreateSecurityProfile", "TagResource"]
    assert outcome.refused == ["CreateSecurityProfile"]
    after = stack.existing("a")
    assert after["Tags"].pop(OWNER_TAG)
    assert after == before
