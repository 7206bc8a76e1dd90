"""Odd requests: refused with a reason, never an internal error, never a traceback."""

from __future__ import annotations

import socket
import string
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.local.conftest import Api

FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

odd_text = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", ".", "..", "../..", "/", "//", "\x00", "%", "%2f", "Current", "auto-1", "v0", "v-1"]
    ),
)
segment = odd_text.map(lambda text: quote(text, safe="", errors="surrogatepass"))
raw_segment = st.text(
    alphabet=string.ascii_letters + string.digits + "%.-_~!$&'()*+,;=:@\"<>^`{|}", max_size=12
)
json_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
known_keys = st.sampled_from(
    [
        "name",
        "url_settings",
        "labels",
        "comment",
        "path",
        "source",
        "dest",
        "mode",
        "uid",
        "gid",
        "recursive",
        "asRoot",
        "workingDir",
        "signal",
        "timeout",
        "version",
        "runtime",
    ]
)
body = st.one_of(
    st.dictionaries(known_keys, json_value | odd_text, max_size=5),
    json_value,
)

ROUTES = [
    ("POST", "/v1/sprites"),
    ("PUT", "/v1/sprites/{sprite}"),
    ("POST", "/v1/sprites/{sprite}/upgrade"),
    ("POST", "/v1/sprites/{sprite}/checkpoint"),
    ("POST", "/v1/sprites/{sprite}/checkpoints/v99/restore"),
    ("POST", "/v1/sprites/{sprite}/exec/99/kill"),
    ("DELETE", "/v1/sprites/{sprite}/fs/delete"),
    ("POST", "/v1/sprites/{sprite}/fs/rename"),
    ("POST", "/v1/sprites/{sprite}/fs/copy"),
    ("POST", "/v1/sprites/{sprite}/fs/chmod"),
    ("POST", "/v1/sprites/{sprite}/fs/chown"),
]
QUERIES = [
    ("GET", "/v1/sprites", ["prefix", "max_results", "continuation_token"]),
    ("GET", "/v1/sprites/{sprite}/checkpoints", ["history", "includeAuto"]),
    ("POST", "/v1/sprites/{sprite}/exec", ["cmd", "path", "env", "dir", "stdin", "tty", "id"]),
    ("GET", "/v1/sprites/{sprite}/exec", ["cmd"]),
    ("POST", "/v1/sprites/{sprite}/exec/99/kill", ["signal", "timeout"]),
    ("GET", "/v1/sprites/{sprite}/fs/read", ["path", "workingDir", "asRoot"]),
    ("PUT", "/v1/sprites/{sprite}/fs/write", ["path", "workingDir", "mode", "mkdir", "asRoot"]),
    ("GET", "/v1/sprites/{sprite}/fs/list", ["path", "workingDir", "recursive", "pattern"]),
]


def sane(response: httpx.Response) -> None:
    assert response.status_code < 500, (response.request.url, response.text)
    assert b"Traceback" not in response.content
    assert b"sprites_local" not in response.content
    if response.status_code >= 400:
        assert len(response.content) > 2
    if response.headers.get("content-type", "").startswith("application/json"):
        response.json()


@FUZZ
@given(data=st.data())
def test_odd_bodies(api: Api, shared: str, data: st.DataObject) -> None:
    method, route = data.draw(st.sampled_from(ROUTES))
    content = data.draw(body)
    path = route.format(sprite=shared)
    try:
        sane(api.http.request(method, path, json=content))
    except UnicodeEncodeError:
        return
    name = content.get("name") if isinstance(content, dict) else None
    if route == "/v1/sprites" and isinstance(name, str) and name:
        api.http.delete(api.path(quote(name, safe="")))


@FUZZ
@given(content=st.binary(max_size=60), route=st.sampled_from(ROUTES))
def test_bodies_of_bytes(api: Api, shared: str, content: bytes, route: tuple[str, str]) -> None:
    method, path = route
    sane(api.http.request(method, path.format(sprite=shared), content=content))


@FUZZ
@given(data=st.data())
def test_odd_queries(api: Api, shared: str, data: st.DataObject) -> None:
    method, route, names = data.draw(st.sampled_from(QUERIES))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), odd_text), max_size=5))
    query = "&".join(f"{key}={quote(value, errors='surrogatepass')}" for key, value in pairs)
    path = route.format(sprite=shared)
    sane(api.http.request(method, f"{path}?{query}"))


@FUZZ
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]),
    segments=st.lists(segment | raw_segment | st.sampled_from(["v1", "sprites"]), max_size=5),
)
def test_odd_paths(api: Api, method: str, segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    target = path.encode("ascii", "replace")
    status, content = raw_request(api, method.encode() + b" " + target + b" HTTP/1.1")
    assert status < 500, (path, content)
    assert b"Traceback" not in content


@pytest.mark.parametrize(
    "line",
    [
        b"GET * HTTP/1.1",
        b"GET http://evil.example/v1/sprites HTTP/1.1",
        b"GET /v1/sprites HTTP/1.0",
        b"GET /v1/sprites HTTP/9.9",
        b"NONSENSE",
        b"\x16\x03\x01",
        b"GET /\xff HTTP/1.1",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1",
    ],
)
def test_odd_request_lines(api: Api, line: bytes) -> None:
    status, content = raw_request(api, line)
    assert status < 500
    assert b"Traceback" not in content


def raw_request(api: Api, line: bytes) -> tuple[int, bytes]:
    """Send a request line as it is, with the right headers; 0 when there is no answer."""
    address = httpx.URL(api.server.url)
    head = (
        f"\r\nHost: {address.host}:{address.port}\r\nConnection: close\r\n"
        f"Authorization: Bearer {api.server.token}\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80), timeout=10) as raw:
        try:
            raw.sendall(line + head.encode())
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        except ConnectionError:
            return 0, b""
    return (int(answer.split()[1]) if answer.startswith(b"HTTP/") else 0), answer


def test_long_and_many_headers_are_no_trouble(api: Api) -> None:
    sane(api.http.get("/v1/sprites", headers={"X-Long": "x" * 30_000}))
    sane(api.http.get("/v1/sprites", headers=[("X-Many", str(n)) for n in range(80)]))


def test_an_upload_that_breaks_off_leaves_nothing(api: Api, sprite: str) -> None:
    address = httpx.URL(api.server.url)
    head = (
        f"PUT /v1/sprites/{sprite}/fs/write?path=/home/sprite/half HTTP/1.1\r\n"
        f"Host: {address.host}:{address.port}\r\n"
        f"Authorization: Bearer {api.server.token}\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80), timeout=10) as raw:
        raw.sendall(head.encode() + b"x" * 1000)
    listed = api.http.get(api.path(sprite, "/fs/list"), params={"path": "/home/sprite"}).json()
    assert "half" not in [entry["name"] for entry in listed["entries"]]
