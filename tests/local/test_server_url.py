"""The URL of a sprite."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.local.listening import Held, closed, until
from tests.local.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.conftest import Api

PROGRAM = (Path(__file__).parent / "programs" / "web.py").read_text()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def serve_web(api: Api, name: str, **more: Any) -> None:
    port = free_port()
    body = {"cmd": "python3", "args": ["-c", PROGRAM, str(port)], "http_port": port, **more}
    response = api.http.put(api.path(name, "/services/web?duration=0s"), json=body)
    assert response.status_code == 200, response.text


def public(api: Api, name: str) -> None:
    settings = {"url_settings": {"auth": "public"}}
    assert api.http.put(api.path(name), json=settings).status_code == 200


@pytest.fixture(scope="module")
def web(api: Api) -> str:
    """A private sprite with a program."""
    name = api.create()
    serve_web(api, name)
    return name


@pytest.fixture(scope="module")
def shop(api: Api) -> str:
    """A public sprite with a program."""
    name = api.create()
    serve_web(api, name)
    public(api, name)
    return name


class Client:
    """A client that sends paths and headers as they are."""

    def __init__(self, api: Api, name: str, *, by_path: bool = False, token: bool = True) -> None:
        address = api.server.url.removeprefix("http://")
        self.wire = http.client.HTTPConnection(address, timeout=30)
        port = address.rpartition(":")[2]
        self.host = address if by_path else f"{name}.localhost:{port}"
        self.prefix = f"/sprites/{name}" if by_path else ""
        self.token = api.server.token if token else None

    def head(self, method: str, path: str, headers: list[tuple[str, str]] | None = None) -> None:
        self.wire.putrequest(method, self.prefix + path, skip_host=True, skip_accept_encoding=True)
        self.wire.putheader("Host", self.host)
        if self.token is not None:
            self.wire.putheader("Authorization", f"Bearer {self.token}")
        for name, value in headers or []:
            self.wire.putheader(name, value)
        self.wire.endheaders()

    def ask(
        self,
        method: str = "GET",
        path: str = "/",
        headers: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
    ) -> http.client.HTTPResponse:
        length = [] if body is None else [("Content-Length", str(len(body)))]
        self.head(method, path, [*(headers or []), *length])
        if body:
            self.wire.send(body)
        return self.wire.getresponse()

    def seen(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return what the program was asked."""
        response = self.ask(*args, **options)
        assert response.status == 207, response.read()
        said = json.loads(response.read())
        said["all"] = said["headers"]
        said["headers"] = dict(said["headers"])
        return dict(said)


@contextlib.contextmanager
def client(api: Api, name: str, **options: bool) -> Iterator[Client]:
    one = Client(api, name, **options)
    try:
        yield one
    finally:
        one.wire.close()


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
def test_every_method_reaches_the_program(api: Api, web: str, method: str, by_path: bool) -> None:
    with client(api, web, by_path=by_path) as one:
        said = one.seen(method, "/a/b?c=d", body=b"hello")
    assert (said["method"], said["path"], said["size"]) == (method, "/a/b?c=d", 5)


def test_head_has_the_headers_and_no_body(api: Api, web: str) -> None:
    with client(api, web) as one:
        response = one.ask("HEAD", "/")
        assert response.status == 207
        assert int(response.headers["content-length"]) > 100
        assert response.read() == b""
        # The connection is still in step.
        assert one.seen()["method"] == "GET"


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("path", ["/", "//", "/a%2Fb/%2e%2e/c;d", "/x?", "/%00%ff?a=%20&b=?/"])
def test_paths_are_not_touched(api: Api, web: str, path: str, by_path: bool) -> None:
    with client(api, web, by_path=by_path) as one:
        assert one.seen("GET", path)["path"] == path.removesuffix("?")


def test_the_program_learns_who_asks_and_never_the_token(api: Api, web: str) -> None:
    sent = [
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-For", "192.0.2.2"),
        ("Via", "1.0 other"),
        ("Sprite-Client-Ip", "192.0.2.3"),
        ("X-Forwarded-Prefix", "/lie"),
        ("X-Forwarded-Proto", "https"),
        ("Cookie", "a=b"),
        ("Connection", "x-secret, x-forwarded-for, host"),
        ("X-Secret", "for this hop"),
        ("TE", "trailers"),
        ("Expect", "100-continue"),
    ]
    with client(api, web) as one:
        said = one.seen("GET", "/", sent)
    headers = said["headers"]
    assert api.server.token not in json.dumps(said)
    assert headers["host"] == one.host
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["via"] == "1.0 other, 1.1 sprites"
    assert headers["sprite-client-ip"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["cookie"] == "a=b"
    gone = {"authorization", "connection", "x-secret", "te", "expect", "x-forwarded-prefix"}
    assert not gone & headers.keys()
    assert len(said["all"]) == len(headers)


def test_forwarded_for_is_continued(api: Api, web: str) -> None:
    with client(api, web, by_path=True) as one:
        said = one.seen("GET", "/", [("X-Forwarded-For", "192.0.2.1")])["headers"]
    assert said["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
    assert said["x-forwarded-prefix"] == f"/sprites/{web}"


@pytest.mark.parametrize("by_path", [False, True])
def test_the_answer_passes_but_for_this_hop(api: Api, web: str, by_path: bool) -> None:
    with client(api, web, by_path=by_path) as one:
        response = one.ask()
        response.read()
    assert response.headers.get_all("x-two") == ["1", "2"]
    assert response.headers["via"] == "1.1 sprites"
    assert "x-mine" not in response.headers
    assert len(response.headers.get_all("date") or []) == 1
    # Pages by path share an origin with the API and other sprites, so they are nobody's.
    sandbox = response.headers.get("content-security-policy", "")
    assert sandbox.startswith("sandbox ") is by_path
    assert "same-origin" not in sandbox


def test_a_path_without_its_slash_is_sent_on(api: Api, web: str) -> None:
    with client(api, web, by_path=True) as one:
        response = one.ask("GET", "?a=b")
        response.read()
    assert (response.status, response.headers["location"]) == (308, f"/sprites/{web}/?a=b")


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic x", "Bearer"])
def test_a_private_sprite_needs_the_token(
    api: Api, web: str, header: str | None, by_path: bool
) -> None:
    headers = [] if header is None else [("Authorization", header)]
    for name in (web, "no-such-sprite"):
        with client(api, name, by_path=by_path, token=False) as one:
            response = one.ask("GET", "/", headers)
            assert json.loads(response.read()) == {"error": "authentication failed"}
            assert response.status == 401
            assert response.headers["www-authenticate"] == "Bearer"


def test_two_tokens_are_none(api: Api, web: str) -> None:
    with client(api, web) as one:
        response = one.ask("GET", "/", [("Authorization", f"Bearer {api.server.token}")])
        response.read()
    assert response.status == 401


def test_an_unknown_sprite_is_404_for_those_who_know(api: Api) -> None:
    with client(api, "no-such-sprite") as one:
        response = one.ask()
        assert (response.status, json.loads(response.read())) == (
            404,
            {"error": "sprite not found"},
        )


def test_a_public_sprite_asks_for_nothing(api: Api, shop: str) -> None:
    with client(api, shop, token=False) as one:
        assert (
            one.seen("GET", "/", [("Authorization", "Bearer theirs")])["headers"]["authorization"]
            == "Bearer theirs"
        )
    with client(api, shop) as one:
        assert "authorization" not in one.seen()["headers"]


@pytest.mark.parametrize("token", [False, True])
def test_the_api_does_not_answer_under_a_sprites_name(api: Api, shop: str, token: bool) -> None:
    with client(api, shop, token=token) as one:
        assert one.seen("GET", "/v1/sprites")["path"] == "/v1/sprites"


@pytest.mark.parametrize(
    "host",
    ["{}.localhost", "{}.localhost:1", "{}.localhost.evil:{port}", "{}.evil:{port}",
     "a.{}.localhost:{port}", "{}.127.0.0.1:{port}", "{}.localhost.:{port}", ".localhost:{port}"],
)  # fmt: skip
def test_other_hosts_are_refused(api: Api, shop: str, host: str) -> None:
    with client(api, shop) as one:
        one.host = host.format(shop, port=api.server.url.rpartition(":")[2])
        response = one.ask()
        assert (response.status, json.loads(response.read())) == (
            403,
            {"error": "host not allowed"},
        )


def test_the_name_in_the_host_may_be_in_capitals(api: Api, shop: str) -> None:
    with client(api, shop) as one:
        one.host = one.host.upper()
        assert one.seen()["method"] == "GET"


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


@contextlib.contextmanager
def websocket(
    api: Api, name: str, path: str = "/socket", *, by_path: bool = False, **options: Any
) -> Iterator[ClientConnection]:
    address = api.server.url.removeprefix("http://")
    host, _, port = address.rpartition(":")
    at = f"{address}/sprites/{name}" if by_path else f"{name}.localhost:{port}"
    options.setdefault("additional_headers", {"Authorization": f"Bearer {api.server.token}"})
    with (
        socket.create_connection((host, int(port)), timeout=20) as raw,
        connect(f"ws://{at}{path}", sock=raw, compression=None, proxy=None, **options) as one,
    ):
        yield one


@pytest.mark.parametrize("by_path", [False, True])
def test_a_websocket_goes_both_ways(api: Api, web: str, by_path: bool) -> None:
    with websocket(api, web, "/socket?a=b", by_path=by_path, max_size=None) as one:
        headers = json.loads(one.recv(timeout=20))
        for message in ("text ü", b"\x00\xff", b"z" * 300_000, ""):
            one.send(message)
            assert one.recv(timeout=20) == message
        port = api.server.url.rpartition(":")[2]
        assert headers["host"].endswith(f":{port}")
        assert headers["x-forwarded-for"] == headers["sprite-client-ip"] == "127.0.0.1"
        assert "authorization" not in headers
        assert one.response is not None
        assert one.response.headers["set-cookie"] == "seen=1"
        one.send("close")
        with pytest.raises(ConnectionClosed):
            one.recv(timeout=20)
        assert (one.close_code, one.close_reason) == (4321, "as told")


def test_a_websocket_keeps_origin_and_subprotocol(api: Api, web: str) -> None:
    with websocket(api, web, origin="http://here", subprotocols=["one", "two"]) as one:
        assert json.loads(one.recv(timeout=20))["origin"] == "http://here"
        assert one.subprotocol == "two"


def test_a_refused_websocket_tells_the_programs_answer(api: Api, web: str) -> None:
    with pytest.raises(InvalidStatus) as refused, websocket(api, web, "/refuse"):
        pass
    answer = refused.value.response
    assert (answer.status_code, answer.body) == (418, b"no!")


def test_a_websocket_to_a_private_sprite_needs_the_token(api: Api, web: str) -> None:
    with pytest.raises(InvalidStatus) as refused, websocket(api, web, additional_headers={}):
        pass
    assert refused.value.response.status_code == 401


def test_the_end_of_the_sprite_ends_what_is_under_way(api: Api, sprite: str) -> None:
    serve_web(api, sprite)
    with client(api, sprite) as one, websocket(api, sprite) as other:
        one.head("POST", "/duplex", [("Transfer-Encoding", "chunked")])
        one.wire.send(b"1\r\nx\r\n")
        response = one.wire.getresponse()
        assert response.read1(10) == b"X"
        ended = threading.Thread(target=api.http.delete, args=[api.path(sprite)])
        ended.start()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        assert closed(other)[0] in (1001, 1011)
        ended.join(20)


@pytest.mark.skipif(os.geteuid() != 0, reason="the full tier needs root")
def test_without_a_service_it_is_port_8080(api: Api, sprite: str) -> None:
    if api.server.tier != "full":
        pytest.skip("where the network is the host's, port 8080 may be in use")
    words = [("cmd", word) for word in ("python3", "-c", PROGRAM, "8080")]
    with api.socket(sprite, params=words), client(api, sprite) as one:
        assert one.seen()["method"] == "GET"
