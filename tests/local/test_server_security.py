"""What others can do to the server: people of this machine, holders of no token, hostile sprites.

docs/reference/security.md lists all claims and the tests that try to break them.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from sprites_local import auth, connections
from sprites_local.execution import SESSION_LIMIT
from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.needs import needs_full_tier
from tests.local.serving import TOKEN, Served, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[Served], AbstractContextManager[Api]]

FULL = pytest.param("full", marks=needs_full_tier)
ROOTLESS = pytest.param("rootless", marks=needs_user_namespaces)
TIERS = [FULL, ROOTLESS, "portable"]
NOBODY = 65534
SECRET = "s3cret-value"

# Tries to read everything below the directories that are its arguments, and of the process.
SPY = """
import os, sys
found = []
for top in sys.argv[2:]:
    for directory, _, names in os.walk(top, onerror=lambda error: None):
        for name in names:
            path = os.path.join(directory, name)
            try: open(path, "rb").read(); found.append(path)
            except OSError: pass
for name in ("cmdline", "environ", "maps", "mem", "fd/0"):
    try: found.append(open(f"/proc/{sys.argv[1]}/{name}", "rb").read().decode("latin-1"))
    except OSError: pass
print(found)
"""


@pytest.fixture(scope="module", params=TIERS)
def told(request: pytest.FixtureRequest, api_of: ApiOf) -> Iterator[dict[str, str]]:
    """What another user can read of a server, and what it logs, after it was told secrets."""
    # Pytest's own directories are closed to others.
    with tempfile.TemporaryDirectory() as place:
        data, log = Path(place, "data"), Path(place, "log")
        data.mkdir()
        for path in (Path(place), data):
            path.chmod(0o755)
        with log.open("w") as file, serving(data, tier=request.param, errors=file) as server:
            with api_of(server) as api:
                _tell_secrets(api)
            read = _spy(server.pid, data) if os.geteuid() == 0 else ""
        yield {"data": str(data), "read": read, "log": log.read_text()}


def _tell_secrets(api: Api) -> None:
    """Use secrets in all ways there are, and let many of them go wrong."""
    name = api.create()
    api.run(name, "sh", "-c", "echo secret > s; chmod 4777 s", dir="/home/sprite")
    api.run(name, "sh", "-c", "cat; exit 3", env=f"KEY={SECRET}")
    api.run(name, "no-such-program", SECRET, env=f"KEY={SECRET}")
    api.write(name, "/home/sprite/secret", SECRET.encode(), mode="0666")
    for scheme in ("Bearer", "Basic"):
        headers = {"Authorization": f"{scheme} {SECRET}"}
        httpx.get(api.server.url + "/v1/sprites", headers=headers)
    service = {"cmd": "sh", "args": ["-c", "exit 1"], "env": {"KEY": SECRET}}
    api.http.put(api.path(name, "/services/bad"), json=service)
    api.http.post(api.path(name, "/exec"), params={"cmd": "true", "env": SECRET})
    api.http.post("/v1/sprites", content=b'{"name": "' + SECRET.encode())
    api.checkpoint(name, SECRET)
    params = [("cmd", "cat"), ("env", f"KEY={SECRET}")]
    with contextlib.suppress(ConnectionClosed), api.socket(name, params=params) as client:
        client.send(f'{{"type": "{SECRET}"')


def _spy(pid: int, data: Path) -> str:
    python = next(p for p in ("/usr/bin/python3", sys.executable) if Path(p).exists())
    return subprocess.run(
        [python, "-c", SPY, str(pid), str(data)], user=NOBODY, group=NOBODY, extra_groups=[],
        capture_output=True, text=True, check=True, cwd="/",
    ).stdout  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_of_the_machine_reads_nothing(told: dict[str, str]) -> None:
    """Neither token nor state nor files, even where the directory was there and open to all."""
    assert "serve" in told["read"]  # the command line is everybody's
    assert TOKEN not in told["read"]
    assert f"{told['data']}/" not in told["read"]


def test_no_secret_is_logged(told: dict[str, str]) -> None:
    """Neither tokens, environments, inputs nor contents, whatever goes wrong with them."""
    assert SECRET not in told["log"]
    assert TOKEN not in told["log"]


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is hard to measure; that no other comparison decides is not."""
    asked = []

    def compare(one: Any, other: Any) -> bool:
        asked.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    credentials = auth.Credentials("right", minted=lambda token: False)
    assert not credentials.admit(b"Bearer right")
    assert len(asked) == 1


# Exchanges a directory and a link that leads to the place that is its argument, as fast as it can.
SWAP = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
os.makedirs("real", exist_ok=True)
os.symlink(sys.argv[1], "link")
print("ready", flush=True)
while True:
    os.makedirs("real/d/e", exist_ok=True) if os.path.isdir("real") else None
    libc.syscall(316, -100, b"real", -100, b"link", 2)
    try: open("real/secret", "x").close() if not os.path.islink("real") else None
    except OSError: pass
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the number is that of x86-64")
@pytest.mark.parametrize("tier", TIERS)
def test_swapped_links_lead_no_request_out(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """A command swaps a directory for a link to the host's while requests go through it."""
    outside = tmp_path / "outside"
    (outside / "d/e").mkdir(parents=True)
    (outside / "secret").write_text("the host's")
    (outside / "d/secret").write_text("the host's")
    before = {path: path.lstat() for path in sorted(outside.rglob("*"))}
    with serving(tmp_path / "data", tier=tier) as server, api_of(server) as api:
        name = api.create()
        find = "command -v python3 || echo /.sprite/python/bin/python3"
        python = sys.executable if tier == "portable" else api.shell(name, find).strip()
        words = [("cmd", word) for word in (python, "-c", SWAP, str(outside))]
        with api.socket(name, params=[*words, ("dir", "/home/sprite"), ("stdin", "false")]) as run:
            while b"ready" not in _bytes(run.recv(timeout=20)):
                pass
            answers = _use_all(api, name)
    assert not [text for text in answers if "the host's" in text]
    assert sum(text.startswith("200") for text in answers) > 9, sorted(answers)[:5]
    after = {path: path.lstat() for path in sorted(outside.rglob("*"))}
    assert before.keys() == after.keys()
    for path, info in before.items():
        seen = after[path]
        assert (info.st_ctime_ns, info.st_mode) == (seen.st_ctime_ns, seen.st_mode), path


def _use_all(api: Api, name: str) -> list[str]:
    """Ask for each file operation through the path that is swapped; return what was answered."""
    there, fs = "/home/sprite/real", api.path(name, "/fs")
    body = {"path": f"{there}/d", "recursive": True}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/read", {"params": {"path": f"{there}/secret"}}),
        ("GET", "/list", {"params": {"path": there, "recursive": "true"}}),
        ("PUT", "/write", {"params": {"path": f"{there}/secret"}, "content": b"changed"}),
        ("PUT", "/write", {"params": {"path": f"{there}/new/x", "mkdir": "true"}, "content": b""}),
        ("DELETE", "/delete", {"json": body}),
        ("DELETE", "/delete", {"params": {"path": f"{there}/secret"}}),
        ("POST", "/rename", {"json": {"source": f"{there}/secret", "dest": "/home/sprite/got"}}),
        ("POST", "/rename", {"json": {"source": "/home/sprite/got", "dest": f"{there}/put"}}),
        ("POST", "/copy", {"json": {"source": there, "dest": "/tmp/copy", "recursive": True}}),
        ("POST", "/copy", {"json": {"source": "/etc/hostname", "dest": f"{there}/copied"}}),
        ("POST", "/chmod", {"json": {**body, "mode": "0777"}}),
        ("POST", "/chown", {"json": {**body, "uid": 1000, "gid": 1000, "asRoot": True}}),
    ]
    answers = []
    for _ in range(6):
        for method, path, options in asked:
            answer = api.http.request(method, fs + path, **options)
            assert answer.status_code < 500, (path, answer.text)
            answers.append(f"{answer.status_code} {answer.text}")
    return answers


DEEP = [b"[" * 200_000, b'{"a":' * 200_000, b"[" * 200_000 + b"]" * 200_000]


@pytest.mark.parametrize("body", DEEP)
def test_deep_json_is_refused(api: Api, shared: str, body: bytes) -> None:
    """Bodies and messages that nest deeper than any stack are wrong input and no more."""
    for method, path in (
        ("POST", "/v1/sprites"),
        ("POST", api.path(shared, "/checkpoint")),
        ("POST", api.path(shared, "/fs/rename")),
        ("PUT", api.path(shared, "/services/x")),
        ("POST", api.path(shared, "/policy/network")),
    ):
        answer = api.http.request(method, path, content=body)
        assert 400 <= answer.status_code < 500, (path, answer.text)
    commands = [("cmd", "cat"), ("tty", "true")]
    for rest, params in (("/proxy", []), ("/control", []), ("/exec", commands)):
        with (
            contextlib.suppress(ConnectionClosed, TimeoutError),
            api.socket(shared, rest, params=params) as client,
        ):
            client.send(body.decode())
            while True:
                assert b"Traceback" not in _bytes(client.recv(timeout=0.3))
    assert api.shell(shared, "echo lives") == "lives\n"


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


@pytest.mark.parametrize("rest", ["/proxy", "/control", "/exec", "/fs/watch"])
def test_messages_over_the_limit_end_their_connection(api: Api, shared: str, rest: str) -> None:
    commands = [("cmd", "cat"), ("stdin", "true")]
    params = commands if rest == "/exec" else [("path", "/tmp")]
    with api.socket(shared, rest, params=params) as client, pytest.raises(ConnectionClosed) as end:
        _say_and_listen(client, bytes((16 << 20) + 1))
    assert end.value.rcvd is None or end.value.rcvd.code == 1009
    assert api.shell(shared, "echo lives") == "lives\n"


def _say_and_listen(client: ClientConnection, message: bytes) -> None:
    client.send(message)
    while True:
        client.recv(timeout=10)


def test_heads_over_the_limit_are_refused(api: Api) -> None:
    address = httpx.URL(api.server.url)
    with socket.create_connection((address.host, address.port or 80), timeout=10) as raw:
        with contextlib.suppress(ConnectionError):
            raw.sendall(b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"x" * (2 << 20))
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = raw.recv(100)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert api.http.get("/v1/sprites").status_code == 200


@pytest.fixture
def usual(tmp_path: Path, api_of: ApiOf) -> Iterator[Api]:
    """A server that was started with as many descriptors as is usual."""
    prefix = ("sh", "-c", 'ulimit -Sn 1024; exec "$@"', "sh")
    with serving(tmp_path / "data", wrapper=prefix) as server, api_of(server) as api:
        yield api


def test_many_silent_connections_keep_nobody_out(usual: Api) -> None:
    """More than a process may have open by default; they need no token."""
    api = usual
    address = httpx.URL(api.server.url)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1500
    if hard != resource.RLIM_INFINITY and hard < 2 * wanted:
        pytest.skip(f"this machine allows {hard} open files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * wanted), hard))
    try:
        with ExitStack() as stack:
            for _ in range(wanted):
                raw = socket.create_connection((address.host, address.port or 80), timeout=10)
                stack.enter_context(raw)
                raw.sendall(b"GET / HTT")
            assert httpx.get(f"{api.server.url}/v1/sprites").status_code == 401
            assert api.http.get("/v1/sprites").status_code == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server of nothing, which waits shortly for heads."""
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 0.3)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(0.6)  # an answer may take its time
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, http=connections.Connection, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(20)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"whole"])
def test_requests_must_begin_and_come_in_time(impatient: int, said: bytes) -> None:
    """Silence and a head without an end are cut; a request whose answer takes longer is not."""
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", impatient), timeout=10) as raw:
        if said == b"whole":
            for _ in range(2):  # the second on a connection that rested
                raw.sendall(whole)
                assert raw.recv(1000).startswith(b"HTTP/1.1 204")
            raw.sendall(whole[:9])
        else:
            raw.sendall(said)
        assert raw.recv(1000) == b""


def test_the_commands_of_a_sprite_are_bounded(usual: Api) -> None:
    """Sessions that outlive their clients would be memory and descriptors without end."""
    api, sprite = usual, usual.create()
    address = httpx.URL(api.server.url)
    head = (
        f"POST {api.path(sprite, '/exec')}?cmd=sh&cmd=-c&cmd=echo+x;+exec+sleep+1000 HTTP/1.1\r\n"
        f"Host: {address.host}:{address.port}\r\nContent-Length: 0\r\n"
        f"Authorization: Bearer {api.server.token}\r\n\r\n"
    )
    with ExitStack() as stack:
        place = (address.host, address.port or 80)
        clients = [
            stack.enter_context(socket.create_connection(place, timeout=30))
            for _ in range(SESSION_LIMIT)
        ]
        for client in clients:
            client.sendall(head.encode())
        assert {client.recv(12) for client in clients} == {b"HTTP/1.1 200"}
        refused = api.http.post(api.path(sprite, "/exec"), params={"cmd": "true"})
        assert (refused.status_code, "512 commands" in refused.text) == (503, True)


@pytest.mark.parametrize("tier", [FULL, ROOTLESS])
def test_a_sprite_reaches_no_port_of_the_server(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """Not even with the token in its hands, from any address that it has."""
    with serving(tmp_path / "data", tier=tier) as server, api_of(server) as api:
        name = api.create()
        port = httpx.URL(server.url).port
        hosts = ["127.0.0.1", "localhost", "0.0.0.0", "10.0.0.1", "::1", *_own_addresses()]
        asked = f"GET /v1/sprites HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n"
        asked += f"Authorization: Bearer {TOKEN}\\r\\nConnection: close\\r\\n\\r\\n"
        # The way out may take a connection before it knows where that may not lead.
        script = (
            f"for host in {' '.join(hosts)}; do timeout 5 bash -c"
            f" \"exec 3<>/dev/tcp/$host/{port} && printf '{asked}' >&3 && head -c 12 <&3\""
            " 2>/dev/null; done; echo done"
        )
        assert api.run(name, "bash", "-c", script)[0] == b"done\n"
        assert json.loads(api.http.get("/v1/sprites").text)["sprites"]


def _own_addresses() -> list[str]:
    """Return the addresses of this machine that others know."""
    found = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False)
    return found.stdout.split()[:3]
