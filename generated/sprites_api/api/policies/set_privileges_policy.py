# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.privileges_policy_update import PrivilegesPolicyUpdate
from ...types import Response, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    body: PrivilegesPolicyUpdate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/sprites/{name}/policy/privileges".format(
            name=path_segment(name),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> None | ErrorBody | None:
    if response.status_code == 200:
        return None
    if response.status_code == 204:
        return None
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
) -> Response[None | ErrorBody]:
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
    body: PrivilegesPolicyUpdate,
) -> Response[None | ErrorBody]:
    """Replace the privileges policy

     Replaces the privileges policy, for what is started from then on. What a server cannot grant
    it keeps all the same; one that enforces a part only may say so in the header
    `X-Sprite-Policy-Enforcement`.

    Args:
        name (str):
        body (PrivilegesPolicyUpdate): What processes in the sprite shall be able to do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[None | ErrorBody]
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
    body: PrivilegesPolicyUpdate,
) -> None | ErrorBody | None:
    """Replace the privileges policy

     Replaces the privileges policy, for what is started from then on. What a server cannot grant
    it keeps all the same; one that enforces a part only may say so in the header
    `X-Sprite-Policy-Enforcement`.

    Args:
        name (str):
        body (PrivilegesPolicyUpdate): What processes in the sprite shall be able to do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        None | ErrorBody
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
    body: PrivilegesPolicyUpdate,
) -> Response[None | ErrorBody]:
    """Replace the privileges policy

     Replaces the privileges policy, for what is started from then on. What a server cannot grant
    it keeps all the same; one that enforces a part only may say so in the header
    `X-Sprite-Policy-Enforcement`.

    Args:
        name (str):
        body (PrivilegesPolicyUpdate): What processes in the sprite shall be able to do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[None | ErrorBody]
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
    body: PrivilegesPolicyUpdate,
) -> None | ErrorBody | None:
    """Replace the privileges policy

     Replaces the privileges policy, for what is started from then on. What a server cannot grant
    it keeps all the same; one that enforces a part only may say so in the header
    `X-Sprite-Policy-Enforcement`.

    Args:
        name (str):
        body (PrivilegesPolicyUpdate): What processes in the sprite shall be able to do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        None | ErrorBody
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
        )
    ).parsed
