"""The life of a sprite that nobody uses: running, then warm, then cold."""
