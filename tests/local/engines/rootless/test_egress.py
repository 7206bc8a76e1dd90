"""The way out of a sprite without root, as its user meets it; nothing here reaches beyond a sprite.

`tests/local/test_server_egress.py` has what holds in both tiers that have one.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local import netlink
from sprites_local.egress import door
from sprites_local.engines.rootless import RootlessEngine
from sprites_local.engines.rootless.booted import Booted
from sprites_local.init import doorway, nftables
from tests.local.engines.tiers.helpers import command, needs_user_namespaces, run

pytestmark = [pytest.mark.anyio, needs_user_namespaces]

NOTHING = [{"domain": "*", "action": "deny"}]
FOREIGN = "1.1.1.10"
NAME = "s1"
CONNECT = f"""
import errno, socket
try:
    connection = socket.create_connection(("{FOREIGN}", 80), 10)
    connection.recv(1)
    print("answered")
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
"""
# In the words of the kernel, by whatever program there is.
STATE = "cat /proc/net/fib_trie /proc/net/tcp; ip rule; ip addr; ip route show table all"
# Sends what stands in its argument to nf_tables, and ends with the error that it is told.
ASK = """
import socket, struct, sys
try:
    s = socket.socket(16, 3, 12)
except OSError as error:
    sys.exit(error.errno)
s.settimeout(5)
s.sendall(bytes.fromhex(sys.argv[1]))
sys.exit(-struct.unpack_from('=i', s.recv(999), 16)[0])
"""
BECOME_ROOT = "unshare --user --map-root-user"
# On an address that is none of its own, which everybody may bind to.
TAKE = (
    "import socket; s = socket.socket(); s.setsockopt(0, 15, 1); {};"
    " s.bind(('192.0.0.1', 1)); s.listen()"
)


def deletion() -> str:
    """Write the request that deletes the rules, with the kernel's answer asked for."""
    messages = [
        nftables._message(nftables._BATCH_BEGIN, b"", subsystem=nftables._NF_TABLES),
        nftables._message(
            nftables._NF_TABLES << 8 | 2,
            netlink.attribute(1, nftables._NAME),
            netlink.ACKNOWLEDGE,
        ),
        nftables._message(nftables._BATCH_END, b"", subsystem=nftables._NF_TABLES),
    ]
    return b"".join(messages).hex()


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RootlessEngine]:
    opened = RootlessEngine(tmp_path_factory.mktemp("data"))
    await opened.open()
    await opened.create(NAME)
    await opened.limit_network(NAME, NOTHING)
    await opened.start(NAME)
    yield opened
    await opened.close()


@pytest.fixture
def booted(engine: RootlessEngine) -> Booted:
    running = engine._running[NAME]
    assert isinstance(running, Booted)
    return running


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def connected(engine: RootlessEngine) -> str:
    """Connect from inside, and tell what became of it."""
    return (await run(engine, NAME, f"python3 - <<'END'\n{CONNECT}\nEND"))[1].strip()


async def test_the_machine_can_do_it(engine: RootlessEngine) -> None:
    able = engine.capabilities()
    assert (able.network, [hint for hint in able.hints if "network" in hint]) == ("enforced", [])


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
        f"{BECOME_ROOT} ip rule del pref 100",
        f"{BECOME_ROOT} ip link add v0 type veth",
        f"{BECOME_ROOT} --net nsenter --net=/proc/1/ns/net ip link set lo down",
        f"{BECOME_ROOT} nsenter --user=/proc/1/ns/user ip link set lo down",
        f"{BECOME_ROOT} python3 -c 'import socket; socket.socket(17, 3)'",
        f"{BECOME_ROOT} python3 -c 'import socket; socket.socket().setsockopt(0, 19, 1)'",
        f'python3 -c "{TAKE.format("s")}"',
        f'python3 -c "{TAKE.format("s.setsockopt(1, 2, 1)")}"',
        f'python3 -c "{TAKE.format("s.setsockopt(1, 15, 1)")}"',
        "python3 -c 'import socket; socket.socket(type=2).bind((\"127.0.0.53\", 53))'",
        "echo 1 > /proc/sys/net/ipv4/ip_forward",
    ],
)
async def test_nobody_inside_changes_anything(engine: RootlessEngine, attempt: str) -> None:
    before = (await run(engine, NAME, STATE))[1]

    code, _, said = await run(engine, NAME, attempt)

    assert (code != 0, said != "") == (True, True)
    assert (await run(engine, NAME, STATE))[1] == before
    assert await connected(engine) == "ECONNRESET"


@pytest.mark.parametrize("who", ["", BECOME_ROOT, f"{BECOME_ROOT} --net"])
async def test_the_rules_are_not_the_sprites(engine: RootlessEngine, who: str) -> None:
    """They cannot even be asked about: the system call filter knows no such sockets."""
    asked = f'{who} python3 -c "{ASK}" {deletion()}'

    assert (await run(engine, NAME, asked))[0] == errno.EPROTONOSUPPORT
    assert await connected(engine) == "ECONNRESET"


async def test_a_network_of_ones_own_has_no_way_out(engine: RootlessEngine) -> None:
    _, _, said = await run(engine, NAME, f"{BECOME_ROOT} --net ip route get {FOREIGN}")

    assert "unreachable" in said


async def test_nobody_stands_in_for_others(engine: RootlessEngine) -> None:
    """A socket on a foreign address, which everybody may have, catches nothing meant for it."""
    catch = (
        "import socket; l = socket.socket(); l.setsockopt(0, 15, 1)\n"
        f"l.bind(('{FOREIGN}', 80)); l.listen(); print('ready', flush=True)\n"
        "while True: l.accept()[0].sendall(b'caught')"
    )
    process = await engine.spawn(NAME, command("python3", "-c", catch))
    assert await anext(process.stdout()) == (1, b"ready\n")

    assert await connected(engine) == "ECONNRESET"
    await process.signal(9)
    await process.wait()


async def test_the_door_is_not_among_the_ports(engine: RootlessEngine) -> None:
    assert await engine.listeners(NAME) == []


async def test_tunnels_from_inside_lead_nowhere_else(engine: RootlessEngine) -> None:
    with pytest.raises(OSError, match="No route to host"):
        await engine.connect(NAME, FOREIGN, 80)


async def test_what_an_earlier_server_led_out_is_cut(
    engine: RootlessEngine, booted: Booted
) -> None:
    """A program that only waits learns that nobody is there any more; the next one goes on."""
    await engine._gateways.detach(NAME)
    lost = await booted.open_door()
    waiting = asyncio.ensure_future(connected(engine))
    async with asyncio.timeout(20):
        accepted, _ = await asyncio.get_running_loop().sock_accept(lost.listener)
    with accepted:
        assert accepted.getsockname() == (FOREIGN, 80)
        lost.close()

        await engine._gateways.attach(NAME, booted)

        async with asyncio.timeout(20):
            assert await waiting == "ECONNABORTED"
    assert await connected(engine) == "ECONNRESET"


async def test_who_begins_while_no_server_is_there_waits_for_the_next(
    engine: RootlessEngine, booted: Booted
) -> None:
    """No server inside answers in the place of what was meant."""
    stand_in = (
        "import socket\nl = socket.create_server(('0.0.0.0', 80))\nprint(1, flush=True)\n"
        "while True: l.accept()[0].sendall(b'stand-in\\n')\n"
    )
    process = await engine.spawn(NAME, command("python3", "-c", stand_in))
    await anext(process.stdout())
    await engine._gateways.detach(NAME)
    connecting = asyncio.ensure_future(connected(engine))
    begun = "until grep -q ' 0A010101:0050 02 ' /proc/net/tcp; do sleep 0.05; done"
    assert (await run(engine, NAME, f'timeout 20 sh -c "{begun}"'))[0] == 0

    await engine._gateways.attach(NAME, booted)

    async with asyncio.timeout(30):
        # The other one if it came while the door was being opened.
        assert await connecting in ("ECONNRESET", "ECONNABORTED")
    await process.signal(9)
    await process.wait()


async def test_who_takes_the_doors_place_has_no_way_out(
    engine: RootlessEngine, booted: Booted, caplog: pytest.LogCaptureFixture
) -> None:
    await engine._gateways.detach(NAME)
    take = TAKE.format("s.setsockopt(1, 2, 1)") + "; print(1, flush=True); s.accept()"
    process = await engine.spawn(NAME, command("python3", "-c", take))
    await anext(process.stdout())

    await engine._gateways.attach(NAME, booted)

    assert "has no way out: [Errno 98]" in caplog.text
    code, _, said = await run(engine, NAME, f"timeout 1 python3 -c '{CONNECT}'")
    assert code == 124, said
    await process.signal(9)
    await process.wait()
    await engine._gateways.attach(NAME, booted)
    assert await connected(engine) == "ECONNRESET"


async def test_a_way_out_that_is_walled_up_is_none(engine: RootlessEngine, booted: Booted) -> None:
    await booted.wall_up()

    assert await connected(engine) == "ENETUNREACH"
    await engine._gateways.attach(NAME, booted)
    assert await connected(engine) == "ECONNRESET"


async def test_nothing_stays_open_behind_a_sprite(engine: RootlessEngine) -> None:
    await engine.stop(NAME)
    before = open_descriptors()
    for _ in range(2):
        await engine.start(NAME)
        await connected(engine)
        await engine.stop(NAME)
    assert open_descriptors() == before
    await engine.start(NAME)


async def test_the_launcher_says_why_it_cannot(booted: Booted) -> None:
    """Both sockets are taken: by the engine, whose door is open."""
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        await booted.open_door()


def test_the_sprites_own_addresses_are_the_same_everywhere() -> None:
    assert (door.OWN, door.LISTENER, door.RESOLVER) == (
        doorway.OWN,
        doorway.LISTENER,
        doorway.RESOLVER,
    )
