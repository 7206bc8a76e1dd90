"""Showing checkpoints in a running sprite; see `sprites_local.init.showing`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from sprites_local.engines.base import EngineError
from sprites_local.engines.common.channel import Message
from sprites_local.engines.full import ids
from sprites_local.engines.full.host import Host
from sprites_local.init import showing

_TIMEOUT: Final = 20.0
_NOTE: Final = "shown.json"
_IDS: Final = "ids.json"


async def show(host: Host, sprite: str, pid: int, pidfd: int, wanted: Collection[str]) -> None:
    """Show these checkpoints and no others; nothing happens where it is so already.

    Raises:
        EngineError: If that cannot be; some may be shown then.
    """
    for checkpoint in wanted:
        if not host.store.has_checkpoint(sprite, checkpoint):
            raise EngineError(f"there is no checkpoint {checkpoint}")
    now = _look(pid)
    if now.names is not None and set(now.names) == set(wanted) and not now.strays:
        return
    request = {
        **host.boot_request(sprite),
        "uid_base": _first_id(pid),
        "checkpoints": host.store.checkpoints(sprite),
        "pid": pid,
        "wanted": list(wanted),
    }
    try:
        await host.helper.show(request, pidfd, _TIMEOUT)
    except TimeoutError:
        raise EngineError("showing the checkpoints took too long") from None


def names(pid: int) -> list[str]:
    """Name the checkpoints that are shown.

    Raises:
        EngineError: If the sprite stopped.
    """
    return _look(pid).names or []


def at_dump(pid: int, images: Path) -> list[str]:
    """Return the options by which CRIU leaves alone what is shown; note for the restore what is.

    So are the sprite's ids on the host.

    Raises:
        EngineError: If the sprite stopped.
    """
    shown = _look(pid).names
    (images / _NOTE).write_text(json.dumps(shown))
    (images / _IDS).write_text(json.dumps(_first_id(pid)))
    return _options(f"mnt[{point}]:{word}" for word, point in showing.external(shown))


def at_restore(host: Host, sprite: str, images: Path) -> tuple[Message, list[str]]:
    """Return what `init.showing.stage` needs, and the options by which CRIU takes it."""
    note = images / _NOTE
    shown = json.loads(note.read_text()) if note.exists() else None
    external = showing.external(shown)
    options = _options(f"mnt[{word}]:{showing.staged(word)}" for word, _ in external)
    request: Message = {"checkpoints": host.store.checkpoints(sprite), "shown": shown}
    ids_note = images / _IDS
    request["uid_base"] = json.loads(ids_note.read_text()) if ids_note.exists() else ids.SHARED
    return request, options


def _first_id(pid: int) -> int:
    try:
        return ids.first_of_running(pid)
    except OSError as error:
        raise EngineError("the sprite stopped") from error


def _look(pid: int) -> showing.Shown:
    try:
        return showing.read(pid)
    except OSError as error:
        raise EngineError("the sprite stopped") from error


def _options(mounts: Iterable[str]) -> list[str]:
    return [word for mount in mounts for word in ("--external", mount)]
