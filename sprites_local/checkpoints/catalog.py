"""Which checkpoints there are, and how each came to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from sprites_local import names
from sprites_local.errors import TextError
from sprites_local.sprites import SpriteManager
from sprites_local.state import checkpoints as rows
from sprites_local.state.database import Database
from sprites_local.state.records import CheckpointRecord, SpriteRecord


@frozen
class Listed:
    """A checkpoint, or the live state, as it is shown."""

    record: CheckpointRecord
    history: tuple[str, ...]


def ancestries(records: Iterable[CheckpointRecord]) -> dict[str, tuple[str, ...]]:
    """Return the ancestors of each checkpoint, oldest first, from records in order of creation."""
    found: dict[str, tuple[str, ...]] = {}
    for record in records:
        parent = record.source_id
        # Added, because unpacking copies twice, and a thousand have half a million ancestors.
        found[record.id] = () if parent is None else found.get(parent, ()) + (parent,)  # noqa: RUF005
    return found


class Catalog:
    """Lists the checkpoints of all sprites, and each one's live state with them."""

    def __init__(self, database: Database, sprites: SpriteManager) -> None:
        self._db = database
        self._sprites = sprites

    async def listing(self, name: str, *, history: str, automatic: bool) -> list[Listed]:
        """List the live state and the checkpoints, newest first, or one's ancestors, oldest first.

        Raises:
            TextError: If `history` names no checkpoint.
        """
        everything = await self._everything(name)
        if history:
            chosen = everything.get(history)
            if chosen is None or chosen.record.deleted:
                raise not_found(history)
            found = [everything[ancestor] for ancestor in chosen.history]
        else:
            found = list(everything.values())[::-1]
        return [
            entry
            for entry in found
            if not entry.record.deleted and (automatic or not entry.record.is_auto)
        ]

    async def get(self, name: str, checkpoint: str) -> Listed:
        """Return one checkpoint, or the live state."""
        found = (await self._everything(name)).get(checkpoint)
        if found is None or found.record.deleted:
            raise not_found(checkpoint)
        return found

    async def require(self, name: str, checkpoint: str, verb: str) -> None:
        """Make sure that there is a checkpoint that can be `verb`, as "deleted".

        Raises:
            TextError: If there is none, or it is the live state.
        """
        await self.get(name, checkpoint)
        if checkpoint == names.CURRENT:
            raise TextError(409, f"Current is the live state and cannot be {verb}")

    async def _everything(self, name: str) -> Mapping[str, Listed]:
        """Return all there is and was, oldest first, the live state at the end."""
        sprite = await self._sprites.get(name)
        records = await self._db.run(rows.listing, sprite.id)
        records.append(_live(sprite))
        history = ancestries(records)
        return {record.id: Listed(record, history[record.id]) for record in records}


def _live(sprite: SpriteRecord) -> CheckpointRecord:
    return CheckpointRecord(
        id=names.CURRENT,
        create_time=sprite.live_since,
        comment=None,
        is_auto=False,
        source_id=sprite.base,
        processes="none",
        reason="",
    )


def not_found(checkpoint: str) -> TextError:
    """Say that there is no such checkpoint."""
    return TextError(404, f"Checkpoint {checkpoint[:80]} not found")
