# Written by scripts/unasync.py from sprites_facade/_async/organization.py. Do not edit.
"""The organization of a token, and new tokens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from sprites_facade._core import operations
from sprites_facade._core import organizations as core
from sprites_facade._core.calls import Call
from sprites_facade._core.config import (
    DEFAULT_TIMEOUT,
    ClientConfig,
    check_proxy,
    validate_path_segment,
)
from sprites_facade._core.organizations import Organization

if TYPE_CHECKING:
    import ssl

    import httpx

    from sprites_facade._sync.transport import Transport


class Organizations:
    """What concerns no single sprite."""

    _transport: Transport

    def get_organization(self) -> Organization:
        """Return the organization of the token, with its limits.

        It is known from an older documentation only; not every server has it.
        """
        return self._transport.send(operations.get_organization())

    def create_token(
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
        call = _minting(org_slug, macaroon, description, invite_code)
        return self._transport.send(call)

    @classmethod
    def mint_token(
        cls,
        org_slug: str,
        macaroon: str,
        *,
        description: str | None = None,
        invite_code: str | None = None,
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        http_client: httpx.Client | None = None,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> str:
        """Exchange a macaroon of the Fly platform for a first token, without having any yet.

        This is `create_token` for who cannot make a client: neither an argument nor the
        environment has to hold a token. The other arguments are those of the client.

        Raises:
            AuthenticationError: If the server does not accept the macaroon.
            ConfigurationError: If the macaroon cannot be one, or a setting cannot be right.
        """
        from sprites_facade._sync.transport import (  # noqa: PLC0415 - it loads the HTTP library
            Transport,
        )

        call = _minting(org_slug, macaroon, description, invite_code)
        config = ClientConfig.without_token(environ=os.environ, base_url=base_url, timeout=timeout)
        transport = Transport.create(config, http_client, tls=tls, proxy=check_proxy(proxy))
        try:
            return transport.send(call)
        finally:
            transport.close()


def _minting(
    org_slug: str, macaroon: str, description: str | None, invite_code: str | None
) -> Call[str]:
    slug = validate_path_segment(org_slug, "slug of an organization")
    headers = core.macaroon_header(macaroon)
    call = operations.create_token(slug, body=core.token_create(description, invite_code))
    call = attrs.evolve(call, headers={**call.headers, **headers})
    return call.about(f"organization {slug!r}")
