"""The organization of a token, and new tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from sprites_facade._core import operations
from sprites_facade._core import organizations as core
from sprites_facade._core.config import validate_path_segment
from sprites_facade._core.organizations import Organization

if TYPE_CHECKING:
    from sprites_facade._async.transport import AsyncTransport


class AsyncOrganizations:
    """What concerns no single sprite."""

    _transport: AsyncTransport

    async def get_organization(self) -> Organization:
        """Return the organization of the token, with its limits.

        It is known from an older documentation only; not every server has it.
        """
        return await self._transport.send(operations.get_organization())

    async def create_token(
        self,
        org_slug: str,
        macaroon: str,
        *,
        description: str | None = None,
        invite_code: str | None = None,
    ) -> str:
        """Exchange a macaroon of the Fly platform for a token; it is shown once.

        The request carries the macaroon instead of the client's own token.

        Args:
            org_slug: The organization.
            macaroon: The macaroon, with or without `FlyV1` before it.
            description: A note for people.
            invite_code: The code of an invitation.

        Raises:
            AuthenticationError: If the server does not accept the macaroon.
        """
        slug = validate_path_segment(org_slug, "slug of an organization")
        headers = core.macaroon_header(macaroon)
        call = operations.create_token(slug, body=core.token_create(description, invite_code))
        call = attrs.evolve(call, headers={**call.headers, **headers})
        return await self._transport.send(call.about(f"organization {slug!r}"))
