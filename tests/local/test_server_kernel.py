"""What of the kernel a sprite's programs reach, also as administrators of their own namespaces."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest

from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.needs import needs_full_tier
from tests.local.serving import Served, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[Served], AbstractContextManager[Api]]

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the numbers of calls are those of x86-64"
)
Run = Callable[..., str]

FULL = pytest.param("full", marks=needs_full_tier)
ROOTLESS = pytest.param("rootless", marks=needs_user_namespaces)

# Prints what calls return: lists of numbers, and texts to point to, as JSON.
CALL = """
import ctypes, errno, json, sys
libc = ctypes.CDLL(None, use_errno=True)
for call in json.loads(sys.argv[1]):
    words = [ctypes.c_long(word) if type(word) is int else word.encode() for word in call]
    failed = libc.syscall(*words) < 0
    print(errno.errorcode[ctypes.get_errno()] if failed else "done")
"""
# Makes a call as 32-bit programs do: its number, and two arguments.
OLD_CALL = """
import ctypes, errno, mmap, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
low = libc.mmap(None, 4096, rights, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, -1, 0)
words = struct.pack("<3I", *map(int, sys.argv[2:5]))
number, first, second = int(sys.argv[1]), 1, low + 256
code = struct.pack("<BBIBIBIHBB", 0x53, 0xB8, number, 0xBB, first, 0xB9, second, 0x80CD, 0x5B, 0xC3)
ctypes.memmove(low, code, len(code))
ctypes.memmove(second, words, len(words))
result = ctypes.CFUNCTYPE(ctypes.c_int)(low)()
print(errno.errorcode[-result] if result < 0 else "done")
"""
UNIX, IPV4, IPV6, NETLINK, PACKET = 1, 2, 10, 16, 17
SOCKET, SOCKET_PAIR = 41, 53
ADMINISTRATOR = ("unshare", "--user", "--map-root-user", "--net", "--mount")


@pytest.fixture(scope="module", params=[FULL, ROOTLESS])
def sprite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, api_of: ApiOf
) -> Iterator[tuple[Api, str]]:
    data = tmp_path_factory.mktemp("data")
    with serving(data, tier=request.param) as server, api_of(server) as api:
        yield api, api.create()


@pytest.fixture(scope="module")
def run(sprite: tuple[Api, str]) -> Run:
    """Run Python in a sprite, behind the words of another command."""
    api, name = sprite
    found = api.shell(name, "command -v python3 || echo /.sprite/python/bin/python3").strip()

    def run(script: str, *arguments: object, before: tuple[str, ...] = ()) -> str:
        words = [*before, found, "-c", script, *map(str, arguments)]
        out, complaints, code = api.run(name, *words)
        assert code == 0, complaints
        return out.decode().strip()

    return run


def answers(run: Run, *calls: tuple[int | str, ...], before: tuple[str, ...] = ()) -> set[str]:
    return set(run(CALL, json.dumps(calls), before=before).split())


@pytest.mark.parametrize("before", [(), ADMINISTRATOR])
def test_few_families_of_sockets_can_be_had(run: Run, before: tuple[str, ...]) -> None:
    """Not those that know no namespaces, nor those that changed what nobody may change."""
    families = set(range(1, 50)) - {UNIX, IPV4, IPV6, NETLINK, PACKET}
    calls = [(SOCKET, family, kind, 0) for family in families for kind in (1, 2, 3, 5)]
    pairs = [(SOCKET_PAIR, family, 1, 0, "x" * 8) for family in families]
    assert answers(run, *calls, *pairs, before=before) == {"EAFNOSUPPORT"}


@pytest.mark.parametrize("before", [(), ADMINISTRATOR])
def test_few_parts_of_the_kernel_can_be_spoken_to(run: Run, before: tuple[str, ...]) -> None:
    """Neither netfilter nor IPsec nor ciphers, as administrator of a network neither."""
    kinds = (2, 3, 3 | 0o2000000 | 0o4000)
    protocols = set(range(32)) - {0, 4, 9, 15, 16}
    calls = [(SOCKET, NETLINK, kind, protocol) for kind in kinds for protocol in protocols]
    assert answers(run, *calls, before=before) == {"EPROTONOSUPPORT"}


def test_what_programs_ask_by_netlink_is_answered(run: Run) -> None:
    calls = [(SOCKET, NETLINK, 3, protocol) for protocol in (0, 4, 9, 15, 16)]
    assert answers(run, *calls) == {"done"}


def test_old_filters_cannot_be_set(run: Run) -> None:
    """As iptables did it before nf_tables; nor a socket's own IPsec."""
    script = """
import errno, socket
for family, level, options in ((2, 0, (16, 17, 64, 65, 96, 97, 128)), (10, 41, (34, 35, 64, 65))):
    with socket.socket(family, 3, 255) as sock:
        for option in options:
            try:
                sock.setsockopt(level, option, bytes(84))
            except OSError as error:
                print(errno.errorcode[error.errno])
        sock.setsockopt(level, 2 if family == 2 else 16, 64)
"""
    assert set(run(script, before=ADMINISTRATOR).split()) == {"ENOPROTOOPT"}


def test_networks_and_mounts_of_their_own_can_be_made(run: Run) -> None:
    """As sandboxes of browsers do, and containers."""
    script = """
import subprocess
for words in ("ip link set lo up", "ip link add v0 type veth peer name v1", "mount -t tmpfs x /"):
    subprocess.run(words.split(), check=True)
print("made")
"""
    assert run(script, before=ADMINISTRATOR) == "made"


def test_there_are_no_keyrings(run: Run) -> None:
    """All sprites share their users' quota, and keys of one user would be seen by the others."""
    calls = [(248, "user", "k", "v", 1, -3), (249, "user", "k", 0, -3), (250, 0, -3, 0)]
    assert answers(run, *calls) == {"ENOSYS"}


def test_files_are_not_opened_by_handles(run: Run) -> None:
    assert answers(run, (304, 0, "x" * 64, 0), before=ADMINISTRATOR) == {"EPERM"}


@pytest.mark.parametrize("words", [(NETLINK, 3, 12), (IPV4, 1, 0)])
def test_sockets_are_not_had_as_32_bit_programs_have_them(run: Run, words: tuple[int, ...]) -> None:
    """What that call is asked for lies in memory, where no filter sees it."""
    assert run(OLD_CALL, 102, *words) == "ENOSYS"


def test_the_kernel_tells_the_file_api_no_more_than_programs(sprite: tuple[Api, str]) -> None:
    """A server that is root could read where the kernel and its devices are in memory."""
    api, name = sprite
    for path in ("/proc/iomem", "/proc/ioports", "/proc/kallsyms"):
        # The last one is longer than the output of a command should be.
        told = api.shell(name, f"head -c 4096 {path}")
        assert api.read(name, path).decode().startswith(told), path
        assert told


def test_the_kernel_lets_the_file_api_do_no_more_than_programs(sprite: tuple[Api, str]) -> None:
    """A server that is root could take a process out of the reach of limits."""
    api, name = sprite
    with api.socket(name, params=[("cmd", "sleep"), ("cmd", "1000")]) as client:
        client.recv(timeout=20)
        pid = api.shell(name, "pgrep sleep").strip()
        # The second is for whoever may do everything in a sprite, which its server may in `full`.
        forbidden = {"oom_score_adj": b"-1000", "timerslack_ns": b"77"}
        if api.server.tier == "full":
            del forbidden["timerslack_ns"]
        for setting, value in forbidden.items():
            api.shell(name, f"ln -sfn /proc/{pid}/{setting} /tmp/link")
            answer = api.http.put(
                api.path(name, "/fs/write"), params={"path": "/tmp/link"}, content=value
            )
            assert answer.status_code == 403, answer.text
