"""The rootless tier: namespaces of an ordinary user on Linux."""

from sprites_local.engines.rootless.engine import RootlessEngine

__all__ = ["RootlessEngine"]
