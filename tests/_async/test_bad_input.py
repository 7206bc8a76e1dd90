"""What cannot be is a ValueError before anything is sent; the sockets show that nothing was."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from sprites_facade import (
    AsyncSpritesClient,
    MemoryPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
)
from tests.wire import Wire, streams
from tests.ws_wire import command

pytestmark = pytest.mark.anyio

Attempt = Callable[[Any], Any]
NAN, INFINITE = float("nan"), float("inf")

NAMES = ["", ".", "..", "a/b", "a b", "-a", "a-", "a\0", "a\n", "é", "x" * 64, None, 3]
IDS = ["", "..", "a/b", "a\\b", "a%2fb", "a\0", "v1\n", "x" * 300, None, 3]
TIMES = [-1, -0.001, NAN, INFINITE, "5", True]
PORTS = [0, -1, 65536, 80.0, "80", True, None]

CLIENT: dict[str, Attempt] = {
    "a capacity of pages": lambda c: c.list_sprites(page_size=0),
    "a negative page": lambda c: c.list_sprites(page_size=-1),
    "a boolean page": lambda c: c.list_sprites(page_size=True),
    "half a page": lambda c: c.list_sprites(page_size=2.5),
    "labels in one text": lambda c: c.create_sprite("a", labels="ci"),
    "no change": lambda c: c.update_sprite("a"),
    "an empty version": lambda c: c.upgrade_sprite("a", ""),
}
CHECKPOINTS: dict[str, Attempt] = {
    "history": lambda c: c.list_checkpoints("a", history="../v1"),
}
COMMANDS: dict[str, Attempt] = {
    "no words over HTTP": lambda c: c.run_http("a", []),
    "no text over HTTP": lambda c: c.run_http("a", " "),
    "a NUL over HTTP": lambda c: c.run_http("a", ["a\0"]),
    "input of a number over HTTP": lambda c: c.run_http("a", ["x"], input=3),
    "a variable over HTTP": lambda c: c.run_http("a", ["x"], env={"A=": "x"}),
    "a number": lambda c: c.run("a", 3),
    "no command": lambda c: c.run("a", None),
    "bytes": lambda c: c.run("a", b"ls"),
    "nothing to start": lambda c: c.start("a", []),
    "a NUL to start": lambda c: c.start("a", ["a\0"]),
    "no rows": lambda c: c.start("a", ["x"], tty=True, size=(80, 0)),
    "too many rows": lambda c: c.start("a", ["x"], tty=True, size=(80, 65536)),
    "half a column": lambda c: c.start("a", ["x"], tty=True, size=(80.5, 24)),
    "a size of no terminal": lambda c: c.start("a", ["x"], size=(80, 24)),
    "one side": lambda c: c.start("a", ["x"], tty=True, size=(80,)),
    "a size in one number": lambda c: c.start("a", ["x"], tty=True, size=80),
    "no frame": lambda c: c.start("a", ["x"], max_frame=-1),
    "a frame in text": lambda c: c.start("a", ["x"], max_frame="1"),
    "an environment that is none": lambda c: c.start("a", ["x"], env=["A=1"]),
    "a folder that is none": lambda c: c.start("a", ["x"], cwd=3),
    "two inputs": lambda c: c.run("a", ["x"], input="x", stdin=["y"]),
    "no rows to attach": lambda c: c.attach("a", "1", size=(0, 0)),
    "no frame to attach": lambda c: c.attach("a", "1", max_frame=0),
    "no signal": lambda c: c.kill_session("a", "1", "SIG RMMIN"),
    "an empty signal": lambda c: c.kill_session("a", "1", ""),
    "signal 0": lambda c: c.kill_session("a", "1", 0),
    "a negative signal": lambda c: c.kill_session("a", "1", -signal.SIGTERM),
}
FILES: dict[str, Attempt] = {
    "an empty path": lambda c: c.files("a").read_bytes(""),
    "a NUL": lambda c: c.path("a", "/a\0b"),
    "bytes as a path": lambda c: c.path("a", b"/a"),
    "bytes as text": lambda c: c.files("a").write_text("/a", b"bytes"),
    "a mode that is none": lambda c: c.files("a").open("/a", "rw"),
    "text and bytes": lambda c: c.files("a").open("/a", "rb", encoding="latin-1"),
    "negative permissions": lambda c: c.files("a").chmod("/a", -1),
    "an owner in parts": lambda c: c.files("a").chown("/a", 1.5),
    "an owner that is a flag": lambda c: c.files("a").chown("/a", True),
    "watching a number": lambda c: c.files("a").watch([3]),
    "an upload of nothing": lambda c: c.files("a").upload("", "/a"),
    "an upload to nowhere": lambda c: c.files("a").upload(__file__, ""),
    "a download to nowhere": lambda c: c.files("a").download("/a", ""),
    "a download of nothing": lambda c: c.files("a").download("", "/tmp/x"),
}
NETWORK: dict[str, Attempt] = {
    "a host with a port": lambda c: c.proxy("a", 80, remote_host="localhost:80"),
    "no host": lambda c: c.proxy("a", 80, remote_host=""),
    "a host with a NUL": lambda c: c.proxy("a", 80, remote_host="a\0"),
    "a negative local port": lambda c: c.proxy("a", 80, local_port=-1),
    "a local port too high": lambda c: c.proxy("a", 80, local_port=65536),
    "rules that are none": lambda c: c.set_network_policy("a", "allow"),
    "rules in dictionaries": lambda c: c.set_network_policy("a", [{"domain": "*"}]),
    "a rule without a domain": lambda c: c.set_network_policy("a", [NetworkRule(action="allow")]),
    "a rule without an action": lambda c: c.set_network_policy("a", [NetworkRule(domain="*")]),
    "a policy of another kind": lambda c: c.set_privileges_policy("a", ResourcesPolicy()),
    "an unknown profile": lambda c: c.set_privileges_policy("a", PrivilegesPolicy(profile="x")),
    "no memory": lambda c: c.set_resources_policy(
        "a", ResourcesPolicy(memory=MemoryPolicy(limit_mb=0))
    ),
}
ONES = CLIENT | CHECKPOINTS | COMMANDS | FILES | NETWORK

TIMED: dict[str, Callable[[Any, Any], Any]] = {
    "run": lambda c, t: c.run("a", ["x"], timeout=t),
    "run_http": lambda c, t: c.run_http("a", ["x"], timeout=t),
    "detached": lambda c, t: c.start("a", ["x"], max_run_after_disconnect=t),
    "kill": lambda c, t: c.kill_session("a", "1", timeout=t),
    "wait_ready": lambda c, t: c.wait_ready("a", timeout=t),
    "linger": lambda c, t: c.proxy("a", 80, linger=t),
    "put_service": lambda c, t: c.put_service("a", "web", "x", duration=t),
    "start_service": lambda c, t: c.start_service("a", "web", duration=t),
    "stop_service": lambda c, t: c.stop_service("a", "web", timeout=t),
    "restart_service": lambda c, t: c.restart_service("a", "web", duration=t),
    "service_logs": lambda c, t: c.service_logs("a", "web", follow="x" if t is True else t),
}
NAMED: dict[str, Callable[[Any, Any], Any]] = {
    "sprite": lambda c, n: c.sprite(n),
    "create": lambda c, n: c.create_sprite(n),
    "get": lambda c, n: c.get_sprite(n),
    "delete": lambda c, n: c.delete_sprite(n),
    "run": lambda c, n: c.run(n, ["x"]),
    "files": lambda c, n: c.files(n),
    "watch_ports": lambda c, n: c.watch_ports(n),
}
IDENTIFIED: dict[str, Callable[[Any, Any], Any]] = {
    "restore": lambda c, i: c.restore_checkpoint("a", i),
    "checkpoint": lambda c, i: c.get_checkpoint("a", i),
    "session": lambda c, i: c.kill_session("a", i),
    "attach": lambda c, i: c.attach("a", i),
    "service": lambda c, i: c.get_service("a", i),
    "service stream": lambda c, i: c.start_service("a", i),
}


async def refused(wire: Wire, client: AsyncSpritesClient, attempt: Attempt) -> None:
    with pytest.raises(ValueError):
        await attempt(client)
    assert wire.connections == 0


@pytest.mark.parametrize("what", ONES)
async def test_what_cannot_be(wire: Wire, client: AsyncSpritesClient, what: str) -> None:
    await refused(wire, client, ONES[what])


async def test_types_are_those_of_pathlib(wire: Wire, client: AsyncSpritesClient) -> None:
    with pytest.raises(TypeError):
        await client.files("a").write_bytes("/a", "text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        await client.path("a", "/a").write_bytes(3)  # type: ignore[arg-type]
    assert wire.connections == 0


@pytest.mark.parametrize("what", TIMED)
async def test_times_that_are_none(wire: Wire, client: AsyncSpritesClient, what: str) -> None:
    for time in TIMES:
        await refused(wire, client, lambda client, time=time: TIMED[what](client, time))


@pytest.mark.parametrize("what", NAMED)
async def test_names_that_are_none(wire: Wire, client: AsyncSpritesClient, what: str) -> None:
    for name in NAMES:
        await refused(wire, client, lambda client, name=name: NAMED[what](client, name))


@pytest.mark.parametrize("what", IDENTIFIED)
async def test_ids_that_are_none(wire: Wire, client: AsyncSpritesClient, what: str) -> None:
    for one in IDS:
        await refused(wire, client, lambda client, one=one: IDENTIFIED[what](client, one))


async def test_ports_that_are_none(wire: Wire, client: AsyncSpritesClient) -> None:
    for port in PORTS:
        await refused(wire, client, lambda client, port=port: client.proxy("a", port))
        if port is not None:
            await refused(
                wire,
                client,
                lambda client, port=port: client.put_service("a", "web", "x", http_port=port),
            )


@pytest.mark.parametrize(
    "options",
    [
        *({"timeout": time} for time in (0, *TIMES)),
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": True},
        {"base_url": ""},
        {"base_url": "ftp://localhost"},
        {"base_url": "http://"},
        {"base_url": "http://localhost:port"},
        {"base_url": "http://me@localhost"},
        {"base_url": "http://localhost?x"},
        {"token": ""},
        {"token": "two words"},
        {"token": "ü"},
        {"token": 3},
    ],
)
def test_settings_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        AsyncSpritesClient(**{"token": "t", **options})


@pytest.mark.parametrize("time", TIMES)
async def test_waits_that_cannot_be(wire: Wire, client: AsyncSpritesClient, time: Any) -> None:
    """The stream and the command are as they were; one that is no number would never end."""
    wire.then(streams({"type": "info"}, {"type": "complete"}), command())
    async with client.create_checkpoint("a") as stream:
        with pytest.raises(ValueError):
            await stream.next(timeout=time)
        assert await stream.next(timeout=10)
    async with client.start("a", ["x"]) as process:
        with pytest.raises(ValueError):
            await process.wait(timeout=time)
        assert await process.wait(timeout=10) == 0
