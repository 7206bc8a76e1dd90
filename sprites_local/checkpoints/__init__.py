"""Checkpoints: taking, listing, showing, deleting and restoring them."""
