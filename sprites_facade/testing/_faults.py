"""Making a local server fail on purpose."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Unpack

import httpx
from attrs import frozen

from sprites_facade._core.errors import ConfigurationError

FaultKind = Literal[
    "status",
    "cut",
    "error_event",
    "garbage",
    "drip",
    "no_exit",
    "no_exit_code",
    "not_ready",
    "stale_files",
]
_PATH = "/_faults"
_TIMEOUT = 30.0


class FaultOptions(TypedDict, total=False):
    """What a fault can be told; docs/guides/faults.md says which kind listens to what."""

    sprite: str
    operation: str
    times: int | None
    after: int
    inside: bool
    abrupt: bool
    code: int
    status: int
    retry_after: int
    body: str
    content_type: str
    text: str
    size: int
    seconds: float


@frozen
class Fault:
    """A fault that was injected, as the server shows it."""

    id: str
    kind: str
    sprite: str | None
    operation: str | None
    times: int | None
    """How often it happens; None until it is cleared."""
    used: int
    """How often it has happened."""


class Faults:
    """The faults of a local server: injected, listed, cleared."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    def inject(self, kind: FaultKind, **options: Unpack[FaultOptions]) -> Fault:
        """Make the next fitting request fail; the first fault injected happens first.

        Raises:
            ConfigurationError: If the server refuses it; the text says why.
        """
        return _fault(self._send("POST", json={"kind": kind, **options}))

    def list(self) -> list[Fault]:
        """List the faults, those that have happened too."""
        return _faults(self._send("GET"))

    def clear(self, fault: Fault | None = None) -> None:
        """Forget a fault, or all of them."""
        self._send("DELETE", _path(fault))

    def _send(self, method: str, path: str = _PATH, **body: Any) -> httpx.Response:
        with httpx.Client(**_options(self._url, self._headers)) as client:
            return _checked(client.request(method, path, **body))


class AsyncFaults:
    """The same as `Faults`, awaited."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def inject(self, kind: FaultKind, **options: Unpack[FaultOptions]) -> Fault:
        """Make the next fitting request fail; the first fault injected happens first.

        Raises:
            ConfigurationError: If the server refuses it; the text says why.
        """
        return _fault(await self._send("POST", json={"kind": kind, **options}))

    async def list(self) -> list[Fault]:
        """List the faults, those that have happened too."""
        return _faults(await self._send("GET"))

    async def clear(self, fault: Fault | None = None) -> None:
        """Forget a fault, or all of them."""
        await self._send("DELETE", _path(fault))

    async def _send(self, method: str, path: str = _PATH, **body: Any) -> httpx.Response:
        async with httpx.AsyncClient(**_options(self._url, self._headers)) as client:
            return _checked(await client.request(method, path, **body))


def _options(url: str, headers: dict[str, str]) -> dict[str, Any]:
    # The proxy that the environment may name is not for a server of this machine.
    return {"base_url": url, "headers": headers, "timeout": _TIMEOUT, "trust_env": False}


def _path(fault: Fault | None) -> str:
    return _PATH if fault is None else f"{_PATH}/{fault.id}"


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    raise ConfigurationError(f"the local server answered {response.status_code}: {response.text}")


def _faults(response: httpx.Response) -> list[Fault]:
    return [_shown(fault) for fault in response.json()["faults"]]


def _fault(response: httpx.Response) -> Fault:
    return _shown(response.json())


def _shown(data: dict[str, Any]) -> Fault:
    names = ("id", "kind", "sprite", "operation", "times", "used")
    return Fault(*(data[name] for name in names))
