"""The templates of `examples/`: what is in them, and how each is tried.

Knows nothing of how a stack is deployed.
"""

from __future__ import annotations

from typing import Any

from samtranslator.yaml_helper import yaml_parse
from stack_engine import ROOT, Json

FOLDER = ROOT / "examples"

# What is tried by a test of another folder, each with the file that it is in: this engine's Connect knows only keys that it
# was started with, and no role's.
ELSEWHERE = {"other-account-profiles.yaml": "tests/conformance/test_assume_role.py"}


def names() -> set[str]:
    """All of them."""
    return {path.name for path in FOLDER.glob("*.yaml")}


def text(name: str) -> str:
    """One of them, as it is."""
    return (FOLDER / name).read_text(encoding="utf-8")


def deployed(name: str) -> str:
    """One of them, to be deployed as it is."""
    return text(name)


def resource(name: str, logical_id: str, **parameters: str) -> Json:
    """One resource of one of them, with the values of its parameters put in."""
    template = yaml_parse(text(name))
    defaults = {key: parameter.get("Default") for key, parameter in template["Parameters"].items()}
    return resolved(template["Resources"][logical_id], defaults | parameters)


def resolved(value: Any, parameters: dict[str, Any]) -> Any:
    """A value with its references to parameters carried out."""
    if isinstance(value, dict):
        if value.keys() == {"Ref"}:
            return parameters[value["Ref"]]
        return {key: resolved(member, parameters) for key, member in value.items()}
    return [resolved(member, parameters) for member in value] if isinstance(value, list) else value


def file_of(path: str) -> str:
    """A file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")
