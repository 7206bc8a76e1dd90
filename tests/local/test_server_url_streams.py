"""Bodies, failures and bounds of what passes through the URL of a sprite."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.listening import Held, until
from tests.local.serving import serving
from tests.local.urls import PROGRAM, client, free_port, serve_web

if TYPE_CHECKING:
    from tests.local.conftest import Api


def test_bodies_stream_both_ways_at_once(api: Api, web: str) -> None:
    with client(api, web) as one:
        one.head("POST", "/duplex", [("Transfer-Encoding", "chunked")])
        one.wire.send(b"5\r\nfirst\r\n")
        response = one.wire.getresponse()
        assert response.read1(100) == b"FIRST"
        one.wire.send(b"6\r\nsecond\r\n")
        assert response.read1(100) == b"SECOND"
        one.wire.send(b"0\r\n\r\n")
        assert response.read() == b""


def test_much_takes_little_memory(api: Api, web: str) -> None:
    size = 64 << 20
    status = Path(f"/proc/{Held(api.server)._pid}/status")

    def most() -> int:
        (line,) = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1])

    with client(api, web) as one:
        one.seen()
        before = most()
        data = b"y" * size
        said = one.seen("PUT", "/", body=data)
        assert (said["size"], said["sha256"]) == (size, hashlib.sha256(data).hexdigest())
        response = one.ask("GET", "/many")
        total = 0
        while piece := response.read(1 << 20):
            total += len(piece)
        assert total == 1024 * 65536
    assert most() - before < 24 << 10


def test_an_early_answer_is_not_lost(api: Api, web: str) -> None:
    with client(api, web) as one:
        one.head("POST", "/early", [("Content-Length", "100000000")])
        response = one.wire.getresponse()
        response.read()
    assert response.status == 413


def test_an_answer_that_breaks_is_not_made_whole(api: Api, web: str) -> None:
    with client(api, web) as one, pytest.raises(http.client.IncompleteRead) as broken:
        one.ask("GET", "/cut").read()
    assert broken.value.partial == b"some"


@pytest.mark.parametrize("path", ["/nothing", "/garbage"])
def test_no_answer_is_502(api: Api, web: str, path: str) -> None:
    with client(api, web) as one:
        response = one.ask("GET", path)
        said = json.loads(response.read())
    assert response.status == 502
    assert said["error"].startswith(f"the program in {web} gave no answer: ")


def test_a_client_that_leaves_is_not_waited_for(api: Api, web: str) -> None:
    held = Held(api.server)
    before = held.descriptors()["socket"]
    for _ in range(5):
        with client(api, web) as one:
            one.head("POST", "/duplex", [("Transfer-Encoding", "chunked")])
            one.wire.send(b"1\r\nx\r\n")
            assert one.wire.getresponse().read1(10) == b"X"
    until(api, lambda: held.descriptors()["socket"] <= before)


def test_a_stopped_service_is_503(api: Api, sprite: str) -> None:
    serve_web(api, sprite)
    with client(api, sprite) as one:
        assert one.seen()["method"] == "GET"
    assert api.http.post(api.path(sprite, "/services/web/stop")).status_code == 200
    with client(api, sprite) as one:
        response = one.ask()
        said = json.loads(response.read())
    assert (response.status, said) == (503, {"error": f"service web of {sprite} is stopped"})


def test_a_request_is_held_until_the_program_listens(api: Api, sprite: str) -> None:
    """The program waits for a file, which is written when the request is under way."""
    api.write(sprite, "/home/sprite/web.py", PROGRAM.encode())
    port = free_port()
    script = f"until [ -e go ]; do :; done; exec python3 web.py {port}"
    body = {"cmd": "sh", "args": ["-c", script], "http_port": port, "dir": "/home/sprite"}
    if api.server.tier == "portable":
        pytest.skip("the portable tier has no /home/sprite of its own")
    assert api.http.put(api.path(sprite, "/services/w?duration=0s"), json=body).status_code == 200
    with client(api, sprite) as one:
        one.head("GET", "/")
        api.write(sprite, "/home/sprite/go", b"")
        assert one.wire.getresponse().status == 207


def test_nothing_that_listens_is_502(
    tmp_path: Path, api_of: Callable[..., contextlib.AbstractContextManager[Api]]
) -> None:
    with serving(tmp_path / "data", "--url-wait", "100ms") as server, api_of(server) as api:
        name = api.create()
        if server.tier != "full":  # the host's own port may be in use
            port = free_port()
            body = {"cmd": "sleep", "args": ["1000"], "http_port": port}
            api.http.put(api.path(name, "/services/s?duration=0s"), json=body)
        with client(api, name) as one:
            response = one.ask()
            said = json.loads(response.read())
        assert response.status == 502
        assert said["error"].startswith("nothing answers on port ")
        assert "refused" in said["error"]
        assert api.http.get(api.path(name)).json()["status"] == "running"


def test_another_programs_port_is_not_the_sprites(api: Api, sprite: str) -> None:
    """Where the network is the host's, only what the sprite's own processes hold is reached."""
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(0)
        port = outside.getsockname()[1]
        body = {"cmd": "sleep", "args": ["1000"], "http_port": port}
        api.http.put(api.path(sprite, "/services/s?duration=0s"), json=body)
        with client(api, sprite) as one:
            one.wire.timeout = 1
            with pytest.raises(TimeoutError):  # it is held, and refused later
                one.ask()
        with pytest.raises(BlockingIOError):
            outside.accept()


def exchange(api: Api, sent: bytes) -> bytes:
    host, _, port = api.server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(sent)
        found = b""
        while data := raw.recv(65536):
            found += data
        return found


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Content-Length: +5\r\n\r\nhello",
        b"X: a\rb\r\n\r\n",
        b"X : a\r\n\r\n",
    ],
)
def test_doubtful_framing_never_reaches_the_program(api: Api, shop: str, framing: bytes) -> None:
    port = api.server.url.rpartition(":")[2]
    head = f"POST / HTTP/1.1\r\nHost: {shop}.localhost:{port}\r\n".encode()
    answer = exchange(api, head + framing)
    assert answer.split(b" ")[1] in (b"400", b"501"), answer


def test_a_length_beside_chunks_is_dropped(api: Api, shop: str) -> None:
    """What a careless program would take for a second request stays in the body."""
    port = api.server.url.rpartition(":")[2]
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(
        api,
        f"POST / HTTP/1.1\r\nHost: {shop}.localhost:{port}\r\nContent-Length: 4\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden),
    )
    said = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert said["size"] == len(hidden)
    assert "content-length" not in dict(said["headers"])


@pytest.mark.parametrize(
    "line", ["OPTIONS * HTTP/1.1", "CONNECT example.com:443 HTTP/1.1", "GET http://x/ HTTP/1.1"]
)
def test_only_paths_are_forwarded(api: Api, shop: str, line: str) -> None:
    port = api.server.url.rpartition(":")[2]
    head = f"{line}\r\nHost: {shop}.localhost:{port}\r\nConnection: close\r\n\r\n"
    assert exchange(api, head.encode()).split(b" ")[1] == b"400"
