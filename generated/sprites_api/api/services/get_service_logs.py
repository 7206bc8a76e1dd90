# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any, TypeAlias

import httpx

from ...models.error_body import ErrorBody
from ...models.service_event import ServiceEvent
from ...types import UNSET, Unset, is_json, path_segment


def get_kwargs(
    name: str,
    service_name: str,
    *,
    lines: int | Unset = UNSET,
    duration: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["lines"] = lines

    params["duration"] = duration

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/services/{service_name}/logs".format(
            name=path_segment(name),
            service_name=path_segment(service_name),
        ),
        "params": params,
    }

    return _kwargs


STREAM_MEDIA_TYPE = "application/x-ndjson"
EventType: TypeAlias = ServiceEvent


def parse_event(src: dict[str, Any]) -> EventType:
    """Read one line of the stream from its decoded JSON object."""
    return ServiceEvent.from_dict(src)


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

    if response.status_code == 429:
        response_429 = ErrorBody.from_dict(response.json())

        return response_429

    if 500 <= response.status_code <= 599:
        response_5xx = ErrorBody.from_dict(response.json())

        return response_5xx

    return None
