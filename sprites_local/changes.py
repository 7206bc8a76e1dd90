"""Telling whoever follows that something changed."""

from __future__ import annotations

import asyncio


class Changes:
    """A bell: followers take the next ring before they look, and miss nothing."""

    def __init__(self) -> None:
        self._ring = asyncio.Event()
        self.closed = False

    def next(self) -> asyncio.Event:
        """Return what is set by the next change."""
        return self._ring

    def notify(self) -> None:
        """Tell a change."""
        ring, self._ring = self._ring, asyncio.Event()
        ring.set()

    def close(self) -> None:
        """Tell the end: nobody needs to follow any more."""
        self.closed = True
        self.notify()
