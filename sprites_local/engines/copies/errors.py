"""What can go wrong with copies, in words fit for a client."""

from __future__ import annotations

from sprites_local.engines.base import EngineError


class CopyError(EngineError):
    """The tree could not be kept or brought back as it is."""


class AlteredError(CopyError):
    """A kept object no longer has the content it was stored under; nothing was restored."""


class UnknownCheckpointError(CopyError):
    """The store has no checkpoint of that id."""
