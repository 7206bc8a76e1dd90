"""The wheel that users install holds what it should, and nothing that clashes."""

import re
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
# The packages of the official SDK and of a graphics library are both called `sprites` (peers S6).
PACKAGES = {"sprites_api", "sprites_facade", "sprites_local"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and return a folder with what it installs."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the installed wheel before everything else, far from the sources."""
    script = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    return subprocess.run(
        [sys.executable, "-c", script + arguments[0], installed, *arguments[1:]],
        cwd=installed.parent,
        text=True,
        capture_output=True,
        check=False,
    )


def test_nothing_else_is_installed_at_the_top_level(installed: Path) -> None:
    """S6: no package called `sprites`, no `tests`, no `scripts`."""
    names = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert names == PACKAGES


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_package_is_typed_and_importable(installed: Path, package: str) -> None:
    """Type checkers read the annotations, and the code comes from the wheel."""
    assert (installed / package / "py.typed").exists()
    result = run(installed, f"import {package}; print({package}.__file__)")
    assert result.stdout.strip() == str(installed / package / "__init__.py"), result.stderr


def test_the_server_starts_from_the_wheel(installed: Path) -> None:
    """P29: its command line is complete without the sources."""
    result = run(installed, "runpy.run_module('sprites_local', run_name='__main__')", "--help")
    assert (result.returncode, "serve" in result.stdout) == (0, True), result.stderr


def test_a_server_without_its_packages_says_what_to_install(installed: Path) -> None:
    """Who left the extra `local` out gets a sentence, not a traceback."""
    script = (
        "sys.modules['starlette'] = None; runpy.run_module('sprites_local', run_name='__main__')"
    )
    result = run(installed, script, "doctor")
    assert result.returncode == 1
    assert result.stderr == (
        "sprites_local: the package starlette is missing: pip install 'sprites-facade[local]'\n"
    )


def test_no_source_of_ours_is_missing(installed: Path) -> None:
    """Each file of the packages that git knows is in the wheel."""
    listed = subprocess.run(
        ["git", "ls-files", "sprites_facade", "sprites_local", "generated/sprites_api"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split()
    assert listed
    missing = [
        name for name in listed if not (installed / name.removeprefix("generated/")).exists()
    ]
    assert missing == []


def name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]|==", requirement.lower())[0])


def test_every_requirement_has_its_exact_version() -> None:
    """A file that was cut off would let each machine install what is newest that day."""
    pinned = {name(line) for line in CONSTRAINTS.read_text().splitlines() if "==" in line}
    wanted = {name(line) for line in requires("sprites-facade") or ()}
    assert wanted - {"sprites-facade"} <= pinned
    assert len(pinned) > len(wanted)
