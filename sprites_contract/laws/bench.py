"""What the programs share: the server, names that nobody uses, and the known differences."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import count

from attrs import define, evolve, field

from sprites_contract.differences import LAWS
from sprites_contract.evidence import Evidence
from sprites_contract.laws.wire import LawBrokenError, Wire
from sprites_contract.target import Client, Target

_CLOCKS_DIFFER = 120.0
_SECONDS_ONLY = 1.5
_PATIENCE, _LOCAL_PATIENCE = 30.0, 5.0


@define
class Bench:
    """The server under proof, for all programs of a run."""

    target: Target
    evidence: Evidence
    services: bool = True
    """Whether the server has services."""
    restart: Callable[[], Target] | None = None
    """Restarts the server, where that can be done, and says where it is then."""
    http: Client = field(init=False)
    _numbers: count[int] = field(factory=lambda: count(1), init=False)
    _start: int = field(factory=lambda: 100_000 + secrets.randbelow(800_000), init=False)

    def __attrs_post_init__(self) -> None:
        self.http = Client(self.target)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    @property
    def clock_slack(self) -> float:
        """How far times may be off, in seconds."""
        return _SECONDS_ONLY if self.target.local else _CLOCKS_DIFFER

    @property
    def patience(self) -> float:
        """For how many seconds something that ended may look as if it had not."""
        return _LOCAL_PATIENCE if self.target.local else _PATIENCE

    def new_wire(self) -> Wire:
        """Return a way to a sprite that does not exist yet."""
        name = f"{self.target.sprite}-law-{next(self._numbers)}"
        return Wire(self.http, name, self.evidence)

    def new_marker(self) -> str:
        """Return a number of seconds by which a process can be told from all others."""
        return f"{self._start}.{next(self._numbers)}"

    def restarted(self, wire: Wire) -> Wire:
        """Restart the server, and return the way to the same sprite."""
        if self.restart is None:
            raise LawBrokenError("survives_restart", "this server cannot be restarted")
        self.close()
        self.target = evolve(self.restart(), sprite=self.target.sprite)
        self.http = Client(self.target)
        return Wire(self.http, wire.name, self.evidence)

    def hold(self, law: str, holds: bool, message: str) -> bool:  # noqa: FBT001 - the very point
        """Check a law, and tell whether it holds.

        Raises:
            LawBrokenError: If it does not, and is no known difference of a server that is not ours.
        """
        self.evidence.check("", f"law_{law}")
        if holds:
            return True
        if self.target.local or law not in LAWS:
            raise LawBrokenError(law, message)
        self.evidence.differ("", "laws", law, f"{LAWS[law]}; here: {message}")
        return False
