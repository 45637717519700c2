"""The policies of the project's roles, as they are deployed: with `--write`, into tests/it/roles.

AWS's own translator renders `template.yaml`; conditions and functions are then evaluated for the instances of the tests, as
CloudFormation would. `tests/stacks` holds the result against what a deployment made.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests/it/roles"
ACCOUNT, OTHER_ACCOUNT = "000000000000", "111111111111"
REGION = "us-east-1"
INSTANCE = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/11111111-2222-3333-4444-555555555555"
#: The second instance of the tests, in another region.
ELSEWHERE = f"arn:aws:connect:eu-west-2:{ACCOUNT}:instance/22222222-3333-4444-5555-666666666666"
#: An instance that was deleted, while the provider still names it.
GONE = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/00000000-0000-0000-0000-000000000000"
PROTECTED = f"{INSTANCE}/security-profile/aaaaaaaa-0000-4000-8000-000000000001"
INSTANCES = (INSTANCE, ELSEWHERE, GONE)
IN_OTHER_ACCOUNT = INSTANCE.replace(ACCOUNT, OTHER_ACCOUNT)

#: A provider with every setting that adds to its role.
GUARDED = {
    "AllowedRoleArns": f"arn:aws:iam::{OTHER_ACCOUNT}:role/connect-profiles",
    "OnlyOwnedProfiles": "true",
    "ProtectedProfileArns": PROTECTED,
    "SecurityGroupIds": "sg-11111111",
    "SubnetIds": "subnet-11111111",
}
#: What a property, a condition or a statement that is left out becomes.
NO_VALUE = object()

Json = Any


def roles() -> dict[str, list[Json]]:
    """The policy documents of each role by the name of its file."""
    provider = translated()
    instances = {"InstanceArns": ",".join(INSTANCES)}
    other_account = {
        "InstanceArn": IN_OTHER_ACCOUNT,
        "ProviderRoleArn": f"arn:aws:iam::{ACCOUNT}:role/provider",
        "ExternalId": "one-of-many",
    }
    return {
        "provider": policies(provider, "ProviderRole", instances, ACCOUNT),
        "provider-guarded": policies(provider, "ProviderRole", instances | GUARDED, ACCOUNT),
        "other-account": policies(
            parsed(ROOT / "examples/other-account-role.yaml"), "Role", other_account, OTHER_ACCOUNT
        ),
    }


def translated() -> Json:
    """`template.yaml` without the transform."""
    # The translator asks boto3 for a region.
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform

    template = parsed(ROOT / "template.yaml")
    for resource in template["Resources"].values():
        if resource.get("Properties", {}).get("CodeUri") == ".":
            resource["Properties"]["CodeUri"] = "s3://packages/provider.zip"
    loader = ManagedPolicyLoader(None)
    # None of AWS's managed policies is named, and there is no IAM to list them.
    loader._policy_map = {}
    return transform(template, {}, loader)


def parsed(path: Path) -> Json:
    """A template with its functions in their long form."""
    from samtranslator.yaml_helper import yaml_parse

    return yaml_parse(path.read_text(encoding="utf-8"))


def policies(template: Json, logical_id: str, parameters: dict[str, str], account: str) -> list[Json]:
    """The policy documents of a role, evaluated for a deployment."""
    known = Known(template, parameters, account)
    properties = known.evaluate(template["Resources"][logical_id]["Properties"])
    assert not {"ManagedPolicyArns", "PermissionsBoundary"} & set(properties), "these are not read"
    return [it["PolicyDocument"] for it in properties.get("Policies", [])]


class Known:
    """What functions of a template refer to."""

    def __init__(self, template: Json, parameters: dict[str, str], account: str) -> None:
        self.conditions = template.get("Conditions", {})
        self.parameters: dict[str, Json] = {}
        for name, declared in template.get("Parameters", {}).items():
            value = parameters.get(name, declared.get("Default", NO_VALUE))
            assert value is not NO_VALUE, f"{name} has no default"
            is_list = declared["Type"] == "CommaDelimitedList" or declared["Type"].startswith("List<")
            self.parameters[name] = value.split(",") if is_list else value
        self.pseudo = {
            "AWS::AccountId": account,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": "provider",
            "AWS::URLSuffix": "amazonaws.com",
        }

    def evaluate(self, value: Json) -> Json:
        """The value without functions."""
        if isinstance(value, list):
            return [it for it in map(self.evaluate, value) if it is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name == "Condition" and isinstance(argument, str) or name.startswith("Fn::"):
                return self.function(name.removeprefix("Fn::"), argument)
        evaluated = {name: self.evaluate(it) for name, it in value.items()}
        return {name: it for name, it in evaluated.items() if it is not NO_VALUE}

    def function(self, name: str, argument: Json) -> Json:
        """What a function gives."""
        if name == "Ref":
            if argument in self.parameters:
                return self.parameters[argument]
            return self.pseudo[argument] if argument in self.pseudo else argument
        if name == "Condition":
            return self.evaluate(self.conditions[argument])
        if name == "If":
            condition, then, otherwise = argument
            return self.evaluate(then if self.function("Condition", condition) else otherwise)
        if name == "GetAtt":
            # What only a deployment knows.
            attribute = ".".join(argument) if isinstance(argument, list) else argument
            return f"arn:aws:attribute:{REGION}:{self.pseudo['AWS::AccountId']}:{attribute}"
        if name == "Sub":
            text, more = argument if isinstance(argument, list) else (argument, {})
            more = self.evaluate(more)
            return re.sub(r"\$\{([^!}][^}]*)\}", lambda it: str(more.get(it[1]) or self.named(it[1])), text)
        arguments = self.evaluate(argument)
        if name == "Equals":
            return arguments[0] == arguments[1]
        if name == "Not":
            return not arguments[0]
        if name == "And":
            return all(arguments)
        if name == "Or":
            return any(arguments)
        if name == "Join":
            return arguments[0].join(arguments[1])
        if name == "Split":
            return arguments[1].split(arguments[0])
        if name == "Select":
            return arguments[1][int(arguments[0])]
        raise NotImplementedError(name)

    def named(self, name: str) -> Json:
        """What stands in `${}` of a text."""
        return self.function("GetAtt" if "." in name else "Ref", name)


def text(documents: list[Json]) -> str:
    """The file of a role."""
    return json.dumps(documents, indent=2) + "\n"


def main() -> int:
    """Writes the files or says which are not as the templates say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the files")
    is_to_write = parser.parse_args().write
    stale = []
    for name, documents in roles().items():
        path = FOLDER / f"{name}.json"
        if is_to_write:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text(documents), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text(documents):
            stale.append(path.name)
    if stale:
        print(f"not as the templates say: {', '.join(stale)}; run `make generate`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
