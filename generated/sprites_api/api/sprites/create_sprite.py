# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.sprite_create import SpriteCreate
from ...models.sprite_info import SpriteInfo
from ...types import Response, is_json


def get_kwargs(
    *,
    body: SpriteCreate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/sprites",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | SpriteInfo | None:
    if response.status_code == 201:
        if not is_json(response):
            return None
        response_201 = SpriteInfo.from_dict(response.json())

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

    if response.status_code == 409:
        if not is_json(response):
            return None
        response_409 = ErrorBody.from_dict(response.json())

        return response_409

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
) -> Response[ErrorBody | SpriteInfo]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SpriteCreate,
) -> Response[ErrorBody | SpriteInfo]:
    """Create a sprite

     Creates a machine under a name that is unique in the organization. A new sprite is `cold`;
    it wakes with the first use. Sources name 400 as well as 409 for a name that is taken;
    409 is what was recorded.

    Args:
        body (SpriteCreate): A sprite to create. The official document knows `name` and
            `url_settings` only; the other
            fields come from the official clients.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SpriteInfo]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: SpriteCreate,
) -> ErrorBody | SpriteInfo | None:
    """Create a sprite

     Creates a machine under a name that is unique in the organization. A new sprite is `cold`;
    it wakes with the first use. Sources name 400 as well as 409 for a name that is taken;
    409 is what was recorded.

    Args:
        body (SpriteCreate): A sprite to create. The official document knows `name` and
            `url_settings` only; the other
            fields come from the official clients.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SpriteInfo
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SpriteCreate,
) -> Response[ErrorBody | SpriteInfo]:
    """Create a sprite

     Creates a machine under a name that is unique in the organization. A new sprite is `cold`;
    it wakes with the first use. Sources name 400 as well as 409 for a name that is taken;
    409 is what was recorded.

    Args:
        body (SpriteCreate): A sprite to create. The official document knows `name` and
            `url_settings` only; the other
            fields come from the official clients.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SpriteInfo]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SpriteCreate,
) -> ErrorBody | SpriteInfo | None:
    """Create a sprite

     Creates a machine under a name that is unique in the organization. A new sprite is `cold`;
    it wakes with the first use. Sources name 400 as well as 409 for a name that is taken;
    409 is what was recorded.

    Args:
        body (SpriteCreate): A sprite to create. The official document knows `name` and
            `url_settings` only; the other
            fields come from the official clients.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SpriteInfo
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
