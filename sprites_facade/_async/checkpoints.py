"""The checkpoints of one sprite."""

from __future__ import annotations

from sprites_facade._async.base import AsyncSpriteBase
from sprites_facade._async.streams import AsyncCheckpointStream, AsyncRestoreStream
from sprites_facade._concurrency import AsyncOpening
from sprites_facade._core import bodies, operations
from sprites_facade._core.calls import given
from sprites_facade._core.config import validate_checkpoint_id
from sprites_facade._core.models import Checkpoint
from sprites_facade._core.readers import CURRENT


class AsyncSpriteCheckpoints(AsyncSpriteBase):
    """Create, restore and look up checkpoints."""

    def create_checkpoint(self, comment: str | None = None) -> AsyncOpening[AsyncCheckpointStream]:
        """Save the state of the sprite and follow the progress.

        The request is made at once and never repeated. Read the stream to its end, or take its
        `result()`, to know that the checkpoint is complete.

        Args:
            comment: A label to find it by.

        Raises:
            APIStatusError: If the server refuses.
            APIConnectionError: If no answer came; the checkpoint may be made nevertheless.
        """
        return AsyncOpening(self._create_checkpoint(comment))

    async def _create_checkpoint(self, comment: str | None) -> AsyncCheckpointStream:
        body = bodies.checkpoint_create(comment)
        call = operations.create_checkpoint(self._name, body=body).about(self._self)
        what = f"the checkpoint of {self._self}"
        return AsyncCheckpointStream(await self._transport.open(call), what, self.get_checkpoint)

    def restore_checkpoint(self, checkpoint_id: str) -> AsyncOpening[AsyncRestoreStream]:
        """Bring the sprite back to a checkpoint and follow the progress.

        Running commands end. The sprite keeps its id, its name and its URL. The request is made
        at once and never repeated. Read the stream to its end, or take its `result()`, to know
        that the restore is complete.

        Args:
            checkpoint_id: The id of a checkpoint of this sprite.

        Raises:
            APIStatusError: If the server refuses.
            APIConnectionError: If no answer came; the restore may go on nevertheless.
        """
        return AsyncOpening(self._restore_checkpoint(checkpoint_id))

    async def _restore_checkpoint(self, checkpoint_id: str) -> AsyncRestoreStream:
        valid = validate_checkpoint_id(checkpoint_id)
        call = operations.restore_checkpoint(self._name, valid).about(self._its(valid))
        what = f"the restore of {self._self} to {valid!r}"
        body = await self._transport.open(call)
        return AsyncRestoreStream(body, what, self.get_checkpoint, valid)

    async def list_checkpoints(
        self,
        history: str | None = None,
        *,
        include_auto: bool = False,
        include_current: bool = False,
    ) -> list[Checkpoint]:
        """Return the checkpoints that were made by hand, in the server's order.

        Args:
            history: Return the ancestors of this checkpoint only, oldest first.
            include_auto: Also return the checkpoints that the platform made by itself.
            include_current: Also return the entry `Current`, which stands for the live state and
                can be neither restored nor deleted.

        Raises:
            APIResponseError: If the server answers `history` with text, as some do.
        """
        call = operations.list_checkpoints(
            self._name,
            history=given(None if history is None else validate_checkpoint_id(history)),
            include_auto=given(include_auto or None),
        )
        found = await self._transport.send(call.about(self._self))
        if history is not None:
            # Each has a longer history than its ancestors, in whatever order a server lists them.
            found.sort(key=lambda checkpoint: len(checkpoint.history))
        return [checkpoint for checkpoint in found if include_current or checkpoint.id != CURRENT]

    async def get_checkpoint(self, checkpoint_id: str) -> Checkpoint:
        """Return one checkpoint.

        Raises:
            NotFoundError: If the sprite has no such checkpoint.
        """
        valid = validate_checkpoint_id(checkpoint_id)
        return await self._transport.send(
            operations.get_checkpoint(self._name, valid).about(self._its(valid))
        )

    async def delete_checkpoint(self, checkpoint_id: str) -> None:
        """Free the space of a checkpoint.

        Raises:
            NotFoundError: If there is no such checkpoint.
            ConflictError: If the live state still needs it.
            APIStatusError: With status 405 if the server cannot delete checkpoints.
        """
        valid = validate_checkpoint_id(checkpoint_id)
        await self._transport.send(
            operations.delete_checkpoint(self._name, valid).about(self._its(valid))
        )
