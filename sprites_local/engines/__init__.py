"""What runs a sprite: one interface, three tiers."""
