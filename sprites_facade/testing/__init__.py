"""A Sprites server of one's own, for trying, developing and testing."""

from sprites_facade.testing._faults import AsyncFaults, Fault, FaultKind, Faults
from sprites_facade.testing._process import LocalServerError
from sprites_facade.testing._servers import AsyncLocalServer, LocalServer

__all__ = [
    "AsyncFaults",
    "AsyncLocalServer",
    "Fault",
    "FaultKind",
    "Faults",
    "LocalServer",
    "LocalServerError",
]
