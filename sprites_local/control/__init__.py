"""One socket for many operations, one after the other."""

from sprites_local.control.connection import ControlConnection, Operations

__all__ = ["ControlConnection", "Operations"]
