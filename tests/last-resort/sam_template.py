"""Reads the function out of `template.yaml`, so that what is tested is what is deployed."""

from pathlib import Path

import yaml

PATH = Path(__file__).resolve().parents[2] / "template.yaml"
LOG_GROUP = "/aws/lambda/connect-profiles-provider"


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, each kept as `{"!Sub": ...}`."""


def keep(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        return {"!" + tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {"!" + tag: loader.construct_sequence(node, deep=True)}
    return {"!" + tag: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", keep)

FUNCTION = yaml.load(PATH.read_text(encoding="utf-8"), Loader)["Resources"]["LastResortFunction"][
    "Properties"
]
CODE = FUNCTION["Code"]["ZipFile"]


def environment(allowed_origins):
    """The function's variables as CloudFormation would resolve them."""
    resolved = {}
    for name, value in FUNCTION["Environment"]["Variables"].items():
        match value:
            case {"!Sub": [text, {"LogGroup": {"!If": [_, _, {"!Ref": "ProviderLogGroup"}]}}]}:
                resolved[name] = text.replace("${LogGroup}", LOG_GROUP)
                assert "${" not in resolved[name]
            case {"!Ref": "ResponseUrlAllowedOrigins"}:
                resolved[name] = allowed_origins
            case str():
                resolved[name] = value
            case _:
                raise AssertionError(f"{name}: {value} is not resolved here")
    return resolved
