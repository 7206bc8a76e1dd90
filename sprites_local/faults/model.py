"""What a fault is, and which of them wait for a request."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any, Literal, get_args

from attrs import asdict, define, field, fields_dict, frozen

from sprites_local.errors import ApiError
from sprites_local.faults.operations import BY_NAME, Operation, Request

Kind = Literal[
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
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_FAULTS = 1000
_MOST_TEXT = 64 << 10
_MEDIA_TYPE = re.compile(r"[!-~]+/[ -~]{1,200}")
_COMMANDS = {"start_session", "attach_session", "run_command"}


def fits(kind: Kind, operation: Operation) -> bool:
    """Tell whether a fault of a kind can befall an operation."""
    if kind in ("error_event", "garbage"):
        return operation.form == "events"
    if kind == "no_exit":
        return operation.name in _COMMANDS
    if kind == "no_exit_code":
        return operation.name == "open_control"
    if kind in ("not_ready", "stale_files"):
        return operation.name == "restore_checkpoint"
    return True


@frozen(kw_only=True)
class Order:
    """What somebody asked to go wrong."""

    kind: Kind
    sprite: str | None = None
    """Only for this sprite; None for all."""
    operation: str | None = None
    """Only for this operation; None for all that the kind fits."""
    times: int | None = 1
    """How often; None until it is cleared."""
    after: int = 0
    """How many events, messages or chunks come through before."""
    inside: bool = False
    """Whether a cut lets half of the next one through."""
    abrupt: bool = False
    """Whether a cut drops the connection, instead of ending the answer as if it were whole."""
    code: int = 1000
    """The close code of a WebSocket that is closed too early."""
    status: int = 503
    retry_after: int | None = None
    body: str | None = None
    content_type: str = "text/html"
    text: str = "injected fault"
    """The text of an error event, or the line of garbage."""
    size: int = 1
    """How many bytes drip at a time."""
    seconds: float = 0.01
    """How long between two drops."""


@define
class Fault:
    """An order, and what came of it."""

    id: str
    order: Order
    used: int = 0
    memory: dict[str, Any] = field(factory=dict)
    """What the fault keeps between requests."""

    @property
    def spent(self) -> bool:
        """Whether it has happened as often as was asked for."""
        return self.order.times is not None and self.used >= self.order.times

    def matches(self, request: Request) -> bool:
        """Tell whether it is meant for a request."""
        order = self.order
        return (
            order.operation in (None, request.operation.name)
            and order.sprite in (None, request.sprite)
            and fits(order.kind, request.operation)
        )

    def take(self) -> bool:
        """Use it once, unless another request has used it up."""
        if self.spent:
            return False
        self.used += 1
        return True

    def view(self) -> dict[str, Any]:
        """Show it as JSON."""
        return {"id": self.id, "used": self.used, **asdict(self.order)}


class Faults:
    """The faults of a server, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults.values()))

    def add(self, order: Order) -> Fault:
        """Arm a fault."""
        if len(self._faults) >= MOST_FAULTS:
            raise ApiError(409, f"there are {MOST_FAULTS} faults already; clear some")
        fault = Fault(f"f{next(self._numbers)}", order)
        self._faults[fault.id] = fault
        return fault

    def clear(self, fault_id: str | None = None) -> None:
        """Forget a fault, or all of them, and end what lasts."""
        if fault_id is None:
            self._faults.clear()
        elif self._faults.pop(fault_id, None) is None:
            raise ApiError(404, "no such fault")

    def next_for(self, request: Request) -> Fault | None:
        """Find the first fault that waits for a request."""
        waiting = (fault for fault in self if not fault.spent and fault.matches(request))
        return next(waiting, None)


def parse(body: dict[str, Any]) -> Order:
    """Read an order.

    Raises:
        ApiError: If it makes no sense; the text says why.
    """
    _check(body)
    order = Order(**body)
    if order.operation is not None:
        operation = BY_NAME.get(order.operation)
        if operation is None:
            raise _refusal("operation is not one of openapi.yaml, nor start_session")
        if not fits(order.kind, operation):
            raise _refusal(f"{order.kind} cannot befall {operation.name}")
    return order


_TEXTS = ("sprite", "operation", "body", "text")
_NULLABLE = {"sprite", "operation", "times", "retry_after", "body"}
_FLAGS = ("inside", "abrupt")
_RANGES = {
    "times": (1, 1_000_000),
    "after": (0, 1_000_000),
    "code": (1000, 4999),
    "status": (400, 599),
    "retry_after": (0, 86_400),
    "size": (1, 1 << 20),
    "seconds": (0, 3600),
}


def _check(body: dict[str, Any]) -> None:
    if body.get("kind") not in KINDS:
        raise _refusal(f"kind must be one of {', '.join(KINDS)}")
    unknown = body.keys() - fields_dict(Order).keys()
    if unknown:
        raise _refusal(f"unknown: {', '.join(sorted(unknown))}")
    for name, value in body.items():
        if (value is not None or name not in _NULLABLE) and not _valid(name, value):
            raise _refusal(f"{name} is out of range, or of the wrong type")


def _valid(name: str, value: Any) -> bool:
    if name in _FLAGS:
        return isinstance(value, bool)
    if name in _RANGES:
        low, high = _RANGES[name]
        kinds = (int, float) if name == "seconds" else int
        return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high
    if name == "content_type":
        return isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) is not None
    if name in _TEXTS:
        return isinstance(value, str) and len(value) <= _MOST_TEXT
    return True


def _refusal(text: str) -> ApiError:
    return ApiError(400, text)
