# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any, TypeAlias

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.sprite_event import SpriteEvent
from ...models.sprite_list import SpriteList
from ...types import UNSET, Response, Unset, is_json


def get_kwargs(
    *,
    prefix: str | Unset = UNSET,
    max_results: int | Unset = UNSET,
    continuation_token: str | Unset = UNSET,
    bulk_load: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["prefix"] = prefix

    params["max_results"] = max_results

    params["continuation_token"] = continuation_token

    params["bulk_load"] = bulk_load

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites",
        "params": params,
    }

    return _kwargs


STREAM_MEDIA_TYPE = "application/x-ndjson"
EventType: TypeAlias = SpriteEvent


def parse_event(src: dict[str, Any]) -> EventType:
    """Read one line of the stream from its decoded JSON object."""
    return SpriteEvent.from_dict(src)


def parse_error(response: httpx.Response) -> ErrorBody | None:
    """Read the body of an error, if it is JSON and the contract knows its status."""
    if not is_json(response):
        return None
    if response.status_code == 400:
        response_400 = ErrorBody.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorBody.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorBody.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = ErrorBody.from_dict(response.json())

        return response_429

    if 500 <= response.status_code <= 599:
        response_5xx = ErrorBody.from_dict(response.json())

        return response_5xx

    return None


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | SpriteList | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = SpriteList.from_dict(response.json())

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
) -> Response[ErrorBody | SpriteList]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    prefix: str | Unset = UNSET,
    max_results: int | Unset = UNSET,
    continuation_token: str | Unset = UNSET,
    bulk_load: bool | Unset = UNSET,
) -> Response[ErrorBody | SpriteList]:
    """List or watch sprites

     One page of sprites as JSON. With `Accept: application/x-ndjson` the answer is an endless
    stream of state changes instead, which ends when the client hangs up; it honours `prefix`
    and `max_results` only.

    Args:
        prefix (str | Unset):
        max_results (int | Unset):
        continuation_token (str | Unset):
        bulk_load (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SpriteList]
    """

    kwargs = get_kwargs(
        prefix=prefix,
        max_results=max_results,
        continuation_token=continuation_token,
        bulk_load=bulk_load,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    prefix: str | Unset = UNSET,
    max_results: int | Unset = UNSET,
    continuation_token: str | Unset = UNSET,
    bulk_load: bool | Unset = UNSET,
) -> ErrorBody | SpriteList | None:
    """List or watch sprites

     One page of sprites as JSON. With `Accept: application/x-ndjson` the answer is an endless
    stream of state changes instead, which ends when the client hangs up; it honours `prefix`
    and `max_results` only.

    Args:
        prefix (str | Unset):
        max_results (int | Unset):
        continuation_token (str | Unset):
        bulk_load (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SpriteList
    """

    return sync_detailed(
        client=client,
        prefix=prefix,
        max_results=max_results,
        continuation_token=continuation_token,
        bulk_load=bulk_load,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    prefix: str | Unset = UNSET,
    max_results: int | Unset = UNSET,
    continuation_token: str | Unset = UNSET,
    bulk_load: bool | Unset = UNSET,
) -> Response[ErrorBody | SpriteList]:
    """List or watch sprites

     One page of sprites as JSON. With `Accept: application/x-ndjson` the answer is an endless
    stream of state changes instead, which ends when the client hangs up; it honours `prefix`
    and `max_results` only.

    Args:
        prefix (str | Unset):
        max_results (int | Unset):
        continuation_token (str | Unset):
        bulk_load (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SpriteList]
    """

    kwargs = get_kwargs(
        prefix=prefix,
        max_results=max_results,
        continuation_token=continuation_token,
        bulk_load=bulk_load,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    prefix: str | Unset = UNSET,
    max_results: int | Unset = UNSET,
    continuation_token: str | Unset = UNSET,
    bulk_load: bool | Unset = UNSET,
) -> ErrorBody | SpriteList | None:
    """List or watch sprites

     One page of sprites as JSON. With `Accept: application/x-ndjson` the answer is an endless
    stream of state changes instead, which ends when the client hangs up; it honours `prefix`
    and `max_results` only.

    Args:
        prefix (str | Unset):
        max_results (int | Unset):
        continuation_token (str | Unset):
        bulk_load (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SpriteList
    """

    return (
        await asyncio_detailed(
            client=client,
            prefix=prefix,
            max_results=max_results,
            continuation_token=continuation_token,
            bulk_load=bulk_load,
        )
    ).parsed
