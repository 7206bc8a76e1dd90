"""What the facade says when a real server fails on purpose: the truth, with what came before."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest

from sprites_facade import (
    APIConnectionError,
    APITimeoutError,
    AsyncSprite,
    AsyncSpritesClient,
    OperationFailedError,
    RateLimitError,
    ServerError,
    StreamFormatError,
    StreamMessage,
    StreamTruncatedError,
)
from sprites_facade.testing import AsyncFaults, LocalServer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(faults=True) as server:
        yield server


@pytest.fixture
async def faults(server: LocalServer) -> AsyncIterator[AsyncFaults]:
    faults = AsyncFaults(server.url, server.token)
    yield faults
    await faults.clear()


@pytest.fixture
async def client(server: LocalServer) -> AsyncIterator[AsyncSpritesClient]:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        yield client


@pytest.fixture
async def local(client: AsyncSpritesClient) -> AsyncIterator[AsyncSprite]:
    sprite = await client.create_sprite("faults")
    yield sprite
    await sprite.delete()


async def saved(sprite: AsyncSprite) -> tuple[list[StreamMessage], Exception | None]:
    """Make a checkpoint: what was heard, and what was raised after it."""
    heard: list[StreamMessage] = []
    try:
        async with sprite.create_checkpoint() as stream:
            await stream.process_all(heard.append)
    except (StreamFormatError, StreamTruncatedError, OperationFailedError) as exc:
        return heard, exc
    return heard, None


@pytest.mark.parametrize("how", [{}, {"inside": True}, {"abrupt": True}])
async def test_a_cut_is_no_success(
    local: AsyncSprite, faults: AsyncFaults, how: dict[str, bool]
) -> None:
    """However a stream is cut, what came first is heard, and the request is made once (P4, P5)."""
    await faults.inject("cut", sprite="faults", operation="create_checkpoint", after=2, **how)
    heard, error = await saved(local)
    assert [message.type for message in heard] == ["info", "info"]
    assert isinstance(error, StreamTruncatedError)
    # The platform went on with what nobody heard of.
    assert [checkpoint.id for checkpoint in await local.list_checkpoints()] == ["v1", "v0"]


async def test_a_cut_restore_is_no_success(local: AsyncSprite, faults: AsyncFaults) -> None:
    """The same for a restore, whose result is not believed either."""
    checkpoint = await (await local.create_checkpoint()).result()
    await faults.inject("cut", operation="restore_checkpoint", after=1)
    with pytest.raises(StreamTruncatedError):
        await (await local.restore_checkpoint(checkpoint.id)).result()


async def test_an_error_event_is_an_error(local: AsyncSprite, faults: AsyncFaults) -> None:
    """It is heard like any other message, and raised after that (P3)."""
    await faults.inject("error_event", after=1, text="disk on fire")
    heard, error = await saved(local)
    assert [message.type for message in heard] == ["info", "error"]
    assert isinstance(error, OperationFailedError)
    assert "disk on fire" in str(error)


async def test_garbage_is_not_passed_over(local: AsyncSprite, faults: AsyncFaults) -> None:
    """A line that is no event ends the stream with an error that shows it (P2)."""
    await faults.inject("garbage", after=1, text="%not json%")
    heard, error = await saved(local)
    assert [message.type for message in heard] == ["info"]
    assert isinstance(error, StreamFormatError)
    assert "%not json%" in str(error)


async def test_a_slow_stream_is_read_to_its_end(local: AsyncSprite, faults: AsyncFaults) -> None:
    """Bytes that drip make the same events."""
    await faults.inject("drip", operation="create_checkpoint", size=7, seconds=0.0005)
    heard, error = await saved(local)
    assert error is None
    assert [heard[0].data, heard[-1].data] == [
        "Creating checkpoint...",
        "Checkpoint v1 created successfully",
    ]


async def test_a_rate_limit_is_kept(
    client: AsyncSpritesClient, local: AsyncSprite, faults: AsyncFaults
) -> None:
    """What may be repeated is repeated when the server says; the rest raises all it knows (P12)."""
    await faults.inject("status", operation="get_sprite", status=429, retry_after=0)
    assert (await client.get_sprite("faults")).name == "faults"
    await faults.inject("status", operation="create_checkpoint", status=429, retry_after=7)
    with pytest.raises(RateLimitError) as caught:
        await local.create_checkpoint()
    assert (caught.value.status, caught.value.code) == (429, "rate_limited")
    assert caught.value.retry_after == 7
    assert [fault.used for fault in await faults.list()] == [1, 1]


async def test_unavailable_twice_then_fine(
    client: AsyncSpritesClient, local: AsyncSprite, faults: AsyncFaults
) -> None:
    """Two retries are enough for two failures, and none is made of what must not be repeated."""
    await faults.inject("status", operation="get_sprite", times=2, retry_after=0)
    assert (await client.get_sprite("faults")).name == "faults"
    await faults.inject("status", operation="restore_checkpoint", times=2, retry_after=0)
    with pytest.raises(ServerError):
        await local.restore_checkpoint("v0")
    assert [fault.used for fault in await faults.list()] == [2, 1]


async def test_a_page_of_html_is_a_server_error(local: AsyncSprite, faults: AsyncFaults) -> None:
    """The status is read before the body."""
    await faults.inject("status", status=502, body="<html><h1>Bad gateway</h1></html>")
    with pytest.raises(ServerError) as caught:
        await local.create_checkpoint()
    assert caught.value.status == 502


@pytest.mark.parametrize("abrupt", [False, True])
@pytest.mark.parametrize("tty", [False, True])
async def test_a_command_without_an_exit_code(
    local: AsyncSprite, faults: AsyncFaults, tty: bool, abrupt: bool
) -> None:
    """Neither a clean close nor a dropped connection is an exit code (G7, J7)."""
    await faults.inject("no_exit", sprite="faults", abrupt=abrupt)
    async with local.start(["echo", "out"], tty=tty) as process:
        assert (await anext(process)).data.strip() == "out"
        with pytest.raises(APIConnectionError, match="may be running still"):
            await process.wait()
        assert process.returncode is None


async def test_a_one_shot_command_without_an_exit_code(
    local: AsyncSprite, faults: AsyncFaults
) -> None:
    """The same over plain HTTP."""
    await faults.inject("no_exit", operation="run_command")
    with pytest.raises(StreamTruncatedError):
        await local.run_http(["echo", "out"])
    assert (await local.run_http(["echo", "out"])).stdout == "out\n"


async def test_a_restore_that_never_gets_ready(local: AsyncSprite, faults: AsyncFaults) -> None:
    """Waiting for it ends in time, and says what the sprite answered."""
    checkpoint = await (await local.create_checkpoint()).result()
    fault = await faults.inject("not_ready", sprite="faults")
    await (await local.restore_checkpoint(checkpoint.id)).result()
    with pytest.raises(APITimeoutError, match="not ready"):
        await local.wait_ready(timeout=0.3)
    await faults.clear(fault)
    await local.wait_ready(timeout=10)
    assert (await local.run(["echo", "up"])).stdout == "up\n"


async def test_stale_files_are_not_hidden(local: AsyncSprite, faults: AsyncFaults) -> None:
    """Where the file endpoints show the past, commands show the present; both are passed on."""
    await local.files.write_text("/tmp/state", "old")
    checkpoint = await (await local.create_checkpoint()).result()
    await faults.inject("stale_files", sprite="faults")
    await local.files.write_text("/tmp/state", "new")
    assert await local.files.read_text("/tmp/state") == "new"
    await (await local.restore_checkpoint(checkpoint.id)).result()
    assert await local.files.read_text("/tmp/state") == "new"
    assert (await local.run(["cat", "/tmp/state"])).stdout == "old"


async def test_a_download_that_breaks_off(local: AsyncSprite, faults: AsyncFaults) -> None:
    """Half of a file is no file: it is asked for again, and then it is an error."""
    await local.files.write_text("/tmp/file", "0123456789")
    await faults.inject("cut", operation="read_file", inside=True)
    assert await local.files.read_text("/tmp/file") == "0123456789"
    await faults.inject("cut", operation="read_file", inside=True, times=None)
    with pytest.raises(APIConnectionError):
        await local.files.read_text("/tmp/file")
    assert [fault.used for fault in await faults.list()] == [1, 3]


async def test_a_command_that_is_refused(local: AsyncSprite, faults: AsyncFaults) -> None:
    """A refused handshake is as telling as a refused request, and nothing was started."""
    await faults.inject("status", operation="start_session", status=429, retry_after=7)
    with pytest.raises(RateLimitError) as caught:
        await local.run(["touch", "/tmp/ran"])
    assert caught.value.retry_after == 7
    assert not await local.files.exists("/tmp/ran")


async def test_service_streams(local: AsyncSprite, faults: AsyncFaults) -> None:
    """Those of services are no different: errors are raised, and garbage is not passed over."""
    put = partial(local.put_service, "main", "sleep", ["600"], duration=0)
    await faults.inject("error_event", operation="put_service", after=0, text="no such user")
    with pytest.raises(OperationFailedError, match="no such user"):
        await (await put()).result()
    await faults.inject("garbage", operation="put_service", after=1, text="%not json%")
    with pytest.raises(StreamFormatError, match="%not json%"):
        await (await put()).result()
    await faults.inject("cut", operation="put_service", inside=True)
    with pytest.raises(StreamTruncatedError):
        await (await put()).result()
    assert (await (await put()).result()).name == "main"
