"""What the tiers have in common."""
