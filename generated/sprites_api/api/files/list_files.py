# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.file_error_body import FileErrorBody
from ...models.file_list import FileList
from ...types import UNSET, Response, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    pattern: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["path"] = path

    params["workingDir"] = working_dir

    params["recursive"] = recursive

    params["pattern"] = pattern

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/fs/list".format(
            name=path_segment(name),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | FileErrorBody | FileList | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = FileList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        if not is_json(response):
            return None
        response_400 = FileErrorBody.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        if not is_json(response):
            return None
        response_401 = ErrorBody.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        if not is_json(response):
            return None
        response_403 = FileErrorBody.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        if not is_json(response):
            return None
        response_404 = FileErrorBody.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        if not is_json(response):
            return None
        response_429 = ErrorBody.from_dict(response.json())

        return response_429

    if 500 <= response.status_code <= 599:
        if not is_json(response):
            return None
        response_5xx = FileErrorBody.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorBody | FileErrorBody | FileList]:
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
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    pattern: str | Unset = UNSET,
) -> Response[ErrorBody | FileErrorBody | FileList]:
    """List a directory

     The entries of a directory; for a plain file one entry, the file itself, which is how
    clients do `stat`. `recursive` and `pattern` are not in the official document.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        pattern (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | FileErrorBody | FileList]
    """

    kwargs = get_kwargs(
        name=name,
        path=path,
        working_dir=working_dir,
        recursive=recursive,
        pattern=pattern,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    pattern: str | Unset = UNSET,
) -> ErrorBody | FileErrorBody | FileList | None:
    """List a directory

     The entries of a directory; for a plain file one entry, the file itself, which is how
    clients do `stat`. `recursive` and `pattern` are not in the official document.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        pattern (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | FileErrorBody | FileList
    """

    return sync_detailed(
        name=name,
        client=client,
        path=path,
        working_dir=working_dir,
        recursive=recursive,
        pattern=pattern,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    pattern: str | Unset = UNSET,
) -> Response[ErrorBody | FileErrorBody | FileList]:
    """List a directory

     The entries of a directory; for a plain file one entry, the file itself, which is how
    clients do `stat`. `recursive` and `pattern` are not in the official document.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        pattern (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | FileErrorBody | FileList]
    """

    kwargs = get_kwargs(
        name=name,
        path=path,
        working_dir=working_dir,
        recursive=recursive,
        pattern=pattern,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    pattern: str | Unset = UNSET,
) -> ErrorBody | FileErrorBody | FileList | None:
    """List a directory

     The entries of a directory; for a plain file one entry, the file itself, which is how
    clients do `stat`. `recursive` and `pattern` are not in the official document.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        pattern (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | FileErrorBody | FileList
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            path=path,
            working_dir=working_dir,
            recursive=recursive,
            pattern=pattern,
        )
    ).parsed
