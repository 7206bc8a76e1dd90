"""A scripted server for each test, and a client of it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import trustme

from sprites_facade import AsyncSprite, AsyncSpritesClient
from tests.gateways import Gateway, server_tls
from tests.wire import Wire

TOKEN = "org/1/id/s3cret"
_PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
async def client(wire: Wire) -> AsyncIterator[AsyncSpritesClient]:
    async with AsyncSpritesClient(TOKEN, base_url=wire.url, timeout=10) as client:
        yield client


@pytest.fixture
def sprite(client: AsyncSpritesClient) -> AsyncSprite:
    return client.sprite("demo")


@pytest.fixture
def no_usual_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies that this machine's environment names."""
    for name in _PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make an authority that no machine trusts."""
    return trustme.CA()


@pytest.fixture
def gateway(wire: Wire, authority: trustme.CA) -> Iterator[Gateway]:
    """Put TLS before the scripted server."""
    with Gateway(wire.url, tls=server_tls(authority)) as gateway:
        yield gateway


@pytest.fixture
def proxy() -> Iterator[Gateway]:
    with Gateway() as proxy:
        yield proxy
