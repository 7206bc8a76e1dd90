"""Sprites for Python: persistent Linux machines with checkpoint and restore."""
