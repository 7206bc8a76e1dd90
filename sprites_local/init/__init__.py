"""Programs that run apart from the server: the helper that boots sprites, and their PID 1.

Everything here uses the standard library alone, because it runs without site-packages.
"""
