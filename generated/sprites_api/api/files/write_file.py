# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.file_error_body import FileErrorBody
from ...models.file_write_result import FileWriteResult
from ...types import UNSET, File, Response, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    body: File | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    mode: str | Unset = UNSET,
    mkdir_parents: bool | Unset = UNSET,
    mkdir: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["path"] = path

    params["workingDir"] = working_dir

    params["mode"] = mode

    params["mkdirParents"] = mkdir_parents

    params["mkdir"] = mkdir

    params["asRoot"] = as_root

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v1/sprites/{name}/fs/write".format(
            name=path_segment(name),
        ),
        "params": params,
    }

    if not isinstance(body, Unset):
        _kwargs["content"] = body.payload
    if not isinstance(body, Unset):
        headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | FileErrorBody | FileWriteResult | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = FileWriteResult.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        if not is_json(response):
            return None
        response_201 = FileWriteResult.from_dict(response.json())

        return response_201

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

    if response.status_code == 409:
        if not is_json(response):
            return None
        response_409 = FileErrorBody.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        if not is_json(response):
            return None
        response_413 = ErrorBody.from_dict(response.json())

        return response_413

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
) -> Response[ErrorBody | FileErrorBody | FileWriteResult]:
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
    body: File | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    mode: str | Unset = UNSET,
    mkdir_parents: bool | Unset = UNSET,
    mkdir: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> Response[ErrorBody | FileErrorBody | FileWriteResult]:
    """Write a file

     Creates or replaces a file of at most 16 MiB. `mkdir` and `mkdirParents` are two names for
    one switch, from different sources; a client sends both.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        mode (str | Unset): Permissions in octal.
        mkdir_parents (bool | Unset):
        mkdir (bool | Unset):
        as_root (bool | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | FileErrorBody | FileWriteResult]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
        path=path,
        working_dir=working_dir,
        mode=mode,
        mkdir_parents=mkdir_parents,
        mkdir=mkdir,
        as_root=as_root,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    mode: str | Unset = UNSET,
    mkdir_parents: bool | Unset = UNSET,
    mkdir: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> ErrorBody | FileErrorBody | FileWriteResult | None:
    """Write a file

     Creates or replaces a file of at most 16 MiB. `mkdir` and `mkdirParents` are two names for
    one switch, from different sources; a client sends both.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        mode (str | Unset): Permissions in octal.
        mkdir_parents (bool | Unset):
        mkdir (bool | Unset):
        as_root (bool | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | FileErrorBody | FileWriteResult
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
        path=path,
        working_dir=working_dir,
        mode=mode,
        mkdir_parents=mkdir_parents,
        mkdir=mkdir,
        as_root=as_root,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    mode: str | Unset = UNSET,
    mkdir_parents: bool | Unset = UNSET,
    mkdir: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> Response[ErrorBody | FileErrorBody | FileWriteResult]:
    """Write a file

     Creates or replaces a file of at most 16 MiB. `mkdir` and `mkdirParents` are two names for
    one switch, from different sources; a client sends both.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        mode (str | Unset): Permissions in octal.
        mkdir_parents (bool | Unset):
        mkdir (bool | Unset):
        as_root (bool | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | FileErrorBody | FileWriteResult]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
        path=path,
        working_dir=working_dir,
        mode=mode,
        mkdir_parents=mkdir_parents,
        mkdir=mkdir,
        as_root=as_root,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    mode: str | Unset = UNSET,
    mkdir_parents: bool | Unset = UNSET,
    mkdir: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> ErrorBody | FileErrorBody | FileWriteResult | None:
    """Write a file

     Creates or replaces a file of at most 16 MiB. `mkdir` and `mkdirParents` are two names for
    one switch, from different sources; a client sends both.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        mode (str | Unset): Permissions in octal.
        mkdir_parents (bool | Unset):
        mkdir (bool | Unset):
        as_root (bool | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | FileErrorBody | FileWriteResult
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
            path=path,
            working_dir=working_dir,
            mode=mode,
            mkdir_parents=mkdir_parents,
            mkdir=mkdir,
            as_root=as_root,
        )
    ).parsed
