"""`start`: a command that is talked to while it runs."""

import signal
import threading
import warnings
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
from tests.ws_wire import ERR, OUT, Peer, command, websocket

pytestmark = pytest.mark.anyio


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


async def test_a_signal_from_beside(wire: Wire, sprite: AsyncSprite) -> None:
    """Who reads does not keep others from ending the command."""

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(OUT + b"x")
        assert peer.receive() == '{"type": "signal", "signal": "KILL"}'
        peer.exit(137)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.start(["x"]) as process:
        assert (await anext(process)).data == "x"
        killer = AsyncBackground(process.kill)
        async for _ in process:
            pytest.fail("there is no more output")
        assert process.returncode == 137
        await killer.aclose()


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


async def test_a_command_that_was_detached_from(wire: Wire, sprite: AsyncSprite) -> None:
    """It is not the server that is blamed."""

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.receive_all()

    wire.then(websocket(script))
    process = await sprite.start(["x"])
    await process.detach()
    with pytest.raises(APIConnectionError, match="it was closed on this side"):
        await process.wait()


async def test_a_process_that_is_forgotten_is_told_of(wire: Wire, sprite: AsyncSprite) -> None:
    """As `subprocess` does; the command may run for ever."""

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.receive_all()

    wire.then(websocket(script), websocket(script), command(OUT + b"x"))
    held = [await sprite.start(["secret"])]
    with pytest.warns(ResourceWarning, match=r"unclosed <AsyncProcess 1847, running>"):
        held.clear()
    detached, ended = await sprite.start(["x"]), await sprite.start(["x"])
    await detached.detach()
    await ended.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del detached, ended
