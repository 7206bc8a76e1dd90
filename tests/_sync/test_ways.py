# Written by scripts/unasync.py from tests/_async/test_ways.py. Do not edit.
"""WebSockets go the way that an HTTP client was told, in each particular, or say that they cannot.

`test_tls_and_proxies.py` has the usual ways.
"""

import contextlib
import importlib.util
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx
import pytest
import trustme

from sprites_facade import APIConnectionError, ConfigurationError, SpritesClient
from sprites_facade import _transports as transports
from tests._sync.conftest import TOKEN
from tests._sync.test_tls_and_proxies import both_ways, neither_way
from tests.gateways import Gateway, Socks, client_tls, server_tls
from tests.wire import Wire
from tests.ws_wire import OUT, command

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_usual_proxy")]


def told(proxy: Gateway, name: str) -> list[str]:
    """Return the values of a header that a proxy got."""
    lines = [line.partition(": ") for head in proxy.heads for line in head]
    return [value for found, _, value in lines if found.lower() == name]


def test_headers_for_a_proxy(
    wire: Wire, gateway: Gateway, proxy: Gateway, authority: trustme.CA
) -> None:
    """It gets them with each connection, and the server never does."""
    parts = httpx.Proxy(
        proxy.url, headers={"Proxy-Authorization": "Bearer for-the-proxy", "X-Team": "blue"}
    )
    with httpx.Client(verify=client_tls(authority), proxy=parts) as http:
        both_ways(wire, gateway.url, http_client=http)
    assert proxy.asked == [f"CONNECT localhost:{gateway.port} HTTP/1.1"] * 2
    assert told(proxy, "proxy-authorization") == ["Bearer for-the-proxy"] * 2
    assert told(proxy, "x-team") == ["blue"] * 2
    assert told(proxy, "host") == [f"localhost:{gateway.port}"] * 2
    assert "for-the-proxy" not in str([request.headers for request in wire.requests])


def test_a_password_and_headers(wire: Wire, gateway: Gateway, authority: trustme.CA) -> None:
    with Gateway(credentials="me:word") as proxy:
        parts = httpx.Proxy(proxy.url, auth=("me", "word"), headers={"X-Team": "blue"})
        with httpx.Client(verify=client_tls(authority), proxy=parts) as http:
            both_ways(wire, gateway.url, http_client=http)
        assert told(proxy, "x-team") == ["blue"] * 2


def test_headers_that_would_be_two(wire: Wire, proxy: Gateway) -> None:
    parts = httpx.Proxy(proxy.url, headers={"X-Team": "blue\r\nX-Other: s3cret"})
    with (
        httpx.Client(proxy=parts) as http,
        SpritesClient(TOKEN, base_url=wire.url, http_client=http) as client,
    ):
        with pytest.raises(ConfigurationError, match="header for the proxy") as caught:
            client.run("demo", ["hello"])
    assert "s3cret" not in str(caught.value)
    assert proxy.callers == []


def test_particulars_of_a_proxy_that_is_reached_by_tls(wire: Wire, authority: trustme.CA) -> None:
    """It cannot be told of them, and is not passed by."""
    with Gateway(tls=server_tls(authority)) as proxy:
        trusting = client_tls(authority)
        headers = httpx.Proxy(proxy.url, ssl_context=trusting, headers={"X-Team": "blue"})
        plain = httpx.Proxy(proxy.url, ssl_context=trusting)
        keep = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        for transport, match in (
            (httpx.HTTPTransport(proxy=headers), "TLS with headers"),
            (httpx.HTTPTransport(proxy=plain, socket_options=keep), "TLS with options"),
        ):
            with httpx.Client(transport=transport) as http:
                client = SpritesClient(TOKEN, base_url=wire.url, http_client=http)
                with pytest.raises(ConfigurationError, match=match):
                    client.run("demo", ["hello"])
        assert proxy.callers == []
    assert wire.connections == 0


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 Yes\r\n\r\nmore", b"SSH-2.0\r\n\r\n"])
def test_a_proxy_that_makes_no_sense(wire: Wire, answer: bytes) -> None:
    def speak(listening: socket.socket) -> None:
        for _ in range(2):
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening, started(speak, listening):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with SpritesClient(
            TOKEN, base_url="http://server.invalid", proxy=url, max_retries=1
        ) as client:
            with pytest.raises(APIConnectionError, match="the proxy refused") as caught:
                client.run("demo", ["hello"])
    assert not caught.value.sent


@contextlib.contextmanager
def started(work: Any, *args: Any) -> Iterator[None]:
    thread = threading.Thread(target=work, args=args)
    thread.start()
    yield
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.parametrize("encrypted", [True, False])
def test_the_address_to_connect_from(wire: Wire, authority: trustme.CA, *, encrypted: bool) -> None:
    tls = server_tls(authority) if encrypted else None
    way = httpx.HTTPTransport(verify=client_tls(authority), local_address="127.0.0.7")
    with Gateway(wire.url, tls=tls) as gateway:
        with httpx.Client(transport=way) as http:
            both_ways(wire, gateway.url, http_client=http)
        assert [caller[0] for caller in gateway.callers] == ["127.0.0.7"] * 2


def test_an_address_that_is_not_ours(wire: Wire) -> None:
    """No other is taken."""
    way = httpx.HTTPTransport(local_address="192.0.2.1")
    with httpx.Client(transport=way) as http:
        neither_way(wire.url, "could not connect", http_client=http)
    assert wire.connections == 0


def test_options_of_the_socket(wire: Wire, proxy: Gateway, authority: trustme.CA) -> None:
    """To the server as to a proxy: here one that makes whatever is sent be refused."""
    broken = [(socket.SOL_SOCKET, 9999, 1)]
    for way in (
        httpx.HTTPTransport(socket_options=broken),
        httpx.HTTPTransport(socket_options=broken, proxy=proxy.url),
    ):
        with httpx.Client(transport=way) as http:
            client = SpritesClient(TOKEN, base_url=wire.url, http_client=http, max_retries=0)
            with pytest.raises(APIConnectionError, match="could not connect"):
                client.run("demo", ["hello"])
    assert wire.requests == []
    kept = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    way = httpx.HTTPTransport(socket_options=kept, proxy=proxy.url)
    with httpx.Client(transport=way) as http:
        wire.then(command(OUT + b"hello"))
        client = SpritesClient(TOKEN, base_url=wire.url, http_client=http)
        assert (client.run("demo", ["hello"])).stdout == "hello"


def test_headers_for_the_server(wire: Wire) -> None:
    """Such as those that a gateway before it wants; who asks is always said by us."""
    mine = {"X-Gateway": "s3cret", "Authorization": "Basic eDp5", "Accept": "text/html"}
    with httpx.Client(headers=mine) as http:
        both_ways(wire, wire.url, http_client=http)
    first, second = (request.headers for request in wire.requests)
    for headers in (first, second):
        found = {name.lower(): value for name, value in headers.items()}
        assert found["x-gateway"] == "s3cret"
        assert found["authorization"] == f"Bearer {TOKEN}"
    assert "Accept" not in second


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("way", ["argument", "http_client", "environment"])
@pytest.mark.parametrize("credentials", [None, "me:p@ss:word/%"])
def test_a_socks_proxy(
    wire: Wire,
    gateway: Gateway,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    way: str,
    credentials: str | None,
) -> None:
    """It looks up the name, for both."""
    trusting = client_tls(authority)
    with Socks(credentials=credentials, scheme=scheme) as proxy:
        known = "me:p%40ss%3Aword%2F%25@" if credentials else ""
        url = proxy.url.replace("//", f"//{known}")
        if way == "http_client":
            with httpx.Client(verify=trusting, proxy=url) as http:
                both_ways(wire, gateway.url, http_client=http)
        elif way == "environment":
            monkeypatch.setenv("ALL_PROXY", url)
            both_ways(wire, gateway.url, tls=trusting)
        else:
            both_ways(wire, gateway.url, tls=trusting, proxy=url)
        assert proxy.asked == [f"1 localhost:{gateway.port}"] * 2


def test_a_socks_proxy_that_refuses(wire: Wire) -> None:
    """For the WebSocket only: the HTTP library leaves its socket to the garbage collector."""
    with Socks(credentials="me:other") as proxy:
        url = proxy.url.replace("//", "//me:s3cret@")
        client = SpritesClient(TOKEN, base_url=wire.url, proxy=url, max_retries=0)
        with pytest.raises(APIConnectionError, match="the proxy refused") as caught:
            client.run("demo", ["hello"])
        client.close()
        assert "s3cret" not in f"{caught.value} {caught.value!r}"
        assert not caught.value.sent
        assert (len(proxy.callers), proxy.asked) == (1, [])
    assert wire.requests == []


def test_a_socks_proxy_without_its_package(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anybody is spoken to."""
    find = importlib.util.find_spec
    missing = lambda name, *more: None if name == "python_socks" else find(name, *more)  # noqa: E731
    monkeypatch.setattr("sprites_facade._routes.find_spec", missing)
    with Socks() as proxy:
        with SpritesClient(TOKEN, base_url=wire.url, proxy=proxy.url) as client:
            with pytest.raises(ConfigurationError, match=r"pip install .* python-socks"):
                client.run("demo", ["hello"])
        assert proxy.callers == []


class Around(httpx.BaseTransport):
    """A wrapper, as those that repeat requests or keep answers."""

    def __init__(self, *inner: httpx.BaseTransport) -> None:
        self.names = list(inner)
        self.inner = inner[0]
        if len(inner) > 1:
            self.other = inner[1]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)

    def close(self) -> None:
        for inner in self.names:
            inner.close()


def test_a_transport_around_another(
    wire: Wire, gateway: Gateway, proxy: Gateway, authority: trustme.CA
) -> None:
    real = httpx.HTTPTransport(verify=client_tls(authority), proxy=proxy.url)
    with httpx.Client(transport=Around(Around(real))) as http:
        both_ways(wire, gateway.url, http_client=http)
    assert len(proxy.asked) == 2


def test_a_transport_that_does_not_tell(wire: Wire) -> None:
    """Whoever uses it for a reason shall not be passed by."""
    for transport, match in (
        (Around(httpx.HTTPTransport(), httpx.HTTPTransport()), "a Around, which"),
        (Around(httpx.MockTransport(lambda _: httpx.Response(200))), "answers by a MockTransport"),
    ):
        with httpx.Client(transport=transport) as http:
            client = SpritesClient(TOKEN, base_url=wire.url, http_client=http)
            with pytest.raises(ConfigurationError, match=match):
                client.run("demo", ["hello"])
    assert wire.connections == 0


def test_a_client_of_http_2(wire: Wire, gateway: Gateway, authority: trustme.CA) -> None:
    """Its own authorities are those of the WebSockets, and nobody else is trusted."""
    trusting = client_tls(authority)
    way = httpx.HTTPTransport(verify=trusting, http2=True)
    with httpx.Client(transport=way) as http:
        both_ways(wire, gateway.url, http_client=http)
    context = client_tls(trustme.CA())
    way = httpx.HTTPTransport(verify=context, http2=True)
    with httpx.Client(transport=way) as http:
        neither_way(gateway.url, "not trusted", http_client=http)
    unverified = httpx.HTTPTransport(verify=False, http2=True)
    with httpx.Client(transport=unverified) as http:
        both_ways(wire, gateway.url, http_client=http)


def transports_of_all_kinds() -> list[tuple[Any, tuple[str, ...]]]:
    plain, socks = httpx.HTTPTransport(), httpx.HTTPTransport(proxy="socks5://a:1")
    http = httpx.HTTPTransport(proxy="http://a:1")
    return [
        (plain, transports.POOL_NAMES),
        (http, (*transports.POOL_NAMES, *transports.HTTP_PROXY_NAMES)),
        (socks, (*transports.POOL_NAMES, *transports.SOCKS_NAMES)),
    ]


def test_the_private_names_of_the_http_library() -> None:
    """Those that are read are still there; what they mean is held by the handshakes above."""
    where = f"httpx {httpx.__version__}, httpcore {httpcore.__version__}; read ADR 18"
    for name in transports.CLIENT_NAMES:
        assert hasattr(httpx.Client, name), f"no Client.{name} in {where}"
    for transport, names in transports_of_all_kinds():
        for name in transports.TRANSPORT_NAMES:
            assert hasattr(transport, name), f"no HTTPTransport.{name} in {where}"
        for name in names:
            pool = transport._pool
            assert hasattr(pool, name), f"no {type(pool).__name__}.{name} in {where}"


ALL_NAMES = {
    *transports.CLIENT_NAMES,
    *transports.TRANSPORT_NAMES,
    *transports.POOL_NAMES,
    *transports.HTTP_PROXY_NAMES,
    *transports.SOCKS_NAMES,
}


@pytest.mark.parametrize("name", sorted(ALL_NAMES))
def test_an_http_library_with_other_names(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing is guessed: it is said what to do, and that is done."""
    for transport, names in transports_of_all_kinds():
        with httpx.Client(transport=transport) as http:
            holder: Any
            if name in transports.CLIENT_NAMES:
                holder = http
            elif name in transports.TRANSPORT_NAMES:
                holder = transport
            elif name in names:
                holder = transport._pool
            else:
                continue
            hide(monkeypatch, holder, name)
            client = SpritesClient(TOKEN, base_url=wire.url, http_client=http)
            with pytest.raises(ConfigurationError, match=rf"no \w+\.{name}\).*pass tls= or proxy="):
                client.run("demo", ["hello"])
            assert wire.connections == 0
            said = SpritesClient(
                TOKEN, base_url=wire.url, http_client=http, tls=ssl.create_default_context()
            )
            wire.then(command(OUT + b"hello"))
            assert (said.run("demo", ["hello"])).stdout == "hello"
            monkeypatch.undo()
        return


def hide(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str) -> None:
    """Let an object lack an attribute, as where it got another name."""

    class Renamed(type(holder)):  # type: ignore[misc]
        def __getattribute__(self, asked: str) -> Any:
            caller = sys._getframe(1).f_globals["__name__"]
            if asked == name and caller == "sprites_facade._transports":
                raise AttributeError(asked)
            return super().__getattribute__(asked)

    Renamed.__name__ = type(holder).__name__
    monkeypatch.setattr(holder, "__class__", Renamed)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://[::1]", "[::1]:443"),
        ("http://[::1]:81/base", "[::1]:81"),
        ("http://Example.com", "example.com:80"),
        ("https://xn--bcher-kva.example:8443", "xn--bcher-kva.example:8443"),
    ],
)
def test_what_a_proxy_is_asked_for(url: str, asked: str) -> None:
    with Gateway(credentials="me:other") as proxy:  # which goes nowhere
        client = SpritesClient(TOKEN, base_url=url, proxy=proxy.url, max_retries=0)
        with pytest.raises(APIConnectionError, match="the proxy refused"):
            client.run("demo", ["hello"])
        client.close()
        assert proxy.asked == [f"CONNECT {asked} HTTP/1.1"]
        assert told(proxy, "host") == [asked]
