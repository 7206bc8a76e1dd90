"""The portable tier where nothing of Linux is: as near to macOS as Linux comes.

The modules that it imports may name nothing that other systems have not got, neither as they are
imported nor when they are used.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import InvalidStatus

from tests.local.kills import evidence
from tests.local.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.local.conftest import Api

_ELSEWHERE = Path(__file__).with_name("elsewhere")
_PROJECT = Path(__file__).parents[2]
_PATH = os.pathsep.join([str(_ELSEWHERE), str(_PROJECT)])


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose programs find another system."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", _PATH)
        # `auto`: the better tiers must refuse, not fail.
        patch.setenv("SPRITES_TEST_ENGINE", "auto")
        with serving(tmp_path_factory.mktemp("elsewhere")) as server:
            yield server


@pytest.fixture
def other(
    elsewhere: Served, api_of: Callable[[Served], AbstractContextManager[Api]]
) -> Iterator[Api]:
    with api_of(elsewhere) as client:
        yield client


def test_the_last_tier_is_chosen_and_the_others_say_why(other: Api) -> None:
    status = other.http.get("/_status").json()
    assert status["tier"] == "portable"
    reasons = {one["tier"]: one["reason"] for one in status["passed_over"]}
    assert reasons == {
        "full": "the full tier needs Linux",
        "rootless": "the rootless tier needs Linux",
    }


def test_commands_files_and_checkpoints_work(other: Api) -> None:
    name = other.create()
    other.write(name, "/home/sprite/file", b"before")
    assert other.run(name, "sh", "-c", "cat file; exit 3") == (b"before", b"", 3)
    checkpoint = other.checkpoint(name)
    other.shell(name, "rm file; mkdir -p a/b; ln -s nowhere a/link")
    other.restore(name, checkpoint)
    assert other.read(name, "/home/sprite/file") == b"before"
    listed = other.http.get(other.path(name, "/fs/list?path=/home/sprite")).json()
    assert [entry["name"] for entry in listed["entries"]] == ["file"]
    for action, body in (
        ("copy", {"source": "/home/sprite/file", "dest": "/home/sprite/two"}),
        ("chmod", {"path": "/home/sprite/two", "mode": "0600"}),
        ("rename", {"source": "/home/sprite/two", "dest": "/home/sprite/three"}),
    ):
        assert other.http.post(other.path(name, f"/fs/{action}"), json=body).status_code == 200
    gone = other.http.delete(other.path(name, "/fs/delete?path=/home/sprite&recursive=true"))
    assert gone.status_code == 200


def test_terminals_services_and_ports_work(other: Api) -> None:
    name = other.create()
    words = [("cmd", word) for word in ("sh", "-c", "stty size; exit 0")]
    with other.socket(name, params=[*words, ("tty", "true"), ("rows", "20")]) as socket:
        said = [message for message in socket if isinstance(message, bytes)]
    assert b"20 80" in b"".join(said)
    body = {"cmd": "sh", "args": ["-c", "echo up; exec sleep 600"]}
    events = other.events("PUT", other.path(name, "/services/s?duration=300ms"), json=body)
    assert [event["type"] for event in events] == ["started", "stdout", "complete"]
    with other.socket(name, "/ports/watch") as socket:
        assert json.loads(socket.recv(timeout=10)) == {"type": "port_list", "ports": []}
    assert other.http.delete(other.path(name)).status_code == 204


def test_what_the_system_cannot_do_is_told(other: Api) -> None:
    name = other.create()
    with pytest.raises(InvalidStatus) as refused, other.socket(name, "/fs/watch"):
        pass
    response = refused.value.response
    assert response.status_code == 501
    assert json.loads(response.body or b"") == {
        "error": "files cannot be followed on this system",
        "code": "EIO",
        "path": "",
    }


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "bereft"])
def test_what_a_killed_server_leaves(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    api_of: Callable[[Served], AbstractContextManager[Api]],
    guarded: bool,
) -> None:
    """The next one goes on with it; without its supervisor it ends what the notes name."""
    monkeypatch.setenv("PYTHONPATH", _PATH)
    deep = tmp_path / ("d" * 100)
    params = [("cmd", word) for word in ("sh", "-c", "sleep 1000 & echo $!; wait; exit 5")]
    params.append(("max_run_after_disconnect", "1h"))
    with serving(deep, tier="portable") as served, api_of(served) as api:
        name = api.create()
        with api.socket(name, params=params) as socket:
            number = json.loads(socket.recv(timeout=10))["session_id"]
            child = int(bytes(socket.recv(timeout=10))[1:])  # type: ignore[arg-type]
            victims = [served.pid, *(() if guarded else evidence.guardians(deep))]
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
    with serving(deep, tier="portable") as served, api_of(served) as api:
        listed = api.http.get(api.path(name, "/exec")).json()["sessions"]
        assert [one["id"] for one in listed] == ([number] if guarded else [])
        if guarded:
            with api.socket(name, f"/exec/{number}") as socket:
                os.kill(child, signal.SIGKILL)
                assert [*socket][-1] == b"\x03\x05"
    assert not is_alive(int(number))
    assert not is_alive(child)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_the_client_is_imported_too() -> None:
    program = (
        "import sys, sprites_facade as s; assert sys.platform == 'darwin'\n"
        "s.SpritesClient, s.AsyncSpritesClient\n"
        "import sprites_facade._sync.sockets, sprites_facade._async.sockets\n"
        "from sprites_facade.testing import LocalServer, AsyncLocalServer\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": _PATH},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
