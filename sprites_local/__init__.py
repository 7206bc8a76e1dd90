"""A real Sprites server for one machine."""
