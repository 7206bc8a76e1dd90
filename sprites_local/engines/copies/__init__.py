"""Checkpoints of a directory tree by content-addressed copies, for tiers without snapshots."""

from sprites_local.engines.copies.errors import AlteredError, CopyError, UnknownCheckpointError
from sprites_local.engines.copies.store import CopyStore, Kept
from sprites_local.engines.copies.tree import CopyTree

__all__ = [
    "AlteredError",
    "CopyError",
    "CopyStore",
    "CopyTree",
    "Kept",
    "UnknownCheckpointError",
]
