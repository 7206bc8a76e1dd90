"""Generate the low-level client from openapi.yaml, or check that the committed one is current."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python puts only scripts/ on the path

from codegen.document import for_generator, load  # noqa: E402
from codegen.lint import lint  # noqa: E402
from codegen.templates import AnchorError, write_templates  # noqa: E402

HEADER = "# Generated from openapi.yaml by `make generate`; do not edit.\n"
TOOLS = ("openapi-python-client", "ruff")
SHOWN_DIFF_LINES = 40


class GenerationError(Exception):
    """The client could not be generated; the message says why."""


def pinned_versions() -> dict[str, str]:
    """Read the versions that the `codegen` extra of pyproject.toml demands."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    exact = [line.split("==") for line in project["optional-dependencies"]["codegen"]]
    pins = {pair[0]: pair[1] for pair in exact if len(pair) == 2}
    if missing := set(TOOLS) - set(pins):
        raise GenerationError(f"pyproject.toml does not pin {', '.join(sorted(missing))}")
    return {name: pins[name] for name in TOOLS}


def check_versions(pins: dict[str, str]) -> None:
    """Refuse to generate with other tools than the pinned ones."""
    for name, wanted in pins.items():
        if (found := version(name)) != wanted:
            raise GenerationError(f"{name} {found} is installed, {wanted} is pinned")


def check_rules(spec: Path) -> None:
    """Refuse a contract that breaks a rule; most rules are about what the generator gets wrong."""
    if findings := lint(spec.read_text(encoding="utf-8")):
        lines = [f"{spec.name}:{found.line}: {found.rule}: {found.message}" for found in findings]
        raise GenerationError("the contract breaks rules\n" + "\n".join(lines))


def tool_environment() -> dict[str, str]:
    """Let the generator find this environment's ruff, whatever the caller's PATH is."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "NO_COLOR": "1"}


def generate(spec: Path, target: Path, work: Path) -> None:
    """Generate the package into `target`, which must not exist yet."""
    document = work / "openapi.json"
    document.write_text(json.dumps(for_generator(load(spec))), encoding="utf-8")
    write_templates(work / "templates")
    command = [sys.executable, "-m", "openapi_python_client", "generate"]
    command += ["--path", str(document), "--config", str(ROOT / "codegen" / "config.yaml")]
    command += ["--custom-template-path", str(work / "templates"), "--output-path", str(target)]
    command += ["--meta", "none", "--fail-on-warning"]
    result = subprocess.run(
        command, env=tool_environment(), text=True, capture_output=True, check=False
    )
    log = result.stdout + result.stderr
    if result.returncode or "warning" in log.lower():
        raise GenerationError(f"openapi-python-client failed ({result.returncode}):\n{log}")
    finish(target)


def finish(package: Path) -> None:
    """Mark each module as generated and the package as typed."""
    for path in package.rglob("*.py"):
        path.write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")
    (package / "py.typed").touch()


def contents(package: Path) -> dict[str, str]:
    """Read all files of a package by their relative path, without Python's own caches."""
    return {
        str(path.relative_to(package)): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def drift(committed: dict[str, str], fresh: dict[str, str]) -> list[str]:
    """Describe how a committed package differs from a fresh one, files and contents."""
    lines = [f"missing: {name}" for name in sorted(fresh.keys() - committed.keys())]
    lines += [f"extra:   {name}" for name in sorted(committed.keys() - fresh.keys())]
    for name in sorted(fresh.keys() & committed.keys()):
        if fresh[name] != committed[name]:
            lines.append(f"differs: {name}")
            before, after = committed[name].splitlines(), fresh[name].splitlines()
            lines += difflib.unified_diff(before, after, "committed", "fresh", n=1, lineterm="")
    return lines


def replace(target: Path, fresh: Path) -> None:
    """Bring a package up to date; files that stay the same are not touched."""
    old, new = (contents(target) if target.exists() else {}), contents(fresh)
    for name in old.keys() - new.keys():
        (target / name).unlink()
    for name in new:
        if old.get(name) != new[name]:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(new[name], encoding="utf-8")


def report(lines: list[str]) -> None:
    """Print what drifted, the first lines of it."""
    print("\n".join(lines[:SHOWN_DIFF_LINES]))
    if len(lines) > SHOWN_DIFF_LINES:
        print(f"... and {len(lines) - SHOWN_DIFF_LINES} more lines")
    print("generated code is not current: run `make generate` and commit the result")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml")
    parser.add_argument("--target", type=Path, default=ROOT / "generated" / "sprites_api")
    return parser.parse_args()


def main() -> int:
    """Generate into a temporary folder, then compare with the target or replace it."""
    options = parse_arguments()
    try:
        check_versions(pinned_versions())
        check_rules(options.spec)
        with tempfile.TemporaryDirectory() as folder:
            fresh = Path(folder) / "sprites_api"
            generate(options.spec, fresh, Path(folder))
            if not options.check:
                replace(options.target, fresh)
                return 0
            if lines := drift(contents(options.target), contents(fresh)):
                report(lines)
                return 1
    except (GenerationError, AnchorError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
