# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.file_delete import FileDelete
from ...models.file_deleted import FileDeleted
from ...models.file_error_body import FileErrorBody
from ...types import UNSET, Response, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    body: FileDelete | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["path"] = path

    params["workingDir"] = working_dir

    params["recursive"] = recursive

    params["asRoot"] = as_root

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v1/sprites/{name}/fs/delete".format(
            name=path_segment(name),
        ),
        "params": params,
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    if not isinstance(body, Unset):
        headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | FileDeleted | FileErrorBody | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = FileDeleted.from_dict(response.json())

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

    if response.status_code == 409:
        if not is_json(response):
            return None
        response_409 = FileErrorBody.from_dict(response.json())

        return response_409

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
) -> Response[ErrorBody | FileDeleted | FileErrorBody]:
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
    body: FileDelete | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> Response[ErrorBody | FileDeleted | FileErrorBody]:
    """Delete a file or directory

     Sources disagree on where the arguments stand: clients use the query, the official document
    a body of the same fields. A client sends the query; a server reads the body as well.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        as_root (bool | Unset):
        body (FileDelete | Unset): What to delete, for clients that send it as a body.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | FileDeleted | FileErrorBody]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
        path=path,
        working_dir=working_dir,
        recursive=recursive,
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
    body: FileDelete | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> ErrorBody | FileDeleted | FileErrorBody | None:
    """Delete a file or directory

     Sources disagree on where the arguments stand: clients use the query, the official document
    a body of the same fields. A client sends the query; a server reads the body as well.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        as_root (bool | Unset):
        body (FileDelete | Unset): What to delete, for clients that send it as a body.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | FileDeleted | FileErrorBody
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
        path=path,
        working_dir=working_dir,
        recursive=recursive,
        as_root=as_root,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: FileDelete | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> Response[ErrorBody | FileDeleted | FileErrorBody]:
    """Delete a file or directory

     Sources disagree on where the arguments stand: clients use the query, the official document
    a body of the same fields. A client sends the query; a server reads the body as well.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        as_root (bool | Unset):
        body (FileDelete | Unset): What to delete, for clients that send it as a body.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | FileDeleted | FileErrorBody]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
        path=path,
        working_dir=working_dir,
        recursive=recursive,
        as_root=as_root,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: FileDelete | Unset = UNSET,
    path: str,
    working_dir: str | Unset = UNSET,
    recursive: bool | Unset = UNSET,
    as_root: bool | Unset = UNSET,
) -> ErrorBody | FileDeleted | FileErrorBody | None:
    """Delete a file or directory

     Sources disagree on where the arguments stand: clients use the query, the official document
    a body of the same fields. A client sends the query; a server reads the body as well.

    Args:
        name (str):
        path (str):
        working_dir (str | Unset):
        recursive (bool | Unset):
        as_root (bool | Unset):
        body (FileDelete | Unset): What to delete, for clients that send it as a body.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | FileDeleted | FileErrorBody
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
            path=path,
            working_dir=working_dir,
            recursive=recursive,
            as_root=as_root,
        )
    ).parsed
