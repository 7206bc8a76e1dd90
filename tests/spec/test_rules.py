"""Each rule of the contract finds the one fault that it is about, and nothing else does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codegen.lint import RULES, lint
from codegen.lint.spec import Finding

HERE = Path(__file__).parent
LINTER = HERE.parents[1] / "scripts" / "lint_spec.py"
MINIMAL = (HERE / "minimal.yaml").read_text(encoding="utf-8")
FAULTS = YAML(typ="safe", pure=True).load((HERE / "mutations.yaml").read_text(encoding="utf-8"))
MUTATIONS = [(fault.pop("rule"), fault) for fault in FAULTS]
IDS = [f"{index}-{rule}" for index, (rule, _) in enumerate(MUTATIONS)]


def broken(old: str, new: str, times: int = 1) -> str:
    """Replace a text of the minimal document, which must stand there so many times."""
    assert MINIMAL.count(old) == times, old
    return MINIMAL.replace(old, new)


def run_linter(spec: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command line on a document."""
    command = [sys.executable, str(LINTER), str(spec)]
    return subprocess.run(command, text=True, capture_output=True, check=False, timeout=30)


def test_minimal_document_breaks_no_rule():
    """The mutations below start from a clean document."""
    assert lint(MINIMAL) == []


@pytest.mark.parametrize(("rule", "mutation"), MUTATIONS, ids=IDS)
def test_rule_finds_its_fault_alone(rule: str, mutation: dict[str, Any]):
    """A fault breaks one rule."""
    found = {finding.rule for finding in lint(broken(**mutation))}

    assert {rule} == found


def test_every_rule_is_tried():
    """A rule without a document that breaks it may never fire."""
    assert set(RULES) == {rule for rule, _ in MUTATIONS}


def test_finding_names_the_line():
    """A finding points at the very line, also in flow style."""
    text = broken("description: Its size.}", "description: Its size., default: 1}")
    line = 1 + next(i for i, row in enumerate(text.splitlines()) if "default: 1" in row)

    assert [Finding(line, "no-default", "say the default in the description")] == lint(text)


def test_command_prints_findings_like_a_compiler(tmp_path: Path):
    """Editors and people can jump to `file:line`, and the status says that something is wrong."""
    spec = tmp_path / "bad.yaml"
    spec.write_text(broken("openapi: 3.1.0", "openapi: 3.2.0"), encoding="utf-8")
    result = run_linter(spec)

    expected = f"{spec}:1: openapi-version: the version must be 3.1.0\n"
    assert (1, expected, "") == (result.returncode, result.stdout, result.stderr)


def test_command_is_silent_about_a_good_document():
    """No news is good news, and status 0."""
    result = run_linter(HERE / "minimal.yaml")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_command_says_what_it_cannot_read(tmp_path: Path):
    """A file that is no YAML is an error of its own, not a traceback."""
    spec = tmp_path / "broken.yaml"
    spec.write_text("openapi: [", encoding="utf-8")
    result = run_linter(spec)

    assert result.returncode == 2
    assert f"{spec}: cannot be read" in result.stderr
    assert "Traceback" not in result.stderr
