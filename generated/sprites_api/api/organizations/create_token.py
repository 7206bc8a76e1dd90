# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.access_token import AccessToken
from ...models.error_body import ErrorBody
from ...models.token_create import TokenCreate
from ...types import Response, is_json, path_segment


def get_kwargs(
    org_slug: str,
    *,
    body: TokenCreate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/organizations/{org_slug}/tokens".format(
            org_slug=path_segment(org_slug),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AccessToken | ErrorBody | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = AccessToken.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        if not is_json(response):
            return None
        response_201 = AccessToken.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        if not is_json(response):
            return None
        response_400 = ErrorBody.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        if not is_json(response):
            return None
        response_401 = ErrorBody.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        if not is_json(response):
            return None
        response_403 = ErrorBody.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        if not is_json(response):
            return None
        response_404 = ErrorBody.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        if not is_json(response):
            return None
        response_429 = ErrorBody.from_dict(response.json())

        return response_429

    if 500 <= response.status_code <= 599:
        if not is_json(response):
            return None
        response_5xx = ErrorBody.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AccessToken | ErrorBody]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    org_slug: str,
    *,
    client: AuthenticatedClient,
    body: TokenCreate,
) -> Response[AccessToken | ErrorBody]:
    """Create a token

     Exchanges a macaroon of the Fly platform for a token of this interface. Not in the official
    document; there is no known way to list or revoke tokens. A server without organizations may
    take its owner's token in the macaroon's place.

    Args:
        org_slug (str):
        body (TokenCreate): What the token is for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AccessToken | ErrorBody]
    """

    kwargs = get_kwargs(
        org_slug=org_slug,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    org_slug: str,
    *,
    client: AuthenticatedClient,
    body: TokenCreate,
) -> AccessToken | ErrorBody | None:
    """Create a token

     Exchanges a macaroon of the Fly platform for a token of this interface. Not in the official
    document; there is no known way to list or revoke tokens. A server without organizations may
    take its owner's token in the macaroon's place.

    Args:
        org_slug (str):
        body (TokenCreate): What the token is for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AccessToken | ErrorBody
    """

    return sync_detailed(
        org_slug=org_slug,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    org_slug: str,
    *,
    client: AuthenticatedClient,
    body: TokenCreate,
) -> Response[AccessToken | ErrorBody]:
    """Create a token

     Exchanges a macaroon of the Fly platform for a token of this interface. Not in the official
    document; there is no known way to list or revoke tokens. A server without organizations may
    take its owner's token in the macaroon's place.

    Args:
        org_slug (str):
        body (TokenCreate): What the token is for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AccessToken | ErrorBody]
    """

    kwargs = get_kwargs(
        org_slug=org_slug,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    org_slug: str,
    *,
    client: AuthenticatedClient,
    body: TokenCreate,
) -> AccessToken | ErrorBody | None:
    """Create a token

     Exchanges a macaroon of the Fly platform for a token of this interface. Not in the official
    document; there is no known way to list or revoke tokens. A server without organizations may
    take its owner's token in the macaroon's place.

    Args:
        org_slug (str):
        body (TokenCreate): What the token is for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AccessToken | ErrorBody
    """

    return (
        await asyncio_detailed(
            org_slug=org_slug,
            client=client,
            body=body,
        )
    ).parsed
