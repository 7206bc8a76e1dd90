"""The files of a sprite's last checkpoints, shown inside it."""

from __future__ import annotations

import logging
from typing import Final

from sprites_local.engines.base import Engine, EngineError
from sprites_local.residents import Bystander
from sprites_local.state import checkpoints as rows
from sprites_local.state.database import Database
from sprites_local.state.records import SpriteRecord

log = logging.getLogger(__name__)

SHOWN: Final = 5
"""How many: the last that are listed without asking for automatic ones."""


class ShownCheckpoints(Bystander):
    """What is shown in all sprites; a `Resident` of each."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._db = database
        self._engine = engine

    async def refresh(self, sprite: SpriteRecord) -> str:
        """Bring what a sprite shows, if it runs, in line with the records.

        Returns:
            Why that failed, or nothing. A sprite that shows no checkpoints is still a sprite.
        """
        if not self._engine.is_running(sprite.id):
            return ""
        try:
            await self._engine.show(sprite.id, await self._db.run(rows.last, sprite.id, SHOWN))
        except (EngineError, OSError) as error:
            log.warning("Sprite %s does not show its checkpoints: %s", sprite.name, error)
            return str(error)
        return ""

    async def booted(self, sprite: SpriteRecord) -> None:
        """Show them in the sprite's new life."""
        await self.refresh(sprite)
