"""Showing a sprite its network policy in a file.

The file is for reading: it changes nothing, whoever writes to it inside. It is made anew at each
boot, restore and change of the policy.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from typing import Any, Final

from sprites_local.engines.base import Engine, EngineError, Files
from sprites_local.residents import Bystander
from sprites_local.state import policies as rows
from sprites_local.state.database import Database
from sprites_local.state.records import SpriteRecord

log = logging.getLogger(__name__)

DIRECTORY: Final = "/.sprite/policy"
FILE: Final = f"{DIRECTORY}/network.json"
_DRAFT: Final = f"{FILE}.new"


class PolicyFile(Bystander):
    """Writes the file; a `Resident` of each sprite whose policy is enforced."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._db = database
        self._engine = engine

    async def show(self, sprite: SpriteRecord) -> None:
        """Write down the policy of a sprite whose lock is held, if it runs."""
        if self._engine.capabilities().network != "enforced":
            return
        if not self._engine.is_running(sprite.id):
            return
        policy = await self._db.run(rows.get, sprite.id, "network") or {"rules": []}
        try:
            async with self._engine.files(sprite.id, as_root=True) as files:
                await write(files, policy)
        except (EngineError, OSError) as error:
            log.warning("Sprite %s has no %s: %s", sprite.name, FILE, error)

    async def booted(self, sprite: SpriteRecord) -> None:
        """Write it down for a sprite that was just booted."""
        await self.show(sprite)


async def write(files: Files, policy: dict[str, Any]) -> None:
    """Put a whole new file in place of whatever is there; paths end inside the sprite."""
    with suppress(FileExistsError):
        await files.mkdir(DIRECTORY)
    with suppress(FileNotFoundError):
        await files.remove(_DRAFT)
    draft = await files.open(_DRAFT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(draft, "w") as file:
        file.write(json.dumps(policy, indent=2) + "\n")
    await files.rename(_DRAFT, FILE)
