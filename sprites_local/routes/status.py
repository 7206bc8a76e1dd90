"""What the server itself says about itself; no part of the platform's interface."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local import views
from sprites_local.answers import ENVIRONMENT_VERSION
from sprites_local.doctor import status_view
from sprites_local.engines import Chosen
from sprites_local.http import json_response
from sprites_local.routing import resource
from sprites_local.sprites import SpriteManager

PATH = "/_status"
_MOST_SPRITES = 10_000


class StatusRoutes:
    """Answers about the server."""

    def __init__(self, chosen: Chosen, sprites: SpriteManager) -> None:
        self._chosen = chosen
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [resource(PATH, get=self.get)]

    async def get(self, request: Request) -> Response:
        """Say which tier is on, what it can do, what to do for more, and how many sprites run."""
        del request
        page = await self._sprites.page(prefix="", after="", limit=_MOST_SPRITES)
        counted = views.counters(self._sprites.status(sprite) for sprite in page.sprites)
        return json_response(
            {
                "version": _version(),
                "environment_version": ENVIRONMENT_VERSION,
                **status_view(self._chosen),
                "sprites": {key: counted[key] for key in ("running", "warm", "cold")},
            }
        )


def _version() -> str | None:
    try:
        return version("sprites-facade")
    except PackageNotFoundError:  # run from a folder that was not installed
        return None
