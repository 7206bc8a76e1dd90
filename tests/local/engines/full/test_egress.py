"""The way out of a sprite, as root inside it meets it; nothing here reaches beyond a sprite."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sprites_local import linux
from sprites_local.egress import door
from sprites_local.egress.addresses import Reach, read_network
from sprites_local.engines.base import Command
from sprites_local.policies import inside
from tests.local.engines.full.conftest import ENVIRONMENT, open_descriptors

pytestmark = pytest.mark.anyio

NOTHING = [{"domain": "*", "action": "deny"}]
BPF = linux._old("bpf")
FOREIGN = "1.1.1.10"
CONNECT = f"""
import errno, socket
try:
    connection = socket.create_connection(("{FOREIGN}", 80), 10)
    connection.recv(1)
    print("answered", *connection.getpeername())
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
"""
# In the words of the kernel, by whatever program there is.
STATE = "cat /proc/net/fib_trie /proc/net/tcp; ip rule; ip addr; ip route show table all"


@pytest.fixture
async def closed(fresh: Any) -> Any:
    await fresh.engine.limit_network(fresh.name, NOTHING)
    return fresh


@pytest.mark.parametrize(
    "attempt",
    [
        "ip rule add pref 50 lookup main",
        "ip rule del pref 100",
        "ip rule del pref 0",
        "ip route add unreachable default",
        "ip route del local default table main",
        "ip route replace local default dev lo table local",
        "ip addr add 1.1.1.10/32 dev lo",
        "ip addr del 192.0.0.2/32 dev lo",
        "ip link add v0 type veth",
        "ip tuntap add t0 mode tun",
        "nsenter --net=/proc/1/ns/net ip link set lo down",
        "python3 -c 'import socket; socket.socket(17, 3).bind((\"lo\", 0)); exit(1)'",
        "python3 -c 'import socket; socket.socket().bind((\"192.0.0.1\", 1))'",
        "python3 -c 'import socket; socket.socket(type=2).bind((\"127.0.0.53\", 53))'",
        f"python3 -c 'import ctypes; exit(ctypes.CDLL(None).syscall({BPF}, 0, bytes(72), 72) < 0)'",
        "echo 1 > /proc/sys/net/ipv4/ip_forward && ip route get 1.1.1.10 && exit 1",
    ],
)
async def test_root_changes_nothing(closed: Any, attempt: str) -> None:
    before = (await closed.sh(STATE, user="root")).text

    result = await closed.sh(attempt, user="root")

    assert result.code != 0
    assert (await closed.sh(STATE, user="root")).text == before
    assert (await closed.python(CONNECT, user="root")).text == "ECONNRESET\n"


async def test_root_cannot_stand_in_for_others(closed: Any) -> None:
    """A socket on a foreign address is no way out, and catches nothing that was meant for it."""
    catch = (
        "import socket; l = socket.socket(); l.setsockopt(0, 19, 1)\n"
        f"l.bind(('{FOREIGN}', 80)); l.listen(); print('ready', flush=True); l.accept()"
    )
    python = (await closed.sh("command -v python3 || echo /.sprite/python/bin/python3")).text
    command = Command((python.strip(), "-c", catch), ENVIRONMENT, "/", "root")
    process = await closed.engine.spawn(closed.name, command)
    await anext(process.stdout())

    assert (await closed.python(CONNECT, user="root")).text == "ECONNRESET\n"


async def test_a_network_of_ones_own_has_no_way_out(closed: Any) -> None:
    result = await closed.sh("unshare --user --map-root-user --net ip route get 1.1.1.10")

    assert "unreachable" in result.stderr.decode()


async def test_the_door_is_not_among_the_ports(closed: Any) -> None:
    assert await closed.engine.listeners(closed.name) == []


async def test_a_door_is_opened_anew_for_a_sprite_that_runs(closed: Any) -> None:
    """As for one that is taken over: what is connected through the old one ends."""
    wait = CONNECT.replace("connection.recv(1)", "print('ready', flush=True); connection.recv(1)")
    gateways, running = closed.engine._gateways, closed.engine._running[closed.name]
    await gateways.detach(closed.name)
    other = await running.open_door()
    try:
        waiting = asyncio.ensure_future(closed.python(wait))
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            accepted, _ = await loop.sock_accept(other.listener)
        accepted.close()
        assert (await waiting).text.split()[0] == "ready"
    finally:
        other.close()

    await gateways.attach(closed.name, running)

    assert (await closed.python(CONNECT)).text == "ECONNRESET\n"


async def test_what_is_left_of_an_earlier_server_is_cut(closed: Any) -> None:
    """A program that only waits would never learn that nobody is there any more."""
    gateways, running = closed.engine._gateways, closed.engine._running[closed.name]
    await gateways.detach(closed.name)
    lost = await running.open_door()
    waiting = asyncio.ensure_future(closed.python(CONNECT))
    async with asyncio.timeout(10):
        accepted, _ = await asyncio.get_running_loop().sock_accept(lost.listener)
    lost.close()

    await gateways.attach(closed.name, running)

    async with asyncio.timeout(10):
        assert (await waiting).text == "ECONNABORTED\n"
    accepted.close()


async def test_nothing_stays_open_behind_a_sprite(closed: Any) -> None:
    await closed.engine.stop(closed.name)
    before = open_descriptors()
    for _ in range(3):
        await closed.engine.start(closed.name)
        await closed.python(CONNECT)
        await closed.engine.stop(closed.name)

    assert open_descriptors() == before


async def test_the_file_that_shows_a_policy_stays_inside(fresh: Any, tmp_path: Path) -> None:
    """Whatever root puts in its place, nothing outside is touched, and the file comes back."""
    policy = {"rules": NOTHING}
    plants = ["mkdir -p {d}; ln -s {h} {f}.new", "ln -sfn {h} {f}", "rm -r {d}; ln -s {p} {d}"]
    host = tmp_path / "host"
    host.write_text("untouched")
    names = {"d": inside.DIRECTORY, "f": inside.FILE, "h": str(host), "p": str(tmp_path)}
    for plant in plants[:2]:
        assert (await fresh.sh(plant.format(**names), user="root")).code == 0
        async with fresh.engine.files(fresh.name, as_root=True) as files:
            await inside.write(files, policy)
        assert json.loads((await fresh.sh(f"cat {inside.FILE}")).text) == policy
    await fresh.sh(plants[2].format(**names), user="root")
    async with fresh.engine.files(fresh.name, as_root=True) as files:
        with pytest.raises(OSError, match="No such file"):
            await inside.write(files, policy)
    assert os.listdir(tmp_path) == ["host"]  # noqa: PTH208
    assert host.read_text() == "untouched"


def test_the_sprites_own_addresses_are_nobodys() -> None:
    """Allowing networks by hand never makes a sprite's own end reachable from outside."""
    everything = Reach(networks=(read_network("0.0.0.0/0"),))
    assert not everything.permits(door.OWN, own=False)
