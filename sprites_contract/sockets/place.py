"""Where conversations take place."""

from __future__ import annotations

from attrs import frozen

from sprites_contract.sockets.conversation import LOCAL_PATIENCE, PATIENCE
from sprites_contract.target import Client, Target


@frozen
class Place:
    """A sprite, and how to reach it."""

    target: Target
    http: Client
    port: int = 0
    """A port in the sprite on which an HTTP server listens; 0 when there is none."""

    @property
    def patience(self) -> float:
        """How long to listen, in seconds."""
        return LOCAL_PATIENCE if self.target.local else PATIENCE

    def path(self, rest: str) -> str:
        """Return the path of something of the sprite."""
        return f"/v1/sprites/{self.target.sprite}{rest}"

    def wait(self) -> None:
        """Return when the next handshake may be sent."""
        self.http.wait()
