"""Whether checkpoints hold processes on this machine, and with which CRIU."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from sprites_local.engines.base import EngineError
from sprites_local.engines.full import criu, host, selftest
from sprites_local.engines.full.processes import InThread, Processes

_TURNED_OFF: Final = "this server keeps files only"
_NOT_INSTALLED: Final = "CRIU is not installed"


class Ability:
    """What was found out."""

    def __init__(self, mode: Literal["auto", "on", "off"], prefix: Path | None) -> None:
        self._wanted = mode != "off"
        self._prefix = prefix
        self.processes: Processes | None = None
        """Keeps and brings back processes, if that works."""
        self.reason = _TURNED_OFF
        """Why it does not."""

    @property
    def hints(self) -> tuple[str, ...]:
        """What a person can do for more."""
        if self.processes is not None:
            return ()
        text = f"Processes are not part of checkpoints: {self.reason}."
        if self.reason == _NOT_INSTALLED:
            text += " `python -m sprites_local install-criu` installs it, on Debian and its like."
        return (text,)

    async def explore(
        self, engine: selftest.Subject, opened: host.Host, sprite: str, in_thread: InThread
    ) -> None:
        """Take the first CRIU that works, tried in a throw-away sprite, unless none is wanted."""
        if not self._wanted:
            return
        self.reason = _NOT_INSTALLED
        boot = host.boot_id()
        await in_thread(selftest.prepare_cache, boot)
        for program in criu.candidates(self._prefix):
            self.processes = Processes(opened, program, selftest.CACHE, in_thread)
            if selftest.is_known(program, boot):
                return
            try:
                await selftest.run(engine, sprite, opened.pythons[0])
            except EngineError as error:
                self.reason = f"CRIU does not work here: {error}"
                self.processes = None
            else:
                selftest.note(program, boot)
                return
