"""What the documents quote and count is as they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache

import pytest
from documents import GENERATED, ROOT, Block, blocks, documents, prose
from samtranslator.yaml_helper import yaml_parse

# What is in a block, and what checks it.
LANGUAGES = {
    "sh": "test_commands.py",
    "yaml": "test_templates.py",
    "ts": "test_synthesis.py",
    "python": "test_synthesis.py",
    "json": "parsed here",
    "hcl": "terraform, where it is installed",
    "mermaid": "drawn from the source, and compared by a test there",
    "": "forms and queries, that nothing here can read",
}

# Quotations that are another program's words, by whose they are.
OF_OTHERS = {
    "No export named connect-profiles-ServiceToken found": "CloudFormation",
    "Modifying service token is not allowed": "CloudFormation",
    "Update of resource type is not permitted": "CloudFormation",
    "The application is being used in a security profile.": "Connect",
    "You must specify a region": "the AWS CLI",
    "No region information found": "SAM",
    "Specify an environment name like 'aws://123456789012/us-east-1'": "the CDK",
}


def test_each_block_is_in_a_language_that_something_checks() -> None:
    assert {block.language for block in blocks(*LANGUAGES)} <= set(LANGUAGES)
    fences = sum(text.count("\n```") + text.startswith("```") for text in documents().values())
    assert fences == 2 * len(blocks(*LANGUAGES)), "a block in a language that is not among them"


@pytest.mark.parametrize("block", [it for it in blocks("json") if it.document not in GENERATED], ids=str)
def test_each_block_of_json_is_a_statement_of_iam(block: Block) -> None:
    assert {"Effect", "Action", "Resource"} <= set(json.loads(block.text))


@pytest.mark.parametrize("block", blocks("hcl"), ids=str)
def test_each_block_of_terraform_is_written_as_terraform_writes_it(block: Block) -> None:
    assert block.text.count("{") == block.text.count("}")
    if program := shutil.which("terraform"):
        command = [program, "fmt", "-check", "-"]
        assert subprocess.run(command, input=block.text, text=True, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("document", ["docs/faq.md", "docs/adoption.md", "docs/permissions.md"])
def test_each_reason_that_is_quoted_is_one_that_the_software_gives(document: str) -> None:
    found = re.findall(r'"([^"]+)"', re.sub(r"`[^`\n]*`", "", prose(document)))
    assert found
    for quotation in (" ".join(words.split()) for words in found):
        if quotation not in OF_OTHERS:
            assert [words for words in re.split(" … | ?…$", quotation) if words not in told()] == [], quotation


@cache
def told() -> str:
    """All that the software can say, as the compiler and YAML read texts of more than one line."""
    folders = ("src", "crates/custom-resource/src")
    sources = [path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.rs")]
    whole = "\n".join([*sources, (ROOT / "template.yaml").read_text(encoding="utf-8")])
    return " ".join(whole.replace("\\\n", "\n").split())


def test_the_page_of_permissions_names_the_actions_of_the_role() -> None:
    table = prose("docs/permissions.md").partition("## What the provider's role may do")[2].partition("\n## ")[0]
    provider_role = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]["ProviderRole"]
    granted = set(re.findall(r"connect:[A-Za-z]+", json.dumps(provider_role)))
    assert set(re.findall(r"connect:[A-Za-z]+", table)) == granted


def test_the_page_of_permissions_says_what_is_expanded() -> None:
    rows = json.loads((ROOT / "data/permissions.json").read_text(encoding="utf-8"))
    implied = {row["api_name"]: row["implies"] for row in rows if row["implies"]}
    page = documents()["docs/permissions.md"]
    for name, others in implied.items():
        if name.endswith(".Edit"):
            assert others == [name.replace(".Edit", ".View")]
        else:
            [line] = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
            short = [other if f"`{other}`" in line else f".{other.rpartition('.')[2]}" for other in others]
            assert all(f"`{other}`" in line for other in short)
    assert not any(name.endswith((".Create", ".Delete")) for name in implied)


def test_each_parameter_of_the_template_is_in_operations() -> None:
    stated = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    table = documents()["docs/operations.md"].partition("## Parameters")[2].partition("\n#")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(stated)


@pytest.mark.parametrize("way", ["cloudformation", "sam", "cdk"])
def test_the_readme_counts_the_commands_of_each_way(way: str) -> None:
    from commands import commands

    page = documents()[f"docs/getting-started-{way}.md"].partition("## 3. A change")[0]
    shown = [it for it in blocks("sh") if it.document.endswith(f"-{way}.md") and it.text in page]
    counted = [command for block in shown for command in commands(block) if not is_aside(command.words)]
    [row] = re.findall(rf"^\| {NAMES[way]} \| (\d)", documents()["README.md"], re.MULTILINE)
    assert len(counted) == int(row)


NAMES = {"sam": "SAM", "cloudformation": "CloudFormation, by the AWS CLI alone", "cdk": "CDK"}


def is_aside(words: tuple[str, ...]) -> bool:
    """Whether it is of the local way or of the other language, or only goes somewhere or looks."""
    return words[0] in ("cd", "pip") or words[:2] in (("make", "up"), ("aws", "connect")) or "aws-cdk@" in words[1]
