"""The one organization that there is here."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local import views
from sprites_local.http import json_response
from sprites_local.routing import resource
from sprites_local.sprites import SpriteManager

_MOST_SPRITES = 10_000


class OrganizationRoutes:
    """Answers about the organization; tokens are minted by the platform only."""

    def __init__(self, sprites: SpriteManager) -> None:
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [resource("/v1/organization", get=self.get)]

    async def get(self, request: Request) -> Response:
        """Show the organization; it has no limits of its own."""
        del request
        page = await self._sprites.page(prefix="", after="", limit=_MOST_SPRITES)
        active = [one.name for one in page.sprites if self._sprites.status(one) == "running"]
        organization = {
            "slug": views.ORGANIZATION,
            "sprites_enabled": True,
            "active_sprites": active,
            "max_sprites": None,
            "active_sprite_limit": None,
        }
        return json_response({"organization": organization})
