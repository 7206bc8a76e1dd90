"""The way out of sprites, to an internet that the tests make themselves (`outside.py`).

All of it is the same in both tiers that have one; `rootless` is served by an ordinary user here.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sprites_local.egress import gateway
from tests.local import outside
from tests.local.engines import ordinary_user
from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.needs import needs_criu, needs_full_tier
from tests.local.serving import serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

pytestmark = needs_full_tier
ONE, TWO, OTHER = outside.PUBLIC
MakeApi = Callable[[Any], AbstractContextManager[Any]]
World = Callable[..., AbstractContextManager["Api"]]
USER = 1_999_998_000
PROJECT = Path(__file__).parents[2]
only_full = pytest.mark.parametrize("tier", ["full"], indirect=True)
only_rootless = pytest.mark.parametrize("tier", ["rootless"], indirect=True)

# Connects to each host that is named and prints what it is told, or what went wrong.
TALK = """
import errno, socket, sys
for host in sys.argv[1:]:
    try:
        with socket.create_connection((host, 80), 10) as connection:
            print(connection.makefile().readline().strip() or "closed")
    except socket.gaierror as error:
        names = [name for name in dir(socket) if name.startswith("EAI_")]
        print(next(name for name in names if getattr(socket, name) == error.errno))
    except OSError as error:
        print(errno.errorcode.get(error.errno, error))
"""
# Asks the resolver as programs do, and prints the code of the answer and the addresses in it.
ASK = """
import socket, struct, sys
for name in sys.argv[1:]:
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + bytes(1)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        question = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + labels + struct.pack(">2H", 1, 1)
        sock.sendto(question, ("127.0.0.53", 53))
        answer = sock.recv(512)
    number, flags, _, count, *_ = struct.unpack_from(">6H", answer)
    records = [answer[len(answer) - 16 * (i + 1) :][12:16] for i in range(count)]
    print(number, flags & 15, *map(socket.inet_ntoa, records))
"""
# Keeps a connection open, and says in a file what becomes of it.
HOLD = """
import errno, os, socket, sys
host, state, chatty = sys.argv[1], sys.argv[2], sys.argv[3] == "chatty"
connection = socket.create_connection((host, 80), 10)
file = connection.makefile("rwb", buffering=0)
def say(text):
    with open(state + ".new", "w") as draft: draft.write(text)
    os.replace(state + ".new", state)
said, count = file.readline().decode().strip(), 0
say("open")
try:
    while True:
        if chatty:
            count += 1
            file.write(b"%d\\n" % count)
            if int(file.readline()) != count: break
            if count % 50 == 0: say(f"open {count}")
        elif not connection.recv(1): break
    say("ended")
except (OSError, ValueError) as error:
    say(f"failed {error}")
"""


@contextlib.contextmanager
def serving_beyond(
    directory: Path, make: MakeApi, tier: str, *options: str, as_root: bool = False
) -> Iterator[Api]:
    """Serve beyond the made-up internet; requests come through a socket from this side of it."""
    hosts = directory.with_name(f"{directory.name}.hosts")
    wrapper = [sys.executable, outside.__file__, str(hosts)]
    if tier == "rootless" and not as_root:
        wrapper += as_ordinary_user(directory)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        options = ("--fd", str(number), *options)
        served = serving(directory, *options, tier=tier, wrapper=wrapper, inherited=[number])
        with served as running, make(running) as api:
            owner = Path(f"/proc/{running.pid}").stat().st_uid
            assert (running.tier, owner) == (tier, USER if len(wrapper) > 3 else 0)
            yield api


def as_ordinary_user(directory: Path) -> list[str]:
    """Name the command that runs another one as a user who owns this directory and nothing else."""
    directory.mkdir(exist_ok=True)
    os.chown(directory, USER, USER)
    needed = [sys.base_prefix, sys.prefix, str(PROJECT), str(directory)]
    return [sys.executable, ordinary_user.__file__, str(USER), *needed, "--"]


@pytest.fixture(
    scope="module", params=["full", pytest.param("rootless", marks=needs_user_namespaces)]
)
def tier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(api_of: MakeApi, tier: str) -> World:
    """Serve the tier, with options of a test's own."""

    def serve(directory: Path, *options: str) -> AbstractContextManager[Api]:
        return serving_beyond(directory, api_of, tier, *options)

    return serve


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, api_of: MakeApi, tier: str) -> Iterator[Api]:
    with serving_beyond(tmp_path_factory.mktemp("egress") / "data", api_of, tier) as api:
        yield api


@pytest.fixture
def free(api: Api) -> Iterator[str]:
    """A sprite without a policy."""
    name = api.create()
    yield name
    api.http.delete(api.path(name))


def talk(api: Api, name: str, *hosts: str) -> list[str]:
    stdout, stderr, code = api.run(name, "python3", "-c", TALK, *hosts)
    assert code == 0, stderr
    return stdout.decode().split("\n")[:-1]


def ask(api: Api, name: str, *names: str) -> list[str]:
    stdout, stderr, code = api.run(name, "python3", "-c", ASK, *names)
    assert code == 0, stderr
    return stdout.decode().split("\n")[:-1]


def hold(api: Api, name: str, host: str, state: str, kind: str = "silent") -> None:
    """Leave a program behind that holds a connection."""
    api.write(name, "/tmp/hold.py", HOLD.encode())
    api.shell(
        name,
        f"setsid python3 /tmp/hold.py {host} {state} {kind} </dev/null >/tmp/out 2>&1 &\n"
        + until(state, "open"),
    )


def until(state: str, word: str) -> str:
    """Write the shell command that waits for a word, for ten seconds at most."""
    return f"for i in $(seq 200); do grep -qs '{word}' {state} && exit 0; sleep 0.05; done; exit 1"


def restrict(api: Api, name: str, *rules: dict[str, str]) -> None:
    answer = api.http.post(api.path(name, "/policy/network"), json={"rules": list(rules)})
    assert answer.status_code == 204, answer.text


def allow(domain: str) -> dict[str, str]:
    return {"domain": domain, "action": "allow"}


def deny(domain: str) -> dict[str, str]:
    return {"domain": domain, "action": "deny"}


def test_the_public_network_is_reached_by_name_and_by_address(api: Api, free: str) -> None:
    hosts = ("one.example.com", "ONE.example.com.", "other.example.org", TWO)

    assert talk(api, free, *hosts) == [ONE, ONE, OTHER, TWO]


def test_what_is_not_public_is_not_reached(api: Api, free: str) -> None:
    """Each of these answers on port 80 when the server's own network asks."""
    addresses = (*outside.PRIVATE, outside.OWN)
    mapped = [f"::ffff:{address}" for address in addresses]

    said = talk(api, free, *addresses, *mapped)

    assert set(said) <= {"ECONNRESET", "closed"}, said
    assert "closed" not in said
    # What is nowhere, the sprite's own loopback, and where the listener is bound.
    assert talk(api, free, "127.0.0.1", "192.0.0.2") == ["ECONNREFUSED"] * 2
    assert talk(api, free, "192.0.0.1", "224.0.0.1", "255.255.255.255")[0] == "ECONNRESET"


def test_names_do_not_lead_to_what_is_not_public(api: Api, free: str) -> None:
    names = [f"{n}.example.com" for n in ("inside", "metadata", "machine", "loopback")]

    assert ask(api, free, *names) == ["7 0"] * 4
    assert talk(api, free, *names) == ["EAI_NODATA"] * 4


def test_the_server_is_out_of_reach(api: Api, free: str) -> None:
    port = api.server.url.rpartition(":")[2]
    script = f"exec 3<>/dev/tcp/{{}}/{port} && echo GET / >&3 && cat <&3"
    for address in ("127.0.0.1", outside.OWN):
        stdout, _, code = api.run(free, "bash", "-c", script.format(address))
        assert (stdout, code != 0) == (b"", True)


def test_other_traffic_is_told_that_there_is_no_way(api: Api, free: str) -> None:
    script = (
        "import socket as s\n"
        "for kind in ((s.AF_INET, s.SOCK_DGRAM, 0), (s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_ICMP)):\n"
        "  try: s.socket(*kind).connect(('1.1.1.10', 53)); print('connected')\n"
        "  except OSError as error: print(error.strerror)\n"
        "try: s.create_connection(('2606:4700::1111', 80), 5)\n"
        "except OSError as error: print(error.strerror)\n"
    )
    stdout, stderr, _ = api.run(free, "python3", "-c", script)

    assert stdout.decode().splitlines() == ["Network is unreachable"] * 3, stderr


def test_all_that_is_said_arrives_on_both_sides(api: Api, free: str) -> None:
    script = (
        "import hashlib, os, socket, threading\n"
        "c = socket.create_connection(('1.1.1.10', 80), 20); f = c.makefile('rb'); f.readline()\n"
        "data = os.urandom(1 << 20) * 8\n"
        "def send(): c.sendall(data); c.shutdown(socket.SHUT_WR)\n"
        "threading.Thread(target=send).start()\n"
        "print(f.read() == data)\n"
    )
    assert api.shell(free, f'python3 -c "{script}"') == "True\n"


def test_a_server_inside_is_reached_by_the_sprites_own_addresses_only(api: Api, free: str) -> None:
    """It listens on all addresses, but those of others are not the sprite's."""
    script = (
        "import socket, threading\n"
        "l = socket.create_server(('0.0.0.0', 80))\n"
        "def serve():\n"
        "  while True: l.accept()[0].sendall(b'own\\n')\n"
        "threading.Thread(target=serve, daemon=True).start()\n"
        f"for host in ('127.0.0.1', '192.0.0.2', '{ONE}'):\n"
        "  with socket.create_connection((host, 80), 10) as c: print(c.makefile().readline())\n"
    )
    assert api.shell(free, f'python3 -c "{script}"').split() == ["own", "own", ONE]


def test_a_policy_decides_by_name(api: Api, free: str) -> None:
    restrict(api, free, allow("*.example.com"), deny("two.example.com"))

    assert ask(api, free, "one.example.com", "two.example.com", "other.example.org") == [
        f"7 0 {ONE}",
        "7 5",
        "7 5",
    ]
    assert talk(api, free, "one.example.com", "two.example.com") == [ONE, "EAI_AGAIN"]


def test_under_a_policy_an_address_wants_a_name(api: Api, free: str) -> None:
    restrict(api, free, allow("one.example.com"), allow("inside.example.com"))

    assert talk(api, free, ONE, TWO) == ["ECONNRESET"] * 2
    assert talk(api, free, "one.example.com", ONE, TWO) == [ONE, ONE, "ECONNRESET"]
    assert talk(api, free, "inside.example.com", outside.PRIVATE[0]) == ["EAI_NODATA", "ECONNRESET"]


@pytest.mark.parametrize("name", ["1.1.1.10", "16843018", "0x0101010a", "1.65802"])
def test_an_address_is_not_allowed_by_asking_for_it_as_a_name(
    api: Api, free: str, name: str
) -> None:
    restrict(api, free, allow("*"))

    assert ask(api, free, name) == ["7 3"]
    assert talk(api, free, ONE) == ["ECONNRESET"]


def test_a_change_holds_at_once_and_cuts_what_it_forbids(api: Api, free: str) -> None:
    hold(api, free, "one.example.com", "/tmp/one")
    hold(api, free, "other.example.org", "/tmp/other")

    restrict(api, free, allow("one.example.com"))

    api.shell(free, until("/tmp/other", "failed.*reset"))
    assert api.shell(free, "cat /tmp/one") == "open"
    assert talk(api, free, "other.example.org", OTHER) == ["EAI_AGAIN", "ECONNRESET"]
    restrict(api, free)
    assert talk(api, free, "other.example.org", OTHER) == [OTHER, OTHER]


def test_a_policy_is_shown_inside(api: Api, free: str) -> None:
    file = "/.sprite/policy/network.json"
    assert json.loads(api.shell(free, f"cat {file}")) == {"rules": []}

    restrict(api, free, allow("one.example.com"))

    assert json.loads(api.shell(free, f"cat {file}")) == {"rules": [allow("one.example.com")]}
    assert api.run(free, "sh", "-c", f"echo > {file}")[2] != 0


def test_lookups_work_that_ask_for_what_the_machine_is_configured_for(api: Api, free: str) -> None:
    """Many programs do; a sprite without an address of its own would find no host at all."""
    ask = "import socket as s; print(s.getaddrinfo('one.example.com', 80, s.AF_INET, flags={}))"

    assert ONE in api.shell(free, f'python3 -c "{ask.format("s.AI_ADDRCONFIG")}"')


def test_the_servers_sockets_are_not_the_sprites(api: Api, free: str) -> None:
    api.shell(free, "true")
    with api.socket(free, "/ports/watch") as watch:
        assert not json.loads(watch.recv(timeout=10)).get("ports")


def test_hostile_questions_are_survived(api: Api, free: str) -> None:
    script = (
        "import os, socket\n"
        "s = socket.socket(type=socket.SOCK_DGRAM)\n"
        "for n in range(5000): s.sendto(os.urandom(n % 700), ('127.0.0.53', 53))\n"
    )
    api.shell(free, f'python3 -c "{script}"')

    assert talk(api, free, "one.example.com") == [ONE]


def test_connections_are_bounded_and_room_comes_back(api: Api, free: str) -> None:
    script = (
        "import socket\n"
        f"there = ('{ONE}', 80)\n"
        f"number = {gateway.MOST_CONNECTIONS}\n"
        "held = [socket.create_connection(there, 20) for _ in range(number)]\n"
        "for c in held: assert c.recv(20)\n"
        "more = socket.create_connection(there, 20)\n"
        "try: more.recv(1); print('served')\n"
        "except ConnectionResetError: print('refused')\n"
        "held[0].shutdown(socket.SHUT_WR); assert not held[0].recv(1)\n"
        "while True:\n"
        "  c = socket.create_connection(there, 20)\n"
        "  try: print(c.recv(20).decode().strip()); break\n"
        "  except ConnectionResetError: pass\n"
    )
    assert api.shell(free, f'timeout 40 python3 -c "{script}"').split() == ["refused", ONE]


@only_full
@needs_criu
def test_a_checkpoint_leaves_connections_alone_and_a_restore_ends_them(api: Api, free: str) -> None:
    hold(api, free, ONE, "/tmp/silent")
    hold(api, free, ONE, "/tmp/chatty", "chatty")
    hold(api, free, f"::ffff:{ONE}", "/tmp/mapped")
    checkpoint = api.checkpoint(free)
    record = api.http.get(api.path(free, f"/checkpoints/{checkpoint}")).json()
    assert record.get("processes", "saved") == "saved", record
    api.shell(free, "rm /tmp/chatty\n" + until("/tmp/chatty", "open [0-9]"))
    assert api.shell(free, "cat /tmp/silent /tmp/mapped") == "openopen"
    restrict(api, free, allow("two.example.com"))

    events = api.restore(free, checkpoint)

    assert any("brought back" in event.get("data", "") for event in events), [
        e["data"] for e in events
    ]
    for state in ("/tmp/silent", "/tmp/chatty", "/tmp/mapped"):
        api.shell(free, until(state, "failed"))
    assert talk(api, free, "two.example.com", ONE) == [TWO, "ECONNRESET"]
    shown = json.loads(api.shell(free, "cat /.sprite/policy/network.json"))
    assert shown == {"rules": [allow("two.example.com")]}


def test_a_restore_opens_the_way_out_again_under_the_policy_of_now(api: Api, free: str) -> None:
    hold(api, free, ONE, "/tmp/held")
    checkpoint = api.checkpoint(free)
    restrict(api, free, allow("two.example.com"))

    api.restore(free, checkpoint)

    assert talk(api, free, "two.example.com", ONE) == [TWO, "ECONNRESET"]
    restrict(api, free)
    assert talk(api, free, ONE) == [ONE]


def test_a_policy_survives_the_server_and_holds_from_the_first_process_on(
    tmp_path: Path, world: World
) -> None:
    with world(tmp_path / "data") as api:
        name = api.create()
        restrict(api, name, allow("one.example.com"))
    with world(tmp_path / "data") as api:
        assert talk(api, name, "two.example.com", TWO, "one.example.com") == [
            "EAI_AGAIN",
            "ECONNRESET",
            ONE,
        ]


def test_a_sprite_that_outlived_its_server_has_its_way_out_and_its_policy(
    tmp_path: Path, world: World
) -> None:
    with world(tmp_path / "data") as api:
        free, bound = api.create(), api.create()
        restrict(api, bound, allow("one.example.com"))
        assert talk(api, bound, "one.example.com") == [ONE]
        hold(api, free, ONE, "/tmp/held")
        os.kill(api.server.pid, signal.SIGKILL)  # type: ignore[attr-defined]  # a `Served`
    with world(tmp_path / "data") as api:
        assert api.http.get(api.path(bound)).json()["status"] == "running"
        assert talk(api, bound, "two.example.com", TWO, "one.example.com") == [
            "EAI_AGAIN",
            "ECONNRESET",
            ONE,
        ]
        api.shell(free, until("/tmp/held", r"ended\|failed"))
        assert talk(api, free, TWO) == [TWO]


def test_there_is_a_switch_for_it(tmp_path: Path, world: World) -> None:
    with world(tmp_path / "data", "--network", "off") as api:
        name = api.create()
        assert talk(api, name, ONE, "one.example.com") == ["ENETUNREACH", "EAI_AGAIN"]
        answer = api.http.get(api.path(name, "/policy/network"))
        assert answer.headers["X-Sprite-Policy-Enforcement"].startswith("isolated;")
        assert not api.shell(name, "ls /.sprite").count("policy")


@only_full
@needs_criu
def test_a_restore_does_not_bring_back_a_way_out_that_was_turned_off(
    tmp_path: Path, world: World
) -> None:
    with world(tmp_path / "data") as api:
        name = api.create()
        hold(api, name, ONE, "/tmp/silent")
        checkpoint = api.checkpoint(name)
    with world(tmp_path / "data", "--network", "off") as api:
        events = api.restore(name, checkpoint)
        assert any("brought back" in event.get("data", "") for event in events), events
        api.shell(name, until("/tmp/silent", "failed"))
        assert talk(api, name, ONE) == ["ENETUNREACH"]


def test_what_is_allowed_by_hand_is_reached(tmp_path: Path, world: World) -> None:
    """The machine's own address is not reached by allowing the network around it."""
    options = ("--network", "off", "--allow-network", "10.0.0.0/8", "--allow-network", "5.5.5.0/24")
    with world(tmp_path / "data", *options) as api:
        name = api.create()
        assert talk(api, name, "10.1.2.3", "inside.example.com") == ["10.1.2.3"] * 2
        assert talk(api, name, outside.GATE, outside.OWN, ONE) == [
            outside.GATE,
            "ECONNRESET",
            "ECONNRESET",
        ]
        restrict(api, name, deny("*"))
        assert talk(api, name, "10.1.2.3") == ["ECONNRESET"]
    with world(tmp_path / "more", "--allow-network", outside.OWN) as api:
        assert talk(api, api.create(), outside.OWN, "10.1.2.3", ONE) == [
            outside.OWN,
            "ECONNRESET",
            ONE,
        ]


@only_rootless
def test_a_server_that_is_root_serves_sprites_without_root_alike(
    tmp_path: Path, api_of: MakeApi, tier: str
) -> None:
    with serving_beyond(tmp_path / "data", api_of, tier, as_root=True) as api:
        name = api.create()
        restrict(api, name, allow("*.example.com"))
        assert talk(api, name, "one.example.com", ONE, OTHER, *outside.PRIVATE, outside.OWN) == [
            *(ONE, ONE),
            *["ECONNRESET"] * (len(outside.PRIVATE) + 2),
        ]
