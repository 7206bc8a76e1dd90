"""What the two worlds do differently: threads here, tasks there."""

import asyncio
import gc
import queue
import threading
import weakref
from collections.abc import AsyncIterator, Iterator

import pytest

from sprites_facade import (
    AsyncSprite,
    AsyncSpritesClient,
    Sprite,
    SpritesClient,
    StreamTruncatedError,
)
from sprites_facade._concurrency import Steps
from tests.wire import PATIENCE, Exchange, Wire, wait_for

STARTED = {"type": "info", "data": "first"}
DONE = {"type": "complete", "data": "done"}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def sprite(wire: Wire) -> Iterator[Sprite]:
    with SpritesClient("token", base_url=wire.url) as client:
        yield client.sprite("demo")


@pytest.fixture
async def async_sprite(wire: Wire) -> AsyncIterator[AsyncSprite]:
    async with AsyncSpritesClient("token", base_url=wire.url) as client:
        yield client.sprite("demo")


def one_message(exchange: Exchange) -> None:
    """Send one message, then nothing until the client hangs up."""
    exchange.start()
    exchange.line(STARTED)
    assert exchange.hung_up()


def test_another_thread_can_close_a_stream_that_waits(wire: Wire, sprite: Sprite) -> None:
    """The reader sees the end at once, and no error, for it was wanted."""
    wire.then(one_message)
    stream = sprite.create_checkpoint()
    assert stream.next() is not None
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.append(stream.next()))
    reader.start()
    reader.join(0.05)
    assert reader.is_alive()
    stream.close()
    reader.join(PATIENCE)
    assert seen == [None]


def test_a_forgotten_stream_is_collected(wire: Wire, sprite: Sprite) -> None:
    """Even one that used a thread: an idle thread does not keep it alive, and ends."""
    before = set(threading.enumerate())

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.lines(STARTED, DONE)
        exchange.end()

    wire.then(handler)
    stream = sprite.create_checkpoint()
    assert stream.next(timeout=PATIENCE) is not None
    (worker,) = [
        thread for thread in set(threading.enumerate()) - before if thread.name == "sprites-stream"
    ]
    gone = weakref.ref(stream)
    assert stream.next(timeout=PATIENCE) is not None
    del stream
    gc.collect()
    assert gone() is None
    worker.join(PATIENCE)
    assert not worker.is_alive()


def test_steps_come_in_order_whoever_waits() -> None:
    """A late step is delivered by the next call, with a bound or without."""
    source: queue.SimpleQueue[int] = queue.SimpleQueue()
    steps = Steps(source.get)
    with pytest.raises(TimeoutError):
        steps.take(0.01)
    for number in (1, 2, 3):
        source.put(number)
    assert [steps.take(), steps.take(PATIENCE), steps.take()] == [1, 2, 3]
    steps.close()


def test_the_exception_of_a_step_is_raised_where_it_is_waited_for() -> None:
    """Whatever it is, and a TimeoutError of its own is one of the step."""

    def step() -> int:
        raise KeyError("mine")

    for timeout in (None, PATIENCE):
        with pytest.raises(KeyError, match="mine"):
            Steps(step).take(timeout)


@pytest.mark.anyio
async def test_another_task_can_close_a_stream_that_waits(
    wire: Wire, async_sprite: AsyncSprite
) -> None:
    """The reader sees the end at once, and no error, for it was wanted."""
    wire.then(one_message)
    stream = await async_sprite.create_checkpoint()
    assert await stream.next() is not None
    reader = asyncio.create_task(stream.next(timeout=PATIENCE))
    assert await asyncio.wait({reader}, timeout=0.05) == (set(), {reader})
    await stream.aclose()
    assert await asyncio.wait_for(reader, PATIENCE) is None


@pytest.mark.anyio
async def test_a_cancelled_wait_with_a_bound_loses_nothing(
    wire: Wire, async_sprite: AsyncSprite
) -> None:
    """`next(timeout=...)` can be given up from outside as well."""
    late = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        wait_for(late)
        exchange.lines(STARTED, DONE)
        exchange.end()

    wire.then(handler)
    async with async_sprite.create_checkpoint() as stream:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.next(timeout=PATIENCE), 0.01)
        late.set()
        assert [message.text async for message in stream] == ["first", "done"]


@pytest.mark.anyio
async def test_a_cancelled_wait_without_a_bound_ends_the_stream(
    wire: Wire, async_sprite: AsyncSprite
) -> None:
    """The connection is closed at once; the outcome is unknown from then on, and says so."""
    wire.then(one_message)
    stream = await async_sprite.create_checkpoint()
    await stream.next()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stream.next(), 0.01)
    with pytest.raises(StreamTruncatedError):
        await stream.next()


@pytest.mark.anyio
async def test_what_is_never_awaited_makes_no_request(
    wire: Wire, async_sprite: AsyncSprite
) -> None:
    """Python warns of it, as of any coroutine."""
    opening = async_sprite.create_checkpoint()
    with pytest.warns(RuntimeWarning, match="never awaited"):
        del opening
    assert wire.connections == 0


@pytest.mark.anyio
async def test_many_streams_at_once(wire: Wire, async_sprite: AsyncSprite) -> None:
    """Streams do not use up the connections that other requests need."""
    everyone = threading.Barrier(120)

    def handler(exchange: Exchange) -> None:
        exchange.start()
        everyone.wait(PATIENCE)
        exchange.line(DONE)
        exchange.end()

    wire.always(handler)
    streams = await asyncio.gather(
        *(async_sprite.restore_checkpoint(f"v{number}") for number in range(120))
    )
    texts = await asyncio.gather(*(stream.next() for stream in streams))
    assert [message.text for message in texts if message] == ["done"] * 120
    for stream in streams:
        await stream.aclose()
