"""What is produced or listed agrees with its source, and a drift is noticed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

import sprites_facade
from scripts import public_api, unasync
from sprites_api import models as generated
from sprites_facade._core import models, operations
from sprites_facade._core.calls import Operation

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("pyproject.toml", "sprites_facade/_async/base.py", "tests/_async/conftest.py")
# Operations of the contract that the facade has no entry for. Shrink this, do not extend it.
WITHOUT_ENTRY = (ROOT / "tests" / "operations_without_entry.txt").read_text().split()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a small copy of the project with its twins."""
    for name in COPIED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    unasync.write(tmp_path)
    assert unasync.drift(tmp_path) == []
    return tmp_path


def test_the_twins_are_those_of_their_sources() -> None:
    """All of them, in the package and in the tests."""
    assert unasync.drift(ROOT) == []


def edit(tree: Path) -> None:
    path = tree / "sprites_facade/_sync/base.py"
    path.write_text(path.read_text() + "\n")


def orphan(tree: Path) -> None:
    (tree / "sprites_facade/_sync/extra.py").write_text("")


def foreign(tree: Path) -> None:
    (tree / "tests/_sync/data.json").write_text("{}")


def lose(tree: Path) -> None:
    (tree / "tests/_sync/conftest.py").unlink()


def change_source(tree: Path) -> None:
    path = tree / "sprites_facade/_async/base.py"
    path.write_text(path.read_text() + "\n\nNEW = 1\n")


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (edit, "differs: sprites_facade/_sync/base.py"),
        (orphan, "no source: sprites_facade/_sync/extra.py"),
        (foreign, "no source: tests/_sync/data.json"),
        (lose, "missing: tests/_sync/conftest.py"),
        (change_source, "differs: sprites_facade/_sync/base.py"),
    ],
)
def test_a_drift_of_the_twins_is_noticed(
    tree: Path, damage: Callable[[Path], None], expected: str
) -> None:
    """Whole files and the lists of files are compared; writing mends it."""
    damage(tree)
    assert unasync.drift(tree) == [expected]
    check = subprocess.run(
        [sys.executable, ROOT / "scripts/unasync.py", "--check", "--root", tree],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (check.returncode, check.stdout.strip()) == (1, expected)
    unasync.write(tree)
    assert unasync.drift(tree) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("async def f(): await g()", "def f(): g()"),
        ("async with a as b, c:\n    pass", "with a as b, c:\n    pass"),
        ("async for x in y:\n    pass", "for x in y:\n    pass"),
        ("class AsyncThing(_AsyncBase): ...", "class Thing(_Base): ..."),
        ("from p._async.m import AsyncX", "from p._sync.m import X"),
        ("async_sleep(asynchronous, Asyncio)", "sleep(asynchronous, Asyncio)"),
        ("await x.aclose()", "x.close()"),
        ("x: AsyncOpening[AsyncStream[int]]", "x: Stream[int]"),
        ("f: Callable[[str], Awaitable[int]]", "f: Callable[[str], int]"),
        ("return AsyncOpening(self._open(1))", "return (self._open(1))"),
        ("'AsyncX: `async with a`, then `aclose()`'", "'X: `with a`, then `close()`'"),
        ("# AsyncX awaits: await it", "# X awaits: it"),
        ("raise StopAsyncIteration", "raise StopIteration"),
        ('f"{{AsyncA}} {await b:>{width}} aclose"', 'f"{{A}} {b:>{width}} close"'),
    ],
)
def test_the_rewriting_works_on_whole_words(source: str, expected: str) -> None:
    """In code, strings and comments."""
    assert unasync.unasync(source + "\n") == expected + "\n"


def test_the_public_interface_is_the_listed_one() -> None:
    """A change of it is a change of tests/public_api.txt, seen in a review."""
    assert public_api.drift(public_api.LISTING.read_text(encoding="utf-8")) == ""


def test_a_drift_of_the_public_interface_is_noticed(tmp_path: Path) -> None:
    """A changed signature, and a name that came or went."""
    listed = public_api.LISTING.read_text(encoding="utf-8")
    changed = tmp_path / "listing.txt"
    changed.write_text(listed.replace("comment: str | None = None", "comment: str", 1))
    check = subprocess.run(
        [sys.executable, ROOT / "scripts/public_api.py", "--check", "--listing", changed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 1
    assert "+" in check.stdout
    assert public_api.drift(listed.replace("class Checkpoint()", "class Chackpoint()", 1)) != ""


def test_all_names_are_there_and_public() -> None:
    """`__all__` holds every name that is imported for users, and no other."""
    imported = {
        name
        for name, value in vars(sprites_facade).items()
        if not name.startswith("_") and not isinstance(value, type(sprites_facade))
    }
    assert imported == set(sprites_facade.__all__)
    assert list(sprites_facade.__all__) == sorted(sprites_facade.__all__)


def test_both_faces_have_the_same_names() -> None:
    """What is there for one world is there for the other."""
    names = set(sprites_facade.__all__)
    assert {name.removeprefix("Async") for name in names if name.startswith("Async")} <= names


def contract() -> dict[str, str]:
    """Return the operations of the contract with their methods."""
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    methods = {"get", "put", "post", "delete", "patch", "head"}
    return {
        operation["operationId"]: method
        for path in spec["paths"].values()
        for method, operation in path.items()
        if method in methods
    }


def entries() -> dict[str, Operation[..., Any]]:
    return {name: line for name, line in vars(operations).items() if isinstance(line, Operation)}


def test_every_entry_is_an_operation_of_the_contract() -> None:
    """And only reads are marked as safe to repeat."""
    known = contract()
    for name, line in entries().items():
        assert line.id in known, name
        assert not line.safe_to_retry or known[line.id] in {"get", "head"}, name


def test_operations_without_an_entry_are_known() -> None:
    """An operation that is added to the contract is noticed here."""
    used = {line.id for line in entries().values()}
    assert sorted(contract().keys() - used) == sorted(WITHOUT_ENTRY)


@pytest.mark.parametrize(
    "name",
    [
        "Checkpoint",
        "OrganizationCounters",
        "RestartResult",
        "SpriteEvent",
        "SpriteHealth",
        "SpriteInfo",
        "UpgradeResult",
        "UrlSettings",
    ],
)
def test_every_field_of_the_contract_has_its_counterpart(name: str) -> None:
    """A field that is added to the contract must reach users under its own name."""
    there = {field.name.rstrip("_") for field in attrs.fields(getattr(generated, name))}
    ours = {field.name for field in attrs.fields(getattr(models, name))}
    assert there - {"additional_properties"} == ours - {"extra"}
