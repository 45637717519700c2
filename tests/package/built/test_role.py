"""SAM's translator leaves the roles and parameters of `template.yaml` as they are, so that what is tested of them is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parents[3] / "template.yaml"


class NoManagedPolicies:
    """The template names none."""

    def load(self) -> dict[str, str]:
        return {}


def test_sam_changes_no_role_and_no_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    declared, template = (yaml_parse(TEMPLATE.read_text(encoding="utf-8")) for _ in range(2))
    template["Resources"]["ProviderFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"
    translated = transform(template, {}, NoManagedPolicies())
    roles = {name for name, it in translated["Resources"].items() if it["Type"] == "AWS::IAM::Role"}
    assert roles == {"ProviderRole", "LastResortRole"}
    for name in roles:
        assert translated["Resources"][name] == declared["Resources"][name]
    # SAM adds parameters of its own only where the template resolves some of SSM's.
    assert translated["Parameters"] == declared["Parameters"]
    kinds = {it["Type"] for it in translated["Resources"].values()}
    assert not kinds & {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Serverless::Function"}
