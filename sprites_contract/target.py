"""The server under proof, and how the harness speaks to it: politely, and about its own only."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import httpx
from attrs import define, field, frozen

from sprites_facade.testing import LocalServer

_PATIENCE = 120.0
PATIENT_TRIES = 5
"""How often something is asked that is answered 429."""
_LONGEST_PAUSE = 60.0


@define
class Pace:
    """Keeps requests apart, for all clients of a process together."""

    per_second: float
    """0 is no bound."""
    _next: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def wait(self, _request: object = None) -> None:
        """Return when the next request may be sent."""
        if not self.per_second:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + 1 / self.per_second
        time.sleep(turn - now)


@frozen
class Target:
    """A server, and what this run may touch there."""

    url: str
    token: str = field(default="", repr=False)
    local: bool = True
    sprite: str = "contract"
    pace: Pace = field(factory=lambda: Pace(0.0), eq=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a request must bring."""
        return {"Authorization": f"Bearer {self.token}"}


class Client(httpx.Client):
    """An HTTP client of one run: paced, and patient with 429."""

    def __init__(self, target: Target) -> None:
        self._pace = target.pace
        super().__init__(
            base_url=target.url,
            headers=target.headers,
            timeout=_PATIENCE,
            event_hooks={"request": [self._pace.wait]},
        )

    def send(self, request: httpx.Request, **options: object) -> httpx.Response:
        """Send a request; again, as often as that is sensible, when the server says later."""
        for _ in range(PATIENT_TRIES - 1):
            answer = super().send(request, **options)  # type: ignore[arg-type]
            if answer.status_code != 429 or not request_is_whole(request):
                return answer
            answer.close()
            time.sleep(pause_told(answer.headers.get("retry-after", "")))
        return super().send(request, **options)  # type: ignore[arg-type]

    def wait(self) -> None:
        """Return when something else, such as a handshake, may be sent."""
        self._pace.wait()


def request_is_whole(request: httpx.Request) -> bool:
    """Tell whether a request can be sent a second time."""
    return isinstance(request.stream, httpx.ByteStream)


def pause_told(told: str) -> float:
    """Return how many seconds to wait by a `Retry-After`."""
    return min(float(told) if told.isdecimal() else 1.0, _LONGEST_PAUSE)


def new_prefix() -> str:
    """Return a name that no other run uses."""
    return f"contract-{secrets.token_hex(4)}"


class CannotBeginError(Exception):
    """Nothing can be proved, or not so; the text says what to change."""


def require_access(target: Target) -> None:
    """Ask a first question, before anything is made.

    Raises:
        CannotBeginError: If it is not answered.
    """
    try:
        with Client(target) as http:
            answer = http.get("/v1/sprites", params={"prefix": target.sprite})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CannotBeginError(f"{target.url} cannot be reached: {error}") from error
    told = f"{target.url} answered {answer.status_code}"
    if answer.status_code in {401, 403}:
        raise CannotBeginError(f"{told}: it does not take the TOKEN of the environment")
    if answer.status_code != 200:
        raise CannotBeginError(f"{told} to GET /v1/sprites; it is not the URL of a Sprites API")


Engine = Literal["auto", "full", "rootless", "portable"]


@contextmanager
def local_target(engine: Engine) -> Iterator[Target]:
    """Start a local server of its own for this run."""
    with LocalServer(engine=engine) as server:
        yield Target(url=server.url, token=server.token, sprite=new_prefix())


class RestartableServer:
    """A local server whose data outlives it."""

    def __init__(self, data: Path, engine: Engine) -> None:
        self._data = data
        self._engine: Engine = engine
        self._running = self._new().start()

    def _new(self) -> LocalServer:
        return LocalServer(data_dir=self._data, engine=self._engine)

    def target(self) -> Target:
        """Return where it is now."""
        return Target(url=self._running.url, token=self._running.token, sprite=new_prefix())

    def restart(self) -> Target:
        """Stop it, start it again, and return where it is then."""
        self.stop()
        self._running = self._new().start()
        return self.target()

    def stop(self) -> None:
        """End it."""
        self._running.stop()


@contextmanager
def restartable_server(engine: Engine = "auto") -> Iterator[RestartableServer]:
    """Start a local server that can be restarted."""
    with tempfile.TemporaryDirectory(prefix="contract-") as data:
        server = RestartableServer(Path(data), engine)
        try:
            yield server
        finally:
            server.stop()


def names(http: httpx.Client, prefix: str) -> Iterator[str]:
    """Yield the names of the sprites that begin so, through all pages."""
    token: str | None = None
    while True:
        query = {"prefix": prefix} | ({"continuation_token": token} if token else {})
        page = http.get("/v1/sprites", params=query).raise_for_status().json()
        # A server that ignores the prefix must not cost anybody a sprite.
        yield from (
            entry["name"] for entry in page.get("sprites") or () if entry["name"].startswith(prefix)
        )
        before, token = token, page.get("next_continuation_token")
        if not token or token == before:
            return


def clean_up(http: httpx.Client, prefix: str) -> bool:
    """Delete every sprite of this run, and say which could not be deleted, if any."""
    gone = [_delete(http, name) for name in list(names(http, prefix))]
    return all(gone)


def delete_noted(http: httpx.Client, journal: Path) -> bool:
    """Delete the sprites that a server made under names that do not tell that they are ours."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    gone = [_delete(http, json.loads(line)) for line in lines]
    return all(gone)


def _delete(http: httpx.Client, name: str) -> bool:
    answer = http.delete(f"/v1/sprites/{quote(name, safe='')}")
    if answer.status_code in {200, 204, 404}:
        return True
    print(f"contract: {name} could not be deleted: {answer.status_code}", file=sys.stderr)
    return False
