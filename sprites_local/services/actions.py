"""What is to be done about services: the decisions of the machine."""

from __future__ import annotations

from attrs import frozen


@frozen
class Spawn:
    """Start the process; answer with `spawned` or `spawn_failed`."""

    name: str
    run: int


@frozen
class Terminate:
    """Send TERM, and KILL after `patience` seconds; `exited` follows."""

    name: str
    run: int
    patience: float


@frozen
class Retry:
    """Call `retry` after `delay` seconds."""

    name: str
    run: int
    delay: float


@frozen
class Tell:
    """Tell whoever follows the service."""

    name: str
    type: str
    data: str | None = None
    exit_code: int | None = None


Action = Spawn | Terminate | Retry | Tell
