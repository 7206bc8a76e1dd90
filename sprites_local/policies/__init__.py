"""Policies of sprites: what they may reach, do and use."""

from sprites_local.policies.manager import PolicyManager

__all__ = ["PolicyManager"]
