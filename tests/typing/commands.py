"""The types of commands, as users see them; checked by mypy, never run."""

import io
import subprocess
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import assert_type

from sprites_facade import (
    AsyncOutputReader,
    AsyncProcess,
    AsyncSprite,
    AsyncSpritesClient,
    AsyncStdin,
    Completed,
    KillResult,
    Output,
    OutputReader,
    Process,
    RunOptions,
    Session,
    Sprite,
    SpritesClient,
    Stdin,
)


def sync_run(client: SpritesClient, sprite: Sprite) -> None:
    """`text` decides the type, and nothing else does."""
    assert_type(sprite.run(["a"]), Completed[str])
    assert_type(sprite.run("a | b", input=b"x", text=True).stdout, str)
    assert_type(sprite.run(["a", PurePosixPath("b")], text=False).stderr, bytes)
    assert_type(client.run("demo", ["a"], text=False, check=True), Completed[bytes])
    options: RunOptions = {"timeout": 5, "env": {"A": "b"}, "stderr": subprocess.STDOUT}
    assert_type(sprite.run("a", **options), Completed[str])
    sprite.run("a", stdin=io.BytesIO(), stdout=io.StringIO(), stderr=print)
    sprite.run("a", stdin=["a", "b"], stdout=[""].append)


def sync_process(client: SpritesClient, sprite: Sprite) -> None:
    """Everything that a process gives has the type of its output."""
    assert_type(client.start("demo", "a"), Process[str])
    assert_type(sprite.attach("1", text=False), Process[bytes])
    with sprite.start(["a"], tty=True, size=(80, 24)) as process:
        assert_type(process, Process[str])
        assert_type(process.stdin, Stdin | None)
        assert_type(process.stdout, OutputReader[str] | None)
        assert_type(process.returncode, int | None)
        assert_type(process.session_id, str | None)
        assert_type(process.communicate("x", timeout=1), tuple[str, str])
        for output in process:
            assert_type(output, Output[str])
            assert_type(output.data, str)
    assert_type(sprite.list_sessions(), list[Session])
    assert_type(client.kill_session("demo", "1", 9), KillResult)


async def async_commands(client: AsyncSpritesClient, sprite: AsyncSprite) -> None:
    """The same with `await`."""
    assert_type(await sprite.run(["a"]), Completed[str])
    assert_type(await client.run("demo", "a", text=False), Completed[bytes])
    assert_type(await sprite.start(["a"]), AsyncProcess[str])
    async with sprite.attach("1", text=False) as process:
        assert_type(process, AsyncProcess[bytes])
        assert_type(process.stdin, AsyncStdin | None)
        assert_type(process.stderr, AsyncOutputReader[bytes] | None)
        assert_type(await process.wait(), int)
        assert_type(aiter(process), AsyncProcess[bytes])
        async for output in process:
            assert_type(output, Output[bytes])
    assert_type(await sprite.list_sessions(), list[Session])

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"

    await sprite.run("a", stdin=pieces())


def wrong(sprite: Sprite) -> None:
    """What cannot work is found before it runs."""
    sprite.run([1])  # type: ignore[list-item]
    sprite.run("a", no_such_option=1)  # type: ignore[call-overload]
    sprite.run("a", timeout="1")  # type: ignore[call-overload]
