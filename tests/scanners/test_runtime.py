"""The runtime of the fallback responder is one that Lambda supports for a year and more, by what cfn-lint knows of Lambda."""

from __future__ import annotations

from datetime import date, timedelta

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from samtranslator.yaml_helper import yaml_parse
from templates import TEMPLATE


def test_lambda_retires_no_runtime_of_the_template_within_a_year() -> None:
    lifecycle = load_resource(AdditionalSpecs, "LmbdRuntimeLifecycle.json")
    resources = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))["Resources"]
    runtimes = {it["Properties"]["Runtime"] for it in resources.values() if "Runtime" in it["Properties"]}
    assert len(runtimes) == 2
    for runtime in runtimes:
        assert date.fromisoformat(lifecycle[runtime]["deprecated"]) > date.today() + timedelta(days=365), runtime
