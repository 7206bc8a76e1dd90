"""Whether the tier works on this machine."""

from __future__ import annotations

from sprites_local.engines.base import EngineError, EngineUnavailableError
from sprites_local.engines.full import host
from sprites_local.engines.full.identifiers import PROBE
from sprites_local.engines.full.processes import InThread
from sprites_local.engines.full.selftest import Subject


async def probe(engine: Subject, opened: host.Host, in_thread: InThread) -> None:
    """Boot a throw-away sprite once per machine start: nothing proves more than doing it.

    Raises:
        EngineUnavailableError: If it does not work, with the reason.
    """
    if opened.was_probed():
        return
    await in_thread(opened.store.destroy, PROBE)
    try:
        await engine.create(PROBE)
        await engine.start(PROBE)
        await engine.checkpoint(PROBE, PROBE)
        await engine.destroy(PROBE)
    except (EngineError, OSError) as error:
        raise EngineUnavailableError(host.explain(error)) from error
    opened.note_probed()
