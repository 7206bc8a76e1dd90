"""The committed client is exactly what the contract generates, and any difference is seen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.document import load
from scripts.generate import (
    ROOT,
    GenerationError,
    check_versions,
    contents,
    drift,
    generate,
    pinned_versions,
    replace,
)

COMMITTED = ROOT / "generated" / "sprites_api"
SCRIPT = ROOT / "scripts" / "generate.py"


def run(*arguments: str, hash_seed: str = "0") -> "subprocess.CompletedProcess[str]":
    """Run the script in an environment of its own."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        text=True,
        capture_output=True,
        check=False,
        timeout=50,
    )


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The client as generated under two seeds of Python's hashing."""
    found = {}
    for seed in ("1", "4242"):
        target = tmp_path_factory.mktemp("fresh") / "sprites_api"
        result = run("--target", str(target), hash_seed=seed)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        found[seed] = contents(target)
    return found


def test_generation_is_deterministic(generated: dict[str, dict[str, str]]):
    """The order in which Python keeps sets does not show."""
    assert generated["1"] == generated["4242"]


def test_committed_client_is_current(generated: dict[str, dict[str, str]]):
    """Nothing was edited by hand, nothing was forgotten."""
    assert drift(contents(COMMITTED), generated["1"]) == []


def test_every_module_says_that_it_is_generated():
    """Whoever opens one knows not to edit it; checkers know that the package is typed."""
    modules = [path for path in COMMITTED.rglob("*.py") if "__pycache__" not in path.parts]
    header = "# Generated from openapi.yaml by `make generate`; do not edit.\n"

    assert len(modules) > 100
    assert all(path.read_text(encoding="utf-8").startswith(header) for path in modules)
    assert (COMMITTED / "py.typed").exists()


@pytest.mark.parametrize(
    ("committed", "expected"),
    [
        ({"a.py": "1\n", "b.py": "2\n"}, []),
        ({"a.py": "1\n"}, ["missing: b.py"]),
        ({"a.py": "1\n", "b.py": "2\n", "c.py": ""}, ["extra:   c.py"]),
        ({"a.py": "1\n", "b.py": "3\n"}, ["differs: b.py", "-3", "+2"]),
        ({"a.py": "1\n", "b.py": "2\n3\n"}, ["differs: b.py", " 2", "-3"]),
        ({"a.py": "1\n", "b.py": "2"}, ["differs: b.py"]),
    ],
)
def test_drift_is_described(committed: dict[str, str], expected: list[str]):
    """Each kind of difference is named, with the lines that differ."""
    lines = drift(committed, {"a.py": "1\n", "b.py": "2\n"})

    assert expected == [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_check_reports_all_drift_and_writes_nothing(tmp_path: Path):
    """An edited, an extra and a missing file are found in one run, and left as they are."""
    target = tmp_path / "sprites_api"
    shutil.copytree(COMMITTED, target, ignore=shutil.ignore_patterns("__pycache__"))
    edited = target / "models" / "checkpoint.py"
    edited.write_text(edited.read_text("utf-8") + "# by hand\n", encoding="utf-8")
    (target / "api" / "extra.py").write_text("", encoding="utf-8")
    (target / "errors.py").unlink()
    before = contents(target)
    result = run("--check", "--target", str(target))

    assert result.returncode == 1
    for line in ("differs: models/checkpoint.py", "extra:   api/extra.py", "missing: errors.py"):
        assert line in result.stdout
    assert "-# by hand" in result.stdout
    assert before == contents(target)


def test_check_accepts_a_current_client():
    """The committed client passes its own check."""
    result = run("--check")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_contract_that_breaks_a_rule_is_not_generated(tmp_path: Path):
    """The rules come first, and the old client stays."""
    spec = tmp_path / "openapi.yaml"
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    spec.write_text(text.replace("operationId: get_sprite\n", "operationId: getSprite\n"), "utf-8")
    target = tmp_path / "sprites_api"
    target.mkdir()
    result = run("--spec", str(spec), "--target", str(target))

    assert result.returncode == 2
    assert "operation-id: an operationId must be a verb_noun" in result.stderr
    assert list(target.iterdir()) == []


def test_warning_of_the_generator_is_an_error(tmp_path: Path):
    """What it warns about is missing in the client, though it goes on."""
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    spec = tmp_path / "openapi.yaml"
    spec.write_text(text.replace("application/octet-stream:", "image/png:"), encoding="utf-8")
    assert load(spec)["paths"]

    with pytest.raises(GenerationError, match="image/png"):
        generate(spec, tmp_path / "sprites_api", tmp_path)


def test_only_pinned_tools_generate():
    """Another version of a tool would write another client."""
    pins = pinned_versions()
    check_versions(pins)

    assert {"openapi-python-client", "ruff"} == set(pins)
    with pytest.raises(GenerationError, match=r"ruff .* is installed, 0\.0\.1 is pinned"):
        check_versions({**pins, "ruff": "0.0.1"})


def test_replacing_leaves_exactly_the_fresh_files(tmp_path: Path):
    """Files of operations that are gone go, and those that stay are not touched."""
    fresh, target = tmp_path / "fresh", tmp_path / "target"
    for folder, files in ((fresh, {"a.py": "1", "new/b.py": "2"}), (target, {"old/c.py": "3"})):
        for name, text in {"same.py": "0", **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    before = (target / "same.py").stat()
    replace(target, fresh)

    assert contents(target) == {"a.py": "1", "new/b.py": "2", "same.py": "0"}
    assert before.st_mtime_ns == (target / "same.py").stat().st_mtime_ns
