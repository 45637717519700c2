"""The patterns of the parameters of `template.yaml`, by values good and bad in `parameters.json`.

Two engines that are not ours judge them: cfn-lint, of a template whose default is the value, and Python's. The tests of the
CDK constructs hold JavaScript's to the same values. CloudFormation has Java's; the patterns use what all of them share.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VALUES = json.loads((HERE / "parameters.json").read_text(encoding="utf-8"))
CASES = [(name, value, kind) for name, kinds in VALUES.items() for kind, values in kinds.items() for value in values]


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, whose values do not matter here."""


Loader.add_multi_constructor("!", lambda loader, tag, node: None)
DECLARED = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader)["Parameters"]


def test_every_parameter_with_a_pattern_has_values_and_a_rule_in_words():
    patterned = {name for name, declared in DECLARED.items() if "AllowedPattern" in declared}
    assert patterned == set(VALUES)
    for name in patterned - {"AlarmTopicArn"}:
        assert DECLARED[name]["ConstraintDescription"], name
    for name, kinds in VALUES.items():
        assert kinds["good"] and kinds["bad"], name


def test_every_list_has_a_pattern():
    """A list with other separators would disarm a guard: each parameter that the function or the role splits is one."""
    # A parameter with `AllowedValues`, such as `RetainLogs`, is a choice.
    lists = {
        name
        for name, it in DECLARED.items()
        if name.endswith("s") and it["Type"] in ("String", "CommaDelimitedList") and "AllowedValues" not in it
    }
    assert len(lists) == 9
    assert all("AllowedPattern" in DECLARED[name] for name in lists)


@pytest.mark.parametrize(("name", "value", "kind"), CASES)
def test_python_takes_the_good_values_and_none_of_the_bad(name, value, kind):
    assert bool(re.fullmatch(DECLARED[name]["AllowedPattern"], value)) == (kind == "good")


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """The cases whose default cfn-lint refuses for the pattern."""
    folder = tmp_path_factory.mktemp("parameters")
    for number, (name, value, _) in enumerate(CASES):
        declared = {"Type": "String", "AllowedPattern": DECLARED[name]["AllowedPattern"], "Default": value}
        # A topic that uses it, as cfn-lint reports what nothing uses.
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Value"}}}
        template = {"Parameters": {"Value": declared}, "Resources": {"Topic": topic}}
        (folder / f"{number}.json").write_text(json.dumps(template), encoding="utf-8")
    command = [Path(sys.executable).with_name("cfn-lint"), "--format", "json", "--template", *folder.iterdir()]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert not run.stderr, run.stderr
    found = json.loads(run.stdout)
    assert {finding["Rule"]["Id"] for finding in found} <= {"E2015", "E1019", "W2030"}, found
    return {int(Path(finding["Filename"]).stem) for finding in found if finding["Rule"]["Id"] == "E2015"}


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: "-".join(CASES[number])[:60])
def test_cfn_lint_takes_the_good_values_and_none_of_the_bad(number, refused):
    *_, kind = CASES[number]
    assert (number in refused) == (kind == "bad")
