# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any, TypeAlias

import httpx

from ...models.checkpoint_create import CheckpointCreate
from ...models.error_body import ErrorBody
from ...models.stream_message import StreamMessage
from ...types import UNSET, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    *,
    body: CheckpointCreate | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/sprites/{name}/checkpoint".format(
            name=path_segment(name),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    if not isinstance(body, Unset):
        headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


STREAM_MEDIA_TYPE = "application/x-ndjson"
EventType: TypeAlias = StreamMessage


def parse_event(src: dict[str, Any]) -> EventType:
    """Read one line of the stream from its decoded JSON object."""
    return StreamMessage.from_dict(src)


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

    if response.status_code == 404:
        response_404 = ErrorBody.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = ErrorBody.from_dict(response.json())

        return response_409

    if response.status_code == 429:
        response_429 = ErrorBody.from_dict(response.json())

        return response_429

    if 500 <= response.status_code <= 599:
        response_5xx = ErrorBody.from_dict(response.json())

        return response_5xx

    return None
