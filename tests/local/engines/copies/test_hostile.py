"""Trees that fight back mislead nobody but themselves."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sprites_local.engines.copies import CopyError, CopyTree
from sprites_local.engines.copies.remove import remove_tree
from sprites_local.linux import exchange
from tests.local.engines.copies.picture import fingerprint, picture


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Make a directory of somebody else's, as large as what is swapped for it."""
    made = tmp_path / "outside"
    made.mkdir()
    for number in range(20):
        (made / f"file{number}").write_text("SECRET")
    return made


@contextmanager
def _swapping(directory: Path, one: str, other: str) -> Iterator[None]:
    """Exchange two names as fast as possible."""
    over = threading.Event()

    def swap() -> None:
        fd = os.open(directory, os.O_RDONLY)
        try:
            while not over.is_set():
                exchange(fd, one, other)
        except OSError:  # they were deleted
            return
        finally:
            os.close(fd)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("victim", ["directory", "file"])
def test_swapped_links_are_not_followed(tree: CopyTree, outside: Path, victim: str) -> None:
    """Nothing outside is read or written while links take the place of files and directories."""
    before = fingerprint(outside)
    if victim == "directory":
        (tree.live / "a").mkdir()
        for number in range(20):
            (tree.live / f"a/file{number}").write_text("own")
        (tree.live / "b").symlink_to(outside)
    else:
        (tree.live / "a").write_text("own")
        (tree.live / "b").symlink_to(outside / "file1")
    with _swapping(tree.live, "a", "b"):
        for number in range(6):
            tree.checkpoint(f"c{number}")
    for number in range(6):
        tree.restore(f"c{number}")
        own = [path for path in tree.live.rglob("*") if path.is_file() and not path.is_symlink()]
        assert [path for path in own if b"SECRET" in path.read_bytes()] == []
    remove_tree(tree.live)
    assert before == fingerprint(outside)


def test_a_deletion_races_with_links(tmp_path: Path, outside: Path) -> None:
    """A tree that swaps a directory for a link while it is deleted takes nothing else with it."""
    before = fingerprint(outside)
    for number in range(10):
        root = tmp_path / f"root{number}"
        (root / "a").mkdir(parents=True)
        (root / "b").symlink_to(outside)
        for name in range(20):
            (root / "a" / f"file{name}").touch()
        with suppress(OSError), _swapping(root, "a", "b"):
            remove_tree(root)
        remove_tree(root)
    assert before == fingerprint(outside)


def test_denied_access_is_no_obstacle(tree: CopyTree) -> None:
    """Files and directories that their owner may not read are kept, with their modes."""
    (tree.live / "closed/deep").mkdir(parents=True)
    (tree.live / "closed/deep/file").write_text("content")
    os.setxattr(tree.live / "closed/deep/file", "user.note", b"x")
    for name in ("closed/deep/file", "closed/deep", "closed"):
        (tree.live / name).chmod(0)
    tree.live.chmod(0o300)
    for number in range(3):
        assert tree.checkpoint(f"c{number}").stable
        assert (tree.live.stat().st_mode & 0o777, _mode(tree, "closed")) == (0o300, 0)
    tree.restore("c1")
    tree.checkpoint("c3")
    tree.restore("c3")
    assert _mode(tree, "closed") == 0
    for name in ("closed", "closed/deep", "closed/deep/file"):
        assert _mode(tree, name) == 0
        (tree.live / name).chmod(0o700)
    assert (tree.live / "closed/deep/file").read_text() == "content"
    assert os.getxattr(tree.live / "closed/deep/file", "user.note") == b"x"
    tree.destroy()


def _mode(tree: CopyTree, name: str) -> int:
    return (tree.live / name).lstat().st_mode & 0o777


def test_depth_is_bounded_and_deletable(tree: CopyTree) -> None:
    """A deep tree is kept; one too deep for any path is refused, and still can be deleted."""
    _dig(tree.live, 200)
    tree.checkpoint("deep")
    before = fingerprint(tree.live)
    _dig(tree.live, 2100)
    with pytest.raises(CopyError, match="nested more than 2048 deep"):
        tree.checkpoint("too-deep")
    tree.restore("deep")
    assert before == fingerprint(tree.live)
    _dig(tree.live, 2100)
    tree.destroy()
    assert not tree.directory.exists()


def _dig(top: Path, depth: int) -> None:
    """Make nested directories, relative to each other as a path would be too long."""
    fd = os.open(top, os.O_RDONLY)
    for _ in range(depth):
        with suppress(FileExistsError):
            os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("bottom", os.O_CREAT, dir_fd=fd))
    os.close(fd)


def test_sockets_are_left_out_and_told(tree: CopyTree) -> None:
    """A socket without its process is nothing; it is reported, and the rest is kept."""
    with socket.socket(socket.AF_UNIX) as listener:
        path = tree.live / "sock"
        listener.bind(f"/proc/self/fd/{os.open(tree.live, os.O_PATH)}/sock")
        (tree.live / "file").write_text("1")
        assert tree.checkpoint("c1").skipped == ("/sock",)
        before = picture(tree.live)
        tree.restore("c1")
    assert before.keys() == picture(tree.live).keys()
    assert not path.exists()


def test_names_of_all_kinds_are_kept(tree: CopyTree) -> None:
    """Names are bytes: no encoding, no special meaning."""
    for name in (b"-rf", b"a\nb", b"\xff\xfe", b"..x", b" ", b"\\", "é".encode(), b"x" * 255):
        (tree.live / os.fsdecode(name)).write_bytes(name)
    tree.checkpoint("c1")
    before = fingerprint(tree.live)
    remove_tree(tree.live)
    tree.live.mkdir()
    tree.restore("c1")
    assert before == fingerprint(tree.live)
