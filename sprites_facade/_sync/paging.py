# Written by scripts/unasync.py from sprites_facade/_async/paging.py. Do not edit.
"""Lists that come in pages, fetched as they are needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sprites_facade._core import operations
from sprites_facade._core.calls import given
from sprites_facade._core.models import SpriteInfo, SpritePage

if TYPE_CHECKING:
    from sprites_facade._sync.transport import Transport

logger = logging.getLogger("sprites")


class SpriteList:
    """All sprites, lazily: iterate over it, as often as you like; each time asks anew."""

    def __init__(
        self,
        transport: Transport,
        *,
        prefix: str | None,
        page_size: int | None,
        start: str | None,
    ) -> None:
        self._transport = transport
        self._prefix = prefix
        self._page_size = page_size
        self._start = start

    def __repr__(self) -> str:
        which = f" whose names begin with {self._prefix!r}" if self._prefix else ""
        return f"<{type(self).__name__} of the sprites{which}>"

    def __iter__(self) -> Iterator[SpriteInfo]:
        for page in self.pages():
            for sprite in page.sprites:
                yield sprite

    def pages(self) -> Iterator[SpritePage]:
        """Yield page by page; `next_token` of one is where a later listing can start."""
        token = self._start
        seen: set[str | None] = set()
        while token not in seen:
            seen.add(token)
            page = self._transport.send(
                operations.list_sprites(
                    prefix=given(self._prefix),
                    max_results=given(self._page_size),
                    continuation_token=given(token),
                )
            )
            yield page
            token = page.next_token
            if token is None:
                return
        logger.warning("list_sprites: the server repeats a page; the list ends here")
