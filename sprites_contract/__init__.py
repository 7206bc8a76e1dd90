"""Proves a Sprites server against openapi.yaml, whoever wrote it.

It speaks plain HTTP and WebSocket: neither the facade nor the generated client stands between the
harness and the wire. `scripts/contract.py` is its command line.
"""
