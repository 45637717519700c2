"""checkov finds nothing in the template and the examples that is not answered: put right, or suppressed with a reason."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from templates import EVERYTHING, EXAMPLES, TEMPLATE, translated, with_defaults

Check = tuple[str, str]


@dataclass(frozen=True)
class Report:
    """What checkov says of one file: checks by their id and resource."""

    failed: set[Check]
    skipped: dict[Check, str]
    passed: int


def scan(folder: Path) -> dict[str, Report]:
    """All files of a folder, in one run of checkov, offline."""
    command = [os.environ["CHECKOV"], "--directory", folder, "--skip-download", "--output", "json"]
    command += ["--framework", "cloudformation", "secrets"]
    # It logs what it could not fetch; what it finds is its output.
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    told = json.loads(run.stdout)
    reports: dict[str, Report] = {}
    for framework in told if isinstance(told, list) else [told]:
        assert not framework["results"]["parsing_errors"]
        results = framework["results"]
        for name in {check["file_path"] for kind in ("passed", "failed", "skipped") for check in results[f"{kind}_checks"]}:
            of_file = {
                kind: [check for check in results[f"{kind}_checks"] if check["file_path"] == name]
                for kind in ("passed", "failed", "skipped")
            }
            known = reports.get(name.lstrip("/"), Report(set(), {}, 0))
            reports[name.lstrip("/")] = Report(
                known.failed | {key(check) for check in of_file["failed"]},
                known.skipped | {key(check): check["check_result"]["suppress_comment"] for check in of_file["skipped"]},
                known.passed + len(of_file["passed"]),
            )
    return reports


def key(check: dict[str, str]) -> Check:
    return check["check_id"], check["resource"].rpartition(".")[2]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Of every template, in one run."""
    folder = tmp_path_factory.mktemp("scanned")
    text = TEMPLATE.read_text(encoding="utf-8")
    with_everything = with_defaults(text, EVERYTHING)
    for name, content in {
        "template.yaml": text,
        "template-with-everything.yaml": with_everything,
        "translated.json": translated(text),
        "translated-with-everything.json": translated(with_everything),
        # The suppressions taken out: what they are for.
        "unanswered.yaml": text.replace("      checkov:\n", "      other:\n"),
        **{path.name: path.read_text(encoding="utf-8") for path in EXAMPLES},
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return scan(folder)


def test_nothing_is_found_that_is_not_answered(reports: dict[str, Report]) -> None:
    failed = {name: report.failed for name, report in reports.items() if report.failed and name != "unanswered.yaml"}
    assert failed == {}


def test_the_template_is_scanned_with_what_stands_under_conditions_and_as_sam_translates_it(
    reports: dict[str, Report],
) -> None:
    assert reports["template.yaml"].passed > 20
    assert reports["template-with-everything.yaml"].passed > reports["template.yaml"].passed
    assert reports["translated.json"].passed > 20
    assert reports["translated-with-everything.json"].passed > reports["translated.json"].passed
    # The others hold no resource that checkov knows.
    assert reports["other-account-role.yaml"].passed > 5


@pytest.mark.parametrize("name", ["template.yaml", "template-with-everything.yaml", "translated.json"])
def test_every_suppression_has_a_reason_and_suppresses_something(name: str, reports: dict[str, Report]) -> None:
    suppressed = reports[name].skipped
    assert set(suppressed) == reports["unanswered.yaml"].failed
    assert all(len(reason) > 40 for reason in suppressed.values())


def test_every_suppression_that_is_written_is_known_to_checkov(reports: dict[str, Report]) -> None:
    written = TEMPLATE.read_text(encoding="utf-8").count("- id: CKV")
    assert written == len(reports["template.yaml"].skipped) > 0
