# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.session_list import SessionList
from ...types import UNSET, Response, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    cmd: list[str] | Unset = UNSET,
    path: str | Unset = UNSET,
    id: str | Unset = UNSET,
    tty: bool | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    cols: int | Unset = UNSET,
    rows: int | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
    max_run_after_disconnect: str | Unset = UNSET,
    detachable: bool | Unset = UNSET,
    cc: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_cmd: list[str] | Unset = UNSET
    if not isinstance(cmd, Unset):
        json_cmd = cmd

    params["cmd"] = json_cmd

    params["path"] = path

    params["id"] = id

    params["tty"] = tty

    params["stdin"] = stdin

    params["cols"] = cols

    params["rows"] = rows

    json_env: list[str] | Unset = UNSET
    if not isinstance(env, Unset):
        json_env = env

    params["env"] = json_env

    params["dir"] = dir_

    params["max_run_after_disconnect"] = max_run_after_disconnect

    params["detachable"] = detachable

    params["cc"] = cc

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/exec".format(
            name=path_segment(name),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | SessionList | None:
    if response.status_code == 200:
        if not is_json(response):
            return None
        response_200 = SessionList.from_dict(response.json())

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
) -> Response[ErrorBody | SessionList]:
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
    cmd: list[str] | Unset = UNSET,
    path: str | Unset = UNSET,
    id: str | Unset = UNSET,
    tty: bool | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    cols: int | Unset = UNSET,
    rows: int | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
    max_run_after_disconnect: str | Unset = UNSET,
    detachable: bool | Unset = UNSET,
    cc: bool | Unset = UNSET,
) -> Response[ErrorBody | SessionList]:
    """List sessions or start a command

     Without an upgrade: the sessions of the sprite, and the query is ignored. The official
    document shows a bare array with integer ids; the object with text ids is what the
    official clients read.

    With an upgrade to WebSocket: starts a command, or attaches to the session `id`. Neither
    `cmd` nor `id` is 400. The first text message is `session_info`, then come output and the
    exit; after the exit frame the socket may linger for some seconds, so stop reading there.
    A terminal ends with the text message `exit` and may then drop without a close frame. The
    exit code of a command that a signal ended is 128 and the number of the signal.

    Args:
        name (str):
        cmd (list[str] | Unset):
        path (str | Unset):
        id (str | Unset):
        tty (bool | Unset):
        stdin (bool | Unset):
        cols (int | Unset):
        rows (int | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        max_run_after_disconnect (str | Unset): A duration such as `5s`, `1.5s` or `250ms`; a bare
            number means seconds.
        detachable (bool | Unset):
        cc (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SessionList]
    """

    kwargs = get_kwargs(
        name=name,
        cmd=cmd,
        path=path,
        id=id,
        tty=tty,
        stdin=stdin,
        cols=cols,
        rows=rows,
        env=env,
        dir_=dir_,
        max_run_after_disconnect=max_run_after_disconnect,
        detachable=detachable,
        cc=cc,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    cmd: list[str] | Unset = UNSET,
    path: str | Unset = UNSET,
    id: str | Unset = UNSET,
    tty: bool | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    cols: int | Unset = UNSET,
    rows: int | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
    max_run_after_disconnect: str | Unset = UNSET,
    detachable: bool | Unset = UNSET,
    cc: bool | Unset = UNSET,
) -> ErrorBody | SessionList | None:
    """List sessions or start a command

     Without an upgrade: the sessions of the sprite, and the query is ignored. The official
    document shows a bare array with integer ids; the object with text ids is what the
    official clients read.

    With an upgrade to WebSocket: starts a command, or attaches to the session `id`. Neither
    `cmd` nor `id` is 400. The first text message is `session_info`, then come output and the
    exit; after the exit frame the socket may linger for some seconds, so stop reading there.
    A terminal ends with the text message `exit` and may then drop without a close frame. The
    exit code of a command that a signal ended is 128 and the number of the signal.

    Args:
        name (str):
        cmd (list[str] | Unset):
        path (str | Unset):
        id (str | Unset):
        tty (bool | Unset):
        stdin (bool | Unset):
        cols (int | Unset):
        rows (int | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        max_run_after_disconnect (str | Unset): A duration such as `5s`, `1.5s` or `250ms`; a bare
            number means seconds.
        detachable (bool | Unset):
        cc (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SessionList
    """

    return sync_detailed(
        name=name,
        client=client,
        cmd=cmd,
        path=path,
        id=id,
        tty=tty,
        stdin=stdin,
        cols=cols,
        rows=rows,
        env=env,
        dir_=dir_,
        max_run_after_disconnect=max_run_after_disconnect,
        detachable=detachable,
        cc=cc,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    cmd: list[str] | Unset = UNSET,
    path: str | Unset = UNSET,
    id: str | Unset = UNSET,
    tty: bool | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    cols: int | Unset = UNSET,
    rows: int | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
    max_run_after_disconnect: str | Unset = UNSET,
    detachable: bool | Unset = UNSET,
    cc: bool | Unset = UNSET,
) -> Response[ErrorBody | SessionList]:
    """List sessions or start a command

     Without an upgrade: the sessions of the sprite, and the query is ignored. The official
    document shows a bare array with integer ids; the object with text ids is what the
    official clients read.

    With an upgrade to WebSocket: starts a command, or attaches to the session `id`. Neither
    `cmd` nor `id` is 400. The first text message is `session_info`, then come output and the
    exit; after the exit frame the socket may linger for some seconds, so stop reading there.
    A terminal ends with the text message `exit` and may then drop without a close frame. The
    exit code of a command that a signal ended is 128 and the number of the signal.

    Args:
        name (str):
        cmd (list[str] | Unset):
        path (str | Unset):
        id (str | Unset):
        tty (bool | Unset):
        stdin (bool | Unset):
        cols (int | Unset):
        rows (int | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        max_run_after_disconnect (str | Unset): A duration such as `5s`, `1.5s` or `250ms`; a bare
            number means seconds.
        detachable (bool | Unset):
        cc (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | SessionList]
    """

    kwargs = get_kwargs(
        name=name,
        cmd=cmd,
        path=path,
        id=id,
        tty=tty,
        stdin=stdin,
        cols=cols,
        rows=rows,
        env=env,
        dir_=dir_,
        max_run_after_disconnect=max_run_after_disconnect,
        detachable=detachable,
        cc=cc,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    cmd: list[str] | Unset = UNSET,
    path: str | Unset = UNSET,
    id: str | Unset = UNSET,
    tty: bool | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    cols: int | Unset = UNSET,
    rows: int | Unset = UNSET,
    env: list[str] | Unset = UNSET,
    dir_: str | Unset = UNSET,
    max_run_after_disconnect: str | Unset = UNSET,
    detachable: bool | Unset = UNSET,
    cc: bool | Unset = UNSET,
) -> ErrorBody | SessionList | None:
    """List sessions or start a command

     Without an upgrade: the sessions of the sprite, and the query is ignored. The official
    document shows a bare array with integer ids; the object with text ids is what the
    official clients read.

    With an upgrade to WebSocket: starts a command, or attaches to the session `id`. Neither
    `cmd` nor `id` is 400. The first text message is `session_info`, then come output and the
    exit; after the exit frame the socket may linger for some seconds, so stop reading there.
    A terminal ends with the text message `exit` and may then drop without a close frame. The
    exit code of a command that a signal ended is 128 and the number of the signal.

    Args:
        name (str):
        cmd (list[str] | Unset):
        path (str | Unset):
        id (str | Unset):
        tty (bool | Unset):
        stdin (bool | Unset):
        cols (int | Unset):
        rows (int | Unset):
        env (list[str] | Unset):
        dir_ (str | Unset):
        max_run_after_disconnect (str | Unset): A duration such as `5s`, `1.5s` or `250ms`; a bare
            number means seconds.
        detachable (bool | Unset):
        cc (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | SessionList
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            cmd=cmd,
            path=path,
            id=id,
            tty=tty,
            stdin=stdin,
            cols=cols,
            rows=rows,
            env=env,
            dir_=dir_,
            max_run_after_disconnect=max_run_after_disconnect,
            detachable=detachable,
            cc=cc,
        )
    ).parsed
