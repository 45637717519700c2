"""The rule for cfn-lint on templates good and bad."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
PROFILES = [path for path in EXAMPLES if "Type: Custom::" in path.read_text()]
GOOD = sorted([*(HERE / "good").glob("*.yaml"), *EXAMPLES])
BAD = sorted((HERE / "bad").glob("*.yaml"))
EDGES = json.loads(Path(os.environ["PROPERTY_EDGES"]).read_text())


def lint(*templates):
    """All findings, from one run of cfn-lint."""
    command = [Path(sys.executable).with_name("cfn-lint"), "--append-rules", ROOT / "schema", "--format", "json", "--template"]
    run = subprocess.run([*command, *templates], capture_output=True, text=True, cwd=ROOT, check=False)
    assert not run.stderr, run.stderr
    return json.loads(run.stdout)


def told(finding):
    location = finding["Location"]
    return Path(finding["Filename"]).name, finding["Rule"]["Id"], location["Start"]["LineNumber"], finding["Message"]


def test_good_templates_and_the_examples_have_nothing_found():
    assert len(GOOD) >= 4
    assert [told(finding) for finding in lint(*GOOD)] == []


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Of the bad templates, and of the examples with a property misspelt, in one run."""
    folder = tmp_path_factory.mktemp("misspelt")
    for path in PROFILES:
        (folder / path.name).write_text(path.read_text().replace("SecurityProfileName:", "SecurityProfilName:", 1))
    return [told(finding) for finding in lint(*BAD, *folder.iterdir())]


@pytest.mark.parametrize("example", PROFILES, ids=lambda path: path.stem)
def test_a_misspelt_property_in_an_example_is_found_where_it_is(example, found):
    lines = example.read_text().splitlines()
    where = next(number for number, line in enumerate(lines, 1) if "SecurityProfileName:" in line)
    [(line, message)] = [it[2:] for it in found if it[:2] == (example.name, "E3002")]
    assert line == where
    assert "Did you mean 'SecurityProfileName'?" in message


@pytest.mark.parametrize("template", BAD, ids=lambda path: path.stem)
def test_a_bad_template_is_refused_for_its_one_mistake_where_it_is(template, found):
    lines = enumerate(template.read_text().splitlines(), 1)
    marked = [(mark[1], number) for number, line in lines if (mark := re.search(r"# ([EW]\d{4})$", line))]
    assert len(marked) == 1
    # Without any properties, each that is required is a finding.
    assert {(rule, line) for name, rule, line, _ in found if name == template.name} == set(marked)


def test_what_is_found_is_put_in_words(found):
    messages = {name: message for name, _, _, message in found}
    for name, words in {
        "unknown-property": "Did you mean 'Permissions'?",
        "unknown-permission": "did you mean `BasicAgentAccess`?",
        "instance-id-for-arn": "is not `arn:<partition>:connect:<region>:<account>:instance/<id>`",
        "external-id-without-role": "ExternalId means nothing without RoleArn",
        "short-external-id": "ExternalId must have 2 to 1224 characters: letters, digits and `_+=,.@:/-`",
        "owner-tag": "Tags[0].Key `custom-connect-security-profile:owner` is this provider's own: remove the tag; the provider sets it",
        "owner-tag-in-another-case": "Tags[0].Key is `custom-connect-security-profile:owner` in another spelling, which is this"
        " provider's own: remove the tag; the provider sets it",
        "tags-without-resources": "AllowedAccessControlTags needs TagRestrictedResources beside it",
        "unresolved-secret": "Tags[0].Value holds the dynamic reference `{{resolve:secretsmanager:…}}`, which CloudFormation does not"
        " resolve in custom resources; use a parameter with `NoEcho`, or `{{resolve:ssm:…}}` for a value that is not secret",
        "unresolved-secure-parameter": "Revision holds the dynamic reference `{{resolve:ssm-secure:…}}`",
    }.items():
        assert words in messages[f"{name}.yaml"]


@pytest.mark.parametrize("written", ["TOP SECRET", "[TOPSECRET]", "{a: TOPSECRET}", '"é-SECRET"', "!If [C, TOP SECRET, x]"])
def test_an_external_id_is_never_quoted(written, tmp_path):
    text = (HERE / "bad" / "short-external-id.yaml").read_text()
    template = tmp_path / "external-id.yaml"
    template.write_text(text.replace("ExternalId: x # E3031", f"ExternalId: {written}"))
    messages = [finding["Message"] for finding in lint(template)]
    assert any("ExternalId must " in message for message in messages)
    assert not any("SECRET" in message for message in messages)


@pytest.mark.parametrize("accepted", [True, False])
def test_the_rule_and_the_provider_agree_on_every_limit(accepted, tmp_path):
    edges = [edge for edge in EDGES if edge["accepted"] is accepted]
    resources = {
        f"R{index}": {"Type": edge["type"], "Properties": edge["properties"]} for index, edge in enumerate(edges)
    }
    template = tmp_path / "edges.json"
    template.write_text(json.dumps({"Resources": resources}, indent=1))
    errors = [finding for finding in lint(template) if finding["Level"] == "Error"]
    # That there are more than 500 resources is no matter here.
    refused = {finding["Location"]["Path"][1] for finding in errors if len(finding["Location"]["Path"] or []) > 1}
    wrong = [edge["what"] for index, edge in enumerate(edges) if (f"R{index}" in refused) is accepted]
    assert edges and wrong == []


def test_what_is_no_resource_at_all_is_left_to_cfn_lint(tmp_path):
    template = tmp_path / "odd.yaml"
    template.write_text("Resources: {A: {Type: [x]}, B: {Type: Custom::ConnectSecurityProfile, Properties: [x]}, C: {Type: 5}}")
    assert not [finding for finding in lint(template) if finding["Rule"]["Id"] == "E0002" and "96" in finding["Message"]]
