"""The laws of checkpoints, held against random programs by a model."""

from sprites_contract.laws.runner import Laws, hold_laws

__all__ = ["Laws", "hold_laws"]
