"""Sending a signal to a session, and following what becomes of it."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from sprites_local.engines.base import EngineError
from sprites_local.errors import TextError
from sprites_local.progress import Events
from sprites_local.session import Session


def signal_number(name: str) -> int:
    """Find a signal by its name, with SIG or without.

    Raises:
        TextError: If there is no such signal.
    """
    word = name.upper()
    word = word if word.startswith("SIG") else f"SIG{word}"
    found = signal.Signals.__members__.get(word)
    if found is None:
        raise TextError(400, f"invalid signal {name[:20]!r}")
    return int(found)


async def kill(session: Session, number: int, patience: float, events: Events) -> None:
    """Signal a session, wait, send KILL when it does not end, and tell each step."""
    try:
        await _kill(session, number, patience, events)
    except EngineError as error:
        _tell(events, "error", str(error))
    finally:
        events.end()


async def _kill(session: Session, number: int, patience: float, events: Events) -> None:
    name = signal.Signals(number).name
    process = session.process
    await process.signal(number)
    text = f"Sent {name} to the process group of {session.id}"
    _tell(events, "signal", text, signal=name, pid=process.pid)
    if patience == 0:
        # The signal is sent and nothing is known of its effect, so no exit code is told.
        _tell(events, "complete", f"{name} sent")
        return
    try:
        code = await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        _tell(events, "timeout", f"Timeout after {patience:g}s, sending SIGKILL")
        await process.signal(signal.SIGKILL)
        code = await process.wait()
        _tell(events, "killed", "Process killed")
    else:
        _tell(events, "exited", f"Process exited with code {code}")
    _tell(events, "complete", "Session ended", exit_code=code)


def _tell(events: Events, kind: str, message: str, **fields: Any) -> None:
    # One client reads the text under `data`, the others under `message`.
    events.tell(type=kind, message=message, data=message, **fields)
