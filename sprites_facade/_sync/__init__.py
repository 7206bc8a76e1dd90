# Written by scripts/unasync.py from sprites_facade/_async/__init__.py. Do not edit.
"""Private."""
