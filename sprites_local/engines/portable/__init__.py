"""The portable tier: directories and ordinary processes, on any Unix, without isolation."""

from sprites_local.engines.portable.engine import PortableEngine

__all__ = ["PortableEngine"]
