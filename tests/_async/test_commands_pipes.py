"""The pipes of a running command: everything arrives, and nobody waits for ever."""

import gc
import io
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import pytest

from sprites_facade import (
    AsyncSprite,
    CommandTimeoutError,
)
from sprites_facade._duplex import AsyncBackground
from tests.wire import Wire, wait_for
from tests.ws_wire import EOF, ERR, OUT, STDIN, Peer, command, websocket

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


def echo(peer: Peer) -> None:
    """Send all input back; while it writes it does not read, as a pipe does not."""
    peer.introduce()
    while (message := peer.receive()) != EOF:
        assert isinstance(message, bytes)
        peer.send(OUT + message[1:])
    peer.exit(0)
    peer.receive_all()


async def test_a_conversation(wire: Wire, sprite: AsyncSprite) -> None:
    """What is written comes back line by line, and the end of the input ends it."""
    wire.then(websocket(echo))
    async with sprite.start(["cat"]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert await process.stdin.write("one\ntw") == 6
        assert await process.stdout.readline() == "one\n"
        await process.stdin.write("o\nthree\nfour")
        assert await process.stdout.readline() == "two\n"
        await process.stdin.aclose()
        async for line in process.stdout:
            assert line == "three\n"
            break
        assert await process.stdout.read() == "four"
        assert await process.stdout.read() == ""
        assert await process.wait() == 0
        assert process.stdin.closed
        with pytest.raises(ValueError, match="closed"):
            await process.stdin.write("more")


async def test_streams_are_read_apart(wire: Wire, sprite: AsyncSprite) -> None:
    """What one stream brings while the other is read is kept."""
    wire.then(command(OUT + b"abcdef", ERR + b"e1\n", OUT + b"gh", ERR + b"e2", code=1))
    async with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert await process.stderr.read() == "e1\ne2"
        assert await process.stdout.read(4) == "abcd"
        assert await process.stdout.read(3) == "efg"
        assert await process.stdout.read(10) == "h"
        assert process.returncode == 1


async def test_64_megabytes_both_ways_at_once(wire: Wire, sprite: AsyncSprite) -> None:
    """Neither side reads while it writes, so who writes here must not keep reading from it."""
    wire.then(websocket(echo))
    chunk, count = bytes(range(256)) * 4096, 64

    async def write() -> None:
        assert process.stdin is not None
        for _ in range(count):
            await process.stdin.write(chunk)
        await process.stdin.aclose()

    async with sprite.start(["cat"], text=False) as process:
        writer = AsyncBackground(write)
        got, same = 0, True
        async for piece in process:
            expected = (chunk * 2)[got % len(chunk) :][: len(piece.data)]
            same = same and piece.data == expected
            got += len(piece.data)
        await writer.aclose()
    assert (got, same) == (len(chunk) * count, True)


async def test_communicate(wire: Wire, sprite: AsyncSprite) -> None:
    """Input goes in, and everything comes out."""
    wire.then(websocket(echo))
    async with sprite.start(["cat"]) as process:
        assert await process.communicate("x" * 100_000) == ("x" * 100_000, "")
        assert process.returncode == 0


async def test_two_readers_at_once(wire: Wire, sprite: AsyncSprite) -> None:
    """Each gets its stream, whoever of them takes a message in."""
    stderr_seen = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(ERR + b"e\n")
        wait_for(stderr_seen)
        peer.send(OUT + b"o\n")
        peer.exit(0)
        peer.receive_all()

    lines: list[str] = []

    async def read_errors() -> None:
        assert process.stderr is not None
        lines.append(await process.stderr.readline())
        stderr_seen.set()

    wire.then(websocket(script))
    async with sprite.start(["x"]) as process:
        assert process.stdout is not None
        reader = AsyncBackground(read_errors)
        assert await process.stdout.readline() == "o\n"
        assert lines == ["e\n"]
        assert await process.wait() == 0
        await reader.aclose()


async def test_input_after_the_end_is_a_broken_pipe(wire: Wire, sprite: AsyncSprite) -> None:
    """As it is for a local command."""

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.receive()
        peer.exit(0)
        peer.close()

    wire.then(websocket(script))
    async with sprite.start(["true"]) as process:
        assert process.stdin is not None
        with pytest.raises(BrokenPipeError):
            await process.stdin.write("x" * 100 * MIB)
        assert await process.wait() == 0


async def test_input_is_cut_into_messages(wire: Wire, sprite: AsyncSprite) -> None:
    """A server needs no large buffer."""
    sizes: list[int] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        while (message := peer.receive()) != EOF:
            assert isinstance(message, bytes)
            assert message[:1] == STDIN
            sizes.append(len(message))
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.start(["cat"], text=False) as process:
        await process.communicate(bytes(MIB))
    assert sum(sizes) == MIB + len(sizes)
    assert max(sizes) <= 64 * 1024


async def test_iterating_keeps_memory_flat(wire: Wire, sprite: AsyncSprite) -> None:
    """What was taken is gone, and what was not asked for waits in the sprite (P22)."""

    def script(peer: Peer) -> None:
        for _ in range(1000):
            peer.send(OUT + bytes(64 * 1024))
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    got = 0
    async with sprite.start(["yes"], text=False) as process:
        tracemalloc.start()
        try:
            async for piece in process:
                got += len(piece.data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert got == 1000 * 64 * 1024
    assert peak < 16 * MIB


async def test_what_a_reader_leaves_is_for_others(wire: Wire, sprite: AsyncSprite) -> None:
    """A line is taken from a longer piece, and the rest is lost to nobody."""
    script = command(OUT + b"a\nb\nc", ERR + b"e", OUT + b"d\n", code=0)
    wire.then(script, script, script)
    async with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == "a\n"
        assert await process.communicate() == ("b\ncd\n", "e")
    async with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert await process.stdout.read(1) == "a"
        told = [(output.stream, output.data) async for output in process]
        assert told == [("stdout", "\nb\nc"), ("stderr", "e"), ("stdout", "d\n")]
    async with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == "a\n"
        assert await process.stdout.readlines() == ["b\n", "cd\n"]
        assert await process.stdout.readlines() == []


async def test_a_timeout_tells_what_a_reader_left(wire: Wire, sprite: AsyncSprite) -> None:
    ended = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(OUT + b"a\nb\nc")
        wait_for(ended)
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == "a\n"
        with pytest.raises(CommandTimeoutError) as caught:
            await process.communicate(timeout=0.05)
        assert caught.value.stdout == "b\nc"
        ended.set()
        assert await process.communicate() == ("b\nc", "")


async def test_input_is_written_as_to_a_file(wire: Wire, sprite: AsyncSprite) -> None:
    wire.then(websocket(echo))
    async with sprite.start(["cat"]) as process:
        assert process.stdin is not None
        await process.stdin.writelines(["a\n", "b\n"])
        await process.stdin.flush()
        assert process.stdout is not None
        assert await process.stdout.readline() == "a\n"
        await process.stdin.aclose()
        assert await process.stdout.read() == "b\n"


async def test_closed_input_is_not_written_to_in_silence(wire: Wire, sprite: AsyncSprite) -> None:
    wire.then(websocket(echo))
    async with sprite.start(["cat"]) as process:
        assert process.stdin is not None
        await process.stdin.aclose()
        with pytest.raises(ValueError, match="no input"):
            await process.communicate("lost")
        assert await process.communicate() == ("", "")


async def test_the_mark_of_an_encoding_is_sent_once(wire: Wire, sprite: AsyncSprite) -> None:
    """However many pieces the text comes in, and whoever writes them."""
    wire.then(*[websocket(echo)] * 3)
    whole = "ab\xe9".encode("utf-16")
    found = await sprite.run(["cat"], stdin=["a", "b\xe9"], encoding="utf-16")
    assert found.stdout == "ab\xe9"
    taken = io.BytesIO()
    async with sprite.start(["cat"], encoding="utf-16", stdout=taken) as process:
        assert process.stdin is not None
        await process.stdin.write("a")
        await process.stdin.write("b")
        await process.communicate("\xe9")
    assert taken.getvalue() == whole
    taken = io.BytesIO()
    await sprite.run(["cat"], stdin=iter("ab\xe9"), encoding="utf-16", stdout=taken)
    assert taken.getvalue() == whole


@pytest.mark.parametrize("plain", [False, True])
async def test_a_source_that_is_not_read_to_its_end_is_closed(
    wire: Wire, sprite: AsyncSprite, *, plain: bool
) -> None:
    """At once, and not when somebody collects garbage: it may hold a file."""
    closed = threading.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    def plain_pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.receive()
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    gc.disable()
    try:
        await sprite.run(["head"], stdin=plain_pieces() if plain else pieces())
        wait_for(closed)
    finally:
        gc.enable()
