"""One server for the tests of a session, real sockets, real processes."""

from __future__ import annotations

import itertools
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import IO, Any

import httpx
import pytest
from attrs import define, field
from websockets.sync.client import ClientConnection, connect

from sprites_facade.testing import LocalServer
from tests.local.urls import public, serve_web

_NUMBERS = itertools.count(1)


@define
class Api:
    """A raw client of a server, which knows no more than HTTP and WebSockets."""

    server: LocalServer
    http: httpx.Client = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.server.url,
            headers={"Authorization": f"Bearer {self.server.token}"},
            timeout=30,
        )

    def path(self, name: str, rest: str = "") -> str:
        return f"/v1/sprites/{name}{rest}"

    def create(self) -> str:
        name = f"test-{next(_NUMBERS)}"
        assert self.http.post("/v1/sprites", json={"name": name}).status_code == 201
        return name

    def run(self, name: str, *argv: str, **query: Any) -> tuple[bytes, bytes, int]:
        """Run a command over plain HTTP: its output, its complaints, its exit code."""
        params = [("cmd", word) for word in argv] + [(key, str(v)) for key, v in query.items()]
        outputs = {1: b"", 2: b""}
        *frames, last = self.frames(name, params)
        for frame in frames:
            outputs[frame[0]] += frame[1:]
        assert last[0] == 3
        assert len(last) == 2
        return outputs[1], outputs[2], last[1]

    def frames(self, name: str, params: list[tuple[str, str]]) -> list[bytes]:
        """Return the chunks of a command's answer."""
        return self.chunks(f"{self.path(name, '/exec')}?{httpx.QueryParams(params)}")

    def chunks(self, target: str) -> list[bytes]:
        """Return the chunks of an answer to POST as they were cut; httpx would cut them anew."""
        address = httpx.URL(self.server.url)
        head = (
            f"POST {target} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
            f"Authorization: Bearer {self.server.token}\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.create_connection((address.host, address.port or 80), timeout=30) as raw:
            raw.sendall(head.encode())
            with raw.makefile("rb") as file:
                status = file.readline().split()[1]
                headers = list(iter(file.readline, b"\r\n"))
                assert status == b"200", (status, headers)
                assert b"transfer-encoding: chunked\r\n" in [line.lower() for line in headers]
                return list(_chunks(file))

    def shell(self, name: str, script: str) -> str:
        stdout, stderr, code = self.run(name, "sh", "-c", script)
        assert code == 0, stderr
        return stdout.decode()

    def events(self, method: str, path: str, **options: Any) -> list[dict[str, Any]]:
        response = self.http.request(method, path, **options)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/x-ndjson"
        assert response.text.endswith("\n")
        return [json.loads(line) for line in response.text.splitlines()]

    def checkpoint(self, name: str, comment: str | None = None) -> str:
        body = {} if comment is None else {"comment": comment}
        events = self.events("POST", self.path(name, "/checkpoint"), json=body)
        assert events[-1]["type"] == "complete", events
        return str(events[-1]["data"].split()[1])

    def restore(self, name: str, checkpoint: str) -> list[dict[str, Any]]:
        events = self.events("POST", self.path(name, f"/checkpoints/{checkpoint}/restore"))
        assert events[-1]["type"] == "complete", events
        return events

    def write(self, name: str, path: str, data: bytes, **query: Any) -> None:
        url = self.path(name, "/fs/write")
        response = self.http.put(url, params={"path": path, **query}, content=data)
        assert response.status_code == 200, response.text

    def read(self, name: str, path: str) -> bytes:
        response = self.http.get(self.path(name, "/fs/read"), params={"path": path})
        assert response.status_code == 200, response.text
        return response.content

    def socket(self, name: str, rest: str = "/exec", **options: Any) -> ClientConnection:
        """Open a WebSocket; `params` is a list of pairs."""
        query = httpx.QueryParams(options.pop("params", []))
        url = self.server.url.replace("http", "ws", 1) + self.path(name, rest)
        headers = {"Authorization": f"Bearer {self.server.token}"}
        return connect(
            f"{url}?{query}", additional_headers=headers, compression=None, proxy=None, **options
        )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while size := int(file.readline(), 16):
        yield file.read(size)
        assert file.readline() == b"\r\n"


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    with LocalServer(engine=os.environ.get("SPRITES_TEST_ENGINE", "auto")) as running:  # type: ignore[arg-type]
        yield running


@pytest.fixture(scope="session")
def api(server: LocalServer) -> Iterator[Api]:
    client = Api(server)
    with client.http:
        yield client


@pytest.fixture(scope="session")
def api_of() -> Callable[[LocalServer], AbstractContextManager[Api]]:
    """Make clients of servers that a test starts itself."""

    def make(server: LocalServer) -> AbstractContextManager[Api]:
        return _Closing(Api(server))

    return make


class _Closing(AbstractContextManager["Api"]):
    def __init__(self, api: Api) -> None:
        self._api = api

    def __enter__(self) -> Api:
        return self._api

    def __exit__(self, *exc_info: object) -> None:
        self._api.http.close()


@pytest.fixture
def sprite(api: Api) -> Iterator[str]:
    """A sprite of the test's own."""
    name = api.create()
    yield name
    assert api.http.delete(api.path(name)).status_code in (204, 404)


@pytest.fixture(scope="session")
def shared(api: Api) -> str:
    """A sprite for tests that leave no traces in it and never restore it."""
    return api.create()


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


@pytest.fixture
def own_root(api: Api) -> None:
    """Skip where a sprite is a directory of the host."""
    if api.server.tier == "portable":
        pytest.skip("the portable tier has no root file system of a sprite's own")


@pytest.fixture
def two_users(api: Api) -> None:
    """Skip where `sprite` and root are the same."""
    if api.server.tier != "full":
        pytest.skip("only the full tier, which needs root and btrfs, has several users")
