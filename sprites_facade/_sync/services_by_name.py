# Written by scripts/unasync.py from sprites_facade/_async/services_by_name.py. Do not edit.
"""Services on the client, with the sprite's name first."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from sprites_facade._core.commands import InSprite, Word
from sprites_facade._core.services import Service
from sprites_facade._sync.services import ServiceStream, SpriteServices


class ServicesByName(ABC):
    """Methods for programs that work across sprites; see `Sprite` for what they do."""

    @abstractmethod
    def sprite(self, name: str) -> SpriteServices:
        """Return a handle for a sprite, without asking the server."""

    def list_services(self, name: str) -> list[Service]:
        """Return the services of a sprite with their states."""
        return self.sprite(name).list_services()

    def get_service(self, name: str, service_name: str) -> Service:
        """Return one service of a sprite with its state."""
        return self.sprite(name).get_service(service_name)

    def put_service(
        self,
        name: str,
        service_name: str,
        cmd: Word,
        args: Sequence[Word] | None = None,
        *,
        needs: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        dir: str | os.PathLike[str] | InSprite | None = None,
        http_port: int | None = None,
        duration: float | None = None,
    ) -> ServiceStream:
        """Define a service of a sprite, start it and follow what it prints."""
        return self.sprite(name).put_service(
            service_name,
            cmd,
            args,
            needs=needs,
            env=env,
            dir=dir,
            http_port=http_port,
            duration=duration,
        )

    def start_service(
        self, name: str, service_name: str, *, duration: float | None = None
    ) -> ServiceStream:
        """Start a service of a sprite and follow what it prints."""
        return self.sprite(name).start_service(service_name, duration=duration)

    def stop_service(
        self, name: str, service_name: str, *, timeout: float | None = None
    ) -> ServiceStream:
        """End a service of a sprite and follow how."""
        return self.sprite(name).stop_service(service_name, timeout=timeout)

    def restart_service(
        self, name: str, service_name: str, *, duration: float | None = None
    ) -> ServiceStream:
        """Stop a service of a sprite, start it again, and follow both."""
        return self.sprite(name).restart_service(service_name, duration=duration)

    def service_logs(
        self,
        name: str,
        service_name: str,
        *,
        lines: int | None = None,
        follow: float | None = None,
    ) -> ServiceStream:
        """Return what a service of a sprite printed, and, if asked for, what it will print."""
        return self.sprite(name).service_logs(service_name, lines=lines, follow=follow)

    def signal_service(self, name: str, service_name: str, signal: int | str) -> None:
        """Send a signal to a service of a sprite."""
        self.sprite(name).signal_service(service_name, signal)

    def delete_service(self, name: str, service_name: str) -> None:
        """Stop a service of a sprite and forget its definition."""
        self.sprite(name).delete_service(service_name)
