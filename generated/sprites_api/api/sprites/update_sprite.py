# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.sprite_info import SpriteInfo
from ...models.sprite_update import SpriteUpdate
from ...types import Response, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    body: SpriteUpdate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v1/sprites/{name}".format(
            name=path_segment(name),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | SpriteInfo | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = SpriteInfo.from_dict(response.json())

        return response_200

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
) -> Response[ErrorBody | SpriteInfo]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: SpriteUpdate,
) -> Response[ErrorBody | SpriteInfo]:
    """Change settings of a sprite

     Fields that are left out keep their value; a body without any field is refused. The
    official document requires `url_settings`, the official clients also send `labels` alone.

    Args:
        name (str):
        body (SpriteUpdate): A change of settings, with at least one field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SpriteInfo]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: SpriteUpdate,
) -> ErrorBody | SpriteInfo | None:
    """Change settings of a sprite

     Fields that are left out keep their value; a body without any field is refused. The
    official document requires `url_settings`, the official clients also send `labels` alone.

    Args:
        name (str):
        body (SpriteUpdate): A change of settings, with at least one field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SpriteInfo
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: SpriteUpdate,
) -> Response[ErrorBody | SpriteInfo]:
    """Change settings of a sprite

     Fields that are left out keep their value; a body without any field is refused. The
    official document requires `url_settings`, the official clients also send `labels` alone.

    Args:
        name (str):
        body (SpriteUpdate): A change of settings, with at least one field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SpriteInfo]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: SpriteUpdate,
) -> ErrorBody | SpriteInfo | None:
    """Change settings of a sprite

     Fields that are left out keep their value; a body without any field is refused. The
    official document requires `url_settings`, the official clients also send `labels` alone.

    Args:
        name (str):
        body (SpriteUpdate): A change of settings, with at least one field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SpriteInfo
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
        )
    ).parsed
