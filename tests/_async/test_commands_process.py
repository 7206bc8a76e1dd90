"""`start`: a command that is talked to while it runs."""

import signal
import threading
import tracemalloc
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    AsyncSprite,
    AsyncSpritesClient,
    CommandTimeoutError,
    ConfigurationError,
    Output,
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


async def test_output_in_the_order_of_arrival(wire: Wire, sprite: AsyncSprite) -> None:
    """Iterating yields both streams as they came (P32), and ends with the exit status."""
    wire.then(command(OUT + b"o1", ERR + b"e1", OUT + b"o2", code=4))
    async with sprite.start(["x"]) as process:
        pieces = []
        async for piece in process:
            pieces.append(piece)
        assert pieces == [Output("stdout", "o1"), Output("stderr", "e1"), Output("stdout", "o2")]
        assert process.returncode == 4
        assert process.session_id == "1847"
        assert process.args == ["x"]


async def test_output_arrives_while_the_command_runs(wire: Wire, sprite: AsyncSprite) -> None:
    """A piece is delivered before the next is written."""
    seen = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(OUT + b"first")
        wait_for(seen)
        peer.send(OUT + b"second")
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.start(["x"], text=False) as process:
        assert (await anext(process)).data == b"first"
        assert process.returncode is None
        seen.set()
        assert (await anext(process)).data == b"second"
        assert await process.wait() == 0


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


async def test_a_wait_that_is_too_short_loses_nothing(wire: Wire, sprite: AsyncSprite) -> None:
    """The command goes on, and the error has what came so far."""
    more = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(OUT + b"first ")
        wait_for(more)
        peer.send(OUT + b"second")
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.start(["x"]) as process:
        with pytest.raises(CommandTimeoutError):
            await process.wait(timeout=0)
        with pytest.raises(CommandTimeoutError) as caught:
            await process.communicate(timeout=0.1)
        assert caught.value.stdout == "first "
        assert await process.poll() is None
        more.set()
        assert await process.communicate(timeout=10) == ("first second", "")
        assert await process.poll() == 0


async def test_signals_and_sizes(wire: Wire, sprite: AsyncSprite) -> None:
    """They are messages on the same connection."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce(tty=True)
        taken.extend(peer.receive() for _ in range(5))
        peer.text(type="exit", exit_code=130)
        peer.close()

    wire.then(websocket(script))
    async with sprite.start(["vi"], tty=True) as process:
        assert process.tty
        assert process.stderr is None
        assert process.stdin is not None
        await process.stdin.write("\x03")
        await process.resize(100, 30)
        await process.send_signal(signal.SIGINT)
        await process.send_signal("SIGUSR1")
        await process.terminate()
        assert await process.wait() == 130
        await process.kill()
    assert taken == [
        b"\x03",
        '{"type": "resize", "cols": 100, "rows": 30}',
        '{"type": "signal", "signal": "INT"}',
        '{"type": "signal", "signal": "USR1"}',
        '{"type": "signal", "signal": "TERM"}',
    ]


async def test_leaving_the_block_kills(wire: Wire, sprite: AsyncSprite) -> None:
    """Whether by the end of the block or by an exception, which is not replaced."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        taken.append(peer.receive())
        peer.exit(137)
        peer.receive_all()

    wire.then(websocket(script), websocket(script))
    async with sprite.start(["sleep", "100"]):
        pass
    with pytest.raises(KeyError):
        async with sprite.start(["sleep", "100"]):
            raise KeyError
    assert taken == ['{"type": "signal", "signal": "KILL"}'] * 2


async def test_detaching_leaves_the_command_alone(wire: Wire, sprite: AsyncSprite) -> None:
    """Who hangs up without a signal can attach again."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        taken.extend(peer.receive_all())

    wire.then(websocket(script))
    async with sprite.start(["x"], max_run_after_disconnect=3600) as process:
        await process.detach()
    assert taken == []
    assert wire.requests[0].query["max_run_after_disconnect"] == ["3600s"]


async def test_closing_the_client_hangs_up(wire: Wire) -> None:
    """No connection outlives it, and nobody waits on one; the command is left alone."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        taken.extend(peer.receive_all())

    wire.then(websocket(script))
    async with AsyncSpritesClient("t", base_url=wire.url) as client:
        process = await client.start("demo", ["x"])
    with pytest.raises(APIConnectionError):
        await process.wait()
    assert taken == []


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


async def test_a_size_needs_a_terminal(wire: Wire, sprite: AsyncSprite) -> None:
    """Nothing is sent for a command without one."""
    wire.then(command())
    async with sprite.start(["x"]) as process:
        with pytest.raises(ConfigurationError):
            await process.resize(80, 24)


async def test_no_repr_shows_the_command(wire: Wire, sprite: AsyncSprite) -> None:
    """It may hold a secret."""
    wire.then(command(OUT + b"out"))
    async with sprite.start(["login", "hunter2"], env={"KEY": "hunter2"}) as process:
        assert repr(process) == f"<{type(process).__name__} 1847, running>"
        await process.wait()
        assert repr(process) == f"<{type(process).__name__} 1847, exited with 0>"


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
