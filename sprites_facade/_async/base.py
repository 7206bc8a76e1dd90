"""What every group of a sprite's methods needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sprites_facade._core.config import validate_sprite_name

if TYPE_CHECKING:
    from sprites_facade._async.transport import AsyncTransport


class AsyncSpriteBase:
    """A sprite's name and the way to it."""

    def __init__(self, transport: AsyncTransport, name: str) -> None:
        self._transport = transport
        self._name = validate_sprite_name(name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    @property
    def name(self) -> str:
        """The sprite's name."""
        return self._name

    @property
    def _self(self) -> str:
        return f"sprite {self._name!r}"

    def _its(self, checkpoint_id: str) -> str:
        return f"checkpoint {checkpoint_id!r} of {self._self}"
