"""A client that knows when the server it speaks to was killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

TOKEN = "local/kills"  # not a secret
_TIMEOUT = 60.0


class ServerKilledError(Exception):
    """The server is gone, as it was to be; nobody knows whether the request was carried out."""


class Wire:
    """Requests to one server, until it is killed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {TOKEN}"}
        self._http = httpx.Client(base_url=url, headers=self._headers, timeout=_TIMEOUT)
        self.killed = threading.Event()

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, *wanted: int, **options: Any) -> httpx.Response:
        """Send a request; one of the wanted statuses must come back."""
        with self._expecting_the_end():
            response = self._http.request(method, f"/v1/sprites{path}", **options)
            assert response.status_code in (wanted or (200,)), (method, path, response.text)
            return response

    def events(self, path: str) -> list[dict[str, Any]]:
        """Send a request whose answer is a stream that must end well."""
        with self._expecting_the_end():
            events: list[dict[str, Any]] = []
            url = f"/v1/sprites{path}"
            with self._http.stream("POST", url, json={}) as response:
                assert response.status_code == 200, (path, response.read())
                events.extend(map(json.loads, response.iter_lines()))
            if events and events[-1]["type"] == "error" and self.killed.is_set():
                raise ServerKilledError
            assert events, path
            assert events[-1]["type"] == "complete", (path, events)
            return events

    def run(self, name: str, script: str) -> str:
        """Run a shell script to its end."""
        words = [("cmd", word) for word in ("sh", "-c", script)]
        body = self.call("POST", f"/{name}/exec", params=words).content
        assert body.endswith(b"\x03\x00"), body
        # Frames of one stream only, and what they hold is text.
        return body[:-2].replace(b"\x01", b"").decode()

    def start(self, name: str, script: str) -> str:
        """Start a shell script that runs on without its client; return the session's id."""
        query = [*(("cmd", word) for word in ("sh", "-c", script))]
        query.append(("max_run_after_disconnect", "1h"))
        with self._socket(f"/{name}/exec?{httpx.QueryParams(query)}") as socket:
            return str(json.loads(socket.recv(timeout=_TIMEOUT))["session_id"])

    def read(self, name: str, session: str, least: int) -> list[int]:
        """Attach to a session that prints numbers; return them up to one above `least`."""
        with self._socket(f"/{name}/exec/{session}") as socket:
            socket.recv(timeout=_TIMEOUT)
            shown: list[int] = []
            while not shown or shown[-1] <= least:
                frame = socket.recv(timeout=_TIMEOUT)
                if isinstance(frame, bytes):
                    assert frame[0] == 1, frame
                    # The pipe has whole lines: each is written by one call.
                    shown += map(int, frame[1:].split())
            return shown

    @contextmanager
    def _socket(self, path: str) -> Iterator[Any]:
        url = self._url.replace("http", "ws", 1) + f"/v1/sprites{path}"
        with (
            self._expecting_the_end(),
            connect(
                url,
                additional_headers=self._headers,
                compression=None,
                proxy=None,
                max_queue=None,  # or closing would wait for messages that nobody reads
            ) as socket,
        ):
            yield socket

    @contextmanager
    def _expecting_the_end(self) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, ConnectionClosed, InvalidHandshake, OSError) as error:
            if isinstance(error, TimeoutError | httpx.TimeoutException):
                raise
            # The connection may break before the one who killed the server says so.
            if not self.killed.wait(5):
                raise
            raise ServerKilledError from error
