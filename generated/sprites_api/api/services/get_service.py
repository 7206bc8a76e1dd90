# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.service import Service
from ...types import Response, is_json, path_segment


def get_kwargs(
    name: str,
    service_name: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/services/{service_name}".format(
            name=path_segment(name),
            service_name=path_segment(service_name),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | Service | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = Service.from_dict(response.json())

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
) -> Response[ErrorBody | Service]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: str,
    service_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ErrorBody | Service]:
    """Get a service

     A service with its state.

    Args:
        name (str):
        service_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | Service]
    """

    kwargs = get_kwargs(
        name=name,
        service_name=service_name,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    service_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> ErrorBody | Service | None:
    """Get a service

     A service with its state.

    Args:
        name (str):
        service_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | Service
    """

    return sync_detailed(
        name=name,
        service_name=service_name,
        client=client,
    ).parsed


async def asyncio_detailed(
    name: str,
    service_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ErrorBody | Service]:
    """Get a service

     A service with its state.

    Args:
        name (str):
        service_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | Service]
    """

    kwargs = get_kwargs(
        name=name,
        service_name=service_name,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    service_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> ErrorBody | Service | None:
    """Get a service

     A service with its state.

    Args:
        name (str):
        service_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | Service
    """

    return (
        await asyncio_detailed(
            name=name,
            service_name=service_name,
            client=client,
        )
    ).parsed
