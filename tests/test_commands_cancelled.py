"""What only the asynchronous world knows: a command whose caller is cancelled."""

import asyncio
import threading
from typing import Any

import anyio
import pytest

from sprites_facade import AsyncSpritesClient
from tests.wire import Exchange, Wire, wait_for
from tests.ws_wire import EOF, KILLED, OUT, Peer, be_killed, command, websocket

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("style", ["anyio", "asyncio"])
async def test_a_cancelled_command_is_ended(style: str) -> None:
    """The remote one too, whichever kind of cancelling it is; and nothing is left open."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        taken.extend([peer.receive(), peer.receive()])
        peer.exit(137)
        peer.receive_all()

    with Wire() as wire:
        wire.then(websocket(script))
        async with AsyncSpritesClient("t", base_url=wire.url) as client:
            if style == "anyio":
                with anyio.move_on_after(0.1) as scope:
                    await client.run("demo", ["sleep", "100"])
                assert scope.cancelled_caught
            else:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await client.run("demo", ["sleep", "100"])
    assert taken == [EOF, KILLED]


async def test_a_cancelled_reader_leaves_its_turn_to_others() -> None:
    """Whoever waited in its place takes the messages in."""
    more = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        wait_for(more)
        peer.send(OUT + b"late")
        peer.exit(0)
        peer.receive_all()

    with Wire() as wire:
        wire.then(websocket(script))
        async with (
            AsyncSpritesClient("t", base_url=wire.url) as client,
            client.start("demo", ["x"]) as process,
        ):
            first = asyncio.create_task(process.wait())
            second = asyncio.create_task(process.communicate())
            await asyncio.wait({first, second}, timeout=0.1)
            first.cancel()
            await asyncio.wait({first})
            assert first.cancelled()
            more.set()
            assert await second == ("late", "")


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("tty", [False, True])
@pytest.mark.parametrize("how", ["run", "start"])
async def test_a_command_whose_caller_is_cancelled_in_the_handshake(how: str, *, tty: bool) -> None:
    """The server has begun it, but did not say so yet."""
    asked, answer = threading.Event(), threading.Event()
    taken: list[Any] = []

    def handler(exchange: Exchange) -> None:
        asked.set()
        wait_for(answer)
        websocket(lambda peer: be_killed(peer, taken, tty=tty))(exchange)

    with Wire() as wire:
        wire.then(handler)
        async with AsyncSpritesClient("t", base_url=wire.url) as client:
            work = (
                client.run("demo", ["sleep", "100"], tty=tty)
                if how == "run"
                else client.start("demo", ["sleep", "100"], tty=tty)._opening
            )
            task = asyncio.create_task(work)
            await asyncio.to_thread(wait_for, asked)
            asyncio.get_running_loop().call_later(0.05, answer.set)
            await cancel(task)
            assert task.cancelled()
    assert taken[-1] == KILLED


async def test_a_handshake_that_is_never_answered_does_not_hold_up_who_is_cancelled() -> None:
    asked, done = threading.Event(), threading.Event()

    def handler(_: Exchange) -> None:
        asked.set()
        wait_for(done)

    with Wire() as wire:
        wire.then(handler)
        async with AsyncSpritesClient("t", base_url=wire.url) as client:
            task = asyncio.create_task(client.run("demo", ["sleep", "100"]))
            await asyncio.to_thread(wait_for, asked)
            async with asyncio.timeout(20):
                await cancel(task)
        done.set()


async def test_a_warm_command_that_is_cancelled_as_it_begins() -> None:
    """The request to start it is out; whether it began is not known yet."""
    taken: list[Any] = []
    begun, ended = threading.Event(), threading.Event()

    def control(peer: Peer) -> None:
        start = peer.start()
        taken.append(start["op"])
        begun.set()
        while (message := peer.receive()) is not None:
            taken.append(message)
            if message == KILLED:
                peer.send(bytes([3, 137]))
        ended.set()

    with Wire(control=True) as wire:
        wire.then(command(code=0), websocket(control))
        async with AsyncSpritesClient("t", base_url=wire.url) as client:
            await client.run("demo", ["true"])
            task = asyncio.create_task(client.run("demo", ["sleep", "100"]))
            await asyncio.to_thread(wait_for, begun)
            await cancel(task)
            await asyncio.to_thread(wait_for, ended)
    assert KILLED in taken
