"""Killing a server at random moments, and looking at what the next one has."""
