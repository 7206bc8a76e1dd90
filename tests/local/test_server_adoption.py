"""A server that is killed takes nothing with it: the next one goes on with what runs."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from sprites_facade.testing import LocalServer, LocalServerError
from sprites_local.engines.common import control
from sprites_local.engines.full import host
from sprites_local.engines.full.cgroup import find_hierarchies
from sprites_local.engines.full.processes import find_init
from sprites_local.init import frames
from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.kills import evidence
from tests.local.needs import needs_full_tier, needs_linux
from tests.local.services import path, put, shell, state, wait_for_output
from tests.local.serving import Served, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[Any], AbstractContextManager[Api]]

COUNTER = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done"


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def for_tiers(*tiers: str) -> pytest.MarkDecorator:
    """Run a test on these tiers, as far as this machine or who runs the tests wants them."""
    marks = {"full": needs_full_tier, "rootless": needs_user_namespaces, "portable": needs_linux}
    wanted = os.environ.get("SPRITES_TEST_ENGINE")
    chosen = [
        pytest.param(tier, marks=marks[tier]) for tier in tiers if wanted in {None, "auto", tier}
    ]
    return pytest.mark.parametrize("tier", chosen)


each_tier = for_tiers("full", "rootless", "portable")


def guardians(data_dir: Path) -> list[int]:
    """Find the guardians of sprites of the lower tiers."""
    found = evidence.processes(data_dir).items()
    return [pid for pid, text in found if "sprites_local.init" in text]


def engine_init(data_dir: Path, tier: str) -> int:
    """Find PID 1 of the only sprite, in our counting."""
    if tier == "rootless":
        (launcher,) = guardians(data_dir)
        (init,) = children(launcher)
        return init
    unified = find_hierarchies().unified
    assert unified is not None
    (group,) = (unified / host.group_name(data_dir / "engine")).glob("[!_]*/main")
    return find_init(group)


def numbers(data_dir: Path, tier: str) -> Path:
    """Return where the processes of the only sprite are by the numbers that it knows."""
    return Path("/proc" if tier == "portable" else f"/proc/{engine_init(data_dir, tier)}/root/proc")


def left_of(data_dir: Path) -> list[str]:
    return evidence.traces(data_dir)


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def until_gone(process: Path, seconds: float = 20) -> None:
    """Wait until a process is gone, or nobody but its parent knows it any more."""

    def gone() -> bool:
        try:
            return "\nState:\tZ" in (process / "status").read_text()
        except OSError:
            return True

    until(gone, seconds)


@contextmanager
def killed_at_end(served: Served, *, helper: bool = False) -> Iterator[None]:
    """Kill a server at the end of the block, and its helper (or guardians) with it if asked to."""
    yield
    helpers = children(served.pid) if helper else []
    for pid in (served.pid, *helpers):
        os.kill(pid, signal.SIGKILL)


def sessions(api: Api, name: str) -> list[dict[str, Any]]:
    listed = api.http.get(api.path(name, "/exec")).json()["sessions"]
    return list(listed)


@contextmanager
def begun(api: Api, name: str, script: str, **query: Any) -> Iterator[tuple[ClientConnection, str]]:
    """Start a shell script and stay connected to it."""
    words = [("cmd", word) for word in ("sh", "-c", script)]
    more = [(key, str(value)) for key, value in query.items()]
    with api.socket(name, params=[*words, *more]) as socket:
        yield socket, str(json.loads(socket.recv(timeout=10))["session_id"])


@contextmanager
def attached(api: Api, name: str, session: str) -> Iterator[ClientConnection]:
    with api.socket(name, f"/exec/{session}") as socket:
        assert json.loads(socket.recv(timeout=10))["session_id"] == session
        yield socket


def rest(socket: ClientConnection) -> tuple[bytes, int | None]:
    """Read to the end: standard output and the exit code; None where the server was killed."""
    output = b""
    try:
        while True:
            frame = socket.recv(timeout=10)
            if isinstance(frame, bytes) and frame[0] == 3:
                return output, frame[1]
            if isinstance(frame, bytes):
                output += frame[1:]
    except ConnectionClosed:
        return output, None


def read_until(socket: ClientConnection, wanted: bytes, head: int = 1) -> bytes:
    """Read output, of which each message on a pipe begins with the number of its stream."""
    output, deadline = b"", time.monotonic() + 20
    while wanted not in output:
        frame = socket.recv(timeout=deadline - time.monotonic())
        output += frame[head:] if isinstance(frame, bytes) else b""
    return output


@each_tier
def test_sessions_go_on(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    go_on(tmp_path, api_of, tier, helper=False)


@for_tiers("full")
def test_sessions_go_on_without_a_helper(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    go_on(tmp_path, api_of, tier, helper=True)


def go_on(tmp_path: Path, api_of: ApiOf, tier: str, *, helper: bool) -> None:
    """The same id, command line and time; nothing that was printed is lost; input and kill work."""
    fixed = ("id", "command", "workdir", "created", "tty", "is_active")
    reads = "echo ready; read line; echo got $line; exit 7"
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with (
            begun(api, "s", COUNTER, max_run_after_disconnect="1h") as (counting, counter),
            begun(api, "s", reads, max_run_after_disconnect="1h", stdin="true") as (
                reading,
                reader,
            ),
            killed_at_end(served, helper=helper),
        ):
            read_until(counting, b"\n10\n")
            read_until(reading, b"ready")
            before = [[one[key] for key in fixed] for one in sessions(api, "s")]
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        assert api.http.get(api.path("s")).json()["status"] == "running"
        assert [[one[key] for key in fixed] for one in sessions(api, "s")] == before
        with attached(api, "s", counter) as counting:
            printed = read_until(counting, b"\n60\n")
        assert printed.split()[:60] == [b"%d" % i for i in range(1, 61)]
        with attached(api, "s", reader) as reading:
            reading.send(b"\x00input\n")
            assert rest(reading) == (b"ready\ngot input\n", 7)
        events = api.events("POST", api.path("s", f"/exec/{counter}/kill?signal=TERM&timeout=5s"))
        assert events[-1]["exit_code"] == 143
        assert sessions(api, "s") == []
        assert api.run("s", "echo", "new")[0] == b"new\n"
        assert list((tmp_path / "sessions").iterdir()) == []
    assert left_of(tmp_path) == []


@each_tier
def test_what_ended_meanwhile_waits_for_its_client(
    tmp_path: Path, api_of: ApiOf, tier: str
) -> None:
    """With its last output and its exit code."""
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with (
            begun(api, "s", "echo one; read x; echo two; exit 5", stdin="true") as (socket, number),
            begun(api, "s", f"read x; echo > /proc/{number}/fd/0", stdin="true") as (_, opener),
            killed_at_end(served),
        ):
            read_until(socket, b"one")
            until(lambda: any((tmp_path / "sessions").iterdir()))
            os.kill(served.pid, signal.SIGSTOP)  # nobody reads what comes now
            seen = numbers(tmp_path, tier)
            (seen / opener / "fd/0").write_text("\n")
            until_gone(seen / number)
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        assert number not in [one["id"] for one in sessions(api, "s")]
        with attached(api, "s", number) as socket:
            assert rest(socket) == (b"one\ntwo\n", 5)
        with pytest.raises(InvalidStatus, match="404"), attached(api, "s", number):
            pass


@each_tier
def test_terminals_go_on(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    params = [("cmd", "sh"), ("tty", "true"), ("rows", "30"), ("cols", "90")]
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with api.socket("s", params=params) as socket, killed_at_end(served):
            number = json.loads(socket.recv(timeout=10))["session_id"]
            socket.send(json.dumps({"type": "resize", "rows": 40, "cols": 100}))
            socket.send(b"v=kept; stty size\n")
            read_until(socket, b"40 100", 0)
    with (
        serving(tmp_path, tier=tier) as served,
        api_of(served) as api,
        api.socket("s", f"/exec/{number}") as socket,
    ):
        told = json.loads(socket.recv(timeout=10))
        assert (told["rows"], told["cols"], told["tty"]) == (40, 100, True)
        socket.send(json.dumps({"type": "resize", "rows": 20, "cols": 50}))
        socket.send(b"echo $v; stty size; exit 3\n")
        read_until(socket, b"kept\r\n20 50", 0)


@each_tier
def test_clients_that_stay_away_lose_their_session(
    tmp_path: Path, api_of: ApiOf, tier: str
) -> None:
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with (
            begun(api, "s", COUNTER, max_run_after_disconnect="500ms") as (_, number),
            killed_at_end(served),
        ):
            pass
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        until_gone(numbers(tmp_path, tier) / number)
        with attached(api, "s", number) as socket:
            assert rest(socket)[1] == 137


@each_tier
def test_services_are_taken_over(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """They run on, what they print goes on, and what was stopped stays so."""
    with serving(tmp_path, tier=tier) as served, api_of(served) as api, killed_at_end(served):
        api.http.post("/v1/sprites", json={"name": "s"})
        put(api, "s", "counts", shell(COUNTER))
        put(api, "s", "rests", shell("echo up; exec sleep 1000"))
        api.events("POST", path(api, "s", "/rests/stop"))
        wait_for_output(api, "s", "counts", "20\n")
        before = state(api, "s", "counts")["pid"]
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        assert state(api, "s", "counts")["pid"] == before
        assert state(api, "s", "rests")["status"] == "stopped"
        assert sessions(api, "s") == []
        wait_for_output(api, "s", "counts", "80\n")
        lines = api.read("s", "/.sprite/logs/services/counts.log").decode().splitlines()
        log = [line.split()[2] for line in lines]
        assert log[:20] == [str(i) for i in range(1, 21)]
        assert {str(i) for i in range(70, 81)} <= {*log}
        api.events("POST", path(api, "s", "/rests/start"))
        assert state(api, "s", "rests")["status"] == "running"


@for_tiers("full", "rootless")
def test_what_no_server_started_is_ended(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """The sprite can make up notes; they name what is listed, and nothing is made of others."""
    spawn = {"op": "spawn", "argv": ["sleep", "1000"], "env": {"PATH": "/usr/bin"}, "cwd": "/"}
    spawn |= {"uid": 1000, "gid": 1000, "tty": None, "withdraw": []}
    with serving(tmp_path, tier=tier) as served, api_of(served) as api, killed_at_end(served):
        api.http.post("/v1/sprites", json={"name": "s"})
        api.run("s", "true")
        init = engine_init(tmp_path, tier)
        root = control.open_root(init)
        with control.connect(root, init) as sock:
            host_side, pids = frames.Connection(sock), []
            for number, note in enumerate(('{"argv": 1}', '{"service": "gone"}', "")):
                host_side.send({**spawn, "id": f"c{1000 + number}", "note": note, "seq": number})
                answer, ends = host_side.receive() or ({}, [])
                frames.close_all(ends)
                pids.append(answer["pid"])
        os.close(root)
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        assert sessions(api, "s") == []
        for pid in pids:
            until_gone(numbers(tmp_path, tier) / str(pid))
        assert api.run("s", "echo", "well")[0] == b"well\n"


@for_tiers("full", "rootless")
def test_the_management_socket_is_served_anew(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    ask = ["curl", "-sf", "--unix-socket", "/.sprite/api.sock", "http://sprite/info"]
    with serving(tmp_path, tier=tier) as served, api_of(served) as api, killed_at_end(served):
        api.http.post("/v1/sprites", json={"name": "s"})
        told = api.run("s", *ask)
        assert told[2] == 0
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        assert api.run("s", *ask)[2] == 0


@for_tiers("full")
def test_a_sprite_that_rested_runs_on(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """Its processes stood still when the server was killed."""
    query = {"max_run_after_disconnect": "1h"}
    with serving(tmp_path, "--idle-timeout", "0.3", tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with begun(api, "s", COUNTER, **query) as (socket, number):
            read_until(socket, b"\n5\n")
        with killed_at_end(served):
            accept = {"Accept": "application/x-ndjson"}
            with api.http.stream("GET", "/v1/sprites", headers=accept) as watched:
                assert any('"warm"' in line for line in watched.iter_lines())
    with (
        serving(tmp_path, tier=tier) as served,
        api_of(served) as api,
        attached(api, "s", number) as socket,
    ):
        read_until(socket, b"\n60\n")


@each_tier
def test_nothing_stays_when_no_server_comes(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    with serving(tmp_path, "--orphan-timeout", "3", tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with begun(api, "s", COUNTER), killed_at_end(served):
            pass
    assert left_of(tmp_path)
    until(lambda: left_of(tmp_path) == [])


@for_tiers("full")
def test_servers_that_come_while_a_dead_ones_helper_waits(
    tmp_path: Path, api_of: ApiOf, tier: str
) -> None:
    """One gets the directory, another is refused, and the helper ends nothing of theirs."""
    with serving(tmp_path, "--orphan-timeout", "4", tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        query = {"max_run_after_disconnect": "1h"}
        with begun(api, "s", COUNTER, **query) as (_, number), killed_at_end(served):
            helper = children(served.pid)
    with serving(tmp_path, "--orphan-timeout", "4", tier=tier) as served, api_of(served) as api:
        with pytest.raises(LocalServerError, match="another server is using"):
            LocalServer(data_dir=tmp_path).start()
        for pid in helper:
            until_gone(Path(f"/proc/{pid}"))
        with attached(api, "s", number) as socket:
            read_until(socket, b"\n80\n")


@each_tier
def test_servers_that_die_one_after_the_other(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """The last one goes on with what the first one began."""
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        query = {"max_run_after_disconnect": "1h"}
        with begun(api, "s", COUNTER, **query) as (socket, number), killed_at_end(served):
            read_until(socket, b"\n10\n")
    for last in (b"\n50\n", b"\n100\n", b"\n150\n"):
        with (
            serving(tmp_path, tier=tier) as served,
            api_of(served) as api,
            attached(api, "s", number) as socket,
            killed_at_end(served),
        ):
            printed = read_until(socket, last)
    # What is read in the very moment of a kill is lost; see docs/adr/0014-adoption.md.
    assert len({*range(1, 151)} - {*map(int, printed.split())}) <= 3
    with serving(tmp_path, tier=tier):
        pass
    assert left_of(tmp_path) == []


@for_tiers("rootless", "portable")
def test_a_guardian_that_is_killed_with_its_server_leaves_nothing(
    tmp_path: Path, api_of: ApiOf, tier: str
) -> None:
    """The next server has the sprite, not its commands, and nothing of them runs."""
    hidden = "setsid sh -c 'sleep 1000' & env -i setsid sleep 1001 & wait"
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        api.http.post("/v1/sprites", json={"name": "s"})
        with begun(api, "s", hidden), killed_at_end(served):
            os.kill(*guardians(tmp_path), signal.SIGKILL)
    with serving(tmp_path, tier=tier) as served, api_of(served) as api:
        assert sessions(api, "s") == []
        mine = {served.pid, *guardians(tmp_path)}
        assert {*evidence.processes(tmp_path)} == mine
        assert api.run("s", "echo", "well")[0] == b"well\n"
    assert left_of(tmp_path) == []
