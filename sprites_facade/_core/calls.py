"""Exchanges with the server, as values: what to send and how to read the answer."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

import attrs

from sprites_api.types import UNSET, File, Unset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

P = ParamSpec("P")
T = TypeVar("T")
V = TypeVar("V")

ENDING: Final = frozenset(
    ("delete_sprite", "restart_sprite", "restore_checkpoint", "upgrade_sprite")
)
"""The operations after which no process of a sprite is what it was."""


@attrs.frozen
class Call(Generic[T]):
    """One request, and the reader of its answer."""

    operation: str
    """The operationId of the contract."""
    method: str
    path: str
    """The path, percent-encoded."""
    parse: Callable[[Any], T] = attrs.field(repr=False)
    """Reads the decoded body; raises UnexpectedShapeError for one that is not as agreed."""
    params: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    json: Any = attrs.field(default=None, repr=False)
    content: bytes | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    safe_to_retry: bool = False
    looked_for: str | None = None
    """What the request is about, such as `sprite 'demo'`, for messages."""
    private_query: bool = False
    """Whether the query may hold secrets, and must stay out of logs and messages."""

    def about(self, what: str) -> Call[T]:
        """Return the same call with a name for what it looks for."""
        return attrs.evolve(self, looked_for=what)


@attrs.frozen
class Operation(Generic[P, T]):
    """A line of the operations table; calling it with the parameters gives a `Call`."""

    load: Callable[[], Callable[P, dict[str, Any]]]
    parse: Callable[[Any], T]
    safe_to_retry: bool
    private_query: bool
    accept: str

    @property
    def build(self) -> Callable[P, dict[str, Any]]:
        """The generated builder; it is loaded now if it was not before."""
        return self.load()

    @property
    def id(self) -> str:
        """The operationId of the contract, which is the name of the generated module."""
        return _id(self.build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[T]:
        """Return the exchange for these parameters."""
        build = self.load()
        request = build(*args, **kwargs)
        # The generated builders declare a body's type even where they send none.
        body = "json" in request or "content" in request
        headers = {
            name: value
            for name, value in request.get("headers", {}).items()
            if body or name.lower() != "content-type"
        }
        return Call(
            operation=_id(build),
            method=request["method"].upper(),
            path=request["url"],
            parse=self.parse,
            params=request.get("params", {}),
            json=request.get("json"),
            content=request["content"].getvalue() if "content" in request else None,
            headers={"Accept": self.accept, **headers},
            safe_to_retry=self.safe_to_retry,
            private_query=self.private_query,
        )


def _id(build: Callable[..., Any]) -> str:
    return build.__module__.rpartition(".")[2]


def operation(
    load: Callable[[], Callable[P, dict[str, Any]]],
    parse: Callable[[Any], T],
    *,
    safe_to_retry: bool = False,
    private_query: bool = False,
    accept: str = "application/json",
) -> Operation[P, T]:
    """Return a line of the table, typed by the generated builder and by its parser."""
    return Operation(load, parse, safe_to_retry, private_query, accept)


def given(value: V | None) -> V | Unset:
    """Return a parameter for a generated builder, to which None is a value of its own."""
    return UNSET if value is None else value


def upload(data: bytes) -> File:
    """Return bytes as the generated builders want a binary body."""
    return File(payload=BytesIO(data))
