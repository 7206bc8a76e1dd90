"""Path operations that cannot leave their root, with and without the kernel's help."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sprites_local import linux, resolving, rooted

SECRET = "outside of the root"


@pytest.fixture(params=["openat2", "walk"])
def resolver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "openat2" and not resolving.HAS_OPENAT2:
        pytest.skip("this kernel has no openat2")
    monkeypatch.setattr(resolving, "HAS_OPENAT2", request.param == "openat2")
    return str(request.param)


@pytest.fixture
def world(tmp_path: Path, resolver: str) -> Iterator[tuple[int, Path]]:
    """A root with a few things in it, next to a secret it must not reach."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text(SECRET)
    top = tmp_path / "root"
    (top / "d" / "e").mkdir(parents=True)
    (top / "d" / "file").write_text("content")
    (top / "abs").symlink_to("/d")
    (top / "rel").symlink_to("d/../d/e/..")
    (top / "up").symlink_to("../../../outside")
    (top / "out").symlink_to(tmp_path / "outside")
    (top / "loop").symlink_to("loop")
    (top / "to-file").symlink_to("abs/file")
    (top / "dangling").symlink_to("d/new")
    os.mkfifo(top / "fifo")
    root = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    yield root, top
    os.close(root)


def content(root: int, path: str) -> str:
    fd = rooted.open_file(root, path, os.O_RDONLY)
    with os.fdopen(fd) as file:
        return file.read()


@pytest.mark.parametrize(
    "path",
    [
        "/d/file",
        "//d/./file",
        "/abs/file",
        "/rel/file",
        "/to-file",
        "/../../d/file",
        "/d/e/../file",
    ],
)
def test_links_and_dots_stay_inside(world: tuple[int, Path], path: str) -> None:
    assert content(world[0], path) == "content"


@pytest.mark.parametrize("path", ["/up/secret", "/out/secret", "/../secret", "/d/../../secret"])
def test_the_outside_is_out_of_reach(world: tuple[int, Path], path: str) -> None:
    root, top = world
    operations = (
        lambda: content(root, path),
        lambda: rooted.open_file(root, path, os.O_WRONLY | os.O_TRUNC),
        lambda: rooted.describe(root, path),
        lambda: rooted.change_mode(root, path, 0o777),
        lambda: rooted.change_owner(root, path, -1, -1),
        lambda: list(rooted.remove(root, path, recursive=True)),
        lambda: rooted.rename(root, path, "/stolen"),
    )
    for operation in operations:
        with pytest.raises(OSError):
            operation()
    assert (top.parent / "secret").read_text() == SECRET
    assert (top.parent / "outside" / "secret").read_text() == SECRET


def test_removing_a_link_removes_the_link(world: tuple[int, Path]) -> None:
    root, top = world
    for name in ("out", "up", "abs", "loop"):
        assert list(rooted.remove(root, f"/{name}", recursive=True)) == [f"/{name}"]
    assert (top.parent / "outside" / "secret").exists()
    assert (top / "d" / "file").exists()


def test_a_tree_with_links_is_removed_without_following(world: tuple[int, Path]) -> None:
    root, top = world
    (top / "d" / "e" / "link").symlink_to(top.parent / "outside")
    (top / "d" / "e" / "deep").mkdir()

    removed = list(rooted.remove(root, "/d", recursive=True))

    assert removed[-1] == "/d"
    assert set(removed) == {"/d", "/d/file", "/d/e", "/d/e/link", "/d/e/deep"}
    assert (top.parent / "outside" / "secret").exists()


def test_deep_trees_need_few_descriptors(world: tuple[int, Path]) -> None:
    root, _ = world
    fd = os.dup(root)
    for _ in range(500):
        os.mkdir("x", dir_fd=fd)
        deeper = os.open("x", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = deeper
    os.close(fd)

    assert len(list(rooted.remove(root, "/x", recursive=True))) == 500


def test_directories(world: tuple[int, Path]) -> None:
    root, top = world
    rooted.make_directory(root, "/abs/new", 0o700)

    assert stat.S_IMODE((top / "d" / "new").stat().st_mode) == 0o700
    entries = rooted.list_directory(root, "/rel")
    assert [(e.path, e.type) for e in entries] == [
        ("/rel/e", "directory"),
        ("/rel/file", "file"),
        ("/rel/new", "directory"),
    ]
    assert {e.name: e.type for e in rooted.list_directory(root, "/")}["fifo"] == "other"
    assert rooted.describe(root, "/").type == "directory"
    assert rooted.describe(root, "/abs", follow=False).type == "symlink"


@pytest.mark.parametrize(
    ("path", "flags", "number"),
    [
        ("/d", os.O_RDONLY, errno.EISDIR),
        ("/", os.O_RDONLY, errno.EISDIR),
        ("/fifo", os.O_RDONLY, errno.EINVAL),
        ("/fifo", os.O_WRONLY, errno.EINVAL),
        ("/loop", os.O_RDONLY, errno.ELOOP),
        ("/loop/x", os.O_RDONLY, errno.ELOOP),
        ("/none", os.O_RDONLY, errno.ENOENT),
        ("/d/file/x", os.O_RDONLY, errno.ENOTDIR),
        ("d/file", os.O_RDONLY, errno.EINVAL),
        ("/to-file", os.O_WRONLY | os.O_CREAT | os.O_EXCL, errno.EEXIST),
        ("", os.O_RDONLY, errno.EINVAL),
    ],
)
def test_what_cannot_be_opened(world: tuple[int, Path], path: str, flags: int, number: int) -> None:
    with pytest.raises(OSError) as caught:
        rooted.open_file(world[0], path, flags)
    assert caught.value.errno == number


def test_writing(world: tuple[int, Path]) -> None:
    root, top = world
    for path, flags in (("/dangling", os.O_CREAT), ("/to-file", os.O_TRUNC), ("/d/n", os.O_CREAT)):
        fd = rooted.open_file(root, path, os.O_WRONLY | flags, 0o640)
        os.write(fd, b"new")
        os.close(fd)

    assert (top / "d" / "new").read_text() == "new"
    assert (top / "d" / "file").read_text() == "new"
    assert stat.S_IMODE((top / "d" / "n").stat().st_mode) == 0o640
    rooted.rename(root, "/d/n", "/abs/file")
    assert not (top / "d" / "n").exists()


def test_modes_also_where_the_kernel_is_old(
    world: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, top = world
    rooted.change_mode(root, "/to-file", 0o4000)
    assert stat.S_IMODE((top / "d" / "file").stat().st_mode) == 0o4000
    own = os.open("/proc/self/fd", os.O_RDONLY)
    monkeypatch.setattr(linux, "_has_fchmodat2", lambda: False)
    rooted.change_mode(root, "/to-file", 0o751)
    assert stat.S_IMODE((top / "d" / "file").stat().st_mode) == 0o751
    rooted.change_mode(root, "/abs", 0o711, descriptors=own)
    os.close(own)
    assert stat.S_IMODE((top / "d").stat().st_mode) == 0o711


def test_the_root_itself_stays(world: tuple[int, Path]) -> None:
    root, _ = world
    for path in ("/", "/.", "/d/..", "//"):
        with pytest.raises(OSError):
            list(rooted.remove(root, path, recursive=True))
        with pytest.raises(OSError):
            rooted.rename(root, path, "/x")
        with pytest.raises(FileExistsError):
            rooted.make_directory(root, path)
    with pytest.raises(ValueError, match="null"):
        rooted.describe(root, "/a\0b")


def test_swapping_links_never_leads_out(world: tuple[int, Path]) -> None:
    """Another thread keeps exchanging a directory and a link that leads out."""
    root, top = world
    (top / "real").mkdir()
    (top / "real" / "secret").write_text("inside")
    (top / "link").symlink_to(top.parent / "outside")
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            linux.exchange(root, "real", "link")

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    try:
        for attempt in range(20_000):
            if attempt >= 500 and "inside" in seen:  # on a busy machine luck takes longer
                break
            for operation in (lambda: content(root, "/real/secret"), lambda: _rewrite(root)):
                try:
                    seen.add(operation())
                except OSError as error:
                    seen.add(errno.errorcode[error.errno or 0])
    finally:
        done.set()
        swapper.join()

    assert seen <= {"inside", "ENOENT", "EAGAIN", "ENOTDIR", "ELOOP"}
    assert "inside" in seen
    assert (top.parent / "outside" / "secret").read_text() == SECRET


def _rewrite(root: int) -> str:
    fd = rooted.open_file(root, "/real/secret", os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(fd, b"inside")
    finally:
        os.close(fd)
    return "inside"


NAMES = st.sampled_from(
    ["d", "e", "file", "abs", "rel", "up", "out", "..", ".", "", "secret", "new"]
)


@settings(max_examples=150, deadline=None)
@given(path=st.lists(NAMES, max_size=7).map(lambda names: "/" + "/".join(names)))
def test_both_resolvers_agree_and_stay_inside(
    path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not resolving.HAS_OPENAT2:
        pytest.skip("this kernel has no openat2")
    top = tmp_path_factory.getbasetemp() / "agree" / "root"
    if not top.exists():
        (top / "d" / "e").mkdir(parents=True)
        (top.parent / "secret").write_text(SECRET)
        (top / "d" / "file").write_text("content")
        for name, target in (("abs", "/d"), ("rel", "d/e/.."), ("up", "../.."), ("out", "/../..")):
            (top / name).symlink_to(target)
    root = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.MonkeyPatch.context() as patch:
            results = []
            for kernel in (True, False):
                patch.setattr(resolving, "HAS_OPENAT2", kernel)
                try:
                    results.append(rooted.describe(root, path))
                except OSError as error:
                    results.append(error.errno)
        assert results[0] == results[1]
        assert getattr(results[0], "size", None) != len(SECRET)
    finally:
        os.close(root)


def test_a_directory_without_end_is_not_listed(
    world: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the names up to the limit is looked at, let alone kept."""
    root, top = world
    monkeypatch.setattr(rooted, "MOST_ENTRIES", 3)
    looked: list[str] = []
    stat_of = os.stat
    for number in range(4):
        (top / "d" / "e" / str(number)).touch()
    monkeypatch.setattr(os, "stat", lambda *a, **k: looked.append(str(a)) or stat_of(*a, **k))
    with pytest.raises(OSError, match="more than") as refusal:
        rooted.list_directory(root, "/d/e")
    assert (refusal.value.errno, looked) == (rooted.TOO_MANY, [])
    (top / "d" / "e" / "3").unlink()
    assert [entry.name for entry in rooted.list_directory(root, "/d/e")] == ["0", "1", "2"]
