"""Services as the wire shows them."""

from __future__ import annotations

from typing import Any

from sprites_local import times
from sprites_local.services.definitions import Definition
from sprites_local.services.logfile import log_path
from sprites_local.services.unit import Unit


def service_view(definition: Definition, unit: Unit | None) -> dict[str, Any]:
    """Show a service; without a unit its sprite is cold."""
    optional = {
        "env": dict(definition.env),
        "dir": definition.dir,
        "http_port": definition.http_port,
    }
    return {
        "name": definition.name,
        "cmd": definition.cmd,
        "args": list(definition.args),
        "needs": list(definition.needs),
        **{key: value for key, value in optional.items() if value},
        "state": _state_view(unit or Unit(definition.name)),
    }


def log_files_view(name: str) -> dict[str, str]:
    """Say where a log is: there is one file for both outputs."""
    return dict.fromkeys(("combined", "stdout", "stderr"), log_path(name))


def _state_view(unit: Unit) -> dict[str, Any]:
    optional = {
        "pid": unit.pid,
        "started_at": _time(unit.started_ns),
        "error": unit.error,
        "restart_count": unit.restarts,
        "next_restart_at": _time(unit.next_restart_ns),
    }
    shown = {key: value for key, value in optional.items() if value}
    return {"name": unit.name, "status": unit.status, **shown}


def _time(moment_ns: int | None) -> str | None:
    return None if moment_ns is None else times.nanoseconds(moment_ns)
