"""From paths as a sprite's clients write them to paths on the host.

Only what the server hands to a command is mapped: its program, its directory, its environment.
A path that a command uses by itself is the host's.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import evolve

from sprites_local.engines.base import Command

HOME: Final = "/home/sprite"
MARK: Final = "SPRITES_LOCAL_LIVE"
"""Variable of every command with the sprite's directory; tells whose it is if all else is lost."""
_PATHS: Final = ("HOME", "PWD", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


def on_host(live: Path, path: str) -> Path:
    """Return where an absolute path of the sprite is, without looking at links."""
    return live / posixpath.normpath(f"/{path}").lstrip("/")


def map_command(command: Command, live: Path) -> Command:
    """Return the command with its program, directory and environment inside the sprite."""
    argv = command.argv
    if argv and argv[0].startswith("/"):
        program = on_host(live, argv[0])
        if os.access(program, os.X_OK):
            argv = (str(program), *argv[1:])
    cwd = str(on_host(live, command.cwd))
    return evolve(command, argv=argv, cwd=cwd, env=_map_environment(command.env, live))


def _map_environment(env: Mapping[str, str], live: Path) -> dict[str, str]:
    mapped = {
        name: str(on_host(live, value)) if name in _PATHS and value.startswith("/") else value
        for name, value in env.items()
    }
    mapped.setdefault("HOME", str(on_host(live, HOME)))
    mapped.setdefault("TMPDIR", str(live / "tmp"))
    mapped[MARK] = str(live)
    mapped["PATH"] = _map_search_path(env.get("PATH", os.defpath), live)
    return mapped


def _map_search_path(search: str, live: Path) -> str:
    """Put the sprite's own directories before the host's."""
    wanted = [entry for entry in search.split(":") if entry.startswith("/")]
    own = [str(on_host(live, entry)) for entry in wanted]
    # The host's directory of the same name as the sprite's home is somebody else's.
    host = [entry for entry in wanted if not entry.startswith(f"{HOME}/")]
    return ":".join([*own, *host])
