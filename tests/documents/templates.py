"""A block of YAML as the template that a reader would put it into."""

from __future__ import annotations

import json
from typing import Any

from documents import GENERATED, Block, blocks
from samtranslator.yaml_helper import yaml_parse

Json = dict[str, Any]
PROFILE = "Custom::ConnectSecurityProfile"


def parts() -> list[Block]:
    """Every block of YAML that is a template or a part of one."""
    return [block for block in blocks("yaml") if block.document not in GENERATED]


def template(block: Block) -> Json:
    """The template: the block itself, or one with its resources, or one with a profile that has its properties."""
    part = yaml_parse(block.text)
    if "Resources" in part:
        return part
    if not all(isinstance(value, dict) and "Type" in value for value in part.values()):
        fixed = {
            "ServiceToken": {"Fn::ImportValue": "connect-profiles-ServiceToken"},
            "InstanceArn": {"Ref": "InstanceArn"},
            "SecurityProfileName": "A part of a profile",
        }
        part = {"Part": {"Type": PROFILE, "Properties": fixed | part}}
    parameters = {"InstanceArn": {"Type": "String"}} if '"Ref": "InstanceArn"' in json.dumps(part) else {}
    return {"Parameters": parameters, "Resources": part} if parameters else {"Resources": part}


def is_ours(stated: Json) -> bool:
    """Whether the local engine can deploy all of it."""
    return all(resource["Type"].startswith(PROFILE) for resource in stated["Resources"].values())
