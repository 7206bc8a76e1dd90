# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.checkpoint import Checkpoint
from ...models.error_body import ErrorBody
from ...types import Response, is_json, path_segment


def get_kwargs(
    name: str,
    checkpoint_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/checkpoints/{checkpoint_id}".format(
            name=path_segment(name),
            checkpoint_id=path_segment(checkpoint_id),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Checkpoint | ErrorBody | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = Checkpoint.from_dict(response.json())

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
) -> Response[Checkpoint | ErrorBody]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: str,
    checkpoint_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Checkpoint | ErrorBody]:
    """Get a checkpoint

     One checkpoint. An unknown id is 404; the platform has also been seen to answer 500 with a
    text that ends in `not found`.

    Args:
        name (str):
        checkpoint_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Checkpoint | ErrorBody]
    """

    kwargs = get_kwargs(
        name=name,
        checkpoint_id=checkpoint_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    checkpoint_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Checkpoint | ErrorBody | None:
    """Get a checkpoint

     One checkpoint. An unknown id is 404; the platform has also been seen to answer 500 with a
    text that ends in `not found`.

    Args:
        name (str):
        checkpoint_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Checkpoint | ErrorBody
    """

    return sync_detailed(
        name=name,
        checkpoint_id=checkpoint_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    name: str,
    checkpoint_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Checkpoint | ErrorBody]:
    """Get a checkpoint

     One checkpoint. An unknown id is 404; the platform has also been seen to answer 500 with a
    text that ends in `not found`.

    Args:
        name (str):
        checkpoint_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Checkpoint | ErrorBody]
    """

    kwargs = get_kwargs(
        name=name,
        checkpoint_id=checkpoint_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    checkpoint_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Checkpoint | ErrorBody | None:
    """Get a checkpoint

     One checkpoint. An unknown id is 404; the platform has also been seen to answer 500 with a
    text that ends in `not found`.

    Args:
        name (str):
        checkpoint_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Checkpoint | ErrorBody
    """

    return (
        await asyncio_detailed(
            name=name,
            checkpoint_id=checkpoint_id,
            client=client,
        )
    ).parsed
