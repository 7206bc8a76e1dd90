"""What the tiers without root have in common."""
