"""The one organization that there is here."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local import views
from sprites_local.auth import Credentials
from sprites_local.errors import ApiError, ValidationError
from sprites_local.http import body_chunks, json_response, parse_object
from sprites_local.routing import resource
from sprites_local.sprites import SpriteManager
from sprites_local.tokens import TokenManager

_MOST_SPRITES = 10_000
_BODY_LIMIT = 64 << 10
_LONGEST_DESCRIPTION = 1000


class OrganizationRoutes:
    """Answers about the organization, and mints tokens for it."""

    def __init__(
        self, sprites: SpriteManager, tokens: TokenManager, credentials: Credentials
    ) -> None:
        self._sprites = sprites
        self._tokens = tokens
        self._credentials = credentials

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [
            resource("/v1/organization", get=self.get),
            resource("/v1/organizations/{slug}/tokens", post=self.create_token),
        ]

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

    async def create_token(self, request: Request) -> Response:
        """Mint a token for the server's owner; an invitation means nothing."""
        # Asked here and not only at the door: routes may read a path otherwise than a guard.
        given = request.headers.getlist("authorization")
        if len(given) != 1 or not self._credentials.may_mint(given[0].encode("latin-1")):
            raise ApiError(401, "authentication failed", headers={"WWW-Authenticate": "FlyV1"})
        # As the platform's document has it, a body is wanted, though nothing in it is.
        raw = b"".join([chunk async for chunk in body_chunks(request, _BODY_LIMIT)])
        body = parse_object(raw)
        description, invitation = body.get("description"), body.get("invite_code")
        if not isinstance(description, str | None) or not isinstance(invitation, str | None):
            raise ValidationError("description and invite_code must be strings")
        if len(description or "") > _LONGEST_DESCRIPTION:
            raise ValidationError(f"description must be at most {_LONGEST_DESCRIPTION} characters")
        if request.path_params["slug"] != views.ORGANIZATION:
            raise ApiError(404, "organization not found")
        token = await self._tokens.mint(description or "")
        return json_response({"token": token}, 201, {"Cache-Control": "no-store"})
