"""The way out of sprites: what they may reach, and how they do."""

from sprites_local.egress.addresses import PUBLIC, Reach

__all__ = ["PUBLIC", "Reach"]
