# Written by scripts/unasync.py from tests/_async/test_faults.py. Do not edit.
"""What the facade says when a real server fails on purpose: the truth, with what came before."""

from collections.abc import Iterator
from functools import partial

import pytest

from sprites_facade import (
    APIConnectionError,
    APITimeoutError,
    OperationFailedError,
    RateLimitError,
    ServerError,
    Sprite,
    SpritesClient,
    StreamFormatError,
    StreamMessage,
    StreamTruncatedError,
)
from sprites_facade.testing import Faults, LocalServer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(faults=True) as server:
        yield server


@pytest.fixture
def faults(server: LocalServer) -> Iterator[Faults]:
    faults = Faults(server.url, server.token)
    yield faults
    faults.clear()


@pytest.fixture
def client(server: LocalServer) -> Iterator[SpritesClient]:
    with SpritesClient(server.token, base_url=server.url) as client:
        yield client


@pytest.fixture
def local(client: SpritesClient) -> Iterator[Sprite]:
    sprite = client.create_sprite("faults")
    yield sprite
    sprite.delete()


def saved(sprite: Sprite) -> tuple[list[StreamMessage], Exception | None]:
    """Make a checkpoint: what was heard, and what was raised after it."""
    heard: list[StreamMessage] = []
    try:
        with sprite.create_checkpoint() as stream:
            stream.process_all(heard.append)
    except (StreamFormatError, StreamTruncatedError, OperationFailedError) as exc:
        return heard, exc
    return heard, None


@pytest.mark.parametrize("how", [{}, {"inside": True}, {"abrupt": True}])
def test_a_cut_is_no_success(local: Sprite, faults: Faults, how: dict[str, bool]) -> None:
    """However a stream is cut, what came first is heard, and the request is made once (P4, P5)."""
    faults.inject("cut", sprite="faults", operation="create_checkpoint", after=2, **how)
    heard, error = saved(local)
    assert [message.type for message in heard] == ["info", "info"]
    assert isinstance(error, StreamTruncatedError)
    # The platform went on with what nobody heard of.
    assert [checkpoint.id for checkpoint in local.list_checkpoints()] == ["v1", "v0"]


def test_a_cut_restore_is_no_success(local: Sprite, faults: Faults) -> None:
    """The same for a restore, whose result is not believed either."""
    checkpoint = (local.create_checkpoint()).result()
    faults.inject("cut", operation="restore_checkpoint", after=1)
    with pytest.raises(StreamTruncatedError):
        (local.restore_checkpoint(checkpoint.id)).result()


def test_an_error_event_is_an_error(local: Sprite, faults: Faults) -> None:
    """It is heard like any other message, and raised after that (P3)."""
    faults.inject("error_event", after=1, text="disk on fire")
    heard, error = saved(local)
    assert [message.type for message in heard] == ["info", "error"]
    assert isinstance(error, OperationFailedError)
    assert "disk on fire" in str(error)


def test_garbage_is_not_passed_over(local: Sprite, faults: Faults) -> None:
    """A line that is no event ends the stream with an error that shows it (P2)."""
    faults.inject("garbage", after=1, text="%not json%")
    heard, error = saved(local)
    assert [message.type for message in heard] == ["info"]
    assert isinstance(error, StreamFormatError)
    assert "%not json%" in str(error)


def test_a_slow_stream_is_read_to_its_end(local: Sprite, faults: Faults) -> None:
    """Bytes that drip make the same events."""
    faults.inject("drip", operation="create_checkpoint", size=7, seconds=0.0005)
    heard, error = saved(local)
    assert error is None
    assert [heard[0].data, heard[-1].data] == [
        "Creating checkpoint...",
        "Checkpoint v1 created successfully",
    ]


def test_a_rate_limit_is_kept(client: SpritesClient, local: Sprite, faults: Faults) -> None:
    """What may be repeated is repeated when the server says; the rest raises all it knows (P12)."""
    faults.inject("status", operation="get_sprite", status=429, retry_after=0)
    assert (client.get_sprite("faults")).name == "faults"
    faults.inject("status", operation="create_checkpoint", status=429, retry_after=7)
    with pytest.raises(RateLimitError) as caught:
        local.create_checkpoint()
    assert (caught.value.status, caught.value.code) == (429, "rate_limited")
    assert caught.value.retry_after == 7
    assert [fault.used for fault in faults.list()] == [1, 1]


def test_unavailable_twice_then_fine(client: SpritesClient, local: Sprite, faults: Faults) -> None:
    """Two retries are enough for two failures, and none is made of what must not be repeated."""
    faults.inject("status", operation="get_sprite", times=2, retry_after=0)
    assert (client.get_sprite("faults")).name == "faults"
    faults.inject("status", operation="restore_checkpoint", times=2, retry_after=0)
    with pytest.raises(ServerError):
        local.restore_checkpoint("v0")
    assert [fault.used for fault in faults.list()] == [2, 1]


def test_a_page_of_html_is_a_server_error(local: Sprite, faults: Faults) -> None:
    """The status is read before the body."""
    faults.inject("status", status=502, body="<html><h1>Bad gateway</h1></html>")
    with pytest.raises(ServerError) as caught:
        local.create_checkpoint()
    assert caught.value.status == 502


@pytest.mark.parametrize("abrupt", [False, True])
@pytest.mark.parametrize("tty", [False, True])
def test_a_command_without_an_exit_code(
    local: Sprite, faults: Faults, tty: bool, abrupt: bool
) -> None:
    """Neither a clean close nor a dropped connection is an exit code (G7, J7)."""
    faults.inject("no_exit", sprite="faults", abrupt=abrupt)
    with local.start(["echo", "out"], tty=tty) as process:
        assert (next(process)).data.strip() == "out"
        with pytest.raises(APIConnectionError, match="may be running still"):
            process.wait()
        assert process.returncode is None


def test_a_one_shot_command_without_an_exit_code(local: Sprite, faults: Faults) -> None:
    """The same over plain HTTP."""
    faults.inject("no_exit", operation="run_command")
    with pytest.raises(StreamTruncatedError):
        local.run_http(["echo", "out"])
    assert (local.run_http(["echo", "out"])).stdout == "out\n"


def test_a_restore_that_never_gets_ready(local: Sprite, faults: Faults) -> None:
    """Waiting for it ends in time, and says what the sprite answered."""
    checkpoint = (local.create_checkpoint()).result()
    fault = faults.inject("not_ready", sprite="faults")
    (local.restore_checkpoint(checkpoint.id)).result()
    with pytest.raises(APITimeoutError, match="not ready"):
        local.wait_ready(timeout=0.3)
    faults.clear(fault)
    local.wait_ready(timeout=10)
    assert (local.run(["echo", "up"])).stdout == "up\n"


def test_stale_files_are_not_hidden(local: Sprite, faults: Faults) -> None:
    """Where the file endpoints show the past, commands show the present; both are passed on."""
    local.files.write_text("/tmp/state", "old")
    checkpoint = (local.create_checkpoint()).result()
    faults.inject("stale_files", sprite="faults")
    local.files.write_text("/tmp/state", "new")
    assert local.files.read_text("/tmp/state") == "new"
    (local.restore_checkpoint(checkpoint.id)).result()
    assert local.files.read_text("/tmp/state") == "new"
    assert (local.run(["cat", "/tmp/state"])).stdout == "old"


def test_a_download_that_breaks_off(local: Sprite, faults: Faults) -> None:
    """Half of a file is no file: it is asked for again, and then it is an error."""
    local.files.write_text("/tmp/file", "0123456789")
    faults.inject("cut", operation="read_file", inside=True)
    assert local.files.read_text("/tmp/file") == "0123456789"
    faults.inject("cut", operation="read_file", inside=True, times=None)
    with pytest.raises(APIConnectionError):
        local.files.read_text("/tmp/file")
    assert [fault.used for fault in faults.list()] == [1, 3]


def test_a_command_that_is_refused(local: Sprite, faults: Faults) -> None:
    """A refused handshake is as telling as a refused request, and nothing was started."""
    faults.inject("status", operation="start_session", status=429, retry_after=7)
    with pytest.raises(RateLimitError) as caught:
        local.run(["touch", "/tmp/ran"])
    assert caught.value.retry_after == 7
    assert not local.files.exists("/tmp/ran")


def test_service_streams(local: Sprite, faults: Faults) -> None:
    """Those of services are no different: errors are raised, and garbage is not passed over."""
    put = partial(local.put_service, "main", "sleep", ["600"], duration=0)
    faults.inject("error_event", operation="put_service", after=0, text="no such user")
    with pytest.raises(OperationFailedError, match="no such user"):
        (put()).result()
    faults.inject("garbage", operation="put_service", after=1, text="%not json%")
    with pytest.raises(StreamFormatError, match="%not json%"):
        (put()).result()
    faults.inject("cut", operation="put_service", inside=True)
    with pytest.raises(StreamTruncatedError):
        (put()).result()
    assert ((put()).result()).name == "main"
