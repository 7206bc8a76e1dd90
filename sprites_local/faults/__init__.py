"""Faults on demand, for tests of clients: off unless the server was started with `--faults`.

Nothing outside of this package knows about faults but the line in `app.py` that puts the layer
around the routes; without that line there is nothing here that a request could reach.
"""
