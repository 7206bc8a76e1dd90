"""What this machine can do, found out by trying."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sprites_local.engines import TIERS, Chosen, open_best
from sprites_local.engines.base import EngineUnavailableError


async def examine(write: Callable[[str], None]) -> int:
    """Open the best tier in a throw-away directory, say what it does, and what is missing."""
    try:
        throw_away = tempfile.TemporaryDirectory(prefix="sprites-doctor-")
    except OSError as error:
        write(f"No tier can be tried without a directory for temporary files: {error}")
        return 1
    with throw_away as directory:
        return await _try(Path(directory), write)


async def _try(directory: Path, write: Callable[[str], None]) -> int:
    try:
        chosen = await open_best(directory, TIERS, "auto")
    except EngineUnavailableError as error:
        write(f"No tier runs here: {error}")
        return 1
    try:
        _tell(chosen, write)
    finally:
        await chosen.engine.close()
    return 0


def _tell(chosen: Chosen, write: Callable[[str], None]) -> None:
    able = chosen.engine.capabilities()
    write(f"Tier: {able.tier}")
    write(f"Files at a checkpoint: {able.files}")
    write(f"Processes at a restore: {'brought back' if able.processes else 'stopped'}")
    write(f"Isolation: {', '.join(able.isolation) or 'NONE, commands run as you on this machine'}")
    write(f"Network: {_NETWORKS[able.network]}")
    for tier, reason in chosen.passed_over:
        write(f"Not {tier}: {reason}")
    for hint in able.hints:
        write(f"For more: {hint}")


_NETWORKS: Final = {
    "enforced": "the public network over TCP and by name; policies are enforced",
    "closed": "a sprite reaches nothing outside",
    "open": "this machine's; policies change nothing",
}


def status_view(chosen: Chosen) -> dict[str, Any]:
    """Show the same of a server that runs."""
    able = chosen.engine.capabilities()
    return {
        "tier": able.tier,
        "files": able.files,
        "processes": able.processes,
        "isolation": list(able.isolation),
        "network": able.network,
        "passed_over": [{"tier": tier, "reason": why} for tier, why in chosen.passed_over],
        "hints": list(able.hints),
    }
