"""What is produced or listed agrees with its source, and a drift is noticed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

import sprites_facade
from scripts import operations as table
from scripts import public_api, unasync
from sprites_api import models as generated
from sprites_facade._core import models

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("pyproject.toml", "sprites_facade/_async/base.py", "tests/_async/conftest.py")


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
        for name in dir(sprites_facade)
        if not name.startswith("_")
        and not isinstance(getattr(sprites_facade, name), type(sprites_facade))
    }
    assert imported == set(sprites_facade.__all__)
    assert list(sprites_facade.__all__) == sorted(sprites_facade.__all__)


def test_both_faces_have_the_same_names() -> None:
    """What is there for one world is there for the other."""
    names = set(sprites_facade.__all__)
    assert {name.removeprefix("Async") for name in names if name.startswith("Async")} <= names


def test_the_operations_table_agrees_with_the_contract() -> None:
    """Every line is an operation there, only reads are repeated, and no operation is forgotten."""
    assert table.drift() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("operationId: get_sprite\n", "operationId: fetch_sprite\n", "not in the contract"),
        ("operationId: get_sprite\n", "operationId: fetch_sprite\n", "no line in the table"),
        (
            "    get:\n      operationId: get_sprite\n",
            "    patch:\n      operationId: get_sprite\n",
            "safe to repeat, but no read: get_sprite",
        ),
    ],
)
def test_a_drift_of_the_operations_table_is_noticed(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    """A renamed, an added and a changed operation, each by its name."""
    spec = tmp_path / "openapi.yaml"
    text = table.SPEC.read_text(encoding="utf-8")
    assert old in text
    spec.write_text(text.replace(old, new), encoding="utf-8")
    check = subprocess.run(
        [sys.executable, ROOT / "scripts/operations.py", "--spec", spec],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 1
    assert expected in check.stdout


def test_a_wrong_list_of_operations_without_a_line_is_noticed(tmp_path: Path) -> None:
    """The list shrinks with the work; it cannot be left behind."""
    listed = tmp_path / "listed.txt"
    listed.write_text("get_sprite\n")
    assert "listed as without a line, wrongly: get_sprite" in table.drift(without_entry=listed)


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
