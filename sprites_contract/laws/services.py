"""Services, as the model knows them, while checkpoints are taken and restored."""

from __future__ import annotations

import time
from typing import Any

from attrs import define, field

from sprites_contract.laws.commands import running
from sprites_contract.laws.wire import Wire

_SETTLING = 10.0
_PAUSE = 0.05


@define
class Services:
    """Which there are, and what is promised of each."""

    markers: dict[str, str] = field(factory=dict)
    """By which process each is told."""
    wanted: dict[str, bool] = field(factory=dict)
    """Whether each has to run; nothing where servers may choose."""
    gone: set[str] = field(factory=set)
    """Which were deleted."""

    def put(self, wire: Wire, name: str, marker: str) -> None:
        """Define one, or replace it; it is started."""
        body, query = {"cmd": "sleep", "args": [marker]}, {"duration": "0s"}
        wire.call("put_service", "PUT", f"/services/{name}", 200, params=query, json=body)
        self.markers[name], self.wanted[name] = marker, True
        self.gone.discard(name)

    def stop(self, wire: Wire, name: str) -> None:
        """Stop one that runs."""
        wire.call("stop_service", "POST", f"/services/{name}/stop", 200)
        self.wanted[name] = False

    def begin(self, wire: Wire, name: str) -> None:
        """Start one that was stopped."""
        query = {"duration": "0s"}
        wire.call("start_service", "POST", f"/services/{name}/start", 200, params=query)
        self.wanted[name] = True

    def delete(self, wire: Wire, name: str) -> None:
        """Delete one."""
        wire.call("delete_service", "DELETE", f"/services/{name}", 204)
        del self.markers[name]
        self.wanted.pop(name, None)
        self.gone.add(name)

    def came_back(self, then: dict[str, bool] | None) -> None:
        """Take note of a start of the sprite.

        What is defined now starts. Servers may choose about what was stopped, and, where
        processes came back as they were `then`, about what was stopped at that time.
        """
        self.wanted = {
            name: True
            for name, runs in self.wanted.items()
            if runs and (then is None or then.get(name, True))
        }

    def late(self, wire: Wire) -> set[str]:
        """Return which do not come to run in time, by their state or by the processes."""
        names = {name for name, runs in self.wanted.items() if runs}
        deadline = time.monotonic() + _SETTLING
        while names:
            found = wire.services()
            there = running(wire, {self.markers[name] for name in names})
            late = {
                name
                for name in names
                if _status(found.get(name)) != "running" or self.markers[name] not in there
            }
            if not late or time.monotonic() > deadline:
                return late
            # Nothing tells when a service has come to run, and it may crash and start again.
            time.sleep(_PAUSE)
        return set()

    def still_active(self, wire: Wire) -> set[str]:
        """Return which run although they were stopped."""
        names = {name for name, runs in self.wanted.items() if not runs}
        if not names:
            return set()
        found = wire.services()
        there = running(wire, {self.markers[name] for name in names})
        return {
            name
            for name in names
            if _status(found.get(name)) != "stopped" or self.markers[name] in there
        }


def _status(service: dict[str, Any] | None) -> str:
    return str(((service or {}).get("state") or {}).get("status"))
