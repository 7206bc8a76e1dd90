"""Certificates and proxies are the same for HTTP requests and for WebSockets."""

import logging
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from sprites_facade import (
    APIConnectionError,
    APITimeoutError,
    AsyncSpritesClient,
    ConfigurationError,
    ServerError,
)
from sprites_facade.testing import AsyncLocalServer
from tests._async.conftest import TOKEN
from tests.gateways import Gateway, client_tls, server_tls
from tests.wire import Wire, replies, wait_for
from tests.ws_wire import OUT, command

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_usual_proxy")]

DEMO = {"name": "demo"}


async def both_ways(wire: Wire, url: str, **options: Any) -> None:
    """Make a request and open a WebSocket."""
    wire.then(replies(200, DEMO), command(OUT + b"hello"))
    async with AsyncSpritesClient(TOKEN, base_url=url, max_retries=0, **options) as client:
        sprite = await client.get_sprite("demo")
        assert (await sprite.run(["hello"])).stdout == "hello"


async def neither_way(url: str, match: str, **options: Any) -> None:
    """See both fail in the same way, before the server heard of it."""
    async with AsyncSpritesClient(TOKEN, base_url=url, max_retries=0, **options) as client:
        for attempt in (client.sprite("demo").refresh, lambda: client.run("demo", ["hello"])):
            with pytest.raises(APIConnectionError, match=match) as caught:
                await attempt()
            assert not caught.value.sent
            assert "s3cret" not in f"{caught.value} {caught.value!r}"


async def test_an_authority_of_ones_own(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    await both_ways(wire, gateway.url, tls=client_tls(authority))


async def test_an_authority_of_the_environment(
    wire: Wire,
    gateway: Gateway,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    await both_ways(wire, gateway.url)


@pytest.mark.parametrize("way", ["argument", "http_client"])
async def test_no_verification_if_that_is_wanted(wire: Wire, gateway: Gateway, way: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if way == "argument":
        await both_ways(wire, gateway.url, tls=context)
    else:
        async with httpx.AsyncClient(verify=False) as http:
            await both_ways(wire, gateway.url, http_client=http)


async def test_the_context_of_an_injected_client(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    """P14: WebSockets included."""
    async with httpx.AsyncClient(verify=client_tls(authority)) as http:
        await both_ways(wire, gateway.url, http_client=http)


def shared(http: httpx.AsyncClient, context: ssl.SSLContext) -> list[Any]:
    """Return what a library could leave changed behind it."""
    usual = ssl.create_default_context()
    return [
        *(http.timeout, dict(http.headers), list(http.cookies.jar), http.event_hooks, http.auth),
        *((c.options, c.verify_mode, c.check_hostname, c.verify_flags) for c in (context, usual)),
        *(socket.getdefaulttimeout(), signal.getsignal(signal.SIGINT), dict(os.environ)),
        *((log.level, log.handlers) for log in map(logging.getLogger, ("", "httpx", "websockets"))),
    ]


async def test_nothing_that_others_use_is_changed(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    """G8: neither an injected client, nor its certificates, nor a default of the process."""
    context = client_tls(authority)
    async with httpx.AsyncClient(verify=context, headers={"X-Mine": "yes"}) as http:
        before = shared(http, context)
        await both_ways(wire, gateway.url, http_client=http)
        assert shared(http, context) == before


async def test_an_argument_wins_for_the_websockets(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    """As for a client of HTTP whose transport is a stranger's."""

    class Stranger(httpx.AsyncBaseTransport):
        inner = httpx.AsyncHTTPTransport(verify=client_tls(authority))

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await self.inner.handle_async_request(request)

        async def aclose(self) -> None:
            await self.inner.aclose()

    async with httpx.AsyncClient(transport=Stranger()) as http:
        await both_ways(wire, gateway.url, http_client=http, tls=client_tls(authority))


async def test_certificates_of_clients(wire: Wire, authority: trustme.CA) -> None:
    mine = client_tls(authority)
    authority.issue_cert("me@example.com").configure_cert(mine)
    with Gateway(wire.url, tls=server_tls(authority, wants=authority)) as gateway:
        await both_ways(wire, gateway.url, tls=mine)
        async with httpx.AsyncClient(verify=mine) as http:
            await both_ways(wire, gateway.url, http_client=http)


async def test_whoever_is_not_trusted_hears_nothing(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    """Neither the usual authorities nor a wrong one will do, nor another name."""
    await neither_way(gateway.url, r"certificate is not trusted \(.*\); pass tls=")
    await neither_way(gateway.url, "not trusted", tls=client_tls(trustme.CA()))
    url = gateway.url.replace("localhost", "127.0.0.1")
    await neither_way(url, "not trusted", tls=client_tls(authority))
    assert wire.requests == []


async def test_a_handshake_without_an_answer(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    """It ends in time, though what TLS says by itself makes it seem that an answer comes."""
    done = threading.Event()
    wire.always(lambda _: wait_for(done))
    async with AsyncSpritesClient(TOKEN, base_url=gateway.url, tls=client_tls(authority)) as client:
        for _ in range(5):
            with pytest.raises(APITimeoutError):
                await client.run("demo", ["x"], timeout=0.1)
    done.set()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_the_proxy_of_the_environment(
    wire: Wire,
    gateway: Gateway,
    proxy: Gateway,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    await both_ways(wire, gateway.url, tls=client_tls(authority))
    assert proxy.asked == [f"CONNECT localhost:{gateway.port} HTTP/1.1"] * 2


async def test_no_proxy_where_there_shall_be_none(
    wire: Wire,
    gateway: Gateway,
    proxy: Gateway,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the environment, and by a client that does not heed the environment."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    trusting = client_tls(authority)
    async with httpx.AsyncClient(verify=trusting, trust_env=False) as http:
        await both_ways(wire, gateway.url, http_client=http)
    monkeypatch.setenv("NO_PROXY", "example.com,localhost")
    await both_ways(wire, gateway.url, tls=trusting)
    assert proxy.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_no_proxy_of_the_environment_for_this_machine(
    wire: Wire, proxy: Gateway, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """It would take its own machine for this one, and reads what is not encrypted: the token."""
    for variable in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, proxy.url)
    url = wire.url.replace("127.0.0.1", host)
    await both_ways(wire, url)
    assert proxy.callers == []
    wire.then(command(OUT + b"hello"))
    async with AsyncSpritesClient(TOKEN, base_url=url, proxy=proxy.url) as client:
        await client.run("demo", ["hello"])
    assert len(proxy.asked) == 1


async def test_a_local_server_where_there_is_a_proxy(
    proxy: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    async with (
        AsyncLocalServer(engine="portable", faults=True) as server,
        server.client(max_retries=0) as client,
    ):
        fault = await server.faults.inject("status", operation="get_organization")
        with pytest.raises(ServerError, match="injected"):
            await client.get_organization()
        await server.faults.clear(fault)
        assert (await client.get_organization()).slug == "local"
    assert proxy.callers == []


@pytest.mark.parametrize("way", ["argument", "http_client", "parts"])
async def test_a_proxy_with_a_password(
    wire: Wire, gateway: Gateway, authority: trustme.CA, way: str
) -> None:
    trusting = client_tls(authority)
    with Gateway(credentials="me:p@ss:word/%") as proxy:
        url = proxy.url.replace("//", "//me:p%40ss%3Aword%2F%25@")
        if way == "argument":
            await both_ways(wire, gateway.url, tls=trusting, proxy=url)
        else:
            parts = httpx.Proxy(proxy.url, auth=("me", "p@ss:word/%"))
            async with httpx.AsyncClient(
                verify=trusting, proxy=url if way == "http_client" else parts
            ) as http:
                await both_ways(wire, gateway.url, http_client=http)
        assert len(proxy.asked) == 2


async def test_a_proxy_that_is_reached_by_tls(
    wire: Wire, gateway: Gateway, authority: trustme.CA
) -> None:
    trusting = client_tls(authority)
    with Gateway(tls=server_tls(authority)) as proxy:
        parts = httpx.Proxy(proxy.url, ssl_context=client_tls(authority))
        async with httpx.AsyncClient(verify=trusting, proxy=parts) as http:
            await both_ways(wire, gateway.url, http_client=http)
        assert len(proxy.asked) == 2


async def test_a_proxy_for_some_servers(
    wire: Wire, gateway: Gateway, proxy: Gateway, authority: trustme.CA
) -> None:
    """The way is that of a request to the same server."""
    trusting = client_tls(authority)
    for pattern, times in ("all://example.com", 0), ("https://localhost", 2):
        way = httpx.AsyncHTTPTransport(proxy=proxy.url, verify=trusting)
        async with httpx.AsyncClient(verify=trusting, mounts={pattern: way}) as http:
            await both_ways(wire, gateway.url, http_client=http)
        assert len(proxy.asked) == times


async def test_a_proxy_that_refuses(wire: Wire, gateway: Gateway) -> None:
    with Gateway(credentials="me:other") as proxy:
        url = proxy.url.replace("//", "//me:s3cret@")
        await neither_way(gateway.url, "the proxy refused the connection", proxy=url)
    assert len(proxy.asked) == 2
    assert wire.requests == []


async def test_a_proxy_that_is_not_there(wire: Wire, gateway: Gateway) -> None:
    await neither_way(gateway.url, "could not connect", proxy="http://me:s3cret@127.0.0.1:1")
    assert wire.requests == []


async def test_ways_that_websockets_cannot_go(wire: Wire, tmp_path: Path) -> None:
    """It is said, and they do not take another way in silence."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json=DEMO))
    unix = httpx.AsyncHTTPTransport(uds=str(tmp_path / "socket"))
    for transport, match in (answer, "MockTransport"), (unix, "Unix socket"):
        async with httpx.AsyncClient(transport=transport) as http:
            client = AsyncSpritesClient(TOKEN, base_url=wire.url, http_client=http)
            with pytest.raises(ConfigurationError, match=match):
                await client.run("demo", ["hello"])
    assert wire.connections == 0


@pytest.mark.parametrize("where", ["argument", "environment"])
async def test_a_socks_proxy_needs_packages(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """They are not there, even where they are."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    url = "socks5://127.0.0.1:1"
    if where == "environment":
        monkeypatch.setenv("ALL_PROXY", url)
    proxy = url if where == "argument" else None
    with pytest.raises(ConfigurationError, match="needs more packages"):
        AsyncSpritesClient(TOKEN, base_url="http://server.invalid", proxy=proxy)


@pytest.mark.parametrize(
    "options",
    [
        {"tls": True},
        {"tls": "ca.pem"},
        {"proxy": ""},
        {"proxy": "localhost:3128"},
        {"proxy": "ftp://me:s3cret@localhost"},
        {"proxy": "http://me:s3cret@local host"},
        {"proxy": "http://me:s3cret@localhost:port"},
        {"proxy": 3128},
    ],
)
def test_what_is_no_way(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AsyncSpritesClient(TOKEN, **options)
    assert "s3cret" not in f"{caught.value} {caught.value!r}"


def test_nonsense_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://me:s3cret@localhost")
    with pytest.raises(ConfigurationError, match="valid URL") as caught:
        AsyncSpritesClient(TOKEN)
    assert "s3cret" not in str(caught.value)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[AsyncLocalServer]:
    async with AsyncLocalServer() as server, server.client() as client:
        await client.create_sprite("demo")
        yield server


@pytest.fixture(params=["http", "https"])
async def encrypted(
    server: AsyncLocalServer, authority: trustme.CA, request: pytest.FixtureRequest
) -> AsyncIterator[AsyncSpritesClient]:
    """A client of a local server, behind TLS and a proxy, which may be behind TLS too."""
    trusting = client_tls(authority)
    # The server wants to be called by its own port.
    address = ("127.0.0.2", httpx.URL(server.url).port or 0)
    with (
        Gateway(server.url, tls=server_tls(authority), address=address) as gateway,
        Gateway(tls=server_tls(authority) if request.param == "https" else None) as between,
    ):
        proxy = httpx.Proxy(between.url, ssl_context=trusting if between.tls else None)
        async with (
            httpx.AsyncClient(verify=trusting, proxy=proxy) as http,
            AsyncSpritesClient(server.token, base_url=gateway.url, http_client=http) as client,
        ):
            yield client
        assert len(between.asked) > 1


async def test_much_both_ways_at_once(encrypted: AsyncSpritesClient) -> None:
    """More than what any of those between can hold, several times."""
    data = bytes(range(256)) * 32768
    for _ in range(2):  # the second time over a warm connection
        done = await encrypted.run("demo", ["cat"], input=data, text=False)
        assert done.stdout == data


async def test_other_sockets(encrypted: AsyncSpritesClient) -> None:
    """Following files, watching ports, tunnels."""
    sprite = encrypted.sprite("demo")
    async with sprite.files.watch("/home/sprite") as changes:
        await sprite.files.write_text("/home/sprite/a", "1")
        event = await anext(changes)
        assert event.path == "/home/sprite/a"
    serve = "from http.server import *; s = HTTPServer(('127.0.0.1', 0), SimpleHTTPRequestHandler)"
    server = f"{serve}; print(s.server_port, flush=True); s.serve_forever()"
    async with sprite.start(["python3", "-c", server], cwd="/home/sprite") as process:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        async with sprite.proxy(port) as tunnel, httpx.AsyncClient() as http:
            answer = await http.get(f"http://127.0.0.1:{tunnel.port}/a")
            assert answer.text == "1"
