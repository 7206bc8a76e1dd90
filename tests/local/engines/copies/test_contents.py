"""Contents are stored once, checked when they come back, and deleted when nobody needs them."""

import mmap
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sprites_local.engines.copies import AlteredError, CopyError, CopyTree, UnknownCheckpointError
from sprites_local.engines.copies.durable import times_tell
from tests.local.engines.copies.picture import fingerprint

_LARGE = 300_000


def _large_objects(tree: CopyTree) -> list[Path]:
    return [path for path in (tree.directory / "store/objects").glob("*/*") if path.is_file()]


def _rows(tree: CopyTree) -> int:
    with sqlite3.connect(tree.directory / "store/store.db") as database:
        count = database.execute("select count(*) from object").fetchone()[0]
    database.close()
    return int(count)


def test_equal_contents_are_stored_once(tree: CopyTree) -> None:
    """Copies of a file and further checkpoints cost no further objects."""
    content = os.urandom(_LARGE)
    for name in "abc":
        (tree.live / name).write_bytes(content)
    tree.checkpoint("c1")
    rows = _rows(tree)
    tree.checkpoint("c2")
    assert (len(_large_objects(tree)), _rows(tree)) == (1, rows)


def test_a_deletion_takes_what_only_it_needed(tree: CopyTree) -> None:
    """Objects that other checkpoints share stay, the rest goes; nothing is left at the end."""
    (tree.live / "shared").write_bytes(os.urandom(_LARGE))
    (tree.live / "first").write_bytes(os.urandom(_LARGE))
    tree.checkpoint("c1")
    (tree.live / "first").unlink()
    (tree.live / "second").write_bytes(os.urandom(_LARGE))
    tree.checkpoint("c2")
    before = fingerprint(tree.live)
    assert len(_large_objects(tree)) == 3
    tree.delete("c1")
    assert len(_large_objects(tree)) == 2
    tree.restore("c2")
    assert before == fingerprint(tree.live)
    tree.delete("c2")
    assert (_large_objects(tree), _rows(tree)) == ([], 0)
    tree.checkpoint("c3")
    tree.restore("c3")
    assert before == fingerprint(tree.live)


def _alter_large(tree: CopyTree) -> None:
    (path,) = _large_objects(tree)
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"altered")


def _lose_large(tree: CopyTree) -> None:
    (path,) = _large_objects(tree)
    path.unlink()


def _sql(statement: str) -> Callable[[CopyTree], None]:
    def alter(tree: CopyTree) -> None:
        with sqlite3.connect(tree.directory / "store/store.db") as database:
            assert database.execute(statement).rowcount > 0
        database.close()

    return alter


def _spoil_database(tree: CopyTree) -> None:
    path = tree.directory / "store/store.db"
    path.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize(
    "alter",
    [
        _alter_large,
        _lose_large,
        _sql("update object set data = cast('SMALL' as blob) where data = cast('small' as blob)"),
        _sql("update object set data = cast(replace(data, 'small-file', 'evil-file!') as blob)"),
        _sql("update object set data = 'no blob'"),
        _sql("delete from object where data = cast('small' as blob)"),
        _sql("update checkpoint set root = replace(root, ',', ' ,')"),
        _spoil_database,
    ],
)
def test_an_altered_store_is_noticed(tree: CopyTree, alter: Callable[[CopyTree], None]) -> None:
    """A restore from altered objects fails and leaves the tree as it was."""
    (tree.live / "small-file").write_text("small")
    (tree.live / "large").write_bytes(os.urandom(_LARGE))
    tree.checkpoint("c1")
    for name in ("small-file", "large"):
        (tree.live / name).write_text("newer")
    before = fingerprint(tree.live)
    alter(tree)
    with pytest.raises(AlteredError):
        tree.restore("c1")
    assert before == fingerprint(tree.live)
    assert sorted(path.name for path in tree.directory.iterdir()) == ["live", "store"]


def test_unknown_checkpoints_are_refused(tree: CopyTree) -> None:
    """A restore to nowhere changes nothing; deleting nothing is fine."""
    (tree.live / "file").write_text("1")
    before = fingerprint(tree.live)
    with pytest.raises(UnknownCheckpointError, match="there is no checkpoint 'c9'"):
        tree.restore("c9")
    tree.delete("c9")
    assert before == fingerprint(tree.live)


def test_sparse_files_stay_sparse(tree: CopyTree) -> None:
    """A terabyte of nothing is neither read nor stored nor written."""
    with (tree.live / "sparse").open("wb") as file:
        file.seek(1 << 39)
        file.write(b"middle")
        file.truncate(1 << 40)
    tree.checkpoint("c1")
    (tree.live / "sparse").unlink()
    tree.restore("c1")
    info = (tree.live / "sparse").stat()
    assert (info.st_size, info.st_blocks < 1000) == (1 << 40, True)
    with (tree.live / "sparse").open("rb") as file:
        file.seek((1 << 39) - 3)
        assert file.read(12) == b"\0\0\0middle\0\0\0"


def test_writes_through_a_mapping_are_seen(tree: CopyTree) -> None:
    """A mapping that is written to between two checkpoints, over and over, is not missed."""
    (tree.live / "mapped").write_bytes(bytes(_LARGE))
    with (tree.live / "mapped").open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        for step in range(1, 6):
            mapping[100_000] = step
            tree.checkpoint(f"c{step}")
    for step in range(1, 6):
        tree.restore(f"c{step}")
        assert (tree.live / "mapped").read_bytes()[100_000] == step


def test_file_times_are_tried_not_trusted(tmp_path: Path) -> None:
    """File systems in memory, where mappings leave no trace in a file's times, are recognized."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        assert not times_tell(memory)
    assert times_tell(tmp_path) or os.statvfs(tmp_path).f_fsid == 0


def test_a_checkpoint_is_taken_once(tree: CopyTree) -> None:
    """An id cannot be used again."""
    tree.checkpoint("c1")
    with pytest.raises(CopyError, match="checkpoint 'c1' exists already"):
        tree.checkpoint("c1")
