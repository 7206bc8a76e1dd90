"""A program in a sprite, and clients of its URL."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
