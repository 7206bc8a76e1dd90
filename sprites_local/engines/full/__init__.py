"""The full tier: sprites as separate Linux systems, checkpoints as btrfs snapshots."""

from sprites_local.engines.full.engine import FullEngine

__all__ = ["FullEngine"]
