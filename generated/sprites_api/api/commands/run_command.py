# Generated from openapi.yaml by `make generate`; do not edit.
from io import BytesIO
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...types import UNSET, File, Response, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    body: File | Unset = UNSET,
    cmd: list[str],
    path: str | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    json_cmd = cmd

    params["cmd"] = json_cmd

    params["path"] = path

    params["stdin"] = stdin

    json_env: list[str] | Unset = UNSET
    if not isinstance(env, Unset):
        json_env = env

    params["env"] = json_env

    params["dir"] = dir_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/sprites/{name}/exec".format(
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
) -> ErrorBody | File | None:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

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
        response_5xx = ErrorBody.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorBody | File]:
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
    cmd: list[str],
    path: str | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
) -> Response[ErrorBody | File]:
    """Run a command over HTTP

     Runs a command without a terminal and answers with its output. Each chunk of the answer is
    one frame: 0x01 and output, 0x02 and error output, at the end 0x03 and the exit code. There
    are no lengths, the boundaries of the chunks are the framing; where a proxy merged them,
    the last two bytes are still the exit. The official document gives no schema.

    Args:
        name (str):
        cmd (list[str]):
        path (str | Unset):
        stdin (bool | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | File]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
        cmd=cmd,
        path=path,
        stdin=stdin,
        env=env,
        dir_=dir_,
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
    cmd: list[str],
    path: str | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
) -> ErrorBody | File | None:
    """Run a command over HTTP

     Runs a command without a terminal and answers with its output. Each chunk of the answer is
    one frame: 0x01 and output, 0x02 and error output, at the end 0x03 and the exit code. There
    are no lengths, the boundaries of the chunks are the framing; where a proxy merged them,
    the last two bytes are still the exit. The official document gives no schema.

    Args:
        name (str):
        cmd (list[str]):
        path (str | Unset):
        stdin (bool | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | File
    """

    return sync_detailed(
        name=name,
        client=client,
        body=body,
        cmd=cmd,
        path=path,
        stdin=stdin,
        env=env,
        dir_=dir_,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    cmd: list[str],
    path: str | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
) -> Response[ErrorBody | File]:
    """Run a command over HTTP

     Runs a command without a terminal and answers with its output. Each chunk of the answer is
    one frame: 0x01 and output, 0x02 and error output, at the end 0x03 and the exit code. There
    are no lengths, the boundaries of the chunks are the framing; where a proxy merged them,
    the last two bytes are still the exit. The official document gives no schema.

    Args:
        name (str):
        cmd (list[str]):
        path (str | Unset):
        stdin (bool | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | File]
    """

    kwargs = get_kwargs(
        name=name,
        body=body,
        cmd=cmd,
        path=path,
        stdin=stdin,
        env=env,
        dir_=dir_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    cmd: list[str],
    path: str | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
) -> ErrorBody | File | None:
    """Run a command over HTTP

     Runs a command without a terminal and answers with its output. Each chunk of the answer is
    one frame: 0x01 and output, 0x02 and error output, at the end 0x03 and the exit code. There
    are no lengths, the boundaries of the chunks are the framing; where a proxy merged them,
    the last two bytes are still the exit. The official document gives no schema.

    Args:
        name (str):
        cmd (list[str]):
        path (str | Unset):
        stdin (bool | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | File
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            body=body,
            cmd=cmd,
            path=path,
            stdin=stdin,
            env=env,
            dir_=dir_,
        )
    ).parsed
