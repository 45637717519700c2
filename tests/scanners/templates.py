"""The templates that are scanned: as they are in the repository, as SAM hands them to CloudFormation, and with every option."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))

#: A scanner judges a resource by the defaults of the parameters, so what stands under a condition is scanned with these.
EVERYTHING = {
    "AllowedStackAccounts": "210987654321",
    "RetainLogs": '"true"',
    "StackTopic": '"true"',
    "SubnetIds": "subnet-0123456789abcdef0",
    "SecurityGroupIds": "sg-0123456789abcdef0",
    "AllowedRoleArns": "arn:aws:iam::210987654321:role/connect",
    "KmsKeyArn": "arn:aws:kms:eu-west-2:123456789012:key/00000000-0000-0000-0000-000000000000",
    "OnlyOwnedProfiles": '"true"',
}


def with_defaults(text: str, defaults: dict[str, str]) -> str:
    """A template with other defaults for parameters."""
    for name, value in defaults.items():
        parameter = re.compile(rf"^(  {name}:\n(?:    .*\n)*?    Default: ).*$", re.MULTILINE)
        text, changed = parameter.subn(lambda found, value=value: found[1] + value, text)
        assert changed == 1, name
    return text


def translated(text: str) -> str:
    """A template of SAM as the one of CloudFormation that it stands for."""
    template = yaml_parse(text)
    # What `sam package` writes in place of the folder.
    template["Resources"]["ProviderFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
    template["Parameters"]["InstanceArns"]["Default"] = "arn:aws:connect:eu-west-2:123456789012:instance/1"
    return json.dumps(transform(template, {}, _NoManagedPolicies()), indent=1)


class _NoManagedPolicies:
    """SAM asks for the ARNs of AWS's policies by their names; the template names none."""

    def load(self) -> dict[str, str]:
        return {}
