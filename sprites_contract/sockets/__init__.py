"""The WebSockets: handshakes, frames, messages and close codes, with valid and invalid input."""

from sprites_contract.sockets.runner import prove_sockets

__all__ = ["prove_sockets"]
