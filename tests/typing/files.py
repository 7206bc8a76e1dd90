"""The types that users of files see; checked by mypy, never run."""

from collections.abc import AsyncIterator, Iterator
from pathlib import PurePosixPath
from typing import assert_type

from sprites_facade import (
    AsyncFileReader,
    AsyncFileWatch,
    AsyncFileWriter,
    AsyncSprite,
    AsyncSpritePath,
    AsyncTextFile,
    FileEntry,
    FileEvent,
    FileReader,
    FileWatch,
    FileWriter,
    Sprite,
    SpritePath,
    TextFile,
    Transfer,
    TransferProgress,
)


def sync_files(sprite: Sprite) -> None:
    """The mode tells what `open` returns."""
    files = sprite.files
    assert_type(files.read_bytes(PurePosixPath("/a")), bytes)
    assert_type(files.stat("a"), FileEntry)
    assert_type(files.exists("a"), bool)
    assert_type(files.list("a"), list[FileEntry])
    assert_type(files.open("a"), TextFile)
    assert_type(files.open("a", "w", encoding="latin-1"), TextFile)
    assert_type(files.open("a", "rb"), FileReader)
    assert_type(files.open("a", "wb", permissions=0o600), FileWriter)
    with files.open("a", "rb") as reader:
        assert_type(reader, FileReader)
        assert_type(reader.readline(), bytes)
    with files.open("a") as text:
        assert_type(text.readline(), str)
    assert_type(files.upload("a", "b", progress=told), Transfer)
    assert_type(files.download("a", "b"), Transfer)
    assert_type(files.watch("a"), FileWatch)
    assert_type(files.watch(["a"]).next(1), FileEvent | None)
    files.open("a", "rb", encoding="utf-8")  # type: ignore[call-overload]
    files.open("a", "a")  # type: ignore[call-overload]
    files.read_bytes(3)  # type: ignore[arg-type]


def told(progress: TransferProgress) -> None:
    """Totals may be unknown."""
    assert_type(progress.total, int | None)


def sync_paths(sprite: Sprite) -> None:
    """Paths lead to paths."""
    path = sprite.path("/app")
    assert_type(path, SpritePath)
    assert_type(path / "a", SpritePath)
    assert_type(path.parent, SpritePath)
    assert_type(path.iterdir(), Iterator[SpritePath])
    assert_type(path.glob("*"), Iterator[SpritePath])
    assert_type(path.open("rb"), FileReader)
    assert_type(path.rename("b"), SpritePath)
    assert_type(path.readlink(), SpritePath)
    assert_type(path.resolve(strict=True), SpritePath)
    path.symlink_to(path / "b")
    for directory, names, others in path.walk(on_error=print):
        assert_type(directory, SpritePath)
        assert_type(names, list[str])
        assert_type(others, list[str])
    assert_type(sprite.files.readlink(path), str)
    assert_type(sprite.files.resolve(path), PurePosixPath)


async def async_files(sprite: AsyncSprite) -> None:
    """The same, to be awaited or entered."""
    files = sprite.files
    assert_type(await files.open("a"), AsyncTextFile)
    assert_type(await files.open("a", "xb"), AsyncFileWriter)
    async with files.open("a", "rb") as reader:
        assert_type(reader, AsyncFileReader)
        async for line in reader:
            assert_type(line, bytes)
    async with files.watch("a") as watch:
        assert_type(watch, AsyncFileWatch)
        async for event in watch:
            assert_type(event, FileEvent)
    assert_type(sprite.path("a") / "b", AsyncSpritePath)
    assert_type(sprite.path("a").glob("*"), AsyncIterator[AsyncSpritePath])
    async for step in sprite.path("a").walk():
        assert_type(step, tuple[AsyncSpritePath, list[str], list[str]])
    assert_type(await sprite.path("a").resolve(), AsyncSpritePath)
    assert_type(await files.download("a", "b", progress=awaiting), Transfer)


async def awaiting(progress: TransferProgress) -> None:
    """A handler of the async world may await."""
    assert_type(progress.path, str)
