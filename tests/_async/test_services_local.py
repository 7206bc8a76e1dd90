"""Real services, on a real server."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest

from sprites_facade import (
    AsyncServiceStream,
    AsyncSprite,
    AsyncSpritesClient,
    BadRequestError,
    ConflictError,
    NotFoundError,
)
from sprites_facade.testing import LocalServer

pytestmark = pytest.mark.anyio

COUNT = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
print(*range(1, 10), sep="\\n", flush=True)
while signal.sigwait({signal.SIGHUP}):
    print("caught", flush=True)
"""
LOOP = "echo begun; echo oops >&2; exec sleep 1000"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
async def local(server: LocalServer) -> AsyncIterator[AsyncSprite]:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        sprite = await client.create_sprite("services")
        yield sprite
        await sprite.delete()


async def test_the_life_of_a_service(local: AsyncSprite) -> None:
    """Defined, followed, stopped, started, signalled and deleted."""
    async with local.put_service(
        "web", "sh", ["-c", LOOP], env={"GREETING": "hi"}, dir="/tmp", duration=60
    ) as stream:
        first = await stream.next(timeout=30)
        assert first is not None
        assert first.type == "started"
        assert first.timestamp is not None
        others = [await stream.next(timeout=30), await stream.next(timeout=30)]
    assert {(event.type, event.data) for event in others if event} == {
        ("stdout", "begun\n"),
        ("stderr", "oops\n"),
    }
    service = await local.get_service("web")
    assert (service.cmd, service.args, service.status) == ("sh", ("-c", LOOP), "running")
    assert (service.env, service.dir, service.http_port) == ({"GREETING": "hi"}, "/tmp", None)
    assert service.state is not None
    assert service.state.started_at is not None
    assert [found.name for found in await local.list_services()] == ["web"]

    async with local.stop_service("web", timeout=5) as stream:
        assert (await stream.result()).status == "stopped"
    with pytest.raises(ConflictError):
        await local.stop_service("web")
    with pytest.raises(ConflictError):
        await local.signal_service("web", "HUP")
    async with local.start_service("web", duration=0) as stream:
        assert (await stream.result()).status in {"starting", "running"}
    async with local.restart_service("web", duration=0.5) as stream:
        types = [event.type async for event in stream]
    assert types[0] == "stopping"
    assert types[-1] == "complete"
    await local.delete_service("web")
    assert await local.list_services() == []
    with pytest.raises(NotFoundError, match="service 'web'"):
        await local.get_service("web")


async def printed(stream: AsyncServiceStream, end: str) -> str:
    """Return what comes up to a text; the server may tell lines one by one or together."""
    text = ""
    while not text.endswith(end) and (event := await stream.next(timeout=30)):
        text += event.text
    return text


async def test_logs_are_read_and_followed(local: AsyncSprite) -> None:
    """Lines that were printed, the last of them, and those that are printed meanwhile."""
    async with local.put_service("log", "python3", ["-c", COUNT], duration=60) as stream:
        assert await printed(stream, "9\n") == "".join(f"{n}\n" for n in range(1, 10))
    async with local.service_logs("log", lines=2) as stream:
        events = [event async for event in stream]
    assert "".join(event.text for event in events[:-1]) == "8\n9\n"
    assert events[-1].type == "complete"
    async with local.service_logs("log", lines=1, follow=60) as stream:
        assert await printed(stream, "9\n") == "9\n"
        await local.signal_service("log", "HUP")
        assert await printed(stream, "caught\n") == "caught\n"


async def test_a_service_that_fails_at_once(local: AsyncSprite) -> None:
    """It was started; what became of it is in the events and in its state."""
    async with local.put_service("bad", "sh", ["-c", "echo no >&2; exit 3"], duration=60) as stream:
        while (event := await stream.next(timeout=30)) and event.type != "exit":
            pass
    assert event is not None
    assert event.exit_code == 3
    await local.delete_service("bad")


async def test_what_a_server_refuses(local: AsyncSprite) -> None:
    """The reasons are the server's."""
    with pytest.raises(BadRequestError):
        await local.put_service("api", "sleep", ["1000"], needs=["nothing"])
    async with local.put_service("db", "sleep", ["1000"], http_port=8080, duration=0) as stream:
        await stream.result()
    with pytest.raises(ConflictError):
        await local.put_service("web", "sleep", ["1000"], http_port=8081)
    async with local.put_service("api", "sleep", ["1000"], needs=["db"], duration=0) as stream:
        assert (await stream.result()).needs == ("db",)
    with pytest.raises(ConflictError, match=re.compile("api", re.IGNORECASE)):
        await local.delete_service("db")
